#include "report/report.h"

#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "judge/data_set.h"
#include "json/json.h"
#include "judge/threshold.h"

/* An object that is filled; a member without memory spoils it. */
struct filling {
	json_t *object;
	bool whole;
};

static void put(struct filling *f, const char *key, json_t *value)
{
	f->whole &= bt_json_set(f->object, key, value) == 0;
}

/* The object, taken over; NULL: it was spoilt. */
static json_t *filled(struct filling *f)
{
	if (f->whole)
		return f->object;
	json_decref(f->object);
	return NULL;
}

/* The same of an array. */
static json_t *whole_array(json_t *array, bool whole)
{
	if (whole)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *bytes_json(uint64_t bytes) /* 0: not read */
{
	return bt_json_count(bytes ? bytes : UINT64_MAX);
}

static void put_figure(struct filling *f, const struct bt_tally *tally, const char *name)
{
	put(f, name, bt_json_real(bt_figure_named(name)->of_run(tally)));
}

/* Figures of the catalogue that have no place of their own. */
static void put_other_figures(struct filling *f, const struct bt_tally *tally)
{
	for (const struct bt_figure *row = bt_figures; row->name; row++)
		if (row->of_run && !json_object_get(f->object, row->name))
			put_figure(f, tally, row->name);
}

static void put_who(struct filling *f, const struct bt_tally *tally)
{
	const struct bt_run_info *info = tally->info;
	const char *status = info->status ? info->status : tally->last->last ? "ended" : "running";
	char when[40], seed[24];

	put(f, "run", info->id ? bt_json_count(info->id) : json_null());
	put(f, "workload", bt_json_string(info->workload));
	put(f, "profile", bt_json_string(info->profile));
	put(f, "mode", bt_json_string(info->open_loop ? "open" : "closed"));
	put(f, "unit", bt_json_text(info->unit));
	put(f, "version", bt_json_text(info->version));
	put(f, "status", bt_json_string(status));
	put(f, "started", bt_json_text(bt_fmt_utc(when, sizeof(when), info->started_wall_ns)));
	put(f, "duration_s", json_real((double)tally->last->t_ns / 1e9));
	put(f, "scored_s", json_real((double)tally->last->scored_ns / 1e9));
	put(f, "host", bt_json_text(info->host));
	put(f, "commit", bt_json_text(info->commit));
	put(f, "command_line", bt_json_text(info->command_line));
	put(f, "options", bt_json_settings(info->settings, info->n_settings));
	put(f, "tags", bt_json_settings(info->tags, info->n_tags));
	/* Beyond the integers that JSON readers keep exact: as text. */
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)info->seed);
	put(f, "seed",
		info->seed <= INT64_MAX ? json_integer((json_int_t)info->seed)
					: bt_json_string(seed));
}

static void put_verdict(struct filling *f, const struct bt_tally *tally)
{
	struct bt_judgement judgement;
	json_t *reasons[BT_REASONS_MAX];

	bt_judge(&judgement, tally);
	for (unsigned i = 0; i < judgement.n; i++)
		reasons[i] = bt_json_string(judgement.reasons[i].text);
	put(f, "verdict", bt_json_string(bt_verdict_name[judgement.verdict]));
	put(f, "reasons", bt_json_array(reasons, judgement.n));
}

static json_t *finding_json(const struct bt_snapshot *last)
{
	if (!last->finding_name[0])
		return json_null();
	return json_pack("{so so so so}", "name", bt_json_string(last->finding_name), "value",
		bt_json_real(last->finding_value), "unit", bt_json_text(last->finding_unit), "text",
		bt_json_text(last->finding_text));
}

static void put_counts(struct filling *f, const struct bt_tally *tally)
{
	const struct bt_counts *total = &tally->last->total;

	put(f, "offered", bt_json_count(total->offered));
	put(f, "completed", bt_json_count(total->completed));
	put(f, "failed", bt_json_count(total->failed));
	put(f, "expired", bt_json_count(total->expired));
	put(f, "in_flight", bt_json_count(bt_in_flight(total)));
	put(f, "units", bt_json_count(total->units));
	put_figure(f, tally, "throughput");
	put_figure(f, tally, "peak_throughput");
	put_figure(f, tally, "units_per_s");
	put_figure(f, tally, "error_rate");
	put(f, "warm_up",
		json_pack("{so so}", "offered", bt_json_count(tally->last->warm_offered), "failed",
			bt_json_count(tally->last->warm_failed)));
}

