# Standard output that cannot be written is told by every command, once; a reader that has left is
# not.
start_db() {
	run 0 run sim --rate 200 --duration 1s --tag x=1 --json
	run 0 run sim --rate 200 --duration 1s --tag x=2 --json
	run 0 baseline set b 1 --unsound
	cat > "$T/suite.ini" <<-'END'
		[one]
		workload = null
		ops = 10
	END
}
# Runs benchtop with its standard output going to a full disk, and closed.
full() {
	command="$* > /dev/full"
	"$BENCHTOP" "$@" > /dev/full 2> "$T/err" < /dev/null
	status_is 3 $?
	is "messages of $*" 1 "$(grep -c '^benchtop: standard output: cannot write: No space left on device$' "$T/err")"
	command="$* >&-"
	"$BENCHTOP" "$@" >&- 2> "$T/err" < /dev/null
	status_is 3 $?
	is "messages of $*" 1 "$(grep -c '^benchtop: standard output: cannot write: it is closed$' "$T/err")"
}
# The same with a reader that has left: quiet, and the status of SIGPIPE.
left() {
	command="$* | true"
	status=$({ { "$BENCHTOP" "$@" 2> "$T/err" < /dev/null; echo $? >&3; } | exec 0<&-; } 3>&1)
	[ "$status" = 141 ] || complain "expected exit status 141, got $status"
	no_err 'standard output'
}

it every_command_tells_of_a_full_and_of_a_closed_standard_output
start_db
commands=$("$BENCHTOP" --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p')
for c in $commands; do
	full "$c" --help
done
full --version
full --help
full list
full list sim
full history
full history --json
full show 1
full show 1 --json
full compare 1 2 --json
full baseline list
full baseline list --json
full baseline show b
full baseline show b --json
full baseline export b -
full db info
full db check
full completion bash
full export 1
for f in json ndjson csv hgrm hlog junit markdown benchstat html; do
	full export 1 --format $f
done
full run null --ops 10 --no-tui
full run null --ops 10 --json
full run null --ops 10 --out csv:-
full run null --ops 10 --repeat 2
full run null --ops 10 --repeat 2 --json
full suite "$T/suite.ini"
full suite "$T/suite.ini" --list
full suite "$T/suite.ini" --json
full suite "$T/suite.ini" --junit -
full suite "$T/suite.ini" --markdown -
full ab 'null --ops 10' 'null --ops 10' --rounds 6
full ab 'null --ops 10' 'null --ops 10' --rounds 6 --json
full check --baseline b --repeat 1
full check --baseline b --repeat 1 --json
full doctor
full doctor --json
full run null --ops 10 --detach

it a_reader_that_has_left_is_not_told
left export 1 --format ndjson
left history
left run null --ops 10 --json
left --version

it a_signal_keeps_its_status
"$BENCHTOP" run sim --rate 100 --duration 1m --json > /dev/full 2> "$T/err" < /dev/null &
child=$!
tries=0
until [ -s "$T/err" ] || [ $tries -ge 600 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
kill -TERM $child
finish 143
err 'standard output: cannot write: No space left on device'

it a_file_opened_later_does_not_take_the_place_of_a_closed_descriptor
"$BENCHTOP" run null --ops 10 --out "json:$T/whole.json" 0<&- >&- 2>&-
status_is 3 $?
run 0 import "$T/whole.json" --db "$T/whole.db"
run 0 db check

it a_limit_on_the_size_of_files_is_an_error_and_no_death
command='generate transactions under ulimit -f 1'
echo old > "$T/big.jsonl"
(
	ulimit -f 1
	exec "$BENCHTOP" generate transactions -o "$T/big.jsonl"
) > "$T/out" 2> "$T/err"
status_is 3 $?
err 'big.jsonl: cannot write: File too large'
is 'what was there' old "$(cat "$T/big.jsonl")"
