#!/usr/bin/env bash
# Installs a build into a fresh prefix, then builds the consumer against it as users do, once with
# find_package and once with pkg-config, and runs both programs and the installed steelyard,
# whose manual page and completions must be there.
# Usage: run.sh BUILD_DIR COMPILER [COMPILER_FLAG...]
set -euo pipefail
build=$1 compiler=$2 flags=("${@:3}")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

cmake --install "$build" --prefix "$prefix" >/dev/null

echo "consumer: find_package"
cmake -G Ninja -S "$here" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="${flags[*]}"
cmake --build "$scratch/build"
"$scratch/build/consumer"

echo "consumer: pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name steelyard.pc)")
export PKG_CONFIG_PATH
read -ra options < <(pkg-config --cflags --libs --static steelyard)
"$compiler" -std=c++20 "${flags[@]}" "$here/main.cpp" "${options[@]}" -o "$scratch/consumer"
"$scratch/consumer"

echo "consumer: installed program"
"$prefix/bin/steelyard" --version
for file in man/man1/steelyard.1 bash-completion/completions/steelyard \
  zsh/site-functions/_steelyard fish/vendor_completions.d/steelyard.fish; do
  [[ -s $prefix/share/$file ]] || { echo "consumer: $file is missing" >&2 && exit 1; }
done
