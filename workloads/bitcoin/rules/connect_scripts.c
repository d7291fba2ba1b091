/* Every input's scripts, by one thread or several. */
#include "bitcoin/rules/chain_impl.h"

#include <errno.h>
#include <stdio.h>

static int refuse_script(
	struct btc_connect *c, const struct btc_tx *tx, uint32_t input, enum btc_script_err err)
{
	char rule[sizeof(c->reject->rule)];

	snprintf(rule, sizeof(rule), "block-script-verify-flag-failed (%s)",
		btc_script_err_name(err));
	return btc_refuse_input(c, tx, input, rule);
}

static int verify_alone(struct btc_connect *c)
{
	const struct btc_prevout *spent = c->spent;

	for (uint32_t t = 1; t < c->block.n_tx; t++) {
		const struct btc_tx *tx = &c->block.tx[t];
		struct btc_txctx ctx;

		btc_txctx_init(&ctx, tx, spent);
		for (uint32_t i = 0; i < tx->n_in; i++) {
			enum btc_script_err err = btc_verify_input(c->chain->vm, &ctx, i, c->flags);

			if (err != BTC_SCRIPT_ERR_OK)
				return refuse_script(c, tx, i, err);
		}
		spent += tx->n_in;
	}
	return 0;
}

/* Contexts and checks of all transactions, in the order of the block. */
static struct btc_check *list_checks(struct btc_connect *c)
{
	const struct btc_prevout *spent = c->spent;
	struct btc_arena *arena = &c->chain->arena;
	struct btc_txctx *ctx = btc_arena_get(arena, c->block.n_tx, sizeof(ctx[0]));
	struct btc_check *checks = btc_arena_get(arena, c->inputs, sizeof(checks[0])),
			 *next = checks;

	if (ctx == NULL || checks == NULL)
		return NULL;
	for (uint32_t t = 1; t < c->block.n_tx; t++) {
		const struct btc_tx *tx = &c->block.tx[t];

		btc_txctx_init(&ctx[t], tx, spent);
		for (uint32_t i = 0; i < tx->n_in; i++)
			*next++ = (struct btc_check){ .ctx = &ctx[t], .input = i };
		spent += tx->n_in;
	}
	return checks;
}

static int verify_together(struct btc_connect *c)
{
	struct btc_check *checks = list_checks(c);
	enum btc_script_err err;
	size_t failed;

	if (checks == NULL)
		return -ENOMEM;
	err = btc_checkq_run(c->chain->queue, &failed, c->chain->vm, checks, c->inputs, c->flags);
	if (err == BTC_SCRIPT_ERR_OK)
		return 0;
	return refuse_script(c, checks[failed].ctx->tx, checks[failed].input, err);
}

int btc_connect_scripts(struct btc_connect *c)
{
	return c->chain->queue != NULL && c->inputs > 1 ? verify_together(c) : verify_alone(c);
}
