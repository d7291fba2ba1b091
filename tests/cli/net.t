# Load on a real web server: nginx, with its own count beside ours.
# shellcheck source=tests/servers/nginx.sh
. "$srcdir/tests/servers/nginx.sh"
server=no
nginx_start && server=yes
trap 'nginx_stop; clean_up' EXIT
with_server() {
	[ $server = yes ] || skip "nginx or openssl is not installed"
	[ $server = yes ]
}
it the_servers_count_is_ours
if with_server; then
	run 0 run http.request --url "$NGINX_HTTP/ok" --ops 2k --concurrency 50 --json
	is completed 2000 "$(field completed)"
	is served 2000 "$(nginx_served)"
	out '"reuse":0\.9'
	adds_up
fi

it statuses_are_failures_by_group
if with_server; then
	run 0 run http.request --url "$NGINX_HTTP/missing" --ops 10 --json
	out '"http-4xx":\{"count":10,'
	run 0 run http.request --url "$NGINX_HTTP/missing" --ops 10 --expect-status 404 --json
	is failed 0 "$(field failed)"
	run 1 run http.request --url "$NGINX_HTTP/ok" --ops 10 --expect-status 404 --json
	out '"wrong-answer":\{"count":10,'
fi

it an_open_loop_is_exact
if with_server; then
	run 0 run http.request --url "$NGINX_HTTP/ok" --rate 200 --ops 100 --concurrency 10 --json
	is mode open "$(field mode)"
	is completed 100 "$(field completed)"
fi

it tls_is_checked_and_http2_shares_a_connection
if with_server; then
	run 0 run http.request --url "$NGINX_HTTPS/ok" --ca-file "$NGINX_CA" --server-name web.test --http 2 --ops 300 --concurrency 30 --json
	is completed 300 "$(field completed)"
	is connections 1 "$(field connections)"
	out '"tls":\{"count":1,'
	run 0 run http.request --url "$NGINX_HTTPS/ok" --ca-file "$NGINX_CA" --server-name web.test --http 1.1 --ops 30 --concurrency 3 --json
	is completed 30 "$(field completed)"
	run 0 run http.request --url "$NGINX_HTTPS/ok" --ca-file "$NGINX_CA" --ops 5 --json
	out '"tls":\{"count":5,"first":\["request [0-9]+: SSL: no alternative certificate'
	run 0 run http.request --url "$NGINX_HTTPS/ok" --ops 5 --json
	out '"tls":\{"count":5,'
fi

it insecure_is_recorded_with_the_run
if with_server; then
	run 0 run http.request --url "$NGINX_HTTPS/ok" --insecure --ops 5 --json
	is completed 5 "$(field completed)"
	run 0 show last --json
	out '"insecure":("(true|yes|on|1)"|true)'
fi

it http2_wants_tls
run 2 run http.request --url http://127.0.0.1:1/ --http 2 --ops 1
err 'expected an https URL'

it a_client_certificate
if with_server; then
	run 0 run http.request --url "$NGINX_MUTUAL/ok" --ca-file "$NGINX_CA" --server-name web.test --cert-file "$NGINX_CERT" --key-file "$NGINX_KEY" --ops 20 --json
	is completed 20 "$(field completed)"
	run 0 run http.request --url "$NGINX_MUTUAL/ok" --ca-file "$NGINX_CA" --server-name web.test --ops 20 --json
	is completed 0 "$(field completed)"
fi

it a_unix_socket
if with_server; then
	run 0 run http.request --url http://whatever/ok --unix-socket "$NGINX_SOCKET" --ops 20 --concurrency 4 --json
	is completed 20 "$(field completed)"
fi

it secrets_are_kept_nowhere
if with_server; then
	echo geheim > "$T/password"
	printf 'Authorization: Basic dGVzdGVyOmdlaGVpbQ==\n' > "$T/headers"
	run 0 run http.request --url "$NGINX_HTTP/auth" --user tester --password-file "$T/password" --ops 10 --json
	is completed 10 "$(field completed)"
	run 0 run http.request --url "$NGINX_HTTP/auth" --header-file "$T/headers" --ops 10 --json
	is completed 10 "$(field completed)"
	BENCHTOP_PASSWORD=geheim run 0 run http.request --url "$NGINX_HTTP/auth" --user tester --ops 10 --json
	is completed 10 "$(field completed)"
	run 0 run http.request --url "$NGINX_HTTP/auth" --ops 10 --json
	out '"http-4xx":\{"count":10,'
	cat "$T"/data/benchtop/history.db* > "$T/kept"
	! grep -qa -e geheim -e dGVzdGVyOmdlaGVpbQ "$T/kept" || complain "a secret is in the history"
fi

it connections_by_the_thousand
if ! with_server; then
	:
elif [ "$(ulimit -Hn | sed 's/unlimited/65536/')" -lt 10200 ]; then
	skip "the hard limit of descriptors is $(ulimit -Hn)"
elif watched; then
	skip "a sanitizer watches the program: ten thousand connections take it minutes"
else
	run 0 run http.request --url "$NGINX_HTTP/ok" --ops 20k --concurrency 10k --workers 2 --timeout 60s --json
	is completed 20000 "$(field completed)"
	is connections 10000 "$(field connections)"
fi

it too_few_descriptors_are_named
(
	ulimit -Sn 100
	ulimit -Hn 100
	"$BENCHTOP" run http.request --url http://127.0.0.1:9/ --concurrency 1k --ops 1 --no-tui > "$T/out" 2> "$T/err" < /dev/null
)
status_is 3 $?
err 'descriptors are wanted, and the hard limit is 100'

it a_server_that_is_not_there
run 3 run http.request --url http://127.0.0.1:1/ --ops 1
err '127\.0\.0\.1 port 1: Connection refused'
lines err 1

nginx_stop
