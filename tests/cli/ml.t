# Machine learning: predictions one by one and in batches, training, a model server, and models and
# rows that are wrong.
# shellcheck source=tests/servers/oip.sh
. "$srcdir/tests/servers/oip.sh"
models=${BENCHTOP_DATA:-$srcdir/data}/models
server=no
have=no
"$BENCHTOP" list | grep -q '^  ml.infer .*not in this build' || have=yes
[ $have = yes ] && oip_start "$models/bitcoin_price_predictor.json" && server=yes
trap 'oip_stop; clean_up' EXIT

if [ $have = no ]; then
	it workloads_that_were_left_out_are_said
	run 2 run ml.infer
	err "^benchtop: 'ml.infer': not in this build, which was configured without XGBoost"
	run 2 list ml.train
	err "^benchtop: 'ml.train': not in this build"
	return 0
fi

it predictions_are_what_the_trees_and_the_stored_outputs_say
for model in small medium large; do
	run 0 run ml.infer --model $model --rows 400 --ops 1k --json
	adds_up
	is completed 1000 "$(field completed)"
	is samples 1000 "$(field samples)"
	is stored 200 "$(field stored)"
	is labelled 200 "$(field labelled)"
done
run 0 run ml.infer --model price --ops 1100 --json
is stored 100 "$(field stored)"
is hits 0 "$(field hits)"
out '"accuracy":null'
out '"rmse":[01]\.'
run 0 run ml.infer --model "$models/bitcoin_price_predictor.json" --workers 2 --ops 500 --json
is samples 500 "$(field samples)"

it rows_of_a_wrong_width_have_to_be_refused
run 0 run ml.infer --negative 30% --ops 500 --seed 1 --json
adds_up
is 'every sample was predicted or refused' 500 $(($(field samples) + $(field negative_refused)))
is negative_refused "$(field negative_planned)" "$(field negative_refused)"
is 'some were planned' yes "$([ "$(field negative_planned)" -gt 100 ] && echo yes)"

it rows_are_read_from_files
awk -F, 'NR <= 4 { for (i = 1; i <= 100; i++) printf "%s%s", $i, i < 100 ? "," : "\n" }' "$models/small.reference.csv" > "$T/rows.csv"
run 0 run ml.infer --input "$T/rows.csv" --ops 6 --json
is samples 6 "$(field samples)"
is labelled 0 "$(field labelled)"
awk -F, 'NR > 1 && NR <= 11 { printf "%s", $102; for (i = 1; i <= 100; i++) if ($i != "") printf " %d:%s", i - 1, $i; print "" }' \
	"$models/small.reference.csv" > "$T/rows.svm"
run 0 run ml.infer --input "$T/rows.svm" --ops 10 --json
is labelled 10 "$(field labelled)"
awk -F, 'NR > 1 && NR <= 11 { printf "%s", $102; for (i = 1; i <= 100; i++) printf ",%s", $i; print "" }' "$models/small.reference.csv" > "$T/label-first.csv"
run 0 run ml.infer --input "$T/label-first.csv" --ops 10 --json
is labelled 10 "$(field labelled)"

it stored_outputs_that_are_not_the_models_are_wrong
awk -F, -v OFS=, 'NR == 3 { $101 = $101 * 1.0001 } { print }' "$models/small.reference.csv" > "$T/off.csv"
run 1 run ml.infer --input "$T/off.csv" --ops 100 --json
out '"wrong-output":\{"count":1,.*row 1, output 0: .* expected'

