#!/bin/sh
# The manual pages say what the program says: every metric and error class in the section of the
# workload that has it, every field of the JSON; and nothing that is not there. Options and figures
# are printed by the program (tests/program/test_manual, tests/cli/figure.t). Run by `make check`.
LC_ALL=C
export LC_ALL
: "${srcdir:=$(dirname "$0")/..}" "${BENCHTOP:=$srcdir/build/benchtop}"
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
failed=0
# A line .\" connection options stands for what is written once, in the section of http.request.
# The page of workloads that this build was configured without is left out.
# Pages that the program prints lie in the build; in a tarball, with the others.
pages=''
for page in "$srcdir"/man/*.[1-9] "$(dirname "$BENCHTOP")"/man/*.[1-9]; do
	[ -f "$page" ] || continue
	case " $pages " in
	*"/$(basename "$page") "*) continue ;;
	esac
	case $page in
	*-ml.7) "$BENCHTOP" list | grep -q '^  ml\..* not in this build' && continue ;;
	esac
	pages="$pages $page"
done
# shellcheck disable=SC2086 # words
cat $pages > "$T/all" || exit 99
awk 'FNR == 1 { pass++ }
	/^\.\\" begin connection options/ { inside = 1 }
	pass == 1 && inside { common = common $0 "\n" }
	/^\.\\" end connection options/ { inside = 0 }
	pass == 2 { print }
	pass == 2 && /^\.\\" connection options/ { printf "%s", common }' "$T/all" "$T/all" > "$T/pages"

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
# owned AWK: runs the program over the pages; `owner` is the workload whose section a line
# stands in.
# shellcheck disable=SC2016 # dollars are awk's
owned() {
	awk '/^\.S[hs] /{ owner = "" }
		/^\.Ss Workload /{ owner = $3 }
		'"$1" "$T/pages" | sort -u
}
# words MACRO: "owner word" for each word behind the macro.
# shellcheck disable=SC2016 # dollars are awk's
words() {
	owned '/^\.(It )?'"$1"' /{
		sub(/^\.(It )?'"$1"' /, "")
		for (i = 1; i <= NF; i++)
			if ($i ~ /^[A-Za-z]/)
				print owner, $i
	}'
}
# said OWNER SED: what the help of an owner says, "owner " before each line.
said() {
	sed -n "$2" "$T/help.$1" | sed "s/^/$1 /"
}
: > "$T/bad"

workloads=$("$BENCHTOP" list | grep -v ' not in this build' | sed -n '/^Workloads/,/^$/s/^  \([^ ]*\) .*/\1/p')
commands=$("$BENCHTOP" --help | sed -n '/^Commands/,/^$/s/^  \([^ ]*\) .*/\1/p')
for c in $commands; do "$BENCHTOP" "$c" --help | grep -v '^  --help ' > "$T/help.$c"; done
for w in $workloads; do "$BENCHTOP" list "$w" > "$T/help.$w"; done
[ -n "$commands" ] && [ -n "$workloads" ] || echo "the program lists no commands, or no workloads" >> "$T/bad"

# Options that the pages mention.
{
	for o in $commands $workloads; do said "$o" 's/^  \(--[a-z0-9-]*\).*/\1/p'; done | sed 's/.* //'
	printf -- '--%s\n' help version db no-mouse
} | sort -u > "$T/names"
sed -n 's/^.*Fl \(-[a-z0-9-]*\).*/-\1/p' "$T/pages" | sort -u > "$T/mentioned"
differ "$T/mentioned" "$T/names" "mentioned in the pages, not in the program"
verdict every_option_of_the_pages_exists

