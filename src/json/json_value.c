#include "json/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stop.h"
#include "base/text.h"

json_t *bt_json_count(uint64_t v)
{
	return v > INT64_MAX ? json_null() : json_integer((json_int_t)v);
}

json_t *bt_json_moment(uint64_t unix_ns)
{
	return json_integer((json_int_t)unix_ns);
}

json_t *bt_json_real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* Without memory the program ends, as main has jansson end it: callers could only omit the member.
 */
static char *utf8(const char *text)
{
	char *copy = bt_text_utf8(text);

	if (!copy)
		bt_out_of_memory();
	return copy;
}

json_t *bt_json_string(const char *text)
{
	char *copy = utf8(text ? text : "");
	json_t *value = json_string(copy);

	free(copy);
	return value;
}

json_t *bt_json_text(const char *text)
{
	return text && *text ? bt_json_string(text) : json_null();
}

int bt_json_set(json_t *object, const char *key, json_t *value)
{
	char *copy = utf8(key);
	int r = json_object_set_new(object, copy, value);

	free(copy);
	return r;
}

int bt_json_print(FILE *out, const json_t *value, size_t flags, struct bt_err *err)
{
	char *text = value ? json_dumps(value, flags | JSON_REAL_PRECISION(12)) : NULL;

	if (!text)
		return bt_oom(err, "JSON of this");
	bt_print_json(out, text);
	free(text);
	return 0;
}

json_t *bt_json_array(json_t *const *items, size_t n)
{
	json_t *array = json_array();
	bool whole = array != NULL;

	for (size_t i = 0; i < n; i++)
		whole &= json_array_append_new(array, items[i]) == 0;
	if (whole)
		return array;
	json_decref(array);
	return NULL;
}

static uint64_t count_of(const json_t *value, uint64_t fallback)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return fallback;
	return (uint64_t)json_integer_value(value);
}

uint64_t bt_json_get_count(const json_t *object, const char *key, uint64_t fallback)
{
	return count_of(json_object_get(object, key), fallback);
}

uint64_t bt_json_get_moment(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

double bt_json_get_real(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *bt_json_get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int bt_json_get_name(const json_t *object, const char *key, const char *const *names, int fallback)
{
	const char *text = bt_json_get_text(object, key);

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return fallback;
}

void bt_json_copy_text(char *out, size_t size, const json_t *object, const char *key)
{
	const char *text = bt_json_get_text(object, key);
	size_t n = strlen(text);

	if (n < size) {
		memcpy(out, text, n + 1);
		return;
	}
	n = bt_utf8_cut(text, size - sizeof("…"));
	memcpy(out, text, n);
	memcpy(out + n, "…", sizeof("…"));
}

json_t *bt_json_latency(const struct bt_latency *latency)
{
	json_t *object;

	if (!latency->count)
		return json_null();
	object = json_pack("{so so}", "count", bt_json_count(latency->count), "mean",
		bt_json_real(latency->mean));
	for (unsigned i = 0; i < BT_QUANTILES; i++)
		json_object_set_new(object, bt_quantile_name[i], bt_json_count(latency->q[i]));
	json_object_set_new(object, "max", bt_json_count(latency->max));
	return object;
}

void bt_json_read_latency(struct bt_latency *out, const json_t *value)
{
	out->count = bt_json_get_count(value, "count", 0);
	out->mean = bt_json_get_real(value, "mean");
	for (unsigned i = 0; i < BT_QUANTILES; i++)
		out->q[i] = bt_json_get_count(value, bt_quantile_name[i], 0);
	out->max = bt_json_get_count(value, "max", 0);
}

json_t *bt_json_counts(const struct bt_counts *counts)
{
	json_t *const items[] = { bt_json_count(counts->offered), bt_json_count(counts->completed),
		bt_json_count(counts->failed), bt_json_count(counts->expired),
		bt_json_count(counts->units) };

	return bt_json_array(items, BT_LEN(items));
}

void bt_json_read_counts(struct bt_counts *out, const json_t *value)
{
	uint64_t *const members[] = { &out->offered, &out->completed, &out->failed, &out->expired,
		&out->units };

	for (size_t i = 0; i < BT_LEN(members); i++)
		*members[i] = count_of(json_array_get(value, i), 0);
}
