# Endurance: a virtual day, and leaks whose size is known.

it a_virtual_day_with_the_store_keeps_to_its_objectives
if watched; then
	skip "a sanitizer keeps memory of its own"
else
	run 0 run sim --profile endurance --rate 50 --duration 24h --clock virtual --seed 1 --json
	is completed 4320000 "$(field completed)"
	adds_up
	out '"finding":\{"name":"drift","value":1\.0,"unit":"times","text":"p99 1\.00 ms in the first quarter, 1\.00 ms in the last"\}'
	out '"leak_per_h":0\.0,"leak":\{"verdict":"none",.*"rules_out_mib_per_h":0\.05[0-9]*,"span_s":6'
	out '"step":24,"rate":50\.0,"offered":180000,"completed":180000,"throughput":50\.0,.*"rss_bytes":[0-9]+'
	no_out '"step":25,"rate"'
	for t in 'throughput>=45' 'error_rate<1%' 'rss_growth<10%@after=1h' 'leak_per_h<=0'; do
		out "\"text\":\"$t\",[^}]*\"verdict\":\"held\""
	done
	day=$(cat "$T/out")
	run 0 show last --json
	is report "$day" "$(cat "$T/out")"
	run 0 show last
	out "Leak +none found; this run is too short to rule out one below 5[0-9]\.[0-9]$|Leak +none found; this run is too short to rule out one below 5[0-9]\.[0-9]"
	out "^    Step  offered .* memory$"
fi

# 350 bytes, 368 with what the allocator needs, 50 times a second: 1.05 MiB a minute.
it a_leak_of_a_mebibyte_a_minute_is_found_in_three_minutes
if watched; then
	skip "a sanitizer keeps memory of its own"
else
	for seed in 1 2 3 4 5; do
		run 1 run sim --profile endurance --rate 50 --duration 3m --leak 350 --clock virtual --seed $seed --json
		out '"leak":\{"verdict":"found","slope_mib_per_h":(6[0-9]|7[0-9])\.'
		out '"text":"leak_per_h<=0",[^}]*"verdict":"crossed"'
		is status ended "$(field status)"
	done
fi

it no_leak_is_found_in_twenty_clean_runs
if watched; then
	skip "a sanitizer keeps memory of its own"
else
	for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		run 0 run sim --rate 50 --duration 3m --clock virtual --distribution exponential --arrivals poisson \
			--seed $seed --threshold 'leak_per_h<=0' --json
		out '"leak":\{"verdict":"none"'
	done
fi

it what_is_missed_makes_status_1
run 1 run sim --profile endurance --rate 50 --duration 1h --error-rate 2% --clock virtual
out "crossed error_rate<1%: "
out "held throughput>=45: "
run 1 run sim --profile endurance --rate 2k --duration 10m --clock virtual
out "crossed throughput>=1800: "

it a_threshold_of_the_user_goes_before_an_objective
if watched; then
	skip "a sanitizer keeps memory of its own"
else
	run 0 run sim --profile endurance --rate 50 --duration 1h --error-rate 2% --threshold 'error_rate<5%' --clock virtual
	out "held error_rate<5%: "
	no_out "error_rate<1%"
	out "held throughput>=45: "
fi

it a_short_run_says_that_it_is_too_short
if watched; then
	skip "a sanitizer keeps memory of its own"
else
	run 0 run sim --profile endurance --rate 50 --duration 20s --clock virtual
	out "Leak +not known: this run is too short to tell"
	no_out "leak_per_h"
	run 0 run sim --rate 50 --duration 1m --clock virtual
	out "none found; this run is too short to rule out one below"
fi

it it_does_not_start_without_a_rate
run 2 run sim --profile endurance --clock virtual
err "^benchtop: --profile endurance: expected --rate, what is offered$"
