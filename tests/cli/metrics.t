# Seen from outside: /metrics and /health while a run goes on and after it, a real Prometheus and
# Pushgateway, and what is refused.
# shellcheck source=tests/servers/prometheus.sh
. "$srcdir/tests/servers/prometheus.sh"
trap 'prometheus_stop; clean_up' EXIT
web=no
command -v curl > /dev/null && web=yes
url() { sed -n 's|^metrics: \(http://.*\)/metrics$|\1|p' "$T/err" | tail -n 1; }
scrape() { curl -s -m 60 "$(url)/metrics" "$@"; }
# awaits PATTERN: until /metrics says so.
awaits() {
	tries=0
	until scrape | grep -q "$1"; do
		[ $tries -lt 300 ] || {
			complain "/metrics never said $1"
			return
		}
		sleep 0.1
		tries=$((tries + 1))
	done
}
# A sample: its value.
sample() {
	sed -n "s/^$1 //p" "$T/metrics"
}
labels() { echo "workload=\"$1\",profile=\"$2\",run=\"$(field run)\""; }

it the_result_is_served_after_the_end
if [ $web = yes ]; then
	start run sim --rate 200 --ops 300 --service 1ms --distribution exponential --error-rate 10% --threshold 'p99<10s' --seed 1 \
		--json --listen 0 --linger 1h
	awaits 'benchtop_run_result{.*result="ended"} 1'
	scrape > "$T/metrics"
	scrape -H 'Accept: application/openmetrics-text' > "$T/openmetrics"
	curl -s -m 60 -o "$T/health" -w '%{http_code}' "$(url)/health" > "$T/status"
	kill -INT "$child"
	finish 0
	l=$(labels sim load)
	is completed "$(field completed)" "$(sample "benchtop_operations_total{$l,outcome=\"completed\"}")"
	is failed "$(field failed)" "$(sample "benchtop_operations_total{$l,outcome=\"failed\"}")"
	is 'failed, by class' "$(field failed)" "$(sample "benchtop_errors_total{$l,class=\"planted-error\"}")"
	is offered 300 "$(sample "benchtop_offered_operations_total{$l}")"
	is 'count of the histogram' 300 "$(sample "benchtop_response_seconds_count{$l}")"
	is threshold 1 "$(sample "benchtop_threshold_ok{$l,threshold=\"p99<10s\"}")"
	is 'the workload served' 300 "$(sample "benchtop_workload_served_total{$l}")"
	is 'health at the end' 503 "$(cat "$T/status")"
	grep -q '"status":"stopping".*"result":"ended"' "$T/health" || complain "health: $(cat "$T/health")"
	is 'the last line of OpenMetrics' '# EOF' "$(tail -n 1 "$T/openmetrics")"
	if command -v promtool > /dev/null; then
		promtool check metrics < "$T/metrics" > "$T/promtool" 2>&1 || complain "promtool: $(cat "$T/promtool")"
	fi
else
	skip "curl is not installed"
fi

it a_run_is_healthy_while_it_goes_on
if [ $web = yes ]; then
	start run sim --rate 100 --duration 1h --service 1ms --json --listen 127.0.0.1:0
	awaits 'outcome="completed"} [1-9]'
	curl -s -m 60 "$(url)/health" > "$T/health"
	grep -Eq '"status":"(healthy|degraded)","uptime":[0-9.]+,"memory_usage":[0-9]+,' "$T/health" || complain "health: $(cat "$T/health")"
	is ready ready "$(curl -s -m 60 "$(url)/health/ready")"
	kill -INT "$child"
	finish 130
else
	skip "curl is not installed"
fi

