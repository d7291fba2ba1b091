#!/bin/sh
# Requests a second of http.request beside a bare loop over libcurl, hey and wrk: the same nginx
# with 128 bytes, one worker, 50 connections, each client on the same processor, by turns. Prints
# each round's figures and the medians of the ratios.
#
#     bench/net.sh [ROUNDS [SECONDS]]          from the build directory; nginx, hey and wrk are Debian's packages
LC_ALL=C
export LC_ALL
rounds=${1:-7} seconds=${2:-3}
T=$(mktemp -d) || exit 3
here=$(dirname "$0")
# shellcheck source=tests/servers/nginx.sh
. "$here/../tests/servers/nginx.sh"
trap 'nginx_stop; rm -rf "$T"' EXIT
nginx_start || {
	echo "bench/net.sh: nginx and openssl are needed" >&2
	exit 3
}
url=$NGINX_HTTP/ok
# shellcheck disable=SC2154 # nginx.sh sets it
sed -i 's/access_log .*/access_log off;/' "$nginx_dir/nginx.conf"
kill -HUP "$(cat "$nginx_dir/pid")"
sleep 1
last=$(($(nproc) - 1))
on() { taskset -c "$last" "$@"; }
# Requests a second, and microseconds of processor time a request.
benchtop() {
	on ./benchtop run http.request --url "$url" --concurrency 50 --duration "${seconds}s" --json --db "$T/history.db" 2> "$T/err" |
		sed 's/.*"completed":\([0-9]*\).*"throughput":\([0-9.]*\).*"cpu_seconds":\([0-9.]*\).*/\1 \2 \3/' |
		awk '{ print $2, 1e6 * $3 / $1 }'
}
floor() { on bench/curl_floor "$url" 50 "$seconds" | awk '{ print $1 / $2, 1e6 * $3 / $1 }'; }
hey_() { on env GOMAXPROCS=1 hey -c 50 -z "${seconds}s" "$url" 2> /dev/null | awk '/Requests\/sec/ { print $2 }'; }
wrk_() { on wrk -t 1 -c 50 -d "${seconds}s" "$url" 2> /dev/null | awk '/Requests\/sec/ { print $2 }'; }
have() { command -v "$1" > /dev/null; }
echo "round  benchtop: requests/s, us of cpu  libcurl: the same  hey  wrk"
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	b=$(benchtop) f=$(floor) h=- w=-
	have hey && h=$(hey_)
	have wrk && w=$(wrk_)
	echo "$i $b $f $h $w"
done | tee "$T/rounds"
median() { # COLUMN COLUMN NAME
	awk -v a="$1" -v b="$2" '$b > 0 { print $a / $b }' "$T/rounds" | sort -n |
		awk -v name="$3" '{ v[NR] = $1 } END { if (NR) printf "%-36s %.3f (%.3f to %.3f)\n", name, v[int((NR + 1) / 2)], v[1], v[NR] }'
}
median 2 4 "requests/s, benchtop / libcurl"
median 5 3 "requests per cpu second, the same"
median 2 6 "requests/s, benchtop / hey"
median 2 7 "requests/s, benchtop / wrk"
