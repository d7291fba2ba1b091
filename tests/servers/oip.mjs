// A model server for transcripts, of Node's own modules: it speaks the Open Inference Protocol v2
// over HTTP and computes the outputs of a model of XGBoost's JSON by its own means, tree by tree.
//
//   node oip.mjs MODEL.json PORT-FILE
//
// Listens on a port of the system's choice and writes it to PORT-FILE. The model is known as
// `model`, and, to do wrong on request, as off (outputs a little wrong), nan, short (one output too
// few), text (no JSON), broken (status 500), unready, wide (another width in its metadata), two
// (two inputs). GET /count tells how many samples were predicted.
import fs from 'node:fs';
import http from 'node:http';

const { learner } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { num_feature, num_class, base_score } = learner.learner_model_param;
const { trees, tree_info } = learner.gradient_booster.model;
const objective = learner.objective.name;
const features = +num_feature, groups = Math.max(+num_class, 1);
const name_of = url => decodeURIComponent(url.split('/')[3] ?? '');
let predicted = 0;

function leaf({ left_children, right_children, split_indices, split_conditions, default_left }, row) {
	let at = 0;
	while (left_children[at] !== -1) {
		const x = row[split_indices[at]];
		at = (x === null ? default_left[at] : x < Math.fround(split_conditions[at])) ? left_children[at] : right_children[at];
	}
	return Math.fround(split_conditions[at]);
}

function predict(row) {
	const base = objective === 'binary:logistic' ? -Math.log(1 / base_score - 1) : +base_score;
	const sums = Array(groups).fill(Math.fround(base));
	trees.forEach((tree, i) => { sums[tree_info[i]] = Math.fround(sums[tree_info[i]] + leaf(tree, row)); });
	if (objective === 'binary:logistic')
		return sums.map(sum => 1 / (1 + Math.exp(-sum)));
	if (objective === 'multi:softprob') {
		const top = Math.max(...sums), parts = sums.map(sum => Math.exp(sum - top)), all = parts.reduce((a, b) => a + b);
		return parts.map(part => part / all);
	}
	return sums;
}

function metadata(name) {
	const input = { name: 'rows', datatype: 'FP32', shape: [-1, name === 'wide' ? features + 1 : features] };
	return { name, versions: ['1'], platform: 'xgboost_json',
		inputs: name === 'two' ? [input, { ...input, name: 'more' }] : [input],
		outputs: [{ name: 'predict', datatype: 'FP32', shape: [-1, groups] }] };
}

function infer(name, body, reply) {
	const { inputs: [{ name: input, shape: [n, width], datatype, data }] } = JSON.parse(body);
	if (input !== 'rows' || datatype !== 'FP32' || width !== features || data.length !== n * width)
		return answer(reply, 400, { error: `expected rows of ${features} FP32` });
	let out = [];
	for (let i = 0; i < n; i++)
		out.push(...predict(data.slice(i * width, (i + 1) * width).map(Math.fround)));
	predicted += n;
	if (name === 'off')
		out = out.map(x => x * 1.0001);
	if (name === 'nan')
		out[0] = null;
	if (name === 'short')
		out.pop();
	if (name === 'text')
		return reply.end('predictions');
	if (name === 'broken')
		return answer(reply, 500, { error: 'the model is on fire' });
	answer(reply, 200, { model_name: name, id: '1', outputs: [
		{ name: 'shadow', datatype: 'FP32', shape: [n, groups], data: out.map(() => 0.5) },
		{ name: 'predict', datatype: 'FP32', shape: [n, groups], data: out },
	].slice(name === 'shadow' ? 0 : 1) });
}

function answer(reply, status, json) {
	reply.writeHead(status, { 'Content-Type': 'application/json' });
	reply.end(JSON.stringify(json));
}

const names = ['model', 'off', 'nan', 'short', 'text', 'broken', 'unready', 'wide', 'two', 'shadow'];
const server = http.createServer((request, reply) => {
	const { url, method } = request, name = name_of(url), chunks = [];
	request.on('data', chunk => chunks.push(chunk));
	request.on('end', () => {
		if (url === '/count')
			return reply.end(`${predicted}\n`);
		if (url === '/v2/health/ready')
			return answer(reply, 200, { ready: true });
		if (!url.startsWith('/v2/models/') || !names.includes(name))
			return answer(reply, 404, { error: `no model ${name}` });
		if (method === 'POST' && url.endsWith('/infer'))
			return infer(name, Buffer.concat(chunks), reply);
		if (url.endsWith('/ready'))
			return answer(reply, name === 'unready' ? 400 : 200, { name, ready: name !== 'unready' });
		answer(reply, 200, metadata(name));
	});
});

server.listen(0, '127.0.0.1', () => fs.writeFileSync(process.argv[3], `${server.address().port}\n`));
