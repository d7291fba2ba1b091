// A Decentralized Web Node for transcripts, of Node's own modules: it checks messages by its own
// means and keeps records in memory.
//
//   node dwn.mjs PORT-FILE
//
// Listens on a port of the system's choice and writes it to PORT-FILE. Authors are did:jwk. POST /
// is a node that does all right; /lax takes every write, /liar changes a byte of what is read,
// /lost has forgotten it, /broken fails with status 500, /mute answers no JSON, /closed refuses
// protocols. GET …/info tells its name, /count how many writes it took.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';

const records = new Map();
let taken = 0;

const head = (major, n) => n < 24 ? Buffer.from([major << 5 | n])
	: n < 256 ? Buffer.from([major << 5 | 24, n])
	: n < 65536 ? Buffer.from([major << 5 | 25, n >> 8, n & 255])
	: Buffer.from([major << 5 | 26, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255]);

// Of what the descriptors here hold: texts, numbers from 0, true and false, objects.
function cbor(value) {
	if (typeof value === 'boolean')
		return Buffer.from([value ? 0xf5 : 0xf4]);
	if (typeof value === 'number')
		return head(0, value);
	if (typeof value === 'string')
		return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
	const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
	return Buffer.concat([head(5, keys.length), ...keys.flatMap(key => [cbor(key), cbor(value[key])])]);
}

function cid(codec, bytes) {
	const all = Buffer.concat([Buffer.from([1, codec, 0x12, 32]), crypto.createHash('sha256').update(bytes).digest()]);
	const bits = [...all].map(byte => byte.toString(2).padStart(8, '0')).join('');
	return 'b' + bits.match(/.{1,5}/g).map(five => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

const decode = text => JSON.parse(Buffer.from(text, 'base64url'));
const is = (right, words) => {
	if (!right)
		throw words;
};

function check_signature({ descriptor, authorization: { signature: { payload, signatures: [one] } } }, target) {
	const { kid, alg } = decode(one.protected), [did] = kid.split('#');
	const key = crypto.createPublicKey({ key: decode(did.slice('did:jwk:'.length)), format: 'jwk' });
	const input = Buffer.from(one.protected + '.' + payload);

	is(alg === (key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256K'), [401, 'alg']);
	is(crypto.verify(alg === 'EdDSA' ? null : 'sha256', input, { key, dsaEncoding: 'ieee-p1363' },
		Buffer.from(one.signature, 'base64url')), [401, 'signature']);
	is(did === target, [401, 'author']);
	return did;
}

function check(message, target, data) {
	const { descriptor, recordId } = message, claims = decode(message.authorization.signature.payload);

	is(claims.descriptorCid === cid(0x71, cbor(descriptor)), [400, 'descriptorCid']);
	is(claims.recordId === recordId, [400, 'recordId']);
	is(claims.contextId === message.contextId, [400, 'contextId']);
	const author = check_signature(message, target);
	if (descriptor.method !== 'Write')
		return;
	is(descriptor.dateCreated === descriptor.messageTimestamp, [400, 'dateCreated']);
	is(recordId === cid(0x71, cbor({ ...descriptor, author })), [400, 'first write']);
	is(descriptor.dataSize === data.length && descriptor.dataCid === cid(0x55, data), [400, 'data']);
}

function answer(way, { target, message }, data) {
	const { method } = message.descriptor, record = records.get(message.descriptor.filter?.recordId);

	if (way !== '/lax')
		check(message, target, data);
	is(method !== 'Configure' || way !== '/closed', [401, 'no protocols here']);
	if (method !== 'Read') {
		if (method === 'Write') {
			taken++;
			records.set(message.recordId, { message, data });
		}
		return [{ status: { code: 202, detail: 'Accepted' } }];
	}
	is(record && way !== '/lost', [404, 'Not Found']);
	const read = Buffer.from(record.data);
	if (way === '/liar')
		read[0] ^= 1;
	return [{ status: { code: 200, detail: 'OK' }, entry: { recordsWrite: record.message } }, read];
}

function serve(request, reply, data) {
	if (request.url === '/count')
		return reply.end(String(taken));
	if (request.url.endsWith('/info'))
		return reply.end('{"server":"scripted","version":"1.0"}');
	if (request.url === '/mute')
		return reply.end('hello');
	const { id, params } = JSON.parse(request.headers['dwn-request']);
	const result = (body, read) => {
		const text = JSON.stringify({ jsonrpc: '2.0', id, ...body });
		if (read)
			reply.setHeader('dwn-response', text);
		reply.end(read ?? text);
	};
	if (request.url === '/broken') {
		reply.statusCode = 500;
		return result({ error: { code: -32603, message: 'the disk is gone' } });
	}
	try {
		const [said, read] = answer(request.url, params, data);
		result({ result: { reply: said } }, read);
	} catch (refusal) {
		const [code, detail] = Array.isArray(refusal) ? refusal : [400, String(refusal)];
		result({ result: { reply: { status: { code, detail } } } });
	}
}

const server = http.createServer((request, reply) => {
	const parts = [];
	request.on('data', part => parts.push(part));
	request.on('end', () => serve(request, reply, Buffer.concat(parts)));
});
server.listen(0, '127.0.0.1', () => {
	const file = process.argv[2];
	fs.writeFileSync(file + '.new', String(server.address().port));
	fs.renameSync(file + '.new', file);
});
