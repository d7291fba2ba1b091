#include "store/window.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "core/profile.h"
#include "core/run.h"
#include "json/json.h"
#include "judge/tally.h"

/* Half a tick: intervals jitter, and a window is chosen by them. */
#define EDGE_NS (50 * BT_NS_PER_MS)

struct window {
	uint64_t from_ns, to_ns; /* asked for, then as it is: whole intervals */
	uint64_t span_ns, cpu_ns, cpu_before_ns, rss_bytes;
	bool open_loop;
	unsigned intervals;
	struct bt_counts counts;
	struct bt_hist queue, service, response;
	struct bt_tally tally;
};

static bool lies_within(const struct window *w, const struct bt_snapshot *snap)
{
	uint64_t start = snap->t_ns - BT_MIN(snap->t_ns, snap->span_ns);

	return snap->span_ns && start + EDGE_NS >= w->from_ns && snap->t_ns <= w->to_ns + EDGE_NS;
}

static void take(struct window *w, const struct bt_snapshot *snap)
{
	uint64_t cpu = snap->usage.cpu_ns;

	w->intervals++;
	w->span_ns += snap->span_ns;
	w->counts.completed += snap->interval.completed;
	w->counts.failed += snap->interval.failed;
	w->counts.expired += snap->interval.expired;
	w->counts.offered += snap->interval.offered;
	w->counts.units += snap->interval.units;
	bt_hist_merge(&w->queue, &snap->queue);
	bt_hist_merge(&w->service, &snap->service);
	bt_hist_merge(&w->response, &snap->response);
	if (snap->usage.rss_bytes != UINT64_MAX)
		w->rss_bytes = BT_MAX(w->rss_bytes, snap->usage.rss_bytes);
	if (cpu == UINT64_MAX || w->cpu_before_ns == UINT64_MAX || w->cpu_ns == UINT64_MAX)
		w->cpu_ns = UINT64_MAX;
	else
		w->cpu_ns += cpu - BT_MIN(cpu, w->cpu_before_ns);
}

static int gather(struct window *w, struct bt_source *source, struct bt_err *err)
{
	uint64_t from_ns = 0, to_ns = 0;
	const struct bt_snapshot *snap;
	int r = bt_tally_init(&w->tally, &source->info, err);

	if (r < 0)
		return r;
	bt_hist_init(&w->queue);
	bt_hist_init(&w->service);
	bt_hist_init(&w->response);
	w->open_loop = source->info.open_loop;
	w->cpu_before_ns = UINT64_MAX;
	while ((snap = source->ops->next(source)) != NULL) {
		bt_tally_put(&w->tally, snap);
		if (lies_within(w, snap)) {
			if (!w->intervals)
				from_ns = snap->t_ns - BT_MIN(snap->t_ns, snap->span_ns);
			to_ns = snap->t_ns;
			take(w, snap);
		}
		w->cpu_before_ns = snap->usage.cpu_ns;
	}
	if (!w->intervals)
		return bt_fail(err, -ERANGE,
			"no stored interval of the run lies between %g s and %g s of it",
			(double)w->from_ns / 1e9, (double)w->to_ns / 1e9);
	w->from_ns = from_ns;
	w->to_ns = to_ns;
	return 0;
}

static bool reaches_into(const struct window *w, const struct bt_segment_record *rec)
{
	return rec->result.start_ns + EDGE_NS < w->to_ns &&
		BT_MIN(rec->result.end_ns, w->tally.last->t_ns) > w->from_ns + EDGE_NS;
}

static bool same_load(const struct bt_segment *a, const struct bt_segment *b)
{
	return a->mode == b->mode && a->rate_to == b->rate_to && a->workers == b->workers &&
		a->concurrency == b->concurrency && a->level == b->level &&
		a->data_items == b->data_items && a->op_units == b->op_units;
}

/* The load of the window. -EINVAL: there is more than one, or none that another run can have. */
static int find_load(const struct window *w, const struct bt_segment **load, struct bt_err *err)
{
	*load = NULL;
	for (unsigned i = 0; i < w->tally.n_segments; i++) {
		const struct bt_segment *plan = &w->tally.segments[i].plan;

		if (!reaches_into(w, &w->tally.segments[i]))
			continue;
		if (!plan->scored || (plan->mode != BT_OPEN && plan->mode != BT_CLOSED))
			return bt_fail(err, -EINVAL,
				"the window has a %s in it: expected a stretch of one load",
				plan->label);
		if (plan->rate_from != plan->rate_to)
			return bt_fail(err, -EINVAL,
				"the rate goes from %g to %g op/s in the window: expected a "
				"stretch of one load",
				plan->rate_from, plan->rate_to);
		if (plan->level || plan->data_items || plan->op_units)
			return bt_fail(err, -EINVAL,
				"the window is of a profile that changes more than the rate: "
				"expected a stretch of one load");
		if (*load && !same_load(*load, plan))
			return bt_fail(err, -EINVAL,
				"the window has more than one load in it, %g and %g op/s: expected "
				"a stretch of one",
				(*load)->rate_to, plan->rate_to);
		*load = plan;
	}
	return *load ? 0 : bt_fail(err, -EINVAL, "nothing was offered in the window");
}

