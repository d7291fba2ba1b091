#!/bin/sh
# Carries out a transcript: tests/cli/run.sh FILE.t. A transcript is a list of cases in the words
# below. Run by `make check`.
#
#   it NAME                 begins a case
#   run STATUS ARG...       runs benchtop, which has to end with this status
#   start ARG...            the same in the background, with its first line on standard error awaited
#   begin ARG...            the same with the streams of the caller; awaited is only that it handles signals
#   finish STATUS           waits for it
#   serve                   starts a web server, a run's own endpoint for metrics, until the end; $url is its address
#   out PATTERN, err PATTERN, no_out PATTERN, no_err PATTERN      what standard output and error say (grep -E)
#   quiet out|err           nothing was said there
#   lines out|err N         N lines were said
#   field NAME              a field of the JSON object in $T/out: the first of this name, as it stands
#   is WHAT EXPECTED GOT    two texts are equal
#   watched                 whether a sanitizer watches the program
#   skip WHY                the case cannot be carried out here
#
# $T is a directory of its own for every transcript; the history is in $T/data/benchtop/history.db.
LC_ALL=C
unset NO_COLOR
: "${srcdir:=$(dirname "$0")/../..}" "${BENCHTOP:=$srcdir/build/benchtop}"
T=$(mktemp -d "${TMPDIR:-/tmp}/benchtop-cli.XXXXXX") || exit 99
XDG_DATA_HOME=$T/data XDG_RUNTIME_DIR=$T
export LC_ALL XDG_DATA_HOME XDG_RUNTIME_DIR BENCHTOP
name='' case_failed=0 failed=0 skipped='' child='' serving=''

end_case() {
	[ -n "$name" ] || return 0
	if [ $case_failed != 0 ]; then
		echo "[  FAILED  ] $name"
		failed=1
	elif [ -n "$skipped" ]; then
		echo "[  SKIPPED ] $name: $skipped"
	else
		echo "[       OK ] $name"
	fi
	name=''
}
clean_up() {
	for pid in $child $serving; do kill -KILL "$pid" 2> /dev/null; done
	chmod -R u+rwx "$T" 2> /dev/null
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

it() {
	end_case
	name=$1 case_failed=0 skipped='' command=''
	: > "$T/out"
	: > "$T/err"
}
# A sanitizer watches the program: its memory is not the program's own.
watched() {
	"$BENCHTOP" run null --ops 1 --db "$T/watched.db" --json 2> /dev/null | grep -q '"flaw":"built with [A-Za-z]*Sanitizer'
}
skip() {
	skipped=$1
}
complain() {
	case_failed=1
	{
		echo "$name: $1"
		echo "  command: benchtop $command"
		sed 's/^/  out: /' "$T/out" | cut -c 1-400 | head -n 20
		sed 's/^/  err: /' "$T/err" | cut -c 1-400 | head -n 20
	} >&2
}
status_is() { # EXPECTED GOT
	[ "$1" = "$2" ] || complain "expected exit status $1, got $2"
}
run() {
	expected=$1
	shift
	command=$*
	"$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < /dev/null
	status_is "$expected" $?
}
start() {
	command=$*
	: > "$T/err"
	"$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < /dev/null &
	child=$!
	tries=0
	until [ -s "$T/err" ] || [ -s "$T/out" ] || [ "$tries" -ge 600 ] || ! kill -0 "$child"; do
		sleep 0.05
		tries=$((tries + 1))
	done
	[ -s "$T/err" ] || [ -s "$T/out" ] || complain "it said nothing in 30 seconds"
}
# A child has its parent's handlers until it is the program.
begin() {
	command=$*
	"$BENCHTOP" "$@" < /dev/null &
	child=$!
	tries=0
	until ! kill -0 "$child" 2> /dev/null || [ "$tries" -ge 600 ] ||
		{ [ "$(readlink "/proc/$child/exe")" = "$(readlink -f "$BENCHTOP")" ] && grep -q '^SigCgt:.*[4-7c-f]...$' "/proc/$child/status"; }; do
		sleep 0.05
		tries=$((tries + 1))
	done
}
serve() {
	"$BENCHTOP" run sim --rate 10 --duration 1h --service 1ms --no-tui --listen 127.0.0.1:0 --db "$T/server.db" > "$T/server" 2>&1 &
	serving=$!
	tries=0
	until url=$(sed -n 's|^metrics: \(http://.*\)$|\1|p' "$T/server") && [ -n "$url" ] || [ "$tries" -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}
finish() {
	wait "$child"
	status_is "$1" $?
	child=''
}
out() {
	grep -Eq -e "$1" "$T/out" || complain "standard output lacks: $1"
}
err() {
	grep -Eq -e "$1" "$T/err" || complain "standard error lacks: $1"
}
no_out() {
	! grep -Eq -e "$1" "$T/out" || complain "standard output has: $1"
}
no_err() {
	! grep -Eq -e "$1" "$T/err" || complain "standard error has: $1"
}
quiet() {
	[ ! -s "$T/$1" ] || complain "expected nothing on standard $1"
}
lines() {
	got=$(wc -l < "$T/$1")
	[ "$got" -eq "$2" ] || complain "expected $2 lines on standard $1, got $got"
}
field() {
	grep -Eo "\"$1\": ?(\"[^\"]*\"|[^],}]*)" "$T/out" | head -n 1 | sed 's/^"[^"]*": *//; s/^"//; s/"$//'
}
is() {
	[ "$2" = "$3" ] || complain "$1: expected '$2', got '$3'"
}
# The account of the object in $T/out adds up: offered = completed + failed + expired + in flight.
adds_up() {
	is "offered = completed + failed + expired + in_flight" "$(field offered)" \
		$(($(field completed) + $(field failed) + $(field expired) + $(field in_flight)))
}

[ $# = 1 ] || {
	echo "usage: run.sh FILE.t" >&2
	exit 99
}
# shellcheck disable=SC1090 # the transcript
. "$1"
end_case
exit $failed
