#include "bitcoin/rules/signet.h"

#include <errno.h>

#include "bitcoin/rules/script.h"

/* Core's BLOCK_SCRIPT_VERIFY_FLAGS of signets. */
#define FLAGS (BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS | BTC_VERIFY_DERSIG | BTC_VERIFY_NULLDUMMY)

#define SIGNED_HEADER 72 /* version, previous block, modified root, time */

/* The solution as it stands in the block, and what is signed beside it. */
struct solution {
	struct btc_span script;   /* of the commitment's output, the solution taken out */
	struct btc_span solution; /* empty: none */
	uint32_t output;
};

/* The output that commits to the witness. False: none does. */
static bool find_commitment(struct solution *s, const struct btc_block *block)
{
	const uint8_t *at = btc_block_commitment(block);

	for (uint32_t i = 0; at != NULL && i < block->tx[0].n_out; i++) {
		s->script = block->tx[0].out[i].script;
		s->output = i;
		if (at >= s->script.p && at < s->script.p + s->script.n)
			return true;
	}
	return false;
}

/* Core's FetchAndClearCommitmentSection: the rest is pushed anew, in the shortest form. */
static int take_solution(struct solution *s, struct btc_arena *arena)
{
	static const uint8_t header[] = BTC_SIGNET_HEADER;
	uint8_t *rest = btc_arena_get(arena, 2 * s->script.n, 1);
	size_t n = 0;
	struct btc_op op;

	if (rest == NULL)
		return -ENOMEM;
	for (size_t at = 0; btc_script_next(s->script, &at, &op);) {
		if (op.data.n == 0) {
			rest[n++] = op.code;
			continue;
		}
		if (s->solution.n == 0 && op.data.n > sizeof(header) &&
			memcmp(op.data.p, header, sizeof(header)) == 0) {
			s->solution.p = op.data.p + sizeof(header);
			s->solution.n = op.data.n - sizeof(header);
			op.data.n = sizeof(header);
		}
		n += btc_script_put_push(rest + n, op.data);
	}
	if (s->solution.n > 0)
		s->script = (struct btc_span){ .p = rest, .n = n };
	return 0;
}

static int txid_of(uint8_t txid[32], const struct btc_tx *tx, struct btc_arena *arena)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *bytes = btc_arena_get(arena, n, 1);

	if (bytes == NULL)
		return -ENOMEM;
	btc_tx_write(bytes, n, tx);
	btc_sha256d(txid, bytes, n);
	return 0;
}

/* The coinbase as it was before the solution came, without its witness. */
static int modified_txid(uint8_t txid[32], const struct btc_block *block, const struct solution *s,
	struct btc_arena *arena)
{
	struct btc_tx tx = block->tx[0];
	struct btc_out *out = btc_arena_get(arena, tx.n_out, sizeof(out[0]));
	struct btc_in *in = btc_arena_get(arena, tx.n_in, sizeof(in[0]));

	if (out == NULL || in == NULL)
		return -ENOMEM;
	memcpy(out, tx.out, tx.n_out * sizeof(out[0]));
	out[s->output].script = s->script;
	for (uint32_t i = 0; i < tx.n_in; i++) {
		in[i] = tx.in[i];
		in[i].n_witness = 0;
	}
	tx.out = out;
	tx.in = in;
	return txid_of(txid, &tx, arena);
}

static int signed_header(uint8_t out[SIGNED_HEADER], const struct btc_block *block,
	const struct solution *s, struct btc_arena *arena)
{
	uint8_t(*hashes)[32] = btc_arena_get(arena, block->n_tx, 32);
	int rc;

	if (hashes == NULL)
		return -ENOMEM;
	rc = modified_txid(hashes[0], block, s, arena);
	for (uint32_t i = 1; i < block->n_tx; i++)
		memcpy(hashes[i], block->tx[i].txid, 32);
	btc_put_le32(out, (uint32_t)block->header.version);
	memcpy(out + 4, block->header.prev, 32);
	btc_merkle_root(out + 36, NULL, hashes, block->n_tx);
	btc_put_le32(out + 68, block->header.time);
	return rc;
}

