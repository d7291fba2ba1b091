# Files that the user names, whatever they are: pipes, marks, line ends of other systems, and what
# is no text.
DID=did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
mkfifo "$T/fifo"
mkdir "$T/empty"

# Every option that takes a text, with a good content, and what is said when the content was read.
#   each FUNCTION           calls it with NAME STATUS WORDS CONTENT ARG..., where @ stands for the file
each() {
	"$1" dids 0 '"resolved"' "$DID\n" run web5.did-resolve --json --ops 2 --did-file @
	"$1" suite 0 '1 passed' '[a]\nworkload = null\nops = 5\n' suite @
	"$1" headers 3 'port 1: Connection refused' 'X-A: 1\n' run http.request --url http://127.0.0.1:1/ --ops 1 --header-file @
	"$1" bearer 3 'port 1: Connection refused' 'token\n' run http.request --url http://127.0.0.1:1/ --ops 1 --bearer-file @
	"$1" password 3 'port 1: Connection refused' 'geheim\n' run http.request --url http://127.0.0.1:1/ --ops 1 --user me --password-file @
	"$1" cookie 3 'port 1: Connection refused' 'me:geheim\n' run bitcoin.rpc --target http://127.0.0.1:1/ --ops 1 --cookie-file @
	"$1" baseline 2 'expected' '{"benchtop": 1}\n' check --baseline @
}
# Runs benchtop with @ as the given path and looks for the words on both outputs.
with() { # PATH STATUS WORDS ARG...
	path=$1 status=$2 words=$3
	shift 3
	for word; do
		shift
		[ "$word" != @ ] || word=$path
		set -- "$@" "$word"
	done
	command=$*
	"$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < "$T/stdin"
	got=$?
	[ "$status" = any ] || status_is "$status" $got
	cat "$T/out" "$T/err" | grep -q -e "$words" || complain "lacks: $words"
}
: > "$T/stdin"

plain() { # NAME STATUS WORDS CONTENT ARG...
	what=$1 status=$2 words=$3 content=$4
	shift 4
	printf '%b' "$content" > "$T/$what"
	with "$T/$what" "$status" "$words" "$@"
	printf '%b' "\\0357\\0273\\0277$content" > "$T/$what"
	with "$T/$what" "$status" "$words" "$@"
	printf '%b' "$content" | sed 's/$/\r/' > "$T/$what"
	with "$T/$what" "$status" "$words" "$@"
	printf '%b' "$content" | tr '\n' '\r' > "$T/$what"
	with "$T/$what" "$status" "$words" "$@"
}
it marks_and_line_ends_of_other_systems_are_read
each plain

piped() {
	what=$1 status=$2 words=$3 content=$4
	shift 4
	printf '%b' "$content" > "$T/fifo" &
	with "$T/fifo" "$status" "$words" "$@"
	wait $!
	printf '%b' "$content" > "$T/stdin"
	with /dev/stdin "$status" "$words" "$@"
	: > "$T/stdin"
}
it pipes_and_standard_input_are_read
each piped

wrong() {
	what=$1 content=$4
	shift 4
	with "$T/empty" any "$T/empty: is a directory; expected a file" "$@"
	printf '%b' "$content" | sed 's/./&\x00/g; s/$/\x00/' > "$T/$what"
	with "$T/$what" any "$T/$what: is UTF-16; expected UTF-8" "$@"
	printf '%b' "\\0000\\0001\\0002$content" > "$T/$what"
	with "$T/$what" any "$T/$what" "$@"
	printf '%b' "$content\\0000\n" > "$T/$what"
	with "$T/$what" any "$T/$what:[0-9]*: a NUL byte; expected text" "$@"
	with /dev/zero any "/dev/zero" "$@"
	with "$T/none" any "$T/none: No such file or directory" "$@"
}
it what_is_no_text_is_named
each wrong

waits() {
	shift 4
	for word; do
		shift
		[ "$word" != @ ] || word=$T/fifo
		set -- "$@" "$word"
	done
	# shellcheck disable=SC2034 # complain shows it
	command=$*
	for signal in INT=130 TERM=143; do
		timeout --preserve-status -s ${signal%=*} -k 20 0.2 "$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < /dev/null
		status_is ${signal#*=} $?
	done
}
it a_signal_ends_the_wait_for_the_writer_of_a_fifo
each waits

it secrets_of_several_lines_are_refused_not_cut
printf 'tok\nen\n' > "$T/token"
run 3 run http.request --url http://127.0.0.1:1/ --ops 1 --bearer-file "$T/token"
err 'token:2: more text; expected one line, a token$'
no_err "'tok"

it what_is_opened_more_than_once_is_a_regular_file
run 3 run http.request --url https://127.0.0.1:1/ --ops 1 --ca-file "$T/fifo"
err 'fifo: is a FIFO; expected a regular file$'
run 3 run http.request --url https://127.0.0.1:1/ --ops 1 --ca-file "$T/empty"
err 'empty: is a directory; expected a regular file$'
run 3 run bitcoin.block --blocks "$T/fifo" --ops 1
err 'fifo: is a FIFO; expected a regular file$'