it rows_that_cannot_be_are_told_with_their_line
cut -d, -f1-80 "$T/rows.csv" > "$T/narrow.csv"
run 3 run ml.infer --input "$T/narrow.csv" --ops 1
err 'narrow.csv: 80 columns of features: expected 100, as many as the model has'
printf '1 0:0.5 100:1\n' > "$T/wide.svm"
run 3 run ml.infer --input "$T/wide.svm" --ops 1
err 'wide.svm:1: feature 100: expected 0 to 99'
sed '3s/^[^,]*/x/' "$T/rows.csv" > "$T/word.csv"
run 3 run ml.infer --input "$T/word.csv" --ops 1
err "word.csv:3: 'x': expected a number"
sed '3s/,[^,]*$//' "$T/rows.csv" > "$T/short.csv"
run 3 run ml.infer --input "$T/short.csv" --ops 1
err 'short.csv:3: expected 100 fields'
: > "$T/empty.csv"
run 3 run ml.infer --input "$T/empty.csv" --ops 1
err 'empty.csv: expected rows of numbers'
run 3 run ml.infer --input "$T/none.csv" --ops 1
err 'none.csv: No such file'

it models_that_are_none_are_told_before_the_run
head -c 5000 "$models/small.json" > "$T/half.json"
run 3 run ml.infer --model "$T/half.json"
err 'half.json: not whole JSON: line 1: '
printf '{"learner":"a\\u0000b"}' > "$T/nul.json"
run 3 run ml.infer --model "$T/nul.json"
err 'nul.json: not whole JSON: line 1: \\u0000 in a text is unsupported near '
head -c 5000 "$models/medium.ubj" > "$T/half.ubj"
run 3 run ml.infer --model "$T/half.ubj"
err 'half.ubj: not whole UBJSON: byte [0-9]*: the file ends here'
sed 's/"version":\[1,7,4\]/"version":[9,0,0]/' "$models/small.json" > "$T/later.json"
run 3 run ml.infer --model "$T/later.json"
err 'later.json: written by XGBoost 9.0.0: expected 1.0 to '
sed 's/"split_type":\[0/"split_type":[1/' "$models/small.json" > "$T/categories.json"
run 3 run ml.infer --model "$T/categories.json"
err 'categories.json: tree 0: a categorical split'
sed 's/"categories":\[\]/"categories":[1]/' "$models/small.json" > "$T/categories.json"
run 3 run ml.infer --model "$T/categories.json"
err 'categories.json: tree 0: a categorical split: expected numbers only'
sed 's/"size_leaf_vector":"0"}}/"size_leaf_vector":"3"}}/' "$models/small.json" > "$T/vectors.json"
run 3 run ml.infer --model "$T/vectors.json"
err 'vectors.json: tree 0: leaves of several outputs: expected trees of one output each'
sed 's/"name":"gbtree"/"name":"gblinear"/' "$models/small.json" > "$T/linear.json"
run 3 run ml.infer --model "$T/linear.json"
err "linear.json: booster 'gblinear': expected gbtree"
sed 's/"left_children":\[1,/"left_children":[0,/' "$models/small.json" > "$T/circle.json"
run 3 run ml.infer --model "$T/circle.json"
err 'circle.json: tree 0: a node is under two others'
echo '{"a":1}' > "$T/other.json"
run 3 run ml.infer --model "$T/other.json"
err 'other.json: no version of XGBoost in it'
echo 'binf' > "$T/binary.model"
run 3 run ml.infer --model "$T/binary.model"
err "binary.model: expected a model of XGBoost's JSON or UBJSON"
run 3 run ml.infer --model "$T/none.json"
err 'none.json: No such file'
run 3 run ml.infer --model "$T"

