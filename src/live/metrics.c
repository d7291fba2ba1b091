#include "live/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/metrics_process.h"
#include "judge/figure.h"
#include "judge/verdict.h"

struct bt_metrics {
	const struct bt_run_info *info;
	/* Of what has ended since the run's start, warm-up included. */
	struct bt_hist *queue, *service, *response;
};

/* Upper bounds of the buckets: 1, 2.5, 5 of each decade from 1 us to 60 s. Fixed, so that runs can
 * be added up. */
static const double bounds[] = { 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
	2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };

void bt_metrics_close(struct bt_metrics *m)
{
	if (!m)
		return;
	free(m->queue);
	free(m->service);
	free(m->response);
	free(m);
}

static struct bt_hist *new_hist(void)
{
	struct bt_hist *h = malloc(sizeof(*h));

	if (h)
		bt_hist_init(h);
	return h;
}

int bt_metrics_open(struct bt_metrics **out, const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_metrics *m = calloc(1, sizeof(*m));

	*out = m;
	if (m) {
		m->info = info;
		m->queue = new_hist();
		m->service = new_hist();
		m->response = new_hist();
	}
	if (m && m->queue && m->service && m->response)
		return 0;
	bt_metrics_close(m);
	*out = NULL;
	return bt_oom(err, "metrics");
}

void bt_metrics_put(struct bt_metrics *m, const struct bt_snapshot *snap)
{
	bt_hist_merge(m->queue, &snap->queue);
	bt_hist_merge(m->service, &snap->service);
	bt_hist_merge(m->response, &snap->response);
}

/* ---- latency ---- */

static char *number(char buf[32], double v)
{
	snprintf(buf, 32, v == floor(v) ? "%.1f" : "%g", v);
	return buf;
}

static void put_buckets(struct bt_exposition *e, const struct bt_hist *h)
{
	unsigned bucket = h->count ? h->lo : 0;
	uint64_t n = 0;
	char le[32];

	for (size_t i = 0; i < BT_LEN(bounds); i++) {
		uint64_t ns = (uint64_t)llround(bounds[i] * 1e9);

		/* A bucket of ours that lies across a bound counts above it: by 0.1 % at most. */
		for (; h->count && bucket <= h->hi && bt_hist_high(bucket) <= ns; bucket++)
			n += h->c[bucket];
		bt_sample_part(e, "_bucket", "le", number(le, bounds[i]), (double)n);
	}
	bt_sample_part(e, "_bucket", "le", "+Inf", (double)h->count);
	bt_sample_part(e, "_sum", NULL, NULL, (double)h->sum / 1e9);
	bt_sample_part(e, "_count", NULL, NULL, (double)h->count);
}

static void put_quantiles(struct bt_exposition *e, const struct bt_latency *l)
{
	char q[32];

	for (unsigned i = 0; i < BT_QUANTILES && l->count; i++)
		bt_sample(e, "q", number(q, bt_quantile_of[i]), (double)l->q[i] / 1e9);
	if (l->count)
		bt_sample(e, "q", "1.0", (double)l->max / 1e9);
}

static void put_latency(
	struct bt_exposition *e, const struct bt_metrics *m, const struct bt_snapshot *last)
{
	const struct {
		const char *name, *help, *quantiles, *quantiles_help;
		const struct bt_hist *hist;
		const struct bt_latency *latency;
		bool open;
	} rows[] = {
		{ "benchtop_response_seconds",
			"From the intended start to the end, of operations that ended, warm-up "
			"included; open loop",
			"benchtop_response_quantile_seconds",
			"Quantiles of the response time over all scored operations; 1.0 is the "
			"maximum",
			m->response, &last->total_response, true },
		{ "benchtop_service_seconds",
			"From the actual start to the end, of operations that ended, warm-up "
			"included",
			"benchtop_service_quantile_seconds",
			"Quantiles of the service time over all scored operations; 1.0 is the "
			"maximum",
			m->service, &last->total_service, false },
		{ "benchtop_queue_seconds",
			"From the intended to the actual start, of operations that ended, warm-up "
			"included; open loop",
			"benchtop_queue_quantile_seconds",
			"Quantiles of the time in the queue over all scored operations; 1.0 is the "
			"maximum",
			m->queue, &last->total_queue, true },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		if (rows[i].open && !m->info->open_loop)
			continue;
		bt_family(e, BT_FAMILY_HISTOGRAM, rows[i].name, rows[i].help);
		put_buckets(e, rows[i].hist);
		bt_family(e, BT_FAMILY_GAUGE, rows[i].quantiles, rows[i].quantiles_help);
		put_quantiles(e, rows[i].latency);
	}
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_lag_quantile_seconds",
		"Quantiles of how late the generator itself began operations, scored");
	put_quantiles(e, &last->lag);
}

/* ---- operations ---- */

static void put_operations(
	struct bt_exposition *e, const struct bt_metrics *m, const struct bt_snapshot *last)
{
	const struct bt_counts *t = &last->total;

