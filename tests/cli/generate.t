# generate writes whole files or none, shows on a terminal how far it is, and ends at once when
# asked.
left_over() {
	is 'what is left beside' "$1" "$(cd "$T/g" && ls -A)"
}
start_long() { # ARG...
	begin generate "$@" > "$T/out" 2> "$T/err"
}
interrupted() { # SIGNAL STATUS ARG...
	signal=$1 expected=$2
	shift 2
	start_long "$@"
	kill -s "$signal" "$child"
	finish "$expected"
	lines err 1
}
mkdir "$T/g"

it an_interrupted_generate_leaves_nothing
interrupted TERM 143 transactions --tps 1000000 --duration 1000s -o "$T/g/new.jsonl"
err '^benchtop: .*/g/new.jsonl: interrupted; the old file is unchanged$'
left_over ''
interrupted INT 130 blocks --blocks 300 -o "$T/g/new.dat"
err '/g/new.dat: interrupted; the old file is unchanged$'
left_over ''

it what_was_there_stays
echo old > "$T/g/old.jsonl"
interrupted TERM 143 transactions --tps 1000000 --duration 1000s -o "$T/g/old.jsonl"
left_over old.jsonl
is 'the old file' old "$(cat "$T/g/old.jsonl")"

it a_kill_leaves_what_was_there
start_long transactions --tps 1000000 --duration 1000s -o "$T/g/old.jsonl"
kill -KILL "$child"
wait "$child" 2> /dev/null
child=''
left_over old.jsonl
is 'the old file' old "$(cat "$T/g/old.jsonl")"

it the_whole_file_takes_its_place_and_keeps_its_rights
chmod 640 "$T/g/old.jsonl"
ln -s old.jsonl "$T/g/link"
run 0 generate transactions --tps 10 --duration 1s -o "$T/g/link"
is lines 10 "$(wc -l < "$T/g/old.jsonl")"
is rights 640 "$(stat -c %a "$T/g/old.jsonl")"
[ -L "$T/g/link" ] || complain "the link is gone"
run 0 generate transactions --tps 10 --duration 1s -o -
lines out 10
run 0 generate blocks --blocks 1 -o "$T/g/b.dat"
left_over 'b.dat
link
old.jsonl'

it an_output_that_cannot_be_written
run 3 generate transactions -o /dev/full
err '^benchtop: /dev/full: cannot write: No space left on device$'
run 3 generate transactions -o "$T/g"
err '/g: is a directory; expected a file, a pipe or -$'
run 3 generate transactions -o "$T/none/x"
err '/none/x: cannot write: No such file or directory$'