# A model of two trees and the features age, income, height and score, as XGBoost 1.7 writes it.
tree() { # ID FEATURE LEFT RIGHT
	printf '{"base_weights":[0.0,%s,%s],"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"default_left":[1,0,0],' "$3" "$4"
	printf '"id":%s,"left_children":[1,-1,-1],"loss_changes":[1.0,0.0,0.0],"parents":[2147483647,0,0],"right_children":[2,-1,-1],' "$1"
	printf '"split_conditions":[0.5,%s,%s],"split_indices":[%s,0,0],"split_type":[0,0,0],"sum_hessian":[9.0,4.0,5.0],' "$3" "$4" "$2"
	printf '"tree_param":{"num_deleted":"0","num_feature":"4","num_nodes":"3","size_leaf_vector":"0"}}'
}
{
	printf '{"learner":{"attributes":{},"feature_names":["age","income","height","score"],"feature_types":["float","float","float","float"],'
	printf '"gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"2","size_leaf_vector":"0"},"tree_info":[0,0],"trees":['
	tree 0 0 -0.25 0.5
	printf ,
	tree 1 1 -0.25 0.75
	printf ']},"name":"gbtree"},"learner_model_param":{"base_score":"5E-1","boost_from_average":"1","num_class":"0","num_feature":"4","num_target":"1"},'
	printf '"objective":{"name":"reg:squarederror","reg_loss_param":{"scale_pos_weight":"1"}}},"version":[1,7,4]}'
} > "$T/two.json"
sed 's/"feature_names":\[[^]]*\]/"feature_names":[]/' "$T/two.json" > "$T/nameless.json"
sed 's/"feature_names":\[[^]]*\]/"feature_names":["0","1","2","3"]/' "$T/two.json" > "$T/numbered.json"
workload=ml.infer
rows() { # MODEL STATUS CONTENT OPTION...
	model=$1 expected=$2
	printf '%b' "$3" > "$T/rows"
	shift 3
	run "$expected" run $workload --model "$T/$model.json" --input "$T/rows" --ops 6 --json "$@"
}
# Of a row age 0.9, income 0.1: 0.5 + 0.5 - 0.25 = 0.75.
found() { # WORDS [RMSE]
	out "\"input\":\"$1\""
	[ -z "$2" ] || out "\"rmse\":$2"
}

it columns_are_matched_by_their_names
rows two 0 'label,age,income,height,score\n0.75,.9,.1,0,0\n'
found 'columns by name' 0.0
rows two 0 'score,label, income ,"age",height\n0,0.75,.1,.9,0\n'
found 'columns by name' 0.0
rows numbered 0 '3,1,0,2,label\n0,.1,.9,0,0.75\n'
found 'columns by name' 0.0
rows nameless 0 'a,b,c,d,label\n.9,.1,0,0,0.75\n'
found 'columns by position; the model names no features' 0.0
rows two 0 '0.75,.9,.1,0,0\n'
found 'columns by position, the label first; the file names none' 0.0
rows two 0 '0.75 0:.9 1:.1 2:0 3:0\n'
found 'features by their index, from 0' 0.0

it columns_that_do_not_match_are_named
rows two 3 'age,income,height,points\n1,2,3,4\n'
err "rows:1: column 4, 'points': no feature of the model"
rows two 3 'age,income,height\n1,2,3\n'
err "rows:1: no column 'score': expected all 4 features of the model; 1 missing"
rows two 3 'age,income,height,score,age\n1,2,3,4,5\n'
err "rows:1: two columns 'age'"
rows two 3 'id,age,income,height,score\n1,2,3,4,5\n'
err "rows:1: column 1, 'id': no feature of the model"
rows two 3 'age,income,height,score,\n1,2,3,4,\n'
err "rows:1: column 5, '': expected a name; a comma at the end is a column too many"
rows two 3 '.1,.2,.3,.4,\n.5,.6,.7,.8,\n'
err 'rows: the last of 5 columns is empty: a comma at the end is a column too many'
rows two 3 '.1,.2,.3,.4\n.5,.6,.7,.8,\n'
err 'rows:2: more than the 4 fields expected; a comma at the end is a column too many'

it a_first_row_of_numbers_is_no_head
for cell in .1 '' NA N/A nan null None ? '"0.1"' '" 0.1 "' 1e-1; do
	for mark in '' '\0357\0273\0277'; do
		rows two 0 "$mark$cell,.2,.3,.4\n.5,.6,.7,.8\n.9,.1,.9,.1\n"
		found 'columns by position; the file names none'
	done
