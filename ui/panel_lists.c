/* The panels of lists: outcomes, the workload's metrics, slow operations. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

/* What became of the operations of the run or of the window: all that ended, and each way to
 * fail. */
struct outcomes {
	struct bt_counts counts;
	uint64_t errors[BT_ERROR_CLASSES_MAX];
};

static bool find_outcomes(struct outcomes *out, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_window *window = &screen->window;
	unsigned i;

	memset(out, 0, sizeof(*out));
	if (!last)
		return false;
	out->counts = last->total;
	memcpy(out->errors, last->errors, sizeof(out->errors));
	if (!screen->scoped)
		return true;
	bt_window_counts(&out->counts, window);
	for (i = 0; i < BT_ERROR_CLASSES_MAX; i++)
		out->errors[i] = window->after.errors[i] - window->before.errors[i];
	return true;
}

/* Without errors small screens have no panel for them: the headline says so. */
static int panel_outcomes_rows(const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	unsigned i;
	int n = 0;

	for (i = 0; last && i < screen->shown->info->n_error_classes; i++)
		if (last->errors[i])
			n += screen->shown->tally.n_notes[i] ? 2 : 1;
	if (last && last->total.expired)
		n++;
	return n || (last && screen->large) ? n + 1 : 0;
}

static void draw_count(struct bt_grid *grid, struct bt_rect in, int y, unsigned style,
	const char *name, uint64_t count, const struct bt_counts *total)
{
	char buf[BT_FMT_MAX];
	double all = (double)(total->completed + total->failed + total->expired);

	bt_fmt_group(buf, sizeof(buf), count);
	bt_grid_fit(grid, in, 0, y, in.w - 10 - bt_text_width(buf), style, name);
	bt_grid_right(grid, in, in.w - 9, y, BT_TEXT_PLAIN | BT_BOLD, buf);
	bt_grid_right(grid, in, in.w, y, BT_DIM,
		bt_fmt_share(buf, sizeof(buf), all > 0 ? (double)count / all : NAN));
}

/* Rows stay where they are when the window has none of a class that the run has. */
static void panel_outcomes_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_model *model = screen->shown;
	const struct bt_snapshot *last = bt_model_last(model);
	struct bt_rect in = bt_grid_box(grid, r, "outcomes");
	struct outcomes o;
	unsigned i;
	int y = 0;

	if (!find_outcomes(&o, screen))
		return;
	draw_count(grid, in, y++, BT_GOOD, "completed", o.counts.completed, &o.counts);
	for (i = 0; i < model->info->n_error_classes; i++) {
		if (!last->errors[i])
			continue;
		draw_count(grid, in, y++, BT_BAD, model->info->error_classes[i], o.errors[i],
			&o.counts);
		if (model->tally.n_notes[i])
			bt_grid_fit(
				grid, in, 2, y++, in.w - 2, BT_DIM, model->tally.notes[i][0].text);
	}
	if (last->total.expired)
		draw_count(grid, in, y++, BT_BAD, "expired", o.counts.expired, &o.counts);
}

const struct bt_panel_ops bt_panel_outcomes = { panel_outcomes_rows, panel_outcomes_draw };

static int panel_metrics_rows(const struct bt_screen *screen)
{
	return (int)screen->shown->info->n_metrics;
}

/* Keeps both ends of a text: hashes differ in either. */
static void put_middle(struct bt_grid *grid, struct bt_rect in, int x, int y, const char *text)
{
	int room = in.w - x, w = bt_text_width(text);
	struct bt_rect tail = { in.x + x, in.y, room, in.h };

	if (w <= room) {
		bt_grid_right(grid, in, in.w, y, BT_TEXT_PLAIN, text);
		return;
	}
	bt_grid_right(grid, tail, room, y, BT_TEXT_PLAIN, text);
	bt_grid_fit(grid, in, x, y, room / 2, BT_TEXT_PLAIN, text);
}

static void draw_times(
	struct bt_grid *grid, struct bt_rect in, int y, const struct bt_latency *times)
{
	char p50[BT_FMT_MAX], p99[BT_FMT_MAX + 4];

	bt_fmt_quantile(p50, sizeof(p50), times, BT_Q50);
	bt_fmt_quantile(p99, sizeof(p99), times, BT_Q99);
	bt_grid_right(grid, in, in.w - 15, y, BT_TEXT_PLAIN, p50);
	bt_grid_right(grid, in, in.w - 11, y, BT_DIM, "p99");
	bt_grid_right(grid, in, in.w, y, BT_TEXT_PLAIN, p99);
}

/* The value now, or at the end of the window. */
static union bt_value metric_value(const struct bt_screen *screen, unsigned row)
{
	if (screen->scoped)
		return screen->window.after.mark.metrics[row];
	return bt_model_last(screen->shown)->metrics[row];
}

