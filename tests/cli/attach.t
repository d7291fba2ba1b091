# Runs in the background: begun, watched, controlled by one, ended; and what is refused.

await_status() { # STATUS
	tries=0
	until "$BENCHTOP" history --limit 1 2> /dev/null | grep -q " $1" || [ $tries -ge 600 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	"$BENCHTOP" history --limit 1 > "$T/list"
	grep -q " $1" "$T/list" || complain "the newest run is not $1: $(cat "$T/list")"
}

it a_detached_run_goes_on_and_tells_how_to_attach
run 0 run sim --rate 200 --duration 10m --detach
out "^run 1 continues in the background$"
out "benchtop attach 1$"
quiet err
await_status running
ls "$T/benchtop" > "$T/sockets"
grep -Eq "^[0-9]+\.sock$" "$T/sockets" || complain "no socket: $(cat "$T/sockets")"
is "mode of its directory" drwx------ "$(ls -ld "$T/benchtop" | cut -c 1-10)"
is "mode of the socket" srw------- "$(ls -l "$T/benchtop" | sed -n '2s/^\(..........\).*/\1/p')"

it a_watcher_that_is_killed_does_no_harm
start attach last --status-interval 100ms
kill -s KILL "$child"
wait "$child" 2> /dev/null
child=''
await_status running

it a_watcher_that_is_interrupted_leaves_the_run_alone
start attach 1 --no-tui --status-interval 100ms
out "^ +time +segment"
kill -s INT "$child"
finish 130
await_status running

it two_watch_and_one_of_them_ends_the_run
start attach 1 --status-interval 100ms
cp "$T/out" "$T/begun"
"$BENCHTOP" attach 1 --stop > "$T/stopped" 2>&1 || complain "attach --stop failed: $(cat "$T/stopped")"
finish 0
run 0 show 1 --json
is status stopped "$(field status)"
adds_up
is in_flight 0 "$(field in_flight)"
out "stopped by the user"
is "sockets left" "" "$(ls "$T/benchtop")"

it a_run_that_is_over_cannot_be_attached_to
run 3 attach 1
err "run 1 is over \(stopped\): benchtop show tells of it, benchtop replay plays it"
run 3 attach 99
err "99"
run 2 attach
err "expected a run"

it a_detached_run_that_cannot_begin_says_why
run 2 run sim --rate 0 --detach
err "expected a number"
run 2 run sim --detach --json
err "without --json"
run 3 run sim --rate 10 --duration 1s --detach --db /nonexistent/history.db
run 3 run null --watch-name no-such-process
err "no process of that name"
run 3 run sim --clock virtual --rate 10 --duration 1s --detach
err "not virtual"

it a_socket_that_a_dead_process_left_is_swept
run 0 run sim --rate 200 --duration 10m --detach
pid=$(ls "$T/benchtop" | sed 's/\.sock//')
await_status running
kill -s KILL "$pid"
await_status interrupted
run 3 attach last
err "interrupted"
run 0 run sim --rate 200 --duration 100ms --json
is "sockets left" "" "$(ls "$T/benchtop")"

it a_replay_needs_a_terminal_and_a_speed
run 2 replay last
err "terminal"
run 2 replay last --speed fast
err "--speed fast: expected 0.01x to 1000x"
run 2 replay
err "expected a run"
