/* The history view: every stored run, newest first. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

/* A column of the table. */
struct field {
	const char *name;
	int w;    /* columns without the gap of two before it */
	int rank; /* what goes first when there is no room: the highest */
	bool left;
	void (*text)(char *buf, size_t size, const struct bt_run_row *row);
};

static void text_id(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%llu", (unsigned long long)row->id);
}

static void text_when(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_when(buf, size, row->started_wall_ns);
}

static void text_workload(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->workload);
}

static void text_profile(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->profile);
}

static void text_took(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_clock(buf, size, row->duration_ns);
}

static void text_rate(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_rate(buf, size, row->throughput);
}

static void text_peak(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_rate(buf, size, row->peak_rate);
}

static void text_p50(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_ns(buf, size, row->p50_ns);
}

static void text_p99(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_ns(buf, size, row->p99_ns);
}

static void text_errors(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_share(buf, size, row->error_rate);
}

static void text_memory(char *buf, size_t size, const struct bt_run_row *row)
{
	bt_fmt_bytes(buf, size, row->rss_peak_bytes);
}

static void text_verdict(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->verdict ? row->verdict : "-");
}

static void text_status(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->status ? row->status : "-");
}

static void text_finding(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->finding);
}

static void text_tags(char *buf, size_t size, const struct bt_run_row *row)
{
	snprintf(buf, size, "%s", row->tags ? row->tags : "");
}

static const struct field fields[] = {
	{ "run", 5, 0, false, text_id },
	{ "started", 19, 3, true, text_when },
	{ "workload", 16, 0, true, text_workload },
	{ "profile", 9, 4, true, text_profile },
	{ "took", 8, 8, false, text_took },
	{ "op/s", 7, 0, false, text_rate },
	{ "peak", 7, 7, false, text_peak },
	{ "p50", 8, 6, false, text_p50 },
	{ "p99", 8, 1, false, text_p99 },
	{ "errors", 7, 5, false, text_errors },
	{ "memory", 9, 9, false, text_memory },
	{ "verdict", 8, 2, true, text_verdict },
	{ "status", 11, 10, true, text_status },
	{ "finding", 20, 11, true, text_finding },
	{ "tags", 24, 12, true, text_tags },
};

/* Drops columns of the highest ranks until the rest fits. */
static int highest_rank(int w)
{
	int rank, used;
	size_t i;

	for (rank = 12; rank > 0; rank--) {
		for (used = 0, i = 0; i < BT_LEN(fields); i++)
			used += fields[i].rank <= rank ? fields[i].w + 2 : 0;
		if (used <= w)
			break;
	}
	return rank;
}

static void put_field(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style,
	const struct field *field, const char *text)
{
	if (field->left || bt_text_width(text) > field->w)
		bt_grid_fit(grid, r, x, y, field->w, style, text);
	else
		bt_grid_right(grid, r, x + field->w, y, style, text);
}

static unsigned field_style(const struct field *field, const char *text)
{
	if (field->text == text_verdict && strcmp(text, "invalid") == 0)
		return BT_BAD;
	if (field->text == text_verdict && strcmp(text, "degraded") == 0)
		return BT_WARN;
	if (field->text == text_verdict && strcmp(text, "valid") == 0)
		return BT_GOOD;
	if (field->text == text_workload || field->text == text_rate || field->text == text_p99)
		return BT_TEXT_PLAIN;
	return BT_DIM;
}

static void draw_row(
	struct bt_grid *grid, struct bt_rect r, int y, const struct bt_run_row *row, bool cursor)
{
	int x = 1, rank = highest_rank(r.w - 1);
	char text[160];
	unsigned style;
	size_t i;

	if (cursor)
		bt_grid_fill(grid, (struct bt_rect){ r.x, r.y + y, r.w, 1 }, BT_REVERSE, ' ');
	for (i = 0; i < BT_LEN(fields); i++) {
		if (fields[i].rank > rank)
			continue;
		fields[i].text(text, sizeof(text), row);
		style = cursor ? BT_TEXT_PLAIN | BT_REVERSE : field_style(&fields[i], text);
		put_field(grid, r, x, y, style, &fields[i], text);
		x += fields[i].w + 2;
	}
}

static void draw_head(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	int x = 1, rank = highest_rank(r.w - 1);
	char text[64], n[BT_FMT_MAX];
	size_t i;

	bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, "history");
	if (screen->history.list.n) {
		snprintf(text, sizeof(text), "%s run%s",
			bt_fmt_group(n, sizeof(n), screen->history.list.n),
			screen->history.list.n == 1 ? "" : "s");
		bt_grid_right(grid, r, r.w - 1, 0, BT_DIM, text);
	}
	bt_plot_bar(grid, (struct bt_rect){ r.x + 1, r.y + 1, r.w - 2, 1 }, BT_ACCENT, 0);
	for (i = 0; i < BT_LEN(fields) && screen->history.list.n; i++) {
		if (fields[i].rank > rank)
			continue;
		put_field(grid, r, x, 2, BT_TITLE | BT_BOLD, &fields[i], fields[i].name);
		x += fields[i].w + 2;
	}
}

