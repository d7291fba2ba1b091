// A node that knows what Bitcoin Core's documented RPC says and does little: for transcripts that
// want what bcoin does not do. It reads transactions and verifies scripts with bcoin's library.
//
//   node node.js PORT-FILE CHAIN VERSION [SCRIPT-HEX]
//
// Listens on a port of the system's choice and writes it to PORT-FILE. The user is x, the password
// geheim. Errors of a call come with status 500, replies of a batch in reverse order.
// sendrawtransaction: coins are known when they are of a transaction that was accepted, or the one
// coin of 1 BTC that scantxoutset tells, which SCRIPT-HEX locks. What has a lock time of 1 is
// refused (-26), of 2 gets another txid, of 3 is accepted and forgotten, of 4 is an error that is
// not the transaction's (-28); others are taken, and in a block two calls of gettxout later.
'use strict';
const fs = require('fs'), http = require('http'), path = require('path');
const { TX, CoinView, Coin, Script } = require(path.join(process.env.BT_NODE_MODULES, 'bcoin'));
const [portFile, chain, version, script] = process.argv.slice(2);
const first = 'aa'.repeat(32);
const known = new Map(); // txid -> {tx, looked}

function refuse(code, message) {
	throw Object.assign(new Error(message), { code });
}

function coinOf(prevout) {
	const txid = prevout.txid();
	if (script && txid === first && prevout.index === 1)
		return new Coin({ version: 2, height: 1, value: 1e8, script: Script.fromRaw(script, 'hex'), hash: prevout.hash, index: 1 });
	const from = known.get(txid);
	return from && Coin.fromTX(from.tx, prevout.index, 1);
}

function verify(tx) {
	const view = new CoinView();
	for (const { prevout } of tx.inputs) {
		const coin = coinOf(prevout);
		if (!coin)
			refuse(-25, 'bad-txns-inputs-missingorspent');
		view.addCoin(coin);
	}
	if (!tx.verify(view))
		refuse(-26, 'mandatory-script-verify-flag-failed');
}

const methods = {
	getblockchaininfo: () => ({ chain, blocks: 10 }),
	getnetworkinfo: () => ({ version: Number(version), subversion: `/Satoshi:${version / 10000}.0.0/` }),
	getblockcount: () => 10,
	getrawmempool: () => [...known.keys()],
	scantxoutset: ([action, [descriptor]]) => {
		if (action !== 'start' || descriptor !== `raw(${script})`)
			refuse(-5, `unknown descriptor ${descriptor}`);
		return { success: true, height: 10, unspents: [
			{ txid: first, vout: 1, scriptPubKey: script, amount: 1.0, coinbase: false, height: 1 }] };
	},
	gettxout: ([txid, , mempool]) => {
		const entry = known.get(txid);
		if (!entry || (!mempool && ++entry.looked < 2))
			return null;
		return { confirmations: mempool ? 0 : 1 };
	},
	sendrawtransaction: ([hex]) => {
		const tx = TX.fromRaw(Buffer.from(hex, 'hex'));
		if (tx.locktime === 1)
			refuse(-26, 'min relay fee not met');
		if (tx.locktime === 2)
			return 'bb'.repeat(32);
		if (tx.locktime === 4)
			refuse(-28, 'Loading block index...');
		if (script)
			verify(tx);
		if (tx.locktime !== 3)
			known.set(tx.txid(), { tx, looked: 0 });
		return tx.txid();
	},
};

function answer({ id, method, params }) {
	try {
		if (!methods[method])
			refuse(-32601, 'Method not found');
		return { result: methods[method](params), error: null, id };
	} catch (e) {
		return { result: null, error: { code: e.code || -22, message: e.message }, id };
	}
}

const server = http.createServer((request, response) => {
	const parts = [];
	request.on('data', (part) => parts.push(part));
	request.on('end', () => {
		if (request.headers.authorization !== 'Basic ' + Buffer.from('x:geheim').toString('base64')) {
			response.writeHead(401).end();
			return;
		}
		const body = Buffer.concat(parts).toString();
		if (!body) {
			response.writeHead(405).end();
			return;
		}
		const call = JSON.parse(body);
		const reply = Array.isArray(call) ? call.map(answer).reverse() : answer(call);
		response.writeHead(reply.error ? 500 : 200, { 'Content-Type': 'application/json' });
		response.end(JSON.stringify(reply) + '\n');
	});
});
server.listen(0, '127.0.0.1', () => fs.writeFileSync(portFile, String(server.address().port)));
