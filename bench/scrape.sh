#!/bin/sh
# What being watched costs: the throughput of null, one worker, with a scrape of /metrics each 100
# ms beside none, by turns. Prints each round's figures, the median of the ratios, and that of two
# runs without scrapes: the noise.
#
#     bench/scrape.sh [ROUNDS [SECONDS]]          from the build directory; curl
LC_ALL=C
export LC_ALL
rounds=${1:-11} seconds=${2:-2}
T=$(mktemp -d) || exit 3
trap 'rm -rf "$T"' EXIT
run() { # ARGUMENT...
	./benchtop run null --duration "${seconds}s" --json --db "$T/history.db" "$@" 2> "$T/err" > "$T/out"
	sed 's/.*"throughput":\([0-9.]*\).*/\1/' "$T/out"
}
scraped() {
	: > "$T/err"
	: > "$T/scrapes"
	(
		i=0
		until grep -q '^metrics:' "$T/err"; do sleep 0.02; done
		url=$(sed -n 's/^metrics: //p' "$T/err")
		while [ $i -lt $((seconds * 10)) ]; do
			curl -s -m 1 "$url" | grep -c benchtop_operations_total >> "$T/scrapes"
			sleep 0.09
			i=$((i + 1))
		done
	) &
	run --listen 0
	wait $!
	grep -cv '^0' "$T/scrapes" >&2
}
echo "round  scraped  not  not"
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	case $((i % 3)) in
	0) a=$(scraped 2>> "$T/count") b=$(run) c=$(run) ;;
	1) b=$(run) a=$(scraped 2>> "$T/count") c=$(run) ;;
	2) c=$(run) b=$(run) a=$(scraped 2>> "$T/count") ;;
	esac
	echo "$i $a $b $c"
done | tee "$T/rounds"
median() { # COLUMN COLUMN NAME
	awk -v a="$1" -v b="$2" '$b > 0 { print $a / $b }' "$T/rounds" | sort -n |
		awk -v name="$3" '{ v[NR] = $1 } END { if (NR) printf "%-36s %.4f (%.4f to %.4f)\n", name, v[int((NR + 1) / 2)], v[1], v[NR] }'
}
median 2 3 "scraped / not"
median 4 3 "not / not"
awk '{ n += $1 } END { print "scrapes answered: " n }' "$T/count"