done
rows two 3 'inf,.2,.3,.4\n'
err "rows:1: 'inf': expected a finite number"
rows two 3 'O.3,.2,.3,.4\n'
err "rows:1: 'O.3' is no number, '.4' is no name: .* --head yes or no tells which"
rows two 3 'O.3,.2,.3,.4\n' --head no
err "rows:1: 'O.3': expected a number"
rows two 3 'age,?,height,score\n'
err "rows:1: 'score' is no number, '\?' is no name"
rows nameless 0 '1,2,3,4\n.5,.6,.7,.8\n' --head yes
found 'columns by position; the model names no features'
rows numbered 0 '0,1,2,3\n.5,.6,.7,.8\n' --head no
found 'columns by position; the file names none'
run 3 run ml.train --input "$T/rows" --head no --ops 1
err 'rows: no labels'

it every_workload_looks_for_a_head_as_it_is_told
for workload in ml.infer ml.batch ml.serve; do
	set -- $([ $workload != ml.batch ] || echo --profile load --batch 2)
	rows two 0 'score,label,income,age,height\n0,0.75,.1,.9,0\n' "$@"
	found 'columns by name' 0.0
	rows numbered 0 '3,1,0,2,label\n0,.1,.9,0,0.75\n' "$@"
	found 'columns by name' 0.0
	rows numbered 0 '0,1,2,3\n.5,.6,.7,.8\n' --head no "$@"
	found 'columns by position; the file names none'
	rows nameless 0 '1,2,3,4\n.5,.6,.7,.8\n' --head yes "$@"
	found 'columns by position; the model names no features'
	rows nameless 0 '\0357\0273\0277.1,.2,.3,.4\r\n.5,.6,.7,.8\r\n' --head auto "$@"
	found 'columns by position; the file names none'
	rows two 3 'O.3,.2,.3,.4\n' "$@"
	err "rows:1: 'O.3' is no number, '.4' is no name: .* --head yes or no tells which"
	rows two 3 'O.3,.2,.3,.4\n' --head no "$@"
	err "rows:1: 'O.3': expected a number"
	rows two 3 '.1,.2,.3,.4,\n' "$@"
	err 'rows: the last of 5 columns is empty: a comma at the end is a column too many'
	rows two 0 '# mine\n0.75 qid:7 0:.9 1:.1 2:0 3:0\n' "$@"
	found 'features by their index, from 0' 0.0
	rows two 3 '1 0:.9 1:.1 2:0 3:0\n' --head yes "$@"
	err "rows: is of libsvm's format, which has no head"
	rows two 2 '1,2,3,4\n' --head maybe "$@"
	err "^benchtop: --head: 'maybe'"
done
workload=ml.infer
labelled() { # HEAD: twelve rows of two classes behind it
	printf '%b' "$1"
	for i in 1 2 3 4 5 6; do printf '0,.%s,1\n1,.%s,0\n' $i $i; done
}
train() { # STATUS HEAD OPTION...
	expected=$1
	labelled "$2" > "$T/rows"
	shift 2
	run "$expected" run ml.train --input "$T/rows" --ops 2 --json "$@"
}
train 0 'label,a,b\n'
is held_out_rows 2.0 "$(field held_out_rows)"
train 0 '\0357\0273\0277"label",a,"b"\n'
train 0 'label,0,1\n' --head yes
is train_rows 10.0 "$(field train_rows)"
train 3 'label,0,1\n'
err "rows:1: 'label' is no number, '1' is no name: .* --head yes or no tells which"
train 3 'label,a,b\n' --head no
err "rows:1: 'label': expected a number"
train 3 'label,a,\n'
err "rows:1: 'a' is no number, '' is no name"
train 3 'label,a,a\n'
err "rows:1: two columns 'a'"
train 3 ''
err 'rows: no labels'
printf '# mine\n' > "$T/rows"
for i in 1 2 3 4 5 6; do printf '0 qid:1 0:.%s 1:1\n1 qid:1 0:.%s # b\n' $i $i; done >> "$T/rows"
run 0 run ml.train --input "$T/rows" --ops 2 --json
is train_rows 10.0 "$(field train_rows)"

