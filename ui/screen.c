#include "ui/view.h"

#include <stdio.h>
#include <string.h>

#include "ui/layout.h"
#include "ui/panel.h"

bool bt_screen_running(const struct bt_screen *screen)
{
	return screen->live && !screen->live->ended;
}

void bt_screen_show(struct bt_screen *screen, struct bt_model *model)
{
	screen->shown = model;
	bt_focus_reset(screen);
	screen->columns->model = NULL;
	screen->view = &bt_view_live;
}

/* What was deleted in the history is deleted now or never, so that is asked first. */
static void leave_by(struct bt_screen *screen, enum bt_ask ask)
{
	screen->deleting = bt_history_n_deleted(&screen->history) > 0;
	if (screen->deleting)
		screen->ask_after = ask;
	else
		screen->ask = ask;
}

void bt_screen_leave(struct bt_screen *screen)
{
	if (!bt_screen_running(screen) || screen->attached)
		leave_by(screen, BT_ASK_LEAVE);
	else if (screen->stopping)
		screen->ask = BT_ASK_STOP;
	else
		screen->question = true;
}

void bt_screen_help(struct bt_screen *screen)
{
	screen->under = screen->view;
	screen->view = &bt_view_help;
	screen->scroll = 0;
}

static void answer(struct bt_screen *screen, int ch)
{
	if (ch == 'y' || ch == 'Y' || ch == BT_KEY_ENTER)
		leave_by(screen, BT_ASK_STOP);
	else if (ch != 'n' && ch != 'N' && ch != 'q' && ch != BT_KEY_ESC)
		return;
	screen->question = false;
}

/* Only a plain yes deletes. */
static void answer_deleting(struct bt_screen *screen, int ch)
{
	if (ch == 'y' || ch == 'Y')
		screen->ask = BT_ASK_DELETE;
	else if (ch == 'n' || ch == 'N')
		screen->ask = screen->ask_after;
	else if (ch != BT_KEY_ESC && ch != 'q')
		return;
	screen->deleting = false;
}

/* The next row of the key table from `key` on that is in the key line, which is w wide; x: where
 * its name would stand. NULL: no more. */
static const struct bt_key *in_key_line(
	const struct bt_screen *screen, const struct bt_key *key, int x, int w)
{
	const struct bt_view *view = screen->view;

	while (key->name && (!key->does || (view->useful && !view->useful(screen, key))))
		key++;
	if (!key->name || x + bt_text_width(key->name) + 1 + bt_text_width(key->does) > w)
		return NULL;
	return key;
}

#define KEY_GAP 2

static int after_key(const struct bt_key *key, int x)
{
	return x + bt_text_width(key->name) + 1 + bt_text_width(key->does) + KEY_GAP;
}

/* A click on a word of the key line is that key. */
static void click_key_line(struct bt_screen *screen, int x)
{
	const struct bt_key *key = screen->view->keys;
	int at = 1;

	for (; (key = in_key_line(screen, key, at, screen->w)) != NULL; key++) {
		if (x >= at && x < after_key(key, at) - KEY_GAP) {
			key->press(screen);
			return;
		}
		at = after_key(key, at);
	}
}

static void press(struct bt_screen *screen, int ch)
{
	const struct bt_key *key;

	ch = ch == BT_KEY_F1 ? '?' : ch == BT_KEY_F1 + 9 ? 'q' : ch; /* as elsewhere */
	for (key = screen->view->keys; key->name; key++)
		if (key->ch == ch || (key->also && key->also == ch)) {
			key->press(screen);
			return;
		}
}

#define WHEEL_ROWS 3

static void use_mouse(struct bt_screen *screen)
{
	const struct bt_view *view = screen->view;
	struct bt_mouse mouse = screen->mouse;
	int i;

	if (screen->w < BT_USEFUL_W || screen->h < BT_USEFUL_H)
		return;
	if (mouse.y == screen->h - 1 && mouse.what == BT_MOUSE_CLICK)
		click_key_line(screen, mouse.x);
	else if (mouse.y < screen->h - 1 && view->mouse && view->mouse(screen, mouse))
		return;
	else if (mouse.what != BT_MOUSE_CLICK)
		for (i = 0; i < WHEEL_ROWS; i++)
			press(screen, mouse.what == BT_MOUSE_UP ? BT_KEY_UP : BT_KEY_DOWN);
}

