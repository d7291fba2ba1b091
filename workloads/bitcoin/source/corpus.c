#include "bitcoin/source/corpus.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/input.h"
#include "base/json_fault.h"
#include "base/encode.h"

#define FILE_MOST (UINT64_C(64) << 30)

static int no_memory(struct bt_err *err)
{
	return bt_oom(err, NULL);
}

static int read_hex(struct btc_span *out, const json_t *value, const char *what,
	struct btc_arena *arena, struct bt_err *err)
{
	size_t n = json_string_length(value);
	uint8_t *p;

	if (!json_is_string(value))
		return bt_fail(err, -EINVAL, "%s: expected hex digits in quotes", what);
	p = btc_arena_get(arena, n / 2, 1);
	if (p == NULL)
		return no_memory(err);
	if (!bt_hex_read(p, json_string_value(value), n))
		return bt_fail(err, -EINVAL, "%s: expected pairs of hex digits", what);
	*out = (struct btc_span){ .p = p, .n = n / 2 };
	return 0;
}

static int read_name(
	struct btc_case *c, const json_t *value, struct btc_arena *arena, struct bt_err *err)
{
	size_t n = json_string_length(value);
	char *copy;

	if (!json_is_string(value))
		return bt_fail(err, -EINVAL, "\"name\": expected a text");
	copy = btc_arena_get(arena, n + 1, 1);
	if (copy == NULL)
		return no_memory(err);
	memcpy(copy, json_string_value(value), n + 1);
	c->name = copy;
	return 0;
}

static int read_prevout(struct btc_prevout *out, const json_t *value, size_t i,
	struct btc_arena *arena, struct bt_err *err)
{
	const json_t *amount = json_object_get(value, "amount");
	char what[64];

	if (!json_is_integer(amount))
		return bt_fail(err, -EINVAL,
			"\"prevouts\", input %zu: \"amount\": expected a whole number of satoshi",
			i);
	out->amount = json_integer_value(amount);
	snprintf(what, sizeof(what), "\"prevouts\", input %zu: \"script\"", i);
	return read_hex(&out->script, json_object_get(value, "script"), what, arena, err);
}

static int read_prevouts(
	struct btc_case *c, const json_t *list, struct btc_arena *arena, struct bt_err *err)
{
	size_t n = json_array_size(list);
	struct btc_prevout *spent;
	int rc = 0;

	if (!json_is_array(list))
		return bt_fail(err, -EINVAL, "\"prevouts\": expected a list");
	spent = btc_arena_get(arena, n, sizeof(spent[0]));
	if (spent == NULL)
		return no_memory(err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_prevout(&spent[i], json_array_get(list, i), i, arena, err);
	c->spent = spent;
	c->n_spent = (uint32_t)n;
	return rc;
}

static int read_flags(struct btc_case *c, const json_t *list, struct bt_err *err)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list))
		return bt_fail(err, -EINVAL, "\"flags\": expected a list");
	c->flags = 0;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		uint32_t flag = 0;

		if (name == NULL ||
			(strcmp(name, "NONE") != 0 && btc_verify_flag_find(&flag, name) != 0))
			return bt_fail(err, -EINVAL,
				"\"flags\": '%s': expected names such as P2SH or WITNESS",
				name != NULL ? name : "?");
		c->flags |= flag;
	}
	c->flags = btc_verify_flags_fill(c->flags);
	return 0;
}

static int read_expect(struct btc_case *c, const json_t *value, struct bt_err *err)
{
	const char *text = json_string_value(value);

	if (text == NULL || btc_expect_parse(&c->expect, text) != 0)
		return bt_fail(err, -EINVAL,
			"\"expect\": '%s': expected valid, invalid or a script error's name",
			text != NULL ? text : "?");
	return 0;
}

/* A transaction that can be read has as many inputs as there are outputs spent; a coinbase may go
 * without. */
static int check_inputs(const struct btc_case *c, struct btc_arena *arena, struct bt_err *err)
{
	struct btc_reader r = { .p = c->tx.p, .size = c->tx.n };
	struct btc_tx tx;
	int rc = btc_tx_parse(&tx, &r, arena);

	if (rc == -ENOMEM)
		return no_memory(err);
	if (rc != 0 || tx.n_in == c->n_spent || (c->n_spent == 0 && btc_tx_is_coinbase(&tx)))
		return 0;
	return bt_fail(err, -EINVAL, "\"prevouts\": %u of them, expected one for each of %u inputs",
		c->n_spent, tx.n_in);
}

static int read_case(
	struct btc_case *c, const json_t *o, struct btc_arena *arena, struct bt_err *err)
{
	int rc;

