#include "cm.h"

#include "ui_golden.h"

/* How a monochrome terminal shows each cell, for the screens whose meaning must survive without
 * colour. */
void golden_attributes(struct bt_grid *grid)
{
	/* None, bold, dim, -, reverse, with bold, with dim. */
	static const char letters[] = ".bd?rRD?";
	int i;

	for (i = 0; i < grid->w * grid->h; i++) {
		grid->cells[i].ch = (uint32_t)
			letters[bt_theme_look(&bt_theme_dark, grid->cells[i].style, BT_MONO).show];
		grid->cells[i].mark = 0;
	}
}

static char *read_golden(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 17);

	assert_non_null(text);
	if (in) {
		assert_true(fread(text, 1, (1 << 17) - 1, in) < (1 << 17) - 1);
		fclose(in);
	}
	return text;
}

void golden_compare(const char *name, const struct bt_grid *grid)
{
	const char *srcdir = getenv("srcdir");
	char *got = bt_grid_text(grid), *want, path[500];
	FILE *out;

	assert_non_null(got);
	snprintf(path, sizeof(path), "%s/tests/golden/ui-%s.txt", srcdir ? srcdir : ".", name);
	if (getenv("BT_GOLDEN_UPDATE")) {
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(got, out);
		assert_int_equal(fclose(out), 0);
	}
	want = read_golden(path);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s differs from what was drawn:\n%s", path, got);
	assert_string_equal(got, want);
	free(want);
	free(got);
}
