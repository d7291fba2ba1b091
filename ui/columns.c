#include "ui/columns.h"

#include <math.h>
#include <string.h>

#define SMOOTH_NS BT_NS_PER_S

double bt_columns_dot_ns(const struct bt_model *model, int dots)
{
	static const double steps[] = { 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 };
	const struct bt_snapshot *last = bt_model_last(model);
	double t_ns = last ? (double)last->t_ns : 0, planned_ns = (double)model->info->planned_ns;
	double power, step;
	size_t i = 0;

	assert(dots > 0);
	if (last && model->ended)
		return fmax(t_ns, 1) / dots;
	for (power = BT_POINT_NS, step = power; step * dots <= t_ns; step = steps[i] * power)
		if (++i == BT_LEN(steps)) {
			i = 0;
			power *= 10;
		}
	if (planned_ns > t_ns && step * dots > planned_ns)
		step = planned_ns / dots;
	return step;
}

static void make_column(struct bt_columns *cols, const struct bt_model *model, int i)
{
	double begin = cols->from_ns + i * cols->dot_ns, point_ns = (double)model->point_ns;
	unsigned to = (unsigned)bt_u64(
		fmin(ceil((begin + cols->dot_ns) / point_ns - 1e-9) - 1, BT_POINTS));
	unsigned from = (unsigned)bt_u64(fmin(begin / point_ns + 1e-9, BT_POINTS)),
		 back = (unsigned)bt_u64(fmin(SMOOTH_NS / point_ns, BT_POINTS));
	struct bt_point sum;

	to = BT_MIN(to, model->n_points - 1);
	from = BT_MIN(from, to + 1 - BT_MIN(to + 1, BT_MAX(back, 1u)));
	bt_model_sum(&sum, model, from, to);
	cols->offered[i] = model->info->open_loop ? bt_point_rate(&sum, sum.offered) : NAN;
	cols->achieved[i] = bt_point_rate(&sum, sum.completed);
	/* None is no line at the foot of the chart. */
	cols->failed[i] =
		sum.failed + sum.expired > 0 ? bt_point_rate(&sum, sum.failed + sum.expired) : NAN;
	cols->p50[i] = bt_point_quantile(&sum, cols->time, 0.50);
	cols->p95[i] = bt_point_quantile(&sum, cols->time, 0.95);
	for (unsigned t = 0; t < BT_LATENCIES; t++)
		cols->p99[t][i] = bt_point_quantile(&sum, (enum bt_time)t, 0.99);
	cols->rss[i] = sum.rss_bytes ? (double)sum.rss_bytes : NAN;
	cols->cpu[i] = sum.cpu_span_ns ? (double)sum.cpu_ns / (double)sum.cpu_span_ns : NAN;
}

void bt_columns_renew(
	struct bt_columns *cols, const struct bt_model *model, const struct bt_columns_conf *conf)
{
	const struct bt_snapshot *last = bt_model_last(model);
	int i, dots = BT_MIN(conf->dots, BT_PLOT_DOTS), from = 0;
	double dot_ns, from_ns = conf->to_ns ? (double)conf->from_ns : 0;

	if (!last || dots < 1) {
		cols->n = 0;
		cols->model = NULL;
		return;
	}
	dot_ns = conf->to_ns ? (double)(conf->to_ns - conf->from_ns) / dots
			     : bt_columns_dot_ns(model, dots);
	if (cols->model == model && cols->dots == dots && cols->dot_ns == dot_ns &&
		cols->from_ns == from_ns && cols->time == conf->time &&
		cols->point_ns == model->point_ns && cols->t_ns <= last->t_ns)
		from = (int)bt_u64(
			fmin(((double)cols->t_ns - (double)cols->point_ns - from_ns) / dot_ns - 1,
				dots));
	cols->model = model;
	cols->dots = dots;
	cols->from_ns = from_ns;
	cols->dot_ns = dot_ns;
	cols->time = conf->time;
	cols->point_ns = model->point_ns;
	cols->t_ns = last->t_ns;
	cols->n = (int)fmin(fmax(ceil(((double)last->t_ns - from_ns) / dot_ns), 0), dots);
	for (i = from; i < cols->n; i++)
		make_column(cols, model, i);
}
