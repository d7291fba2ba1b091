#!/bin/sh
# Floors: a file includes headers of its own floor or lower ones (doc/architecture.md), and each
# library has its room. Run by `make check`.
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
sources() {
	find src ui workloads -name '*.[ch]' | sort
}

# Every include as "file header", the header with its place in the tree: relative to src/,
# workloads/, the top, or the file.
includes() {
	sources | while read -r file; do
		sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file" | while read -r name; do
			for place in "src/$name" "workloads/$name" "$name" "${file%/*}/$name"; do
				[ -f "$place" ] && break
				place=$name
			done
			echo "$file $place"
		done
	done
}

verdict files_include_only_their_own_floor_and_lower_ones "$(includes | awk '
function floor(file) {
	if (file ~ /^src\/base\//) return 1
	# Values and contracts: what workloads, stores and screens may know of a run.
	if (file ~ /^src\/core\/(hist|opt|metric|segment|snapshot|workload|profile|source)\.h$/) return 2
	if (file ~ /^src\/core\/(hist|opt|segment)\.c$/) return 2
	if (file ~ /^src\/core\//) return 3
	if (file ~ /^src\/json\//) return 4
	if (file ~ /^src\/judge\//) return 5
	if (file ~ /^src\/(compare|report|machine)\//) return 6
	if (file ~ /^src\/store\//) return 7
	if (file ~ /^src\/(export|live)\//) return 8
	if (file ~ /^workloads\//) return 9
	if (file ~ /^ui\//) return 10
	if (file ~ /^src\/cli\//) return 11
	return 0
}
{ from = floor($1); to = floor($2) }
$2 == "config.h" || $2 ~ /^schema(-[0-9])?\.inc$/ { next } # made by the build
!from { print $1 ": on no floor" }
!to { print $1 " includes " $2 ", which is not in the tree"; next }
to > from { print $1 " (floor " from ") includes " $2 " (floor " to ")" }')"

# Floors that may not see one another, although the numbers would let them.
verdict rooms_of_one_floor_do_not_know_each_other "$(includes | awk '
function room(file) { return match(file, /^src\/(compare|report|machine|export|live)\//) ? substr(file, 1, RLENGTH) : "" }
room($1) && room($2) && room($1) != room($2) && !(room($1) ~ /export|live/ && room($2) ~ /compare|report|machine/) { print $1 " includes " $2 }')"
verdict documents_do_not_see_the_rows_of_the_store "$(includes | awk '
$1 ~ /^src\/export\// && $2 ~ /^src\/store\// { print $1 " includes " $2 }')"
verdict private_headers_stay_in_their_room "$(includes | awk '
function room(file) { sub(/\/[^\/]*$/, "", file); return file }
$2 ~ /_impl\.h$/ && room($1) != room($2) { print $1 " includes " $2 }')"
verdict the_rules_of_bitcoin_know_only_base "$(includes | awk '
$1 ~ /^workloads\/bitcoin\/rules\// && $2 !~ /^workloads\/bitcoin\/rules\// && $2 !~ /^src\/base\// { print $1 " includes " $2 }')"
verdict file_names_stand_once "$(find src ui workloads tests bench -name '*.[ch]' | sed 's|.*/||' | sort | uniq -d)"
verdict workloads_know_only_contracts_and_base "$(includes | awk '
$1 ~ /^workloads\// && $2 !~ /^workloads\// && $2 !~ /^src\/base\// && $2 != "config.h" &&
	$2 !~ /^src\/core\/(workload|metric|opt)\.h$/ { print $1 " includes " $2 }')"
verdict screens_know_no_workload_and_no_running_run "$(includes | awk '
$1 ~ /^ui\// && $2 !~ /^ui\// && $2 !~ /^src\/(base|json|judge|compare|report|machine|store|export|live)\// &&
	$2 !~ /^src\/core\/(source|snapshot|segment|hist|metric)\.h$/ { print $1 " includes " $2 }')"
# The room for the network is there for all.
verdict workloads_do_not_know_each_other "$(includes | awk '
$1 ~ /^workloads\/[^\/]*\// && $2 ~ /^workloads\/[^\/]*\// {
	split($1, a, "/"); split($2, b, "/")
	if (a[2] != b[2] && b[2] != "net") print $1 " includes " $2
}')"

# A library's headers are included in one room only.
room() { # NAME HEADER-PATTERN ROOM-PATTERN
	verdict "$1" "$(sources | xargs grep -nE "^[ 	]*#[ 	]*include[ 	]*<($2)" | grep -vE "^($3)")"
}
room only_the_terminal_includes_curses '.*curses|term\.h' 'ui/term[a-z_]*\.c:'
room only_stores_include_sqlite 'sqlite3' 'src/store/[a-z_]*\.[ch]:|workloads/web5/dwn_store\.c:'
room only_bitcoin_and_web5_include_secp256k1_and_nettle 'secp256k1|nettle/' 'workloads/(bitcoin|web5)/'
room only_web5_includes_gmp 'gmp\.h' 'workloads/web5/'
room only_the_log_of_histograms_includes_zlib 'zlib\.h' 'src/export/export_hlog\.c:'
room only_the_endpoint_includes_microhttpd 'microhttpd' 'src/live/listen\.c:'
room only_the_engine_includes_xgboost 'xgboost/' 'workloads/ml/xgb\.c:'
room only_the_network_room_includes_curl 'curl/' 'workloads/net/'
room only_records_commands_and_workloads_include_jansson 'jansson' 'src/(json|judge|compare|report|machine|store|export|live|cli)/|workloads/'

# Every file is compiled into the archive of its floor: a file nobody lists would not be held by the
# linker either.
verdict every_file_is_in_a_list_of_the_build "$(sources | while read -r file; do
	grep -q "[ 	]$file\( \|\$\)" Makefile.am src/*/room.am ui/room.am workloads/room.am || echo "$file: in no list of the build"
done)"
exit $failed