/* The transaction that is spent: its one output asks the challenge, its input says of which
 * block. */
static int spent_txid(uint8_t txid[32], const uint8_t header[SIGNED_HEADER],
	struct btc_span challenge, struct btc_arena *arena)
{
	static const uint8_t none[BTC_OUTPOINT_SIZE] = { [32] = 0xff, 0xff, 0xff, 0xff };
	uint8_t script[2 + SIGNED_HEADER] = { OP_0, SIGNED_HEADER };
	struct btc_in in = { .prevout = none, .script = { .p = script, .n = sizeof(script) } };
	struct btc_out out = { .script = challenge };
	struct btc_tx tx = { .n_in = 1, .n_out = 1, .in = &in, .out = &out };

	memcpy(script + 2, header, SIGNED_HEADER);
	return txid_of(txid, &tx, arena);
}

/* scriptSig and witness, serialised, and nothing after them. */
static int read_solution(
	struct btc_in *in, bool *ok, struct btc_span bytes, struct btc_arena *arena)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	struct btc_span *items;

	in->script = btc_read_span(&r);
	in->n_witness = (uint32_t)btc_read_count(&r, 1);
	items = btc_arena_get(arena, in->n_witness, sizeof(items[0]));
	if (items == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < in->n_witness; i++)
		items[i] = btc_read_span(&r);
	in->witness = items;
	*ok = r.why == NULL && btc_read_left(&r) == 0;
	return 0;
}

/* Writes the spending transaction and reads it back, so that it has what a parsed one has. */
static int spend(struct btc_tx *tx, const struct btc_in *in, struct btc_arena *arena)
{
	static const uint8_t op_return = OP_RETURN;
	struct btc_in copy = *in;
	struct btc_out out = { .script = { .p = &op_return, .n = 1 } };
	struct btc_tx draft = { .n_in = 1, .n_out = 1, .in = &copy, .out = &out };
	struct btc_reader r = { .size = btc_tx_write(NULL, 0, &draft) };
	uint8_t *bytes = btc_arena_get(arena, r.size, 1);

	if (bytes == NULL)
		return -ENOMEM;
	btc_tx_write(bytes, r.size, &draft);
	r.p = bytes;
	return btc_tx_parse(tx, &r, arena);
}

int btc_signet_to_sign(struct btc_tx *tx, bool *ok, const struct btc_block *block,
	struct btc_span challenge, struct btc_arena *arena)
{
	uint8_t header[SIGNED_HEADER], outpoint[BTC_OUTPOINT_SIZE] = { 0 };
	struct btc_in in = { .prevout = outpoint };
	struct solution s = { .output = 0 };
	int rc;

	*ok = find_commitment(&s, block);
	if (!*ok)
		return 0;
	rc = take_solution(&s, arena);
	if (rc == 0 && s.solution.n > 0)
		rc = read_solution(&in, ok, s.solution, arena);
	if (rc != 0 || !*ok)
		return rc;
	rc = signed_header(header, block, &s, arena);
	if (rc == 0)
		rc = spent_txid(outpoint, header, challenge, arena);
	return rc == 0 ? spend(tx, &in, arena) : rc;
}

int btc_signet_check(bool *ok, const struct btc_block *block, struct btc_span challenge,
	struct btc_interp *vm, struct btc_arena *arena)
{
	struct btc_prevout coin = { .script = challenge };
	struct btc_txctx ctx;
	struct btc_tx tx;
	int rc = btc_signet_to_sign(&tx, ok, block, challenge, arena);

	if (rc != 0 || !*ok)
		return rc;
	btc_txctx_init(&ctx, &tx, &coin);
	*ok = btc_verify_input(vm, &ctx, 0, FLAGS) == BTC_SCRIPT_ERR_OK;
	return 0;
}
