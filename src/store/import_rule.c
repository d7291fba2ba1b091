#include "store/import_rule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/snapshot.h"
#include "store/import_check.h"
#include "json/json.h"

int bt_check_bad(struct bt_check *c, const char *key, const json_t *value, const char *fmt, ...)
{
	char *json = value
		? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12))
		: NULL;
	char words[160], shown[60], name[80];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	bt_text_format(shown, sizeof(shown), "%s", json ? json : "missing");
	bt_text_format(name, sizeof(name), "%s", key ? key : "");
	free(json);
	return bt_fail(c->err, -EINVAL, "%s%s%s: %s: expected %s", c->path, key ? "." : "", name,
		shown, words);
}

size_t bt_check_enter(struct bt_check *c, const char *key, size_t i)
{
	size_t before = strlen(c->path), room = sizeof(c->path) - before;
	char name[80];

	if (key)
		snprintf(c->path + before, room, ".%s",
			bt_text_format(name, sizeof(name), "%s", key));
	else
		snprintf(c->path + before, room, "[%zu]", i);
	return before;
}

void bt_check_leave(struct bt_check *c, size_t before)
{
	c->path[before] = '\0';
}

int bt_check_at_most(
	struct bt_check *c, const json_t *object, const char *key, double most, const char *what)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value) || !(json_number_value(value) > most))
		return 0;
	return bt_check_bad(c, key, value, "at most %s, %.12g", what, most);
}

static int number_is(
	struct bt_check *c, const char *key, const json_t *value, const struct bt_rule *rule)
{
	static const char *const kinds[] = { [BT_IS_COUNT] = "a whole number",
		[BT_IS_WHOLE] = "a whole number",
		[BT_IS_REAL] = "a number",
		[BT_IS_SIGNED] = "a number",
		[BT_IS_SHARE] = "a share" };
	bool whole = rule->kind == BT_IS_COUNT || rule->kind == BT_IS_WHOLE;
	bool negative = rule->kind == BT_IS_WHOLE || rule->kind == BT_IS_SIGNED;
	double v = json_number_value(value);
	double most = rule->kind == BT_IS_SHARE ? 1 : rule->most;
	char a[BT_FMT_MAX];

	if (whole ? !json_is_integer(value) : !json_is_number(value))
		return bt_check_bad(c, key, value, "%s", kinds[rule->kind]);
	if (v < 0 && !negative)
		return bt_check_bad(c, key, value, "%s, at least 0", kinds[rule->kind]);
	if (rule->least < 0 && v < rule->least)
		return bt_check_bad(c, key, value, "at least %.0f", rule->least);
	if (most > 0 && v > most)
		return bt_check_bad(c, key, value, "at most %s", bt_fmt_number(a, sizeof(a), most));
	if (rule->in_run && v > c->run_ns)
		return bt_check_bad(c, key, value, "at most the run's length, %.0f", c->run_ns);
	return 0;
}

int bt_check_count(struct bt_check *c, const char *key, const json_t *value)
{
	static const struct bt_rule count = { .kind = BT_IS_COUNT };

	return number_is(c, key, value, &count);
}

static int text_is(
	struct bt_check *c, const char *key, const json_t *value, const struct bt_rule *rule)
{
	const char *text = json_string_value(value);

	if (!text)
		return bt_check_bad(c, key, value, "a text");
	if (rule->must && !*text)
		return bt_check_bad(c, key, value, "a text that is not empty");
	if (rule->most > 0 && (double)json_string_length(value) >= rule->most)
		return bt_check_bad(c, key, value, "less than %.0f bytes", rule->most);
	return 0;
}

static int word_is(
	struct bt_check *c, const char *key, const json_t *value, const char *const *words)
{
	char list[120] = "";
	size_t n = 0;

	for (unsigned i = 0; words[i]; i++)
		if (json_is_string(value) && strcmp(words[i], json_string_value(value)) == 0)
			return 0;
	for (unsigned i = 0; words[i] && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
			i == 0                 ? ""
				: words[i + 1] ? ", "
					       : " or ",
			words[i]);
	return bt_check_bad(c, key, value, "%s", list);
}

