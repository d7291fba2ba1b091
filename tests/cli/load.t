# Runs: what the object on standard output says.

it ops_are_exact
run 0 run null --ops 12345 --json
lines out 1
is workload null "$(field workload)"
is mode closed "$(field mode)"
is status ended "$(field status)"
is offered 12345 "$(field offered)"
is completed 12345 "$(field completed)"
is in_flight 0 "$(field in_flight)"
adds_up
out '"latency_ns":\{"queue":null,"service":\{"count":12345,'

it ops_are_exact_over_all_workers
run 0 run null --ops 100k --workers 3 --json
is offered 100000 "$(field offered)"
is completed 100000 "$(field completed)"

it ops_are_exact_in_an_open_loop
run 0 run null --ops 500 --rate 5k --json
is mode open "$(field mode)"
is offered 500 "$(field offered)"
adds_up
out '"response":\{"count":500,'

it progress_goes_to_standard_error_beside_json
run 0 run null --ops 10 --json
err "^ +time +segment +offered"
no_out "segment +offered"

it without_json_lines_and_a_summary_go_to_standard_output
run 0 run sim --rate 100 --duration 500ms --status-interval 200ms
quiet err
out "^ +time +segment +offered"
out "^sim, load "
out "= 50 completed \+ 0 failed \+ 0 expired \+ 0 in flight"
out "benchtop show [0-9]+$"

it a_virtual_hour_takes_a_moment
run 0 run sim --rate 100 --duration 1h --clock virtual --json
is offered 360000 "$(field offered)"
is scored_s 3600.0 "$(field scored_s)"
is throughput 100.0 "$(field throughput)"
is verdict valid "$(field verdict)"
adds_up

it a_table_of_descriptors_that_is_full_shows_in_the_verdict
found=no
for n in 10 11 12 13 14; do
	if (ulimit -n $n; "$BENCHTOP" run sim --duration 100ms --json) 2> /dev/null |
		grep -Eq '"reasons":\[.*1[0-4] descriptors were open of 1[0-4] that may be'; then
		found=yes
	fi
done
is found yes "$found"

it the_same_seed_gives_the_same_run
args='run sim --rate 500 --arrivals poisson --distribution exponential --duration 10s --clock virtual --seed 7 --json'
# shellcheck disable=SC2086 # words
run 0 $args
first=$(sed 's/.*"latency_ns":{\([^}]*}\).*/\1/' "$T/out")
# shellcheck disable=SC2086
run 0 $args
is "latency of the second" "$first" "$(sed 's/.*"latency_ns":{\([^}]*}\).*/\1/' "$T/out")"
is seed 7 "$(field seed)"
# shellcheck disable=SC2086
run 0 $args --seed 8
[ "$first" != "$(sed 's/.*"latency_ns":{\([^}]*}\).*/\1/' "$T/out")" ] || complain "another seed changed nothing"

it planted_errors_are_counted_and_shown_and_no_failure_of_the_run
run 0 run sim --rate 1k --duration 10s --error-rate 10% --clock virtual --json
adds_up
out '"errors":\{"planted-error":\{"count":[0-9]+,"first":\["'
failed_ops=$(field failed)
[ "$failed_ops" -gt 800 ] && [ "$failed_ops" -lt 1200 ] || complain "about 1000 failures expected, got $failed_ops"

it a_slow_server_lets_operations_expire_when_they_are_skipped
run 0 run sim --rate 2k --duration 5s --max-age 100ms --clock virtual --json
adds_up
[ "$(field expired)" -gt 1000 ] || complain "over 1000 expired operations expected"

it a_warm_up_is_not_scored
run 0 run sim --rate 100 --warmup 5s --duration 10s --clock virtual --json
is offered 1000 "$(field offered)"
out '"warm_up":\{"offered":500,"failed":0\}'
out '"label":"warm-up"'

it a_ramp_ends_with_the_step_that_breaks
run 0 run sim --profile stress --rate 500 --step 200 --max-rate 2k --hold 5s --clock virtual --json
is profile stress "$(field profile)"
out '"finding":\{"name":"limit","value":900.0,"unit":"op/s"'
out '"step":1,"rate":500.0,'
out '"step":4,"rate":1100.0,.*"outcome":"broke","reason":"rate not reached'
no_out '"step":5,"rate"'
adds_up