	bt_family(e, BT_FAMILY_COUNTER, "benchtop_operations",
		"Scored operations that ended, by what came of them");
	bt_sample_count(e, "outcome", "completed", t->completed);
	bt_sample_count(e, "outcome", "failed", t->failed);
	bt_sample_count(e, "outcome", "expired", t->expired);
	bt_family(e, BT_FAMILY_COUNTER, "benchtop_offered_operations",
		"Scored operations that were due or begun");
	bt_sample_count(e, NULL, NULL, t->offered);
	bt_family(e, BT_FAMILY_COUNTER, "benchtop_warmup_operations",
		"Operations that were due or begun outside scored segments");
	bt_sample_count(e, NULL, NULL, last->warm_offered);
	bt_family(e, BT_FAMILY_COUNTER, "benchtop_units",
		"Units of scored operations that completed, see benchtop_run_info");
	bt_sample_count(e, NULL, NULL, t->units);
	bt_family(
		e, BT_FAMILY_COUNTER, "benchtop_errors", "Scored operations that failed, by class");
	for (unsigned i = 0; i < m->info->n_error_classes; i++)
		bt_sample_count(e, "class", m->info->error_classes[i], last->errors[i]);
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_in_flight",
		"Scored operations due or begun and not ended");
	bt_sample_count(e, NULL, NULL, bt_in_flight(t));
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_backlog", "Operations due and not begun");
	bt_sample_count(e, NULL, NULL, last->backlog);
	if (m->info->open_loop) {
		bt_family(e, BT_FAMILY_GAUGE, "benchtop_offered_rate",
			"Operations a second that are asked for at the moment");
		bt_sample(e, NULL, NULL, last->target_rate);
	}
	bt_family(e, BT_FAMILY_COUNTER, "benchtop_scored_seconds",
		"Time of scored segments that has passed");
	bt_sample(e, NULL, NULL, (double)last->scored_ns / 1e9);
}

/* ---- the run ---- */

static void put_states(struct bt_exposition *e, const char *label, const char *const *names,
	unsigned n, unsigned is)
{
	for (unsigned i = 0; i < n; i++)
		bt_sample_count(e, label, names[i], i == is);
}

static void put_segment(struct bt_exposition *e, const struct bt_tally *tally)
{
	const struct bt_segment_record *s =
		tally->n_segments ? &tally->segments[tally->n_segments - 1] : NULL;
	size_t labels = bt_exposition_labels(e);
	char text[32];

	if (!s)
		return;
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_step",
		"Number of the step of a ramp that goes on; 0: none");
	bt_sample_count(e, NULL, NULL, s->plan.step);
	bt_family(e, BT_FAMILY_INFO, "benchtop_segment", "The segment that goes on");
	snprintf(text, sizeof(text), "%u", s->index);
	bt_exposition_label(e, "index", text);
	bt_exposition_label(e, "mode", bt_mode_name[s->plan.mode]);
	bt_exposition_label(e, "scored", s->plan.scored ? "yes" : "no");
	bt_sample_count(e, "label", s->plan.label, 1);
	bt_exposition_unlabel(e, labels);
}

static void put_run(struct bt_exposition *e, const struct bt_metrics *m, const char *result)
{
	static const char *const results[] = { "ended", "stopped", "failed" };
	size_t labels = bt_exposition_labels(e);

	bt_family(e, BT_FAMILY_INFO, "benchtop_run", "What runs");
	bt_exposition_label(e, "version", m->info->version);
	bt_exposition_label(e, "unit", m->info->unit);
	bt_sample_count(e, "loop", m->info->open_loop ? "open" : "closed", 1);
	bt_exposition_unlabel(e, labels);
	if (!result)
		return;
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_run_result",
		"1 for how the run ended; not there while it goes on");
	for (size_t i = 0; i < BT_LEN(results); i++)
		bt_sample_count(e, "result", results[i], strcmp(results[i], result) == 0);
}

static void put_verdicts(
	struct bt_exposition *e, const struct bt_metrics *m, const struct bt_tally *tally)
{
	const struct bt_thresholds *all = m->info->thresholds;
	struct bt_judgement judge;

	bt_judge(&judge, tally);
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_verdict",
		"1 for the verdict on the measurement itself");
	put_states(e, "verdict", bt_verdict_name, 3, judge.verdict);
	if (!bt_thresholds_count(all))
		return;
	bt_family(e, BT_FAMILY_GAUGE, "benchtop_threshold_ok",
		"1: the threshold holds; 0: it is crossed; not there while that is not known");
	for (unsigned i = 0; i < bt_thresholds_count(all); i++) {
		const struct bt_threshold *t = bt_thresholds_get(all, i);

		if (t->verdict != BT_UNKNOWN)
			bt_sample_count(e, "threshold", t->text, t->verdict == BT_HELD);
	}
}

static void put_figures(struct bt_exposition *e, const struct bt_tally *tally)
{
	char name[80];

	for (const struct bt_figure *f = bt_figures; f->name; f++)
		if (f->in & BT_IN_METRICS && bt_figure_exists(f, tally->info->profile)) {
			snprintf(name, sizeof(name), "benchtop_%s", f->name);
			bt_family(e, BT_FAMILY_GAUGE, name, f->help);
			bt_sample(e, NULL, NULL, f->of_run(tally));
		}
}

