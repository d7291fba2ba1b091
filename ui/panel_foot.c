/* The rows under the panels: the account of all operations, why not to trust the measurement, what
 * is new. */
#include "ui/panel.h"

#include <stdio.h>

#include "base/fmt.h"

static int put_part(struct bt_grid *grid, struct bt_rect r, int x, const char *sign, uint64_t n,
	const char *word)
{
	char buf[BT_FMT_MAX];

	x = bt_grid_put(grid, r, x, 0, BT_DIM, sign);
	x = bt_grid_put(grid, r, x, 0, BT_TEXT_PLAIN, bt_fmt_group(buf, sizeof(buf), n));
	x = bt_grid_put(grid, r, x, 0, BT_DIM, " ");
	return bt_grid_put(grid, r, x, 0, BT_DIM, word);
}

/* What was in flight when the window began has to be put to what was offered in it. */
static void draw_window_account(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_window *window = &screen->window;
	struct bt_counts c;
	char words[BT_SCOPE_MAX];
	bool brief = r.w < 100;
	int x;

	bt_window_counts(&c, window);
	x = bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, bt_scope_words(words, screen));
	x = put_part(grid, r, x, "  ", bt_in_flight(&window->before.all), "in flight");
	x = put_part(grid, r, x, " + ", c.offered, "offered");
	x = put_part(grid, r, x, " = ", c.completed, brief ? "done" : "completed");
	x = put_part(grid, r, x, " + ", c.failed, "failed");
	if (c.expired || !brief)
		x = put_part(grid, r, x, " + ", c.expired, "expired");
	put_part(grid, r, x, " + ", bt_in_flight(&window->after.all), "in flight");
}

static void panel_account_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_counts *c = last ? &last->total : NULL;
	bool brief = r.w < 90;
	struct bt_totals figures;
	char buf[BT_FMT_MAX];
	int x;

	if (!c)
		return;
	if (screen->scoped) {
		draw_window_account(grid, r, screen);
		return;
	}
	x = put_part(grid, r, 1, "", c->offered, "offered");
	x = put_part(grid, r, x, " = ", c->completed, brief ? "done" : "completed");
	x = put_part(grid, r, x, " + ", c->failed, "failed");
	x = put_part(grid, r, x, " + ", c->expired, "expired");
	x = put_part(grid, r, x, " + ", bt_in_flight(c), "in flight");
	if (x + 30 > r.w)
		return;
	bt_totals_of(&figures, &screen->shown->tally);
	bt_grid_printf(grid, r, x + 3, 0, BT_DIM, "%s op/s on average",
		bt_fmt_rate(buf, sizeof(buf), figures.throughput));
}

const struct bt_panel_ops bt_panel_account = { bt_rows_one, panel_account_draw };

bool bt_notice_tells_finding(const struct bt_screen *screen)
{
	return !screen->large && screen->shown->ended && bt_finding_words(screen);
}

static int panel_notice_rows(const struct bt_screen *screen)
{
	(void)screen;
	return 1;
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

static void panel_notice_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	const char *words = urgent_words(screen);

	if (words)
		bt_grid_fit(grid, r, 1, 0, r.w - 2, BT_WARN | BT_BOLD, words);
	else if (bt_notice_tells_finding(screen))
		bt_grid_fit(grid, r, 1, 0, r.w - 2, BT_ACCENT | BT_BOLD, bt_finding_words(screen));
	else if (tally->n_events)
		bt_event_put(grid, (struct bt_rect){ r.x + 1, r.y, r.w - 2, 1 }, 0,
			&tally->events[tally->n_events - 1]);
}

const struct bt_panel_ops bt_panel_notice = { panel_notice_rows, panel_notice_draw };

/* Where the headline has no room for why the measurement is not valid. */
static int panel_reason_rows(const struct bt_screen *screen)
{
	return !screen->large && bt_model_last(screen->shown) && screen->shown->judgement.n;
}

static void panel_reason_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_judgement *judge = &screen->shown->judgement;
	bool invalid = judge->verdict == BT_INVALID;
	char words[BT_REASON_MAX];
	int x = bt_grid_put(grid, r, 1, 0, (invalid ? BT_BAD : BT_WARN) | BT_BOLD,
		invalid ? "invalid: " : "degraded: ");

	bt_grid_fit(grid, r, x, 0, r.w - x - 1, invalid ? BT_BAD : BT_WARN,
		bt_reason_words(words, judge));
}

const struct bt_panel_ops bt_panel_reason = { panel_reason_rows, panel_reason_draw };
