# The machine is checked. What it reads differs from machine to machine: only the form is looked at.

XDG_CACHE_HOME=$T/cache
export XDG_CACHE_HOME

it a_table_ends_in_the_noise_floor
"$BENCHTOP" doctor > "$T/out" 2> "$T/err"
status=$?
case $status in 0 | 4) ;; *) complain "exit status $status" ;; esac
out '^Check +Reading +Verdict$'
out '^clock .* (ok|note|poor|-)$'
out '^timer +late by p50 .* (ok|note|poor)$'
out '^Noise floor +[0-9.]+ %: of 20 stretches of the same work'
out '^(This machine is fit to measure on|What is measured here now would not be valid)\.$'
awk 'length > 80 { exit 1 }' "$T/out" || complain "lines of more than 80 columns"

it json_is_one_object
"$BENCHTOP" doctor --json > "$T/out" 2> "$T/err"
lines out 1
out '"noise_floor"'

it runs_keep_the_noise_floor
"$BENCHTOP" doctor --json > "$T/doctor.json" 2> "$T/err"
run 0 run null --ops 1000 --json
is noise_floor "$(sed 's/.*"noise_floor":\([^,]*\),.*/\1/' "$T/doctor.json")" "$(field noise_floor)"
run 0 show last
out '^  noise floor +[0-9.]+ % \(benchtop doctor, [0-9TZ:-]+\)$'
run 0 run sim --clock virtual --rate 100 --duration 2s --json
is noise_floor null "$(field noise_floor)"

it words_are_refused
run 2 doctor now
