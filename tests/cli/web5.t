# Decentralised identifiers: in process, from a web server, and through a resolver made of somebody
# else's library.
# shellcheck source=tests/servers/nginx.sh
. "$srcdir/tests/servers/nginx.sh"
# shellcheck source=tests/servers/resolver.sh
. "$srcdir/tests/servers/resolver.sh"
# shellcheck source=tests/servers/dwn.sh
. "$srcdir/tests/servers/dwn.sh"
web=no resolver=no node=no server=no
nginx_start && web=yes
resolver_start && resolver=yes
dwn_start && node=yes
real_dwn_start && server=yes
trap 'nginx_stop; resolver_stop; dwn_stop; clean_up' EXIT

it generated_identifiers_are_resolved_in_process
run 0 run web5.did-resolve --count 100 --cache 0 --order sequence --ops 200 --json
is completed 200 "$(field completed)"
is resolved 200 "$(field resolved)"
is calls 0 "$(field calls)"
adds_up
run 0 run web5.did-resolve --method jwk --key-format jwk --derive-agreement --ops 50 --json
is completed 50 "$(field completed)"

it the_cache_is_bounded_and_shown
run 0 run web5.did-resolve --count 100 --order sequence --cache 100 --ttl 0 --ops 300 --json
is cache_lookups 300 "$(field cache_lookups)"
is cache_hits 200 "$(field cache_hits)"
is evicted 0 "$(field evicted)"
out '"hit_ratio":0\.66'
run 0 run web5.did-resolve --count 100 --order sequence --cache 99 --ops 300 --json
is 'hits of a cache that is one too small' 0 "$(field cache_hits)"
is evicted 201 "$(field evicted)"
run 0 run web5.did-resolve --count 100 --order sequence --warm 10 --ops 100 --json
is 'hits after 10 were resolved before' 10 "$(field cache_hits)"

it files_of_identifiers_are_read_whole_before_the_run
printf '# two\ndid:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\n\ndid:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv\r\n' > "$T/dids"
run 0 run web5.did-resolve --did-file "$T/dids" --order sequence --cache 0 --ops 4 --json
is resolved 4 "$(field resolved)"
printf 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\ndid:key\n' > "$T/dids"
run 3 run web5.did-resolve --did-file "$T/dids" --ops 4
err "dids:2: 'did:key': expected did:METHOD:ID"
echo did:ion:abc > "$T/dids"
run 3 run web5.did-resolve --did-file "$T/dids" --ops 4
err 'did:ion:abc: only did:key, did:jwk and did:web are resolved without --resolver'
run 3 run web5.did-resolve --did-file "$T/none" --ops 4
err 'No such file'
: > "$T/dids"
run 3 run web5.did-resolve --did-file "$T/dids" --ops 4
err 'no identifier in it'
run 2 run web5.did-resolve --did-file a --did-template did:a:%d
run 2 run web5.did-resolve --did-template 'did:a b'
err "^benchtop: --did-template: 'did:a b': expected"
run 2 run web5.did-resolve --warm 5 --cache 0
run 2 run web5.did-resolve --resolver ftp://127.0.0.1/

it a_wrong_identifier_fails_the_run
echo did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZp2 > "$T/dids"
run 1 run web5.did-resolve --did-file "$T/dids" --ops 3 --json
out '"invalid-did":\{"count":3,'
out 'no point of P-256'

