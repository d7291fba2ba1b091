#include "store/import_report.h"

#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "core/feed.h"

/* Describes the run. A report has no table of metrics. */
static void describe(struct bt_run_info *info, struct bt_pool *pool, const json_t *report)
{
	const json_t *environment = json_object_get(report, "environment");
	const json_t *seed = json_object_get(report, "seed");

	*info = (struct bt_run_info){
		.workload = bt_pool_text(pool, bt_json_get_text(report, "workload")),
		.summary = "",
		.unit = bt_pool_text(pool, bt_json_get_text(report, "unit")),
		.profile = bt_pool_text(pool, bt_json_get_text(report, "profile")),
		.open_loop = strcmp(bt_json_get_text(report, "mode"), "open") == 0,
		.seed = bt_json_get_count(report, "seed", 0),
		.host = bt_pool_text(pool, bt_json_get_text(report, "host")),
		.version = bt_pool_text(pool, bt_json_get_text(report, "version")),
		.command_line = bt_pool_text(pool, bt_json_get_text(report, "command_line")),
		.commit = bt_pool_text(pool, bt_json_get_text(report, "commit")),
		.clock = bt_pool_text(pool, bt_json_get_text(environment, "clock")),
		.pacing = "",
		.late = "",
	};
	bt_parse_utc(&info->started_wall_ns, bt_json_get_text(report, "started"));
	if (json_is_string(seed))
		bt_parse_count(&info->seed, json_string_value(seed));
	bt_json_read_settings(
		&info->settings, &info->n_settings, pool, json_object_get(report, "options"));
	bt_json_read_settings(&info->tags, &info->n_tags, pool, json_object_get(report, "tags"));
}

/* Classes of errors with their counts. */
static void take_errors(struct bt_run_info *info, struct bt_pool *pool, struct bt_snapshot *snap,
	const json_t *errors)
{
	const char **names = bt_pool_alloc(pool, BT_ERROR_CLASSES_MAX * sizeof(*names));
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)errors, name, value)
	{
		if (!names || info->n_error_classes == BT_ERROR_CLASSES_MAX)
			break;
		snap->errors[info->n_error_classes] = bt_json_get_count(value, "count", 0);
		names[info->n_error_classes++] = bt_pool_text(pool, name);
	}
	info->error_classes = names;
}

static uint64_t ns_of(const json_t *report, const char *key)
{
	double s = bt_json_get_real(report, key);

	return bt_u64(round(s * 1e9));
}

/* The totals as a last snapshot without an interval. */
static void total(struct bt_snapshot *snap, const json_t *report)
{
	const json_t *latency = json_object_get(report, "latency_ns");
	const json_t *found = json_object_get(report, "finding");
	uint64_t cpu_ns = ns_of(report, "cpu_seconds");

	bt_snapshot_clear(snap);
	snap->t_ns = ns_of(report, "duration_s");
	snap->scored_ns = ns_of(report, "scored_s");
	snap->target_rate = NAN;
	snap->total = (struct bt_counts){
		.offered = bt_json_get_count(report, "offered", 0),
		.completed = bt_json_get_count(report, "completed", 0),
		.failed = bt_json_get_count(report, "failed", 0),
		.expired = bt_json_get_count(report, "expired", 0),
		.units = bt_json_get_count(report, "units", 0),
	};
	bt_json_read_latency(&snap->total_queue, json_object_get(latency, "queue"));
	bt_json_read_latency(&snap->total_service, json_object_get(latency, "service"));
	bt_json_read_latency(&snap->total_response, json_object_get(latency, "response"));
	memset(&snap->usage, 0xff, sizeof(snap->usage)); /* unknown */
	memset(&snap->watched, 0xff, sizeof(snap->watched));
	snap->usage.cpu_ns = cpu_ns ? cpu_ns : UINT64_MAX;
	snap->net.own_in_bytes = bt_json_get_count(report, "net_in_bytes", UINT64_MAX);
	snap->net.own_out_bytes = bt_json_get_count(report, "net_out_bytes", UINT64_MAX);
	snap->net.if_in_bytes = bt_json_get_count(report, "interface_in_bytes", UINT64_MAX);
	snap->net.if_out_bytes = bt_json_get_count(report, "interface_out_bytes", UINT64_MAX);
	snap->rss_start_bytes = bt_json_get_count(report, "rss_start_bytes", 0);
	snap->rss_peak_bytes = bt_json_get_count(report, "rss_peak_bytes", 0);
	snap->rss_left_bytes = bt_json_get_count(report, "bytes_leaked", UINT64_MAX);
	snap->warm_offered = bt_json_get_count(json_object_get(report, "warm_up"), "offered", 0);
	snap->warm_failed = bt_json_get_count(json_object_get(report, "warm_up"), "failed", 0);
	/* A finding too long for a snapshot stays in the report alone. */
	snap->finding_value = NAN;
	if (strlen(bt_json_get_text(found, "name")) >= sizeof(snap->finding_name) ||
		strlen(bt_json_get_text(found, "unit")) >= sizeof(snap->finding_unit) ||
		strlen(bt_json_get_text(found, "text")) >= sizeof(snap->finding_text))
		return;
	snap->finding_value = bt_json_get_real(found, "value");
	bt_json_copy_text(snap->finding_name, sizeof(snap->finding_name), found, "name");
	bt_json_copy_text(snap->finding_unit, sizeof(snap->finding_unit), found, "unit");
	bt_json_copy_text(snap->finding_text, sizeof(snap->finding_text), found, "text");
}

bool bt_report_give(struct bt_snapshot *snap, const json_t *report)
{
	const json_t *segments = json_object_get(report, "segments");
	const json_t *events = json_object_get(report, "events");
	size_t s = snap->seq * BT_SNAP_SEGMENTS, e = snap->seq * BT_SNAP_EVENTS;

	snap->n_segments = snap->n_events = 0;
	for (; s < json_array_size(segments) && snap->n_segments < BT_SNAP_SEGMENTS; s++)
		bt_json_read_segment(
			&snap->segments[snap->n_segments++], json_array_get(segments, s));
	for (; e < json_array_size(events) && snap->n_events < BT_SNAP_EVENTS; e++)
		bt_json_read_event(&snap->events[snap->n_events++], json_array_get(events, e));
	snap->seq++;
	snap->last = s >= json_array_size(segments) && e >= json_array_size(events);
	return !snap->last;
}

void bt_report_begin(struct bt_run_info *info, struct bt_pool *pool, struct bt_snapshot *snap,
	const json_t *report)
{
	describe(info, pool, report);
	total(snap, report);
	take_errors(info, pool, snap, json_object_get(report, "errors"));
}
