/*
 * metrics.h: a run as metrics for Prometheus and as a health report, from its snapshots.
 * benchtop-metrics(7) names them. Main thread.
 */
#ifndef BT_METRICS_H
#define BT_METRICS_H

#include "live/exposition.h"
#include "judge/tally.h"
#include "judge/threshold.h"

struct bt_metrics;

/* info must outlive it. Its histograms are allocated and touched here. -ENOMEM. */
int bt_metrics_open(struct bt_metrics **out, const struct bt_run_info *info, struct bt_err *err);
void bt_metrics_close(struct bt_metrics *m); /* accepts NULL */
/* Each snapshot, once. */
void bt_metrics_put(struct bt_metrics *m, const struct bt_snapshot *snap);
/* All metrics by now. free(); NULL: no memory. `result`: as it ended, "ended", "stopped", "failed";
 * NULL: it goes on. */
char *bt_metrics_text(const struct bt_metrics *m, const struct bt_tally *tally,
	enum bt_exposition_format format, const char *result);

enum bt_health { BT_HEALTHY, BT_DEGRADED_HEALTH, BT_STOPPING };
extern const char *const bt_health_name[];

/*
 * How the run is, and as JSON (free(); NULL: no memory): degraded when the measurement is not valid
 * or a threshold is crossed, stopping once the run has ended or was told to.
 */
enum bt_health bt_health_json(
	char **json, const struct bt_tally *tally, bool stopping, const char *result);

#endif
