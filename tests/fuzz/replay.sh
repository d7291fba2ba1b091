#!/bin/sh
# replay.sh: every fuzz target over its seeds, with whatever compiler and sanitizer the build has.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
sh "${srcdir:-.}/tests/fuzz/make-seeds.sh" tests/fuzz/seeds "$BENCHTOP" "$BENCHTOP_DATA" "$work" || exit 1
for program in tests/fuzz/fuzz_*; do
	target=${program#tests/fuzz/fuzz_}
	case $target in *.*) continue ;; esac # its object, or a finding
	if "$program" "$work/$target" "$work/core/$target" > "$work/log" 2>&1; then
		echo "[       OK ] fuzz_$target: $(cat "$work/log")"
	else
		cat "$work/log"
		echo "[  FAILED  ] fuzz_$target"
		status=1
	fi
done
exit $status
