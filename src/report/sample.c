#include "report/sample.h"

#include <math.h>

static uint64_t quantile(const struct bt_hist *h, double q)
{
	return h->count ? bt_hist_quantile(h, q) : UINT64_MAX;
}

void bt_sample_of(struct bt_sample_row *out, struct bt_sample_mark *mark,
	const struct bt_tally *tally, const struct bt_snapshot *snap)
{
	const struct bt_hist *h = tally->info->open_loop ? &snap->response : &snap->service;
	const struct bt_segment_record *seg =
		tally->n_segments ? &tally->segments[tally->n_segments - 1] : NULL;
	double span_s = (double)snap->span_ns / 1e9;
	bool cpu = snap->usage.cpu_ns != UINT64_MAX;

	*out = (struct bt_sample_row){
		.t_s = (double)snap->t_ns / 1e9,
		.span_s = span_s,
		.segment = seg ? seg->index : 0,
		.step = seg ? seg->plan.step : 0,
		.scored = seg && seg->plan.scored,
		.counts = snap->interval,
		.throughput = span_s > 0 ? (double)snap->interval.completed / span_s : NAN,
		.target_rate = snap->target_rate,
		.p50_ns = quantile(h, 0.5),
		.p90_ns = quantile(h, 0.9),
		.p95_ns = quantile(h, 0.95),
		.p99_ns = quantile(h, 0.99),
		.p999_ns = quantile(h, 0.999),
		.max_ns = h->count ? h->max : UINT64_MAX,
		.queue_p99_ns = quantile(&snap->queue, 0.99),
		.service_p99_ns = quantile(&snap->service, 0.99),
		.backlog = snap->backlog,
		.rss_bytes = snap->usage.rss_bytes,
		.cpu = mark->known && cpu && snap->t_ns > mark->at.t_ns
			? (double)(snap->usage.cpu_ns - mark->at.cpu_ns) /
				(double)(snap->t_ns - mark->at.t_ns)
			: NAN,
		.from = mark->at,
		.rss_peak = snap->usage.rss_bytes,
	};
	if (!mark->known)
		out->from.cpu_ns = UINT64_MAX;
	bt_mark_of(&out->to, snap);
	*mark = (struct bt_sample_mark){ out->to, cpu };
}

const struct bt_figure *bt_sample_next(const struct bt_figure *figure)
{
	for (figure = figure ? figure + 1 : bt_figures; figure->name; figure++)
		if (figure->in & BT_IN_SAMPLES)
			return figure;
	return NULL;
}

double bt_sample_figure(const struct bt_sample_row *row, const struct bt_figure *figure)
{
	const struct bt_stretch stretch = { &row->from, &row->to, NULL, row->rss_peak };

	return bt_figure_of_stretch(figure, &stretch);
}