void bt_screen_key(struct bt_screen *screen, int ch)
{
	if (ch == BT_KEY_MOUSE && (screen->question || screen->deleting || screen->prompt.ops))
		return;
	screen->message[0] = '\0';
	if (screen->deleting) {
		answer_deleting(screen, ch);
		return;
	}
	if (screen->question) {
		answer(screen, ch);
		return;
	}
	if (screen->prompt.ops) {
		bt_prompt_key(screen, ch);
		return;
	}
	if (ch == BT_KEY_MOUSE)
		use_mouse(screen);
	else
		press(screen, ch);
}

/* Drops rows from the right when there is no room for whole ones. */
static void draw_key_line(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_key *key = screen->view->keys;
	int x = 1, at;

	for (; (key = in_key_line(screen, key, x, r.w)) != NULL; key++) {
		at = bt_grid_put(grid, r, x, 0, BT_ACCENT | BT_BOLD, key->name) + 1;
		bt_grid_put(grid, r, at, 0, BT_DIM, key->does);
		x = after_key(key, x);
	}
}

/* A question in the middle of the screen, with the keys that answer it. */
static void draw_box(struct bt_grid *grid, const char *title, const char *words, const char *keys)
{
	int w = BT_MIN(
		BT_MAX(BT_MAX(bt_text_width(title), 24) + 10, bt_text_width(keys) + 6), grid->w);
	struct bt_rect r = { (grid->w - w) / 2, BT_MAX((grid->h - 7) / 2, 0), w,
		BT_MIN(7, grid->h) };
	struct bt_rect in;

	bt_grid_fill(grid, r, BT_TEXT_PLAIN, ' ');
	in = bt_grid_box(grid, r, title);
	bt_grid_put(grid, in, (in.w - bt_text_width(words)) / 2, 1, BT_WARN | BT_BOLD, words);
	bt_grid_put(grid, in, (in.w - bt_text_width(keys)) / 2, 3, BT_TEXT_PLAIN, keys);
}

static void draw_questions(struct bt_grid *grid, const struct bt_screen *screen)
{
	size_t n = bt_history_n_deleted(&screen->history);
	char words[60];

	if (screen->question)
		draw_box(grid, screen->live->info->workload, "End the run now?",
			"y  end it     n  go on");
	if (!screen->deleting)
		return;
	snprintf(words, sizeof(words), "Delete %zu run%s for good?", n, n == 1 ? "" : "s");
	draw_box(grid, "history", words, "y  delete    n  keep    Esc  stay here");
}

static void draw_line(struct bt_grid *grid, const struct bt_screen *screen)
{
	struct bt_rect row = { 0, 0, grid->w, 1 };

	if (screen->question)
		bt_grid_fit(grid, row, 0, 0, row.w, BT_WARN | BT_BOLD, "End the run now? y/n");
	else if (screen->deleting)
		bt_grid_fit(grid, row, 0, 0, row.w, BT_WARN | BT_BOLD,
			"Delete runs for good? y/n, Esc");
	else if (screen->prompt.ops)
		bt_prompt_draw(grid, row, &screen->prompt);
	else if (screen->shown)
		bt_panel_one_line(grid, row, screen);
	else
		bt_grid_fit(grid, row, 0, 0, row.w, BT_TEXT_PLAIN, "benchtop history: needs 40x12");
}

void bt_screen_draw(struct bt_grid *grid, struct bt_screen *screen)
{
	struct bt_rect r = { 0, 0, grid->w, grid->h - 1 }, keys = { 0, grid->h - 1, grid->w, 1 };

	bt_grid_clear(grid);
	screen->w = grid->w;
	screen->h = grid->h;
	screen->page = BT_MAX(grid->h - 6, 1);
	screen->large = bt_layout_large(r.w, r.h);
	if (grid->w < BT_USEFUL_W || grid->h < BT_USEFUL_H) {
		draw_line(grid, screen);
		return;
	}
	bt_focus_renew(screen);
	screen->view->draw(grid, r, screen);
	if (screen->view == &bt_view_live)
		screen->focus.cell_ns = screen->columns->n
			? screen->columns->dot_ns * bt_plot_dots(grid, BT_PLOT_LABEL + 1, true)
			: 0;
	if (screen->prompt.ops)
		bt_prompt_draw(grid, keys, &screen->prompt);
	else
		draw_key_line(grid, keys, screen);
	draw_questions(grid, screen);
}
