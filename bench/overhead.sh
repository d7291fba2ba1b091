#!/bin/sh
# overhead.sh: what an operation costs when there is nothing to do: `null` in a closed loop on one
# worker, in turns with an empty event of sysbench. Takes about half a minute. BENCHTOP is the
# program, CLOCK_COST the program of that name in this directory.
#
# Bounds: at most 30 ns an operation where reading the clock takes 20 ns or less, else one reading +
# 10 ns; at least 4 times as many operations a second as sysbench.
LC_ALL=C
export LC_ALL
: "${BENCHTOP:=./benchtop}" "${CLOCK_COST:=$(dirname "$BENCHTOP")/bench/clock_cost}" "${TURNS:=5}" "${SECONDS_EACH:=2}"
T=$(mktemp -d "${TMPDIR:-/tmp}/benchtop-overhead.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM

null_rate() {
	"$BENCHTOP" run null --duration "${SECONDS_EACH}s" --json --db "$T/history.db" 2> /dev/null |
		sed -n 's/.*"throughput": *\([0-9.e+]*\).*/\1/p'
}
sysbench_rate() {
	sysbench "$T/empty.lua" --threads=1 --events=0 --time="$SECONDS_EACH" run |
		awk '/total time:/ { sub("s", "", $3); time = $3 }
			/total number of events:/ { events = $5 }
			END { if (time > 0) print events / time }'
}
median() { # FILE
	sort -g "$1" | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}
spread() { # FILE
	sort -g "$1" | awk '{ v[NR] = $1 } END { printf "%.1f to %.1f ns", 1e9 / v[NR], 1e9 / v[1] }'
}

echo 'function event() end' > "$T/empty.lua"
command -v sysbench > /dev/null && with_sysbench=1 || with_sysbench=''
turn=0
while [ "$turn" -lt "$TURNS" ]; do
	null_rate >> "$T/null"
	[ -z "$with_sysbench" ] || sysbench_rate >> "$T/sysbench"
	turn=$((turn + 1))
done
[ -s "$T/null" ] || {
	echo "overhead: $BENCHTOP: no run of null succeeded" >&2
	exit 1
}
null=$(median "$T/null")
awk -v rate="$null" -v spread="$(spread "$T/null")" -v n="$TURNS" 'BEGIN {
	printf "null        %8.1f ns an operation (median of %d turns, %s)\n", 1e9 / rate, n, spread }'
if [ -x "$CLOCK_COST" ]; then
	"$CLOCK_COST" | awk -v rate="$null" '{
		bound = $2 <= 20 ? 30 : $2 + 10
		printf "clock       %8.1f ns a reading (%s)\n", $2, $1
		printf "bound       %8.1f ns an operation: %s\n", bound, (1e9 / rate <= bound) ? "held" : "not held" }'
else
	echo "clock       not measured: $CLOCK_COST is not there"
fi
if [ -z "$with_sysbench" ]; then
	echo "sysbench    not installed (package sysbench): no ratio"
	exit 0
fi
awk -v null="$null" -v other="$(median "$T/sysbench")" -v spread="$(spread "$T/sysbench")" 'BEGIN {
	printf "sysbench    %8.1f ns an empty event (%s)\n", 1e9 / other, spread
	printf "ratio       %8.1f, at least 4 is wanted: %s\n", null / other, (null / other >= 4) ? "held" : "not held" }'
