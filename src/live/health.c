/* The health report. */
#include <jansson.h>
#include <math.h>

#include "json/json.h"
#include "live/metrics.h"
#include "judge/verdict.h"

const char *const bt_health_name[] = { "healthy", "degraded", "stopping" };

static json_t *count(uint64_t v)
{
	return v == UINT64_MAX ? json_null() : json_integer((json_int_t)v);
}

static bool crossed(const struct bt_thresholds *all)
{
	for (unsigned i = 0; i < bt_thresholds_count(all); i++)
		if (bt_thresholds_get(all, i)->verdict == BT_CROSSED)
			return true;
	return false;
}

enum bt_health bt_health_json(
	char **json, const struct bt_tally *tally, bool stopping, const char *result)
{
	const struct bt_run_info *info = tally->info;
	const struct bt_snapshot *last = tally->last;
	struct bt_judgement judge;
	struct bt_totals f;
	enum bt_health health = BT_HEALTHY;
	json_t *object;

	bt_judge(&judge, tally);
	bt_totals_of(&f, tally);
	if (judge.verdict != BT_VALID || crossed(info->thresholds))
		health = BT_DEGRADED_HEALTH;
	if (stopping || result)
		health = BT_STOPPING;
	object = json_pack("{ss sf so so so so sI so so ss so}", "status", bt_health_name[health],
		"uptime", (double)last->t_ns / 1e9, "memory_usage", count(last->usage.rss_bytes),
		"cpu_usage", bt_json_real(f.cpu_usage), "network_in_bytes",
		count(last->net.own_in_bytes), "network_out_bytes", count(last->net.own_out_bytes),
		"run", (json_int_t)info->id, "workload", bt_json_string(info->workload), "profile",
		bt_json_string(info->profile), "verdict", bt_verdict_name[judge.verdict], "result",
		result ? bt_json_string(result) : json_null());
	*json = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(object);
	return health;
}
