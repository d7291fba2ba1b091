#include "btc_json.h"

#include "cm.h"

#include <stdlib.h>
#include <unistd.h>

#include "btc_asm.h"

static void data_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/bitcore-lib/test/data/%s", getenv("BT_NODE_MODULES"), name);
}

bool btc_json_available(void)
{
	const char *where = getenv("BT_NODE_MODULES");
	char path[4096];

	if (where == NULL) {
		fprintf(stderr, "skipped: BT_NODE_MODULES does not say where bitcore-lib is\n");
		return false;
	}
	data_path(path, sizeof(path), "");
	if (access(path, R_OK) == 0)
		return true;
	fprintf(stderr, "skipped: no %s (npm ci in a copy of tests/package*.json brings it)\n",
		path);
	return false;
}

json_t *btc_json_load(const char *name)
{
	char path[4096];
	json_error_t err;
	json_t *json;

	data_path(path, sizeof(path), name);
	json = json_load_file(path, 0, &err);
	if (json == NULL)
		fail_msg("%s: line %d: %s", path, err.line, err.text);
	return json;
}

const char *btc_json_at(const json_t *array, size_t i)
{
	const char *text = json_string_value(json_array_get(array, i));

	if (text == NULL)
		fail_msg("no string at %zu", i);
	return text;
}

const char *btc_json_get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("no string \"%s\"", key);
	return text;
}

struct btc_span btc_json_unhex(struct btc_arena *arena, const char *hex)
{
	size_t n = strlen(hex);
	uint8_t *p = btc_arena_get(arena, n / 2 + 1, 1);

	assert_non_null(p);
	if (btc_unhex(p, n / 2, hex, n) < 0)
		fail_msg("not hex: %s", hex);
	return (struct btc_span){ .p = p, .n = n / 2 };
}

struct btc_span btc_json_script(struct btc_arena *arena, const char *words)
{
	/* No word makes more bytes than it has letters, but for a push's head. */
	size_t cap = strlen(words) + 16;
	uint8_t *p = btc_arena_get(arena, cap * 2, 1);
	int n;

	assert_non_null(p);
	n = btc_asm(p, cap * 2, words);
	if (n < 0)
		fail_msg("not a script: %s", words);
	return (struct btc_span){ .p = p, .n = (size_t)n };
}

void btc_json_tx(struct btc_tx *tx, struct btc_arena *arena, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };

	if (btc_tx_parse(tx, &r, arena) != 0 || btc_read_left(&r) != 0)
		fail_msg("not a transaction: %s at byte %zu", r.why != NULL ? r.why : "goes on",
			r.at);
}

struct btc_span btc_json_write(struct btc_arena *arena, const struct btc_tx *tx)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *p = btc_arena_get(arena, n, 1);

	assert_non_null(p);
	btc_tx_write(p, n, tx);
	return (struct btc_span){ .p = p, .n = n };
}
