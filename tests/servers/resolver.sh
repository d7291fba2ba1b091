# A Universal Resolver for transcripts, on the loopback: to be sourced. Everything lies in
# $T/resolver.
#
#   resolver_start     false when Node or the package is not installed; else it runs, and this is set:
#     RESOLVER         its URL
#   resolver_asked     how many identifiers it was asked for so far
#   resolver_stop      ends it
#
# The package is looked for in BT_NODE_MODULES.
resolver_pid=''

resolver_start() {
	command -v node > /dev/null && command -v curl > /dev/null && [ -d "${BT_NODE_MODULES:-/nowhere}/@web5/dids" ] || return 1
	mkdir -p "$T/resolver"
	node "$srcdir/tests/servers/resolver.mjs" "$T/resolver/port" > "$T/resolver/log" 2>&1 &
	resolver_pid=$!
	tries=0
	until [ -s "$T/resolver/port" ]; do
		kill -0 $resolver_pid 2> /dev/null && [ $tries -lt 300 ] || {
			cat "$T/resolver/log" >&2
			return 1
		}
		sleep 0.1
		tries=$((tries + 1))
	done
	RESOLVER=http://127.0.0.1:$(cat "$T/resolver/port")
}

resolver_asked() {
	curl -s -m 60 "$RESOLVER/count"
}

resolver_stop() {
	[ -n "$resolver_pid" ] || return 0
	kill "$resolver_pid" 2> /dev/null
	wait "$resolver_pid" 2> /dev/null
	resolver_pid=''
}
