# nginx for transcripts, on the loopback: to be sourced. Everything lies in $T/nginx.
#
#   nginx_start        false when it is not installed; else it runs, and these are set:
#     NGINX_HTTP NGINX_HTTPS NGINX_MUTUAL              URLs: plain, TLS with HTTP/2, TLS that asks for a client certificate
#     NGINX_SOCKET NGINX_CA NGINX_CERT NGINX_KEY       a Unix socket; PEM files of a throw-away CA and client
#   nginx_served       how many requests it has answered so far
#   nginx_stop         ends it
#
# Paths: /ok 128 bytes, /auth wants user "tester" with password "geheim", /missing 404. The
# certificate is of the names web.test and localhost.
nginx_dir=''

nginx_program() {
	command -v nginx || { [ -x /usr/sbin/nginx ] && echo /usr/sbin/nginx; }
}

# A CA, a server's certificate for web.test and a client's, good for a day.
nginx_certificates() (
	cd "$nginx_dir" || exit 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=throw-away CA" \
		-keyout ca.key -out ca.pem 2> /dev/null || exit 1
	for who in server client; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$who" -keyout $who.key -out $who.csr 2> /dev/null &&
			printf 'subjectAltName=DNS:web.test,DNS:localhost\n' > $who.ext &&
			openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile $who.ext -out $who.pem 2> /dev/null ||
			exit 1
	done
)

nginx_configure() { # FIRST-PORT
	# As root its workers would be another user, whom some roots' own directory is closed to.
	cat > "$nginx_dir/nginx.conf" <<END
$([ "$(id -u)" != 0 ] || echo 'user root;')
worker_processes 1;
pid $nginx_dir/pid;
error_log $nginx_dir/error.log;
worker_rlimit_nofile $(ulimit -Hn | sed 's/unlimited/65536/');
events { worker_connections 12000; }
http {
	access_log $nginx_dir/access.log;
	keepalive_requests 1000000;
	keepalive_timeout 60s;
	client_body_temp_path $nginx_dir/tmp1; proxy_temp_path $nginx_dir/tmp2; fastcgi_temp_path $nginx_dir/tmp3;
	uwsgi_temp_path $nginx_dir/tmp4; scgi_temp_path $nginx_dir/tmp5;
	root $nginx_dir/root;
	ssl_certificate $nginx_dir/server.pem;
	ssl_certificate_key $nginx_dir/server.key;
	server {
		listen 127.0.0.1:$1 backlog=8192;
		listen unix:$nginx_dir/socket;
		listen 127.0.0.1:$(($1 + 1)) ssl http2;
		location /auth { auth_basic "test"; auth_basic_user_file $nginx_dir/users; try_files /ok =500; }
	}
	server {
		listen 127.0.0.1:$(($1 + 2)) ssl http2;
		ssl_client_certificate $nginx_dir/ca.pem;
		ssl_verify_client on;
	}
}
END
}

nginx_start() {
	program=$(nginx_program) && command -v openssl > /dev/null || return 1
	nginx_dir=$T/nginx
	mkdir -p "$nginx_dir/root" && chmod 755 "$T" "$nginx_dir" "$nginx_dir/root" || return 1
	printf '%128s' '' | tr ' ' x > "$nginx_dir/root/ok"
	printf 'tester:{PLAIN}geheim\n' > "$nginx_dir/users"
	nginx_certificates || return 1
	tries=0
	port=$((20000 + $$ % 20000))
	while [ $tries -lt 20 ]; do
		nginx_configure $port
		"$program" -c "$nginx_dir/nginx.conf" -p "$nginx_dir" 2> "$nginx_dir/start.log" && break
		port=$((port + 7))
		tries=$((tries + 1))
	done
	[ $tries -lt 20 ] || {
		cat "$nginx_dir/start.log" >&2
		return 1
	}
	NGINX_HTTP=http://127.0.0.1:$port NGINX_HTTPS=https://127.0.0.1:$((port + 1))
	NGINX_MUTUAL=https://127.0.0.1:$((port + 2))
	NGINX_SOCKET=$nginx_dir/socket NGINX_CA=$nginx_dir/ca.pem
	NGINX_CERT=$nginx_dir/client.pem NGINX_KEY=$nginx_dir/client.key
}

# What the workers have written is whole only once they have nothing to do: asked twice until it
# stands.
nginx_served() {
	before=-1 now=0 tries=0
	while [ "$before" != "$now" ] && [ $tries -lt 50 ]; do
		before=$now
		sleep 0.1
		now=$(wc -l < "$nginx_dir/access.log")
		tries=$((tries + 1))
	done
	echo "$now"
}

nginx_stop() {
	[ -n "$nginx_dir" ] && [ -s "$nginx_dir/pid" ] || return 0
	kill -QUIT "$(cat "$nginx_dir/pid")"
	tries=0
	while [ -e "$nginx_dir/pid" ] && [ $tries -lt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}
