# Tags with blanks, commas and quotes: one quoting where they are named. Words behind "--". A
# history that is not there.
it a_run_is_repeated_whatever_stands_behind_the_two_dashes
run 0 run --ops 10 --repeat 2 -- null
out '^These runs are group='
run 0 run --ops 10 --repeat 2 --json --tag x=-- -- null
out '"trials":\[\{.*\},\{'
run 0 run --ops 10 -- null
run 0 run --ops 10 --no-tui --profile load -- null
run 2 run --ops 10 --
err 'expected a workload'
run 2 run --ops 10 -- null --ops
err "'--ops': unexpected argument"

it the_arms_of_ab_may_have_two_dashes
for arm in '--workers 1 -- null' 'null --workers 1 --' '-- null'; do
	"$BENCHTOP" ab --rounds 6 --block 10ms --block-warmup 0 -- "$arm" 'null --workers 1' > "$T/out" 2> "$T/err"
	command="ab -- $arm: $?"
	out "^A  $arm\$"
	out '^The blocks are group='
	no_err '^benchtop:'
done
run 2 ab --rounds 6 -- '-- null --ops' 'null'
err "'--ops': unexpected argument"

it a_tag_is_named_with_quotes_where_blanks_or_commas_are_in_it
T_db=$T/tags.db
run 0 run null --ops 10 --db "$T_db" --tag 'note=two words' --tag 'list=1,2' --tag "it's=\"q\"" --tag 'a,b=c=d'
run 0 run null --ops 10 --db "$T_db" --tag 'note=two' --tag 'list=1' --tag 'words=2'
for pair in "note=two words" "'note=two words'" "note='two words'" "'list=1,2'" 'list=1\,2' "\"it's=\\\"q\\\"\"" "'a,b=c=d'"; do
	run 4 compare "$pair" 2 --db "$T_db"
	out '^A .*: 1 run|^A +1 run|run 1'
	no_err .
done
run 4 compare "'list=1,2',2" "note=two" --db "$T_db"
run 0 compare "list=1,2" 2 --db "$T_db"
out '^A list=1,2: 1 run \(2\)'
run 3 compare "note=tw" 2 --db "$T_db"
err "'note=tw': no run has that tag"
run 0 baseline set quoted "'list=1,2'" "note=two" --db "$T_db"
out 'baseline quoted: 2 runs'
for filter in "tag='note=two words'" "tag:'two words'" "'two words'" "tag='list=1,2'" "tag='a,b=c=d'" "tag=it\\'s='\"q\"'"; do
	run 0 history --filter "$filter" --db "$T_db" --json
	is "runs of $filter" 1 "$(field run)"
	out '^\[\{[^{]*\}\]$'
done
run 0 history --filter 'tag=note=two' --db "$T_db" --json
is run 2 "$(field run)"
run 2 history --filter "tag='note" --db "$T_db"
err 'expected a closing quote'

it a_baseline_is_not_named_like_a_file
run 2 baseline set a.json last --db "$T_db"
err "^benchtop: baseline 'a\.json': expected a name without \.json, which check takes for a file\$"
run 0 baseline set a last --db "$T_db" --unsound
run 0 baseline export a "$T/b.json" --db "$T_db"
run 2 baseline import "$T/b.json" c.json --db "$T_db"
err 'without \.json'

it a_history_that_is_not_there_has_the_same_words_everywhere
words='No such file or directory; benchtop run WORKLOAD makes it$'
for command in 'show 1' 'compare 1 2' 'export 1 --format json' 'baseline list' 'baseline show x' 'baseline remove x' 'baseline set x 1' \
	'check --baseline x' 'db info' 'db check' 'db vacuum' 'attach 1'; do
	XDG_DATA_HOME=$T/nowhere
	# shellcheck disable=SC2086 # words
	run 3 $command
	err "^benchtop: history $T/nowhere/benchtop/history\.db: $words"
	# shellcheck disable=SC2086 # words
	run 3 $command --db "$T/no.db"
	err "^benchtop: history $T/no\.db: $words"
	[ ! -e "$T/no.db" ] && [ ! -e "$T/nowhere/benchtop/history.db" ] || complain "$command made a history"
done
run 0 history
out '^No runs yet'
err "$words"
run 3 history --db "$T/no.db" # it was named: that is another mistake than no runs yet
quiet out
err "$words"
XDG_DATA_HOME=$T/data