static json_t *error_json(const struct bt_tally *tally, unsigned row)
{
	json_t *first[BT_NOTES_EACH];

	for (unsigned i = 0; i < tally->n_notes[row]; i++)
		first[i] = bt_json_string(tally->notes[row][i].text);
	return json_pack("{so so}", "count", bt_json_count(tally->last->errors[row]), "first",
		bt_json_array(first, tally->n_notes[row]));
}

static json_t *errors_json(const struct bt_tally *tally)
{
	struct filling f = { json_object(), true };

	for (unsigned i = 0; i < tally->info->n_error_classes && i < BT_ERROR_CLASSES_MAX; i++)
		if (tally->last->errors[i])
			put(&f, tally->info->error_classes[i], error_json(tally, i));
	return filled(&f);
}

/* In a closed loop nothing is intended to start at a given time, so there is neither queue nor
 * response. */
static void put_latency(struct filling *f, const struct bt_tally *tally)
{
	const struct bt_snapshot *last = tally->last;
	bool open = tally->info->open_loop;
	const uint64_t *lag = last->lag.q;

	put(f, "latency_ns",
		json_pack("{so so so}", "queue",
			open ? bt_json_latency(&last->total_queue) : json_null(), "service",
			bt_json_latency(&last->total_service), "response",
			open ? bt_json_latency(&last->total_response) : json_null()));
	put(f, "lag_ns",
		!last->lag.count
			? json_pack("{sn sn sn sn}", "p50", "p99", "p999", "max")
			: json_pack("{so so so so}", "p50", bt_json_count(lag[BT_Q50]), "p99",
				  bt_json_count(lag[BT_Q99]), "p999", bt_json_count(lag[BT_Q999]),
				  "max", bt_json_count(last->lag.max)));
}

static json_t *mib_json(double bytes)
{
	return bt_json_real(bytes / 1048576);
}

static json_t *leak_json(const struct bt_leak *leak)
{
	return json_pack("{ss so so so so so so}", "verdict", bt_leak_verdict_name[leak->verdict],
		"slope_mib_per_h", mib_json(leak->slope), "low_mib_per_h", mib_json(leak->low),
		"high_mib_per_h", mib_json(leak->high), "resolvable_mib_per_h",
		mib_json(leak->resolvable), "rules_out_mib_per_h", mib_json(leak->rules_out),
		"span_s", json_real(leak->span_s));
}

static json_t *watched_json(const struct bt_tally *tally)
{
	const struct bt_watched *w = &tally->last->watched;
	const char *name = tally->info->watched;
	bool used = w->cpu_ns != UINT64_MAX && tally->last->t_ns;
	double cpu_s = used ? (double)w->cpu_ns / 1e9 : NAN;

	if (!name || !*name)
		return json_null();
	return json_pack("{so so so so so so so so}", "name", bt_json_string(name), "processes",
		bt_json_count(w->processes), "rss_bytes", bt_json_count(w->rss_bytes),
		"rss_peak_bytes", bytes_json(tally->watched_rss_peak), "cpu_seconds",
		bt_json_real(cpu_s), "cpu_usage",
		bt_json_real(cpu_s / ((double)tally->last->t_ns / 1e9)), "threads",
		bt_json_count(w->threads), "descriptors", bt_json_count(w->descriptors));
}

static void put_machine(struct filling *f, const struct bt_tally *tally)
{
	const struct bt_snapshot *last = tally->last;

	put(f, "rss_start_bytes", bytes_json(last->rss_start_bytes));
	put(f, "rss_peak_bytes", bytes_json(last->rss_peak_bytes));
	put_figure(f, tally, "rss_growth");
	put(f, "bytes_leaked", last->last ? bt_json_count(last->rss_left_bytes) : json_null());
	put_figure(f, tally, "cpu_seconds");
	put_figure(f, tally, "cpu_usage");
	put_figure(f, tally, "leak_per_h");
	put(f, "leak", leak_json(&tally->leak));
	put(f, "net_in_bytes", bt_json_count(last->net.own_in_bytes));
	put(f, "net_out_bytes", bt_json_count(last->net.own_out_bytes));
	put(f, "interface_in_bytes", bt_json_count(last->net.if_in_bytes));
	put(f, "interface_out_bytes", bt_json_count(last->net.if_out_bytes));
	put(f, "watched", watched_json(tally));
}

