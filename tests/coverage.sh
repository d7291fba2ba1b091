#!/bin/sh
# Prints the share of lines that tests have executed, room by room, in a build with
# --enable-coverage. Run by `make coverage` in the build directory, after `make check`.
# shellcheck disable=SC2086,SC2154 # make sets srcdir; GCOV and GCOVR may hold options
set -u
if [ -z "${COVERAGE-}" ]; then
	echo "coverage: this build counts no lines; configure with --enable-coverage" >&2
	exit 1
fi
if [ -z "$(find src ui workloads -name '*.gcda' | head -n 1)" ]; then
	echo "coverage: no test has run in this build; run make check first" >&2
	exit 1
fi
if [ -n "${GCOVR-}" ]; then
	exec $GCOVR --root "$srcdir" ${GCOV:+--gcov-executable "$GCOV"} --filter "$srcdir/src/" --filter "$srcdir/ui/" \
		--filter "$srcdir/workloads/" .
fi
if [ -z "${GCOV-}" ]; then
	echo "coverage: neither gcovr nor gcov found; install one and configure again" >&2
	exit 1
fi
# gcov prints each file with its lines; -n writes no file. A header counts once, where most of it
# was executed.
find src ui workloads -name '*.gcda' -exec $GCOV -n {} + 2> /dev/null | awk '
/^File / { file = substr($0, 7, length($0) - 7); next }
/^Lines executed:/ && file {
	split(substr($0, 16), part, "% of ")
	while (sub(/^\.\.?\//, "", file)) { }
	hit = part[1] * part[2] / 100
	if (file ~ /(^|\/)(src|ui|workloads)\// && hit >= done[file]) { done[file] = hit; lines[file] = part[2] }
	file = ""
}
END {
	for (file in lines) {
		room = file
		sub(/^.*\/(src|ui|workloads)\//, "&", room)
		match(file, /(^|\/)(src|ui|workloads)\//)
		room = substr(file, RSTART)
		sub(/^\//, "", room)
		sub(/\/[^\/]*$/, "", room)
		of[room] += lines[file]; got[room] += done[file]
		all += lines[file]; all_got += done[file]
	}
	for (room in of) printf "%-26s %6d of %6d lines  %5.1f %%\n", room, got[room] + 0.5, of[room], 100 * got[room] / of[room] | "sort"
	close("sort")
	printf "%-26s %6d of %6d lines  %5.1f %%\n", "all", all_got + 0.5, all, all ? 100 * all_got / all : 0
}'