/* Checks that p50 to max of a latency, as an object or a row, never fall. */
static int ascending(struct bt_check *c, const json_t *value)
{
	const char *before = NULL;
	json_int_t least = 0;

	for (unsigned i = 0; i <= BT_QUANTILES; i++) {
		const char *key = i < BT_QUANTILES ? bt_quantile_name[i] : "max";
		const json_t *v = json_is_array(value) ? json_array_get(value, 2 + i)
						       : json_object_get(value, key);

		if (!v)
			continue;
		if (bt_check_count(c, key, v) < 0)
			return -EINVAL;
		if (json_integer_value(v) < least)
			return bt_check_bad(
				c, key, v, "at least %s, %lld", before, (long long)least);
		least = json_integer_value(v);
		before = key;
	}
	return 0;
}

/* A mean is rounded, so its last digits may exceed the maximum. */
static double most_mean(double max)
{
	return max * (1 + 1e-9);
}

static int latency_holds(struct bt_check *c, const json_t *value)
{
	double max = bt_json_get_real(value, "max");
	int r = ascending(c, value);

	return r == 0 ? bt_check_at_most(c, value, "mean", most_mean(max), "max") : r;
}

const struct bt_rule bt_latency_rules[] = {
	COUNT("count", .must = true),
	REAL("mean", .must = true),
	COUNT("max", .must = true),
	{ .holds = latency_holds },
};

static int row_is(struct bt_check *c, const json_t *value)
{
	double max = json_number_value(json_array_get(value, 2 + BT_QUANTILES));
	const struct bt_rule mean = { .kind = BT_IS_REAL, .most = most_mean(max) };

	if (json_array_size(value) != 3 + BT_QUANTILES)
		return bt_check_bad(c, NULL, value, "%d numbers", 3 + BT_QUANTILES);
	if (bt_check_count(c, "count", json_array_get(value, 0)) < 0 ||
		number_is(c, "mean", json_array_get(value, 1), &mean) < 0)
		return -EINVAL;
	return ascending(c, value);
}

static const char *const part_names[] = { "completed", "failed", "expired", "in_flight" };

/* A missing part is NULL. When the others are known, in_flight is the rest. */
static int parts_add_up(
	struct bt_check *c, const json_t *offered, const json_t *const parts[BT_LEN(part_names)])
{
	json_int_t left = json_integer_value(offered);
	const char *what = "offered";
	bool known = true;
	size_t i;

	if (!json_is_integer(offered))
		return 0;
	for (i = 0; i + 1 < BT_LEN(part_names); i++) {
		known &= json_is_integer(parts[i]);
		if (!parts[i])
			continue;
		if (json_integer_value(parts[i]) > left)
			return bt_check_bad(c, part_names[i], parts[i], "at most %s, %lld", what,
				(long long)left);
		left -= json_integer_value(parts[i]);
		what = "what is left of offered";
	}
	if (known && json_is_integer(parts[i]) && json_integer_value(parts[i]) != left)
		return bt_check_bad(c, part_names[i], parts[i], "what is left of offered, %lld",
			(long long)left);
	return 0;
}

int bt_check_parts(struct bt_check *c, const json_t *object)
{
	const json_t *parts[BT_LEN(part_names)];

	for (size_t i = 0; i < BT_LEN(part_names); i++)
		parts[i] = json_object_get(object, part_names[i]);
	return parts_add_up(c, json_object_get(object, "offered"), parts);
}

/* More operations may complete in an interval than it offers, but not in total. */
static int counts_are(struct bt_check *c, const json_t *value, bool total)
{
	const json_t *const parts[BT_LEN(part_names)] = { json_array_get(value, 1),
		json_array_get(value, 2), json_array_get(value, 3) };

	if (json_array_size(value) != 5)
		return bt_check_bad(c, NULL, value, "5 numbers");
	for (size_t i = 0; i < 5; i++)
		if (bt_check_count(c, NULL, json_array_get(value, i)) < 0)
			return -EINVAL;
	return total ? parts_add_up(c, json_array_get(value, 0), parts) : 0;
}

static int member_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule);

static int element_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	const struct bt_rule one = { .kind = rule->each, .null = rule->each != BT_IS_TEXT };

	return rule->inside ? bt_check_object(c, value, rule->inside) : member_is(c, value, &one);
}

