# A scripted Decentralized Web Node for transcripts, on the loopback: to be sourced. Everything lies in $T/dwn.
#
#   dwn_start     false when Node is not installed; else it runs, and this is set:
#     DWN         its URL
#   dwn_took      how many writes it took so far
#   dwn_stop      ends it
dwn_pid=''

dwn_start() {
	command -v node > /dev/null && command -v curl > /dev/null || return 1
	mkdir -p "$T/dwn"
	node "$srcdir/tests/servers/dwn.mjs" "$T/dwn/port" > "$T/dwn/log" 2>&1 &
	dwn_pid=$!
	tries=0
	until [ -s "$T/dwn/port" ]; do
		kill -0 $dwn_pid 2> /dev/null && [ $tries -lt 300 ] || {
			cat "$T/dwn/log" >&2
			return 1
		}
		sleep 0.1
		tries=$((tries + 1))
	done
	DWN=http://127.0.0.1:$(cat "$T/dwn/port")
}

dwn_took() {
	curl -s -m 60 "$DWN/count"
}

dwn_stop() {
	[ -n "$dwn_pid" ] || return 0
	kill "$dwn_pid" 2> /dev/null
	wait "$dwn_pid" 2> /dev/null
	dwn_pid=''
}
