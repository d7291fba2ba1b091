# A figure is one row of the catalogue: tests/benchtop_figure has one more, goodness, from a row in
# tests/support/figure_row.inc and nothing else. It is wherever figures are.
plain=$BENCHTOP
BENCHTOP=${BENCHTOP%/*}/tests/benchtop_figure
sim='sim --clock virtual --rate 100 --service 1ms --warmup 0'

it a_threshold_may_name_it
# shellcheck disable=SC2086 # words
run 0 run $sim --duration 10s --threshold 'goodness>=90' --threshold 'goodness>90@window=2s' --no-tui
# shellcheck disable=SC2086
run 1 run $sim --duration 10s --threshold 'goodness>110' --no-tui
# shellcheck disable=SC2086
run 2 run $sim --duration 10s --threshold 'badness>110'
err 'goodness'

it it_is_in_the_report_and_in_samples
# shellcheck disable=SC2086
run 0 run $sim --duration 10s --json --out "csv:$T/s.csv" --out "ndjson:$T/s.ndjson"
is goodness "$(field throughput)" "$(field goodness)"
is 'value in csv' 100 "$(awk -F , 'NR == 1 { while ($(++i) != "goodness" && i < NF); }
	NR == 5 { printf "%.0f", $i }' "$T/s.csv")"
grep -q '"goodness":100' "$T/s.ndjson" || complain 'no goodness in ndjson'

it the_history_lists_it
run 0 history --json
out '"goodness": *100'
run 0 history --filter 'goodness>99'
out ' sim '
run 0 history --filter 'goodness>101'
out 'No run matches'
run 2 history --filter 'colour>1'
err 'goodness'
run 2 history --filter 'godness>1'
err 'did you mean goodness'

it runs_without_it_do_not_have_it
"$plain" run null --ops 10 --no-tui --tag old=yes > /dev/null 2>&1
run 0 history --filter 'old=yes goodness>0'
out 'No run matches'
run 0 history --filter 'old=yes'
out ' null '

it comparisons_and_baselines_have_it
for seed in 1 2 3 4 5 6; do
	# shellcheck disable=SC2086
	"$BENCHTOP" run $sim --seed $seed --duration 5s --tag set=a --no-tui > /dev/null
	# shellcheck disable=SC2086
	"$BENCHTOP" run $sim --seed $seed --duration 5s --tag set=b --no-tui > /dev/null
done
run 0 compare set=a set=b
out '^goodness '
run 0 compare set=a set=b --json
out '"goodness":'
run 0 baseline set good set=a
run 0 baseline export good -
out '"goodness"'
run 2 check --baseline good --figure badness
err 'goodness'

it metrics_have_it
if command -v curl > /dev/null; then
	start run null --duration 1h --no-tui --listen 127.0.0.1:0
	url=$(sed -n 's|^metrics: \(http://.*\)$|\1|p' "$T/out" "$T/err")
	tries=0
	until curl -s -m 60 "$url" > "$T/metrics" && grep -q goodness "$T/metrics" || [ $tries -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	grep -q '^# HELP benchtop_goodness how good it is' "$T/metrics" || complain 'no family'
	grep -Eq '^benchtop_goodness\{.*\} ' "$T/metrics" || complain 'no sample'
	kill -INT "$child"
	finish 130
else
	skip 'curl is not installed'
fi

it help_and_the_manual_name_it
run 0 run --help
out '^  goodness  *how good it is'
"$BENCHTOP" completion mdoc < "$srcdir/man/benchtop.1.in" > "$T/out" 2> "$T/err"
out '^\.It Va throughput ,.* goodness ,'

it the_program_itself_has_none
BENCHTOP=$plain
run 0 run --help
no_out goodness
