# bcoin for transcripts, a regtest node in memory on the loopback: to be sourced. Everything lies in
# $T/bcoin.
#
#   bcoin_start        false when Node or the package is not installed; else it runs, and these are set:
#     BCOIN_URL        its JSON-RPC; the user is x
#     BCOIN_PASSWORD   a file with its password
#     BCOIN_COOKIE     a file with both, as Bitcoin Core writes it
#   bcoin_call METHOD PARAMS    calls it and prints the reply: bcoin_call getblockhash '[1]'
#   bcoin_stop         ends it
#
# The package is looked for in BT_NODE_MODULES.
# shellcheck source=tests/servers/port.sh
. "$srcdir/tests/servers/port.sh"
bcoin_dir='' bcoin_pid=''

bcoin_call() {
	printf '{"id":1,"method":"%s","params":%s}' "$1" "$2" |
		curl -s -m 600 --netrc-file "$bcoin_dir/netrc" -H 'Content-Type: application/json' --data-binary @- "$BCOIN_URL"
}

# Ports are the system's to choose: bcoin is told one, and another when that is taken. Its peers are
# none: two that run at once would meet at the network's fixed port.
bcoin_try() {
	port=$(free_port)
	BCOIN_URL=http://127.0.0.1:$port/
	(
		cd "$bcoin_dir" || exit
		NODE_BACKEND=js exec "$BT_NODE_MODULES/.bin/bcoin" --network=regtest --memory=true --no-wallet \
			--listen=false --prefix="$bcoin_dir" --http-port="$port" --api-key="$(cat "$BCOIN_PASSWORD")"
	) > "$bcoin_dir/log" 2>&1 &
	bcoin_pid=$!
	tries=0
	until bcoin_call getblockcount '[]' | grep -q '"result":0'; do
		kill -0 $bcoin_pid 2> /dev/null && [ $tries -lt 300 ] || return 1
		sleep 0.2
		tries=$((tries + 1))
	done
}

bcoin_start() {
	command -v node > /dev/null && command -v curl > /dev/null && [ -d "${BT_NODE_MODULES:-/nowhere}/bcoin" ] || return 1
	bcoin_dir=$T/bcoin
	BCOIN_PASSWORD=$bcoin_dir/password BCOIN_COOKIE=$bcoin_dir/cookie
	mkdir -p "$bcoin_dir"
	echo geheim > "$BCOIN_PASSWORD"
	echo x:geheim > "$BCOIN_COOKIE"
	echo 'default login x password geheim' > "$bcoin_dir/netrc"
	bcoin_try || bcoin_try || {
		cat "$bcoin_dir/log" >&2
		return 1
	}
}

bcoin_stop() {
	[ -n "$bcoin_pid" ] || return 0
	kill "$bcoin_pid" 2> /dev/null
	wait "$bcoin_pid" 2> /dev/null
	bcoin_pid=''
}
