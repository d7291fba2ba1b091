#include "record/import_rule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/snapshot.h"
#include "record/import_check.h"
#include "record/json.h"

/* "PATH: VALUE: expected WORDS"; the path goes on with a member, unless it is NULL. */
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

/* Goes into a member or, with a NULL key, an element; returns what bt_check_leave() takes to come back. */
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

int bt_check_number(struct bt_check *c, const char *key, const json_t *value,
	enum bt_rule_kind kind, double most)
{
	static const char *const whole[] = { "a whole number", "a number", "a number", "a share" };
	double v = json_number_value(value);
	char a[BT_FMT_MAX];

	if (kind == BT_IS_SHARE)
		most = 1;
	if (kind == BT_IS_COUNT ? !json_is_integer(value) : !json_is_number(value))
		return bt_check_bad(c, key, value, "%s", whole[kind]);
	if (v < 0 && kind != BT_IS_SIGNED)
		return bt_check_bad(c, key, value, "%s, at least 0", whole[kind]);
	if (most > 0 && v > most)
		return bt_check_bad(c, key, value, "at most %s", bt_fmt_number(a, sizeof(a), most));
	return 0;
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

	for (unsigned i = 0; words[i] && n < sizeof(list); i++) {
		if (json_is_string(value) && strcmp(words[i], json_string_value(value)) == 0)
			return 0;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
			i == 0                 ? ""
				: words[i + 1] ? ", "
					       : " or ",
			words[i]);
	}
	return bt_check_bad(c, key, value, "%s", list);
}

/* p50 … max of a latency, or of the row [count, mean, p50 … max] that a state has. */
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
		if (bt_check_number(c, key, v, BT_IS_COUNT, 0) < 0)
			return -EINVAL;
		if (json_integer_value(v) < least)
			return bt_check_bad(
				c, key, v, "at least %s, %lld", before, (long long)least);
		least = json_integer_value(v);
		before = key;
	}
	return 0;
}

int bt_check_latency(struct bt_check *c, const json_t *value)
{
	static const struct bt_rule rules[] = {
		{ "count", BT_IS_COUNT, .must = true },
		{ "mean", BT_IS_REAL, .must = true },
		{ "max", BT_IS_COUNT, .must = true },
		{ .key = NULL },
	};
	double max = bt_json_get_real(value, "max");
	int r = bt_check_object(c, value, rules);

	if (r == 0)
		r = ascending(c, value);
	if (r == 0 && bt_json_get_real(value, "mean") > max * (1 + 1e-9))
		r = bt_check_bad(
			c, "mean", json_object_get(value, "mean"), "at most max, %.0f", max);
	return r;
}

static int row_is(struct bt_check *c, const json_t *value)
{
	double max = json_number_value(json_array_get(value, 2 + BT_QUANTILES));

	if (json_array_size(value) != 3 + BT_QUANTILES)
		return bt_check_bad(c, NULL, value, "%d numbers", 3 + BT_QUANTILES);
	if (bt_check_number(c, "count", json_array_get(value, 0), BT_IS_COUNT, 0) < 0 ||
		bt_check_number(c, "mean", json_array_get(value, 1), BT_IS_REAL, max * (1 + 1e-9)) <
			0)
		return -EINVAL;
	return ascending(c, value);
}

/* completed, failed and expired are parts of offered. */
static int parts_of(struct bt_check *c, const json_t *offered, const json_t *const *parts)
{
	static const char *const names[] = { "completed", "failed", "expired" };
	json_int_t left = json_integer_value(offered);
	const char *what = "offered";

	for (unsigned i = 0; i < BT_LEN(names); i++) {
		if (!parts[i])
			continue;
		if (json_integer_value(parts[i]) > left)
			return bt_check_bad(
				c, names[i], parts[i], "at most %s, %lld", what, (long long)left);
		left -= json_integer_value(parts[i]);
		what = "what is left of offered";
	}
	return 0;
}

