# Exports and imports: every format, files that are whole or as they were, runs of elsewhere, and
# the file of the history.
modules=${BT_NODE_MODULES:-/nowhere}
with_python() { command -v python3 > /dev/null; }

it a_run_is_exported_while_it_goes_on
run 0 run sim --rate 400 --duration 2s --service 2ms --distribution exponential --error-rate 2% --threshold 'p99<10s' --seed 3 --json \
	--tag place=ci --out "ndjson:$T/run.ndjson" --out "csv:$T/run.csv" --out "hlog:$T/run.hlog" --out "html:$T/run.html" --out "json:$T/run.json"
cp "$T/out" "$T/report"
completed=$(field completed) lost=$(field failed)
is 'rows of the table add up' "$completed" "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "completed") c = i; next } { n += $c } END { print n }' "$T/run.csv")"
is 'snapshots of ndjson that have an interval' "$(($(wc -l < "$T/run.csv") - 1))" "$(grep '"type":"snapshot"' "$T/run.ndjson" | grep -vc '"span_s":0\.0,')"
grep -q '^{"type":"report","report":{.*"status":"ended"' "$T/run.ndjson" || complain "no report in the last line of ndjson"
is 'what is left beside' '' "$(ls "$T"/*.tmp 2> /dev/null)"
run 0 run null --ops 3 --out csv:-
out '^run,t_s,span_s,segment,'
no_out 'Throughput'

it every_format_is_written_of_a_stored_run
for format in json ndjson csv hgrm hlog junit markdown benchstat html; do
	run 0 export 1 --format $format --output "$T/x.$format"
	[ -s "$T/x.$format" ] || complain "$format is empty"
	run 0 export 1 --format $format
	cmp -s "$T/out" "$T/x.$format" || complain "$format on standard output is another one"
done
grep -q "\"completed\":$completed,\"failed\":$lost," "$T/x.json" || complain "json: other counts"
grep -q "Total count    = *$((completed + lost))\]" "$T/x.hgrm" || complain "hgrm: another total"
grep -q 'name="p99&lt;10s"' "$T/x.junit" || complain "junit: no test case for the threshold"
grep -q '^| 1 | sim | load | ' "$T/x.markdown" || complain "markdown: no row"
grep -Eq "^BenchmarkSim/profile=load/[^ 	]*	$completed	[0-9.]+ ns/op	[0-9.]+ op/s	" "$T/x.benchstat" || complain "benchstat: no line"

it names_for_benchstat_differ_where_options_do
mkdir "$T/a"
for file in a/b a_b 'a b' a=b a%2Fb; do
	echo did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK > "$T/$file"
	run 0 run web5.did-resolve --did-file "$T/$file" --ops 3 --no-tui --db "$T/names.db"
done
run 0 export 1 2 3 4 5 --format benchstat --db "$T/names.db"
is 'names in the text' 5 "$(grep '^Benchmark' "$T/out" | cut -f 1 | sort -u | wc -l)"
out '/did-file=%2F[^/= ]*%2Fa%2Fb[/	]'
out '%2Fa%3Db[/	]'
out '%2Fa%252Fb[/	]'

# on CPU REPORT: the report as if it had come from a machine with this processor, in a second of its
# own.
second=10
on() {
	second=$((second + 1))
	sed "s/\"cpu\":[^,]*,/\"cpu\":$1,/; s/\"started\":\"[^\"]*\"/\"started\":\"2025-01-01T00:00:${second}Z\"/" "$2"
}

