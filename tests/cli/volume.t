# volume: data sets that grow, and memory that ends a run before the system does.

it a_data_set_grows_to_its_last_level
run 0 run sim --profile volume --levels 4 --level-size 2k --hold 1s --clock virtual --seed 1 --threshold 'bytes_leaked<1GiB' --json
out '"finding":\{"name":"level","value":8000\.0,"unit":"items","text":"the largest that held, none has broken;'
out '"items":8000,"filled":8000,"rss_before_bytes":[0-9]+,"rss_peak_bytes":[0-9]+,"rss_after_bytes":[0-9]+,"counted_bytes":8'
out '"bytes_per_item":\{"resident":[0-9.]+,"low":'
is completed 4000 "$(field completed)"
adds_up
report=$(cat "$T/out")
run 0 show last --json
is report "$report" "$(cat "$T/out")"
run 0 show last
out "^ +Items achieved .* counted +peak +released +outcome$"

it a_limit_of_memory_is_a_finding_and_no_failure
run 0 run sim --profile volume --levels 10 --level-size 10k --hold 1s --memory-limit 25MiB --clock virtual --threshold 'bytes_leaked<1GiB'
out "Level +20\.0k items: the largest that held, broke at 30\.0k: no memory"
out "broke$"

it transactions_are_a_data_set
run 0 run bitcoin.tx-validate --profile volume --levels 3 --level-size 300 --hold 200ms --negative 5% --threshold 'bytes_leaked<1GiB' --json
out '"error_rate":0\.0,'
out '"items":900,"filled":900,'
run 0 run bitcoin.mempool --profile volume --levels 2 --level-size 300 --pool 500 --hold 300ms --workers 2 --negative 5% \
	--threshold 'bytes_leaked<1GiB' --threshold 'mempool_transactions>=1200' --json
out '"error_rate":0\.0,'
out '"items":600,"filled":600,'

it it_says_which_workloads_have_a_data_set
run 2 run null --profile volume
err "^benchtop: --profile volume: null has no data set that grows; expected one of: sim"
run 0 list sim
out "^Data set: grows, for --profile volume$"
run 2 run null --threshold 'bytes_per_item<5'
err "bytes_per_item"
