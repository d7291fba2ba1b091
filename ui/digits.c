#include "ui/digits.h"

#include <string.h>

/* Pictures of five rows of dots ('#'), top first; two rows share a cell by half blocks. */
static const struct picture {
	char ch;
	const char *row[5];
} pictures[] = {
	{ '0', { "###", "# #", "# #", "# #", "###" } },
	{ '1', { " # ", "## ", " # ", " # ", "###" } },
	{ '2', { "###", "  #", "###", "#  ", "###" } },
	{ '3', { "###", "  #", "###", "  #", "###" } },
	{ '4', { "# #", "# #", "###", "  #", "  #" } },
	{ '5', { "###", "#  ", "###", "  #", "###" } },
	{ '6', { "###", "#  ", "###", "# #", "###" } },
	{ '7', { "###", "  #", "  #", "  #", "  #" } },
	{ '8', { "###", "# #", "###", "# #", "###" } },
	{ '9', { "###", "# #", "###", "  #", "###" } },
	{ '.', { " ", " ", " ", " ", "#" } },
	{ ',', { " ", " ", " ", "#", "#" } },
	{ '-', { "   ", "   ", "###", "   ", "   " } },
};

static const struct picture *find(char ch)
{
	size_t i;

	for (i = 0; i < BT_LEN(pictures); i++)
		if (pictures[i].ch == ch)
			return &pictures[i];
	return NULL;
}

static bool drawable(const char *text)
{
	for (; *text; text++)
		if (!find(*text))
			return false;
	return true;
}

static void draw(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style,
	const struct picture *pic)
{
	/* Nothing, upper half, lower half, both. */
	static const uint32_t halves[] = { ' ', 0x2580, 0x2584, 0x2588 };
	int row, col, w = (int)strlen(pic->row[0]);
	unsigned upper, lower;

	for (row = 0; row < BT_DIGITS_ROWS; row++)
		for (col = 0; col < w; col++) {
			upper = pic->row[2 * row][col] == '#';
			lower = row < 2 && pic->row[2 * row + 1][col] == '#';
			bt_grid_set(grid, r, x + col, y + row, style, halves[upper | lower << 1]);
		}
}

int bt_digits_put(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, const char *text)
{
	const struct picture *pic;
	int from = x;

	if (grid->ascii || !drawable(text))
		return bt_grid_put(grid, r, x, y + 1, style | BT_BOLD, text) - x;
	for (; *text; text++) {
		pic = find(*text);
		draw(grid, r, x, y, style, pic);
		x += (int)strlen(pic->row[0]) + 1;
	}
	return x - from - 1;
}
