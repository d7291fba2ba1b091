/* The panels of lists: errors, the workload's metrics, slow operations, events; and the rows made of them. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

#define NEWS_NS (5 * BT_NS_PER_S) /* for so long the newest event is what the notice is for */

/* Without errors there is no panel: the headline says so. */
static int rows_errors(const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	unsigned i;
	int n = 0;

	for (i = 0; last && i < screen->shown->info->n_error_classes; i++)
		if (last->errors[i])
			n += screen->shown->tally.n_notes[i] ? 2 : 1;
	if (last && last->total.expired)
		n++;
	return n;
}

static void draw_count(struct bt_grid *grid, struct bt_rect in, int y, const char *name,
	uint64_t count, const struct bt_counts *total)
{
	char buf[BT_FMT_MAX];
	double all = (double)(total->completed + total->failed + total->expired);

	bt_fmt_group(buf, sizeof(buf), count);
	bt_grid_fit(grid, in, 0, y, in.w - 10 - bt_text_width(buf), BT_BAD, name);
	bt_grid_right(grid, in, in.w - 9, y, BT_TEXT_PLAIN | BT_BOLD, buf);
	bt_grid_right(grid, in, in.w, y, BT_DIM,
		bt_fmt_share(buf, sizeof(buf), all > 0 ? (double)count / all : NAN));
}

static void draw_errors(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_model *model = screen->shown;
	const struct bt_snapshot *last = bt_model_last(model);
	struct bt_rect in = bt_grid_box(grid, r, "errors");
	unsigned i;
	int y = 0;

	for (i = 0; last && i < model->info->n_error_classes; i++) {
		if (!last->errors[i])
			continue;
		draw_count(grid, in, y++, model->info->error_classes[i], last->errors[i],
			&last->total);
		if (model->tally.n_notes[i])
			bt_grid_fit(
				grid, in, 2, y++, in.w - 2, BT_DIM, model->tally.notes[i][0].text);
	}
	if (last && last->total.expired)
		draw_count(grid, in, y++, "expired", last->total.expired, &last->total);
}

const struct bt_panel_ops bt_panel_errors = { rows_errors, draw_errors };

static int rows_metrics(const struct bt_screen *screen)
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

static double metric_value(
	const struct bt_snapshot *last, const struct bt_metric *metric, unsigned row)
{
	if (metric->kind == BT_COUNTER)
		return (double)last->metrics[row].u;
	return last->metrics[row].d;
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

static void draw_metric(
	struct bt_grid *grid, struct bt_rect in, int y, const struct bt_model *model, unsigned row)
{
	const struct bt_metric *metric = &model->info->metrics[row];
	const struct bt_snapshot *last = bt_model_last(model);
	char buf[BT_FMT_MAX], rate[BT_FMT_MAX + 4];
	int x;

	x = bt_grid_fit(grid, in, 0, y, in.w / 2, BT_DIM, metric->name);
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
		bt_fmt_number(buf, sizeof(buf), metric_value(last, metric, row));
		bt_grid_printf(grid, in,
			in.w - bt_text_width(buf) - bt_text_width(metric->unit) - 1, y,
			BT_TEXT_PLAIN, "%s %s", buf, metric->unit);
		return;
	}
	bt_grid_right(grid, in, in.w - 11, y, BT_TEXT_PLAIN,
		bt_fmt_group(buf, sizeof(buf), last->metrics[row].u));
	bt_fmt_rate(buf, sizeof(buf), bt_model_metric_rate(model, row));
	snprintf(rate, sizeof(rate), "%s/s", buf);
	bt_grid_right(grid, in, in.w, y, BT_DIM, rate);
}

static void draw_metrics(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, screen->shown->info->workload);
	unsigned i;

	for (i = 0; i < screen->shown->info->n_metrics && (int)i < in.h; i++)
		draw_metric(grid, in, (int)i, screen->shown, i);
}

const struct bt_panel_ops bt_panel_metrics = { rows_metrics, draw_metrics };

static int rows_slow(const struct bt_screen *screen)
{
	unsigned n = screen->shown->n_slowest;

	return n ? (int)n + 1 : 0;
}

static void draw_slow(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	static const char *const head[] = { "ended", "operation", "took", "queue", "service" };
	static const int ends[] = { 8, 19, 29, 39, 49 };
	struct bt_rect in = bt_grid_box(grid, r, "slowest operations");
	const struct bt_slow *slow;
	char buf[BT_FMT_MAX];
	unsigned i;
	int y;

	for (i = 0; i < BT_LEN(head) && ends[i] <= in.w; i++)
		bt_grid_right(grid, in, ends[i], 0, BT_DIM, head[i]);
	for (i = 0; i < screen->shown->n_slowest; i++) {
		slow = &screen->shown->slowest[i];
		y = (int)i + 1;
		bt_grid_right(grid, in, ends[0], y, BT_DIM,
			bt_fmt_clock(buf, sizeof(buf), slow->end_t_ns));
		bt_grid_right(grid, in, ends[1], y, BT_TEXT_PLAIN,
			bt_fmt_group(buf, sizeof(buf), slow->n));
		bt_grid_right(grid, in, ends[2], y, BT_TEXT_PLAIN | BT_BOLD,
			bt_fmt_ns(buf, sizeof(buf), (double)(slow->queue_ns + slow->service_ns)));
		if (in.w < ends[4])
			continue;
		bt_grid_right(grid, in, ends[3], y, BT_DIM,
			bt_fmt_ns(buf, sizeof(buf), (double)slow->queue_ns));
		bt_grid_right(grid, in, ends[4], y, BT_DIM,
			bt_fmt_ns(buf, sizeof(buf), (double)slow->service_ns));
	}
}