int bt_check_adds_up(struct bt_check *c, const json_t *object)
{
	const json_t *offered = json_object_get(object, "offered");
	const json_t *in_flight = json_object_get(object, "in_flight");
	const json_t *const parts[] = { json_object_get(object, "completed"),
		json_object_get(object, "failed"), json_object_get(object, "expired") };
	json_int_t left = json_integer_value(offered);
	int r = offered ? parts_of(c, offered, parts) : 0;

	for (unsigned i = 0; i < BT_LEN(parts); i++)
		left -= json_integer_value(parts[i]);
	if (r == 0 && offered && parts[0] && parts[1] && parts[2] && json_is_integer(in_flight) &&
		json_integer_value(in_flight) != left)
		r = bt_check_bad(c, "in_flight", in_flight, "what is left of offered, %lld",
			(long long)left);
	return r;
}

/* [offered, completed, failed, expired, units] */
static int counts_are(struct bt_check *c, const json_t *value, bool add_up)
{
	const json_t *const parts[] = { json_array_get(value, 1), json_array_get(value, 2),
		json_array_get(value, 3) };

	if (json_array_size(value) != 5)
		return bt_check_bad(c, NULL, value, "5 numbers");
	for (size_t i = 0; i < 5; i++)
		if (bt_check_number(c, NULL, json_array_get(value, i), BT_IS_COUNT, 0) < 0)
			return -EINVAL;
	return add_up ? parts_of(c, json_array_get(value, 0), parts) : 0;
}

static int element_is(struct bt_check *c, const json_t *value, const struct bt_rule *inside)
{
	static const struct bt_rule text = { .key = "", .kind = BT_IS_TEXT };

	if (inside)
		return json_is_object(value) ? bt_check_object(c, value, inside)
					     : bt_check_bad(c, NULL, value, "an object");
	return text_is(c, NULL, value, &text);
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

		if (element_is(c, row, rule->inside) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	return 0;
}

/* An option that repeats has a list of its values. */
static int map_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	static const struct bt_rule texts = { .key = "", .kind = BT_IS_LIST };
	const char *key;
	json_t *row;

	if (!json_is_object(value))
		return bt_check_bad(c, NULL, value, "an object");
	if (rule->most > 0 && (double)json_object_size(value) > rule->most)
		return bt_check_bad(c, NULL, value, "at most %.0f members", rule->most);
	json_object_foreach((json_t *)value, key, row)
	{
		size_t before = bt_check_enter(c, key, 0);
		bool many = !rule->inside && json_is_array(row);

		if (many ? list_is(c, row, &texts) < 0 : element_is(c, row, rule->inside) < 0)
			return -EINVAL;
		bt_check_leave(c, before);
	}
	return 0;
}

static int inner_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	size_t before = bt_check_enter(c, rule->key, 0);
	int r = 0;

	if (rule->kind == BT_IS_LIST)
		r = list_is(c, value, rule);
	else if (rule->kind == BT_IS_MAP)
		r = map_is(c, value, rule);
	else if (rule->kind == BT_IS_ROW)
		r = row_is(c, value);
	else if (rule->kind == BT_IS_COUNTS)
		r = counts_are(c, value, rule->must);
	else if (!json_is_object(value))
		r = bt_check_bad(c, NULL, value, "an object");
	else
		r = rule->kind == BT_IS_LATENCY ? bt_check_latency(c, value)
			: rule->inside          ? bt_check_object(c, value, rule->inside)
						: 0;
	if (r == 0)
		bt_check_leave(c, before);
	return r;
}

static int member_is(struct bt_check *c, const json_t *value, const struct bt_rule *rule)
{
	if (json_is_null(value) && rule->null)
		return 0;
	switch (rule->kind) {
	case BT_IS_COUNT:
	case BT_IS_REAL:
	case BT_IS_SIGNED:
	case BT_IS_SHARE:
		return bt_check_number(c, rule->key, value, rule->kind, rule->most);
	case BT_IS_TEXT:
		return text_is(c, rule->key, value, rule);
	case BT_IS_WORD:
		return word_is(c, rule->key, value, rule->words);
	case BT_IS_FLAG:
		return json_is_boolean(value) ? 0
					      : bt_check_bad(c, rule->key, value, "true or false");
	default:
		return inner_is(c, value, rule);
	}
}

int bt_check_object(struct bt_check *c, const json_t *object, const struct bt_rule *rules)
{
	for (; rules->key; rules++) {
		const json_t *value = json_object_get(object, rules->key);

		if (!value && !rules->must)
			continue;
		if (!value)
			return bt_check_bad(c, rules->key, NULL, "it");
		if (member_is(c, value, rules) < 0)
			return -EINVAL;
	}
	return 0;
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
