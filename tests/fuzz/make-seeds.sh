#!/bin/sh
# make-seeds.sh SEEDS BENCHTOP DATA DIR: inputs for each fuzz target in DIR/TARGET: those of
# corpus/, and from the shipped blocks and suites, from generated transactions, and from a chain
# with undo data where $BT_SHARED_DATA has one.
set -eu
seeds=$1 benchtop=$2 data=$3 dir=$4
for place in "$dir" "$dir/core"; do
	mkdir -p "$place/tx" "$place/block" "$place/script" "$place/rev" "$place/blk" "$place/corpus" "$place/ini" "$place/wire"
done
"$seeds" "$data/testnet3-blocks-0-2016.dat" "$dir"
if [ -r "${BT_SHARED_DATA:-/nonexistent}/core-regtest-chain.tar.gz" ]; then
	tar xzf "$BT_SHARED_DATA/core-regtest-chain.tar.gz" -C "$dir/core"
	"$seeds" "$dir/core/blocks" "$dir/core"
fi
"$benchtop" generate transactions --tps 100 --duration 1s --seed 1 -o "$dir/lines" 2> /dev/null
split -l 1 "$dir/lines" "$dir/corpus/"
cp "$data"/suites/*.ini "$dir/ini"
# frame NAME KIND BODY: a frame of a run's socket; the body, of less than 256 bytes, as printf reads
# it.
frame() {
	# shellcheck disable=SC2059 # the body is a format
	printf "$3" > "$dir/body"
	{
		# shellcheck disable=SC2059
		printf "\\$(printf '%03o' "$(wc -c < "$dir/body")")\0\0\0$2"
		cat "$dir/body"
	} > "$dir/wire/$1"
}
frame hello H '{"version":1,"run":7,"info":{"workload":"sim","metrics":[{"name":"a","kind":"counter"}],"error_classes":["x"]}}'
frame control K '{"control":"yours"}'
frame reply R '{"refused":"no"}'
frame command C '{"command":"spike","rate":null,"factor":2.5,"span_ns":1000000,"text":"x"}'
frame snapshot S '{"seq":1,"t_ns":5,"span_ns":5,"state":"{}","segments":[{"index":0}],"events":[{"kind":"spike"}],"notes":[{"class":99}],"slow":[{"class":-7}]}\0\4\0\0\0\1\0\0\0\4\0\0\0\1\0\0\0\4\0\0\0\1\0\0\0'
cat "$dir"/wire/* > "$dir/body"
mv "$dir/body" "$dir/wire/all"
cp -R "$(dirname "$0")/corpus/." "$dir"
chmod -R u+w "$dir" # what is distributed may be read-only
for target in "$dir"/*/; do # none is left without any
	printf '\0' > "$target/zero"
	mkdir -p "$dir/core/$(basename "$target")"
done
rm -rf "$dir/core/core"