it outputs_beside_a_model_are_matched_by_name
cp "$T/two.json" "$T/beside.json"
printf 'score,income,out0,age,height\n0,.1,0.75,.9,0\n' > "$T/beside.reference.csv"
run 0 run ml.infer --model "$T/beside.json" --rows 5 --ops 6 --json
is completed 6 "$(field completed)"
is stored 1 "$(field stored)"

it comments_and_queries_of_libsvm_are_read
rows two 0 '# made by me\n\n0.75 qid:7 0:.9 1:.1 2:0 3:0 # the first: 9:9\n'
found 'features by their index, from 0' 0.0
rows two 3 '1 qid:x 0:1\n'
err "rows:1: 'qid:x': expected qid:NUMBER"
rows two 3 '1 0:1 0:2\n'
err 'rows:1: feature 0: it is there twice'

it numbers_that_are_not_finite_are_read_as_the_engine_writes_them
sed 's/"loss_changes":\[1.0,/"loss_changes":[Infinity,/; s/"base_weights":\[0.0,/"base_weights":[NaN,/; s/"split_conditions":\[0.5/"split_conditions":[-Infinity/' \
	"$T/two.json" > "$T/infinite.json"
run 0 run ml.infer --model "$T/infinite.json" --ops 50 --json
is completed 50 "$(field completed)"
sed 's/"split_conditions":\[0.5,-0.25/"split_conditions":[0.5,NaN/' "$T/two.json" > "$T/leaf.json"
run 3 run ml.infer --model "$T/leaf.json" --ops 5
err 'leaf.json: tree 0: a leaf that is not finite'

it early_stopping_is_followed_and_said
sed 's/"attributes":{}/"attributes":{"best_iteration":"0"}/' "$T/two.json" > "$T/early.json"
rows early 0 'label,age,income,height,score\n1.0,.9,.1,0,0\n'
found '1 of 2 trees, best_iteration 0; columns by name' '0.0'
rows early 0 'label,age,income,height,score\n.75,.9,.1,0,0\n' --trees all
found '2 of 2 trees, best_iteration 0; columns by name' 0.0
sed 's/"attributes":{}/"attributes":{"best_iteration":"2"}/' "$T/two.json" > "$T/beyond.json"
run 3 run ml.infer --model "$T/beyond.json" --ops 5
err 'beyond.json: best_iteration 2: expected a round that its 2 trees have'

it files_of_later_engines_are_read
for version in 2,1,4 3,0,5; do
	sed "s/\"version\":\[1,7,4\]/\"version\":[$version]/; s/\"base_score\":\"5E-1\"/\"base_score\":\"[5E-1]\"/" "$T/two.json" > "$T/later.json"
	rows later 0 'label,age,income,height,score\n.75,.9,.1,0,0\n'
	found 'columns by name' 0.0
	is completed 6 "$(field completed)"
done

sed 's/"num_deleted":"0",//g; s/"split_type":\[0,0,0\],//g; s/"version":\[1,7,4\]/"version":[1,0,2]/' "$T/two.json" > "$T/first.json"
rows first 0 'label,age,income,height,score\n.75,.9,.1,0,0\n'
found 'columns by name' 0.0

