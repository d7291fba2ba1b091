/*
 * One input spending one output under any rules: flags, four bytes; amount, eight; then scriptSig,
 * scriptPubKey and the items of the witness, each with its length, in front of the items their
 * number.
 */
#include "fuzz.h"

#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/txrules.h"

#define ITEMS_MOST 1200

struct spend {
	uint32_t flags;
	struct btc_prevout out;
	struct btc_span script_sig, witness[ITEMS_MOST];
	uint32_t n_witness;
};

static bool read_spend(struct spend *s, struct btc_reader *r)
{
	s->flags = btc_read_le32(r) & ((1u << BTC_VERIFY_BITS) - 1);
	s->out.amount = (int64_t)btc_read_le64(r);
	s->script_sig = btc_read_span(r);
	s->out.script = btc_read_span(r);
	s->n_witness = (uint32_t)btc_read_count(r, 1);
	if (s->n_witness > ITEMS_MOST)
		return false;
	for (uint32_t i = 0; i < s->n_witness; i++)
		s->witness[i] = btc_read_span(r);
	/* What the caller keeps to, see interp.h. */
	if ((s->flags & BTC_VERIFY_CLEANSTACK) != 0)
		s->flags |= BTC_VERIFY_WITNESS;
	if ((s->flags & (BTC_VERIFY_WITNESS | BTC_VERIFY_TAPROOT)) != 0)
		s->flags |= BTC_VERIFY_P2SH;
	return r->why == NULL;
}

/* A transaction of that input, and one output; as bytes, for the parser to fill in what the rest
 * relies on. */
static struct btc_tx spending(const struct spend *s, struct btc_arena *arena)
{
	static const uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 1 }, anyone = OP_1;
	struct btc_in in = { .prevout = outpoint, .script = s->script_sig };
	struct btc_out out = { .value = 1000, .script = { .p = &anyone, .n = 1 } };
	struct btc_tx tx = { .version = 2, .n_in = 1, .n_out = 1, .in = &in, .out = &out }, parsed;
	struct btc_reader r = { .at = 0 };
	uint8_t *bytes;

	in.sequence = 10;
	in.witness = s->witness;
	in.n_witness = s->n_witness;
	tx.locktime = 500;
	r.size = btc_tx_write(NULL, 0, &tx);
	bytes = btc_arena_get(arena, r.size, 1);
	BTC_FUZZ_HOLDS(bytes != NULL);
	btc_tx_write(bytes, r.size, &tx);
	r.p = bytes;
	BTC_FUZZ_HOLDS(btc_tx_parse(&parsed, &r, arena) == 0);
	return parsed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btc_interp *vm;
	static struct btc_arena arena;
	static struct spend s;
	struct btc_reader r = { .p = data, .size = size };
	struct btc_txctx ctx;
	struct btc_tx tx;
	enum btc_script_err err;

	if (vm == NULL)
		vm = btc_interp_new();
	BTC_FUZZ_HOLDS(vm != NULL);
	if (!read_spend(&s, &r))
		return 0;
	btc_arena_reset(&arena);
	tx = spending(&s, &arena);
	btc_txctx_init(&ctx, &tx, &s.out);
	err = btc_verify_input(vm, &ctx, 0, s.flags);
	BTC_FUZZ_HOLDS(err < BTC_SCRIPT_ERR_N && btc_script_err_name(err) != NULL);
	BTC_FUZZ_HOLDS(err == btc_verify_input(vm, &ctx, 0, s.flags));
	btc_tx_sigop_cost(&tx, &s.out, s.flags);
	return 0;
}
