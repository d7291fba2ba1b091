/* The panels of what is outside: the processes that are watched, and the network. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

/* Readings at two moments: of the window's edges, or of one to two seconds ago and now. */
struct pair {
	const struct bt_net *net[2];
	const struct bt_watched *watched[2];
	double seconds; /* between them; 0: there is only one */
};

static bool find_pair(struct pair *out, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_metric_mark *mark = &screen->shown->marks[0];
	const struct bt_window *w = &screen->window;

	if (!last)
		return false;
	if (screen->scoped) {
		*out = (struct pair){ { &w->before.net, &w->after.net },
			{ &w->before.watched, &w->after.watched },
			w->before.mark.t_ns ? (double)(w->to_ns - w->from_ns) / 1e9 : 0 };
		return true;
	}
	*out = (struct pair){ { &mark->net, &last->net }, { &mark->watched, &last->watched },
		last->t_ns > mark->t_ns ? (double)(last->t_ns - mark->t_ns) / 1e9 : 0 };
	return true;
}

static double known(uint64_t v)
{
	return v == UINT64_MAX ? NAN : (double)v;
}

/* What a counter grew by a second; NAN: not known at both ends. */
static double growth(uint64_t before, uint64_t after, double seconds)
{
	if (seconds <= 0 || before == UINT64_MAX || after == UINT64_MAX || after < before)
		return NAN;
	return (double)(after - before) / seconds;
}

static void put_figure(struct bt_grid *grid, struct bt_rect in, int x, int y, int w,
	const char *name, const char *value)
{
	bt_grid_put(grid, in, x, y, BT_DIM, name);
	bt_grid_right(grid, in, x + w, y, BT_TEXT_PLAIN, value);
}

static int panel_watch_rows(const struct bt_screen *screen)
{
	const char *who = screen->shown->info->watched;

	return who && *who ? 2 : 0;
}

static void panel_watch_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	char title[160], buf[BT_FMT_MAX], cpu[BT_FMT_MAX];
	const struct bt_watched *now;
	struct bt_rect in;
	struct pair pair;
	int w;

	snprintf(title, sizeof(title), "watched: %s", screen->shown->info->watched);
	in = bt_grid_box(grid, r, title);
	if (!find_pair(&pair, screen))
		return;
	now = pair.watched[1];
	if (now->processes == 0) {
		bt_grid_fit(grid, in, 0, 0, in.w, BT_WARN, "is not running");
		return;
	}
	w = (in.w - 2) / 2;
	bt_fmt_number(
		cpu, sizeof(cpu), growth(pair.watched[0]->cpu_ns, now->cpu_ns, pair.seconds) / 1e9);
	put_figure(grid, in, 0, 0, w, "cpu", cpu);
	put_figure(
		grid, in, 0, 1, w, "threads", bt_fmt_number(buf, sizeof(buf), known(now->threads)));
	put_figure(grid, in, w + 2, 0, w, "memory",
		bt_fmt_bytes(buf, sizeof(buf), known(now->rss_bytes)));
	put_figure(grid, in, w + 2, 1, w, "files",
		bt_fmt_number(buf, sizeof(buf), known(now->descriptors)));
}

const struct bt_panel_ops bt_panel_watch = { panel_watch_rows, panel_watch_draw };

/* For workloads that use it. */
static int panel_net_rows(const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_net *net = last ? &last->net : NULL;

	if (!net || net->own_in_bytes == UINT64_MAX || net->own_out_bytes == UINT64_MAX)
		return 0;
	return net->own_in_bytes + net->own_out_bytes > 0 ? 2 : 0;
}

static void put_bytes(
	struct bt_grid *grid, struct bt_rect in, int y, const char *name, double in_s, double out_s)
{
	char value[BT_FMT_MAX], text[BT_FMT_MAX + 8];

	bt_grid_put(grid, in, 0, y, BT_DIM, name);
	snprintf(text, sizeof(text), "%s/s in", bt_fmt_bytes(value, sizeof(value), in_s));
	bt_grid_right(grid, in, in.w - 17, y, BT_TEXT_PLAIN, text);
	snprintf(text, sizeof(text), "%s/s out", bt_fmt_bytes(value, sizeof(value), out_s));
	bt_grid_right(grid, in, in.w, y, BT_TEXT_PLAIN, text);
}

static void panel_net_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, "network");
	const struct bt_net *from, *to;
	struct pair pair;

	if (!find_pair(&pair, screen))
		return;
	from = pair.net[0];
	to = pair.net[1];
	put_bytes(grid, in, 0, in.w < 44 ? "own" : "own sockets",
		growth(from->own_in_bytes, to->own_in_bytes, pair.seconds),
		growth(from->own_out_bytes, to->own_out_bytes, pair.seconds));
	put_bytes(grid, in, 1, in.w < 44 ? "all" : "interfaces",
		growth(from->if_in_bytes, to->if_in_bytes, pair.seconds),
		growth(from->if_out_bytes, to->if_out_bytes, pair.seconds));
}

const struct bt_panel_ops bt_panel_net = { panel_net_rows, panel_net_draw };
