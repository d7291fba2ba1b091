#include "compare/within.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

#define PARTS_MAX 64 /* what is drawn: neighbours are joined when there are more */

/* A stretch of scored time. */
struct part {
	struct bt_hist latency;
	uint64_t span_ns, completed, bad, cpu_ns; /* cpu_ns: UINT64_MAX unknown */
};

struct gathering {
	struct part *parts;
	unsigned n, joins; /* joins: intervals in a full part */
	unsigned in_last, intervals;
	bool of_step; /* processor time is compared over the whole run */
	uint64_t cpu_ns;
	struct bt_hist sum;
};

static void add_part(struct part *into, const struct part *from)
{
	bt_hist_merge(&into->latency, &from->latency);
	into->span_ns += from->span_ns;
	into->completed += from->completed;
	into->bad += from->bad;
	into->cpu_ns = into->cpu_ns == UINT64_MAX || from->cpu_ns == UINT64_MAX
		? UINT64_MAX
		: into->cpu_ns + from->cpu_ns;
}

static void clear_part(struct part *part)
{
	bt_hist_reset(&part->latency);
	part->span_ns = part->completed = part->bad = part->cpu_ns = 0;
}

static void halve(struct gathering *g)
{
	for (unsigned i = 0; i + 1 < g->n; i += 2) {
		if (i) {
			clear_part(&g->parts[i / 2]);
			add_part(&g->parts[i / 2], &g->parts[i]);
		}
		add_part(&g->parts[i / 2], &g->parts[i + 1]);
	}
	g->n /= 2;
	g->joins *= 2;
	g->in_last = g->joins;
}

/* What drains, warms up or pauses is no figure's. */
bool bt_scope_holds(struct bt_scope *scope, const struct bt_snapshot *snap)
{
	uint64_t scored = snap->scored_ns - scope->scored_ns;
	bool before = scope->in_step;

	scope->scored_ns = snap->scored_ns;
	if (snap->n_segments) {
		const struct bt_segment *plan = &snap->segments[snap->n_segments - 1].plan;

		scope->in_step =
			plan->step && fabs(plan->rate_to - scope->rate) <= 1e-9 * scope->rate;
	}
	if (!isnan(scope->rate) && !(before && scope->in_step))
		return false;
	return snap->span_ns && scored >= snap->span_ns / 10 * 9;
}

static void gather(
	struct gathering *g, struct bt_scope *scope, const struct bt_snapshot *snap, bool open_loop)
{
	uint64_t cpu = UINT64_MAX;
	bool holds = bt_scope_holds(scope, snap);
	struct part *part;

	if (snap->usage.cpu_ns != UINT64_MAX && g->cpu_ns != UINT64_MAX)
		cpu = snap->usage.cpu_ns - g->cpu_ns;
	g->cpu_ns = snap->usage.cpu_ns;
	if (!holds)
		return;
	if (g->in_last == g->joins && g->n == PARTS_MAX)
		halve(g);
	if (g->in_last == g->joins) {
		clear_part(&g->parts[g->n++]);
		g->in_last = 0;
	}
	part = &g->parts[g->n - 1];
	bt_hist_merge(&part->latency, open_loop ? &snap->response : &snap->service);
	part->span_ns += snap->span_ns;
	part->completed += snap->interval.completed;
	part->bad += snap->interval.failed + snap->interval.expired;
	part->cpu_ns =
		part->cpu_ns == UINT64_MAX || cpu == UINT64_MAX ? UINT64_MAX : part->cpu_ns + cpu;
	g->in_last++;
	g->intervals++;
}

/* The figures of n parts, those from each start on, around the end to the beginning. */
static void draw_once(struct bt_within *out, unsigned draw, struct gathering *g, unsigned block,
	struct bt_rng *rng)
{
	uint64_t span = 0, completed = 0, bad = 0, cpu = 0, q[BT_QUANTILES];
	double ended;

	bt_hist_reset(&g->sum);
	for (unsigned i = 0, from = 0; i < g->n; i++) {
		const struct part *part;

		if (i % block == 0)
			from = (unsigned)bt_rng_below(rng, g->n);
		part = &g->parts[(from + i % block) % g->n];
		bt_hist_merge(&g->sum, &part->latency);
		span += part->span_ns;
		completed += part->completed;
		bad += part->bad;
		cpu = cpu == UINT64_MAX || part->cpu_ns == UINT64_MAX ? UINT64_MAX
								      : cpu + part->cpu_ns;
	}
	ended = (double)(completed + bad);
	bt_hist_quantiles(&g->sum, q, bt_quantile_of, BT_QUANTILES);
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		out->draws[i][draw] = NAN;
	out->draws[BT_FIG_THROUGHPUT][draw] = (double)completed * 1e9 / (double)span;
	for (unsigned i = 0; i < BT_QUANTILES; i++)
		out->draws[BT_FIG_P50 + i][draw] = g->sum.count ? (double)q[i] : NAN;
	if (cpu != UINT64_MAX && ended > 0 && !g->of_step)
		out->draws[BT_FIG_CPU][draw] = (double)cpu / ended;
	out->draws[BT_FIG_ERRORS][draw] = ended > 0 ? (double)bad / ended : NAN;
}

/* Blocks grow with the cube root of what there is, which is how their best length grows (Hall,
 * Horowitz and Jing 1995). */
static void draw_all(struct bt_within *out, struct gathering *g, uint64_t seed)
{
	unsigned block = (unsigned)ceil(cbrt(g->n));
	struct bt_rng rng;

	out->intervals = g->intervals;
	if (g->intervals < BT_WITHIN_LEAST)
		return;
	bt_rng_init(&rng, seed);
	for (unsigned i = 0; i < BT_WITHIN_DRAWS; i++)
		draw_once(out, i, g, block, &rng);
}

int bt_within_read(struct bt_within *out, struct bt_source *source, double rate, uint64_t seed,
	struct bt_err *err)
{
	struct bt_scope scope = { .rate = rate };
	struct gathering *g = calloc(1, sizeof(*g));
	const struct bt_snapshot *snap;

	if (g)
		g->parts = malloc(PARTS_MAX * sizeof(*g->parts));
	if (!g || !g->parts) {
		free(g);
		return bt_oom(err, "draws from a run");
	}
	bt_hist_init(&g->sum);
	for (unsigned i = 0; i < PARTS_MAX; i++)
		bt_hist_init(&g->parts[i].latency);
	g->joins = g->in_last = 1;
	g->cpu_ns = UINT64_MAX;
	g->of_step = !isnan(rate);
	while ((snap = source->ops->next(source)))
		gather(g, &scope, snap, source->info.open_loop);
	draw_all(out, g, seed);
	free(g->parts);
	free(g);
	return 0;
}
