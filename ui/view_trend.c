/* The trend view: a figure of many runs, oldest on the left, with its levels and where they
 * change. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "ui/panel.h"
#include "ui/plot.h"
#include "ui/view.h"

static char *figure_text(char *buf, const struct bt_trendline *trend, double v)
{
	return bt_field(trend->field).text(buf, BT_FMT_MAX, v);
}

/* A better or worse level, by how much. */
static const char *change_word(const struct bt_field *field, const struct bt_change *change)
{
	if (change->after == change->before)
		return "no change of the median";
	return (change->after > change->before) == (field->better > 0) ? "better" : "worse";
}

static unsigned change_style(const struct bt_field *field, const struct bt_change *change)
{
	const char *word = change_word(field, change);

	return strcmp(word, "better") == 0 ? BT_GOOD : strcmp(word, "worse") == 0 ? BT_BAD : BT_DIM;
}

static void draw_head(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	static const char *const scopes[BT_SCOPES] = { "same options, same machine",
		"same options, all machines", "all runs of the list" };
	const struct bt_trendline *trend = screen->trend;
	const struct bt_field field = bt_field(trend->field);
	char text[200], n[BT_FMT_MAX];
	int x = bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, "trend") + 2;

	x = bt_grid_put(grid, r, x, 0, BT_TEXT_PLAIN | BT_BOLD, field.name) + 1;
	if (trend->n && trend->scope != BT_SCOPE_ALL)
		bt_grid_fit(grid, r, x + 1, 0, BT_MAX(r.w - x - (r.w < 70 ? 12 : 42), 0),
			BT_TEXT_PLAIN,
			screen->history.list.rows[trend->rows[trend->n - 1]].workload);
	snprintf(text, sizeof(text), "%s run%s%s%s", bt_fmt_group(n, sizeof(n), trend->n),
		trend->n == 1 ? "" : "s", r.w < 70 ? "" : ", ",
		r.w < 70 ? "" : scopes[trend->scope]);
	bt_grid_right(grid, r, r.w - 1, 0, BT_DIM, text);
	bt_plot_bar(grid, (struct bt_rect){ r.x + 1, r.y + 1, r.w - 2, 1 }, BT_ACCENT, 0);
}

/* Where a run's value stands among the dot columns: at the middle of its share of them. */
static int column_of(size_t i, size_t n, int dots)
{
	return (int)(((double)i + 0.5) * dots / (double)n);
}

/* Values and levels for each dot column, what lies between runs by a straight line. */
static void fill_columns(double *v, double *level, int dots, const struct bt_trendline *trend)
{
	size_t change = 0;
	double now = bt_trend_level(trend, 0), then = now;

	for (int x = 0; x < dots; x++)
		v[x] = level[x] = NAN;
	for (size_t i = 0; i < trend->n; i++) {
		int at = column_of(i, trend->n, dots);
		int from = i ? column_of(i - 1, trend->n, dots) : at;

		if (change < trend->n_changes && trend->changes[change].at == i)
			now = trend->changes[change++].after;
		for (int x = from; x <= at; x++) {
			double share = at > from ? (double)(x - from) / (at - from) : 1;
			double before = i ? trend->v[i - 1] : trend->v[i];

			v[x] = before + (trend->v[i] - before) * share;
			level[x] = x < at ? then : now; /* it steps where the mark is */
		}
		then = now;
	}
}

static double extent(const struct bt_trendline *trend, int sign)
{
	double most = -INFINITY;

	for (size_t i = 0; i < trend->n; i++)
		most = fmax(most, sign * trend->v[i]);
	return sign * most;
}

/* The axis begins at zero, unless the values lie together far above it. */
static void set_axis(struct bt_plot *plot, const struct bt_trendline *trend)
{
	double low = extent(trend, -1), high = extent(trend, 1), room = (high - low) / 5;

	plot->top = high + (high > low ? room : high * 0.1);
	if (high > low && low > 0.4 * high)
		plot->bottom = fmax(low - BT_MAX(room, low * 0.02), 0);
}

