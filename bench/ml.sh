#!/bin/sh
# What benchtop costs around a prediction, and what workers add: ml.infer on the small model beside
# a bare loop over the engine's call on the same rows and the same processor, by turns; then four
# workers beside one on the large model. Prints each round's figures and the medians of the ratios.
#
#     bench/ml.sh [ROUNDS [SECONDS]]          from the build directory, after `make benches`
LC_ALL=C
export LC_ALL
rounds=${1:-9} seconds=${2:-2}
T=$(mktemp -d) || exit 3
trap 'rm -rf "$T"' EXIT
[ -x bench/ml_floor ] || {
	echo "bench/ml.sh: bench/ml_floor is not built: make benches, with XGBoost" >&2
	exit 3
}
last=$(($(nproc) - 1))
rate() { # ARGUMENT...
	${on-} ./benchtop run ml.infer --seed 1 --duration "${seconds}s" --json --db "$T/history.db" "$@" 2> "$T/err" |
		sed 's/.*"throughput":\([0-9.]*\).*/\1/'
}
small() { on="taskset -c $last" rate; }
bare() { taskset -c "$last" bench/ml_floor small "$seconds" | awk '{ print $1 / $2 }'; }
echo "round  small: benchtop/s, bare/s  large: four workers/s, one/s"
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	if [ $((i % 2)) = 1 ]; then
		b=$(small) f=$(bare)
		four=$(rate --model large --workers 4) one=$(rate --model large)
	else
		f=$(bare) b=$(small)
		one=$(rate --model large) four=$(rate --model large --workers 4)
	fi
	echo "$i $b $f $four $one"
done | tee "$T/rounds"
median() { # COLUMN COLUMN NAME
	awk -v a="$1" -v b="$2" '$b > 0 { print $a / $b }' "$T/rounds" | sort -n |
		awk -v name="$3" '{ v[NR] = $1 } END { if (NR) printf "%-44s %.3f (%.3f to %.3f)\n", name, v[int((NR + 1) / 2)], v[1], v[NR] }'
}
median 2 3 "small model, benchtop / bare loop"
median 4 5 "large model, four workers / one"
