#include "json/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/stop.h"

const char *const bt_metric_kind_name[] = { "counter", "gauge", "ratio", "text", "times", NULL };
const char *const bt_metric_merge_name[] = { "sum", "maximum", "last", NULL };

struct bt_chunk {
	struct bt_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *bt_pool_alloc(struct bt_pool *pool, size_t size)
{
	const size_t align = _Alignof(max_align_t), room = (size + align - 1) / align * align;
	struct bt_chunk *chunk = pool->chunks;

	if (!chunk || chunk->size - chunk->used < room) {
		size_t length = BT_MAX(room, (size_t)65536);

		chunk = calloc(1, sizeof(*chunk) + length);
		if (!chunk)
			bt_out_of_memory();
		chunk->size = length;
		chunk->next = pool->chunks;
		pool->chunks = chunk;
	}
	chunk->used += room;
	return chunk->bytes + chunk->used - room;
}

const char *bt_pool_text(struct bt_pool *pool, const char *text)
{
	size_t size = strlen(text) + 1;

	return size == 1 ? "" : memcpy(bt_pool_alloc(pool, size), text, size);
}

void bt_pool_fini(struct bt_pool *pool)
{
	while (pool->chunks) {
		struct bt_chunk *chunk = pool->chunks;

		pool->chunks = chunk->next;
		free(chunk);
	}
}

static json_t *metrics_json(const struct bt_run_info *info)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < info->n_metrics; i++) {
		const struct bt_metric *m = &info->metrics[i];
		json_t *row = json_pack("{so so ss ss so si si}", "name", bt_json_string(m->name),
			"unit", bt_json_string(m->unit), "kind", bt_metric_kind_name[m->kind],
			"merge", bt_metric_merge_name[m->merge], "help", bt_json_string(m->help),
			"num", (int)m->num, "den", (int)m->den);

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *classes_json(const struct bt_run_info *info)
{
	json_t *items[BT_ERROR_CLASSES_MAX];
	unsigned n = BT_MIN(info->n_error_classes, BT_ERROR_CLASSES_MAX);

	for (unsigned i = 0; i < n; i++)
		items[i] = bt_json_string(info->error_classes[i]);
	return bt_json_array(items, n);
}

/* The texts of a description by name: what json_info writes and read_info reads. */
static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{ "workload", offsetof(struct bt_run_info, workload) },
	{ "summary", offsetof(struct bt_run_info, summary) },
	{ "unit", offsetof(struct bt_run_info, unit) },
	{ "profile", offsetof(struct bt_run_info, profile) },
	{ "host", offsetof(struct bt_run_info, host) },
	{ "version", offsetof(struct bt_run_info, version) },
	{ "command_line", offsetof(struct bt_run_info, command_line) },
	{ "clock", offsetof(struct bt_run_info, clock) },
	{ "pacing", offsetof(struct bt_run_info, pacing) },
	{ "late", offsetof(struct bt_run_info, late) },
	{ "watched", offsetof(struct bt_run_info, watched) },
	{ "kernel_clock", offsetof(struct bt_run_info, kernel_clock) },
	{ "build_flaw", offsetof(struct bt_run_info, build_flaw) },
	{ "commit", offsetof(struct bt_run_info, commit) },
};

