#!/bin/sh
# A live run beside a large import into the same history: what the longest gap between its stored seconds is, and what it lost.
#   BENCHTOP=./benchtop bench/import.sh [MEGABYTES]
set -eu
benchtop=${BENCHTOP:-./benchtop} megabytes=${1:-1024}
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
i=0
while [ "$(du -sm "$t" | cut -f1)" -lt "$megabytes" ]; do
	i=$((i + 1))
	"$benchtop" run sim --clock virtual --rate 2000 --distribution exponential --duration 20m --seed "$i" --no-tui \
		--db "$t/other.db" --out "ndjson:$t/part" > "$t/words"
	cat "$t/part" >> "$t/in.ndjson"
	rm -f "$t/part" "$t"/other.db*
done
"$benchtop" import "$t/in.ndjson" --db "$t/h.db" > "$t/imported" &
import=$!
rounds=0
while kill -0 "$import" 2> /dev/null && [ "$rounds" -lt 60 ]; do
	"$benchtop" run sim --rate 500 --duration 10s --no-tui --db "$t/h.db" --tag live=yes > "$t/live" 2>&1
	grep 'not being stored' "$t/live" || true
	rounds=$((rounds + 1))
done
wait "$import"
cat "$t/imported"
sqlite3 "$t/h.db" "SELECT printf('%d live runs, %d of %d operations stored, longest second %d ms', count(*), sum(c), count(*) * 5000,
	max(s) / 1000000) FROM (SELECT sum(completed) c, max(span_ns) s FROM sample
	JOIN run ON run.id = sample.run WHERE run.tags LIKE '%live=yes%' GROUP BY run)"
