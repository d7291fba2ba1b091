# Decentralized Web Nodes for transcripts, on the loopback: to be sourced. A scripted one lies in
# $T/dwn, a real one, npm's @web5/dwn-server of BT_NODE_MODULES, in $T/real-dwn.
#
#   dwn_start     false when Node is not installed; else it runs, and this is set:
#     DWN         its URL
#   dwn_took      how many writes it took so far
#   real_dwn_start   false when Node or the package is not there, or its better-sqlite3 was not compiled; else it runs, and this is set:
#     REAL_DWN       its URL
#   dwn_stop      ends both
# shellcheck source=tests/servers/port.sh
. "$srcdir/tests/servers/port.sh"
dwn_pid='' real_dwn_pid=''

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

real_dwn_try() {
	port=$(free_port)
	REAL_DWN=http://127.0.0.1:$port
	(
		cd "$T/real-dwn" || exit
		DS_PORT=$port DWN_SERVER_LOG_LEVEL=error DWN_SERVER_PACKAGE_JSON=$1/package.json exec node "$1/dist/esm/src/main.js"
	) > "$T/real-dwn/log" 2>&1 &
	real_dwn_pid=$!
	tries=0
	until curl -s -m 60 "$REAL_DWN/info" | grep -q '"server":"@web5/dwn-server"'; do
		kill -0 $real_dwn_pid 2> /dev/null && [ $tries -lt 300 ] || return 1
		sleep 0.2
		tries=$((tries + 1))
	done
}

real_dwn_start() {
	command -v node > /dev/null && command -v curl > /dev/null &&
		[ -d "${BT_NODE_MODULES:-/nowhere}/@web5/dwn-server" ] &&
		[ -f "$BT_NODE_MODULES/better-sqlite3/build/Release/better_sqlite3.node" ] || return 1
	mkdir -p "$T/real-dwn"
	real_dwn_try "$BT_NODE_MODULES/@web5/dwn-server" || real_dwn_try "$BT_NODE_MODULES/@web5/dwn-server" || {
		cat "$T/real-dwn/log" >&2
		return 1
	}
}

dwn_stop() {
	for pid in $dwn_pid $real_dwn_pid; do
		kill "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
	done
	dwn_pid='' real_dwn_pid=''
}
