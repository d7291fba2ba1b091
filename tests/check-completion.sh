#!/bin/sh
# The completion scripts parse in their shells, know every option, and complete. Run by `make
# check`.
: "${srcdir:=$(dirname "$0")/..}" "${BENCHTOP:=$srcdir/build/benchtop}"
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
failed=0

verdict() { # NAME STATUS
	if [ "$2" = 0 ]; then
		echo "[       OK ] $1"
	else
		echo "[  FAILED  ] $1"
		failed=1
	fi
}
for shell in bash zsh fish; do
	"$BENCHTOP" completion $shell > "$T/$shell"
	verdict "${shell}_script_is_printed" $?
	if command -v $shell > /dev/null; then
		$shell -n "$T/$shell"
		verdict "${shell}_script_parses" $?
	else
		echo "[  SKIPPED ] ${shell}_script_parses: $shell is not installed"
	fi
done

# A build from a tarball, where pages and scripts lie with the sources, has no reason to print them.
printed=0
if [ "$(cd "$srcdir" && pwd)" != "$(pwd)" ] && [ -f "$srcdir/completions/benchtop" ]; then
	for file in completions/benchtop man/benchtop.1; do
		! cmp -s "$srcdir/$file" "$file" || { echo "$file: printed again"; printed=1; }
	done
fi
verdict a_build_from_the_tarball_prints_nothing $printed

# Every option of the help, in every script: --name in bash and zsh, -l name in fish.
{
	for c in run history show list suite; do "$BENCHTOP" $c --help; done
	for w in $("$BENCHTOP" list | sed -n '/^Workloads/,/^$/s/^  \([^ ]*\) .*/\1/p'); do
		"$BENCHTOP" list "$w"
	done
} | sed -n 's/^  --\([a-z0-9-]*\).*/\1/p' | sort -u > "$T/options"
for shell in bash zsh fish; do
	bad=0
	while read -r name; do
		case $shell in
		fish) pattern="-l $name\( \|\$\)" ;;
		*) pattern="[ \"]--${name}[ )\"]" ;;
		esac
		[ "$name" = help ] && [ $shell = fish ] && continue
		grep -q -e "$pattern" "$T/$shell" || { echo "$shell: --$name is missing"; bad=1; }
	done < "$T/options"
	verdict "${shell}_script_knows_every_option" $bad
done

# What bash offers behind some words; the last one is what is being typed.
offers() { # EXPECTED WORD...
	expected=$1
	shift
	got=$(bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _benchtop; echo "${COMPREPLY[*]}"' \
		"$T/bash" "$@")
	[ "$got" = "$expected" ] && return
	echo "behind '$*': expected '$expected', got '$got'"
	bad=1
}
if command -v bash > /dev/null; then
	bad=0
	offers "history" benchtop hi
	offers "bitcoin.block" benchtop run bitcoin.bl
	offers "load stress spike breakpoint endurance scalability volume stages sizes" benchtop run null --profile ""
	offers "--stop-error --stop-p99" benchtop run null --sto
	offers "--stall-every --stall-for" benchtop run sim --stal
	offers "" benchtop run null --stal
	verdict bash_completes $bad
else
	echo "[  SKIPPED ] bash_completes: bash is not installed"
fi
exit $failed