it documents_are_fetched_from_the_web
if [ $web = yes ]; then
	host=localhost%3A${NGINX_HTTPS##*:}
	mkdir -p "$T/nginx/root/.well-known" "$T/nginx/root/user/alice"
	document() { # DID
		printf '{"id":"%s","verificationMethod":[{"id":"%s#k","type":"Multikey","controller":"%s","publicKeyMultibase":"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}],"authentication":["%s#k"]}' \
			"$1" "$1" "$1" "$1"
	}
	document "did:web:$host" > "$T/nginx/root/.well-known/did.json"
	document "did:web:$host:user:alice" > "$T/nginx/root/user/alice/did.json"
	printf 'did:web:%s\ndid:web:%s:user:alice\n' "$host" "$host" > "$T/dids"
	run 0 run web5.did-resolve --did-file "$T/dids" --order sequence --cache 0 --ca-file "$NGINX_CA" --ops 40 --json
	is resolved 40 "$(field resolved)"
	is served 40 "$(nginx_served)"
	adds_up
	printf 'did:web:%s:user:bob\n' "$host" > "$T/dids"
	run 0 run web5.did-resolve --did-file "$T/dids" --ca-file "$NGINX_CA" --ops 5 --json
	out '"not-found":\{"count":5,'
	run 0 run web5.did-resolve --did-file "$T/dids" --ops 5 --json
	out '"tls":\{"count":5,'
	document did:web:somebody.example > "$T/nginx/root/user/alice/did.json"
	printf 'did:web:%s:user:alice\n' "$host" > "$T/dids"
	run 1 run web5.did-resolve --did-file "$T/dids" --ca-file "$NGINX_CA" --ops 5 --json
	out '"wrong-document":\{"count":5,'
	out "its id is 'did:web:somebody.example'"
else
	skip "nginx or openssl is not installed"
fi

it a_resolver_is_asked_once_for_each
if [ $resolver = yes ]; then
	cat > "$T/dids" <<-END
		did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
		did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme
		did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F
		did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5yZngtRkctSUswOCJ9
		did:web:localhost%3A8443:user:alice
	END
	run 0 run web5.did-resolve --resolver "$RESOLVER/" --did-file "$T/dids" --order sequence --cache 0 --ops 50 --json
	is resolved 50 "$(field resolved)"
	is asked 50 "$(resolver_asked)"
	run 0 run web5.did-resolve --resolver "$RESOLVER" --did-template did:test:bare:%d --count 20 --order sequence --warm 20 --ops 100 --json
	is 'answered by the warm cache' 100 "$(field cache_hits)"
	is asked 70 "$(resolver_asked)"
	run 0 run web5.did-resolve --resolver "$RESOLVER" --did-template did:test:gone --count 1 --ops 5 --json
	out '"not-found":\{"count":5,'
	run 0 run web5.did-resolve --resolver "$RESOLVER" --did-template did:nope:x --count 1 --ops 5 --json
	out '"resolver-error":\{"count":5,.*methodNotSupported'
	run 1 run web5.did-resolve --resolver "$RESOLVER" --did-template did:test:other --count 1 --ops 5 --json
	out '"wrong-document":\{"count":5,'
	run 1 run web5.did-resolve --resolver "$RESOLVER" --did-template did:test:broken --count 1 --ops 5 --json
	out '"wrong-document":\{"count":5,'
else
	skip "Node.js or @web5/dids is not installed"
fi

it a_resolver_that_is_not_there_is_said_before_the_run
run 3 run web5.did-resolve --resolver http://127.0.0.1:1 --ops 5
err '127\.0\.0\.1'

it records_are_written_to_a_node_in_process
run 0 run web5.dwn-write --json
is completed 500 "$(field completed)"
is accepted 500 "$(field accepted)"
is data_bytes 8000 "$(field data_bytes)"
is calls 0 "$(field calls)"
adds_up
run 0 run web5.dwn-write --workers 2 --messages 300 --negative 30% --read-back 100% --json
adds_up
is 'every message was taken or refused' 300 $(($(field accepted) + $(field negative_refused)))
is negative_refused "$(field negative_planned)" "$(field negative_refused)"
is read_back "$(field accepted)" "$(field read_back)"
is read_wrong 0 "$(field read_wrong)"
mkdir "$T/tmp"
TMPDIR=$T/tmp run 0 run web5.dwn-write --messages 20 --did jwk --signature ES256K --protocol https://example.org/notes --schema https://example.org/s \
	--size 300KiB --read-back 100% --json
is read_back 20 "$(field read_back)"
is "what is left behind" "" "$(ls "$T/tmp")"

it the_options_of_messages_have_to_fit_together
run 2 run web5.dwn-write --target localhost
err "^benchtop: --target: 'localhost': expected embedded or http://HOST:PORT"
run 2 run web5.dwn-write --messages 1M --size 1MiB
err 'expected at most 4GiB together'
run 2 run web5.dwn-write --protocol notes
err "^benchtop: --protocol: 'notes': expected an absolute URL"
run 2 run web5.dwn-write --schema https://Example.org/a
run 2 run web5.dwn-write --data-format text
err "^benchtop: --data-format: 'text': expected TYPE/SUBTYPE"
run 3 run web5.dwn-write --target http://127.0.0.1:1 --messages 5

it a_node_is_written_to_and_read_back
if [ $node = yes ]; then
	run 0 run web5.dwn-write --target "$DWN" --did jwk --messages 200 --negative 30% --read-back 100% --workers 2 --json
	adds_up
	is 'every message was taken or refused' 200 $(($(field accepted) + $(field negative_refused)))
	is negative_refused "$(field negative_planned)" "$(field negative_refused)"
	is 'writes that the node counted' "$(field accepted)" "$(dwn_took)"
	is read_back "$(field accepted)" "$(field read_back)"
	out '"node":"scripted 1.0"'
	run 0 run web5.dwn-write --target "$DWN" --did jwk --signature ES256K --protocol https://example.org/notes --messages 20 --json
	is accepted 20 "$(field accepted)"
else
	skip "Node.js or curl is not installed"
fi

it a_node_that_does_wrong_is_told
if [ $node = yes ]; then
	run 1 run web5.dwn-write --target "$DWN/lax" --did jwk --messages 20 --negative 100% --json
	is failed 20 "$(field failed)"
	is negative_refused 0 "$(field negative_refused)"
	out '"wrong-verdict":\{"count":20,'
	run 1 run web5.dwn-write --target "$DWN/liar" --did jwk --messages 20 --read-back 100% --json
	adds_up
	is completed 0 "$(field completed)"
	is read_wrong 20 "$(field read_wrong)"
	out '"wrong-data":\{"count":20,.*other data than was written'
	run 1 run web5.dwn-write --target "$DWN/lost" --did jwk --messages 20 --read-back 100% --json
	out '"wrong-data":\{"count":20,.*not read: Not Found'
	run 0 run web5.dwn-write --target "$DWN/broken" --did jwk --messages 20 --json
	out '"http-5xx":\{"count":20,.*the disk is gone'
	run 0 run web5.dwn-write --target "$DWN/mute" --did jwk --messages 20 --json
	out '"protocol":\{"count":20,'
	run 3 run web5.dwn-write --target "$DWN/closed" --did jwk --protocol https://example.org/notes
	err 'the protocol was not installed: 401 no protocols here'
	run 0 run web5.dwn-write --target "$DWN" --messages 20 --json
	out '"refused":\{"count":20,'
else
	skip "Node.js or curl is not installed"
fi

it a_server_of_the_reference_implementation_is_written_to_and_read_back
if [ $server = yes ]; then
	run 0 run web5.dwn-write --target "$REAL_DWN" --json
	adds_up
	is accepted 500 "$(field accepted)"
	out '"node":"@web5/dwn-server 0\.6\.1"'
	run 0 run web5.dwn-write --target "$REAL_DWN" --messages 150 --negative 30% --read-back 50% --workers 2 --json
	adds_up
	is 'every message was taken or refused' 150 $(($(field accepted) + $(field negative_refused)))
	is negative_refused "$(field negative_planned)" "$(field negative_refused)"
	is read_wrong 0 "$(field read_wrong)"
	run 0 run web5.dwn-write --target "$REAL_DWN" --messages 20 --signature ES256K --did jwk --protocol https://example.org/notes \
		--schema https://example.org/note --size 300KiB --read-back 100% --json
	is accepted 20 "$(field accepted)"
	is read_back 20 "$(field read_back)"
else
	skip "Node.js, curl or @web5/dwn-server with its compiled better-sqlite3 is not there"
fi