# Of a row age 0.9, income 0.1 the sums are 0.5 and -0.25; with 0.5 and -0.25 before them 1 and
# -0.5.
it every_output_may_have_a_base_score_of_its_own
newer=no # the engine reads what 3.1 writes
"$BENCHTOP" run ml.infer --ops 1 --json 2> /dev/null | grep -qE '"xgboost":"(3\.[1-9]|[4-9])' && newer=yes
classes() { # BASE OBJECTIVE: two outputs, a tree each
	sed "s/\"base_score\":\"5E-1\"/\"base_score\":$1/; s/\"num_class\":\"0\"/\"num_class\":\"2\"/; s/\"tree_info\":\[0,0\]/\"tree_info\":[0,1]/
		s/\"objective\":.*,\"version\":.*/\"objective\":{\"name\":\"$2\",\"softmax_multiclass_param\":{\"num_class\":\"2\"}}},\"version\":[3,1,0]}/" "$T/two.json" > "$T/classes.json"
}
several='age,income,height,score,out0,out1\n.9,.1,0,0,.81757448,.18242552\n.1,.9,0,0,.4378235,.5621765\n'
classes '"[5E-1,-2.5E-1]"' multi:softprob
rows classes 0 "$several"
is stored 6 "$(field stored)"
workload=ml.batch
rows classes 0 "$several" --profile load --batch 1,3,2
is stored 12 "$(field stored)"
workload=ml.serve
rows classes 0 "$several" --batch 2
is stored 12 "$(field stored)"
workload=ml.infer
classes '"[7.5E-1,7.5E-1]"' multi:softprob # the same before each: none
rows classes 0 'age,income,height,score,out0,out1\n.9,.1,0,0,.67917871,.3208213\n'
classes '"[5E-1,-2.5E-1]"' multi:softmax
rows classes 0 'age,income,height,score,out0\n.9,.1,0,0,0\n.1,.9,0,0,1\n'
for base in '"[1E-1,2E-1,3E-1]"' '"[]"' '"[5E-1,]"' '"[5E-1,2E-1"' '"[5E-1,2E-1]]"' '"[5E-1,NaN]"' '"[5E-1;2E-1]"' '"5E-1,2E-1"' '[0.5,0.2]' null; do
	classes "$base" multi:softprob
	run 3 run ml.infer --model "$T/classes.json" --ops 1
	err "classes.json: base_score '.*': expected 1 number or 2"
done
classes '"[5E-1,-2.5E-1]"' multi:softprob
sed 's/"gradient_booster":\({.*"name":"gbtree"}\)/"gradient_booster":{"gbtree":\1,"name":"dart","weight_drop":[1.0,1.0]}/' "$T/classes.json" > "$T/darts.json"
if [ $newer = yes ]; then
	rows darts 0 "$several"
else
	rows darts 3 "$several"
	err 'darts.json: dart with a base_score that the installed XGBoost [0-9.]* does not read; 3.1 does'
fi

it objectives_have_their_own_links
objective() { # NAME BASE OUT0
	sed "s/\"name\":\"reg:squarederror\"/\"name\":\"$1\"/; s/\"base_score\":\"5E-1\"/\"base_score\":\"$2\"/; s/\"version\":\[1,7,4\]/\"version\":[3,1,0]/" "$T/two.json" > "$T/link.json"
	rows link "${4:-0}" "age,income,height,score,out0\n.9,.1,0,0,$3\n"
}
objective binary:logistic 5E-1 .56217651
objective binary:logistic '[5E-1]' .56217651
objective binary:logistic '[0E0]' 1.2840238e-06 # 3.1 writes it where no label was 1
objective binary:logistic '[1E0]' .99999920
objective binary:logitraw '[-5E-1]' -.25
objective binary:hinge '[-2.5E-1]' 0
objective binary:hinge '[-2E-1]' 1
objective reg:gamma '[2E0]' 2.5680509
objective survival:cox '[2E0]' 2.5680509
objective binary:logistic 0E0 0 3
err 'link.json: base_score 0 does not go with binary:logistic'
objective reg:gamma '[0E0]' 0 3
err 'link.json: base_score 0 does not go with reg:gamma'
objective reg:unknown 5E-1 0 3
err "link.json: objective 'reg:unknown': expected one such as"

it dart_weighs_its_trees
sed 's/"gradient_booster":\({.*"name":"gbtree"}\)/"gradient_booster":{"gbtree":\1,"name":"dart","weight_drop":[0.5,1.0]}/' "$T/two.json" > "$T/dart.json"
rows dart 0 'label,age,income,height,score\n.5,.9,.1,0,0\n'
found 'columns by name' 0.0
is completed 6 "$(field completed)"