# What the pages name with Va (fields, metrics) and Er (classes of errors): in a workload's section
# they are the workload's.
words Va > "$T/va.owned"
words Er > "$T/er.owned"
sed 's/.* //' "$T/va.owned" | sort -u > "$T/va"
sed 's/.* //' "$T/er.owned" | sort -u > "$T/er"
for w in $workloads; do said "$w" '/^Metrics/,/^$/s/^  \([^ ]*\) .*/\1/p'; done | sort -u > "$T/program"
for w in $workloads; do grep "^$w " "$T/va.owned"; done | sort -u > "$T/page"
differ "$T/program" "$T/page" "metric not in the pages"
differ "$T/page" "$T/program" "metric in the pages, not in the program"
sed 's/.* //' "$T/program" | sort -u > "$T/metrics"
for w in $workloads; do
	for class in $(sed -n 's/^Error classes: //p' "$T/help.$w" | tr -d ','); do echo "$w $class"; done
done | sort -u > "$T/program"
for w in $workloads; do grep "^$w " "$T/er.owned"; done | sort -u > "$T/page"
differ "$T/program" "$T/page" "error class not in the pages"
differ "$T/page" "$T/program" "error class in the pages, not in the program"
sed 's/.* //' "$T/program" | sort -u > "$T/classes"
differ "$T/er" "$T/classes" "error class mentioned in the pages, not in the program"
verdict every_metric_and_error_class_is_in_the_pages

# Fields: all keys of a few runs, the ones of free names (options, tags, versions of libraries) and
# names of figures left out.
db=$T/history.db
{
	"$BENCHTOP" run null --ops 100 --json --watch-pid $$ --db "$db"
	"$BENCHTOP" run sim --clock virtual --profile stress --rate 500 --step x1.5 --hold 5s --warmup 1s \
		--error-rate 1% --tag page=man --threshold "p99<1s@window=2s" --json --db "$db"
	"$BENCHTOP" run sim --clock virtual --profile volume --levels 3 --level-size 100 --hold 1s --json --db "$db"
	"$BENCHTOP" run sim --clock virtual --profile sizes --batch 1,10 --hold 1s --json --db "$db"
	"$BENCHTOP" run bitcoin.block --ops 10 --json --db "$db"
	"$BENCHTOP" history --json --db "$db"
	printf '[page]\nworkload = null\nops = 10\n' > "$T/suite.ini"
	"$BENCHTOP" suite "$T/suite.ini" --json --db "$db"
	"$BENCHTOP" run sim --clock virtual --duration 1s --repeat 2 --tag set=page --json --db "$db"
	"$BENCHTOP" compare set=page set=page --json --db "$db"
	"$BENCHTOP" baseline set page set=page --db "$db" > /dev/null
	"$BENCHTOP" baseline export page - --db "$db" | tr -d '\n'
	"$BENCHTOP" baseline set stretch last --to 2s --db "$db" > /dev/null
	"$BENCHTOP" baseline export stretch - --db "$db" | tr -d '\n'
	"$BENCHTOP" check --baseline page --repeat 2 --json --db "$db"
	"$BENCHTOP" ab 'sim --clock virtual' 'sim --clock virtual' --rounds 6 --block 10ms --block-warmup 0 --json --db "$db"
	XDG_CACHE_HOME=$T "$BENCHTOP" doctor --json
} 2> "$T/err" | sed 's/"\(options\|tags\|libraries\)": *{[^}]*}/"\1":{}/g' |
	grep -o '"[a-z0-9_]*":' | tr -d '":' | sed '/^units_per_s$/!s/_per_s$//' | grep -vx 'rss_peak\|cpu_per_op' | sort -u > "$T/keys"
[ -s "$T/keys" ] || { echo "no JSON"; cat "$T/err"; } >> "$T/bad"
differ "$T/keys" "$T/va" "field not in the pages"
verdict every_field_of_the_json_is_in_the_pages
grep -v '^NAME_per_s$' "$T/va" > "$T/page"
{
	cat "$T/keys" "$T/metrics"
	echo limit
} | sort -u > "$T/program"
differ "$T/page" "$T/program" "in the pages, in no JSON"
verdict every_field_of_the_pages_is_in_the_json