it a_ramp_that_holds_says_so
run 0 run sim --profile stress --rate 100 --step x2 --hold 2s --max-rate 400 --clock virtual
out "no step has broken"

# Ten seconds of 1,000 op/s too many leave 10,000 operations, worked off at 500 a second.
it a_spike_recovers_when_theory_says
run 0 run sim --profile spike --rate 500 --peak x4 --clock virtual --concurrency 64 --json
out '"finding":\{"name":"recovery","value":20.0,"unit":"s","text":"recovered 20 s after the peak; p99 was 1.00 ms,'
out '"label":"peak"'
adds_up

it a_spike_that_is_not_recovered_from_says_so
run 0 run sim --profile spike --rate 500 --peak 2k --recover-for 15s --clock virtual --concurrency 64 --json
out '"finding":\{"name":"recovery","value":null,"unit":"s","text":"did not recover'

# One server of exponential service times, 1 ms on average: 1,000 op/s are its capacity, whatever
# the seed.
it a_breakpoint_is_the_capacity_within_five_percent
for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	run 0 run sim --profile breakpoint --rate 300 --distribution exponential --arrivals poisson --seed $seed \
		--clock virtual --json
	out '"finding":\{"name":"capacity","value":(9[5-9][0-9]|10[0-4][0-9])\.[0-9]*,"unit":"op/s","text":"between .*, confirmed twice'
done

it a_breakpoint_by_latency_is_below_capacity
run 0 run sim --profile breakpoint --rate 100 --distribution exponential --arrivals poisson --stop-p99 9.21ms --seed 1 \
	--clock virtual --json
# p99 of response in this queue is ln(100) / (1000 - rate): 9.21 ms at 500 op/s.
out '"finding":\{"name":"capacity","value":(4[5-9][0-9]|5[0-4][0-9])\.[0-9]*,"unit":"op/s".*p99'

# Four servers of 1 ms behind one queue: threads of one node reach 1,000, 2,000, 4,000 and again
# 4,000 op/s.
it threads_scale_as_far_as_the_servers
run 1 run sim --profile scalability --scale threads --servers 4 --hold 2s --clock virtual --seed 1 --json \
	--threshold 'finding>=70,steps_broken<1'
out '"finding":\{"name":"efficiency","value":(50|49\.[89]|50\.[01])'
out '"step":12,"rate":null,.*"outcome":"broke","reason":"efficiency 50.*"level":8,"ratio":[34]\.[0-9]*,"efficiency":0\.(5|499)'
is steps_broken 1 "$(field steps_broken)"
adds_up

it nodes_share_nothing_so_they_scale
run 0 run sim --profile scalability --hold 2s --clock virtual --seed 1 --threshold 'finding>=99,steps_broken<1'
out "^ +Step +nodes +achieved +ratio +efficiency"
out "8 nodes: 8.00x one node \\(.*, floor 70 % held"

it a_finding_is_a_threshold_where_there_is_one
run 2 run sim --threshold 'finding>=70' --ops 1
err "this run has no figure 'finding'"

it tags_are_kept
run 0 run null --ops 1 --tag build=a1 --tag 'note=two words' --json
out '"tags":\{"build":"a1","note":"two words"\}'

it options_are_recorded_as_resolved
run 0 run sim --ops 1 --service 2ms --clock virtual --json
out '"options":\{.*"service":"2ms".*\}'
out '"options":\{.*"workers":"1".*\}'
out '"command_line":"benchtop run sim --ops 1 --service 2ms --clock virtual --json"'

it a_value_may_stand_behind_an_equals_sign
run 0 run null --ops=3 --json
is offered 3 "$(field offered)"

it two_dashes_end_the_options
run 0 run --ops 3 --json -- null
is offered 3 "$(field offered)"

it closed_standard_output_is_said
"$BENCHTOP" run null --ops 3 --json >&- 2> "$T/err"
status_is 3 $?
err "^benchtop: standard output: cannot write"

it a_full_standard_output_is_said
if [ -w /dev/full ]; then
	"$BENCHTOP" run null --ops 3 --json > /dev/full 2> "$T/err"
	status_is 3 $?
	err "^benchtop: standard output: cannot write"
else
	skip "no /dev/full"
fi
