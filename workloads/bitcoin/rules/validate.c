#include "bitcoin/rules/validate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/txrules.h"

struct btc_validator {
	struct btc_arena arena;
	struct btc_interp *vm;
	struct btc_tx tx;
};

int btc_expect_parse(struct btc_expect *expect, const char *text)
{
	*expect = (struct btc_expect){ .kind = BTC_EXPECT_VALID };
	if (strcmp(text, "valid") == 0)
		return 0;
	if (strcmp(text, "invalid") == 0) {
		expect->kind = BTC_EXPECT_INVALID;
		return 0;
	}
	if (btc_script_err_find(&expect->script, text) != 0)
		return -EINVAL;
	if (expect->script != BTC_SCRIPT_ERR_OK)
		expect->kind = BTC_EXPECT_SCRIPT;
	return 0;
}

const char *btc_expect_name(const struct btc_expect *expect)
{
	switch (expect->kind) {
	case BTC_EXPECT_VALID:
		return "valid";
	case BTC_EXPECT_INVALID:
		return "invalid";
	default:
		return btc_script_err_name(expect->script);
	}
}

bool btc_verdict_is(const struct btc_verdict *v, const struct btc_expect *expect)
{
	switch (expect->kind) {
	case BTC_EXPECT_VALID:
		return v->fate == BTC_VALID;
	case BTC_EXPECT_INVALID:
		return v->fate != BTC_VALID;
	default:
		return v->fate == BTC_BAD_SCRIPT &&
			(v->script == expect->script ||
				(v->script == BTC_SCRIPT_ERR_SCRIPTNUM &&
					expect->script == BTC_SCRIPT_ERR_UNKNOWN_ERROR));
	}
}

void btc_verdict_text(char *out, size_t size, const struct btc_verdict *v)
{
	switch (v->fate) {
	case BTC_VALID:
		snprintf(out, size, "valid");
		break;
	case BTC_MALFORMED:
		snprintf(out, size, "%s (byte %zu)", v->reason, v->position);
		break;
	case BTC_BAD_TX:
		snprintf(out, size, "%s", v->reason);
		break;
	case BTC_BAD_SCRIPT:
		snprintf(out, size, "%s (input %u)", btc_script_err_name(v->script), v->input);
	}
}

struct btc_validator *btc_validator_new(void)
{
	struct btc_validator *validator = calloc(1, sizeof(*validator));

	if (validator == NULL)
		return NULL;
	validator->vm = btc_interp_new();
	if (validator->vm == NULL) {
		free(validator);
		return NULL;
	}
	return validator;
}

void btc_validator_free(struct btc_validator *validator)
{
	if (validator == NULL)
		return;
	btc_interp_free(validator->vm);
	btc_arena_fini(&validator->arena);
	free(validator);
}

void btc_validator_set_cache(struct btc_validator *validator, struct btc_sigcache *cache)
{
	btc_interp_set_cache(validator->vm, cache);
}

struct btc_sigcache_use btc_validator_cache_use(const struct btc_validator *validator)
{
	return btc_interp_cache_use(validator->vm);
}

static int parse(struct btc_validator *validator, struct btc_verdict *v, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	int rc = btc_tx_parse(&validator->tx, &r, &validator->arena);

	if (rc == -ENOMEM)
		return rc;
	if (rc == 0 && btc_read_left(&r) > 0)
		btc_read_fail(&r, "bytes after the end");
	if (r.why != NULL) {
		v->fate = BTC_MALFORMED;
		v->reason = r.why;
		v->position = r.at;
	}
	return 0;
}

void btc_validate_scripts(
	struct btc_validator *validator, struct btc_verdict *v, const struct btc_case *c)
{
	struct btc_txctx ctx;

	btc_txctx_init(&ctx, &validator->tx, c->spent);
	for (uint32_t i = 0; i < c->n_spent; i++) {
		enum btc_script_err err = btc_verify_input(validator->vm, &ctx, i, c->flags);

		v->inputs++;
		if (err == BTC_SCRIPT_ERR_OK)
			continue;
		v->fate = BTC_BAD_SCRIPT;
		v->input = i;
		v->script = err;
		return;
	}
}

int btc_validate_alone(
	struct btc_validator *validator, struct btc_verdict *v, const struct btc_case *c)
{
	const struct btc_tx *tx = &validator->tx;
	int rc;

	*v = (struct btc_verdict){ .fate = BTC_VALID };
	btc_arena_reset(&validator->arena);
	rc = parse(validator, v, c->tx);
	if (rc != 0 || v->fate != BTC_VALID)
		return rc;
	rc = btc_tx_check(tx, &v->reason, &validator->arena);
	if (rc == -ENOMEM)
		return rc;
	if (rc == 0 && c->n_spent != tx->n_in && !(c->n_spent == 0 && btc_tx_is_coinbase(tx)))
		v->reason = "prevouts do not match inputs";
	if (v->reason != NULL)
		v->fate = BTC_BAD_TX;
	return 0;
}

int btc_validate(struct btc_validator *validator, struct btc_verdict *v, const struct btc_case *c)
{
	int rc = btc_validate_alone(validator, v, c);

	if (rc == 0 && v->fate == BTC_VALID)
		btc_validate_scripts(validator, v, c);
	return rc;
}

const struct btc_tx *btc_validator_tx(const struct btc_validator *validator)
{
	return &validator->tx;
}
