# A model server for transcripts, on the loopback: to be sourced. Everything lies in $T/oip.
#
#   oip_start MODEL.json   false when Node or curl is not installed; else it runs, and this is set:
#     OIP                  its URL
#   oip_count              how many samples it predicted so far
#   oip_stop               ends it
oip_pid=''

oip_start() {
	command -v node > /dev/null && command -v curl > /dev/null || return 1
	mkdir -p "$T/oip"
	rm -f "$T/oip/port"
	node "$srcdir/tests/servers/oip.mjs" "$1" "$T/oip/port" > "$T/oip/log" 2>&1 &
	oip_pid=$!
	tries=0
	until [ -s "$T/oip/port" ]; do
		kill -0 $oip_pid 2> /dev/null && [ $tries -lt 300 ] || {
			cat "$T/oip/log" >&2
			return 1
		}
		sleep 0.1
		tries=$((tries + 1))
	done
	OIP=http://127.0.0.1:$(cat "$T/oip/port")
}

oip_count() {
	curl -s -m 60 "$OIP/count"
}

oip_stop() {
	[ -n "$oip_pid" ] || return 0
	kill "$oip_pid" 2> /dev/null
	wait "$oip_pid" 2> /dev/null
	oip_pid=''
}
