/* The panel of thresholds: how each stands, those of a live run. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "judge/threshold.h"

static int panel_thresholds_rows(const struct bt_screen *screen)
{
	return (int)bt_thresholds_count(screen->shown->info->thresholds);
}

/* Of the window that is looked at, where the figure is one that a window has; NAN: it is not. */
static double window_value(const struct bt_screen *screen, const struct bt_threshold *t)
{
	static const enum bt_time times[] = { [BT_OF_QUEUE] = BT_QUEUE,
		[BT_OF_SERVICE] = BT_SERVICE,
		[BT_OF_RESPONSE] = BT_RESPONSE };
	const struct bt_window *w = &screen->window;
	struct bt_stretch stretch = { &w->before.mark, &w->after.mark, NULL, w->rss_peak };

	if (!w->before.mark.t_ns)
		return NAN;
	if (t->source < BT_LEN(times))
		stretch.latency = w->hist[times[t->source]];
	return bt_threshold_within(t, &stretch, screen->shown->info->metrics);
}

/* The verdict is the run's; the value in a window is that window's, and says so by its colour and a
 * mark if it is crossed. */
static void draw_threshold(struct bt_grid *grid, struct bt_rect in, int y,
	const struct bt_screen *screen, const struct bt_threshold *t)
{
	static const unsigned styles[] = {
		[BT_UNKNOWN] = BT_DIM, [BT_HELD] = BT_GOOD, [BT_CROSSED] = BT_BAD
	};
	char value[BT_FMT_MAX];
	double shown = screen->scoped ? window_value(screen, t) : t->value;
	unsigned style = screen->scoped ? BT_ACCENT : BT_TEXT_PLAIN;
	int end = in.w - 8;

	bt_unit_text(value, sizeof(value), t->unit, shown);
	if (screen->scoped && bt_threshold_compare(t, shown) == BT_CROSSED) {
		style = BT_BAD;
		bt_grid_put(grid, in, end - bt_text_width(value) - 2, y, style | BT_BOLD, "✖");
	}
	bt_grid_fit(grid, in, 0, y, end - bt_text_width(value) - 3, BT_TEXT_PLAIN, t->text);
	bt_grid_right(grid, in, end, y, style | BT_BOLD, value);
	bt_grid_right(grid, in, in.w, y, styles[t->verdict], bt_threshold_verdict_name[t->verdict]);
}

static unsigned crossed(const struct bt_thresholds *all)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bt_thresholds_count(all); i++)
		n += bt_thresholds_get(all, i)->verdict == BT_CROSSED;
	return n;
}

/* Where there is no room for all, those that are crossed come first, and the title counts them. */
static void panel_thresholds_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_thresholds *all = screen->shown->info->thresholds;
	unsigned n = bt_thresholds_count(all);
	bool fit = (int)n <= r.h - 2;
	char title[48] = "thresholds";
	struct bt_rect in;
	int y = 0;

	if (!fit)
		snprintf(title, sizeof(title), "thresholds: %u of %u crossed", crossed(all), n);
	in = bt_grid_box(grid, r, title);
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < n && y < in.h; i++) {
			const struct bt_threshold *t = bt_thresholds_get(all, i);

			if (fit ? pass == 0 : (t->verdict == BT_CROSSED) == (pass == 0))
				draw_threshold(grid, in, y++, screen, t);
		}
}

const struct bt_panel_ops bt_panel_thresholds = { panel_thresholds_rows, panel_thresholds_draw };
