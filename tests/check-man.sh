#!/bin/sh
# The manual page says what the program says: every option with its default and range, every metric and error class, every
# field of the JSON, and nothing that is not there. Run by `make check`.
LC_ALL=C
export LC_ALL
: "${srcdir:=$(dirname "$0")/..}" "${BENCHTOP:=$srcdir/build/benchtop}"
page=$srcdir/man/benchtop.1
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
failed=0

# verdict NAME: a file "$T/bad" with something in it fails the case.
verdict() {
	if [ -s "$T/bad" ]; then
		cat "$T/bad"
		echo "[  FAILED  ] $1"
		failed=1
	else
		echo "[       OK ] $1"
	fi
	: > "$T/bad"
}
# differ A B WORDS: lines of A that B lacks.
differ() {
	comm -23 "$1" "$2" | sed "s/\$/: $3/" >> "$T/bad"
}
: > "$T/bad"

workloads=$("$BENCHTOP" list | sed -n '/^Workloads/,/^$/s/^  \([^ ]*\) .*/\1/p')
commands=$("$BENCHTOP" --help | sed -n '/^Commands/,/^$/s/^  \([^ ]*\) .*/\1/p')
{
	for c in $commands; do "$BENCHTOP" "$c" --help; done
	for w in $workloads; do "$BENCHTOP" list "$w"; done
} > "$T/help"

# Options: "--name" of the program, ".It Fl -name" of the page.
{
	sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p' "$T/help"
	echo --version
} | sort -u > "$T/program"
sed -n 's/^\.It Fl \(-[a-z0-9-]*\).*/-\1/p' "$page" | sort -u > "$T/page"
[ -s "$T/program" ] || echo "the program lists no options" >> "$T/bad"
differ "$T/program" "$T/page" "not in the page"
verdict every_option_is_in_the_page
differ "$T/page" "$T/program" "in the page, not in the program"
sed -n 's/^.*Fl \(-[a-z0-9-]*\).*/-\1/p' "$page" | sort -u > "$T/mentioned"
differ "$T/mentioned" "$T/program" "mentioned in the page, not in the program"
verdict every_option_of_the_page_exists

# Defaults: "[value]" at the end of a line of help, "Default: value." in the page's item.
sed -n 's/^  \(--[a-z0-9-]*\) .*\[\([^]]*\)]$/\1 \2/p' "$T/help" | sort -u > "$T/program"
awk '/^\.It Fl /{ name = "-" $3 } /^\.(El|Ss|Sh)/{ name = "" }
	/^Default: / && name { sub(/\.$/, ""); print name, $2 }' "$page" | sort -u > "$T/page"
differ "$T/program" "$T/page" "default of the program, not in the page"
differ "$T/page" "$T/program" "default in the page, not of the program"
verdict every_default_is_in_the_page

# Ranges: an absurd value makes the program tell them.
awk '/^\.It Fl /{ name = "-" $3 } /^\.(El|Ss|Sh)/{ name = "" }
	/^Range: / && name { sub(/\.$/, ""); print name, $2, $4 }' "$page" | sort -u > "$T/page"
sed -n 's/^  \(--[a-z0-9-]*\) \([A-Z]*\) .*/\1 \2/p' "$T/help" | sort -u |
while read -r option kind; do
	case $kind in
	FILE | PATH | NAME) continue ;;
	DURATION) value=99999h ;;
	SIZE) value=99999GiB ;;
	SHARE) value=99999% ;;
	*) value=9999999999999999 ;;
	esac
	for where in "run sim" "run sim --profile stress" "run bitcoin.block" history; do
		# shellcheck disable=SC2086 # where is words
		"$BENCHTOP" $where "$option=$value" --db "$T/none.db" 2>&1 > /dev/null |
			sed -n "s/.*$option: '$value': .* from \([^ ]*\) to \([^ ]*\)\$/$option \1 \2/p"
	done | head -n 1
done | sort -u > "$T/program"
[ -s "$T/program" ] || echo "the program tells no ranges" >> "$T/bad"
differ "$T/program" "$T/page" "range of the program, not in the page"
differ "$T/page" "$T/program" "range in the page, not of the program"
verdict every_range_is_in_the_page

# What the page names with Va (fields, metrics) and Er (classes of errors).
sed -n 's/^\.It Va //p; s/^\.Va //p' "$page" | tr -s ' ,' '\n\n' | grep '^[A-Za-z]' | sort -u > "$T/va"
sed -n 's/^\.Er //p' "$page" | tr -s ' ,' '\n\n' | grep '^[a-z]' | sort -u > "$T/er"
for w in $workloads; do
	"$BENCHTOP" list "$w" | sed -n '/^Metrics/,/^$/s/^  \([^ ]*\) .*/\1/p'
done | sort -u > "$T/metrics"
differ "$T/metrics" "$T/va" "metric not in the page"
sed -n 's/^Error classes: //p' "$T/help" | tr -s ' ,' '\n\n' | sort -u > "$T/classes"
differ "$T/classes" "$T/er" "error class not in the page"
differ "$T/er" "$T/classes" "error class in the page, not in the program"
verdict every_metric_and_error_class_is_in_the_page

# Fields: all keys of a few runs, the ones of free names (options, tags, versions of libraries) left out.
db=$T/history.db
{
	"$BENCHTOP" run null --ops 100 --json --db "$db"
	"$BENCHTOP" run sim --clock virtual --profile stress --rate 500 --step x1.5 --hold 5s --warmup 1s \
		--error-rate 1% --tag page=man --json --db "$db"
	"$BENCHTOP" run bitcoin.block --ops 10 --json --db "$db"
	"$BENCHTOP" history --json --db "$db"
} 2> "$T/err" | sed 's/"\(options\|tags\|libraries\)": *{[^}]*}/"\1":{}/g' |
	grep -o '"[a-z0-9_]*":' | tr -d '":' | sed '/^units_per_s$/!s/_per_s$//' | sort -u > "$T/keys"
[ -s "$T/keys" ] || { echo "no JSON"; cat "$T/err"; } >> "$T/bad"
differ "$T/keys" "$T/va" "field not in the page"
verdict every_field_of_the_json_is_in_the_page
grep -v '^NAME_per_s$' "$T/va" > "$T/page"
{
	cat "$T/keys" "$T/metrics"
	echo limit
} | sort -u > "$T/program"
differ "$T/page" "$T/program" "in the page, in no JSON"
verdict every_field_of_the_page_is_in_the_json

if command -v mandoc > /dev/null; then
	mandoc -T lint -W warning "$page" > "$T/bad" 2>&1
	verdict the_page_is_clean_mdoc
else
	echo "[  SKIPPED ] the_page_is_clean_mdoc: mandoc is not installed"
fi
exit $failed
