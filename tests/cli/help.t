# Help, version, lists: status 0, on standard output.

it help_lists_the_commands
run 0 --help
quiet err
out "^usage: benchtop "
for c in run list history show; do
	out "^  $c  "
done

it version_is_one_line
run 0 --version
lines out 1
out "^benchtop [0-9]+\.[0-9]+\.[0-9]+$"

for c in run list history show completion; do
	it "help_of_$c"
	run 0 $c --help
	quiet err
	out "^usage: benchtop $c( |$)"
	out "^  --help "
done

it help_wins_over_what_else_is_wrong
run 0 run --nonsense --help
out "^usage: benchtop run "

it help_of_run_has_load_and_profiles
run 0 run --help
out "^Load$"
out "^Profile load$"
out "^Profile stress$"
out "^  --rate R "
out "^  --hold DURATION .*\[30s\]$"

it list_names_workloads_and_profiles
run 0 list
for w in null sim bitcoin.block load stress; do
	out "^  $w  "
done

it list_tells_options_metrics_and_error_classes
run 0 list bitcoin.block
out "^Unit: transactions$"
out "^  --blocks "
out "^  tip  .*text"
out "^Error classes: .*invalid-block"

it list_works_for_every_workload
run 0 list
for w in $(sed -n '/^Workloads/,/^$/s/^  \([^ ]*\) .*/\1/p' "$T/out"); do
	"$BENCHTOP" list | grep -q "^  $w .*not in this build" && continue
	run 0 list "$w"
	out "^$w: "
done
