#include "store/versus.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "store/preview.h"

static struct bt_within *read_within(
	struct bt_store *store, const struct bt_trials *trials, double rate, uint64_t seed)
{
	struct bt_within *within;
	struct bt_source *source;

	if (bt_store_source(store, trials->v[0].run, &source, NULL) < 0)
		return NULL;
	within = calloc(1, sizeof(*within));
	if (within && bt_within_read(within, source, rate, seed, NULL) < 0) {
		free(within);
		within = NULL;
	}
	bt_source_close(source);
	return within;
}

void bt_store_within(struct bt_within *out[2], struct bt_store *store, const struct bt_trials *a,
	const struct bt_trials *b)
{
	bool ramps = bt_trials_are_ramps(a, b);
	double rate = ramps ? bt_trials_common_rate(a, b) : NAN;

	out[0] = out[1] = NULL;
	if (a->n != 1 || b->n != 1 || (ramps && isnan(rate)))
		return;
	out[0] = read_within(store, a, rate, 1);
	out[1] = read_within(store, b, rate, 2);
}

/* Reports, and how long the longest run is. */
static int read_reports(struct bt_versus *v, struct bt_store *store, unsigned side,
	const uint64_t *ids, size_t n, struct bt_err *err)
{
	for (size_t i = 0; i < n; i++) {
		json_t *report;
		char *text;
		int r = bt_store_report(store, ids[i], &text, err);

		if (r == 0)
			r = bt_trials_add(&v->trials[side], text, err);
		if (r < 0) {
			free(text);
			return r;
		}
		report = json_loads(text, 0, NULL);
		v->length_ns = bt_u64(fmax((double)v->length_ns,
			fmax(bt_json_get_real(report, "duration_s"), 0) * 1e9));
		json_decref(report);
		free(text);
	}
	return 0;
}

/* A run's snapshots: latencies of intervals that are scored but for a tenth, operations wherever
 * they lie. */
static void read_source(struct bt_versus *v, struct bt_versus_side *side, struct bt_source *source,
	double *operations, double *lived)
{
	struct bt_scope scope = { .rate = v->comparison.at_rate };
	const struct bt_snapshot *snap;
	uint64_t end_ns = 0;

	side->open_loop = source->info.open_loop;
	while ((snap = source->ops->next(source))) {
		bool holds = bt_scope_holds(&scope, snap);

		if (!snap->span_ns)
			continue;
		end_ns = snap->t_ns;
		if (holds)
			bt_hist_merge(
				&side->latency, side->open_loop ? &snap->response : &snap->service);
		bt_spread(operations, BT_VERSUS_POINTS, v->length_ns,
			snap->t_ns - BT_MIN(snap->span_ns, snap->t_ns), snap->t_ns,
			(double)snap->interval.completed);
	}
	bt_spread(lived, BT_VERSUS_POINTS, v->length_ns, 0, end_ns, (double)end_ns / 1e9);
}

static int read_side(struct bt_versus *v, struct bt_store *store, unsigned k, struct bt_err *err)
{
	double operations[BT_VERSUS_POINTS] = { 0 }, lived[BT_VERSUS_POINTS] = { 0 };
	struct bt_versus_side *side = &v->sides[k];
	const struct bt_trials *trials = &v->trials[k];

	bt_hist_init(&side->latency);
	for (size_t i = 0; i < trials->n; i++) {
		struct bt_source *source;
		int r = bt_store_source(store, trials->v[i].run, &source, err);

		if (r < 0)
			return r;
		read_source(v, side, source, operations, lived);
		bt_source_close(source);
	}
	for (unsigned i = 0; i < BT_VERSUS_POINTS; i++)
		side->rate[i] = lived[i] > 0 ? operations[i] / lived[i] : NAN;
	return bt_store_lost(store, err);
}

/* Differences. */

/* For people: a text that is too long for its column ends in "…". */
static void as_text(char *out, size_t size, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	char *text = json_is_number(value) ? NULL : bt_json_setting_text(value);

	if (json_is_number(value))
		snprintf(out, size, "%.15g", json_number_value(value));
	else
		bt_text_format(out, size, "%s", text ? text : "");
	free(text);
}

static bool is_told(const struct bt_versus *v, const char *what)
{
	for (unsigned i = 0; i < v->n_differences; i++)
		if (strcmp(v->differences[i].what, what) == 0)
			return true;
	return false;
}

