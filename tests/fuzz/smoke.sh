#!/bin/sh
# smoke.sh SECONDS: fuzzes every target so long with clang's libFuzzer under address and undefined behaviour sanitizers, from seeds
# made of the shipped blocks and suites and of generated transactions. Run in a build directory; srcdir tells where the source is. Prints a
# line a target as the other tests do; where clang has no libFuzzer it says so and skips.
set -u
seconds=${1:-20}
src=${srcdir:-..}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -D_GNU_SOURCE -g -O1 -I. -I$src/src -I$src/workloads -DBT_SRCDIR=\"/\" -DBT_BUILDDIR=\"/\" -DBT_PKGDATADIR=\"/\""
libs=$(pkg-config --libs nettle libsecp256k1 jansson libcurl)
status=0

echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' > "$work/probe.c"
if ! clang -fsanitize=fuzzer,address,undefined "$work/probe.c" -o "$work/probe" > /dev/null 2>&1; then
	echo "[  SKIPPED ] fuzzing: clang has no libFuzzer here"
	exit 77
fi

# The code under test, compiled once.
mkdir "$work/objects"
for c in "$src"/src/base/*.c "$src"/src/core/*.c "$src"/src/record/ini.c \
	"$src"/src/record/wire.c "$src"/src/record/threshold*.c "$src"/src/record/tally.c "$src"/src/record/leak.c \
	"$src"/src/record/data_set.c "$src"/src/record/stat.c "$src"/src/record/json_*.c "$src"/src/record/store_state.c "$src"/workloads/net/*.c "$src"/workloads/bitcoin/*.c; do
	case $c in */w_*.c) continue ;; esac
	# shellcheck disable=SC2086 # words
	clang $flags -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -c "$c" \
		-o "$work/objects/$(basename "$c" .c).o" || exit 1
done
ar rc "$work/code.a" "$work"/objects/*.o
# shellcheck disable=SC2086
clang $flags -fsanitize=fuzzer-no-link,address,undefined "$src/tests/fuzz/seeds.c" "$work/code.a" $libs -lm -lpthread -o "$work/seeds" || exit 1
sh "$src/tests/fuzz/make-seeds.sh" "$work/seeds" ./benchtop "$src/data" "$work" || exit 1

for target in tx block script rev blk corpus ini wire; do
	# shellcheck disable=SC2086
	clang $flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "$src/tests/fuzz/fuzz_$target.c" \
		"$work/code.a" $libs -lm -lpthread -o "$work/fuzz_$target" || exit 1
	if "$work/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=4096 -artifact_prefix="fuzz_$target-" \
		"$work/$target" "$work/core/$target" > "$work/log" 2>&1; then
		runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$work/log")
		echo "[       OK ] fuzz_$target ($runs runs)"
	else
		tail -n 60 "$work/log"
		echo "[  FAILED  ] fuzz_$target"
		status=1
	fi
done
exit $status
