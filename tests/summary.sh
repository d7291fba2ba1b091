#!/bin/sh
# What the test runs in these build directories came to. tests/summary.sh DIR... prints the logs of
# the tests that failed and the names of the cases that were skipped, the ten tests that took
# longest, then "N passed, N failed, N skipped", counted from all logs: the cases of cmocka programs
# and the lines of the same form that scripts print. A program that failed without naming a case (a
# crash) is one failure. Status 1 when anything failed or nothing passed.
LC_ALL=C
export LC_ALL
passed=0 failed=0 skipped=0
for trs in $(find "$@" -path '*/tests/*.trs' | sort); do
	log=${trs%.trs}.log
	result=$(sed -n 's/^:test-result: *\([A-Z]*\).*/\1/p' "$trs")
	# Behind "tests run" cmocka repeats the names of what failed or was skipped.
	counts=$(awk '
		/^\[==========\].*Running/ { over = 0 }
		/^\[==========\].* run\./ { over = 1 }
		over { next }
		/^\[       OK \]/ { ok++ }
		/^\[  FAILED  \]/ { bad++ }
		/^\[  SKIPPED \]/ { left++ }
		END { print ok + 0, bad + 0, left + 0 }' "$log")
	ok=${counts%% *} left=${counts##* }
	bad=${counts#* }
	bad=${bad%% *}
	case $result in
	PASS | SKIP)
		[ "$counts" != "0 0 0" ] || { [ "$result" = PASS ] && ok=1 || left=1; }
		;;
	*)
		[ "$bad" -gt 0 ] || bad=1
		printf '\n---- %s\n' "$log"
		tail -n 200 "$log"
		;;
	esac
	sed -n '/^\[==========\].* run\./q; s/^\[  SKIPPED \] /skipped: /p' "$log"
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
done
find "$@" -path '*/tests/*.log' | sort | while read -r log; do
	sed -n "s|^# took \\([0-9]*\\) s\$|\\1 s: ${log%.log}|p" "$log"
done | sort -rn | sed 's/^/took /; 10q'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
