#!/bin/sh
# Text from outside reaches terminals and documents through base/text.h, and jansson through
# json/json.h. Run by `make check`.
# shellcheck disable=SC2046 # lists of files are split
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

# Calls of the functions that a pattern names, each on a line of its own: FILE:LINE:
# NAME(ARGUMENTS). Comments are gone; blanks are one.
calls() { # PATTERN FILE...
	pattern=$1
	shift
	awk -v pattern="(^|[^A-Za-z0-9_])($pattern)\\(" '
	# The call at the beginning of text, to its closing parenthesis; "" when that is not there
	# yet.
	function call_of(text,    i, depth, quote, ch) {
		for (i = 1; i <= length(text); i++) {
			ch = substr(text, i, 1)
			if (quote != "") {
				if (ch == "\\") i++
				else if (ch == quote) quote = ""
			} else if (ch == "\"" || ch == "\047") quote = ch
			else if (ch == "(") depth++
			else if (ch == ")" && --depth == 0) return substr(text, 1, i)
		}
		return ""
	}
	FNR == 1 { open = comment = "" }
	{
		line = $0
		gsub(/^[ \t]+|[ \t]+$/, "", line)
		if (comment) {
			if (!sub(/^.*\*\//, "", line)) next
			comment = 0
		}
		gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
		if (line !~ /".*\/\*.*"/ && sub(/\/\*.*$/, "", line)) comment = 1
		if (open == "") at = FNR
		open = open == "" ? line : open " " line
		while (match(open, pattern)) {
			start = RSTART + (substr(open, RSTART, 1) ~ /[A-Za-z0-9_]/ ? 0 : 1)
			call = call_of(substr(open, start))
			if (call == "" && length(open) < 4000) next
			print FILENAME ":" at ": " call
			open = substr(open, start + RLENGTH - 1)
		}
		open = ""
	}' "$@"
}
sources() { # DIRECTORY...
	find "$@" -name '*.c' | sort
}

# The printers themselves; what prints the names of our own tables; what encodes each byte.
verdict text_from_outside_is_printed_through_text_h "$(
	calls 'printf|fprintf|vprintf|vfprintf|dprintf|puts|fputs|putchar|putc|fputc|fwrite|perror' $(sources src ui workloads) |
	grep -vE '^src/base/(text_print|words)\.c:|^src/cli/(cmd_completion|manual|push)\.c:|^src/(live/exposition|export/export_benchstat)\.c:' |
	grep -vE '^workloads/.*: fwrite|launch_start\.c:.*: fwrite|: fputs\((style|s->below), out\)' |
	grep -vE ': (printf|fprintf)\(([a-z>.-]+, )?("[^"%]*(%[-+ #0-9.*]*(ll|z|l)?[diuxXgfe%][^"%]*)*" ?)+[,)]' |
	grep -vE ': (puts|fputs|putchar|putc|fputc)\(([a-z0-9> -]+ \? )?("([^"\\]|\\.)*" ?)+( : ("([^"\\]|\\.)*" ?)+)?[,)]' |
	grep -vE ": (putchar|putc|fputc)\\('([^'\\\\]|\\\\.)'[,)]"
)"
# What is printed and said has a format of ours.
verdict formats_are_literals "$(
	calls 'bt_print|bt_print_as|bt_print_wrapped|bt_fail|bt_fail_in|bt_oom|bt_cli_fail|bt_text_format' $(sources src ui workloads) |
	grep -vE '^src/base/(text_print|err)\.c:|\(int status, const char \*fmt|: bt_oom\([&a-z]*, NULL\)' |
	grep -vE ': [a-z_]+\(([^"]*, )?([][a-z0-9_.>= -]+ \? )?"'
)"
# jansson refuses bytes that are not UTF-8: its makers of texts and keys are behind bt_json_string
# and bt_json_set.
verdict jansson_is_given_text_through_json_h "$(
	calls 'json_string|json_stringn|json_string_nocheck|json_stringn_nocheck|json_sprintf|json_vsprintf|json_object_set|json_object_set_new|json_object_setn|json_object_setn_new|json_object_set_nocheck|json_object_set_new_nocheck|json_pack' $(sources src) |
	grep -v '^src/json/json_value\.c:' |
	grep -vE ': json_object_set(_new)?\([^"]*, "[a-z0-9_]+", ' |
	grep -vE ': json_pack\("\[[Ii ]+\]"' |
	grep -vE ': json_pack\(("[^"]*" ?)+(, "[a-z0-9_]+"|, [a-z_]+\(|\))'
)"
# One sentence for one thing.
verdict memory_that_lacks_is_told_through_bt_oom "$(
	calls bt_fail $(sources src ui workloads) |
	grep -v '^src/base/err\.c:' | grep -E 'ENOMEM, "([^"]*: )?(out of|no) memory"|"no memory (for|to)' |
	grep -v '^src/core/filling\.c:'
)"
# What jansson says of a fault names its own flags and types.
# shellcheck disable=SC2016 # dollars are awk's
verdict faults_of_json_are_told_through_json_fault_h "$(
	find src ui workloads -name '*.[ch]' | sort | xargs awk '
	FNR == 1 { split("", faults) }
	match($0, /json_error_t \**[a-z_]+/) {
		name = substr($0, RSTART + 13, RLENGTH - 13)
		sub(/^\*/, "", name)
		faults[name]
	}
	{
		for (name in faults)
			if ($0 ~ "(^|[^a-z_.>])" name "(\\.|->)(text|source)" && $0 !~ "bt_json_fault\\([a-z]+, " name "(\\.|->)text\\)")
				print FILENAME ":" FNR ": " $0
	}'
)"
exit $failed
