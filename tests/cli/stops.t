# Nothing between a signal and the end waits long: drain and a second at most, whatever hangs.
with_python() { command -v python3 > /dev/null; }

# Waits for the program in the background, which has to end within drain and a second; a busy
# machine gets three more.
ends_in() { # STATUS DRAIN-SECONDS
	began=$(date +%s%N)
	kill -s "${3:-TERM}" "$child"
	finish "$1"
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le $(($2 * 1000 + 4000)) ] || complain "it took $took ms"
}
until_true() {
	tries=0
	until eval "$1" || [ $tries -ge 600 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
}
# Accepts and never answers; its port is in $T/port.
start_mute() {
	rm -f "$T/port"
	python3 -c '
import socket, sys, threading
s = socket.create_server(("127.0.0.1", 0), backlog=64)
open(sys.argv[1] + ".new", "w").write(str(s.getsockname()[1]))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
held = []
while True:
    held.append(s.accept()[0])
' "$T/port" &
	mute=$!
	until_true '[ -s "$T/port" ]'
	port=$(cat "$T/port")
}
stop_mute() {
	kill "$mute"
	wait "$mute" 2> /dev/null
}

it a_reader_of_standard_output_that_sleeps
mkfifo "$T/fifo"
exec 7<> "$T/fifo" # a reader that never reads, and the pipe is full
head -c 65536 /dev/zero >&7
begin run sim --rate 100 --duration 1m --status-interval 100ms --drain 5s > "$T/fifo" 2> "$T/err"
until_true '"$BENCHTOP" history 2> /dev/null | grep -q running'
ends_in 143 5
err 'standard output: cannot write: nobody reads it'
run 0 history --limit 1
out ' stopped'
begin run sim --rate 100 --duration 1m --json --drain 5s > "$T/out" 2> "$T/fifo"
until_true '"$BENCHTOP" history 2> /dev/null | grep -q running'
ends_in 143 5
is status stopped "$(field status)"

it a_reader_of_an_output_that_sleeps
begin run sim --rate 100 --duration 1m --json --drain 5s --out "csv:$T/fifo" > "$T/out" 2> "$T/err"
until_true '"$BENCHTOP" history 2> /dev/null | grep -q running'
ends_in 143 5
err 'fifo: cannot write: nobody reads it'
is status stopped "$(field status)"
exec 7>&-

it a_fifo_that_nobody_opens
begin run sim --rate 100 --duration 1m --json --out "csv:$T/fifo" > "$T/out" 2> "$T/err"
ends_in 143 0
err 'fifo: interrupted while waiting for a reader'
begin generate transactions -o "$T/fifo" > "$T/out" 2> "$T/err"
ends_in 143 0

it a_linger_after_a_run_that_was_ended
start run sim --rate 100 --duration 1m --json --listen 127.0.0.1:0 --linger 1h --drain 5s --status-interval 100ms
ends_in 143 5

it servers_that_never_answer
if with_python; then
	start_mute
	begin run sim --rate 100 --duration 1m --json --push "http://127.0.0.1:$port" --drain 5s > "$T/out" 2> "$T/err"
	until_true '"$BENCHTOP" history 2> /dev/null | grep -q running'
	ends_in 143 5
	is status stopped "$(field status)"
	# The load has ended by itself, and the push waits.
	begin run null --ops 10 --json --push "http://127.0.0.1:$port" > "$T/out" 2> "$T/err"
	until_true '[ -s "$T/out" ]'
	began=$(date +%s%N)
	kill -TERM "$child"
	wait "$child"
	child=''
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -le 4000 ] || complain "the push held it for $took ms"
	# During set-up, and under load.
	begin run bitcoin.broadcast --target "http://127.0.0.1:$port" --rate 1 > "$T/out" 2> "$T/err"
	ends_in 143 5
	begin run bitcoin.rpc --target "http://127.0.0.1:$port" --rate 10 --drain 5s > "$T/out" 2> "$T/err"
	until_true '[ -s "$T/err" ] || [ -s "$T/out" ]'
	ends_in 143 5
	begin run http.request --url "http://127.0.0.1:$port/" --rate 10 --duration 1m --drain 5s > "$T/out" 2> "$T/err"
	until_true '[ -s "$T/err" ] || [ -s "$T/out" ]'
	ends_in 143 5
	begin run bitcoin.broadcast --target "http://127.0.0.1:$port" --rate 1 --detach > "$T/out" 2> "$T/err"
	ends_in 130 5 INT
	begin run bitcoin.broadcast --target "http://127.0.0.1:$port" --rate 1 --repeat 2 > "$T/out" 2> "$T/err"
	until_true '[ -s "$T/err" ]'
	ends_in 143 5
	stop_mute
