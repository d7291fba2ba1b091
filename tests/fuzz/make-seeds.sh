#!/bin/sh
# make-seeds.sh SEEDS BENCHTOP DATA DIR: inputs for each fuzz target in DIR/TARGET: from the shipped blocks and suites, from generated
# transactions, and from a chain with undo data where $BT_SHARED_DATA has one.
set -eu
seeds=$1 benchtop=$2 data=$3 dir=$4
for place in "$dir" "$dir/core"; do
	mkdir -p "$place/tx" "$place/block" "$place/script" "$place/rev" "$place/corpus" "$place/ini"
done
"$seeds" "$data/testnet3-blocks-0-2016.dat" "$dir"
if [ -r "${BT_SHARED_DATA:-/nonexistent}/core-regtest-chain.tar.gz" ]; then
	tar xzf "$BT_SHARED_DATA/core-regtest-chain.tar.gz" -C "$dir/core"
	"$seeds" "$dir/core/blocks" "$dir/core"
fi
"$benchtop" generate transactions --tps 100 --duration 1s --seed 1 -o "$dir/lines" 2> /dev/null
split -l 1 "$dir/lines" "$dir/corpus/"
cp "$data"/suites/*.ini "$dir/ini"
for target in tx block script rev corpus ini; do # none is left without any
	printf '\0' > "$dir/$target/zero"
done