it benchstat_knows_which_processor_a_run_had
for cpu in '"Epyc 1"' '"Epyc 1"' '"Xeon: 2"' null '"Xeon: 2"'; do on "$cpu" "$T/x.json"; done > "$T/cpus.json"
sed '1s/^/[/; $!s/$/,/; $s/$/]/' "$T/cpus.json" > "$T/array.json"
run 0 import "$T/array.json" --db "$T/cpus.db"
out 'imported 5 runs'
run 0 export 1 2 3 4 5 --format benchstat --db "$T/cpus.db"
is 'lines' 'goos pkg cpu B B cpu B cpu B cpu B' "$(sed 's/:.*//; s/^Benchmark.*/B/' "$T/out" | tr '\n' ' ' | sed 's/ $//')"
is 'processors' 'cpu: Epyc 1,cpu: Xeon: 2,cpu:,cpu: Xeon: 2' "$(grep '^cpu:' "$T/out" | paste -s -d ,)"

it hdr_histogram_reads_the_same_count_in_every_bucket
if [ -d "$modules/hdr-histogram-js" ] && command -v node > /dev/null; then
	node "$srcdir/tests/hlog.mjs" "$modules" "$T/run.hlog" "$T/run.ndjson" > "$T/hlog.out" 2>&1 || complain "$(cat "$T/hlog.out")"
	grep -Eq " intervals, $((completed + lost)) values, [1-9]" "$T/hlog.out" || complain "$(cat "$T/hlog.out")"
	node "$srcdir/tests/hlog.mjs" "$modules" "$T/x.hlog" "$T/x.ndjson" "$T/x.hgrm" > "$T/hlog.out" 2>&1 || complain "stored: $(cat "$T/hlog.out")"
else
	skip "Node.js or hdr-histogram-js is not there (BT_NODE_MODULES)"
fi

it others_read_what_is_written
if with_python; then
	python3 - "$T" > "$T/python" 2>&1 <<'END' || complain "$(cat "$T/python")"
import csv, html.parser, json, sys, xml.etree.ElementTree as xml
t = sys.argv[1]
rows = list(csv.DictReader(open(t + '/run.csv', newline='')))
assert rows and all(float(r['span_s']) > 0 and None not in r.values() for r in rows)
lines = [json.loads(line) for line in open(t + '/run.ndjson')]
assert [line['type'] for line in lines] == ['run'] + ['snapshot'] * (len(lines) - 2) + ['report']
assert json.load(open(t + '/run.json'))['completed'] == lines[-1]['report']['completed']
assert len(xml.parse(t + '/x.junit').findall('.//testcase')) == 2
text = open(t + '/run.html').read()
for svg in text.split('<svg')[1:]:
    xml.fromstring('<svg' + svg.split('</svg>')[0] + '</svg>')
class Page(html.parser.HTMLParser):
    stack, bad = [], []
    def handle_starttag(self, tag, attrs):
        if tag not in ('meta', 'br', 'path', 'line', 'rect'):
            self.stack.append(tag)
        self.bad += [a for a in attrs if a[0] in ('src', 'href') or tag in ('script', 'link', 'iframe')]
    def handle_endtag(self, tag):
        if tag not in ('meta', 'br', 'path', 'line', 'rect'):
            assert self.stack.pop() == tag, tag
page = Page()
page.feed(text)
assert not page.stack and not page.bad, (page.stack, page.bad)
END
else
	skip "Python is not installed"
fi

it a_browser_draws_the_page
browser=''
for b in chromium chromium-browser; do command -v $b > /dev/null && browser=$b && break; done
if [ -n "$browser" ]; then
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$T/chromium" --window-size=1000,2000 \
		--screenshot="$T/page.png" --dump-dom "file://$T/run.html" > "$T/dom" 2> "$T/chromium.log"
	grep -c '<svg' "$T/dom" > "$T/svgs"
	grep -q 'sim, load</h1>' "$T/dom" || complain "the browser has no heading: $(head -c 300 "$T/dom")"
	[ "$(cat "$T/svgs")" -ge 4 ] || complain "the browser has $(cat "$T/svgs") charts"
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$T/chromium" --window-size=1000,2000 \
		--screenshot="$T/page.png" "file://$T/run.html" > /dev/null 2>> "$T/chromium.log"
	[ "$(wc -c < "$T/page.png")" -gt 40000 ] || complain "its picture is nearly empty"
