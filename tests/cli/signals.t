# Signals end a run early: it drains, is stored and summarised, and the status says which signal it
# was.

ended_by() { # NAME SIGNAL STATUS
	it "$1"
	start run sim --rate 200 --duration 10m --json --status-interval 100ms --tag "signal=$2"
	kill -s "$2" "$child"
	finish "$3"
	is status stopped "$(field status)"
	adds_up
	is in_flight 0 "$(field in_flight)"
	id=$(field run)
	cp "$T/out" "$T/own"
	run 0 show "$id" --json
	cmp -s "$T/own" "$T/out" || complain "the stored object differs from the printed one"
	run 0 history
	out "^ +$id .* stopped"
}
ended_by an_interrupt_is_130 INT 130
ended_by a_termination_is_143 TERM 143
ended_by a_hang_up_is_129 HUP 129

it without_json_the_summary_is_printed
start run sim --rate 200 --duration 10m --status-interval 100ms
kill -s INT "$child"
finish 130
out "^sim, load .*stopped$"
out "benchtop show [0-9]+$"

it a_hang_up_can_be_outlived
start run sim --rate 200 --duration 1500ms --status-interval 100ms --on-hangup detach --json
kill -s HUP "$child"
finish 0
is status ended "$(field status)"
is offered 300 "$(field offered)"

it a_killed_run_reads_interrupted
start run sim --rate 200 --duration 10m --status-interval 100ms --json
tries=0 # until its first second is stored
until "$BENCHTOP" show last > /dev/null 2>&1 || [ $tries -ge 600 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
kill -s KILL "$child"
wait "$child" 2> /dev/null
child=''
run 0 history --limit 1
out " interrupted"
run 0 show last --json
is status interrupted "$(field status)"
adds_up

it a_running_run_reads_running
start run sim --rate 200 --duration 10m --status-interval 100ms --json
cp "$T/out" "$T/own"
"$BENCHTOP" history --limit 1 > "$T/list"
grep -q " running" "$T/list" || complain "the history does not say running: $(cat "$T/list")"
kill -s INT "$child"
finish 130
