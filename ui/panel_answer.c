/* The headline: the figures that answer "how is it doing?", and whether to trust them. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "ui/digits.h"

struct answer {
	char rate_label[96], rate[BT_FMT_MAX]; /* "op/s of 1,300 offered", "1,234" */
	char p99_label[48], p99[BT_FMT_MAX], p99_unit[BT_FMT_MAX]; /* unit: empty when unknown */
	char errors[BT_FMT_MAX], errors_unit[BT_FMT_MAX];
	bool any_errors;
};

static void rate_answer(struct answer *out, const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_point *now = &model->recent;
	struct bt_totals figures;
	double rate = bt_point_rate(now, now->completed);
	char buf[BT_FMT_MAX];

	snprintf(out->rate_label, sizeof(out->rate_label), "op/s");
	if (last && model->ended && last->finding_name[0] && isfinite(last->finding_value)) {
		rate = last->finding_value;
		snprintf(out->rate_label, sizeof(out->rate_label), "%s %s", last->finding_unit,
			last->finding_name);
	} else if (last && model->ended) {
		bt_totals_of(&figures, &model->tally);
		rate = figures.throughput;
		snprintf(out->rate_label, sizeof(out->rate_label), "op/s throughput");
	} else if (model->info->open_loop && last) {
		snprintf(out->rate_label, sizeof(out->rate_label), "op/s of %s offered",
			bt_fmt_rate(buf, sizeof(buf), bt_point_rate(now, now->offered)));
	}
	bt_fmt_rate(out->rate, sizeof(out->rate), rate);
}

/* Moves what stands after the space in text, if anything, to unit. Both have BT_FMT_MAX bytes. */
static void split_unit(char *text, char *unit)
{
	char *space = strchr(text, ' ');

	unit[0] = '\0';
	if (!space)
		return;
	*space = '\0';
	memmove(unit, space + 1, strlen(space + 1) + 1);
}

/* Those of the window: exact, of all operations that ended in it. */
static void window_answer(struct answer *out, const struct bt_screen *screen)
{
	const struct bt_window *window = &screen->window;
	const struct bt_model *model = screen->shown;
	struct bt_counts counts;
	char words[BT_SCOPE_MAX], offered[BT_FMT_MAX];
	double seconds = (double)(window->to_ns - window->from_ns) / 1e9;

	memset(out, 0, sizeof(*out));
	bt_window_counts(&counts, window);
	bt_scope_words(words, screen);
	snprintf(out->rate_label, sizeof(out->rate_label), "op/s %s", words);
	if (model->info->open_loop)
		snprintf(out->rate_label, sizeof(out->rate_label), "op/s of %s %s",
			bt_fmt_rate(offered, sizeof(offered), (double)counts.offered / seconds),
			words);
	bt_fmt_rate(out->rate, sizeof(out->rate), (double)counts.completed / seconds);
	snprintf(out->p99_label, sizeof(out->p99_label), "p99 %s",
		bt_time_name[bt_model_time(model)]);
	bt_fmt_quantile(out->p99, sizeof(out->p99), &window->lat[bt_model_time(model)], BT_Q99);
	split_unit(out->p99, out->p99_unit);
	bt_fmt_share(out->errors, sizeof(out->errors), bt_error_share(&counts));
	split_unit(out->errors, out->errors_unit);
	out->any_errors = counts.failed + counts.expired > 0;
}

static void find_answer(struct answer *out, const struct bt_screen *screen)
{
	const struct bt_model *model = screen->shown;
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_latency *lat = last ? bt_step_latency(model) : NULL;
	bool many = model->tally.n_segments > 1 && last, steps = many && !model->ended;

	if (screen->scoped) {
		window_answer(out, screen);
		return;
	}
	memset(out, 0, sizeof(*out));
	rate_answer(out, model);
	if (last && (!steps || !lat || lat->count == 0)) {
		lat = bt_run_latency(&model->tally);
		steps = false;
	}
	snprintf(out->p99_label, sizeof(out->p99_label), "p99 %s%s", bt_latency_word(model->info),
		steps          ? ", this step"
			: many ? ", whole run"
			       : "");
	bt_fmt_quantile(out->p99, sizeof(out->p99), lat, BT_Q99);
	split_unit(out->p99, out->p99_unit);
	bt_fmt_share(out->errors, sizeof(out->errors), last ? bt_error_share(&last->total) : NAN);
	out->any_errors = last && last->total.failed + last->total.expired > 0;
	split_unit(out->errors, out->errors_unit);
}