else
	skip "chromium is not installed"
fi

it runs_of_elsewhere_are_taken_in_once
run 0 import "$T/run.ndjson" --db "$T/desk.db"
out 'run.ndjson: imported 1 run, as 1$'
run 0 import "$T/run.ndjson" --db "$T/desk.db"
out 'run.ndjson: imported 0 runs, 1 there already$'
run 0 show 1 --json --db "$T/desk.db"
cmp -s "$T/out" "$T/report" || complain "the report is another one"
run 0 export 1 --format csv --db "$T/desk.db"
is 'rows add up' "$completed" "$(tr -d '\r' < "$T/out" | awk -F, 'NR > 1 { n += $8 } END { print n }')"
run 0 import "$T/run.json" --db "$T/other.db"
run 0 show 1 --json --db "$T/other.db"
cmp -s "$T/out" "$T/report" || complain "the report of json is another one"
run 0 export 1 1 --format json -o "$T/two.json"
run 0 import "$T/two.json" --db "$T/third.db"
out 'two.json: imported 1 run, as 1, 1 there already'
run 0 import "$T/run.json"
out 'run.json: imported 0 runs, 1 there already'
run 0 run null --ops 1 --db "$T/quick.db"
run 0 run null --ops 1 --db "$T/quick.db"
run 0 export 1 2 --db "$T/quick.db" -o "$T/quick.json"
run 0 import "$T/quick.json" --db "$T/quick-desk.db"
out 'quick.json: imported 2 runs$'

it files_that_are_none_are_told_with_their_line
head -n 4 "$T/run.ndjson" > "$T/half.ndjson"
run 3 import "$T/half.ndjson" --db "$T/half.db"
err 'half.ndjson:4: the file ends before the report of its run'
run 0 history --db "$T/half.db"
no_out 'sim'
sed '$s/.*/{"type":"report","report":1}/' "$T/run.ndjson" > "$T/no-report.ndjson"
run 3 import "$T/no-report.ndjson" --db "$T/half.db"
err 'expected an object as report'
run 0 history --db "$T/half.db"
no_out 'sim'
sed '3s/"wire":"[^"]*"/"wire":"AAAA"/' "$T/run.ndjson" > "$T/broken.ndjson"
run 3 import "$T/broken.ndjson" --db "$T/half.db"
err 'broken.ndjson:3: expected wire of this type of line'
echo '{"a":1}' > "$T/object.json"
run 3 import "$T/object.json" --db "$T/half.db"
err 'object.json:1: expected the report of a run'
echo nothing > "$T/text"
run 3 import "$T/text" --db "$T/half.db"
err 'text:1: expected an object of JSON'
run 3 import "$T/none" --db "$T/half.db"
run 2 import

it what_was_there_stays_when_it_cannot_be_written
echo precious > "$T/kept.html"
run 2 export 1 1 --format html -o "$T/kept.html"
err 'export: a file of the format html has one run, 2 are named'
run 3 export 99 --format html -o "$T/kept.html"
is 'what was there' precious "$(cat "$T/kept.html")"
run 3 export 1 -o "$T/no/such/place"
err 'no/such/place: cannot write: No such file'
if [ -c /dev/full ]; then
	run 3 export 1 --format csv -o /dev/full
	err '/dev/full: cannot write: No space left on device'
	run 3 run null --ops 10 --json --out csv:/dev/full
	err '^benchtop: --out: /dev/full: cannot write'
	is completed 10 "$(field completed)"
fi
run 2 export 1 --format pdf
err "^benchtop: --format: 'pdf': expected one of: json, ndjson, csv"
run 2 run null --ops 1 --out pdf:x
err "^benchtop: --out: 'pdf:x': expected FORMAT:FILE with one of: json"
run 2 run null --ops 1 --json --out csv:-
run 2 run null --ops 1 --repeat 2 --out csv:x
run 0 run null --ops 1 --json
run 2 export 1 2 --format hgrm

