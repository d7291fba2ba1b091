# Outputs never destroy what was there: not before the run starts, not another output, an input or
# the history.
refused() { # PATTERN ARG...
	pattern=$1
	shift
	run 2 "$@"
	err "$pattern"
	lines err 1
}
it a_run_that_does_not_start_leaves_every_output
for f in csv ndjson hlog json html; do echo "old $f" > "$T/old.$f"; done
run 3 run bitcoin.rpc --target http://127.0.0.1:9/ --out "csv:$T/old.csv" --out "ndjson:$T/old.ndjson" --out "hlog:$T/old.hlog" \
	--out "json:$T/old.json" --out "html:$T/old.html" --out "csv:$T/new.csv"
for f in csv ndjson hlog json html; do is "old.$f" "old $f" "$(cat "$T/old.$f")"; done
[ ! -e "$T/new.csv" ] || complain "a file was made"

it outputs_inputs_and_the_history_are_compared
run 0 run null --ops 10 --json --db "$T/h.db"
run 0 generate transactions --tps 10 --duration 1s -o "$T/in.jsonl"
cp "$T/in.jsonl" "$T/keep.jsonl"
cp "$T/h.db" "$T/keep.db"
ln "$T/in.jsonl" "$T/hard.jsonl"
ln -s in.jsonl "$T/soft.jsonl"
ln -s nowhere.csv "$T/dangling.csv"
mkdir "$T/d"
ln -s "$T" "$T/d/up"
refused "^benchtop: --out '.*x.csv' and --out '.*x.csv' are the same file" run null --ops 1 --out "csv:$T/x.csv" --out "hlog:$T/d/up/x.csv"
refused 'are the same file' run null --ops 1 --out "csv:$T/dangling.csv" --out "json:$T/nowhere.csv"
for link in in hard soft; do
	refused 'corpus .* are the same file' run bitcoin.tx-validate --corpus "$T/in.jsonl" --ops 1 --out "csv:$T/$link.jsonl"
done
for end in '' -wal -shm -journal; do
	refused 'history .* are the same file' run null --ops 1 --db "$T/h.db" --out "csv:$T/h.db$end"
	refused 'history .* are the same file' export 1 --db "$T/h.db" -o "$T/d/up/h.db$end"
done
refused 'history .* are the same file' export 1 --db "$T/none.db" -o "$T/none.db-wal"
run 0 baseline set b 1 --unsound --db "$T/h.db"
cp "$T/h.db" "$T/keep.db"
refused 'history .* are the same file' baseline export b "$T/h.db" --db "$T/h.db"
run 0 baseline export b "$T/b.json" --db "$T/h.db"
cp "$T/b.json" "$T/keep.json"
refused 'baseline .* are the same file' check --baseline "$T/b.json" --db "$T/h.db" --junit "$T/b.json"
refused 'are the same file' check --baseline "$T/b.json" --db "$T/h.db" --junit "$T/r" --markdown "$T/r"
cat > "$T/s.ini" <<END
[one]
workload = null
ops = 10
out = csv:$T/one.csv
[two]
workload = bitcoin.tx-validate
corpus = $T/in.jsonl
ops = 10
END
cp "$T/s.ini" "$T/keep.ini"
refused 'suite .* are the same file' suite "$T/s.ini" --junit "$T/s.ini"
refused 'corpus .* are the same file' suite "$T/s.ini" --junit "$T/in.jsonl"
refused 'are the same file' suite "$T/s.ini" --markdown "$T/one.csv"
refused 'are the same file' suite "$T/s.ini" --markdown "$T/m" --junit "$T/m"
refused 'are the same file' suite "$T/s.ini" --db "$T/h.db" --markdown "$T/h.db"
"$BENCHTOP" run null --ops 1 --out "csv:$T/log" > "$T/log" 2> "$T/err"
status_is 2 $?
err "standard output '-' are the same file"
cmp -s "$T/in.jsonl" "$T/keep.jsonl" || complain "the input is another"
cmp -s "$T/b.json" "$T/keep.json" || complain "the baseline is another"
cmp -s "$T/s.ini" "$T/keep.ini" || complain "the suite is another"
run 0 db check --db "$T/h.db"
is 'files made' '' "$(cd "$T" && ls -A | grep -E '^(x.csv|nowhere.csv|r|m|one.csv|.benchtop.*|h.db-journal)$')"

it the_same_device_may_be_named_twice
run 0 run null --ops 10 --out csv:/dev/null --out json:/dev/null
run 2 run null --ops 10 --out csv:/dev/stdout --json
err 'on standard output'

it lines_can_be_read_while_the_run_goes_on
echo old > "$T/live.csv"
start run sim --rate 100 --duration 1m --json --status-interval 100ms --out "csv:$T/live.csv"
tries=0
until [ "$(wc -l < "$T/live.csv")" -ge 5 ] || [ $tries -ge 600 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
is 'columns of complete lines' 1 "$(head -n 5 "$T/live.csv" | awk -F, '{ print NF }' | sort -u | wc -l)"
kill -TERM "$child"
finish 143
is 'the last line has an end' '' "$(tail -c 1 "$T/live.csv" | tr -d '\n')"

it pipes_and_descriptors_are_streams
mkfifo "$T/fifo"
cat "$T/fifo" > "$T/piped" &
reader=$!
run 0 run null --ops 10 --json --out "csv:$T/fifo"
wait $reader
grep -q '^run,t_s' "$T/piped" || complain "nothing came through the FIFO"
"$BENCHTOP" run null --ops 10 --json --out csv:/dev/fd/3 3> "$T/third" > "$T/out" 2> "$T/err"
status_is 0 $?
grep -q '^run,t_s' "$T/third" || complain "nothing came through /dev/fd/3"
"$BENCHTOP" export last --format html -o /dev/fd/3 3> "$T/third" > "$T/out" 2> "$T/err"
status_is 0 $?
grep -q '</html>' "$T/third" || complain "no page came through /dev/fd/3"
run 3 run null --ops 10 --out "csv:$T/d"
err '/d: is a directory'

it a_full_disk_is_told
command='a tmpfs of 64 KiB'
if unshare -rm true 2> /dev/null && unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$1"' sh "$T/d" 2> /dev/null; then
	# shellcheck disable=SC2016 # for the inner shell
	unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$1/d" && echo old > "$1/d/a.jsonl" &&
		"$BENCHTOP" generate transactions -o "$1/d/a.jsonl" 2> "$1/err"; echo $?; cat "$1/d/a.jsonl"; ls -A "$1/d"' sh "$T" > "$T/out"
	err '/d/a.jsonl: cannot write: No space left on device$'
	is 'status, content, files' '3 old a.jsonl' "$(tr '\n' ' ' < "$T/out" | sed 's/ $//')"
else
	skip "mount is not permitted here"
fi