/* ---- the workload's own ---- */

/* A name with its unit spelled out, by the conventions: base units at the end. */
static double name_metric(char *out, size_t size, const struct bt_metric *row)
{
	size_t n = strlen(row->name);
	bool ns = strcmp(row->unit, "ns") == 0;
	const char *unit = ns ? "_seconds" : strcmp(row->unit, "bytes") == 0 ? "_bytes" : "";

	if (ns && n > 3 && strcmp(row->name + n - 3, "_ns") == 0)
		n -= 3;
	if (*unit && n > 6 && strncmp(row->name + n - 6, "_bytes", 6) == 0)
		unit = "";
	snprintf(out, size, "benchtop_workload_%.*s%s", (int)n, row->name, unit);
	return ns ? 1e-9 : 1;
}

static void put_metric(struct bt_exposition *e, const struct bt_metrics *m,
	const struct bt_snapshot *last, unsigned i)
{
	const struct bt_metric *row = &m->info->metrics[i];
	char name[128];
	double scale = name_metric(name, sizeof(name), row);

	switch (row->kind) {
	case BT_COUNTER:
		bt_family(e, BT_FAMILY_COUNTER, name, row->help);
		if (scale == 1)
			bt_sample_count(e, NULL, NULL, last->metrics[i].u);
		else
			bt_sample(e, NULL, NULL, (double)last->metrics[i].u * scale);
		break;
	case BT_GAUGE:
	case BT_RATIO:
		bt_family(e, BT_FAMILY_GAUGE, name, row->help);
		bt_sample(e, NULL, NULL, last->metrics[i].d * scale);
		break;
	case BT_TIMES:
		bt_family(e, BT_FAMILY_GAUGE, name, row->help);
		put_quantiles(e, &last->times[i]);
		break;
	case BT_TEXT:
		bt_family(e, BT_FAMILY_INFO, name, row->help);
		bt_sample_count(e, "text", last->texts[i], 1);
		break;
	}
}

/* Names that dashboards of the field look for. */
static void put_aliases(
	struct bt_exposition *e, const struct bt_metrics *m, const struct bt_snapshot *last)
{
	for (const struct bt_alias *a = m->info->aliases; a && a->name; a++) {
		switch (a->of) {
		case BT_ALIAS_UNITS:
			bt_family(e, BT_FAMILY_COUNTER, a->name, a->help);
			bt_sample_count(e, NULL, NULL, last->total.units);
			break;
		case BT_ALIAS_SERVICE:
			bt_family(e, BT_FAMILY_HISTOGRAM, a->name, a->help);
			put_buckets(e, m->service);
			break;
		case BT_ALIAS_SERVICE_PER_UNIT:
			bt_family(e, BT_FAMILY_SUMMARY, a->name, a->help);
			bt_sample_part(e, "_sum", NULL, NULL, (double)m->service->sum / 1e9);
			bt_sample_part(e, "_count", NULL, NULL, (double)last->total.units);
			break;
		case BT_ALIAS_RESIDENT:
			bt_family(e, BT_FAMILY_GAUGE, a->name, a->help);
			if (last->usage.rss_bytes != UINT64_MAX)
				bt_sample_count(e, NULL, NULL, last->usage.rss_bytes);
			break;
		}
	}
}

static void put_net(struct bt_exposition *e, const struct bt_snapshot *last)
{
	const struct bt_net *net = &last->net;

	if (net->own_in_bytes == UINT64_MAX || net->own_out_bytes == UINT64_MAX)
		return;
	bt_family(e, BT_FAMILY_COUNTER, "benchtop_network_bytes",
		"Bytes over this process's TCP connections since the run's start");
	bt_sample_count(e, "direction", "in", net->own_in_bytes);
	bt_sample_count(e, "direction", "out", net->own_out_bytes);
}

char *bt_metrics_text(const struct bt_metrics *m, const struct bt_tally *tally,
	enum bt_exposition_format format, const char *result)
{
	const struct bt_snapshot *last = tally->last;
	struct bt_exposition e;
	char run[32];

	bt_exposition_init(&e, format);
	snprintf(run, sizeof(run), "%llu", (unsigned long long)m->info->id);
	bt_exposition_label(&e, "workload", m->info->workload);
	bt_exposition_label(&e, "profile", m->info->profile);
	bt_exposition_label(&e, "run", run);
	put_run(&e, m, result);
	put_operations(&e, m, last);
	put_latency(&e, m, last);
	put_segment(&e, tally);
	put_verdicts(&e, m, tally);
	put_figures(&e, tally);
	for (unsigned i = 0; i < m->info->n_metrics; i++)
		put_metric(&e, m, last, i);
	put_net(&e, last);
	put_aliases(&e, m, last);
	bt_exposition_unlabel(&e, 0); /* those of the process are its own */
	bt_metrics_process(&e, &last->usage);
	return bt_exposition_end(&e);
}
