#!/usr/bin/env bash
# HTTP requests per second through a queue, measured by wrk in turns with nginx `return 200`.
#
#   bench/http.sh [ROUNDS] [SECONDS] [CONNECTIONS...]      (default: 5 2 1 8 64 256)
#
# Needs wrk and nginx (Debian packages wrk, nginx-light) and a built program. Each GET is a job for
# one worker: a thread of the process with broker and gateway, or a process of its own. Prints the
# median, minimum and maximum of the rounds, the median of the rounds' ratios, and the median p99.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly program=${STEELYARD_BIN:-build/release/steelyard}
readonly rounds=${1:-5} seconds=${2:-2}
connections=("${@:3}")
((${#connections[@]})) || connections=(1 8 64 256)

for tool in wrk /usr/sbin/nginx "$program"; do
  command -v "$tool" >/dev/null || { echo "http.sh: $tool is missing" >&2; exit 3; }
done

folder=$(mktemp -d)
children=()
clean_up() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait || true
  rm -rf "$folder"
}
trap clean_up EXIT

# start NAME COMMAND...: in the background, its output in $folder/NAME
start() {
  "${@:2}" >"$folder/$1" 2>"$folder/$1.err" &
  children+=($!)
}

# first_line NAME: what it says when it is ready
first_line() {
  for _ in {1..100}; do
    if [[ -s $folder/$1 ]]; then head -1 "$folder/$1" && return; fi
    sleep 0.05
  done
  cat "$folder/$1.err" >&2
  return 1
}

start thread "$program" bench http-door --worker
start process "$program" bench http-door
port=$(/usr/bin/python3 -c 'import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])')
cat >"$folder/nginx.conf" <<NGINX
daemon off; worker_processes 2; pid $folder/pid; error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path $folder/b; proxy_temp_path $folder/p; fastcgi_temp_path $folder/f;
  uwsgi_temp_path $folder/u; scgi_temp_path $folder/s;
  server { listen 127.0.0.1:$port; location / { return 200 "ok\n"; } }
}
NGINX
start nginx /usr/sbin/nginx -p "$folder" -c "$folder/nginx.conf"
declare -A address=([nginx]=127.0.0.1:$port)
for name in thread process; do
  line=$(first_line "$name")
  address[$name]=${line##*http }
done
broker=$(first_line process)
broker=${broker#broker }
for _ in {1..100}; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.05
done
start worker "$program" bench http-worker --broker "${broker%% http *}"

# measure NAME CONNECTIONS: "REQUESTS_PER_S P99_US"
measure() {
  wrk -t1 -c"$2" -d"${seconds}s" --latency "http://${address[$1]}/" | awk '
    function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1e3 : t * 1e6 }
    $1 == "99%" { p99 = us($2) }
    $1 == "Requests/sec:" { rate = $2 }
    /Non-2xx|Socket errors/ { wrong = $0 }
    END { if (wrong) { print wrong > "/dev/stderr"; exit 1 } print rate, p99 }'
}

printf '%-8s %5s %32s %7s %9s\n' worker c 'requests/s' ratio 'p99 us'
for c in "${connections[@]}"; do
  : >"$folder/results"
  for ((round = 0; round < rounds; ++round)); do
    for name in thread process nginx; do
      echo "$round $name $(measure "$name" "$c")" >>"$folder/results"
    done
  done
  awk -v c="$c" '
    { rate[$2, $1] = $3; p99[$2, $1] = $4; rounds = $1 + 1 }
    function median(values, n,   i, j, t) {
      for (i = 1; i < n; ++i)
        for (j = i; j > 0 && values[j - 1] > values[j]; --j) {
          t = values[j]; values[j] = values[j - 1]; values[j - 1] = t
        }
      return n % 2 ? values[(n - 1) / 2] : (values[n / 2 - 1] + values[n / 2]) / 2
    }
    END {
      split("thread process nginx", names, " ")
      for (k = 1; k <= 3; ++k) {
        name = names[k]
        for (i = 0; i < rounds; ++i) {
          r[i] = rate[name, i]; q[i] = rate[name, i] / rate["nginx", i]; l[i] = p99[name, i]
        }
        m = median(r, rounds)
        printf "%-8s %5d %12d (%d to %d) %7.2f %9d\n", name, c, m, r[0], r[rounds - 1],
               median(q, rounds), median(l, rounds)
      }
    }' "$folder/results"
done