static const struct verdict_words {
	unsigned style;
	const char *words;
} verdicts[] = {
	[BT_VALID] = { BT_GOOD | BT_BOLD, "✔ valid" },
	[BT_DEGRADED] = { BT_WARN | BT_BOLD, "● degraded" },
	[BT_INVALID] = { BT_BAD | BT_BOLD, "✖ invalid" },
};

/* Nothing was measured yet: nothing to trust or to doubt. */
static const struct verdict_words *verdict_of(const struct bt_model *model)
{
	static const struct verdict_words unknown = { BT_DIM, "-" };

	return bt_model_last(model) ? &verdicts[model->judgement.verdict] : &unknown;
}

static void draw_tile(struct bt_grid *grid, struct bt_rect r, unsigned style, const char *label,
	const char *figure, const char *tail)
{
	int x;

	bt_grid_fit(grid, r, 0, 0, r.w - 2, BT_DIM, label);
	x = bt_digits_put(grid, r, 0, 1, style, figure) + 1;
	bt_grid_fit(grid, r, x, grid->ascii ? 2 : 3, r.w - x - 1, BT_DIM, tail);
}

static void draw_large(struct bt_grid *grid, struct bt_rect r, const struct bt_model *model,
	const struct answer *a)
{
	const struct bt_judgement *judge = &model->judgement;
	struct bt_rect tile = { r.x + 2, r.y, (r.w - 2) * 28 / 100, r.h };
	char words[BT_REASON_MAX];

	draw_tile(grid, tile, BT_SERIES_1, a->rate_label, a->rate, "");
	tile.x += tile.w;
	draw_tile(grid, tile, BT_SERIES_3, a->p99_label, a->p99, a->p99_unit);
	tile.x += tile.w;
	tile.w = (r.w - 2) * 18 / 100;
	draw_tile(grid, tile, a->any_errors ? BT_BAD : BT_TEXT_PLAIN, "errors", a->errors,
		a->errors_unit);
	tile.x += tile.w;
	tile.w = r.x + r.w - tile.x - 1;
	bt_grid_put(grid, tile, 0, 0, BT_DIM, "measurement");
	bt_grid_put(grid, tile, 0, 1, verdict_of(model)->style, verdict_of(model)->words);
	tile.y += 2;
	tile.h = 2;
	bt_grid_wrap(grid, tile, BT_DIM, bt_reason_words(words, judge));
}

static void draw_small(struct bt_grid *grid, struct bt_rect r, const struct bt_model *model,
	const struct answer *a)
{
	const struct bt_judgement *judge = &model->judgement;
	int x, y = r.h > 1 ? 1 : 0;

	x = bt_grid_put(grid, r, 1, 0, BT_SERIES_1 | BT_BOLD, a->rate);
	x += 1 + bt_grid_fit(grid, r, x + 1, 0, y ? r.w - x - 13 : r.w, BT_DIM, a->rate_label);
	x = y ? 0 : x + 2;
	x = bt_grid_put(grid, r, x + 1, y, BT_DIM, "p99 ");
	x = bt_grid_printf(grid, r, x, y, BT_SERIES_3 | BT_BOLD, "%s %s", a->p99, a->p99_unit);
	x = bt_grid_put(grid, r, x + 3, y, BT_DIM, "errors ");
	x = bt_grid_printf(grid, r, x, y, (a->any_errors ? BT_BAD : BT_TEXT_PLAIN) | BT_BOLD,
		"%s %s", a->errors, a->errors_unit);
	if (y) {
		bt_grid_right(
			grid, r, r.w - 1, 0, verdict_of(model)->style, verdict_of(model)->words);
		return;
	}
	x = bt_grid_put(grid, r, x + 3, y, verdict_of(model)->style, verdict_of(model)->words);
	if (judge->n &&
		x + 3 + bt_text_width(judge->reasons[0].text) <= r.w) /* or in a row of its own */
		bt_grid_put(grid, r, x + 2, y, BT_DIM, judge->reasons[0].text);
}

static void panel_headline_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct answer a;

	find_answer(&a, screen);
	if (r.h >= 4)
		draw_large(grid, r, screen->shown, &a);
	else
		draw_small(grid, r, screen->shown, &a);
}

const struct bt_panel_ops bt_panel_headline = { bt_rows_one, panel_headline_draw };

void bt_panel_one_line(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	char line[200], elapsed[BT_FMT_MAX];
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	struct answer a;

	find_answer(&a, screen);
	snprintf(line, sizeof(line), "%s op/s p99 %s %s err %s %s %s %s", a.rate, a.p99, a.p99_unit,
		a.errors, a.errors_unit,
		bt_fmt_clock(elapsed, sizeof(elapsed), last ? last->t_ns : 0),
		screen->shown->info->workload);
	bt_grid_fit(grid, r, 0, 0, r.w, BT_TEXT_PLAIN, line);
}
