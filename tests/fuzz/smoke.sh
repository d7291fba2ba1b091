#!/bin/sh
# smoke.sh SECONDS: fuzzes every target so long with clang's libFuzzer under address and undefined
# behaviour sanitizers, two at a time, from the seeds of make-seeds.sh. Run in a build directory;
# srcdir tells where the source is. Prints a line a target as the other tests do; where clang has no
# libFuzzer it says so and skips. What a target found stays in the build directory as fuzz_TARGET-….
set -u
seconds=${1:-20}
src=${srcdir:-..}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
sanitizers=address,undefined,float-cast-overflow
packages='ncursesw sqlite3 jansson libcurl nettle hogweed libsecp256k1 gmp libmicrohttpd zlib'
# shellcheck disable=SC2089,SC2090 # taken as words, quotes and all
flags="-std=c11 -D_GNU_SOURCE -g1 -O1 -I. -I$src/src -I$src -I$src/workloads -DBT_SRCDIR=\"/\" -DBT_BUILDDIR=\"/\" -DBT_PKGDATADIR=\"/\""
# shellcheck disable=SC2086,SC2090 # words
flags="$flags $(pkg-config --cflags $packages)"
# shellcheck disable=SC2086,SC2090
libs="$(pkg-config --libs $packages) -lm -lpthread"
left=none # of the sources
if grep -q '^#define BT_XGBOOST 1' config.h; then libs="$libs -lxgboost"; else left='*/ml/*'; fi

echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' > "$work/probe.c"
if ! clang -fsanitize=fuzzer,$sanitizers "$work/probe.c" -o "$work/probe" > /dev/null 2>&1; then
	echo "[  SKIPPED ] fuzzing: clang has no libFuzzer here"
	exit 77
fi

# All the code but main, compiled once, under names that are unique.
mkdir "$work/objects"
for c in "$src"/src/*/*.c "$src"/ui/*.c "$src"/workloads/*.c "$src"/workloads/*/*.c "$src"/workloads/*/*/*.c; do
	# shellcheck disable=SC2254 # a pattern
	case $c in */main.c | $left) ;; *) echo "$c $work/objects/$(echo "${c#"$src"/}" | tr / -).o" ;; esac
done > "$work/sources"
# shellcheck disable=SC2090
export flags sanitizers
# shellcheck disable=SC2016 # by the inner shell
xargs -P 2 -L 1 sh -c 'exec clang $flags -fsanitize=fuzzer-no-link,$sanitizers -fno-sanitize-recover=all -c "$0" -o "$1"' < "$work/sources" ||
	exit 1
ar rc "$work/code.a" "$work"/objects/*.o
# shellcheck disable=SC2086,SC2090
clang $flags -fsanitize=fuzzer-no-link,$sanitizers "$src/tests/fuzz/seeds.c" "$work/code.a" $libs -o "$work/seeds" || exit 1
sh "$src/tests/fuzz/make-seeds.sh" "$work/seeds" ./benchtop "$src/data" "$work" || exit 1

fuzz() { # TARGET
	# shellcheck disable=SC2086,SC2090
	if clang $flags -fsanitize=fuzzer,$sanitizers -fno-sanitize-recover=all "$src/tests/fuzz/fuzz_$1.c" "$work/code.a" $libs \
		-o "$work/fuzz_$1" > "$work/log-$1" 2>&1 &&
		"$work/fuzz_$1" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -artifact_prefix="fuzz_$1-" \
			"$work/$1" "$work/core/$1" > "$work/log-$1" 2>&1; then
		echo "[       OK ] fuzz_$1 ($(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$work/log-$1") runs)"
	else
		tail -n 60 "$work/log-$1"
		echo "[  FAILED  ] fuzz_$1"
		return 1
	fi
}

# Target by target, the odd ones beside the even ones.
fuzz_share() { # REMAINDER
	n=0 bad=0
	for target in "$src"/tests/fuzz/fuzz_*.c; do
		target=$(basename "$target" .c)
		case $left:$target in '*/ml/*:fuzz_model' | '*/ml/*:fuzz_table' | '*/ml/*:fuzz_reply') continue ;; esac
		n=$((n + 1))
		[ $((n % 2)) != "$1" ] || fuzz "${target#fuzz_}" || bad=1
	done
	return $bad
}

fuzz_share 0 &
fuzz_share 1
status=$?
wait $! && exit $status
exit 1