# A word that is the name of a macro is one wherever a macro's arguments stand: ".Ar Nx" prints
# "file ... NetBSD". It is text only behind "\&". So headings have no such name, and elsewhere only
# macros of this list may stand, each in front of text of its own.
# shellcheck disable=SC2086 # words
awk '
	BEGIN {
		n = split("%A %B %C %D %I %J %N %O %P %Q %R %T %U %V Ac Ad An Ao Ap Aq Ar At Bc Bd Bf Bk Bl Bo Bq Brc Bro Brq " \
			"Bsx Bt Bx Cd Cm D1 Db Dc Dd Dl Do Dq Dt Dv Dx Ec Ed Ef Ek El Em En Eo Er Es Ev Ex Fa Fc Fd Fl Fn Fo Fr Ft " \
			"Fx Hf Ic In It Lb Li Lk Lp Ms Mt Nd Nm No Ns Nx Oc Oo Op Os Ot Ox Pa Pc Pf Po Pp Pq Qc Ql Qo Qq Re Rs Rv " \
			"Sc Sh Sm So Sq Ss St Sx Sy Ta Tg Tn Ud Ux Va Vt Xc Xo Xr", all, " ")
		for (i = 1; i <= n; i++)
			macro[all[i]] = 1
		n = split("Ar Cm Dq Er Ev Fl Ic Li Pa Pq Ql Sx Sy Va Xr", all, " ")
		for (i = 1; i <= n; i++)
			text[all[i]] = 1
		n = split("Ap Ns Oc Oo Op Ta", all, " ")
		for (i = 1; i <= n; i++)
			joins[all[i]] = 1
	}
	/^\.[A-Z%]/ {
		heading = $1 ~ /^\.(Sh|Ss|Nd)$/
		for (i = 2; i <= NF; i++)
			if ($i in macro && (heading || !($i in joins || ($i in text && i < NF && !($(i + 1) in macro || $(i + 1) ~ /^[.,;:]$/)))))
				print FILENAME ":" FNR ": " $i " is a macro there, text would be \\&" $i ": " $0
	}' $pages > "$T/bad"
verdict no_text_is_the_name_of_a_macro

# What a reader sees: each option with its argument as --help has it, each heading as it is written.
# shellcheck disable=SC2016 # dollars are awk's
if command -v mandoc > /dev/null; then
	for o in $commands $workloads; do said "$o" 's/^  \(--[a-z0-9-]*\( [A-Z][A-Za-z]*\)\{0,1\}\)  .*/\1/p'; done | sed 's/^[^ ]* //' |
		sort -u > "$T/options"
	# shellcheck disable=SC2086 # words
	sed -n 's/^\.S[hs] //p' $pages | tr -d '"' | sed 's/\\&//g; s/\\-/-/g' > "$T/headings"
	for format in ascii utf8; do
		# shellcheck disable=SC2086 # words
		for page in $pages; do mandoc -T $format -O width=1000 "$page"; done | sed 's/.'"$(printf '\b')"'//g' |
			tr -s ' ' | sed 's/^ //' > "$T/printed"
		while read -r line; do
			grep -qF -e "$line" "$T/printed" || echo "$line: not in the printed pages ($format)"
		done < "$T/options" >> "$T/bad"
		while read -r line; do
			grep -qxF -e "$line" "$T/printed" || echo "$line: this heading is not printed as it is written ($format)"
		done < "$T/headings" >> "$T/bad"
	done
	[ -s "$T/options" ] && [ -s "$T/headings" ] || echo "no options, or no headings" >> "$T/bad"
	verdict options_and_headings_are_printed_as_they_are
else
	echo "[  SKIPPED ] options_and_headings_are_printed_as_they_are: mandoc is not installed"
fi

if command -v mandoc > /dev/null; then
	# shellcheck disable=SC2086 # words
	mandoc -T lint -W warning $pages > "$T/bad" 2>&1
	verdict the_pages_are_clean_mdoc
else
	echo "[  SKIPPED ] the_pages_are_clean_mdoc: mandoc is not installed"
fi
exit $failed
