# Options that may be repeated, and texts that a plain line cannot hold, come back the same from the
# history, a baseline, a check and a suite.
serve
want='"header":\["X-Mode: full,X-Trace: 1","X-B: a # b; \\"c\\""\]'

it two_headers_are_two_in_the_history
run 0 run http.request --url "$url" --ops 20 --header 'X-Mode: full,X-Trace: 1' --header 'X-B: a # b; "c"' --tag 'note=two words' --tag 'a=b=c'
run 0 show last --json
out "$want"
out '"note":"two words","a":"b=c"'

it a_check_sends_what_the_baseline_sent
run 0 baseline set lists last
run 0 baseline show lists
out "--header='X-Mode: full,X-Trace: 1' --header='X-B: a # b; \"c\"'"
"$BENCHTOP" check --baseline lists --repeat 1 > /dev/null 2> "$T/err"
err "'--header=X-Mode: full,X-Trace: 1' '--header=X-B: a # b; \"c\"'"
run 0 show last --json
out "$want"

it one_header_with_a_comma_is_not_two
run 0 run http.request --url "$url" --ops 20 --header 'X-Mode: full' --header 'X-Trace: 1'
run 0 run http.request --url "$url" --ops 20 --header 'X-Mode: full,X-Trace: 1'
run 4 compare last-1 last
out 'option --header differs'

it a_suite_holds_any_text
cat > "$T/any.ini" << END
[a]
workload = http.request
url = $url
ops = 5
header := "X-Mode: full,X-Trace: 1"
header := "X-B: a # b; \"c\"" # a comment
END
run 0 suite "$T/any.ini" --json
run 0 show last --json
out "$want"
printf '[a]\nworkload = http.request\nurl = %s\nheader := "X: 1\n' "$url" > "$T/open.ini"
run 2 suite "$T/open.ini"
err 'open.ini:4: .*expected a closing quote'
lines err 1

it a_baseline_of_an_older_version_that_joined_a_list_is_not_guessed_at
"$BENCHTOP" baseline export lists - | tr -d '\n' | sed 's|"header": \[[^]]*\]|"header": "A: 1,B: 2"|' > "$T/joined.json"
run 3 check --baseline "$T/joined.json"
err "^benchtop: baseline: --header: 'A: 1,B: 2': an older version stored this list as one text; make the baseline again\$"

it text_that_is_not_utf8_is_refused_but_for_paths
run 2 run null --ops 1 --tag "k=$(printf 'caf\351')"
err '^benchtop: --tag: .* expected UTF-8 text$'
lines err 1
printf 'hello' > "$T/$(printf 'caf\351')"
run 0 run http.request --url "$url" --ops 2 --body-file "$T/$(printf 'caf\351')" --method GET --json
out '"body-file":\{"base64":'

it a_hundred_thousand_bytes_are_kept_whole
long=$(head -c 100000 /dev/zero | tr '\0' 'x')
run 0 run null --ops 1 --tag "long=$long"
run 0 show last --json
is 'bytes of the tag' 100000 "$(sed 's/.*"long":"\(x*\)".*/\1/' "$T/out" | tr -d '\n' | wc -c)"
