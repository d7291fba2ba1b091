#include "ui/trend.h"

#include <math.h>
#include <string.h>

#include "judge/stat.h"

static const struct bt_run_row *begun_with(
	const struct bt_trendline *trend, const struct bt_history *history)
{
	for (size_t i = 0; i < history->list.n; i++)
		if (history->list.rows[i].id == trend->run)
			return &history->list.rows[i];
	return NULL;
}

/* Runs from before kinds were stored are told apart by what they have. */
static bool of_one_kind(const struct bt_run_row *a, const struct bt_run_row *b)
{
	if (a->kind != UINT64_MAX && b->kind != UINT64_MAX)
		return a->kind == b->kind;
	return a->open_loop == b->open_loop && strcmp(a->workload, b->workload) == 0 &&
		strcmp(a->profile, b->profile) == 0;
}

static bool in_scope(
	const struct bt_trendline *trend, const struct bt_run_row *of, const struct bt_run_row *row)
{
	if (trend->scope == BT_SCOPE_ALL || !of)
		return true;
	return of_one_kind(of, row) &&
		(trend->scope == BT_SCOPE_MACHINES || strcmp(of->host, row->host) == 0);
}

static bool sound(const struct bt_run_row *row)
{
	return row->verdict && strcmp(row->verdict, "invalid") != 0 && row->status &&
		(strcmp(row->status, "ended") == 0 || strcmp(row->status, "failed") == 0);
}

/* Newest first; what does not fit any more is older. */
static void gather(struct bt_trendline *trend, const struct bt_history *history)
{
	const struct bt_run_row *of = begun_with(trend, history);
	const struct bt_field field = bt_field(trend->field);

	for (size_t i = 0; i < history->list.n; i++) {
		const struct bt_run_row *row = &history->list.rows[i];
		double v = bt_field_value(&field, row);

		if (history->states[i].deleted || !bt_filter_holds(&history->words, row) ||
			!in_scope(trend, of, row))
			continue;
		if (!sound(row) || !isfinite(v)) {
			trend->left_out++;
		} else if (trend->n == BT_CHANGE_MAX) {
			trend->older++;
		} else {
			trend->rows[trend->n] = i;
			trend->v[trend->n++] = v;
		}
	}
}

static void turn_round(struct bt_trendline *trend)
{
	for (size_t i = 0, k = trend->n; i + 1 < k; i++) {
		size_t row = trend->rows[i];
		double v = trend->v[i];

		k--;
		trend->rows[i] = trend->rows[k];
		trend->v[i] = trend->v[k];
		trend->rows[k] = row;
		trend->v[k] = v;
	}
}

/* Figures spread by factors where they can, so their logarithms are looked at: halved and doubled
 * are then alike. */
static void find_changes(struct bt_trendline *trend)
{
	double logs[BT_CHANGE_MAX];
	bool positive = true;

	for (size_t i = 0; i < trend->n; i++) {
		positive &= trend->v[i] > 0;
		logs[i] = log(trend->v[i]);
	}
	trend->n_changes = bt_change_find(trend->changes, positive ? logs : trend->v, trend->n);
	for (size_t i = 0; i < trend->n_changes && positive; i++) {
		trend->changes[i].before = exp(trend->changes[i].before);
		trend->changes[i].after = exp(trend->changes[i].after);
	}
}

void bt_trend_read(struct bt_trendline *trend, const struct bt_history *history)
{
	trend->n = trend->older = trend->left_out = 0;
	gather(trend, history);
	turn_round(trend);
	find_changes(trend);
	trend->at = trend->n ? trend->n - 1 : 0;
	for (size_t i = 0; i < trend->n; i++)
		if (history->list.rows[trend->rows[i]].id == trend->run)
			trend->at = i;
}

void bt_trend_step(struct bt_trendline *trend, int by)
{
	struct bt_fields all;

	bt_fields_of(&all);
	do {
		trend->field = (trend->field + all.n + (size_t)(long)by) % all.n;
	} while (!all.v[trend->field].better);
}

double bt_trend_level(const struct bt_trendline *trend, size_t i)
{
	size_t change = 0;

	while (change < trend->n_changes && trend->changes[change].at <= i)
		change++;
	if (change)
		return trend->changes[change - 1].after;
	return trend->n_changes ? trend->changes[0].before : bt_stat_median(trend->v, trend->n);
}
