/* view_history_keys.c: what keys do in the history, and the list of columns to sort by. */
#include <stdio.h>
#include <string.h>

#include "ui/view_history.h"

static void move(struct bt_screen *screen, long by)
{
	struct bt_history *history = &screen->history;
	long n = (long)history->n, at = (long)history->at + by;

	history->at = (size_t)BT_MAX(BT_MIN(at, n - 1), 0);
}

static void history_press_up(struct bt_screen *screen)
{
	move(screen, -1);
}

static void history_press_down(struct bt_screen *screen)
{
	move(screen, 1);
}

static void history_press_page_up(struct bt_screen *screen)
{
	move(screen, -screen->page);
}

static void history_press_page_down(struct bt_screen *screen)
{
	move(screen, screen->page);
}

static void history_press_home(struct bt_screen *screen)
{
	screen->history.at = 0;
}

static void history_press_end(struct bt_screen *screen)
{
	move(screen, (long)screen->history.n);
}

static void ask_of_run(struct bt_screen *screen, enum bt_ask ask)
{
	if (screen->history.n)
		screen->ask = ask;
}

static void history_press_open(struct bt_screen *screen)
{
	ask_of_run(screen, BT_ASK_OPEN);
}

static void history_press_replay(struct bt_screen *screen)
{
	ask_of_run(screen, BT_ASK_REPLAY);
}

static void history_press_launch(struct bt_screen *screen)
{
	screen->ask = BT_ASK_LAUNCH;
}

static void history_press_back(struct bt_screen *screen)
{
	if (screen->live)
		bt_screen_show(screen, screen->live);
	else if (screen->stored)
		bt_screen_show(screen, screen->stored);
}

static void history_press_escape(struct bt_screen *screen)
{
	if (screen->history.filter[0])
		bt_history_filter(&screen->history, "");
	else
		history_press_back(screen);
}

static void history_press_mark(struct bt_screen *screen)
{
	struct bt_run_state *state = bt_history_state(&screen->history, screen->history.at);

	if (!state)
		return;
	state->marked = !state->marked;
	move(screen, 1);
}

static void history_press_unmark(struct bt_screen *screen)
{
	for (size_t i = 0; i < screen->history.list.n; i++)
		screen->history.states[i].marked = false;
}

static void history_press_delete(struct bt_screen *screen)
{
	size_t left_out = bt_history_delete(&screen->history);

	if (left_out)
		snprintf(screen->message, sizeof(screen->message),
			"%zu that go%s on cannot be deleted", left_out, left_out == 1 ? "es" : "");
}

static void history_press_undo(struct bt_screen *screen)
{
	if (!bt_history_undo(&screen->history))
		snprintf(screen->message, sizeof(screen->message), "nothing is deleted");
}

static void typed_filter(struct bt_screen *screen)
{
	bt_history_filter(&screen->history, screen->prompt.text);
}

static bool take_filter(struct bt_screen *screen, const char *text)
{
	bt_history_filter(&screen->history, text);
	if (screen->history.filter_problem[0])
		snprintf(screen->message, sizeof(screen->message), "%s",
			screen->history.filter_problem);
	return !screen->history.filter_problem[0];
}

static void forget_filter(struct bt_screen *screen)
{
	bt_history_filter(&screen->history, screen->history.before);
}

static void history_press_filter(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { typed_filter, take_filter, forget_filter };
	struct bt_history *history = &screen->history;

	memcpy(history->before, history->filter, sizeof(history->before));
	bt_prompt_open(&screen->prompt, "filter", history->filter, &ops);
}

static bool take_tags(struct bt_screen *screen, const char *text)
{
	snprintf(screen->history.tags, sizeof(screen->history.tags), "%s", text);
	ask_of_run(screen, BT_ASK_TAGS);
	return true;
}

void bt_history_edit_tags(struct bt_screen *screen, const char *tags)
{
	static const struct bt_prompt_ops ops = { NULL, take_tags, NULL };

	if (!bt_prompt_open(&screen->prompt, "tags", tags, &ops))
		snprintf(screen->message, sizeof(screen->message),
			"these tags are too long to be edited here");
}

static void history_press_tags(struct bt_screen *screen)
{
	const struct bt_run_row *row = bt_history_row(&screen->history, screen->history.at);
	const char *tags = row && row->tags ? row->tags : "";

	if (row)
		bt_history_edit_tags(screen, tags);
}

static void history_press_pane(struct bt_screen *screen)
{
	struct bt_history *history = &screen->history;
	bool shown = bt_history_shows_pane(history, screen->w, screen->h - 1);

	history->pane = shown ? BT_PANE_OFF : BT_PANE_ON;
	if (!shown && !bt_history_shows_pane(history, screen->w, screen->h - 1))
		snprintf(screen->message, sizeof(screen->message),
			"a preview needs a screen of 60x19");
}

static void history_press_trend(struct bt_screen *screen)
{
	if (screen->history.n)
		bt_trend_show(screen);
}

static void history_press_compare(struct bt_screen *screen)
{
	struct bt_history *history = &screen->history;

	if (bt_history_sides(history, screen->sides, screen->message, sizeof(screen->message)))
		screen->ask = BT_ASK_COMPARE;
}

static void history_press_sort(struct bt_screen *screen)
{
	screen->history.choosing = screen->history.sorted;
	screen->view = &bt_view_sort;
}

bool bt_history_key_useful(const struct bt_screen *screen, const struct bt_key *key)
{
	if (key->press == history_press_back)
		return screen->live || screen->stored;
	if (key->press == history_press_launch)
		return screen->launch != NULL;
	if (key->press == history_press_undo)
		return bt_history_n_deleted(&screen->history) > 0;
	return screen->history.list.n || key->press == bt_screen_leave ||
		key->press == bt_screen_help;
}

