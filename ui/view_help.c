/* The help: the keys of the view it was called from, and what the marks mean. */
#include "ui/view.h"

static const struct {
	unsigned style;
	const char *mark, *meaning;
} marks[] = {
	{ BT_GOOD | BT_BOLD, "✔", "a step that held, a measurement to be trusted" },
	{ BT_BAD | BT_BOLD, "✖", "a step that broke, an invalid measurement" },
	{ BT_ACCENT | BT_BOLD, "▶", "under way" },
	{ BT_DIM, "-", "not known" },
	{ BT_BORDER, "┊", "on a chart: a step begins" },
	{ BT_BORDER, "░", "on a chart: a pause" },
};

/* Beside a name, over as many rows as it takes. Returns those. */
static int put_words(
	struct bt_grid *grid, struct bt_rect in, int y, unsigned style, const char *words)
{
	struct bt_rect r = { in.x + 13, in.y + y, BT_MAX(in.w - 13, 0), BT_MAX(in.h - y, 0) };

	return BT_MAX(bt_grid_wrap(grid, r, style, words), 1);
}

/* The next row of a key table that the help has a sentence about; its end: no more. */
static const struct bt_key *next_told(const struct bt_key *key)
{
	while (key->name && !key->help)
		key++;
	return key;
}

static int n_items(const struct bt_screen *screen)
{
	const struct bt_key *key = screen->under->keys;
	int n = 0;

	for (; (key = next_told(key))->name; key++)
		n++;
	return n + (int)BT_LEN(marks);
}

/* Items above screen->scroll are not drawn. */
static void help_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, "help");
	const struct bt_key *key = screen->under->keys;
	int y = in.h > 16 ? 1 : 0, item = 0;
	size_t i;

	for (; (key = next_told(key))->name; key++) {
		if (item++ < screen->scroll)
			continue;
		bt_grid_right(grid, in, 11, y, BT_ACCENT | BT_BOLD, key->name);
		y += put_words(grid, in, y, BT_TEXT_PLAIN, key->help);
	}
	y += in.h > 16;
	for (i = 0; i < BT_LEN(marks); i++) {
		if (item++ < screen->scroll)
			continue;
		bt_grid_right(grid, in, 11, y, marks[i].style, marks[i].mark);
		y += put_words(grid, in, y, BT_DIM, marks[i].meaning);
	}
	if (y > in.h)
		bt_grid_right(grid, r, r.w - 3, r.h - 1, BT_ACCENT | BT_BOLD, " ↓ more ");
}

static void scroll(struct bt_screen *screen, int by)
{
	screen->scroll = BT_MAX(BT_MIN(screen->scroll + by, n_items(screen) - 4), 0);
}

static void help_press_up(struct bt_screen *screen)
{
	scroll(screen, -1);
}

static void help_press_down(struct bt_screen *screen)
{
	scroll(screen, 1);
}

static void help_press_page_up(struct bt_screen *screen)
{
	scroll(screen, -8);
}

static void help_press_page_down(struct bt_screen *screen)
{
	scroll(screen, 8);
}

static void help_press_back(struct bt_screen *screen)
{
	screen->view = screen->under;
}

static const struct bt_key keys[] = {
	{ '?', BT_KEY_ESC, "Esc", "back", "back", help_press_back },
	{ BT_KEY_DOWN, 'j', "↑↓", "scroll", NULL, help_press_down },
	{ BT_KEY_UP, 'k', "↑", NULL, NULL, help_press_up },
	{ BT_KEY_PGDN, ' ', "PgDn", NULL, NULL, help_press_page_down },
	{ BT_KEY_PGUP, 0, "PgUp", NULL, NULL, help_press_page_up },
	{ 'q', BT_KEY_ENTER, "q", NULL, NULL, help_press_back },
	{ BT_KEY_TAB, 0, "Tab", NULL, NULL, help_press_back },
	{ .name = NULL },
};

const struct bt_view bt_view_help = { "help", keys, help_draw, NULL, NULL };
