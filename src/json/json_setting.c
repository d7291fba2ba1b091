/*
 * json_setting.c: options and tags as JSON. An option that may be repeated is an array, also with
 * one value. A value that is not UTF-8, which only a path may be, is {"base64": "..."}. Older
 * versions joined the values of a list with commas into one string.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "base/encode.h"
#include "base/stop.h"
#include "json/json.h"

static json_t *value_json(const char *text)
{
	size_t n = strlen(text);
	json_t *object;
	char *base64;

	if (bt_utf8_valid(text, n))
		return bt_json_string(text);
	base64 = bt_base64((const uint8_t *)text, n);
	object = base64 ? json_pack("{ss}", "base64", base64) : NULL;
	free(base64);
	return object;
}

/* The rows of rows[i]'s name, of which it is the first. */
static json_t *values_json(const struct bt_setting *rows, unsigned i, unsigned n, bool several)
{
	json_t *array;

	if (!several)
		return value_json(rows[i].value);
	array = json_array();
	for (unsigned k = i; k < n; k++)
		if (strcmp(rows[k].name, rows[i].name) == 0 &&
			json_array_append_new(array, value_json(rows[k].value)) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static bool is_first(const struct bt_setting *rows, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strcmp(rows[k].name, rows[i].name) == 0)
			return false;
	return true;
}

static bool is_repeated(const struct bt_setting *rows, unsigned i, unsigned n)
{
	for (unsigned k = i + 1; k < n; k++)
		if (strcmp(rows[k].name, rows[i].name) == 0)
			return true;
	return false;
}

json_t *bt_json_settings(const struct bt_setting *settings, unsigned n)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < n; i++) {
		const bool several = settings[i].list || is_repeated(settings, i, n);

		if (is_first(settings, i) &&
			bt_json_set(object, settings[i].name,
				values_json(settings, i, n, several)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/*
 * Value i of an option's JSON. Free with free(); NULL: it is none. Without memory the program ends:
 * a value that is missing would be another load.
 */
static char *value_text(const json_t *value, size_t i)
{
	const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
	const char *base64 = json_string_value(json_object_get(one, "base64"));
	uint8_t *bytes;
	char *text;
	size_t n;

	if (json_is_string(one)) {
		text = strdup(json_string_value(one));
		if (!text)
			bt_out_of_memory();
		return text;
	}
	bytes = base64 ? bt_base64_read(base64, &n) : NULL;
	text = bytes && !memchr(bytes, 0, n) ? strndup((const char *)bytes, n) : NULL;
	free(bytes);
	return text;
}

static size_t value_count(const json_t *value)
{
	return json_is_array(value) ? json_array_size(value) : 1;
}

int bt_json_check_settings(const json_t *object, struct bt_err *err)
{
	const char *name;
	const json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		for (size_t i = 0; i < value_count(value); i++) {
			char *text = value_text(value, i);

			free(text);
			if (!text)
				return bt_fail(err, -EINVAL,
					"%s: expected a text, or a list of texts", name);
		}
	}
	return 0;
}

int bt_json_read_settings(
	const struct bt_setting **out, unsigned *n, struct bt_pool *pool, const json_t *object)
{
	struct bt_setting *rows;
	const json_t *value;
	const char *name;
	size_t most = 0;

	json_object_foreach((json_t *)object, name, value) most += value_count(value);
	rows = bt_pool_alloc(pool, (most + 1) * sizeof(*rows));
	*out = rows;
	*n = 0;
	if (!rows)
		return -ENOMEM;
	json_object_foreach((json_t *)object, name, value)
	{
		for (size_t i = 0; i < value_count(value); i++) {
			char *text = value_text(value, i);
			struct bt_setting *row = &rows[(*n)++];

			row->name = bt_pool_text(pool, name);
			row->value = bt_pool_text(pool, text ? text : "");
			row->list = json_is_array(value);
			free(text);
			if (!row->name || !row->value)
				return -ENOMEM;
		}
	}
	return 0;
}

char *bt_json_setting_text(const json_t *value)
{
	struct bt_words words = { 0 };
	char *line = NULL;
	int r = 0;

	if (!json_is_array(value))
		return value_text(value, 0);
	for (size_t i = 0; r == 0 && i < json_array_size(value); i++) {
		char *text = value_text(value, i);

		r = text ? bt_words_add(&words, text) : -EINVAL;
		free(text);
	}
	if (r == 0)
		line = bt_words_line(words.v, words.n);
	bt_words_fini(&words);
	return line;
}

bool bt_json_setting_equal(const json_t *a, const json_t *b)
{
	if (json_is_array(a) && json_array_size(a) == 1)
		a = json_array_get(a, 0);
	if (json_is_array(b) && json_array_size(b) == 1)
		b = json_array_get(b, 0);
	return a == b || json_equal(a, b);
}