const struct bt_key bt_history_keys[] = {
	{ BT_KEY_ENTER, 0, "Enter", "open", "show the run under the cursor", history_press_open },
	{ 'n', 0, "n", "new", "launch a run", history_press_launch },
	{ '/', 0, "/", "filter",
		"choose runs: workload:bitcoin tag:release p99>10ms since:7d; benchtop(1) has all "
		"words; Esc shows all again",
		history_press_filter },
	{ ' ', 0, "space", "mark", "mark a run; two, or two groups, can be compared",
		history_press_mark },
	{ 'c', 0, "c", "compare",
		"the marked runs; none marked: with the earlier run of the same options",
		history_press_compare },
	{ 'q', 'Q', "q", "quit", "quit; a run that goes on is ended first, after a question",
		bt_screen_leave },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ 'g', 0, "g", "trend", "a figure over these runs, and where it changed",
		history_press_trend },
	{ 'u', 0, "u", "undo", "bring back what was deleted last, until you quit",
		history_press_undo },
	{ 's', 0, "s", "sort", "by another column", history_press_sort },
	{ BT_KEY_TAB, BT_KEY_BACKTAB, "Tab", "back", "back to the run", history_press_back },
	{ 'p', 0, "p", "replay", "play the run again as it was", history_press_replay },
	{ 't', 0, "t", "tags", "change the run's tags: KEY=VALUE KEY2=VALUE2", history_press_tags },
	{ 'd', BT_KEY_DELETE, "d", "delete",
		"delete the marked runs, or the one under the cursor, when you quit",
		history_press_delete },
	{ 'v', 0, "v", "preview", "the run under the cursor at a glance, or not",
		history_press_pane },
	{ 'U', 0, "U", NULL, "unmark all", history_press_unmark },
	{ BT_KEY_ESC, 0, "Esc", NULL, "all runs again; then back to the run",
		history_press_escape },
	{ BT_KEY_UP, 'k', "↑↓", NULL, "up and down the list; k and j do the same",
		history_press_up },
	{ BT_KEY_DOWN, 'j', "↓", NULL, NULL, history_press_down },
	{ BT_KEY_PGUP, 0, "PgUp PgDn", NULL, "a page up or down", history_press_page_up },
	{ BT_KEY_PGDN, 0, "PgDn", NULL, NULL, history_press_page_down },
	{ BT_KEY_HOME, 0, "Home End", NULL, "to the first row, to the last; G goes there, too",
		history_press_home },
	{ BT_KEY_END, 'G', "End", NULL, NULL, history_press_end },
	{ .name = NULL },
};

/* The list of columns. */

static void sort_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_history *history = &screen->history;
	struct bt_fields fields;
	int n, w = BT_MIN(46, r.w), h, first;
	struct bt_rect box, in;

	bt_fields_of(&fields);
	n = (int)fields.n;
	h = BT_MIN(n + 2, r.h);
	box = (struct bt_rect){ r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h };
	bt_view_history.draw(grid, r, screen);
	bt_grid_fill(grid, box, BT_TEXT_PLAIN, ' ');
	in = bt_grid_box(grid, box, "sort by");
	first = BT_MAX(BT_MIN((int)history->choosing - in.h / 2, n - in.h), 0);
	for (int y = 0; y < in.h && first + y < n; y++) {
		size_t i = (size_t)(first + y);
		unsigned style = i == history->choosing ? BT_REVERSE : 0;

		if (style)
			bt_grid_fill(grid, (struct bt_rect){ in.x - 1, in.y + y, in.w + 2, 1 },
				BT_REVERSE, ' ');
		if (i == history->sorted)
			bt_grid_put(grid, in, 0, y, BT_ACCENT | BT_BOLD | style,
				history->ascending ? "▲" : "▼");
		bt_grid_put(grid, in, 2, y, BT_TEXT_PLAIN | BT_BOLD | style, fields.v[i].name);
		bt_grid_fit(grid, in, 12, y, in.w - 12, (style ? BT_TEXT_PLAIN : BT_DIM) | style,
			fields.v[i].summary);
	}
}

static void sort_up(struct bt_screen *screen)
{
	screen->history.choosing -= screen->history.choosing > 0;
}

static void sort_down(struct bt_screen *screen)
{
	struct bt_fields fields;

	bt_fields_of(&fields);
	screen->history.choosing += screen->history.choosing + 1 < fields.n;
}

static void sort_back(struct bt_screen *screen)
{
	screen->view = &bt_view_history;
}

/* Texts begin with A, figures with the largest; chosen again, the other way round. */
static void sort_take(struct bt_screen *screen)
{
	struct bt_history *history = &screen->history;

	if (history->choosing == history->sorted)
		history->ascending = !history->ascending;
	else
		history->ascending = bt_field(history->choosing).kind == BT_FIELD_TEXT;
	history->sorted = history->choosing;
	bt_history_refresh(history);
	history->at = 0;
	screen->view = &bt_view_history;
}

static const struct bt_key sort_keys[] = {
	{ BT_KEY_ENTER, 's', "Enter", "sort",
		"sort by this column; chosen again, the other way round", sort_take },
	{ BT_KEY_UP, 'k', "↑↓", "choose", "up and down; k and j do the same", sort_up },
	{ BT_KEY_DOWN, 'j', "↓", NULL, NULL, sort_down },
	{ BT_KEY_ESC, 'q', "Esc", "back", "back", sort_back },
	{ .name = NULL },
};

const struct bt_view bt_view_sort = { "sort", sort_keys, sort_draw, NULL, NULL };
