#!/bin/sh
# tidy.sh COMMAND...: runs a test with directories of its own for temporary files and for sockets,
# and fails it when it leaves something among the temporary files, or takes longer than
# $BT_TEST_LIMIT seconds (900). Tests make these in $TMPDIR (cm_temp in tests/support/cm.h). Run by
# `make check`.
T=$(mktemp -d /tmp/bt.XXXXXX) || exit 99 # short: sockets have short names
trap 'rm -rf "$T"' EXIT
trap 'exit 99' HUP INT TERM
mkdir "$T/t" "$T/r" && chmod 0755 "$T" && chmod 1777 "$T/t" && chmod 0700 "$T/r" || exit 99 # other users come to t, as to /tmp
TMPDIR=$T/t XDG_RUNTIME_DIR=$T/r
export TMPDIR XDG_RUNTIME_DIR
limit=${BT_TEST_LIMIT:-900}
begun=$(date +%s)
timeout -k 10 "$limit" "$@"
status=$?
echo "# took $(($(date +%s) - begun)) s" # tests/summary.sh lists the longest
[ $status != 124 ] || echo "[  FAILED  ] it_ends_within_${limit}_s"
left=$(ls -A "$T/t")
[ -z "$left" ] || {
	# shellcheck disable=SC2086 # names on one line
	echo "[  FAILED  ] nothing_is_left_in_the_temporary_directory:" $left
	[ "$status" != 0 ] || status=1
}
exit "$status"