static void draw_words(
	struct bt_grid *grid, struct bt_rect r, const char *first, const char *second)
{
	struct bt_rect in = { r.x + 4, r.y + r.h / 3, r.w - 8, 3 };
	int used = bt_grid_wrap(grid, in, BT_TEXT_PLAIN | BT_BOLD, first);

	in.y += used + 1;
	bt_grid_wrap(grid, in, BT_DIM, second);
}

static bool draw_nothing(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_history *history = &screen->history;

	if (screen->launch && !history->problem[0] && history->list.n == 0)
		draw_words(grid, r, "No run yet.",
			"Press n to put one together, see its load, and start it.");
	else if (!history->has_store)
		draw_words(grid, r, "There is no history here.",
			"Runs are stored unless the history file cannot be opened.");
	else if (history->problem[0])
		draw_words(grid, r, "The history could not be read.", history->problem);
	else if (history->list.n == 0)
		draw_words(grid, r, "No run yet.",
			"\"benchtop run null\" makes a first one; \"benchtop list\" tells what "
			"else can be run.");
	else
		return false;
	return true;
}

/* The cursor stays in the middle where the list is long enough on both sides. */
static size_t first_row(const struct bt_history *history, int rows)
{
	size_t half = (size_t)rows / 2, n = history->list.n;

	if (n <= (size_t)rows || history->at < half)
		return 0;
	return BT_MIN(history->at - half, n - (size_t)rows);
}

static void draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_history *history = &screen->history;
	struct bt_rect list = { r.x, r.y + 3, r.w, r.h - 4 };
	size_t i, first;
	int y;

	draw_head(grid, r, screen);
	if (screen->message[0])
		bt_grid_fit(grid, r, 1, r.h - 1, r.w - 2, BT_WARN | BT_BOLD, screen->message);
	if (draw_nothing(grid, list, screen))
		return;
	first = first_row(history, list.h);
	for (y = 0, i = first; y < list.h && i < history->list.n; y++, i++)
		draw_row(grid, list, y, &history->list.rows[i], i == history->at);
}

static void move(struct bt_screen *screen, long by)
{
	struct bt_history *history = &screen->history;
	long n = (long)history->list.n, at = (long)history->at + by;

	history->at = (size_t)BT_MAX(BT_MIN(at, n - 1), 0);
}

static void press_up(struct bt_screen *screen)
{
	move(screen, -1);
}

static void press_down(struct bt_screen *screen)
{
	move(screen, 1);
}

static void press_page_up(struct bt_screen *screen)
{
	move(screen, -screen->page);
}

static void press_page_down(struct bt_screen *screen)
{
	move(screen, screen->page);
}

static void press_home(struct bt_screen *screen)
{
	screen->history.at = 0;
}

static void press_end(struct bt_screen *screen)
{
	move(screen, (long)screen->history.list.n);
}

static void press_open(struct bt_screen *screen)
{
	if (screen->history.list.n)
		screen->ask = BT_ASK_OPEN;
}

static void press_back(struct bt_screen *screen)
{
	if (screen->live)
		bt_screen_show(screen, screen->live);
	else if (screen->stored)
		bt_screen_show(screen, screen->stored);
}

static void press_launch(struct bt_screen *screen)
{
	screen->ask = BT_ASK_LAUNCH;
}

static const struct bt_key keys[] = {
	{ 'q', 'Q', "q", "quit", "quit; a run that goes on is ended first, after a question",
		bt_screen_leave },
	{ BT_KEY_UP, 'k', "↑↓", "choose", "up and down the list; j and k do the same", press_up },
	{ BT_KEY_DOWN, 'j', "↓", NULL, NULL, press_down },
	{ BT_KEY_ENTER, 0, "Enter", "open", "show the run under the cursor", press_open },
	{ 'n', 0, "n", "launch", "put a run together and start it", press_launch },
	{ BT_KEY_TAB, BT_KEY_ESC, "Tab", "back", "back to the run; Esc does the same", press_back },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ BT_KEY_PGUP, 0, "PgUp PgDn", NULL, "a page up or down", press_page_up },
	{ BT_KEY_PGDN, 0, "PgDn", NULL, NULL, press_page_down },
	{ BT_KEY_HOME, 'g', "Home End", NULL, "to the newest, to the oldest; g and G do the same",
		press_home },
	{ BT_KEY_END, 'G', "End", NULL, NULL, press_end },
	{ .name = NULL },
};

static bool useful(const struct bt_screen *screen, const struct bt_key *key)
{
	return key->press != press_launch || screen->launch;
}

const struct bt_view bt_view_history = { "history", keys, draw, useful, NULL };