static double metric_rate(const struct bt_screen *screen, unsigned row)
{
	const struct bt_window *w = &screen->window;

	if (!screen->scoped)
		return bt_model_metric_rate(screen->shown, row);
	return (double)(w->after.mark.metrics[row].u - w->before.mark.metrics[row].u) /
		((double)(w->to_ns - w->from_ns) / 1e9);
}

static void draw_metric(struct bt_grid *grid, struct bt_rect in, int y,
	const struct bt_screen *screen, unsigned row)
{
	const struct bt_metric *metric = &screen->shown->info->metrics[row];
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	bool whole = screen->scoped && (metric->kind == BT_TEXT || metric->kind == BT_TIMES);
	char buf[BT_FMT_MAX], rate[BT_FMT_MAX + 4], name[80];
	int x;

	/* Of these two there is none of the window. */
	snprintf(name, sizeof(name), "%s%s", metric->name, whole ? " (run)" : "");
	x = bt_grid_fit(grid, in, 0, y, in.w / 2, BT_DIM, name);
	if (!last)
		return;
	if (metric->kind == BT_TEXT) {
		put_middle(grid, in, x + 2, y, last->texts[row]);
		return;
	}
	if (metric->kind == BT_TIMES) {
		draw_times(grid, in, y, &last->times[row]);
		return;
	}
	if (metric->kind != BT_COUNTER) {
		bt_fmt_number(buf, sizeof(buf), metric_value(screen, row).d);
		bt_grid_printf(grid, in,
			in.w - bt_text_width(buf) - bt_text_width(metric->unit) - 1, y,
			BT_TEXT_PLAIN, "%s %s", buf, metric->unit);
		return;
	}
	bt_grid_right(grid, in, in.w - 11, y, BT_TEXT_PLAIN,
		bt_fmt_group(buf, sizeof(buf), metric_value(screen, row).u));
	bt_fmt_rate(buf, sizeof(buf), metric_rate(screen, row));
	snprintf(rate, sizeof(rate), "%s/s", buf);
	bt_grid_right(grid, in, in.w, y, BT_DIM, rate);
}

static void panel_metrics_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, screen->shown->info->workload);
	unsigned i;

	for (i = 0; i < screen->shown->info->n_metrics && (int)i < in.h; i++)
		draw_metric(grid, in, (int)i, screen, i);
}

const struct bt_panel_ops bt_panel_metrics = { panel_metrics_rows, panel_metrics_draw };

static int panel_slow_rows(const struct bt_screen *screen)
{
	unsigned n = screen->shown->n_slowest;

	return n ? (int)n + 1 : 0;
}

static void panel_slow_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	static const char *const head[] = { "ended", "operation", "took", "queue", "service" };
	static const int ends[] = { 8, 19, 29, 39, 49 };
	const struct bt_slow *list = screen->scoped ? screen->window.slow : screen->shown->slowest;
	unsigned i, n = screen->scoped ? screen->window.n_slow : screen->shown->n_slowest;
	char buf[BT_FMT_MAX], title[BT_SCOPE_MAX + 24], words[BT_SCOPE_MAX];
	struct bt_rect in;
	int y;

	snprintf(title, sizeof(title), "slowest operations%s%s", screen->scoped ? " " : "",
		screen->scoped ? bt_scope_words(words, screen) : "");
	in = bt_grid_box(grid, r, title);
	for (i = 0; i < BT_LEN(head) && ends[i] <= in.w; i++)
		bt_grid_right(grid, in, ends[i], 0, BT_DIM, head[i]);
	for (i = 0; i < n; i++) {
		y = (int)i + 1;
		bt_grid_right(grid, in, ends[0], y, BT_DIM,
			bt_fmt_clock(buf, sizeof(buf), list[i].end_t_ns));
		bt_grid_right(grid, in, ends[1], y, BT_TEXT_PLAIN,
			bt_fmt_group(buf, sizeof(buf), list[i].n));
		bt_grid_right(grid, in, ends[2], y, BT_TEXT_PLAIN | BT_BOLD,
			bt_fmt_ns(
				buf, sizeof(buf), (double)(list[i].queue_ns + list[i].service_ns)));
		if (in.w < ends[4])
			continue;
		bt_grid_right(grid, in, ends[3], y, BT_DIM,
			bt_fmt_ns(buf, sizeof(buf), (double)list[i].queue_ns));
		bt_grid_right(grid, in, ends[4], y, BT_DIM,
			bt_fmt_ns(buf, sizeof(buf), (double)list[i].service_ns));
	}
}

const struct bt_panel_ops bt_panel_slow = { panel_slow_rows, panel_slow_draw };