static int list_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	const json_t *row;
	size_t i;

	if (!json_is_array(value))
		return bt_check_bad(c, NULL, value, "a list");
	if (rule->most > 0 && (double)json_array_size(value) > rule->most)
		return bt_check_bad(c, NULL, value, "at most %.0f elements", rule->most);
	json_array_foreach((json_t *)value, i, row)
	{
		size_t before = bt_check_enter(c, NULL, i);

		if (element_is(c, row, rule) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	return 0;
}

static int map_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	const char *key;
	json_t *row;

	if (!json_is_object(value))
		return bt_check_bad(c, NULL, value, "an object");
	if (rule->most > 0 && (double)json_object_size(value) > rule->most)
		return bt_check_bad(c, NULL, value, "at most %.0f members", rule->most);
	json_object_foreach((json_t *)value, key, row)
	{
		size_t before = bt_check_enter(c, key, 0);
		bool many = rule->kind == BT_IS_SETTINGS && json_is_array(row);

		if (many ? list_is(c, row, rule) < 0 : element_is(c, row, rule) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	return 0;
}

/* Bytes that are not UTF-8 are base64. map_is refuses anything else that is no text, with its
 * path. */
static int settings_are(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	if (json_is_object(value) && bt_json_check_settings(value, NULL) == 0)
		return 0;
	return map_is(c, value, rule);
}

static int inner_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	switch (rule->kind) {
	case BT_IS_LIST:
		return list_is(c, value, rule);
	case BT_IS_MAP:
		return map_is(c, value, rule);
	case BT_IS_SETTINGS:
		return settings_are(c, value, rule);
	case BT_IS_ROW:
		return row_is(c, value);
	case BT_IS_METRIC:
		return json_is_number(value) || json_is_string(value) ? 0 : row_is(c, value);
	case BT_IS_COUNTS:
		return counts_are(c, value, rule->must);
	default:
		return bt_check_object(c, value, rule->inside);
	}
}

/* The rule of an element has no key: the path already names the element. */
static int member_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	size_t before = strlen(c->path);
	int r;

	if (rule->null && json_is_null(value))
		return 0;
	switch (rule->kind) {
	case BT_IS_COUNT:
	case BT_IS_WHOLE:
	case BT_IS_REAL:
	case BT_IS_SIGNED:
	case BT_IS_SHARE:
		return number_is(c, rule->key, value, rule);
	case BT_IS_TEXT:
		return text_is(c, rule->key, value, rule);
	case BT_IS_WORD:
		return word_is(c, rule->key, value, rule->words);
	case BT_IS_FLAG:
		return json_is_boolean(value) ? 0
					      : bt_check_bad(c, rule->key, value, "true or false");
	default:
		if (rule->key)
			bt_check_enter(c, rule->key, 0);
		r = inner_is(c, value, rule);
		if (r == 0)
			bt_check_leave(c, before);
		return r;
	}
}

/* Checks types first: comparisons of members rely on them. */
int bt_check_object(struct bt_check *c, const json_t *object, const struct bt_rule *rules)
{
	const struct bt_rule *rule = rules;

	if (!json_is_object(object))
		return bt_check_bad(c, NULL, object, "an object");
	for (; rules && rule->key; rule++) {
		const json_t *value = json_object_get(object, rule->key);

		if (!value && rule->must)
			return bt_fail(c->err, -EINVAL, "%s.%s: missing", c->path, rule->key);
		if (value && member_is(c, value, rule) < 0)
			return -EINVAL;
	}
	for (rule = rules; rules && rule->key; rule++)
		if (rule->below &&
			bt_check_at_most(c, object, rule->key,
				bt_json_get_real(object, rule->below), rule->below) < 0)
			return -EINVAL;
	return rules && rule->holds ? rule->holds(c, object) : 0;
}

static int no_nul(struct bt_check *c, const json_t *value)
{
	json_t *inner;
	const char *key;
	size_t i, before;

	if (json_is_string(value) && strlen(json_string_value(value)) < json_string_length(value))
		return bt_check_bad(c, NULL, value, "a text without \\u0000");
	json_array_foreach((json_t *)value, i, inner)
	{
		before = bt_check_enter(c, NULL, i);
		if (no_nul(c, inner) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	json_object_foreach((json_t *)value, key, inner)
	{
		before = bt_check_enter(c, key, 0);
		if (no_nul(c, inner) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	return 0;
}

int bt_check_texts(const char *root, const json_t *document, struct bt_err *err)
{
	struct bt_check c = { .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return no_nul(&c, document);
}
