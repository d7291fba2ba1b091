#!/bin/sh
# theory.sh: what benchtop reports of simulated servers in real time, as ratios to queueing theory.
# The tests hold the same against theory within 2 % at 10^7 operations under the virtual clock; here
# 40,000 operations a row leave a sampling error of about 3 % on the mean and 5 % on p99 at
# utilisation 0.5, and a busy machine adds its own lateness: a row is fine within 10 %.
#
# Usage: BENCHTOP=path/to/benchtop bench/theory.sh [SECONDS]
set -eu
benchtop=${BENCHTOP:-benchtop}
seconds=${1:-20}
db=$(mktemp -u "${TMPDIR:-/tmp}/benchtop-theory-XXXXXX.db")
trap 'rm -f "$db" "$db-wal" "$db-shm"' EXIT

figure() { # JSON FIELD: a field of latency_ns.response
	printf '%s\n' "$1" | sed 's/.*"response":{\([^}]*\)}.*/\1/; s/.*"'"$2"'":\([0-9.]*\).*/\1/'
}

row() { # NAME MEAN P90 P99 OPTION...: expected values in ns
	name=$1 mean=$2 p90=$3 p99=$4
	shift 4
	json=$("$benchtop" run sim --json --db "$db" --duration "${seconds}s" --seed 1 "$@" 2> /dev/null | sed 's/"segments":.*//')
	for pair in "mean $mean" "p90 $p90" "p99 $p99"; do
		# shellcheck disable=SC2086 # two words
		set -- $pair
		awk -v n="$name" -v f="$1" -v got="$(figure "$json" "$1")" -v want="$2" 'BEGIN {
			r = got / want
			printf "%-28s %-5s %9.3f ms, theory %9.3f ms, ratio %.3f%s\n", n, f, got / 1e6, want / 1e6, r,
				(r < 0.9 || r > 1.1) ? "  outside 10 %" : ""
		}'
	done
}

# M/M/1: exponential with mean 1/(mu - lambda). M/D/1, utilisation 0.5: mean S (1 + rho / (2 (1 -
# rho))), quantiles by Erlang.
row "M/M/1, utilisation 0.5" 500000 1151293 2302585 \
	--rate 2000 --arrivals poisson --distribution exponential --service 250us
row "M/D/1, utilisation 0.5" 375000 628936 1084064 \
	--rate 2000 --arrivals poisson --service 250us
row "D/D/1, utilisation 0.5" 250000 250000 250000 --rate 2000 --service 250us
