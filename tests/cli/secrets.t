# Credentials are not kept with a run, and what older versions kept is not shown, nor run again.
secret='geheim'
serve

it every_option_that_takes_a_url_refuses_credentials_in_the_same_words
words='the URL holds a name or password, which would be kept with the run'
run 2 run http.request --url "http://me:$secret@127.0.0.1:1/" --ops 1
err "^benchtop: --url: $words; give it by --user and --password-file\$"
run 2 run http.request --url http://127.0.0.1:1/ --proxy "socks5://me:$secret@127.0.0.1" --ops 1
err "^benchtop: --proxy: $words; expected a URL without it\$"
run 2 run null --ops 1 --push "http://me:$secret@127.0.0.1:9091"
err "^benchtop: --push: $words; expected a URL without it\$"
no_err "$secret"
run 2 run null --ops 1 --push "me:$secret@127.0.0.1:9091"
err "^benchtop: --push: $words"
printf '[a]\nworkload = null\nops = 1\n' > "$T/plain.ini"
run 2 suite "$T/plain.ini" --push "http://me:$secret@127.0.0.1:9091"
err "^benchtop: --push: $words"
run 2 check --baseline x --push "http://me%%3A$secret%40127.0.0.1:9091"
err "^benchtop: --push: $words"
run 2 run http.request --url "http://127.0.0.1:1/?a=1&access_token=$secret" --ops 1
err "^benchtop: --url: the URL holds 'access_token', which would be kept with the run; give it by --header-file\$"
no_err "$secret"
run 2 run http.request --url http://127.0.0.1:1/ --user "me:$secret" --ops 1
err '^benchtop: --user: expected a name without a colon'
no_err "$secret"

it a_header_with_the_name_of_a_secret_comes_from_a_file
for header in X-Api-Key X-AUTH-Token Cookie Proxy-Authorization; do
	run 2 run http.request --url "$url" --ops 1 --header "$header: $secret"
	err "^benchtop: --header: '$header' would be kept with the run; give it by --header-file, or --allow-header $header\$"
	no_err "$secret"
done
run 0 run http.request --url "$url" --ops 1 --json --header 'X-Monkey: a' --header 'X-Author: b' --header 'Sec-Key: %{uuid}'
out 'X-Monkey: a'
run 0 run http.request --url "$url" --ops 1 --json --header 'X-Session: open' --allow-header X-Session
out 'X-Session: open'
printf 'X-Api-Key: %s\n' "$secret" > "$T/headers"
run 0 run http.request --url "$url" --ops 1 --json --header-file "$T/headers"
no_out "$secret"

it a_suite_with_such_a_header_still_runs_with_a_warning
printf '[a]\nworkload = http.request\nurl = %s\nops = 1\nheader = X-Api-Key: %s\n' "$url" "$secret" > "$T/old.ini"
run 0 suite "$T/old.ini" --json
err "^section a: warning: header: the value of 'X-Api-Key' is sent, and kept only masked; header-file keeps it"
out 'X-Api-Key: \*\*\*'
no_out "$secret"
no_err "$secret"
grep -aq "$secret" "$T/data/benchtop/history.db"* && complain "the history holds the header"

# As an older version kept it: a report with a header and URLs that hold secrets.
it what_an_older_version_kept_is_masked_wherever_it_is_shown
run 0 run http.request --url "$url" --ops 5 --header 'X-Plain: seen' --tag old=1
run 0 show last --json
sed "s|X-Plain: seen'|Cookie: $secret'|g; s|\[\"X-Plain: seen\"\]|\"X-Plain: seen,Cookie: $secret\"|g; s|http://127|http://me:$secret@127|g" "$T/out" > "$T/old.json"
grep -q "me:$secret@127" "$T/old.json" || complain "the report has no URL"
run 0 import "$T/old.json" --db "$T/old.db"
for what in 'show last' 'show last --json' 'history --json' 'export last --format json' 'export last --format html' \
	'export last --format markdown' 'export last --format benchstat' 'export last --format junit' 'export last --format csv' \
	'compare last last' 'compare last last --json'; do
	# shellcheck disable=SC2086 # words
	"$BENCHTOP" $what --db "$T/old.db" > "$T/out" 2> "$T/err"
	no_out "$secret"
	no_err "$secret"
done
run 0 show last --json --db "$T/old.db"
out "X-Plain: seen,Cookie: \*\*\*"
out 'http://\*\*\*@127'

it a_masked_value_is_not_run_again
run 0 baseline set old last --db "$T/old.db" --unsound
run 0 baseline show old --db "$T/old.db"
no_out "$secret"
run 0 baseline export old "$T/old-baseline.json" --db "$T/old.db"
grep -q "$secret" "$T/old-baseline.json" && complain "the baseline holds the secret"
run 3 check --baseline old --db "$T/old.db"
err 'is masked; give it by --(user and --password-file|header-file)$'
lines err 1
sed "s|\*\*\*|$secret|g" "$T/old-baseline.json" > "$T/clear-baseline.json"
run 3 check --baseline "$T/clear-baseline.json"
err 'is masked; give it by '
no_err "$secret"
printf '[a]\nworkload = http.request\nurl = %s\nops = 1\nheader = X-Api-Key: ***\n' "$url" > "$T/masked.ini"
run 2 suite "$T/masked.ini"
err "header: the value of 'X-Api-Key' is masked; give it by --header-file\$"

# A suite may still send them: the header and the token are nowhere while it runs, nor afterwards.
it what_a_suite_sends_is_nowhere_while_it_runs
cat > "$T/live.ini" << END
[a]
workload = http.request
url = $url?access_token=$secret
rate = 50
duration = 1h
header = X-Api-Key: $secret
END
start suite "$T/live.ini" --json --junit "$T/junit.xml" --markdown "$T/summary.md" --listen 127.0.0.1:0 --db "$T/live.db"
tries=0
until "$BENCHTOP" history --db "$T/live.db" 2> /dev/null | grep -q ' running' || [ $tries -ge 300 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
if command -v curl > /dev/null; then
	live=$(sed -n 's|^metrics: \(http://.*\)$|\1|p' "$T/err")
	tries=0
	until curl -s -m 60 "$live" > "$T/metrics" && grep -q 'benchtop_operations_total' "$T/metrics" || [ $tries -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	curl -s -m 60 "${live%metrics}health" >> "$T/metrics"
	grep -q 'benchtop_operations_total' "$T/metrics" || complain 'nothing was scraped'
	grep -q "$secret" "$T/metrics" && complain 'the metrics have the secret'
fi
"$BENCHTOP" attach last --stop --db "$T/live.db" > "$T/attached" 2>&1
grep -q load "$T/attached" || complain "attach shows no lines: $(cat "$T/attached")"
grep -q "$secret" "$T/attached" && complain 'attach shows the secret'
wait "$child" # on a busy machine its measurement is invalid
child=''
out 'access_token=\*\*\*'
out 'X-Api-Key: \*\*\*'
no_out "$secret"
no_err "$secret"
grep -aq "$secret" "$T/junit.xml" "$T/summary.md" "$T/live.db"* && complain 'a file has the secret'
