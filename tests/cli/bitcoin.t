# The shipped blocks, and files that are not as they should be.
blocks=${BENCHTOP_DATA:-$srcdir/data}/testnet3-blocks-0-2016.dat

it all_shipped_blocks_connect
run 0 run bitcoin.block --ops 2017 --json
is offered 2017 "$(field offered)"
is completed 2017 "$(field completed)"
is units 2958 "$(field units)"
is tip 0000000089d757fd95d79f7fcc2bc25ca7fc16492dca9aa610730ea05d9d3de9 "$(field tip)"
out '"metrics":\{"blocks":2017,.*"transactions":2958,.*"inputs":[0-9]+,'
adds_up

it every_ten_blocks_there_is_a_line
number='[0-9][0-9,.]*'
line="^ +[0-9]+:[0-9][0-9]  block [0-9,]+, +$number blocks/s, +$number inputs/s$"
run 0 run bitcoin.block --ops 2017 --no-tui
out "$line"
quiet err
run 0 run bitcoin.block --ops 2017 --json
err "$line"
no_out 'blocks/s,'
lines out 1
run 0 run bitcoin.block --ops 9 --no-tui
no_out 'blocks/s,'

it the_chain_starts_again_after_its_last_block
run 0 run bitcoin.block --ops 2018 --json
is completed 2018 "$(field completed)"
is tip 000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943 "$(field tip)"

it every_worker_has_a_chain
run 0 run bitcoin.block --ops 300 --workers 2 --json
is completed 300 "$(field completed)"
adds_up

it a_file_may_be_named
run 0 run bitcoin.block --blocks "$blocks" --network testnet3 --ops 10 --json
is completed 10 "$(field completed)"

it a_missing_file_is_status_3
run 3 run bitcoin.block --blocks "$T/none.dat"
quiet out
lines err 1
err "^benchtop: .*none\.dat: No such file or directory"

it an_empty_file_is_status_3
: > "$T/empty.dat"
run 3 run bitcoin.block --blocks "$T/empty.dat"
lines err 1
err "^benchtop: .*empty\.dat"

it a_directory_is_status_3
run 3 run bitcoin.block --blocks "$T"
lines err 1

it something_else_is_status_3
echo "these are no blocks, not at all" > "$T/text.dat"
run 3 run bitcoin.block --blocks "$T/text.dat"
lines err 1
err "^benchtop: .*text\.dat"

it blocks_of_another_network_are_status_3
run 3 run bitcoin.block --network regtest --ops 10 --json
lines err 1
err "no readable block: .* expected fabfb5da"

it a_truncated_file_ends_there
head -c 5000 "$blocks" > "$T/cut.dat"
command="run bitcoin.block --blocks cut.dat"
"$BENCHTOP" run bitcoin.block --blocks "$T/cut.dat" --ops 2017 --json > "$T/out" 2> "$T/err"
status=$?
[ $status = 1 ] || [ $status = 3 ] || complain "expected exit status 1 or 3, got $status"

it a_flipped_bit_is_found
size=$(wc -c < "$blocks")
{
	head -c 400000 "$blocks"
	printf '\377\376\375'
	tail -c $((size - 400003)) "$blocks"
} > "$T/flipped.dat"
run 1 run bitcoin.block --blocks "$T/flipped.dat" --ops 2017 --json
is status failed "$(field status)"
is failed 1 "$(field failed)"
out '"errors":\{"[a-z-]+":\{"count":1,"first":\['

it one_transaction_is_one_transaction
run 0 generate transactions --tps 1 --duration 1s -o "$T/one"
err "/one: 1 transaction$"

it generated_blocks_connect_from_genesis_on
run 0 run bitcoin.block --generate 3 --block-txs 40 --tx-size 250,500,1000 --seed 1 --ops 104 --json
is completed 104 "$(field completed)"
is units 224 "$(field units)"
out '"metrics":\{"blocks":104,'
run 0 run bitcoin.block --generate 3 --block-txs 40 --count 103 --ops 104 --json
out '"metrics":\{"blocks":104,.*"tip":"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"'

it generated_blocks_can_be_a_file
run 0 generate blocks --blocks 2 --block-size 50000 --mix p2wpkh=1,p2tr-key=1 -o "$T/chain.dat"
err "/chain.dat: 103 blocks$"
run 0 run bitcoin.block --blocks "$T/chain.dat" --ops 103 --json
is completed 103 "$(field completed)"

it damaged_blocks_are_refused_and_the_chain_goes_on
run 0 run bitcoin.block --ops 2017 --negative 2% --seed 1 --json
planned=$(field negative_planned)
is negative_refused "$planned" "$(field negative_refused)"
is blocks $((2017 - planned)) "$(field blocks)"
run 0 run bitcoin.block --generate 3 --block-txs 20 --ops 150 --negative 30% --no-tui
out "^  Controls      negative controls ([1-9][0-9]*)/\\1 refused$"

it a_signature_cache_says_that_it_was_on
run 0 run bitcoin.tx-validate --pool 50 --mix p2tr-key=1 --tx-size 200 --ops 150 --sig-cache 1MiB --seed 1 --no-tui
out "^  Cache  +signature cache of 1\.00 MiB answered ([1-9][0-9]*) of"
no_out signature_cache
run 0 show last --json
out '"sig-cache":"1048576"'
out '"signature_cache_bytes":1048576'
is hits $((2 * $(field signature_cache_lookups) / 3)) "$(field signature_cache_hits)"
run 0 run bitcoin.block --ops 10 --no-tui
out "^  Cache +no signature cache$"
run 2 run bitcoin.block --sig-cache 100
err "^benchtop: --sig-cache 100: expected 0 \(none\) or at least 4096 bytes"

it what_cannot_be_generated_is_said
run 2 run bitcoin.block --block-size 5000
err "--block-size: expected --generate N beside it"
run 2 run bitcoin.block --generate 1 --blocks "$blocks"
err "--blocks: expected without --generate"
run 2 run bitcoin.block --generate 1 --mix p2x=1
err "--mix: 'p2x=1': expected one of|--mix: 'p2x': expected one of"
run 3 run bitcoin.block --generate 1 --block-txs 1000 --tx-size 2000
err "--block-txs 1000: only [0-9]* of these transactions fit into a block"
run 2 generate coins -o "$T/coins"
err "generate: 'coins': expected transactions or blocks"

it options_of_the_other_product_are_refused
run 2 generate transactions --block-size 50000 -o "$T/idle"
err "^benchtop: generate: --block-size says nothing of transactions"
run 2 generate transactions --blocks 10 -o "$T/idle"
err "^benchtop: generate: --blocks says nothing of transactions"
run 2 generate blocks --blocks 1 --tps 100 -o "$T/idle"
err "^benchtop: generate: --tps says nothing of blocks"
run 2 generate blocks --duration=10s -o "$T/idle"
err "^benchtop: generate: --duration says nothing of blocks"
[ ! -e "$T/idle" ] || complain "a file was written"

it a_full_disk_is_named
[ -c /dev/full ] || skip "no /dev/full"
run 3 generate transactions --tps 100 -o /dev/full
err "/dev/full: cannot write: No space left on device"

it negative_controls_are_counted_in_words
run 0 run bitcoin.tx-validate --ops 500 --negative 10% --seed 1 --no-tui
out "^  Controls      negative controls ([1-9][0-9]*)/\\1 refused$"
no_out "negative_planned"
