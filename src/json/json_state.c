/* json_state.c: what a snapshot says besides its interval, as compact JSON. */
#include "json/json.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* [count, mean, p50, p90, p95, p99, p999, max] */
static json_t *latency_row(const struct bt_latency *l)
{
	json_t *items[BT_QUANTILES + 3];

	if (!l->count)
		return json_null();
	items[0] = bt_json_count(l->count);
	items[1] = bt_json_real(l->mean);
	for (unsigned i = 0; i < BT_QUANTILES; i++)
		items[2 + i] = bt_json_count(l->q[i]);
	items[2 + BT_QUANTILES] = bt_json_count(l->max);
	return bt_json_array(items, BT_LEN(items));
}

static uint64_t count_at(const json_t *array, size_t i, uint64_t fallback)
{
	const json_t *value = json_array_get(array, i);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return fallback;
	return (uint64_t)json_integer_value(value);
}

static void read_latency(struct bt_latency *out, const json_t *array)
{
	out->count = count_at(array, 0, 0);
	out->mean = out->count ? json_number_value(json_array_get(array, 1)) : NAN;
	for (size_t i = 0; i < BT_QUANTILES; i++)
		out->q[i] = count_at(array, 2 + i, 0);
	out->max = count_at(array, 2 + BT_QUANTILES, 0);
}

/* Arrays of plain numbers in a snapshot, by name. Missing ones become `missing` when read. */
static const struct list {
	const char *key;
	size_t offset, n;
	uint64_t missing;
} lists[] = {
	{ "usage", offsetof(struct bt_snapshot, usage), sizeof(struct bt_usage) / 8, UINT64_MAX },
	{ "net", offsetof(struct bt_snapshot, net), sizeof(struct bt_net) / 8, UINT64_MAX },
	{ "watched", offsetof(struct bt_snapshot, watched), sizeof(struct bt_watched) / 8,
		UINT64_MAX },
	{ "errors", offsetof(struct bt_snapshot, errors), BT_ERROR_CLASSES_MAX, 0 },
	{ "warm", offsetof(struct bt_snapshot, warm_offered), 2, 0 },
	{ "rss", offsetof(struct bt_snapshot, rss_floor_bytes), 4, UINT64_MAX },
	{ "scored_ns", offsetof(struct bt_snapshot, scored_ns), 1, 0 },
	{ "backlog", offsetof(struct bt_snapshot, backlog), 1, 0 },
	{ "drift_ns", offsetof(struct bt_snapshot, clock_drift_ns), 1, 0 },
	{ "slow_dropped", offsetof(struct bt_snapshot, slow_dropped), 1, 0 },
};
static_assert(
	offsetof(struct bt_snapshot, warm_failed) == offsetof(struct bt_snapshot, warm_offered) + 8,
	"a list of two");
static_assert(offsetof(struct bt_snapshot, rss_left_bytes) ==
		offsetof(struct bt_snapshot, rss_floor_bytes) + 24,
	"a list of four");

static const struct {
	const char *key;
	size_t offset;
} latencies[] = {
	{ "queue", offsetof(struct bt_snapshot, total_queue) },
	{ "service", offsetof(struct bt_snapshot, total_service) },
	{ "response", offsetof(struct bt_snapshot, total_response) },
	{ "lag", offsetof(struct bt_snapshot, lag) },
};

/* Numbers at the end that reading fills in again are left out. */
static json_t *list_json(const struct bt_snapshot *snap, const struct list *list)
{
	const uint64_t *v = (const uint64_t *)((const char *)snap + list->offset);
	json_t *items[BT_ERROR_CLASSES_MAX];
	size_t n = list->n;

	while (n && v[n - 1] == list->missing)
		n--;
	for (size_t i = 0; i < n; i++)
		items[i] = bt_json_count(v[i]);
	return bt_json_array(items, n);
}

static void read_list(struct bt_snapshot *snap, const struct list *list, const json_t *array)
{
	uint64_t *v = (uint64_t *)((char *)snap + list->offset);

	for (size_t i = 0; i < list->n; i++)
		v[i] = count_at(array, i, list->missing);
}