static void draw_chart(struct bt_grid *grid, struct bt_rect r, const struct bt_trendline *trend)
{
	const struct bt_field field = bt_field(trend->field);
	double v[BT_PLOT_DOTS], level[BT_PLOT_DOTS];
	int dots = bt_plot_dots(grid, r.w, true), cells = r.w - BT_PLOT_LABEL;
	struct bt_sight sight;
	struct bt_span spans[BT_CHANGE_MAX / BT_CHANGE_SEGMENT];
	struct bt_series series[] = { { "", v, BT_SERIES_1, false, '*' },
		{ "", level, BT_SERIES_2, false, '=' } };
	struct bt_plot plot = {
		.series = series, .n_series = 2, .spans = spans, .n = dots, .label = field.text
	};
	struct bt_rect foot = { r.x + BT_PLOT_LABEL, r.y + r.h - 1, cells, 1 };

	if (!trend->n || dots < 2 || r.h < 3)
		return;
	fill_columns(v, level, dots, trend);
	set_axis(&plot, trend);
	for (size_t i = 0; i < trend->n_changes; i++) {
		int at = column_of(trend->changes[i].at, trend->n, dots);

		spans[plot.n_spans++] = (struct bt_span){ .from = at, .to = at };
	}
	sight.at = sight.from = sight.to = column_of(trend->at, trend->n, dots) * cells / dots;
	plot.sight = &sight;
	bt_plot_draw(grid, (struct bt_rect){ r.x, r.y, r.w, r.h - 1 }, &plot);
	for (size_t i = 0; i < trend->n_changes; i++) {
		const struct bt_change *change = &trend->changes[i];

		bt_grid_put(grid, foot, spans[i].from * cells / dots, 0,
			change_style(&field, change) | BT_BOLD,
			change->after > change->before ? "▲" : "▼");
	}
}

static void draw_run(struct bt_grid *grid, struct bt_rect r, int y, const struct bt_screen *screen)
{
	const struct bt_trendline *trend = screen->trend;
	const struct bt_run_row *row = &screen->history.list.rows[trend->rows[trend->at]];
	char text[400], when[BT_FMT_MAX], v[BT_FMT_MAX];

	bt_text_format(text, sizeof(text), "run %llu  %s  %s %s  %s  %.8s  %s",
		(unsigned long long)row->id, bt_fmt_when(when, sizeof(when), row->started_wall_ns),
		bt_field(trend->field).name, figure_text(v, trend, trend->v[trend->at]),
		row->host ? row->host : "", row->commit ? row->commit : "",
		row->tags ? row->tags : "");
	bt_grid_fit(grid, r, 1, y, r.w - 2, BT_TEXT_PLAIN | BT_BOLD, text);
}

/* A line a change, the newest first. */
static void draw_changes(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_trendline *trend = screen->trend;
	const struct bt_field field = bt_field(trend->field);
	int y = 0;

	for (size_t i = trend->n_changes; i-- > 0 && y < r.h; y++) {
		const struct bt_change *c = &trend->changes[i];
		const struct bt_run_row *row = &screen->history.list.rows[trend->rows[c->at]];
		char text[300], before[BT_FMT_MAX], after[BT_FMT_MAX], when[BT_FMT_MAX];
		char times[BT_FMT_MAX] = "";

		if (c->before > 0)
			snprintf(times, sizeof(times), "  x%.3g", c->after / c->before);
		bt_grid_put(grid, r, 1, y, change_style(&field, c) | BT_BOLD,
			c->after > c->before ? "▲" : "▼");
		snprintf(text, sizeof(text), "from run %llu on  %.16s  %s %s -> %s%s  %s  %.8s",
			(unsigned long long)row->id,
			bt_fmt_when(when, sizeof(when), row->started_wall_ns), field.name,
			figure_text(before, trend, c->before), figure_text(after, trend, c->after),
			times, change_word(&field, c), row->commit ? row->commit : "");
		bt_grid_fit(grid, r, 3, y, r.w - 4, change_style(&field, c), text);
	}
	if (!trend->n_changes)
		bt_grid_fit(grid, r, 1, 0, r.w - 2, BT_DIM,
			trend->n < 2 * BT_CHANGE_SEGMENT
				? "too few runs to tell a change: ten are needed"
				: "no change: the runs are as alike as they would be in any order");
}

static void draw_left_out(
	struct bt_grid *grid, struct bt_rect r, int y, const struct bt_trendline *trend)
{
	char text[160] = "";

	if (trend->older)
		snprintf(text, sizeof(text), "the newest %d of %zu  ", BT_CHANGE_MAX,
			trend->n + trend->older);
	if (trend->left_out)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"%zu left out: not ended, invalid, or without this figure",
			trend->left_out);
	bt_grid_fit(grid, r, 1, y, r.w - 2, BT_DIM, text);
}

