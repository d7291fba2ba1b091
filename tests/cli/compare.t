# Trials, comparisons, baselines, the gate, and blocks by turns.

# group NAME OPTION...: six trials of a queue under the virtual clock, tagged set=NAME.
group() {
	set_name=$1
	shift
	run 0 run sim --clock virtual --rate 600 --arrivals poisson --distribution exponential --duration 20s --tag set="$set_name" "$@"
}

it trials_are_a_group_with_a_table
group before --repeat 6 --seed 100
out '^ +run measured +op/s +p50 +p99 +CPU/op +memory +errors$'
out '^median +[0-9]+/s '
out '^These runs are group=[a-z0-9]{6}: '
lines out 12
err '^\[6/6\] benchtop run sim .* --repeat 6 --seed 100$'
run 0 show last --json
out '"seed":105,'
out '"tags":\{"set":"before","group":"[a-z0-9]+","trial":"6"\}'

it a_trial_has_the_memory_of_a_run_alone
run 0 show last --json
trial=$(field rss_peak_bytes)
run 0 run sim --clock virtual --rate 600 --arrivals poisson --distribution exponential --duration 20s --seed 105 --json
awk -v a="$trial" -v b="$(field rss_peak_bytes)" 'BEGIN { exit !(a > 0 && a / b > 0.95 && a / b < 1.05) }' ||
	complain "rss_peak_bytes $trial in a trial, $(field rss_peak_bytes) alone"

it equal_sets_are_not_told_apart
group after --repeat 6 --seed 200
run 0 compare set=before set=after
out '^A set=before: 6 runs \(1-6\) of sim, profile load, open loop$'
out '^p99 .* none \([0-9.]+ %\)$'
out '^No difference resolved \(smallest resolvable: '
run 0 compare set=before set=after --json
is trend 'no difference resolved' "$(field trend)"
lines out 1

it a_slower_service_is_regressed
group slower --repeat 6 --seed 300 --service 1200us
run 4 compare set=before set=slower
out '^Not comparable: option --service differs: 1ms and '
run 0 compare set=before set=slower --anyway
out '^p99 .* regressed$'
out '^Regressed: p50 1\.[0-9]+ times \('
out '^Note: option --service differs'

it too_few_runs_say_how_many_are_needed
run 4 compare 1-3 7-9
out '^Not enough evidence: [56] runs a side are needed\.$'
run 4 compare 1 7
out 'block bootstrap over its'

it what_is_wrong_with_a_set_is_said
run 2 compare 1
err 'compare: expected two sets of runs'
run 3 compare set=none set=before
err "'set=none': no run has that tag"
run 3 compare 1 999
err "run '999': no such run"
run 2 compare 1 6-2
err 'smaller number first'
run 2 compare 1 nonsense
err "'nonsense': expected a run \(17, last, last-1\), several"

it a_window_of_a_run_is_a_baseline
run 0 run sim --clock virtual --profile stages --rate 300 --stages 300@20s,600@30s,0@5s,600@10s --seed 7
run 0 baseline set calm last --from 5s --to 18s
out '^baseline calm: a window of run [0-9]+$'
run 0 baseline show calm
out '^run sim --profile=load .*--rate=300 --duration=13s --warmup=5s$'
out '^throughput +300/s '
run 2 baseline set calm last --from 5s --to 30s
err 'more than one load in it, 300 and 600 op/s'
run 2 baseline set calm last --from 45s --to 53s
err 'has a pause in it'
run 3 baseline set calm last --from 90s --to 95s
err 'no stored interval'
run 2 baseline set calm last --from 9s --to 3s
err 'before --to'
run 4 check --baseline calm --repeat 6
out '^Not enough evidence'
run 0 baseline remove calm

it a_baseline_goes_out_and_comes_back
run 0 baseline set main set=before
out '^baseline main: 6 runs of sim$'
run 0 baseline list
out '^main +[0-9TZ:-]+ +6 +sim +load$'
run 0 baseline export main "$T/main.json"
run 0 baseline import "$T/main.json" again
run 0 baseline show again
out '^run sim --profile=load --rate=600 '
out '^p99 +[0-9.]+ ms +[0-9.]+ ms to [0-9.]+ ms$'
run 0 baseline remove again
run 3 baseline show again
err "baseline 'again': there is none of that name in .*; it has main$"
run 2 baseline sett x 1
err 'did you mean set\?'
run 2 baseline set 'a b' 1
err 'expected a name of letters'
run 2 baseline import "$srcdir/README.md"
run 3 baseline import "$T/none.json"
err 'none\.json: No such file'