else
	skip "Python is not installed"
fi

# In name spaces of its own; the script has the functions above.
apart() { # UNSHARE-OPTIONS SCRIPT
	unshare "$1" true 2> /dev/null || {
		skip "unshare $1 is not allowed here"
		return
	}
	unshare "$1" sh -c "$2" apart "$T" "$BENCHTOP" > "$T/out" 2> "$T/err" || complain "the script ended with $?"
}
# TERM two seconds after the start; prints the status and how long the end took, in ms.
timed_end='
	sleep 2
	began=$(date +%s%N)
	kill -TERM $!
	wait $!
	echo "status $? after $((($(date +%s%N) - began) / 1000000))"'
ended_within() { # MS
	while read -r _ status _ took; do
		is "exit status" 143 "$status"
		[ "$took" -le "$1" ] || complain "it took $took ms"
	done < "$T/ends"
}

it names_that_never_resolve
apart -rmn '
	cd "$1"
	ip link set lo up
	printf "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n" > resolv.conf
	mount --bind resolv.conf /etc/resolv.conf
	mkfifo bound
	python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((\"127.0.0.1\", 53))
open(\"bound\", \"w\").close()
time.sleep(300)" &
	mute=$!
	read -r _ < bound
	for load in "http.request --url http://host.example/ --rate 10 --duration 1m" "bitcoin.rpc --target http://host.example:8332" \
		"bitcoin.broadcast --target http://host.example:8332" "null --ops 10 --push http://host.example:9091"; do
		"$2" run $load --drain 2s < /dev/null > /dev/null &'"$timed_end"'
	done > ends
	kill $mute'
[ -n "$skipped" ] || ended_within 6000
[ -n "$skipped" ] || is "ends" 4 "$(wc -l < "$T/ends")"

it a_disk_that_is_full
apart -rm '
	cd "$1"
	mkdir small
	mount -t tmpfs -o size=1200k none small
	XDG_DATA_HOME=$1/small
	export XDG_DATA_HOME
	"$2" run sim --rate 2000 --duration 1m --json --out csv:small/run.csv --drain 2s < /dev/null > report &
	child=$!
	until [ -s small/run.csv ]; do sleep 0.05; done
	head -c 2M /dev/zero > small/fill 2> /dev/null
	true &'"$(printf '%s' "$timed_end" | sed 's/\$!/$child/g')"' > ends
	"$2" db check'
if [ -z "$skipped" ]; then
	ended_within 7000
	err '^benchtop: this run is not being stored: history .*: disk full'
	err '^benchtop: --out: small/run\.csv: cannot write: No space left on device$'
	out '^whole'
	cp "$T/report" "$T/out"
	is status stopped "$(field status)"
fi

it the_second_signal_cuts_the_drain_short
start run sim --rate 10 --service 1m --concurrency 100 --duration 1m --drain 1h --json --status-interval 100ms
kill -TERM "$child"
lines_by_then=$(($(wc -l < "$T/err") + 3))
until_true '[ "$(wc -l < "$T/err")" -ge $lines_by_then ]'
ends_in 143 5
is status stopped "$(field status)"