const struct bt_panel_ops bt_panel_slow = { rows_slow, draw_slow };

static int rows_events(const struct bt_screen *screen)
{
	return (int)BT_MIN(screen->shown->tally.n_events, 12u);
}

static void draw_event(struct bt_grid *grid, struct bt_rect in, int y, const struct bt_event *event)
{
	char buf[BT_FMT_MAX];

	bt_grid_right(grid, in, 7, y, BT_DIM, bt_fmt_clock(buf, sizeof(buf), event->t_ns));
	bt_grid_fit(grid, in, 9, y, in.w - 9, event->kind == BT_EV_ERROR ? BT_BAD : BT_TEXT_PLAIN,
		event->text);
}

/* Newest first. */
static void draw_events(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	struct bt_rect in = bt_grid_box(grid, r, "events");
	unsigned i;

	for (i = 0; i < tally->n_events && (int)i < in.h; i++)
		draw_event(grid, in, (int)i, &tally->events[tally->n_events - 1 - i]);
}

const struct bt_panel_ops bt_panel_events = { rows_events, draw_events };

static int put_part(struct bt_grid *grid, struct bt_rect r, int x, const char *sign, uint64_t n,
	const char *word)
{
	char buf[BT_FMT_MAX];

	x = bt_grid_put(grid, r, x, 0, BT_DIM, sign);
	x = bt_grid_put(grid, r, x, 0, BT_TEXT_PLAIN, bt_fmt_group(buf, sizeof(buf), n));
	x = bt_grid_put(grid, r, x, 0, BT_DIM, " ");
	return bt_grid_put(grid, r, x, 0, BT_DIM, word);
}

static void draw_account(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_counts *c = last ? &last->total : NULL;
	bool brief = r.w < 90;
	int x;

	if (!c)
		return;
	x = put_part(grid, r, 1, "", c->offered, "offered");
	x = put_part(grid, r, x, " = ", c->completed, brief ? "done" : "completed");
	x = put_part(grid, r, x, " + ", c->failed, "failed");
	x = put_part(grid, r, x, " + ", c->expired, "expired");
	put_part(grid, r, x, " + ", bt_in_flight(c), "in flight");
}

const struct bt_panel_ops bt_panel_account = { bt_rows_one, draw_account };

bool bt_notice_tells_finding(const struct bt_screen *screen)
{
	return !screen->large && screen->shown->ended && bt_finding_words(screen);
}

/* Why the measurement is not valid, where the headline has no room for it. */
static bool tells_reason(const struct bt_screen *screen)
{
	return !screen->large && bt_model_last(screen->shown) && screen->shown->judgement.n;
}

static int rows_notice(const struct bt_screen *screen)
{
	if (!screen->shown->ended)
		return 1;
	return BT_MAX(bt_notice_tells_finding(screen) + tells_reason(screen), 1);
}

/* What the last key did, else what must be known; NULL: nothing. */
static const char *urgent_words(const struct bt_screen *screen)
{
	if (screen->message[0])
		return screen->message;
	if (screen->shown != screen->live)
		return NULL;
	if (screen->notice)
		return screen->notice;
	if (screen->stopping && bt_screen_running(screen))
		return "operations in flight are waited for; q once more ends it now";
	return NULL;
}

static bool has_news(const struct bt_model *model)
{
	const struct bt_tally *tally = &model->tally;

	return tally->n_events && !model->ended &&
		tally->events[tally->n_events - 1].t_ns + NEWS_NS > tally->last->t_ns;
}

static void draw_reason(
	struct bt_grid *grid, struct bt_rect r, int y, const struct bt_judgement *judge)
{
	bool invalid = judge->verdict == BT_INVALID;
	char words[200];

	snprintf(words, sizeof(words), "%s: %s", invalid ? "invalid" : "degraded",
		judge->reasons[0].text);
	bt_grid_fit(grid, r, 1, y, r.w - 2, invalid ? BT_BAD : BT_WARN, words);
}

static void draw_notice(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	const char *words = urgent_words(screen);
	int y = 0;

	if (words)
		bt_grid_fit(grid, r, 1, y++, r.w - 2, BT_WARN | BT_BOLD, words);
	if (bt_notice_tells_finding(screen))
		bt_grid_fit(
			grid, r, 1, y++, r.w - 2, BT_ACCENT | BT_BOLD, bt_finding_words(screen));
	if (tells_reason(screen) && !has_news(screen->shown))
		draw_reason(grid, r, y++, &screen->shown->judgement);
	if (y == 0 && tally->n_events)
		draw_event(grid, (struct bt_rect){ r.x + 1, r.y, r.w - 2, 1 }, 0,
			&tally->events[tally->n_events - 1]);
}

const struct bt_panel_ops bt_panel_notice = { rows_notice, draw_notice };