it batches_of_every_size_have_a_step_of_their_own
run 0 run ml.batch --batch 1,7,300 --hold 100ms --json
adds_up
out '"profile":"sizes"'
out '"size":1,"units_per_s":'
out '"size":7,"units_per_s":'
out '"size":300,"units_per_s":[0-9.]*,"call_ns":[0-9.]*,"unit_ns":'
out '"finding":\{"name":"most"'
is samples "$(field units)" "$(field samples)"
run 0 run ml.batch --batch 1,7,300 --hold 50ms
out '^    Size  calls/s    a call'
run 0 run ml.batch --profile load --batch 2,3 --ops 10 --json
is 'sizes in turn' 25 "$(field units)"
run 0 run ml.batch --batch 3 --hold 50ms --unit-time 1ns --json
out '"outcome":"broke","reason":"a unit took .* limit 1 ns"'
run 2 run ml.batch --batch 1,0
err "^benchtop: --batch: '1,0': expected up to 32 sizes"
run 2 run ml.infer --profile sizes
err '^benchtop: --profile sizes: ml.infer has no operations of several sizes; expected one of: sim, ml.batch'

it a_training_is_so_many_rounds_and_what_it_learnt_is_told
run 0 run ml.train --rows 2000 --classes 4 --features 20 --rounds 12 --seed 3 --json
adds_up
is completed 12 "$(field completed)"
is rounds 12 "$(field rounds)"
is trainings 1 "$(field trainings)"
is samples 19200 "$(field samples)"
is 'accuracy is better than a guess and no better than can be' yes \
	"$(awk -v a="$(field accuracy)" -v b="$(field best_possible)" 'BEGIN { print (a > 0.6 && a <= b && b < 1) ? "yes" : "no" }')"
run 0 run ml.train --rows 2000 --classes 2 --features 20 --distance 0 --rounds 12 --seed 3 --json
is 'where nothing is to be learnt it is a guess' yes \
	"$(awk -v a="$(field accuracy)" 'BEGIN { print (a > 0.4 && a < 0.6) ? "yes" : "no" }')"
run 0 run ml.train --input "$models/medium.reference.csv" --rounds 5 --json
is held_out_rows 20.0 "$(field held_out_rows)"
out '"best_possible":null'
run 3 run ml.train --input "$T/rows.csv"
err 'rows.csv: no labels: expected a column named label'
run 3 run ml.train --input "$models/bitcoin_price_predictor.reference.csv"
err 'label .*: expected a class from 0 to 999'

it a_models_outputs_are_asked_of_a_server_and_compared
run 0 run ml.serve --ops 200 --json
adds_up
is samples 200 "$(field samples)"
is calls 0 "$(field calls)"
if [ $server = yes ]; then
	run 0 run ml.serve --target "$OIP" --model price --model-name model --ops 300 --batch 4 --workers 2 --json
	adds_up
	is completed 300 "$(field completed)"
	is samples 1200 "$(field samples)"
	is 'samples that the server counted' 1200 "$(oip_count)"
	run 0 run ml.serve --target "$OIP/" --model price --model-name shadow --model-version 1 --output predict --ops 20 --json
	is completed 20 "$(field completed)"
	run 1 run ml.serve --target "$OIP" --model price --model-name shadow --ops 20 --json
	is failed 20 "$(field failed)"
else
	skip "Node.js or curl is not installed"
fi

