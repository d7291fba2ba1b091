# Imports: runs of every kind are the same elsewhere, and moments of any year stay what they are.

# kinds DB: the kinds of its runs in their order.
kinds() { sqlite3 "$1" 'SELECT id, kind, ending, finding FROM run ORDER BY id'; }

it runs_of_every_kind_are_the_same_elsewhere
printf '%s\n' '[one]' 'workload = sim' 'clock = virtual' 'duration = 5s' 'tag = why=slow way' > "$T/s.ini"
odd=$(printf '%s/bad\377name' "$T")
echo did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK > "$odd"
run 0 run sim --clock virtual --rate 500 --duration 5s --warmup 2s --error-rate 3% --tag 'a=b c' --tag commit=abc123 --threshold 'p99<10s' --no-tui
run 0 run sim --clock virtual --profile stress --rate 500 --step 200 --max-rate 2k --hold 5s --no-tui
run 0 run sim --clock virtual --profile spike --rate 500 --no-tui
run 0 run sim --clock virtual --profile breakpoint --rate 100 --no-tui
run 0 run sim --clock virtual --profile scalability --no-tui
"$BENCHTOP" run sim --clock virtual --profile endurance --rate 50 --duration 30m --no-tui > "$T/out" 2> "$T/err"
status=$? # 1 in a build with a sanitizer, whose memory grows
[ $status -le 1 ] || complain "expected exit status 0 or 1, got $status"
run 0 run sim --clock virtual --duration 5s --repeat 3 --no-tui
run 1 run sim --clock virtual --duration 5s --rate 3000 --service 5ms --late skip --threshold 'error_rate<1%' --no-tui
run 0 suite "$T/s.ini"
run 0 baseline set base last
run 4 check --baseline base --repeat 2 --anyway
run 0 run null --ops 3 --no-tui
run 0 run web5.did-resolve --did-file "$odd" --ops 3 --no-tui
run 0 history --json --limit 0
cp "$T/out" "$T/own"
runs=$(grep -o '"run":' "$T/own" | wc -l)
[ "$runs" -ge 14 ] || complain "$runs runs"
for format in json ndjson; do
	# shellcheck disable=SC2046
	run 0 export $(seq "$runs") --format $format -o "$T/all.$format"
	run 0 import "$T/all.$format" --db "$T/$format.db"
	out "imported $runs runs\$"
	run 0 history --json --limit 0 --db "$T/$format.db"
	cmp -s "$T/own" "$T/out" || complain "$format: another history: $(diff "$T/own" "$T/out" | cut -c 1-600)"
	for i in $(seq "$runs"); do
		run 0 show "$i" --json
		cp "$T/out" "$T/report"
		run 0 show "$i" --json --db "$T/$format.db"
		cmp -s "$T/report" "$T/out" || complain "$format: another report of run $i"
	done
	if command -v sqlite3 > /dev/null; then
		is "kinds of $format" "$(kinds "$T/data/benchtop/history.db")" "$(kinds "$T/$format.db")"
	else
		skip "the sqlite3 program is not installed"
	fi
	run 0 db check --db "$T/$format.db"
	out '^whole$'
	run 4 compare 7 8 --db "$T/$format.db"
	out '^throughput .* equal$'
done

it moments_of_any_year_stay_and_sort
run 0 run null --ops 3 --db "$T/now.db" --no-tui
run 0 export 1 --format json -o "$T/now.json" --db "$T/now.db"
for started in 1677-09-21T00:12:44Z 1969-12-31T23:59:59Z 1970-01-01T00:00:00Z 2262-04-11T23:47:16Z; do
	sed "s/\"started\": *\"[^\"]*\"/\"started\":\"$started\"/" "$T/now.json" > "$T/moved.json"
	run 0 import "$T/moved.json" --db "$T/years.db"
	out 'imported 1 run'
	run 0 import "$T/moved.json" --db "$T/years.db"
	out '1 there already'
	run 0 show last --json --db "$T/years.db"
	is started "$started" "$(field started)"
	run 0 export last --format ndjson -o "$T/moved.ndjson" --db "$T/years.db"
	run 0 import "$T/moved.ndjson" --db "$T/years2.db"
	run 0 import "$T/moved.ndjson" --db "$T/years2.db"
	out '1 there already'
	for format in json csv hgrm hlog junit markdown benchstat html; do
		run 0 export last --format $format --db "$T/years2.db"
	done
	run 0 export last --format html --db "$T/years2.db"
	out "$started|$(echo "$started" | cut -c 1-10)"
done
TZ=UTC run 0 history --db "$T/years2.db"
out '^ +1  1677-09-21 00:12:44  null '
out '^ +2  1969-12-31 23:59:59  null '
out '^ +4  2262-04-11 23:47:16  null '
run 0 history --json --filter before:1900-01-01 --db "$T/years2.db"
is runs 1 "$(field run)"
run 0 history --json --filter since:7d --db "$T/years2.db"
is runs 1 "$(grep -o '"run":' "$T/out" | wc -l)"
is run 4 "$(field run)"
run 0 history --json --filter 'before:1980-01-01 since:1960-01-01' --db "$T/years2.db"
is runs 2 "$(grep -o '"run":' "$T/out" | wc -l)"
TZ=UTC run 0 db info --db "$T/years2.db"
out '^Oldest +1677-09-21 00:12:44'
out '^Newest +2262-04-11 23:47:16'
run 0 db prune --older-than 90d --db "$T/years2.db"
out '^3 runs deleted'
