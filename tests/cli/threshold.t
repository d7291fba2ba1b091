# Thresholds of runs whose figures are known beforehand.

sim='run sim --clock virtual --service 1ms --rate 500'

it a_run_that_keeps_to_them_ends_with_status_0
# shellcheck disable=SC2086 # words
run 0 $sim --duration 20s --threshold 'p99<=1ms' --threshold 'throughput>=499,error_rate<1%' --threshold 'served>=10k'
out "Thresholds +held p99<=1ms: 1\.00 ms$"
out "held throughput>=499: 500$"
out "held served>=10k: 10.0k$"

it one_that_is_crossed_makes_status_1
# shellcheck disable=SC2086
run 1 $sim --duration 20s --json --threshold 'error_rate<1%' --threshold 'p99<1ms'
out '"text":"error_rate<1%","name":"error_rate","op":"<","limit":0\.01,.*"verdict":"held"'
out '"text":"p99<1ms",.*"unit":"ns",.*"value":1000000\.0,"worst_at_ns":null,"verdict":"crossed"'
is status ended "$(field status)"

it a_server_that_stands_still_fails_a_window_and_not_the_run
# All servers stand still for one second of 100: some 1,000 of 50,000 operations wait, half of those
# of one window of 2,000.
# shellcheck disable=SC2086
run 1 $sim --duration 100s --stall-every 60s --stall-for 1s --threshold 'p99<500ms@window=4s' --threshold 'p95<500ms'
out "crossed p99<500ms@window=4s: [0-9.]+ (ms|s), worst in the window"
out "held p95<500ms: "

it a_queue_is_as_slow_as_theory_says
# One server, 500 of 1,000 op/s, both exponential: response time is exponential with a mean of 2 ms,
# its p99 2 ms x ln 100 = 9.21 ms.
run 1 run sim --clock virtual --rate 500 --arrivals poisson --distribution exponential --service 1ms --duration 30m \
	--seed 5 --threshold 'p99<9.6ms,p99>8.8ms,mean<2.1ms,mean>1.9ms,p50<1.45ms' --threshold 'p99<8.8ms'
out "held p99<9\.6ms: 9\.[0-9]+ ms"
out "held p99>8\.8ms: "
out "held mean<2\.1ms: "
out "held mean>1\.9ms: "
out "held p50<1\.45ms: "
out "crossed p99<8\.8ms: "

it the_worst_window_is_the_one_of_the_stall
# shellcheck disable=SC2086
run 1 $sim --duration 100s --stall-every 60s --stall-for 1s --json --threshold 'p99<500ms@window=4s:abort'
at=$(field worst_at_ns)
[ "$at" -gt 54000000000 ] && [ "$at" -lt 62000000000 ] || complain "the stall is at 60 s, the window at $at ns"
[ "$(field offered)" -lt 34000 ] || complain "it went on to $(field offered) operations"

it the_store_has_the_verdicts_of_a_run
# shellcheck disable=SC2086
run 1 $sim --duration 10s --json --threshold 'p99<1ms@window=2s@after=2s'
mine=$(grep -o '"thresholds":.*"metrics"' "$T/out")
run 0 show last --json
is thresholds "$mine" "$(grep -o '"thresholds":.*"metrics"' "$T/out")"
out '"options":\{"threshold":\["p99<1ms@window=2s@after=2s"'
run 0 show last
out "Thresholds +crossed p99<1ms@window=2s@after=2s: 1\.00 ms, worst"

it a_run_that_is_to_end_when_it_crosses_says_why
# shellcheck disable=SC2086
run 1 $sim --duration 1h --error-rate 10% --json --threshold 'error_rate<1%:abort'
err "^benchtop: the run is stopped: threshold 'error_rate<1%:abort' is crossed$"
is status stopped "$(field status)"
adds_up
[ "$(field offered)" -lt 5000 ] || complain "it went on to $(field offered) operations"

it nothing_to_tell_by_is_not_held
# shellcheck disable=SC2086
run 1 $sim --duration 5s --threshold 'p99<1s@after=1m' --threshold 'throughput>1@window=10s'
out "unknown p99<1s@after=1m: -$"
out "unknown throughput>1@window=10s: -$"

it a_wrong_name_is_refused_with_the_right_ones
# shellcheck disable=SC2086
run 2 $sim --threshold 'p98<5ms'
quiet out
lines err 1
err "--threshold: 'p98<5ms': this run has no figure 'p98'; expected one of p50, p90, .*bytes_leaked, leak_per_h, served, served_per_s, "

it a_value_of_another_kind_is_refused
run 2 run null --threshold 'p99<5'
quiet out
err "^benchtop: --threshold: 'p99<5': '5' for p99: expected a duration \(50ms, 1\.5s\)$"
run 2 run null --threshold 'response.p99<5ms'
err "no figure 'response\.p99'"
