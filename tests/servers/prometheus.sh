# A real Prometheus and a real Pushgateway for transcripts, on the loopback: to be sourced.
# Everything lies in $T/prometheus.
#
#   prometheus_start TARGET   scrapes TARGET (HOST:PORT) five times a second; false when it or curl is not installed
#   prometheus_query EXPR     what its query API says: "VALUE" of each series, one a line
#   pushgateway_start         false when it is not installed; else $PUSHGATEWAY is its URL
#   prometheus_stop           ends both
prometheus_pid='' pushgateway_pid=''

# awaited URL PID: until it answers.
awaited() {
	tries=0
	until curl -s -f -m 10 "$1" > /dev/null; do
		kill -0 "$2" 2> /dev/null && [ $tries -lt 300 ] || return 1
		sleep 0.1
		tries=$((tries + 1))
	done
}

# A port that the kernel has free; somebody else may take it before it is used, then another is
# tried.
some_port() {
	awk 'BEGIN { srand(); print 20000 + int(rand() * 20000) }'
	sleep 1.1 # srand goes by the second
}

prometheus_start() {
	command -v prometheus > /dev/null && command -v curl > /dev/null || return 1
	mkdir -p "$T/prometheus"
	cat > "$T/prometheus/prometheus.yml" <<END
global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: benchtop
    static_configs: [ { targets: [ "$1" ] } ]
END
	for attempt in 1 2 3; do
		PROMETHEUS=127.0.0.1:$(some_port)
		prometheus --config.file="$T/prometheus/prometheus.yml" --storage.tsdb.path="$T/prometheus/data" \
			--web.listen-address="$PROMETHEUS" > "$T/prometheus/log" 2>&1 &
		prometheus_pid=$!
		awaited "http://$PROMETHEUS/-/ready" $prometheus_pid && return
	done
	echo "prometheus did not start in $attempt attempts" >&2
	cat "$T/prometheus/log" >&2
	return 1
}

prometheus_query() {
	curl -s -m 60 -G --data-urlencode "query=$1" "http://$PROMETHEUS/api/v1/query" |
		grep -o '"value":\[[^]]*\]' | sed 's/.*,"\(.*\)"]/\1/'
}

pushgateway_start() {
	command -v prometheus-pushgateway > /dev/null && command -v curl > /dev/null || return 1
	mkdir -p "$T/prometheus"
	for attempt in 1 2 3; do
		PUSHGATEWAY=http://127.0.0.1:$(some_port)
		prometheus-pushgateway --web.listen-address="${PUSHGATEWAY#http://}" > "$T/prometheus/push.log" 2>&1 &
		pushgateway_pid=$!
		awaited "$PUSHGATEWAY/-/ready" $pushgateway_pid && return
	done
	echo "prometheus-pushgateway did not start in $attempt attempts" >&2
	cat "$T/prometheus/push.log" >&2
	return 1
}

prometheus_stop() {
	for pid in $prometheus_pid $pushgateway_pid; do
		kill "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
	done
	prometheus_pid='' pushgateway_pid=''
}