static json_t *segments_json(const struct bt_tally *tally)
{
	json_t *array = json_array();
	bool whole = true;

	for (unsigned i = 0; i < tally->n_segments; i++)
		whole &= !json_array_append_new(array, bt_json_segment(&tally->segments[i]));
	return whole_array(array, whole);
}

/* Adds what a step of a size has more. */
static json_t *with_size(json_t *row, const struct bt_segment_record *s)
{
	const struct bt_segment_result *r = &s->result;
	double units = (double)s->plan.op_units, ns = (double)r->end_ns - (double)r->start_ns;
	struct filling f = { row, true };

	if (!s->plan.op_units)
		return row;
	put(&f, "size", bt_json_count(s->plan.op_units));
	put(&f, "units_per_s",
		bt_json_real(r->state == BT_SEG_RUNNING || !(ns > 0)
				? NAN
				: (double)r->completed_in_span * units / (ns / 1e9)));
	put(&f, "call_ns", bt_json_real(r->service.count ? r->service.mean : NAN));
	put(&f, "unit_ns", bt_json_real(r->service.count ? r->service.mean / units : NAN));
	return filled(&f);
}

/* Adds what a step with a data set has more. */
static json_t *with_data(json_t *row, const struct bt_segment_record *s)
{
	const struct bt_segment_result *r = &s->result;
	struct filling f = { row, true };

	if (!s->plan.data_items)
		return row;
	put(&f, "items", bt_json_count(s->plan.data_items));
	put(&f, "filled", bt_json_count(r->filled));
	put(&f, "rss_before_bytes", bytes_json(r->rss_before_bytes));
	put(&f, "rss_peak_bytes", bytes_json(r->rss_peak_bytes));
	put(&f, "rss_after_bytes", bytes_json(r->rss_after_bytes));
	put(&f, "counted_bytes", bt_json_count(r->counted_bytes));
	put(&f, "no_memory", bt_json_count(r->no_memory));
	return filled(&f);
}

static json_t *step_json(const struct bt_tally *tally, const struct bt_segment_record *s)
{
	const struct bt_segment_result *r = &s->result;
	const struct bt_latency *l = tally->info->open_loop ? &r->response : &r->service;
	uint64_t bad = r->counts.failed + r->counts.expired, ended = bad + r->counts.completed;
	uint64_t ns = r->state == BT_SEG_RUNNING ? 0 : r->end_ns - r->start_ns;
	double span = ns ? (double)ns / 1e9 : NAN;

	json_t *row = json_pack("{si so so so so so so so so so so so so so so}", "step",
		(int)s->plan.step, "rate",
		s->plan.mode == BT_OPEN ? bt_json_real(s->plan.rate_to) : json_null(), "offered",
		bt_json_count(r->counts.offered), "completed", bt_json_count(r->counts.completed),
		"throughput", bt_json_real((double)r->completed_in_span / span), "p50_ns",
		bt_json_count(l->count ? l->q[BT_Q50] : UINT64_MAX), "p95_ns",
		bt_json_count(l->count ? l->q[BT_Q95] : UINT64_MAX), "p99_ns",
		bt_json_count(l->count ? l->q[BT_Q99] : UINT64_MAX), "error_rate",
		bt_json_real(ended ? (double)bad / (double)ended : NAN), "outcome",
		r->outcome == BT_STEP_NONE ? json_null()
					   : bt_json_string(bt_step_outcome_name[r->outcome]),
		"reason", bt_json_text(r->reason), "rss_bytes", bytes_json(r->rss_bytes), "level",
		s->plan.level ? json_integer((json_int_t)s->plan.level) : json_null(), "ratio",
		bt_json_real(r->ratio > 0 ? r->ratio : NAN), "efficiency",
		bt_json_real(r->efficiency > 0 ? r->efficiency : NAN));

	return with_size(with_data(row, s), s);
}