static json_t *metrics_json(const struct bt_snapshot *snap, const struct bt_run_info *info)
{
	json_t *items[BT_METRICS_MAX];
	unsigned n = BT_MIN(info->n_metrics, BT_METRICS_MAX);

	for (unsigned i = 0; i < n; i++) {
		enum bt_metric_kind kind = info->metrics[i].kind;

		items[i] = kind == BT_COUNTER ? bt_json_count(snap->metrics[i].u)
			: kind == BT_TEXT     ? bt_json_string(snap->texts[i])
			: kind == BT_TIMES    ? latency_row(&snap->times[i])
					      : bt_json_real(snap->metrics[i].d);
	}
	return bt_json_array(items, n);
}

static void read_metrics(
	struct bt_snapshot *snap, const struct bt_run_info *info, const json_t *array)
{
	for (unsigned i = 0; i < info->n_metrics && i < BT_METRICS_MAX; i++) {
		const json_t *value = json_array_get(array, i);
		enum bt_metric_kind kind = info->metrics[i].kind;

		if (kind == BT_COUNTER)
			snap->metrics[i].u = count_at(array, i, 0);
		else if (kind == BT_TIMES)
			read_latency(&snap->times[i], value);
		else if (kind != BT_TEXT)
			snap->metrics[i].d = json_is_number(value) ? json_number_value(value) : NAN;
		else if (json_is_string(value))
			bt_text_format(snap->texts[i], BT_TEXT_MAX, "%s", json_string_value(value));
	}
}

static json_t *finding_json(const struct bt_snapshot *snap)
{
	if (isnan(snap->finding_value))
		return json_null();
	return json_pack("[o f o o]", bt_json_string(snap->finding_name), snap->finding_value,
		bt_json_string(snap->finding_unit), bt_json_string(snap->finding_text));
}

static void read_finding(struct bt_snapshot *snap, json_t *array)
{
	const char *name, *unit, *text;
	double value;

	snap->finding_value = NAN;
	if (json_unpack(array, "[s F s s]", &name, &value, &unit, &text) < 0)
		return;
	snap->finding_value = value;
	bt_text_format(snap->finding_name, sizeof(snap->finding_name), "%s", name);
	bt_text_format(snap->finding_unit, sizeof(snap->finding_unit), "%s", unit);
	bt_text_format(snap->finding_text, sizeof(snap->finding_text), "%s", text);
}

static json_t *current_json(const struct bt_snapshot *snap)
{
	const struct bt_segment_record *current;
	json_t *object;

	if (!snap->n_segments)
		return json_null();
	current = &snap->segments[snap->n_segments - 1];
	object = bt_json_result(&current->result);
	json_object_set_new(object, "index", json_integer((json_int_t)current->index));
	return object;
}

char *bt_state_text(const struct bt_snapshot *snap, const struct bt_run_info *info)
{
	json_t *object = json_pack("{so so so so sb sb}", "total", bt_json_counts(&snap->total),
		"metrics", metrics_json(snap, info), "finding", finding_json(snap), "segment",
		current_json(snap), "fatal", snap->fatal, "paused", snap->paused);
	bool whole = object != NULL;
	char *text;

	for (size_t i = 0; i < BT_LEN(lists); i++)
		whole &= !bt_json_set(object, lists[i].key, list_json(snap, &lists[i]));
	for (size_t i = 0; i < BT_LEN(latencies); i++)
		whole &= !bt_json_set(object, latencies[i].key,
			latency_row((const struct bt_latency *)((const char *)snap +
				latencies[i].offset)));
	text = whole ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
	json_decref(object);
	return text;
}

bool bt_state_read(struct bt_snapshot *snap, struct bt_segment_record *current,
	const struct bt_run_info *info, const char *text)
{
	json_t *object = json_loads(text, 0, NULL), *segment = json_object_get(object, "segment");
	bool found = json_is_object(segment);

	bt_json_read_counts(&snap->total, json_object_get(object, "total"));
	read_metrics(snap, info, json_object_get(object, "metrics"));
	read_finding(snap, json_object_get(object, "finding"));
	snap->fatal = json_is_true(json_object_get(object, "fatal"));
	snap->paused = json_is_true(json_object_get(object, "paused"));
	for (size_t i = 0; i < BT_LEN(lists); i++)
		read_list(snap, &lists[i], json_object_get(object, lists[i].key));
	for (size_t i = 0; i < BT_LEN(latencies); i++)
		read_latency((struct bt_latency *)((char *)snap + latencies[i].offset),
			json_object_get(object, latencies[i].key));
	if (found) {
		current->index = (unsigned)bt_json_get_count(segment, "index", 0);
		bt_json_read_result(&current->result, segment);
	}
	json_decref(object);
	return found;
}
