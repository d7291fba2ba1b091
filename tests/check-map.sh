#!/bin/sh
# HACKING.md maps the rooms: every source file stands in its map once, and every file of the map
# exists, as does each path that a document names. Run by `make check`.
LC_ALL=C
export LC_ALL
: "${srcdir:=$(dirname "$0")/..}"
cd "$srcdir" || exit 99
failed=0

verdict() { # NAME COMPLAINTS
	if [ -n "$2" ]; then
		printf '%s\n' "$2"
		echo "[  FAILED  ] $1"
		failed=1
	else
		echo "[       OK ] $1"
	fi
}
# A heading "### `room/`" names a room; a row "- `hist.[ch]`: sentence" names two files in it, "-
# `base.h`: sentence" one.
mapped() {
	awk -F '`' '
	/^## / { room = "" }
	/^### `.*\/`$/ { room = $2; next }
	room && /^- `[a-z0-9_]+\.(c|h|\[ch\])`: ./ {
		if (sub(/\[ch\]$/, "", $2)) {
			print room $2 "c"
			print room $2 "h"
		} else
			print room $2
		next
	}
	room && /^- / { print "HACKING.md: no row of the map: " $0 }' HACKING.md
}
map=$(mapped)
verdict every_row_of_the_map_names_a_file "$(printf '%s\n' "$map" | while read -r file; do
	[ -f "$file" ] || echo "$file: in the map of HACKING.md, not in the tree"
done)"
verdict every_file_stands_in_the_map "$({
	printf '%s\n\n' "$map"
	find src ui workloads tests/support -name '*.[ch]' | sort
} | awk '
	!$0 { listed = 1; next }
	listed && !($0 in mapped) { print $0 ": give it a sentence in the map of HACKING.md" }
	{ mapped[$0] }')"
verdict no_file_stands_in_the_map_twice "$(printf '%s\n' "$map" | sort | uniq -d)"
# Paths that documents name, but for those with a placeholder (w_X.c) or a pattern (term*.c), and a
# reader's own suite.
verdict paths_in_documents_exist "$(for document in *.md doc/*.md; do
	grep -oE '(^|[^A-Za-z0-9_./-])(src|ui|workloads|tests|data|doc|man|bench)/[a-z0-9_/.-]+\.[a-z0-9]+' "$document" |
		sed 's/^[^a-z]*//' | grep -v '^bench/load\.' | sort -u | while read -r path; do
		[ -e "$path" ] || echo "$document: $path is not in the tree"
	done
done)"
exit $failed
