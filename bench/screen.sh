#!/bin/sh
# screen.sh: what the dashboard costs, at 120x36 in a pseudo-terminal of script (util-linux). Takes
# about five minutes. BENCHTOP is the program. Bounds: under 2 % of one core at ten frames a second;
# `null` is slowed by less than 1 %, or by less than can be told here from no difference at all.
LC_ALL=C.UTF-8
export LC_ALL
: "${BENCHTOP:=./benchtop}" "${PAIRS:=20}" "${SECONDS_EACH:=2}" "${CPU_SECONDS:=15}" "${CPU_PAIRS:=3}"
T=$(mktemp -d "${TMPDIR:-/tmp}/benchtop-screen.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
command -v script > /dev/null || {
	echo "screen: script is not installed (package util-linux or bsdutils)" >&2
	exit 1
}
TERM=xterm-256color
export TERM BENCHTOP T


mkfifo "$T/keys"
exec 3<> "$T/keys"
report() { # of the newest run
	"$BENCHTOP" show last --json --db "$T/history.db" 2> /dev/null
}
field() { # NAME: of the object on standard input
	sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}
in_lines() { # SECONDS RUN-ARGUMENT...
	seconds=$1
	shift
	"$BENCHTOP" run "$@" --duration "${seconds}s" --no-tui --db "$T/history.db" > /dev/null 2>&1
}
# The dashboard stays when its run has ended; then it gets its q.
in_dashboard() { # SECONDS RUN-ARGUMENT...
	seconds=$1
	shift
	script -qefc "stty rows 36 cols 120; exec '$BENCHTOP' run $* --duration ${seconds}s --db '$T/history.db'" \
		"$T/typescript" < "$T/keys" > /dev/null 2>&1 &
	child=$!
	sleep "$seconds"
	tries=0
	until [ "$(report | field status)" = ended ] || [ "$tries" -ge 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	printf q >&3
	wait "$child"
}

# The mean of a column of differences and the upper end of its one-sided 95 % interval (Student), in
# percent.
bound() { # FILE
	awk 'BEGIN { split("6.31 2.92 2.35 2.13 2.02 1.94 1.89 1.86 1.83 1.81 1.80 1.78 1.77 1.76 1.75 1.75 1.74 1.73 1.73", t, " ") }
		{ s += $1; q += $1 * $1; n++ }
		END {
			if (n < 2) { print "- -"; exit }
			m = s / n
			sd = sqrt((q - n * m * m > 0 ? q - n * m * m : 0) / (n - 1))
			print 100 * m, 100 * (m + (n - 1 > 19 ? 1.7 : t[n - 1]) * sd / sqrt(n))
		}' "$1"
}

echo "processor time and bytes, $CPU_PAIRS pairs of $CPU_SECONDS s"
i=0
while [ "$i" -lt "$CPU_PAIRS" ]; do
	in_lines "$CPU_SECONDS" sim --rate 100 --pacing sleep
	without=$(report | field cpu_seconds)
	in_dashboard "$CPU_SECONDS" sim --rate 100 --pacing sleep
	echo "$without $(report | field cpu_seconds) $(wc -c < "$T/typescript")" >> "$T/cpu"
	i=$((i + 1))
done
awk -v s="$CPU_SECONDS" '{ a += $1; b += $2; bytes += $3; n++ } END {
	share = 100 * (b - a) / n / s
	printf "  dashboard    %6.2f %% of one core at ten frames a second (%.2f %% without it, %.2f %% with it), under 2 is wanted: %s\n",
		share, 100 * a / n / s, 100 * b / n / s, (share < 2) ? "held" : "not held"
	printf "  terminal     %6.0f bytes a frame on average\n", bytes / n / s / 10
}' "$T/cpu"

echo "null, $PAIRS rounds of: without, with, without the dashboard, $SECONDS_EACH s each"
i=0
while [ "$i" -lt "$PAIRS" ]; do
	rates=''
	for way in in_lines in_dashboard in_lines; do
		$way "$SECONDS_EACH" null
		rates="$rates $(report | field throughput)"
	done
	echo "$rates" >> "$T/rates"
	i=$((i + 1))
done
# The first and the last of a round are the same: what they differ by is the machine's noise, in
# either direction. The dashboard's run is compared with their mean, which takes out a slow drift.
awk '{ print 1 - $2 / (($1 + $3) / 2) }' "$T/rates" > "$T/slower"
awk '{ d = 1 - $3 / $1; print d < 0 ? -d : d }' "$T/rates" > "$T/noise"
echo "$(bound "$T/slower") $(bound "$T/noise")" | awk '{
	printf "  slowed by    %6.2f %%, upper 95 %% bound %.2f %%\n", $1, $2
	printf "  noise floor  %6.2f %%: mean difference of two runs without it, upper 95 %% bound %.2f %%\n", $3, $4
	printf "  under 1 %% or under the noise floor: %s\n", ($2 < 1 || $2 < $4) ? "held" : "not held" }'