static json_t *steps_json(const struct bt_tally *tally)
{
	json_t *array = json_array();
	bool whole = true;

	for (unsigned i = 0; i < tally->n_segments; i++)
		if (bt_is_step(&tally->segments[i]))
			whole &= !json_array_append_new(
				array, step_json(tally, &tally->segments[i]));
	return whole_array(array, whole);
}

/* Null where no data set grew. */
static json_t *data_set_json(const struct bt_tally *tally)
{
	struct bt_slope resident, counted;

	if (!bt_bytes_per_item(&resident, &counted, tally))
		return json_null();
	return json_pack("{so so so so si}", "resident", bt_json_real(resident.mean), "low",
		bt_json_real(resident.low), "high", bt_json_real(resident.high), "counted",
		bt_json_real(counted.mean), "levels", (int)resident.n);
}

static json_t *events_json(const struct bt_tally *tally)
{
	json_t *array = json_array();
	bool whole = true;

	for (unsigned i = 0; i < tally->n_events; i++) {
		const struct bt_event *e = &tally->events[i];
		json_t *row = json_pack("{so ss so}", "t_ns", bt_json_count(e->t_ns), "kind",
			bt_event_kind_name[e->kind], "text", bt_json_string(e->text));

		whole &= !json_array_append_new(array, row);
	}
	if (tally->events_dropped) {
		char text[80];

		snprintf(text, sizeof(text), "%llu more events were not kept",
			(unsigned long long)tally->events_dropped);
		whole &= !json_array_append_new(array,
			json_pack("{so ss ss}", "t_ns", bt_json_count(tally->last->t_ns), "kind",
				bt_event_kind_name[BT_EV_NOTE], "text", text));
	}
	return whole_array(array, whole);
}

/* A metric's value by its name; of a counter also the growth per second of scored time. */
static void put_metric(struct filling *f, const struct bt_tally *tally, unsigned row)
{
	const struct bt_metric *m = &tally->info->metrics[row];
	const union bt_value *value = &tally->last->metrics[row];
	char name[64];

	if (m->kind == BT_TEXT) {
		put(f, m->name, bt_json_text(tally->last->texts[row]));
		return;
	}
	if (m->kind == BT_TIMES) {
		put(f, m->name, bt_json_latency(&tally->last->times[row]));
		return;
	}
	if (m->kind != BT_COUNTER) {
		put(f, m->name, bt_json_real(tally->snapshots ? value->d : NAN));
		return;
	}
	snprintf(name, sizeof(name), "%s_per_s", m->name);
	put(f, m->name, bt_json_count(value->u));
	put(f, name, bt_json_real(bt_counter_rate(tally, row)));
}

static json_t *metrics_json(const struct bt_tally *tally)
{
	struct filling f = { json_object(), true };

	for (unsigned i = 0; i < tally->info->n_metrics && i < BT_METRICS_MAX; i++)
		put_metric(&f, tally, i);
	return filled(&f);
}

char *bt_report_json(const struct bt_tally *tally, const char *environment_json)
{
	struct filling f = { json_object(), true };
	json_t *report;
	char *text;

	put_who(&f, tally);
	put_verdict(&f, tally);
	put(&f, "finding", finding_json(tally->last));
	put_counts(&f, tally);
	put(&f, "errors", errors_json(tally));
	put_latency(&f, tally);
	put_machine(&f, tally);
	put(&f, "segments", segments_json(tally));
	put(&f, "steps", steps_json(tally));
	put(&f, "steps_broken",
		isnan(bt_steps_broken(tally)) ? json_null()
					      : bt_json_count((uint64_t)bt_steps_broken(tally)));
	put(&f, "bytes_per_item", data_set_json(tally));
	put_figure(&f, tally, "bytes_unreleased");
	put(&f, "thresholds", bt_thresholds_json(tally->info->thresholds));
	put(&f, "metrics", metrics_json(tally));
	put(&f, "events", events_json(tally));
	put(&f, "environment", json_loads(environment_json, 0, NULL));
	put_other_figures(&f, tally);
	report = filled(&f);
	text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(report);
	return text;
}
