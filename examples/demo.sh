#!/usr/bin/env bash
# What `./dev demo` runs after the build: real work over a broker and worker processes, with a table
# at the end. usage: examples/demo.sh [--build FOLDER] [--wait SECONDS]
set -euo pipefail
exec /usr/bin/python3 -B "$(dirname "${BASH_SOURCE[0]}")/demo/demo.py" "$@"
