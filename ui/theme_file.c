/* The theme file, benchtop-theme(5): colours of the roles, and what the screens listen to. */
#include "ui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/ini.h"

static const char *const role_names[BT_ROLES] = {
	[BT_TEXT_PLAIN] = "text",
	[BT_DIM] = "dim",
	[BT_TITLE] = "title",
	[BT_BORDER] = "border",
	[BT_GOOD] = "good",
	[BT_WARN] = "warn",
	[BT_BAD] = "bad",
	[BT_ACCENT] = "accent",
	[BT_AREA] = "area",
	[BT_SERIES_1] = "series-1",
	[BT_SERIES_2] = "series-2",
	[BT_SERIES_3] = "series-3",
	[BT_SERIES_4] = "series-4",
	[BT_HEAT_1] = "heat-1",
	[BT_HEAT_2] = "heat-2",
	[BT_HEAT_3] = "heat-3",
	[BT_HEAT_4] = "heat-4",
	[BT_HEAT_5] = "heat-5",
	[BT_HEAT_6] = "heat-6",
};

static bool background_is_light(void)
{
	const char *colours = getenv("COLORFGBG"), *last = colours ? strrchr(colours, ';') : NULL;

	return last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
}

void bt_manners_init(struct bt_manners *manners)
{
	*manners = (struct bt_manners){ .mouse = true };
	manners->theme = background_is_light() ? bt_theme_light : bt_theme_dark;
}

static int refuse(const struct bt_ini_key *key, const char *expected, struct bt_err *err)
{
	return bt_fail(err, -EINVAL, "%s: '%.40s': expected %s", key->name, key->value, expected);
}

static int set_base(struct bt_manners *m, const struct bt_ini_key *key, struct bt_err *err)
{
	if (strcmp(key->value, "dark") == 0)
		m->theme = bt_theme_dark;
	else if (strcmp(key->value, "light") == 0)
		m->theme = bt_theme_light;
	else if (strcmp(key->value, "auto") != 0)
		return refuse(key, "dark, light or auto", err);
	return 0;
}

static int set_yes(bool *to, const struct bt_ini_key *key, struct bt_err *err)
{
	*to = strcmp(key->value, "yes") == 0;
	return *to || strcmp(key->value, "no") == 0 ? 0 : refuse(key, "yes or no", err);
}

static int unknown(const char *name, const char *const *names, unsigned n, const char *what,
	struct bt_err *err)
{
	const char *best = NULL;
	unsigned least = 3, i, d;

	for (i = 0; i < n; i++) {
		d = bt_distance(name, names[i], 2);
		if (d < least) {
			least = d;
			best = names[i];
		}
	}
	if (best)
		return bt_fail(err, -EINVAL, "'%.40s': no such key; did you mean %s?", name, best);
	return bt_fail(err, -EINVAL, "'%.40s': no such key; expected %s", name, what);
}

static int set_screen(struct bt_manners *m, const struct bt_ini_key *key, struct bt_err *err)
{
	static const char *const names[] = { "base", "mouse", "ascii" };

	if (strcmp(key->name, "base") == 0)
		return set_base(m, key, err);
	if (strcmp(key->name, "mouse") == 0)
		return set_yes(&m->mouse, key, err);
	if (strcmp(key->name, "ascii") == 0)
		return set_yes(&m->ascii, key, err);
	return unknown(key->name, names, BT_LEN(names), "base, mouse or ascii", err);
}

/* One word of a role's value. False: it is none. */
static bool set_word(struct bt_theme *theme, enum bt_role role, const char *word)
{
	static const struct {
		const char *name;
		uint8_t show;
	} shows[] = { { "bold", BT_SHOW_BOLD }, { "faint", BT_SHOW_DIM },
		{ "reverse", BT_SHOW_REVERSE } };
	size_t len = strlen(word), i;
	long n;

	for (i = 0; i < BT_LEN(shows); i++)
		if (strcmp(word, shows[i].name) == 0) {
			theme->rows[role].show |= shows[i].show;
			return true;
		}
	if (strcmp(word, "own") == 0) {
		bt_theme_set_rgb(theme, role, BT_COLOUR_OWN);
		return true;
	}
	if (len == 6 && strspn(word, "0123456789abcdefABCDEF") == 6) {
		bt_theme_set_rgb(theme, role, (int)strtol(word, NULL, 16));
		return true;
	}
	if (len == 0 || len > 3 || strspn(word, "0123456789") != len)
		return false;
	n = strtol(word, NULL, 10);
	if (n > 255)
		return false;
	bt_theme_set_256(theme, role, (int)n);
	return true;
}

static int set_colour(struct bt_manners *m, const struct bt_ini_key *key, struct bt_err *err)
{
	char copy[100], *rest = NULL, *word;
	enum bt_role role = 0;

	while (role < BT_ROLES && strcmp(role_names[role], key->name) != 0)
		role++;
	if (role == BT_ROLES)
		return unknown(key->name, role_names, BT_ROLES,
			"text, dim, title, border, good, warn, bad, accent, area, series-1 to "
			"series-4 or heat-1 to heat-6",
			err);
	snprintf(copy, sizeof(copy), "%s", key->value);
	word = strlen(key->value) < sizeof(copy) ? strtok_r(copy, " \t", &rest) : NULL;
	if (!word)
		return refuse(key, "a colour; in rrggbb no # stands before it", err);
	m->theme.rows[role].show = 0;
	for (; word; word = strtok_r(NULL, " \t", &rest))
		if (!set_word(&m->theme, role, word))
			return bt_fail(err, -EINVAL,
				"%s: '%.40s': expected rrggbb, 0 to 255 or own, and bold, faint or "
				"reverse",
				key->name, word);
	return 0;
}

static int read_section(struct bt_manners *m, const struct bt_ini_section *s, const char *file,
	bool colours, struct bt_err *err)
{
	size_t i;
	int r;

	for (i = 0; i < s->n; i++) {
		r = (colours ? set_colour : set_screen)(m, &s->keys[i], err);
		if (r < 0) {
			bt_fail_in(err, "%s:%u", file, s->keys[i].line);
			return r;
		}
	}
	return 0;
}

/* The colours after everything else, wherever they stand: `base` sets all of them. */
static int read_sections(
	struct bt_manners *m, const struct bt_ini *ini, const char *file, struct bt_err *err)
{
	const struct bt_ini_section *s;
	bool colours;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < 2 * ini->n; i++) {
		s = &ini->sections[i % ini->n];
		colours = strcmp(s->name, "colours") == 0;
		if (!colours && strcmp(s->name, "screen") != 0)
			return bt_fail(err, -EINVAL,
				"%s:%u: '%.40s': no such section; expected screen or colours", file,
				s->line, s->name);
		if (colours == (i >= ini->n))
			r = read_section(m, s, file, colours, err);
	}
	return r;
}

int bt_manners_read(struct bt_manners *manners, const char *file, struct bt_err *err)
{
	struct bt_ini ini;
	int r = bt_ini_read(&ini, file, err);

	if (r < 0)
		return r;
	r = read_sections(manners, &ini, file, err);
	bt_ini_fini(&ini);
	return r;
}