it names_that_bitcoin_dashboards_look_for_are_there
if [ $web = yes ]; then
	start run bitcoin.tx-validate --ops 200 --json --listen 0 --linger 1h
	awaits 'benchtop_run_result{.*result="ended"} 1'
	scrape > "$T/metrics"
	kill -INT "$child"
	finish 0
	l=$(labels bitcoin.tx-validate load)
	is transactions 200 "$(sample "bitcoin_transactions_total{$l}")"
	is durations 200 "$(sample "bitcoin_transaction_duration_seconds_count{$l}")"
	grep -q "^process_memory_bytes{$l} [1-9]" "$T/metrics" || complain "no process_memory_bytes"
else
	skip "curl is not installed"
fi

it every_metric_is_in_the_manual_and_the_dashboard_has_no_others
if [ $web = yes ]; then
	start run sim --rate 200 --ops 100 --service 1ms --error-rate 10% --threshold 'p99<10s' --json --listen 0 --linger 1h
	awaits 'benchtop_run_result{.*result="ended"} 1'
	scrape > "$T/metrics"
	kill -INT "$child"
	finish 0
	sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$T/metrics" | sort -u > "$T/served"
	grep -v '^benchtop_workload_' "$T/served" | while read -r metric; do
		grep -q "^\.It Li .*$metric\( ,\|\$\)" "$srcdir/man/benchtop-metrics.7" || echo "$metric"
	done > "$T/not-said"
	is 'metrics that the manual has not' '' "$(cat "$T/not-said")"
	grep -o '\(benchtop\|process\|bitcoin\)_[a-z_]*' "${BENCHTOP_DATA:-$srcdir/data}/grafana/benchtop.json" |
		sed 's/_\(bucket\|sum\|count\)$//' | sort -u > "$T/drawn"
	is 'metrics of the dashboard that are not served' '' "$(comm -23 "$T/drawn" "$T/served")"
	is 'the dashboard is JSON with panels' 1 "$(grep -c '"panels": \[' "${BENCHTOP_DATA:-$srcdir/data}/grafana/benchtop.json")"
else
	skip "curl is not installed"
fi

it every_section_of_a_suite_is_told_in_its_turn
if [ $web = yes ]; then
	printf '[one]\nworkload = null\nops = 10\n[two]\nworkload = null\nops = 20\n' > "$T/suite.ini"
	start suite "$T/suite.ini" --listen 0 --linger 1h --json
	awaits 'outcome="completed"} 20$'
	awaits 'benchtop_run_result{.*result="ended"} 1' # of the second section
	kill -INT "$child"
	finish 0
else
	skip "curl is not installed"
fi