static void hold(struct bt_versus *v, const char *before, const char *key, const json_t *a,
	const json_t *b, bool hinders)
{
	const json_t *of_a = json_object_get(a, key), *of_b = json_object_get(b, key);
	struct bt_difference d = { .hinders = hinders };

	bt_text_format(d.what, sizeof(d.what), "%s%s", before, key);
	as_text(d.a, sizeof(d.a), a, key);
	as_text(d.b, sizeof(d.b), b, key);
	if (!bt_json_setting_equal(of_a, of_b) && v->n_differences < BT_VERSUS_DIFFERENCES &&
		!is_told(v, d.what))
		v->differences[v->n_differences++] = d;
}

/* All members that one of both has, but the options that runs of one kind may differ in. */
static void hold_all(
	struct bt_versus *v, const char *before, const json_t *a, const json_t *b, bool hinder)
{
	const json_t *of[2] = { a, b };

	for (unsigned side = 0; side < 2; side++) {
		const char *key;
		json_t *value;

		json_object_foreach((json_t *)of[side], key, value)
		{
			if (!json_is_object(value) && !bt_trials_free_option(key))
				hold(v, before, key, a, b, hinder);
		}
	}
}

/* What makes runs incomparable first, then what could explain a difference. */
static void find_differences(struct bt_versus *v)
{
	static const char *const kinds[] = { "workload", "profile", "mode" };
	static const char *const machine[] = { "cpu", "processors_allowed", "architecture",
		"memory_limit_bytes", "clock", "flaw" };
	static const char *const plain[] = { "host", "kernel", "os", "governor", "compiler" };
	const json_t *a = v->trials[0].about, *b = v->trials[1].about;
	const json_t *here = json_object_get(a, "environment"),
		     *there = json_object_get(b, "environment");

	for (unsigned i = 0; i < BT_LEN(kinds); i++)
		hold(v, "", kinds[i], a, b, true);
	hold_all(v, "--", json_object_get(a, "options"), json_object_get(b, "options"), true);
	for (unsigned i = 0; i < BT_LEN(machine); i++)
		hold(v, "", machine[i], here, there, true);
	hold(v, "", "commit", a, b, false);
	hold(v, "", "version", a, b, false);
	for (unsigned i = 0; i < BT_LEN(plain); i++)
		hold(v, "", plain[i], here, there, false);
	hold_all(v, "", json_object_get(here, "libraries"), json_object_get(there, "libraries"),
		false);
	hold(v, "--", "threshold", json_object_get(a, "options"), json_object_get(b, "options"),
		false);
}

static void compare(struct bt_versus *v, struct bt_store *store)
{
	struct bt_within *within[2];
	struct bt_compare_conf conf = { .floor = 0.01 };

	bt_store_within(within, store, &v->trials[0], &v->trials[1]);
	conf.within_a = within[0];
	conf.within_b = within[1];
	bt_compare(&v->comparison, &v->trials[0], &v->trials[1], &conf);
	if (v->comparison.trend == BT_TREND_NOT_COMPARABLE) {
		v->anyway = conf.anyway = conf.unsound = true;
		bt_compare(&v->comparison, &v->trials[0], &v->trials[1], &conf);
	}
	free(within[0]);
	free(within[1]);
}

int bt_versus_open(struct bt_versus **out, struct bt_store *store, const char *const names[2],
	const uint64_t *const ids[2], const size_t n[2], struct bt_err *err)
{
	struct bt_versus *v = calloc(1, sizeof(*v));
	int r = v ? 0 : bt_oom(err, "a comparison");

	*out = NULL;
	for (unsigned k = 0; k < 2 && r == 0; k++) {
		bt_trials_init(&v->trials[k], names[k]);
		r = read_reports(v, store, k, ids[k], n[k], err);
	}
	if (r == 0)
		compare(v, store);
	for (unsigned k = 0; k < 2 && r == 0; k++)
		r = read_side(v, store, k, err);
	if (r < 0) {
		bt_versus_close(v);
		return r;
	}
	find_differences(v);
	*out = v;
	return 0;
}

void bt_versus_close(struct bt_versus *v)
{
	if (!v)
		return;
	bt_trials_fini(&v->trials[0]);
	bt_trials_fini(&v->trials[1]);
	free(v);
}