it a_table_has_the_runs_of_one_workload
run 2 export 1 last --format csv -o "$T/mixed.csv"
err 'runs of several workloads'
run 0 export 1 last --format markdown
is 'rows of the table' 2 "$(grep -c '^| [0-9]' "$T/out")"

it the_file_of_the_history_is_looked_after
run 0 db info
out '^Runs +[1-9]'
run 0 db check
out '^whole$'
run 0 db prune --older-than 90d
out '^0 runs deleted$'
sleep 1.1
run 0 db prune --older-than 1s --dry-run
out '^[1-9][0-9]* runs would be deleted$'
run 0 db prune --older-than 1s
run 0 db vacuum
run 0 history
no_out 'sim'

it what_cannot_be_read_is_found
run 0 run sim --clock virtual --duration 3s --no-tui --db "$T/ill.db"
run 0 run sim --clock virtual --duration 3s --no-tui --db "$T/ill.db"
run 0 baseline set kept 1 --db "$T/ill.db"
run 0 db check --db "$T/ill.db"
out '^whole$'
if command -v sqlite3 > /dev/null; then
	# ill SQL WORDS: spoils a copy; only a check of all documents finds it.
	ill() {
		cp "$T/ill.db" "$T/spoilt.db"
		sqlite3 "$T/spoilt.db" "$1"
		run 1 db check --db "$T/spoilt.db"
		out "$2"
		no_out '^whole$'
		lines out "${3:-1}"
		run 0 db check --quick --db "$T/spoilt.db"
		out '^whole$'
	}
	sqlite3 "$T/ill.db" 'PRAGMA wal_checkpoint(TRUNCATE)' > /dev/null
	ill "UPDATE detail SET report = substr(report, 1, 100) WHERE run = 2" '^run 2: its report cannot be read$'
	ill "UPDATE detail SET description = '7' WHERE run = 1" '^run 1: its description cannot be read$'
	ill "UPDATE detail SET environment = '' WHERE run = 1" '^run 1: its environment cannot be read$'
	ill "UPDATE segment SET record = '{' WHERE run = 1" '^run 1: its segment cannot be read'
	ill "UPDATE sample SET state = x'ff'" '^run 2: its state of a second cannot be read, and others$' 2
	ill "UPDATE sample SET slow = '{}' WHERE run = 2 AND start_ns = 0" '^run 2: its slowest operations of a second cannot be read$'
	ill "UPDATE sample SET service = substr(service, 1, 5) WHERE run = 2 AND start_ns = 0" '^run 2: its service times of a second cannot be read$'
	ill "UPDATE sample SET service = 'text' WHERE run = 2 AND start_ns = 0" '^run 2: its service times of a second cannot be read$'
	ill "UPDATE baseline SET document = '[]'" '^baseline kept: its document cannot be read$'
	ill "DELETE FROM detail WHERE run = 2" '^run 2: its description is missing$'
	cp "$T/ill.db" "$T/spoilt.db"
	page=$(sqlite3 "$T/ill.db" "SELECT rootpage FROM sqlite_schema WHERE name = 'run_by_start'")
	size=$(sqlite3 "$T/ill.db" 'PRAGMA page_size')
	dd if=/dev/zero of="$T/spoilt.db" bs="$size" seek=$((page - 1)) count=1 conv=notrunc 2> /dev/null
	run 1 db check --quick --db "$T/spoilt.db"
	out "Page $page: "
	no_out 'in database main|^whole$'
else
	skip "the sqlite3 program is not installed"
fi

it words_of_db_that_do_not_fit_are_refused
run 2 db
err '^benchtop: db: expected info, prune, vacuum or check'
run 2 db prune
run 2 db info --older-than 1d
run 3 db info --db "$T/nothing.db"