it the_trials_of_a_check_are_told
if [ $web = yes ]; then
	run 0 run null --ops 2k --repeat 2 --tag set=base
	run 0 baseline set base set=base
	start check --baseline base --repeat 2 --listen 0 --linger 4s --json
	tries=0
	until grep -q '^\[2/2\]' "$T/err" || [ $tries -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	awaits 'benchtop_run_result{.*result="ended"} 1'
	scrape | grep -q 'benchtop_operations_total{workload="null",.*outcome="completed"} 2000$' || complain "no trial was told"
	finish 4
else
	skip "curl is not installed"
fi

it a_real_prometheus_has_the_counts_of_the_run
if [ $web = yes ] && command -v prometheus > /dev/null; then
	start run sim --rate 300 --ops 900 --service 1ms --error-rate 5% --json --listen 0 --linger 1h
	target=$(url)
	if prometheus_start "${target#http://}"; then
		tries=0
		until [ "$(prometheus_query 'benchtop_run_result{result="ended"}')" = 1 ] || [ $tries -ge 300 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
		completed=$(prometheus_query 'benchtop_operations_total{outcome="completed"}')
		lost=$(prometheus_query 'benchtop_operations_total{outcome="failed"}')
		counted=$(prometheus_query 'benchtop_response_seconds_count')
		below=$(prometheus_query 'benchtop_response_seconds_bucket{le="+Inf"}')
		up=$(prometheus_query 'up')
	else
		complain "Prometheus did not start"
	fi
	kill -INT "$child"
	finish 0
	is completed "$(field completed)" "$completed"
	is failed "$(field failed)" "$lost"
	is counted 900 "$counted"
	is 'in all buckets' 900 "$below"
	is up 1 "$up"
else
	skip "Prometheus or curl is not installed"
fi

it the_result_is_pushed_to_a_real_pushgateway
if pushgateway_start; then
	run 0 run sim --ops 50 --service 1us --json --push "$PUSHGATEWAY/"
	quiet_err=$(grep -c push "$T/err")
	is 'complaints about pushing' 0 "$quiet_err"
	curl -s -m 60 "$PUSHGATEWAY/metrics" > "$T/metrics"
	grep -q '^benchtop_operations_total{.*job="benchtop",outcome="completed".*} 50$' "$T/metrics" ||
		complain "the Pushgateway has: $(grep benchtop_operations "$T/metrics")"
else
	skip "prometheus-pushgateway or curl is not installed"
fi

it any_section_has_a_group_of_its_own_at_the_pushgateway
if [ -n "$pushgateway_pid" ]; then
	for section in 'our traffic' a/b 'naïve?x=1#y' '50%' .. '%2F' '+'; do
		printf '[%s]\nworkload = null\nops = 7\n\n' "$section"
	done > "$T/push.ini"
	run 0 suite "$T/push.ini" --push "$PUSHGATEWAY"
	no_err 'push'
	curl -s -m 60 "$PUSHGATEWAY/metrics" > "$T/metrics"
	for section in 'our traffic' a/b 'naïve?x=1#y' '50%' .. '%2F' '+'; do
		grep -F "section=\"$section\"" "$T/metrics" | grep -q '^benchtop_operations_total{.*outcome="completed".*} 7$' ||
			complain "the Pushgateway has no group of section $section"
	done
else
	skip "prometheus-pushgateway is not installed"
fi

it a_group_that_the_url_names_is_kept
if [ -n "$pushgateway_pid" ]; then
	for group in job@base64/YS9i/env/test 'job/our traffic' job/naïve/stage@base64/=; do
		run 0 run null --ops 9 --no-tui --push "$PUSHGATEWAY/metrics/$group/"
		no_err 'push'
	done
	curl -s -m 60 "$PUSHGATEWAY/metrics" > "$T/metrics"
	for label in 'env="test",.*job="a/b"' 'job="our traffic"' 'job="naïve"'; do
		grep -q "^benchtop_operations_total{.*$label.*} 9\$" "$T/metrics" || complain "the Pushgateway lacks $label"
	done
else
	skip "prometheus-pushgateway is not installed"
fi
for bad in /metrics/job/ /metrics/job/x/env /metrics/job/x/a-b/c /metrics/job/x/env//y '/?a=1'; do
	run 2 run null --ops 1 --push "http://127.0.0.1:1$bad"
	err "^benchtop: --push: .*: expected (a job|/LABEL/VALUE|the name of a label|no query)"
done

it what_cannot_be_served_is_said
run 2 run null --ops 1 --listen host:80
err "^benchtop: --listen: 'host:80': expected a port, or ADDRESS:PORT"
run 2 run null --ops 1 --linger 1s
err '^benchtop: --linger: expected --listen'
for bad in localhost:9091 'http://a b/' "http://x$(printf '\033')/"; do
	run 2 run null --ops 1 --push "$bad"
	err "^benchtop: --push: '.*': expected a URL"
done
run 2 check --baseline none --listen x
if [ $web = yes ]; then
	start run sim --rate 10 --duration 1h --listen 0
	taken=$(url)
	run 3 run null --ops 1 --listen "${taken#http://}"
	err '^benchtop: --listen .*: Address already in use'
	kill -INT "$child"
	finish 130
fi
run 0 run null --ops 1 --push http://127.0.0.1:1 --json
err '^benchtop: --push: http://127.0.0.1:1/metrics/job/benchtop: '