it the_gate_holds_what_is_as_it_was
run 0 check --baseline main --figure throughput --figure p50
out '^p50 .* held$'
out '^p99 .* \(not gated\)$'
out '^Held\.$'
run 0 check --baseline "$T/main.json" --figure throughput --figure p50 --json --junit "$T/j.xml"
is outcome held "$(field outcome)"
grep -q '<testcase classname="sim" name="p50"' "$T/j.xml" || complain "JUnit"

it the_gate_fails_what_is_slower_after_a_second_look
sed 's/"service": "1ms"/"service": "1ms300us"/' "$T/main.json" > "$T/slow.json"
run 1 check --baseline "$T/slow.json" --markdown "$T/m.md"
err '^looks worse: a second set of trials is to confirm it$'
out '^ALERT: p50 .* worse by \+[0-9.]+ % \(\+[0-9.]+ % to \+[0-9.]+ %\), allowed \+10\.0 %$'
out '^Regressed\.$'
grep -q '^| \*\*failed\*\* | p50 ' "$T/m.md" || complain "Markdown"

it the_shipped_baseline_holds
run 0 check --baseline "$srcdir/data/baselines/queue.json" --anyway --figure throughput --figure p50 --figure p95
out '^Held\.$'

it another_machine_is_not_held_against
sed 's/"cpu": "[^"]*"/"cpu": "another"/' "$T/main.json" > "$T/there.json"
run 4 check --baseline "$T/there.json"
out '^Not enough evidence: different machines: another and '
run 0 check --baseline "$T/there.json" --anyway --figure throughput --figure p50
out '^Note: different machines: another and '

it too_little_evidence_is_status_4
run 4 check --baseline main --repeat 2
out '^Not enough evidence\.$'
run 2 check
run 2 check --baseline main --figure p98
err "'p98': expected throughput, p50, .*did you mean p9[059]\?"
run 3 check --baseline none

it an_invalid_measurement_is_no_baseline_and_passes_no_gate
run 0 run sim --clock virtual --rate 100 --duration 1s --error-rate 100%
run 4 baseline set broken last
err 'invalid'
run 3 baseline show broken
sed 's/"service": "1ms"/"service": "1ms", "error-rate": "100%"/' "$T/main.json" > "$T/broken.json"
run 4 check --baseline "$T/broken.json" --repeat 6 --figure throughput
out 'invalid'

it a_plain_baseline_is_a_limit
printf '{"bitcoin_signature_verification": "1h", "memory_usage_limit": 10000000000}\n' > "$T/plain.json"
run 0 check --baseline "$T/plain.json" --duration 100ms
out '^passed   bitcoin_signature_verification: '
out '^passed   memory_usage_limit: at most '
printf '{"bitcoin_signature_verification": {"secs": 0, "nanos": 1}, "web5_did_resolution": 5}\n' > "$T/plain.json"
run 1 check --baseline "$T/plain.json" --duration 100ms
out '^failed   bitcoin_signature_verification: '
out '^failed   web5_did_resolution: .*baseline 5 ns'
printf '{"bitcoin_tx_validation": "fast"}\n' > "$T/plain.json"
run 2 check --baseline "$T/plain.json"
err 'bitcoin_tx_validation: expected a duration above 0'
run 2 baseline export main - --plain
err 'has no key for workload sim'

it blocks_by_turns_find_what_is_slower
run 0 ab 'sim --clock virtual --rate 500' 'sim --clock virtual --rate 500 --service 1100us' --rounds 12 --block 2s --seed 5
out '^p50 .* 1\.100 .* regressed$'
out '^B against A: Regressed: p50 1\.'
out '^Control: No difference resolved'
err '^\[72/72\] '
run 0 show last --json
is 'a block' 2s "$(field duration)"
is 'before it' 100ms "$(field warmup)"
run 0 ab 'sim --clock virtual' 'sim --clock virtual' --rounds 8 --block 1s --json
out '"control":\{"trend":"'
run 4 ab 'sim --clock virtual --distribution exponential' 'sim --clock virtual --distribution exponential' --rounds 6 --block 1s
out '^B against A: Not enough evidence: ([89]|10) rounds are needed\.$'
run 2 ab sim
run 2 ab 'sim --rate 5' sim
err 'open and closed loops do not compare'
run 2 ab "sim '--rate" sim
err 'quotes in pairs'
run 2 ab 'sim --profile stress' sim
run 2 ab 'simm' sim