/* Seeds take all 64 bits and JSON's integers 63, so a seed is written as its signed twin. */
json_t *bt_json_info(const struct bt_run_info *info)
{
	json_t *object = json_pack("{sb sb sI so so sI sI sf sf so so so so so}", "open_loop",
		info->open_loop, "waits", info->waits, "seed", (json_int_t)info->seed,
		"started_wall_ns", bt_json_moment(info->started_wall_ns), "planned_ns",
		bt_json_count(info->planned_ns), "workers", (json_int_t)info->workers, "processors",
		(json_int_t)info->processors, "quota", info->quota, "clock_cost_ns",
		info->clock_cost_ns, "descriptor_limit", bt_json_count(info->descriptor_limit),
		"metrics", metrics_json(info), "error_classes", classes_json(info), "settings",
		bt_json_settings(info->settings, info->n_settings), "tags",
		bt_json_settings(info->tags, info->n_tags));

	for (size_t i = 0; object && i < BT_LEN(texts); i++) {
		const char *text = *(const char *const *)((const char *)info + texts[i].offset);

		if (bt_json_set(object, texts[i].key, bt_json_string(text)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static int read_metric(struct bt_metric *m, struct bt_pool *pool, const json_t *row)
{
	m->name = bt_pool_text(pool, bt_json_get_text(row, "name"));
	m->unit = bt_pool_text(pool, bt_json_get_text(row, "unit"));
	m->help = bt_pool_text(pool, bt_json_get_text(row, "help"));
	m->kind = (enum bt_metric_kind)bt_json_get_name(row, "kind", bt_metric_kind_name, BT_GAUGE);
	m->merge = (enum bt_merge)bt_json_get_name(row, "merge", bt_metric_merge_name, BT_LAST);
	m->num = (unsigned)BT_MIN(bt_json_get_count(row, "num", 0), BT_METRICS_MAX - 1);
	m->den = (unsigned)BT_MIN(bt_json_get_count(row, "den", 0), BT_METRICS_MAX - 1);
	return m->name && m->unit && m->help ? 0 : -ENOMEM;
}

static int read_metrics(struct bt_run_info *info, struct bt_pool *pool, const json_t *array)
{
	unsigned n = (unsigned)BT_MIN(json_array_size(array), BT_METRICS_MAX);
	struct bt_metric *rows = bt_pool_alloc(pool, (n + 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		if (read_metric(&rows[i], pool, json_array_get(array, i)) < 0)
			return -ENOMEM;
	info->metrics = rows;
	info->n_metrics = n;
	return 0;
}

static int read_classes(struct bt_run_info *info, struct bt_pool *pool, const json_t *array)
{
	unsigned n = (unsigned)BT_MIN(json_array_size(array), BT_ERROR_CLASSES_MAX);
	const char **rows = bt_pool_alloc(pool, (n + 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		rows[i] = bt_pool_text(pool, text ? text : "");
		if (!rows[i])
			return -ENOMEM;
	}
	info->error_classes = rows;
	info->n_error_classes = n;
	return 0;
}

static int read_texts(struct bt_run_info *info, struct bt_pool *pool, const json_t *object)
{
	for (size_t i = 0; i < BT_LEN(texts); i++) {
		const char *text = bt_pool_text(pool, bt_json_get_text(object, texts[i].key));

		if (!text)
			return -ENOMEM;
		*(const char **)((char *)info + texts[i].offset) = text;
	}
	return 0;
}

static int read_info(struct bt_run_info *info, struct bt_pool *pool, const json_t *object)
{
	info->open_loop = json_is_true(json_object_get(object, "open_loop"));
	info->waits = json_is_true(json_object_get(object, "waits"));
	info->seed = (uint64_t)json_integer_value(json_object_get(object, "seed"));
	info->started_wall_ns = bt_json_get_moment(object, "started_wall_ns");
	info->planned_ns = bt_json_get_count(object, "planned_ns", 0);
	info->workers = (unsigned)bt_json_get_count(object, "workers", 0);
	info->processors = (unsigned)bt_json_get_count(object, "processors", 0);
	info->quota = json_number_value(json_object_get(object, "quota"));
	info->clock_cost_ns = json_number_value(json_object_get(object, "clock_cost_ns"));
	info->descriptor_limit = bt_json_get_count(object, "descriptor_limit", 0);
	return read_texts(info, pool, object) < 0 ||
			read_metrics(info, pool, json_object_get(object, "metrics")) < 0 ||
			read_classes(info, pool, json_object_get(object, "error_classes")) < 0 ||
			bt_json_read_settings(&info->settings, &info->n_settings, pool,
				json_object_get(object, "settings")) < 0 ||
			bt_json_read_settings(&info->tags, &info->n_tags, pool,
				json_object_get(object, "tags")) < 0
		? -ENOMEM
		: 0;
}

int bt_json_read_info(
	struct bt_run_info *info, struct bt_pool *pool, const json_t *object, struct bt_err *err)
{
	json_t *copy;
	int r;

	if (!json_is_object(object))
		return bt_fail(err, -EINVAL, "description: not a JSON object");
	copy = json_deep_copy(object);
	r = copy ? bt_json_mask(copy) : -ENOMEM;
	if (r == 0)
		r = read_info(info, pool, copy);
	json_decref(copy);
	return r < 0 ? bt_oom(err, "description") : 0;
}
