# What is wrong with a command line is said in one line that names the thing, the value and what was
# expected: status 2.

wrong() { # NAME PATTERN ARG...
	it "$1"
	pattern=$2
	shift 2
	run 2 "$@"
	quiet out
	lines err 1
	err "^benchtop: $pattern"
}

wrong a_misspelt_command_names_the_nearest "'runn': no such command; did you mean run\?" runn
wrong an_unknown_command_points_to_the_help "'frobnicate': no such command; benchtop --help lists them" frobnicate
wrong an_empty_command_is_refused "'': no such command" ''
wrong a_misspelt_workload_names_the_nearest "'bitcoin.blok': no such workload; did you mean bitcoin.block\?" \
	run bitcoin.blok
wrong an_unknown_workload_points_to_the_list "'qqq': no such workload; benchtop list names them" run qqq
wrong a_run_wants_a_workload "run: expected a workload; benchtop list names them" run
wrong a_misspelt_profile_names_the_nearest "'stres': no such profile; did you mean stress\?" \
	run null --profile stres
wrong an_unknown_profile_points_to_the_list "'zzz': no such profile; benchtop list names them" \
	run null --profile=zzz
wrong a_misspelt_option_names_the_nearest "--duratoin: no such option; did you mean --duration\?" \
	run null --duratoin 1s
wrong options_are_not_abbreviated "--dur: no such option; did you mean --duration\?" run null --dur 1s
wrong an_unknown_option_points_to_the_help "--frobnicate: no such option; --help lists them" \
	run null --frobnicate
wrong there_are_no_short_options "-n: no such option; options are long" run null -n 5
wrong a_word_too_many_is_refused "'extra': unexpected argument; --help shows the usage" run null extra
wrong list_refuses_an_unknown_workload "'nul': no such workload; did you mean null\?" list nul
wrong list_takes_one_word "'b': unexpected argument" list null b
wrong history_refuses_an_unknown_option "--limt: no such option; did you mean --limit\?" history --limt 5
wrong show_wants_a_run "show: expected a run: its number from benchtop history, or last" show
wrong show_refuses_an_unknown_option "--jsn: no such option; did you mean --json\?" show last --jsn
wrong completion_wants_a_shell "completion: '': expected bash, zsh or fish" completion
wrong completion_knows_three_shells "completion: 'ksh': expected bash, zsh or fish" completion ksh
wrong the_dashboard_needs_a_terminal "the dashboard needs a terminal; benchtop history lists runs as text"

wrong an_option_wants_its_value "--rate: expected a value: R" run null --rate
wrong a_flag_takes_no_value "--json: '1': expected no value" run null --json=1
wrong a_rate_is_a_number "--rate: 'abc': expected a number" run null --rate abc
wrong a_rate_is_above_zero "--rate: '0': expected a number .* from 0.001 to 1000000000" run null --rate 0
wrong a_rate_is_not_negative "--rate: '-1': expected a number" run null --rate -1
wrong a_count_is_whole "--ops: '1.5': expected a whole number" run null --ops 1.5
wrong a_count_is_not_zero "--ops: '0': expected a whole number .* from 1 to " run null --ops 0
wrong a_count_fits_its_type "--seed: '99999999999999999999': expected a whole number" \
	run null --seed 99999999999999999999
wrong workers_have_a_bound "--workers: '257': expected a whole number .* from 1 to 256" run null --workers 257
wrong a_duration_has_a_unit "--duration: '10': expected a duration \(250ms, 10s, 1m30s\)" run null --duration 10
wrong a_duration_has_bounds "--duration: '41d': expected a duration .* from 1ms to 40d" run null --duration 41d
wrong an_interval_has_bounds "--status-interval: '1ms': expected a duration .* from 100ms to 1d" \
	run null --status-interval 1ms
wrong a_choice_names_the_choices "--arrivals: 'even': expected constant\|poisson" run null --arrivals even
wrong a_tag_is_a_pair "--tag: 'x': expected KEY=VALUE" run null --tag x
wrong a_tag_has_a_key "--tag: '=x': expected KEY=VALUE" run null --tag =x
wrong a_share_is_bounded "--stop-error: '101%': expected a share .* from 1e-06 to 1" \
	run null --profile stress --stop-error 101%
wrong a_step_factor_is_above_one "--step: 'x1': expected a factor above 1" run null --profile stress --step x1
wrong a_step_is_above_zero "--step: '0': expected a number above 0" run null --profile stress --step 0
wrong a_network_is_one_of_five "--network: 'mainnet': expected auto\|main\|testnet3\|testnet4\|signet\|regtest" \
	run bitcoin.block --network mainnet
wrong a_size_has_a_binary_unit "--leak: '1KB': expected a size" run sim --leak 1KB
wrong a_limit_is_a_count "--limit: 'x': expected a whole number" history --limit x

wrong a_profile_has_its_own_options "--hold: no such option" run null --hold 1s
wrong a_workload_has_its_own_options "--blocks: no such option" run sim --blocks x
wrong concurrency_is_for_workloads_that_wait "--concurrency 4: null computes, it does not wait" \
	run null --concurrency 4
wrong the_virtual_clock_is_for_simulations "--clock virtual: bitcoin.block takes real time" \
	run bitcoin.block --clock virtual
wrong an_age_limit_is_not_skipping "--max-age: expected --late limit, not skip" run null --late skip --max-age 1s
wrong a_linear_ramp_begins_somewhere "--rate-to 5: expected --rate, where the ramp begins" run null --rate-to 5
wrong a_ramp_of_steps_takes_no_ops "--profile stress: expected --hold and --max-rate instead of --ops" \
	run null --profile stress --ops 10
wrong a_ramp_of_steps_takes_no_duration "--profile stress: expected --hold and --max-rate instead of --duration" \
	run null --profile stress --duration 10s
wrong a_ramp_goes_up "--max-rate 1000: expected at least --rate 2000" run null --profile stress --rate 2k
wrong a_ramp_has_an_end "--step 1e-05: expected at most 2000 steps|--step 0.1: expected at most 2000 steps" \
	run null --profile stress --step 0.1

wrong a_corpus_takes_no_mix "--mix: expected without --corpus" run bitcoin.tx-validate --corpus x --mix p2wpkh=1
wrong a_corpus_takes_no_pool "--pool: expected without --corpus" run bitcoin.tx-validate --corpus x --pool 5
wrong minus_o_can_be_a_value "--mix: '-o': expected TEMPLATE=WEIGHT" generate transactions --mix -o -o x
wrong a_spike_has_a_base_rate "--profile spike: expected --rate" run null --profile spike
wrong a_peak_is_above_its_base "--peak 400: expected more than --rate 500" \
	run null --profile spike --rate 500 --peak 400

it nothing_is_stored_for_a_wrong_command_line
run 0 history
out "No runs yet"
