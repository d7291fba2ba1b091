# Transactions broadcast to a real node, bcoin on regtest, and to one that says what Bitcoin Core
# says and bcoin does not.
# shellcheck source=tests/servers/bcoin.sh
. "$srcdir/tests/servers/bcoin.sh"
server=no stand_in=''
bcoin_start && server=yes
with_server() {
	[ $server = yes ] || skip "Node.js, curl or the package bcoin is not there (BT_NODE_MODULES)"
	[ $server = yes ]
}
# stand_in CHAIN VERSION [SCRIPT]: the other one; sets NODE.
stand_in() {
	end_stand_in
	rm -f "$T/port"
	node "$srcdir/tests/servers/node.js" "$T/port" "$@" > "$T/node.log" 2>&1 &
	stand_in=$!
	tries=0
	until [ -s "$T/port" ] || [ $tries -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	NODE=http://127.0.0.1:$(cat "$T/port")/
}
end_stand_in() {
	[ -z "$stand_in" ] || kill "$stand_in" 2> /dev/null
	stand_in=''
}
trap 'end_stand_in; bcoin_stop; clean_up' EXIT
broadcast() { # STATUS ARG...
	wanted=$1
	shift
	run "$wanted" run bitcoin.broadcast --seed 7 --json "$@"
}
# A transaction with nothing but a lock time, which tells the stand-in what to do with it.
transaction() { # LOCK-TIME NUMBER
	printf '0200000001%064d00000000000000000001000000000000000000%02x000000\n' "$2" "$1"
}

it it_mines_matures_divides_signs_and_every_transaction_is_found
if with_server; then
	broadcast 0 --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --count 40 --lost-after 5m
	is completed 40 "$(field completed)"
	is units 40 "$(field units)"
	is accepted 40 "$(field accepted)"
	is seen 40 "$(field seen)"
	is calls 40 "$(field calls)"
	out '"node":"/bcoin:v1\.0\.2/ regtest"'
	no_out geheim
	adds_up
	bcoin_call getmempoolinfo '[]' | grep -q '"size":40,' || complain "the node's mempool holds not 40"
fi

it batches_and_a_password_and_coins_that_were_left_over
if with_server; then
	blocks=$(bcoin_call getblockcount '[]')
	broadcast 0 --target "$BCOIN_URL" --user x --password-file "$BCOIN_PASSWORD" --count 25 --lost-after 5m --batch 10 --mix p2wpkh=1,p2tr-key=9
	is completed 3 "$(field completed)"
	is units 25 "$(field units)"
	is seen 25 "$(field seen)"
	is calls 3 "$(field calls)"
	# One block for the fan-out, which takes the 40 as well; none had to be mined for coins.
	is size '"size":25' "$(bcoin_call getmempoolinfo '[]' | grep -o '"size":[0-9]*')"
	echo "$blocks" | grep -q '"result":450,' || echo "$blocks" | grep -q '"result":451,' || complain "blocks before: $blocks"
	bcoin_call getblockcount '[]' | grep -q '"result":452,' || complain "blocks after: $(bcoin_call getblockcount '[]')"
fi

it what_is_accepted_and_not_there_is_lost
if with_server; then
	transaction 0 1 > "$T/txs"
	broadcast 0 --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 1 --lost-after 1s
	is failed 1 "$(field failed)"
	out '"lost":\{"count":1,"first":\["[0-9a-f]{64}: accepted, but in neither mempool nor block"'
	is missed 1 "$(field missed)"
	adds_up
fi

it a_node_that_hangs_under_load_does_not_hold_the_end
if with_server; then
	start run bitcoin.broadcast --seed 9 --json --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --rate 5 --duration 1m --count 300 \
		--drain 2s --lost-after 5m --status-interval 100ms
	tries=0
	until grep -q ' load ' "$T/err" || [ $tries -ge 600 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	kill -STOP "$bcoin_pid"
	began=$(date +%s%N)
	kill -TERM "$child"
	finish 143
	took=$((($(date +%s%N) - began) / 1000000))
	kill -CONT "$bcoin_pid"
	[ $took -le 7000 ] || complain "it took $took ms"
	is status stopped "$(field status)"
fi

it a_wrong_password_is_told_before_the_load
if with_server; then
	echo x:falsch > "$T/cookie"
	broadcast 3 --target "$BCOIN_URL" --cookie-file "$T/cookie" --count 10
	err 'does not know this user and password'
	lines err 1
	no_err falsch
fi

it only_taproot_is_too_little_for_bcoin
if with_server; then
	broadcast 3 --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --count 10 --mix p2tr-key=1
	err 'without taproot'
fi

it methods_are_called_by_weight_with_parameters
if with_server; then
	run 0 run bitcoin.rpc --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --ops 60 --seed 3 --json
	is completed 60 "$(field completed)"
	out '"calls":60[,}]'
	run 0 run bitcoin.rpc --target "$BCOIN_URL" --user x --password-file "$BCOIN_PASSWORD" --ops 40 --seed 3 --json \
		--calls 'getblockhash[0]=1,getblockhash[ 1000000 ]=0,getblock["0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", 1]'
	is completed 40 "$(field completed)"
	run 0 run bitcoin.rpc --target "$BCOIN_URL" --cookie-file "$BCOIN_COOKIE" --ops 10 --calls 'nonesuch' --json
	out '"rpc-error":\{"count":10,"first":\["nonesuch: error -32601: Method not found'
	adds_up
fi

it a_mix_of_calls_that_cannot_be_meant_is_refused
run 2 run bitcoin.rpc --ops 1
err "--target: expected the node's JSON-RPC"
for bad in '' '=1' 'a=' 'a=x' 'a[1=2' 'a[1]b' 'a=0' 'a,,b' 'a{}=1' 'a=1 b=2'; do
	run 2 run bitcoin.rpc --target http://127.0.0.1:1/ --ops 1 --calls "$bad"
	err '^benchtop: --calls: '
	lines err 1
done

it the_main_network_is_refused
if with_server; then
	transaction 0 1 > "$T/txs"
	stand_in main 270000
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 1
	err 'its chain is main, where transactions cost real money'
	broadcast 0 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 1 --i-am-sure-this-is-mainnet
	is completed 1 "$(field completed)"
fi

it errors_are_told_apart_and_batches_may_come_in_any_order
if with_server; then
	stand_in signet 270000
	for lock in 0 0 1 4 0 3 0; do
		n=$((n + 1))
		transaction $lock $n
	done > "$T/txs"
	broadcast 0 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 7 --lost-after 1s
	is completed 4 "$(field completed)"
	out '"rejected":\{"count":1,"first":\["[0-9a-f]{64}: error -26: min relay fee not met"'
	out '"rpc-error":\{"count":1,"first":\["[0-9a-f]{64}: error -28: Loading'
	out '"lost":\{"count":1,'
	is seen 4 "$(field seen)"
	adds_up
	broadcast 0 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 7 --batch 2 --lost-after 1s
	is completed 2 "$(field completed)"
	is seen 4 "$(field seen)"
	out '"rejected":\{"count":1,'
	out '"lost":\{"count":1,'
	transaction 2 1 > "$T/txs"
	broadcast 1 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 1
	out '"wrong-txid":\{"count":1,'
fi

it a_key_with_coins_pays_on_a_test_network
if with_server; then
	# The private key 1 on a test network, and the script of its wpkh.
	echo 'wpkh(cMahea7zqjxrtgAbB7LSGbcQUr1uX1ojuat9jZodMN87JcbXMTcA)' > "$T/key"
	stand_in signet 270000 0014751e76e8199196d454941c45d1b3a323f1433bd6
	broadcast 0 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --funding-key-file "$T/key" --count 30 --mix p2wpkh=5,p2pkh=2,p2sh-multisig=1,p2wsh-multisig=1
	is completed 30 "$(field completed)"
	is seen 30 "$(field seen)"
	no_out cMahea7zqjxr
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --funding-key-file "$T/key" --count 10k
	err 'its coins are worth 1\.00000000, expected [0-9.]+ for --count'
	echo 'wpkh(KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn)' > "$T/key"
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --funding-key-file "$T/key" --count 10
	err 'the key is of the main network'
	no_err KwDiBf89
	echo 'tr(what)' > "$T/key"
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --funding-key-file "$T/key" --count 10
	err 'expected a private key \(WIF, compressed\), wpkh\(KEY\) or pkh\(KEY\)'
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --count 10
	err 'its chain is signet, where coins are not for the asking'
fi

it an_old_core_is_refused
if with_server; then
	stand_in regtest 240000
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --count 10
	err 'Bitcoin Core /Satoshi:24.0.0/: expected version 25 or later'
fi

it a_file_with_too_few_or_with_something_else_is_refused
if with_server; then
	stand_in signet 270000
	transaction 0 1 > "$T/txs"
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 2
	err 'holds 1 transactions, expected 2'
	echo deadbeef > "$T/txs"
	broadcast 3 --target "$NODE" --cookie-file "$BCOIN_COOKIE" --tx-file "$T/txs" --count 1
	err 'line 1: expected a transaction in hex'
fi

it without_a_node_it_runs_in_process
run 0 run bitcoin.broadcast --json
is completed 1000 "$(field completed)"
is seen 1000 "$(field seen)"
is node embedded "$(field node)"
adds_up

end_stand_in
bcoin_stop
