// A Universal Resolver endpoint made of @web5/dids, for transcripts.
//
//   node resolver.mjs PORT-FILE
//
// Listens on a port of the system's choice and writes it to PORT-FILE. GET /1.0/identifiers/DID
// answers a DID resolution result, with status 404 for what is not found and 400 for what is no
// identifier. did:test:… is its own: bare:N a document alone, gone not found, other somebody else's
// document, broken no JSON; did:web:… a document without keys. GET /count tells how often it was
// asked.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dids = path.join(process.env.BT_NODE_MODULES, '@web5/dids/dist/esm/index.js');
const { DidKey, DidJwk, UniversalResolver } = await import(pathToFileURL(dids).href);
const resolver = new UniversalResolver({ didResolvers: [DidKey, DidJwk] });
const statuses = { notFound: 404, invalidDid: 400, methodNotSupported: 501 };
let count = 0;

function own(did) {
	const [, method, kind] = did.split(':');
	if (method === 'web')
		return { didDocument: { id: did }, didResolutionMetadata: {}, didDocumentMetadata: {} };
	if (method !== 'test')
		return null;
	if (kind === 'gone')
		return { didDocument: null, didResolutionMetadata: { error: 'notFound' }, didDocumentMetadata: {} };
	return { id: kind === 'other' ? 'did:test:somebody' : did };
}

const server = http.createServer(async (request, reply) => {
	if (request.url === '/count')
		return reply.end(String(count));
	count++;
	const did = decodeURIComponent(request.url.replace('/1.0/identifiers/', ''));
	if (did === 'did:test:broken')
		return reply.end('{"id":');
	const result = own(did) ?? await resolver.resolve(did);
	const error = result.didResolutionMetadata?.error;
	reply.writeHead(error ? statuses[error] ?? 500 : 200, { 'Content-Type': 'application/did-resolution' });
	reply.end(JSON.stringify(result));
});
server.listen(0, '127.0.0.1', () => {
	fs.writeFileSync(process.argv[2] + '.new', String(server.address().port));
	fs.renameSync(process.argv[2] + '.new', process.argv[2]);
});
