// Reads an HdrHistogram log with npm's hdr-histogram-js and holds it, bucket by bucket, against the
// histograms that benchtop's ndjson of the same run carries.
//
//   node hlog.mjs MODULES RUN.hlog RUN.ndjson [RUN.hgrm]
//
// Prints "INTERVALS intervals, COUNT values, BUCKETS buckets" when all are the same; else what
// differs, with status 1.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const [modules, hlog, ndjson, hgrm] = process.argv.slice(2);
const hdr = createRequire(import.meta.url)(`${modules}/hdr-histogram-js`);
const fail = words => { console.log(words); process.exit(1); };

// hist.h: varints of version, count, sum, max, then (gap, count) pairs in bucket order.
function buckets(bytes) {
	let at = 0;
	const varint = () => {
		let v = 0n, shift = 0n, byte;
		do {
			byte = bytes[at++];
			v |= BigInt(byte & 0x7f) << shift;
			shift += 7n;
		} while (byte & 0x80);
		return v;
	};
	const [, count, , max] = [varint(), varint(), varint(), varint()], out = new Map();
	let index = 0;
	while (at < bytes.length) {
		index += Number(varint());
		out.set(index, Number(varint()));
	}
	return { count: Number(count), max: Number(max), out };
}

// wire.h: length, kind, text and a zero, then three histograms, each with its length.
function latency(wire, open) {
	const frame = Buffer.from(wire, 'base64');
	let at = frame.indexOf(0, 5) + 1, hists = [];
	for (let i = 0; i < 3; i++) {
		const n = frame.readUInt32LE(at);
		hists.push(frame.subarray(at + 4, at + 4 + n));
		at += 4 + n;
	}
	return buckets(hists[open ? 2 : 1]);
}

const lines = fs.readFileSync(ndjson, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const open = lines[0].loop === 'open';
const ours = lines.filter(line => line.type === 'snapshot' && line.span_s > 0).map(line => latency(line.wire, open));
const log = fs.readFileSync(hlog, 'utf8').trim().split('\n').filter(line => /^[0-9]/.test(line));
let values = 0, n = 0;

if (log.length !== ours.length)
	fail(`${log.length} intervals, expected ${ours.length}`);
log.forEach((line, i) => {
	const h = hdr.decodeFromCompressedBase64(line.split(',')[3], 64, false), own = ours[i];
	if (h.totalCount !== own.count)
		fail(`interval ${i}: ${h.totalCount} values, expected ${own.count}`);
	for (let k = 0; k < 33 * 1024; k++) {
		const got = Number(h.getCountAtIndex(k)), expected = own.out.get(k) ?? 0;
		if (got !== expected)
			fail(`interval ${i}, bucket ${k}: ${got}, expected ${expected}`);
		n += expected > 0;
	}
	values += own.count;
});
const reader = new hdr.HistogramLogReader(fs.readFileSync(hlog, 'utf8'));
let read = 0;
while (reader.nextIntervalHistogram())
	read++;
if (read !== ours.length)
	fail(`its log reader reads ${read} intervals, expected ${ours.length}`);
// The percentile text of all intervals together, line by line: value in ms, percentile, count.
if (hgrm) {
	const all = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 3600e9, numberOfSignificantValueDigits: 3, bitBucketSize: 64,
		useWebAssembly: false });
	log.forEach(line => all.add(hdr.decodeFromCompressedBase64(line.split(',')[3], 64, false)));
	const rows = text => text.split('\n').filter(line => /^ *[0-9]/.test(line)).map(line => line.trim().split(/ +/).map(Number));
	const theirs = rows(all.outputPercentileDistribution(5, 1e6)), own = rows(fs.readFileSync(hgrm, 'utf8'));
	if (theirs.length !== own.length)
		fail(`percentile text: ${own.length} lines, expected ${theirs.length}`);
	theirs.forEach(([value, percentile, count], i) => {
		// Its values are rounded to a microsecond; the exact maximum may lie below the top
		// of its bucket.
		if (Math.abs(own[i][0] - value) > 0.00051 + value / 1000 || Math.abs(own[i][1] - percentile) > 1e-9 || own[i][2] !== count)
			fail(`percentile text, line ${i}: ${own[i]}, expected ${[value, percentile, count]}`);
	});
}
console.log(`${log.length} intervals, ${values} values, ${n} buckets`);
