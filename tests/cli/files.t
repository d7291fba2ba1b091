# History files that cannot be used: reading them is status 3; a run goes on and says that it is not
# being stored.

unusable() { # NAME FILE PATTERN
	it "$1"
	before=$(cksum < "$2" 2> /dev/null)
	run 3 history --db "$2"
	quiet out
	lines err 1
	err "^benchtop: .*$3"
	run 3 show last --db "$2"
	err "^benchtop: .*$3"
	run 0 run null --ops 10 --db "$2" --json
	err "^benchtop: this run is not being stored: .*$3"
	out '^\{"run":null,'
	is offered 10 "$(field offered)"
	is "the file" "$before" "$(cksum < "$2" 2> /dev/null)"
}

it a_directory_that_does_not_exist
run 3 history --db "$T/none/history.db"
lines err 1
err "^benchtop: .*none/history\.db"
run 0 run null --ops 10 --db "$T/none/history.db" --json
err "^benchtop: this run is not being stored: .*none/history\.db"
out '^\{"run":null,'

it a_run_that_is_not_stored_prints_no_line_to_show_it
run 0 run null --ops 10 --db "$T/none/history.db"
no_out "benchtop show"
out "not stored"

printf 'not a database, but long enough to be taken for one, %0512d' 0 > "$T/text.db"
unusable a_file_that_is_no_database "$T/text.db" "not a benchtop history"

it a_file_of_a_newer_benchtop
run 0 run null --ops 10 --db "$T/newer.db" --json
if command -v sqlite3 > /dev/null; then
	sqlite3 "$T/newer.db" 'PRAGMA journal_mode=DELETE; PRAGMA user_version=9999' > /dev/null
else # user_version is the big-endian number at offset 60 of the file
	printf '\000\000\047\017' | dd of="$T/newer.db" bs=1 seek=60 conv=notrunc 2> /dev/null
fi
unusable a_newer_file_is_refused_untouched "$T/newer.db" "newer"

if command -v sqlite3 > /dev/null; then
	sqlite3 "$T/foreign.db" 'CREATE TABLE t (x)'
	unusable a_foreign_database_is_refused_untouched "$T/foreign.db" "not a benchtop history"
else
	it a_foreign_database_is_refused_untouched
	skip "the sqlite3 program is not installed"
fi

# Root may do everything, so root becomes another user for what follows.
as_other=''
if [ "$(id -u)" = 0 ]; then
	as_other='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod a+rx "$T"
fi
other() { # STATUS ARG...
	expected=$1
	shift
	command=$*
	# shellcheck disable=SC2086 # as_other is words
	$as_other "$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < /dev/null
	status_is "$expected" $?
}
# shellcheck disable=SC2086
if $as_other "$BENCHTOP" --version > /dev/null 2>&1; then
	it a_file_that_may_not_be_written
	mkdir "$T/locked"
	run 0 run null --ops 10 --db "$T/locked/history.db" --json
	chmod a-w,a+rX "$T/locked" "$T"/locked/*
	other 0 run null --ops 10 --db "$T/locked/history.db" --json
	err "^benchtop: this run is not being stored: "
	other 0 history --db "$T/locked/history.db"
	lines out 2

	it a_file_that_may_not_be_read
	run 0 run null --ops 10 --db "$T/secret.db" --json
	chmod a-r "$T/secret.db"
	other 3 history --db "$T/secret.db"
	lines err 1
	err "^benchtop: .*secret\.db"
else
	it a_file_that_may_not_be_written_or_read
	skip "root cannot become another user that may run the program"
fi

it two_at_once_use_one_file
start run sim --rate 200 --duration 2s --db "$T/both.db" --json --status-interval 100ms
"$BENCHTOP" run sim --rate 200 --duration 1s --db "$T/both.db" --json > "$T/own" 2>&1 || complain "the second failed"
finish 0
no_err "not being stored"
run 0 history --db "$T/both.db"
lines out 3
out "^ +1 .* ended"
out "^ +2 .* ended"