static void trend_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_trendline *trend = screen->trend;
	int changes = BT_MAX(BT_MIN((int)trend->n_changes, r.h / 4), 1);
	struct bt_rect chart = { r.x + 1, r.y + 2, r.w - 2, r.h - changes - 4 };
	struct bt_rect list = { r.x, r.y + r.h - changes - 1, r.w, changes };

	draw_head(grid, r, screen);
	if (screen->message[0])
		bt_grid_fit(grid, r, 1, r.h - 1, r.w - 2, BT_WARN | BT_BOLD, screen->message);
	else
		draw_left_out(grid, r, r.h - 1, trend);
	if (!trend->n) {
		bt_grid_put(grid, r, 4, r.h / 3, BT_TEXT_PLAIN | BT_BOLD,
			"No run here has this figure.");
		return;
	}
	draw_chart(grid, chart, trend);
	draw_run(grid, r, r.h - changes - 2, screen);
	draw_changes(grid, list, screen);
}

void bt_trend_show(struct bt_screen *screen)
{
	struct bt_history *history = &screen->history;
	const struct bt_run_row *row = bt_history_row(history, history->at);

	if (!bt_field(screen->trend->field).better) /* never shown before */
		while (strcmp(bt_field(screen->trend->field).name, "p99") != 0)
			bt_trend_step(screen->trend, 1);
	screen->trend->run = row->id;
	bt_trend_read(screen->trend, history);
	screen->view = &bt_view_trend;
}

static void trend_go_left(struct bt_screen *screen)
{
	screen->trend->at -= screen->trend->at > 0;
}

static void trend_go_right(struct bt_screen *screen)
{
	screen->trend->at += screen->trend->at + 1 < screen->trend->n;
}

static void trend_go_home(struct bt_screen *screen)
{
	screen->trend->at = 0;
}

static void trend_go_end(struct bt_screen *screen)
{
	screen->trend->at = screen->trend->n ? screen->trend->n - 1 : 0;
}

static void trend_next_figure(struct bt_screen *screen)
{
	bt_trend_step(screen->trend, 1);
	bt_trend_read(screen->trend, &screen->history);
}

static void trend_figure_before(struct bt_screen *screen)
{
	bt_trend_step(screen->trend, -1);
	bt_trend_read(screen->trend, &screen->history);
}

static void trend_next_scope(struct bt_screen *screen)
{
	screen->trend->scope = (screen->trend->scope + 1) % BT_SCOPES;
	bt_trend_read(screen->trend, &screen->history);
}

static void trend_open_run(struct bt_screen *screen)
{
	const struct bt_trendline *trend = screen->trend;

	if (!trend->n)
		return;
	bt_history_go_to(&screen->history, screen->history.list.rows[trend->rows[trend->at]].id);
	screen->ask = BT_ASK_OPEN;
}

/* The cursor of the history goes to the run of the trend's. */
static void trend_back(struct bt_screen *screen)
{
	const struct bt_trendline *trend = screen->trend;

	if (trend->n)
		bt_history_go_to(
			&screen->history, screen->history.list.rows[trend->rows[trend->at]].id);
	screen->view = &bt_view_history;
}

static const struct bt_key keys[] = {
	{ BT_KEY_ESC, 'g', "Esc", "back", "back to the history, to this run; g does the same",
		trend_back },
	{ BT_KEY_DOWN, 'j', "↑↓", "figure", "another figure; k and j do the same",
		trend_next_figure },
	{ BT_KEY_UP, 'k', "↑", NULL, NULL, trend_figure_before },
	{ BT_KEY_LEFT, 'h', "←→", "run", "to the run before, to the next; h and l do the same",
		trend_go_left },
	{ BT_KEY_RIGHT, 'l', "→", NULL, NULL, trend_go_right },
	{ 'a', 0, "a", "more runs",
		"only runs with the same options on the same machine; on all machines; all runs "
		"of the list",
		trend_next_scope },
	{ BT_KEY_ENTER, 0, "Enter", "open", "show this run", trend_open_run },
	{ 'q', 'Q', "q", "quit", "quit", bt_screen_leave },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ BT_KEY_TAB, BT_KEY_BACKTAB, "Tab", NULL, "back to the history", trend_back },
	{ BT_KEY_HOME, 0, "Home End", NULL, "to the oldest run, to the newest", trend_go_home },
	{ BT_KEY_END, 'G', "End", NULL, NULL, trend_go_end },
	{ .name = NULL },
};

static bool trend_mouse(struct bt_screen *screen, struct bt_mouse mouse)
{
	struct bt_trendline *trend = screen->trend;
	int cells = screen->w - 2 - BT_PLOT_LABEL, x = mouse.x - 1 - BT_PLOT_LABEL;

	if (mouse.what != BT_MOUSE_CLICK || x < 0 || x >= cells || !trend->n)
		return false;
	trend->at = (size_t)x * trend->n / (size_t)cells;
	return true;
}

const struct bt_view bt_view_trend = { "trend", keys, trend_draw, NULL, trend_mouse };