/* What of the run's own options says how the load goes: that is the window's to say. */
static bool is_replaced(const char *profile, const char *name)
{
	static const char *const own[] = { "rate", "duration", "ops", "warmup" };
	const struct bt_profile *p = bt_profile_find(profile);

	for (unsigned i = 0; i < BT_LEN(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return p && bt_opt_row(p->opts, name);
}

static void set_span(json_t *options, const char *name, uint64_t ns)
{
	char text[BT_FMT_MAX];

	/* To a millisecond: a duration that somebody can read. */
	ns = (ns + BT_NS_PER_MS / 2) / BT_NS_PER_MS * BT_NS_PER_MS;
	bt_json_set(options, name, bt_json_string(bt_fmt_span(text, sizeof(text), ns)));
}

static json_t *options_of(
	const struct window *w, const struct bt_segment *load, const json_t *report)
{
	const char *profile = bt_json_get_text(report, "profile"), *name;
	json_t *options = json_object(), *value;
	char rate[BT_FMT_MAX];

	json_object_foreach(json_object_get(report, "options"), name, value)
	{
		if (!is_replaced(profile, name))
			bt_json_set(options, name, json_incref(value));
	}
	if (load->mode == BT_OPEN) {
		snprintf(rate, sizeof(rate), "%.15g", load->rate_to);
		json_object_set_new(options, "rate", bt_json_string(rate));
	}
	set_span(options, "duration", w->to_ns - w->from_ns);
	set_span(options, "warmup", BT_MIN(w->from_ns, BT_WINDOW_WARMUP_NS));
	return options;
}

static json_t *latency_json(const struct bt_hist *hist)
{
	struct bt_latency latency;

	bt_latency_of(&latency, hist);
	return bt_json_latency(&latency);
}

/* As the report of a run that had been this window alone. */
static json_t *report_of(
	const struct window *w, const struct bt_segment *load, const json_t *report)
{
	static const char *const same[] = { "run", "workload", "mode", "unit", "version", "commit",
		"environment", "verdict" };
	double span_s = (double)w->span_ns / 1e9;
	double bad = (double)(w->counts.failed + w->counts.expired);
	double ended = bad + (double)w->counts.completed;
	json_t *out = json_pack("{ss so ss so so so so s{so so so} so so}", "profile", "load",
		"options", options_of(w, load, report), "status", "ended", "completed",
		bt_json_count(w->counts.completed), "failed", bt_json_count(w->counts.failed),
		"throughput", bt_json_real((double)w->counts.completed / span_s), "error_rate",
		bt_json_real(ended > 0 ? bad / ended : NAN), "latency_ns", "queue",
		w->open_loop ? latency_json(&w->queue) : json_null(), "service",
		latency_json(&w->service), "response",
		w->open_loop ? latency_json(&w->response) : json_null(), "cpu_seconds",
		bt_json_real(w->cpu_ns == UINT64_MAX ? NAN : (double)w->cpu_ns / 1e9),
		"rss_peak_bytes", bt_json_count(w->rss_bytes ? w->rss_bytes : UINT64_MAX));

	for (unsigned i = 0; out && i < BT_LEN(same); i++)
		bt_json_set(out, same[i], json_incref(json_object_get(report, same[i])));
	return out;
}

static int make_document(json_t **out, const struct window *w, const json_t *report,
	const char *name, bool unsound, struct bt_err *err)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	const struct bt_segment *load = NULL;
	json_t *own = NULL;
	char *text = NULL;
	int r = t ? find_load(w, &load, err) : bt_oom(err, "a baseline");

	if (r == 0) {
		bt_trials_init(t, name);
		own = report_of(w, load, report);
		text = json_dumps(own, JSON_COMPACT | JSON_REAL_PRECISION(17));
		r = text ? bt_trials_add(t, text, err) : bt_oom(err, "a baseline");
	}
	if (r == 0 && t->v[0].verdict == BT_INVALID && !unsound)
		r = bt_fail(err, -EDOM,
			"baseline %s: the run is an invalid measurement, as benchtop show tells",
			name);
	if (r == 0) {
		*out = bt_baseline_json(t, name, t->v[0].verdict != BT_INVALID);
		json_object_set_new(*out, "window",
			json_pack("{so so}", "from_ns", bt_json_count(w->from_ns), "to_ns",
				bt_json_count(w->to_ns)));
	}
	json_decref(own);
	free(text);
	if (t)
		bt_trials_fini(t);
	free(t);
	return r;
}

int bt_window_baseline(json_t **out, struct bt_store *store, uint64_t id, uint64_t from_ns,
	uint64_t to_ns, const char *name, bool unsound, struct bt_err *err)
{
	struct window *w = calloc(1, sizeof(*w));
	struct bt_source *source = NULL;
	json_t *report = NULL;
	char *text = NULL;
	int r = bt_baseline_check_name(name, err);

	*out = NULL;
	if (r == 0 && !w)
		r = bt_oom(err, "a window of a run");
	if (r == 0)
		r = bt_store_source(store, id, &source, err);
	if (r == 0) {
		w->from_ns = from_ns;
		w->to_ns = to_ns;
		r = gather(w, source, err);
	}
	if (r == 0)
		r = bt_store_lost(store, err);
	if (r == 0)
		r = bt_store_report(store, id, &text, err);
	if (r == 0) {
		report = json_loads(text, 0, NULL);
		r = make_document(out, w, report, name, unsound, err);
	}
	json_decref(report);
	free(text);
	if (w)
		bt_tally_fini(&w->tally);
	free(w);
	bt_source_close(source);
	return r;
}
