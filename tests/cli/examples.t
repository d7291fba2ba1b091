# The program accepts every example of the manual pages and of README. Nothing runs: the command
# lines are read and checked, then opening an output or the history fails.
examples() { # FILE...
	awk '
		/^\.Dl benchtop / { sub(/^\.Dl /, ""); print FILENAME ":" FNR ":" $0 }
		/^\.Bd -literal/ || /^```/ && !inside { inside = 1; next }
		/^\.Ed/ || /^```/ { inside = 0 }
		inside && (more || /^benchtop( |$)/) {
			line = more $0
			more = ""
			if (sub(/ *\\e?$/, "", line))
				more = line " "
			else
				print FILENAME ":" FNR ":" line
		}
		/^    benchtop / { print FILENAME ":" FNR ":" substr($0, 5) }' "$@"
}
# check PLACE WORD...: not a wrong usage.
check() {
	place=$1
	shift
	command=$*
	case ${1-} in
	'') return ;;
	run) grep -q "^  $2 .* not in this build" workloads && return ;;
	ab) # two runs
		second=$3
		eval "check $place run $2"
		eval "check $place run $second"
		return
		;;
	esac
	case $1 in
	suite) set -- "$@" --list ;;
	generate) set -- "$@" -o "$T/nowhere/file" ;;
	run) set -- "$@" --repeat 1 --out "csv:$T/nowhere/file" ;;
	list) ;;
	*) set -- "$@" --db "$T/nowhere/file/history.db" ;;
	esac
	"$BENCHTOP" "$@" > "$T/out" 2> "$T/err" < /dev/null
	status=$?
	[ $status != 2 ] && [ $status -lt 126 ] || complain "$place: exit status $status"
	case $1 in
	run) err "$T/nowhere/file" ;;
	esac
	checked=$((checked + 1))
}

it every_example_is_a_command_line_that_the_program_takes
echo file > "$T/nowhere"
src=$(cd "$srcdir" && pwd)
cd "$T" || exit 99
HOME=$T
checked=0
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$src/man/benchtop-suite.5" | sed '1d;/^\.Ed/,$d' > load.ini
"$BENCHTOP" list > workloads
mkdir bench
cp load.ini bench
examples "$src"/man/*.[1-9] "$src"/man/*.in "$src/README.md" > lines
while IFS=: read -r file line text; do
	while [ -n "$text" ]; do
		one=${text%%&&*}
		eval "set -- ${one#benchtop}"
		check "$(basename "$file"):$line" "$@"
		case $text in
		*'&&'*) text=${text#*&& } ;;
		*) text='' ;;
		esac
	done
done < lines
[ "$checked" -ge 50 ] || complain "only $checked examples were found"
