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

static void draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, "help");
	const struct bt_key *key;
	size_t i;
	int y = in.h > 16 ? 1 : 0;

	for (key = screen->under->keys; key->name; key++) {
		if (!key->help)
			continue;
		bt_grid_right(grid, in, 11, y, BT_ACCENT | BT_BOLD, key->name);
		y += put_words(grid, in, y, BT_TEXT_PLAIN, key->help);
	}
	y += in.h > 16;
	for (i = 0; i < BT_LEN(marks); i++) {
		bt_grid_right(grid, in, 11, y, marks[i].style, marks[i].mark);
		y += put_words(grid, in, y, BT_DIM, marks[i].meaning);
	}
}

static void press_back(struct bt_screen *screen)
{
	screen->view = screen->under;
}

static const struct bt_key keys[] = {
	{ '?', BT_KEY_ESC, "Esc", "back", "back", press_back },
	{ 'q', BT_KEY_ENTER, "q", NULL, NULL, press_back },
	{ ' ', BT_KEY_TAB, "space", NULL, NULL, press_back },
	{ .name = NULL },
};

const struct bt_view bt_view_help = { "help", keys, draw, NULL, NULL };