	*c = (struct btc_case){ .n_spent = 0 };
	if (!json_is_object(o))
		return bt_fail(err, -EINVAL, "expected a JSON object");
	rc = read_name(c, json_object_get(o, "name"), arena, err);
	if (rc == 0)
		rc = read_hex(&c->tx, json_object_get(o, "tx"), "\"tx\"", arena, err);
	if (rc == 0)
		rc = read_prevouts(c, json_object_get(o, "prevouts"), arena, err);
	if (rc == 0)
		rc = read_flags(c, json_object_get(o, "flags"), err);
	if (rc == 0)
		rc = read_expect(c, json_object_get(o, "expect"), err);
	return rc == 0 ? check_inputs(c, arena, err) : rc;
}

int btc_corpus_line(
	struct btc_case *c, const char *line, size_t n, struct btc_arena *arena, struct bt_err *err)
{
	char words[BT_JSON_FAULT_SIZE];
	json_error_t fault;
	json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, &fault);
	int rc;

	if (o == NULL)
		return bt_fail(err, -EINVAL, "no JSON: %s (byte %d)",
			bt_json_fault(words, fault.text), fault.position);
	rc = read_case(c, o, arena, err);
	json_decref(o);
	return rc;
}

int btc_corpus_add(struct btc_corpus *corpus, const struct btc_case *c)
{
	if (corpus->n == corpus->cap) {
		size_t cap = BT_MAX(corpus->cap * 2, (size_t)64);
		struct btc_case *cases = bt_budget_resize(corpus->arena.budget, corpus->cases,
			corpus->cap * sizeof(cases[0]), cap * sizeof(cases[0]));

		if (cases == NULL)
			return -ENOMEM;
		corpus->cases = cases;
		corpus->cap = cap;
	}
	corpus->cases[corpus->n++] = *c;
	return 0;
}

static int read_lines(struct btc_corpus *corpus, struct bt_input *in, struct bt_err *err)
{
	struct bt_err why;
	char *line;
	int rc;

	while ((rc = bt_input_line(in, &line, err)) == 1) {
		struct btc_case c;

		if (line[strspn(line, " \t")] == '\0')
			continue;
		rc = btc_corpus_line(&c, line, strlen(line), &corpus->arena, &why);
		if (rc == 0)
			rc = btc_corpus_add(corpus, &c);
		else
			bt_fail(err, rc, "%s: line %lu: %s", in->path, in->line, why.msg);
		if (rc != 0)
			break;
	}
	return rc;
}

int btc_corpus_open(struct btc_corpus *corpus, const char *path, struct bt_err *err)
{
	struct bt_input in;
	int rc = bt_input_lines(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	*corpus = (struct btc_corpus){ .n = 0 };
	if (rc != 0)
		return rc;
	rc = read_lines(corpus, &in, err);
	bt_input_close(&in);
	if (rc == 0 && corpus->n == 0)
		rc = bt_fail(err, -EINVAL, "%s: no transactions in it", path);
	if (rc != 0)
		btc_corpus_close(corpus);
	return rc;
}

void btc_corpus_close(struct btc_corpus *corpus)
{
	bt_budget_free(corpus->arena.budget, corpus->cases, corpus->cap * sizeof(corpus->cases[0]));
	btc_arena_fini(&corpus->arena);
	*corpus = (struct btc_corpus){ .n = 0 };
}

static json_t *hex_value(struct btc_span bytes)
{
	char *text = malloc(2 * bytes.n + 1);
	json_t *value;

	if (text == NULL)
		return NULL;
	bt_hex(text, bytes.p, bytes.n);
	value = json_string_nocheck(text);
	free(text);
	return value;
}

static json_t *prevouts_value(const struct btc_case *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->n_spent; i++)
		json_array_append_new(list,
			json_pack("{s:I, s:o}", "amount", (json_int_t)c->spent[i].amount, "script",
				hex_value(c->spent[i].script)));
	return list;
}

static json_t *flags_value(uint32_t flags)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < BTC_VERIFY_BITS; bit++)
		if ((flags >> bit & 1) != 0)
			json_array_append_new(list, json_string(btc_verify_bit_name(bit)));
	return list;
}

int btc_corpus_write(FILE *out, const struct btc_case *c)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:s}", "name", c->name, "tx", hex_value(c->tx),
		"prevouts", prevouts_value(c), "flags", flags_value(c->flags), "expect",
		btc_expect_name(&c->expect));
	int rc;

	if (o == NULL || json_array_size(json_object_get(o, "prevouts")) != c->n_spent) {
		json_decref(o);
		return -ENOMEM;
	}
	errno = 0;
	rc = json_dumpf(o, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF ? 0
		: errno != 0                                                  ? -errno
									      : -EIO;
	json_decref(o);
	return rc;
}
