# The history: what was run is listed, and shown again as it was printed.

it an_empty_history_is_no_failure
run 0 history
out "^No runs yet"
run 0 history --json
is list '[]' "$(cat "$T/out")"

it show_without_a_history_is_status_3
run 3 show last
lines err 1
err "history.db"

it a_run_is_shown_as_it_was_printed
run 0 run sim --rate 500 --duration 10s --error-rate 5% --clock virtual --seed 3 --tag a=b --json
cp "$T/out" "$T/own"
is run 1 "$(field run)"
run 0 show 1 --json
cmp -s "$T/own" "$T/out" || complain "the stored object differs from the printed one"
run 0 show last --json
cmp -s "$T/own" "$T/out" || complain "last is another run"

it a_summary_is_shown_as_it_was_printed
run 0 run sim --rate 500 --duration 10s --clock virtual
sed -n '/^sim, load/,$p' "$T/out" | sed '/benchtop show/d; /^$/d' > "$T/own"
run 0 show 2
sed '/^$/d' "$T/out" > "$T/again"
cmp -s "$T/own" "$T/again" || complain "the summary differs: $(diff "$T/own" "$T/again")"

it a_ramp_is_shown_as_it_was_printed
run 0 run sim --profile stress --rate 500 --step 200 --max-rate 2k --hold 5s --clock virtual --json
cp "$T/out" "$T/own"
run 0 show last --json
cmp -s "$T/own" "$T/out" || complain "the stored object differs from the printed one"
run 0 show last
out "held 900 op/s, broke at 1\.10k op/s|held 900 op/s, broke at 1,100 op/s"

it the_newest_is_listed_first
run 0 run null --ops 10 --json
run 0 history
is "first run" 4 "$(sed -n '2s/^ *\([0-9]*\) .*/\1/p' "$T/out")"
lines out 5
out "^ +3 .* sim +stress .* valid +ended"
out "^ +4 .* null +load .* ended"

it runs_before_the_last_have_names
run 0 show last-1 --json
is run 3 "$(field run)"
run 0 show last-3 --json
is run 1 "$(field run)"

it limit_and_workload_choose
run 0 history --limit 2
lines out 3
run 0 history --workload sim
lines out 4
no_out " null "
run 0 history --limit 0
lines out 5

it history_as_json_is_an_array_of_runs
run 0 history --json
is "first run" 4 "$(field run)"
is runs 4 "$(grep -o '"run":' "$T/out" | wc -l | tr -d ' ')"
out '"finding": ?"limit '
out '"throughput": ?50[0-9.]*'
out '"tags": ?"a=b"'

it the_list_agrees_with_the_report
run 0 show 1 --json
throughput=$(field throughput) rate=$(field error_rate) scored=$(field duration_s)
run 0 history --workload sim --json
grep -o '{"run": *1,[^}]*}' "$T/out" > "$T/row"
mv "$T/row" "$T/out"
is throughput "$throughput" "$(field throughput)"
is error_rate "$rate" "$(field error_rate)"
is duration_s "$scored" "$(field duration_s)"

it a_run_that_is_not_there_is_said
run 3 show 99
lines err 1
err "^benchtop: .*99"

it a_run_is_a_number_or_last
run 2 show yesterday
lines err 1
err "^benchtop: .*yesterday"

it another_file_is_another_history
run 0 run null --ops 1 --db "$T/other.db" --json
is run 1 "$(field run)"
run 0 history --db "$T/other.db"
lines out 2
run 0 history
lines out 5

it a_filter_chooses_by_all_its_words
run 0 run sim --rate 400 --duration 5s --service 20ms --clock virtual --tag release=0.1 --tag commit=abc123 --json
is commit abc123 "$(field commit)"
run 0 history --filter 'workload:si tag=release=0.1 p99>10ms since:1d commit:abc'
lines out 2
run 0 history --filter '-workload:sim' --limit 1
lines out 2
out " null "
run 0 history --filter 'workload:sim p99>1h'
out "^No run matches this filter"
run 2 history --filter 'p99>fast'
lines err 1
err "^benchtop: --filter: 'p99>fast': expected p99 with .*10ms"

it the_commit_is_that_of_the_working_directory
mkdir -p "$T/tree/.git/refs/heads" "$T/tree/below"
echo 'ref: refs/heads/main' > "$T/tree/.git/HEAD"
echo 0123456789abcdef0123456789abcdef01234567 > "$T/tree/.git/refs/heads/main"
before=$PWD
cd "$T/tree/below"
run 0 run null --ops 10 --json
cd "$before"
is commit 0123456789abcdef0123456789abcdef01234567 "$(field commit)"
