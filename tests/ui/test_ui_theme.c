/* Roles as colours of each palette, and theme files. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ui/theme.h"

static int read_text(struct bt_manners *manners, const char *text, struct bt_err *err)
{
	char file[CM_TEMP];
	int fd = mkstemp(cm_temp(file, "benchtop-theme")), r;
	size_t n = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
	r = bt_manners_read(manners, file, err);
	unlink(file);
	return r;
}

static void refused(const char *text, const char *words)
{
	struct bt_manners manners;
	struct bt_err err = { 0 };
	const char *at;

	bt_manners_init(&manners);
	assert_int_equal(read_text(&manners, text, &err), -EINVAL);
	at = strchr(err.msg, ':');
	assert_non_null(at);
	assert_string_equal(at + 1, words);
}

/* The blocks of the manual page that begin with a comment. */
static char *example(void)
{
	const char *srcdir = getenv("srcdir");
	char path[500], *text = calloc(1, 1 << 16), *at, *end;
	FILE *in;

	snprintf(path, sizeof(path), "%s/man/benchtop-theme.5", srcdir ? srcdir : ".");
	in = fopen(path, "r");
	assert_true(in && text);
	assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
	fclose(in);
	at = strstr(text, "\n#");
	end = at ? strstr(at, "\n.Ed") : NULL;
	assert_non_null(end);
	end[1] = '\0';
	memmove(text, at + 1, strlen(at));
	return text;
}

static void the_example_of_the_page_says_what_it_says(void **state)
{
	struct bt_manners m;
	struct bt_err err = { 0 };
	char *text = example();

	(void)state;
	bt_manners_init(&m);
	assert_true(m.mouse);
	if (read_text(&m, text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_false(m.mouse);
	assert_string_equal(m.theme.name, "light");
	assert_int_equal(bt_theme_look(&m.theme, BT_GOOD, BT_COLOURS_RGB).colour, 0x005f3c);
	assert_int_equal(bt_theme_look(&m.theme, BT_GOOD, BT_COLOURS_RGB).show, BT_SHOW_BOLD);
	assert_int_equal(bt_theme_look(&m.theme, BT_BAD, BT_COLOURS_256).colour, 160);
	assert_int_equal(bt_theme_look(&m.theme, BT_AREA, BT_COLOURS_8).colour, 4);
	assert_int_equal(bt_theme_look(&m.theme, BT_DIM, BT_COLOURS_256).colour, BT_COLOUR_OWN);
	assert_int_equal(bt_theme_look(&m.theme, BT_DIM, BT_COLOURS_256).show, BT_SHOW_DIM);
	assert_int_equal(bt_theme_look(&m.theme, BT_WARN, BT_COLOURS_RGB).colour,
		bt_theme_look(&bt_theme_light, BT_WARN, BT_COLOURS_RGB).colour);
	free(text);
}

static void colours_go_to_the_nearest_that_a_terminal_has(void **state)
{
	struct bt_theme theme = bt_theme_dark;

	(void)state;
	bt_theme_set_rgb(&theme, BT_GOOD, 0x0000fe);
	assert_int_equal(theme.rows[BT_GOOD].c256, 21);
	assert_int_equal(theme.rows[BT_GOOD].c16, 4);
	bt_theme_set_rgb(&theme, BT_GOOD, 0x808080);
	assert_int_equal(theme.rows[BT_GOOD].c256, 244);
	assert_int_equal(theme.rows[BT_GOOD].c16, 8);
	bt_theme_set_256(&theme, BT_GOOD, 196);
	assert_int_equal(theme.rows[BT_GOOD].rgb, 0xff0000);
	assert_int_equal(theme.rows[BT_GOOD].c8, 1);
}

static void what_is_wrong_in_a_file_is_named_with_its_line(void **state)
{
	(void)state;
	refused("[colours]\n\ngood = 12\nbda = 3\n", "4: 'bda': no such key; did you mean bad?");
	refused("[screen]\nmause = no\n", "2: 'mause': no such key; did you mean mouse?");
	refused("[screen]\nmouse = off\n", "2: mouse: 'off': expected yes or no");
	refused("[screen]\nbase = black\n", "2: base: 'black': expected dark, light or auto");
	refused("[colors]\nbad = 1\n", "1: 'colors': no such section; expected screen or colours");
	refused("[colours]\nbad = 256\n",
		"2: bad: '256': expected rrggbb, 0 to 255 or own, and bold, faint or reverse");
	refused("[colours]\nbad = #ff0000\n",
		"2: bad: '': expected a colour; in rrggbb no # stands before it");
}

/* People who see no red and green tell good from bad, and what is fine from a warning, by lightness
 * or by blue. */
static void verdicts_differ_by_more_than_red_and_green(void **state)
{
	static const struct bt_theme *const themes[] = { &bt_theme_dark, &bt_theme_light };
	static const enum bt_role pairs[][2] = { { BT_GOOD, BT_BAD }, { BT_GOOD, BT_WARN } };
	size_t i, j;
	int a, b, blue;

	(void)state;
	for (i = 0; i < BT_LEN(themes); i++)
		for (j = 0; j < BT_LEN(pairs); j++) {
			a = themes[i]->rows[pairs[j][0]].rgb;
			b = themes[i]->rows[pairs[j][1]].rgb;
			blue = abs((a & 0xff) - (b & 0xff));
			assert_true(blue > 60);
		}
}

/* Colours of the light theme are dark, those of the dark theme light: 3 to 1 against the
 * background, as WCAG asks of large text. */
static double luminance(int rgb)
{
	double sum = 0, part;
	static const double weights[] = { 0.0722, 0.7152, 0.2126 };
	int i;

	for (i = 0; i < 3; i++, rgb >>= 8) {
		part = (rgb & 0xff) / 255.0;
		sum += weights[i] * part * part; /* near enough to sRGB's curve */
	}
	return sum;
}

static void text_stands_out_from_its_background(void **state)
{
	static const enum bt_role roles[] = { BT_DIM, BT_TITLE, BT_GOOD, BT_WARN, BT_BAD,
		BT_ACCENT };
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(roles); i++) {
		assert_true((luminance(bt_theme_dark.rows[roles[i]].rgb) + 0.05) / 0.05 > 3);
		assert_true(1.05 / (luminance(bt_theme_light.rows[roles[i]].rgb) + 0.05) > 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_page_says_what_it_says),
		cmocka_unit_test(colours_go_to_the_nearest_that_a_terminal_has),
		cmocka_unit_test(what_is_wrong_in_a_file_is_named_with_its_line),
		cmocka_unit_test(verdicts_differ_by_more_than_red_and_green),
		cmocka_unit_test(text_stands_out_from_its_background),
	};

	unsetenv("COLORFGBG");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