it a_server_that_does_wrong_is_told
if [ $server = yes ]; then
	run 1 run ml.serve --target "$OIP" --model price --model-name off --ops 20 --json
	out '"wrong-output":\{"count":20,.*row [0-9]*, output 0: '
	for how in nan short text; do
		run 0 run ml.serve --target "$OIP" --model price --model-name $how --ops 20 --json
		out '"no-output":\{"count":20,'
	done
	run 0 run ml.serve --target "$OIP" --model price --model-name broken --ops 20 --json
	out '"http-5xx":\{"count":20,.*the model is on fire'
	run 3 run ml.serve --target "$OIP" --model price --model-name unready
	err '/v2/models/unready/ready: the model is not ready: status 400, expected 200'
	run 3 run ml.serve --target "$OIP" --model price --model-name wide
	err '/v2/models/wide: input rows: 101 features in 2 dimensions: expected rows of 100'
	run 3 run ml.serve --target "$OIP" --model price --model-name two
	err '/v2/models/two: 2 input tensors: expected one'
	run 3 run ml.serve --target "$OIP" --model price
	err '/v2/models/bitcoin_price_predictor: it does not know the model: status 404'
else
	skip "Node.js or curl is not installed"
fi
run 3 run ml.serve --target http://127.0.0.1:1
run 2 run ml.serve --target localhost
err "^benchtop: --target: 'localhost': expected embedded or http://HOST:PORT"
run 2 run ml.serve --model-name a/b

it what_another_implementation_trains_and_predicts_is_the_same_here
cat > "$T/train.py" <<'END'
import sys
import numpy as np
import xgboost as xgb

out, random = sys.argv[1], np.random.RandomState(7)
x = random.randn(600, 12).astype(np.float32)
x[random.rand(*x.shape) < 0.1] = np.nan
score = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1] * x[:, 2])
kinds = {
    'reg:squarederror': score, 'binary:logistic': score > 0, 'multi:softprob': np.digitize(score, [-1, 0, 1]),
    'multi:softmax': np.digitize(score, [-1, 0, 1]), 'count:poisson': np.exp(np.clip(score, -2, 2)), 'reg:absoluteerror': score,
    'binary:hinge': score > 0, 'survival:cox': np.where(score > 0, 1, -1) * np.exp(np.clip(score, -2, 2)),
}
for i, (objective, y) in enumerate(kinds.items()):
    params = {'objective': objective, 'max_depth': 5, 'nthread': 1, 'base_score': 0.3}
    if objective.startswith('multi'):
        params['num_class'] = 4
    if i % 2:
        params['num_parallel_tree'] = 3
        params['subsample'] = 0.8
    if i % 4 == 3:
        params.update(booster='dart', rate_drop=0.3)
    names = ['n %d' % k for k in range(12)] if i % 2 else None
    data = xgb.DMatrix(x, y.astype(np.float32), feature_names=names)
    booster = xgb.train(params, data, 8)
    booster.save_model('%s/py%d.%s' % (out, i, 'json' if i % 2 else 'ubj'))
    p = booster.predict(data).reshape(len(x), -1)
    with open('%s/py%d.csv' % (out, i), 'w') as f: # names in another order
        f.write(','.join((names[::-1] if names else ['f%d' % k for k in range(12)]) + ['out%d' % k for k in range(p.shape[1])]) + '\n')
        for row, outs in zip(x[:, ::-1] if names else x, p):
            f.write(','.join(['' if np.isnan(v) else '%.9g' % v for v in row] + ['%.9g' % v for v in outs]) + '\n')
END
python=''
for p in python3 /usr/bin/python3; do
	"$p" -c 'import xgboost, numpy' 2> /dev/null && python=$p && break
done
if [ -z "$python" ]; then
	skip "Python's xgboost is not installed"
elif "$python" "$T/train.py" "$T" > "$T/python.log" 2>&1; then
	for i in 0 1 2 3 4 5 6 7; do
		model=$(ls "$T/py$i".json "$T/py$i".ubj 2> /dev/null)
		run 0 run ml.infer --model "$model" --input "$T/py$i.csv" --ops 600 --json
		is "completed of model $i" 600 "$(field completed)"
		is "stored of model $i" 600 "$(field stored)"
	done
else
	cat "$T/python.log" >&2
	complain "Python did not train"
fi
