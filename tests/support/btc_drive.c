#include "btc_drive.h"

#include <stdlib.h>
#include <string.h>

static void need(bool ok)
{
	if (!ok)
		abort();
}

static int set_options(struct btc_drive *d, const char *const *options)
{
	struct bt_opt_set set = { d->workload->name, d->workload->opts, d->conf };
	int rc = 0;

	bt_opt_defaults(d->workload->opts, d->conf);
	for (; rc == 0 && options != NULL && *options != NULL; options += 2) {
		void *conf;
		const struct bt_opt *row = bt_opt_find(&set, 1, options[0], &conf);

		need(row != NULL);
		rc = bt_opt_set_value(row, conf, options[1], &d->err);
	}
	return rc;
}

int btc_drive_open(struct btc_drive *d, const struct bt_workload *workload, uint64_t seed,
	const char *const *options)
{
	int rc;

	memset(d, 0, sizeof(*d));
	d->workload = workload;
	d->conf = calloc(1, workload->conf_size);
	need(d->conf != NULL);
	d->env = (struct bt_env){ .seed = seed, .workers = 2, .conf = d->conf };
	rc = set_options(d, options);
	if (rc == 0 && workload->check != NULL)
		rc = workload->check(d->conf, &d->err);
	if (rc == 0)
		rc = workload->prepare(&d->env.shared, &d->env, &d->err);
	if (rc != 0)
		free(d->conf);
	return rc;
}

void btc_drive_close(struct btc_drive *d)
{
	d->workload->teardown(d->env.shared);
	free(d->conf);
}

void btc_driver_enter(struct btc_driver *w, const struct btc_drive *d)
{
	struct bt_env env = d->env;
	size_t size = (d->workload->state_size + 63) / 64 * 64;

	memset(w, 0, sizeof(*w));
	w->drive = d;
	w->state = aligned_alloc(64, size);
	need(w->state != NULL);
	memset(w->state, 0, size);
	env.meter = &w->meter;
	need(d->workload->enter(w->state, &env, NULL) == 0);
}

void btc_driver_run(struct btc_driver *w, uint64_t from, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct bt_result r = w->drive->workload->op(w->state, from + i);

		w->done += r.outcome == BT_DONE;
		w->failed += r.outcome != BT_DONE;
	}
}

void btc_driver_leave(struct btc_driver *w)
{
	w->drive->workload->leave(w->state);
	free(w->state);
}

uint64_t btc_driver_count(const struct btc_driver *w, const char *metric)
{
	struct bt_metric rows[BT_METRICS_MAX];
	unsigned n = bt_metric_rows(rows, w->drive->workload->metrics);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(rows[i].name, metric) == 0)
			return w->meter.count[i];
	abort();
}
