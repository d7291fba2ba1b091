#!/bin/sh
# A live run beside a large import into the same history. The live run is never delayed by more than
# a second and loses no sample: delay is how much older its newest stored sample gets than that of a
# twin, which runs at the same time into a history of its own. A third process looks at both every
# few milliseconds. The last line is PASS or FAIL; FAIL is exit status 1.
#   BENCHTOP=./benchtop bench/import.sh [MEGABYTES]
set -eu
benchtop=${BENCHTOP:-./benchtop} megabytes=${1:-1024}
t=$(mktemp -d) && trap 'wait; rm -rf "$t"' EXIT

ask() { sqlite3 -cmd '.timeout 5000' "$t/$1.db" "$2"; }

# Records the age in ms of the newest stored sample, while a live run lasts.
look() {
	ask "$1" "SELECT CAST((julianday('now') - 2440587.5) * 86400000
		- coalesce((SELECT max(wall_ns) FROM sample WHERE run = id), started_ns) / 1e6 AS INT)
		FROM run WHERE ending IS NULL AND tags LIKE '%live=yes%' ORDER BY id DESC LIMIT 1" >> "$t/age.$1"
}

# Looks, and keeps the importer's peak resident memory, while it is there.
watch_store() {
	while sed -n 's/^VmHWM: *//p' "/proc/$1/status" > "$t/hwm" 2> /dev/null && [ -s "$t/hwm" ]; do
		cp "$t/hwm" "$t/peak"
		date +%s > "$t/after"
		look h
		look twin
		sleep 0.01
	done
}

live() {
	"$benchtop" run sim --rate 500 --duration 10s --no-tui --db "$t/$1.db" --tag live=yes > "$t/live.$1" 2>&1 || cat "$t/live.$1"
	grep 'not being stored' "$t/live.$1" >> "$t/lost" || true
}

oldest() { sort -n "$t/age.$1" | tail -n 1; }

i=0
while [ "$(du -sm "$t" | cut -f1)" -lt "$megabytes" ]; do
	i=$((i + 1))
	"$benchtop" run sim --clock virtual --rate 500 --distribution exponential --duration 1h --seed "$i" --no-tui \
		--db "$t/other.db" --out "ndjson:$t/part" > "$t/words"
	cat "$t/part" >> "$t/in.ndjson"
	rm -f "$t/part" "$t"/other.db*
done
: > "$t/lost"

live h
live twin # makes the histories
"$benchtop" import "$t/in.ndjson" --db "$t/h.db" > "$t/imported" &
import=$!
watch_store "$import" &
watcher=$!
before=$(date +%s) rounds=0
while kill -0 "$import" 2> /dev/null; do
	live twin &
	twin=$!
	live h
	wait "$twin"
	rounds=$((rounds + 1))
done
wait "$import"
wait "$watcher"

cat "$t/imported"
printf '%d MB of %d runs in %d s, peak resident memory %s\n' "$(du -m "$t/in.ndjson" | cut -f1)" "$i" "$(($(cat "$t/after") - before))" "$(cat "$t/peak")"
ask h "WITH live AS (SELECT id, report FROM run JOIN detail ON run = id WHERE tags LIKE '%live=yes%'),
	row AS (SELECT run, start_ns, t_ns, span_ns, offered, completed,
		start_ns - lag(t_ns, 1, 0) OVER (PARTITION BY run ORDER BY start_ns) gap FROM sample WHERE run IN (SELECT id FROM live)),
	sum AS (SELECT run, count(*) n, sum(offered) offered, sum(completed) completed, sum(abs(gap) > 0) gaps, max(span_ns) widest
		FROM row GROUP BY run)
	SELECT printf('%d live runs: %d of %d operations stored, %d seconds stored, %d gaps, longest second %d ms, latest start %d us',
		count(*), sum(completed), 5000 * count(*), sum(n), sum(gaps), max(widest) / 1000000,
		max(json_extract(report, '\$.lag_ns.max')) / 1000) FROM live JOIN sum ON run = id" | tee "$t/sums"
wrong=$(ask h "SELECT count(*) FROM run JOIN detail ON run = id WHERE tags LIKE '%live=yes%' AND (ending IS NOT 'ended'
	OR json_extract(report, '\$.completed') != 5000 OR (SELECT sum(completed) FROM sample WHERE sample.run = id) != 5000
	OR (SELECT max(span_ns) FROM sample WHERE sample.run = id) > 2e9 OR json_extract(report, '\$.lag_ns.max') > 1e9)")
delay=$(($(oldest h) - $(oldest twin)))
printf 'newest stored sample at most %d ms old, %d ms of the twin: delayed by %d ms at most (%d looks); %d told that they are not being stored\n' \
	"$(oldest h)" "$(oldest twin)" "$delay" "$(wc -l < "$t/age.h")" "$(wc -l < "$t/lost")"
if [ "$wrong" -gt 0 ] || [ "$delay" -gt 1000 ] || [ -s "$t/lost" ] || [ "$rounds" -eq 0 ] || grep -q ' [1-9][0-9]* gaps' "$t/sums"; then
	echo "FAIL: $wrong live runs with losses, $delay ms"
	exit 1
fi
echo PASS
