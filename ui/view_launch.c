/* The launch view: a run put together from what there is, its load drawn before it begins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "ui/launcher_impl.h"

static void refresh(struct bt_launch *launch)
{
	launch->ops->refresh(launch);
	if (launch->at >= launch->n_fields)
		launch->at = launch->n_fields ? launch->n_fields - 1 : 0;
}

static unsigned moved(unsigned at, unsigned n, long by)
{
	long to = (long)at + by;

	return n ? (unsigned)BT_MAX(BT_MIN(to, (long)n - 1), 0) : 0;
}

static void move(struct bt_screen *screen, long by)
{
	struct bt_launch *launch = screen->launch;

	if (launch->focus == BT_LAUNCH_OPTIONS) {
		launch->at = moved(launch->at, launch->n_fields, by);
		return;
	}
	if (launch->focus == BT_LAUNCH_WORKLOAD)
		launch->workload = moved(launch->workload, launch->n_workloads, by);
	else
		launch->profile = moved(launch->profile, launch->n_profiles, by);
	launch->at = 0;
	refresh(launch);
}

static void launch_press_up(struct bt_screen *screen)
{
	move(screen, -1);
}

static void launch_press_down(struct bt_screen *screen)
{
	move(screen, 1);
}

static void launch_press_page_up(struct bt_screen *screen)
{
	move(screen, -8);
}

static void launch_press_page_down(struct bt_screen *screen)
{
	move(screen, 8);
}

static void launch_press_home(struct bt_screen *screen)
{
	move(screen, -BT_LAUNCH_FIELDS);
}

static void launch_press_end(struct bt_screen *screen)
{
	move(screen, BT_LAUNCH_FIELDS);
}

static void launch_press_next(struct bt_screen *screen)
{
	screen->launch->focus = (screen->launch->focus + 1) % 3;
}

static void launch_press_previous(struct bt_screen *screen)
{
	screen->launch->focus = (screen->launch->focus + 2) % 3;
}

/*
 * Gives the field under the cursor a value; NULL: none. A refused value changes nothing, and the
 * message says why.
 */
static bool give_value(struct bt_screen *screen, const char *text)
{
	struct bt_launch *launch = screen->launch;
	struct bt_launch_field *field = &launch->fields[launch->at];
	const char *given = bt_launch_given(launch, field->name);
	char *before = given ? strdup(given) : NULL;
	bool taken = (!given || before) && bt_launch_set(launch, field->name, text);

	if (!taken)
		snprintf(screen->message, sizeof(screen->message), "out of memory");
	else
		refresh(launch);
	if (taken && field->problem[0] && text) {
		snprintf(screen->message, sizeof(screen->message), "%s", field->problem);
		bt_launch_set(launch, field->name, before);
		refresh(launch);
		taken = false;
	}
	free(before);
	return taken;
}

static bool take_typed(struct bt_screen *screen, const char *text)
{
	return give_value(screen, *text ? text : NULL);
}

static void cycle(struct bt_screen *screen, const struct bt_launch_field *field)
{
	const char *value = bt_launch_get(screen->launch, field->name);
	unsigned i = 0;

	if (!*value)
		value = field->dflt ? field->dflt : "";
	while (field->choices[i] && strcmp(field->choices[i], value) != 0)
		i++;
	give_value(screen,
		field->choices[i] && field->choices[i + 1] ? field->choices[i + 1]
							   : field->choices[0]);
}

static void launch_press_change(struct bt_screen *screen)
{
	static const struct bt_prompt_ops typed = { .accept = take_typed };
	struct bt_launch *launch = screen->launch;
	const struct bt_launch_field *field = &launch->fields[launch->at];

	if (launch->focus != BT_LAUNCH_OPTIONS) {
		launch_press_next(screen);
		return;
	}
	if (!launch->n_fields)
		return;
	if (field->choices)
		cycle(screen, field);
	else if (field->flag)
		give_value(screen, *bt_launch_get(launch, field->name) ? NULL : "yes");
	else if (!bt_prompt_open(
			 &screen->prompt, field->name, bt_launch_get(launch, field->name), &typed))
		snprintf(screen->message, sizeof(screen->message),
			"%s: %zu bytes are too long to be edited here", field->name,
			strlen(bt_launch_get(launch, field->name)));
}

static void launch_press_default(struct bt_screen *screen)
{
	if (screen->launch->focus == BT_LAUNCH_OPTIONS && screen->launch->n_fields)
		give_value(screen, NULL);
}

static bool startable(struct bt_screen *screen)
{
	if (screen->launch->problem[0])
		snprintf(screen->message, sizeof(screen->message), "%s", screen->launch->problem);
	return !screen->launch->problem[0];
}

static void launch_press_start(struct bt_screen *screen)
{
	if (startable(screen))
		screen->ask = BT_ASK_LAUNCH_START;
}

static void launch_press_suite(struct bt_screen *screen)
{
	if (startable(screen))
		screen->ask = BT_ASK_LAUNCH_SUITE;
}

static bool save_to(struct bt_screen *screen, const char *file)
{
	struct bt_launch *launch = screen->launch;
	struct bt_err err = { 0 };

	if (!*file)
		return true;
	if (launch->ops->save(launch, file, &err) < 0) {
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
		return false;
	}
	bt_text_format(
		screen->message, sizeof(screen->message), "saved: benchtop suite %s runs it", file);
	return true;
}

static void launch_press_save(struct bt_screen *screen)
{
	static const struct bt_prompt_ops named = { .accept = save_to };

	if (startable(screen))
		bt_prompt_open(&screen->prompt, "add to suite file", "benchtop.ini", &named);
}

static void launch_press_back(struct bt_screen *screen)
{
	screen->ask = BT_ASK_HISTORY;
}

static bool in(struct bt_rect r, struct bt_mouse mouse)
{
	return mouse.x >= r.x && mouse.x < r.x + r.w && mouse.y >= r.y && mouse.y < r.y + r.h;
}

static void click_name(struct bt_launch *launch, int row, int room)
{
	unsigned *chosen =
		launch->focus == BT_LAUNCH_WORKLOAD ? &launch->workload : &launch->profile;
	unsigned n = launch->focus == BT_LAUNCH_WORKLOAD ? launch->n_workloads : launch->n_profiles;
	int i = bt_launch_first((int)n, (int)*chosen, room) + row;

	if (i < 0 || i >= (int)n || row < 0 || row >= room)
		return;
	*chosen = (unsigned)i;
	launch->at = 0;
	refresh(launch);
}

/* The option under the cursor, clicked once more, is changed. */
static void click_option(struct bt_screen *screen, int row, int room)
{
	struct bt_launch *launch = screen->launch;
	int rows[2 * BT_LAUNCH_FIELDS], cursor, n = bt_launch_rows(launch, rows, &cursor);
	int i = bt_launch_first(n, cursor, room) + row;

	if (row < 0 || row >= room || i < 0 || i >= n || rows[i] < 0)
		return;
	if (i == cursor)
		launch_press_change(screen);
	launch->at = (unsigned)rows[i];
}

static bool launch_mouse(struct bt_screen *screen, struct bt_mouse mouse)
{
	struct bt_launch_places p = bt_launch_places(
		screen->launch, (struct bt_rect){ 0, 0, screen->w, screen->h - 1 });
	unsigned i;

	for (i = 0; i < 3; i++) {
		struct bt_rect r = p.list[i];

		if (!in(r, mouse))
			continue;
		screen->launch->focus = i;
		if (mouse.what != BT_MOUSE_CLICK)
			return false;
		if (i == BT_LAUNCH_OPTIONS)
			click_option(screen, mouse.y - r.y - 1, r.h - 2);
		else
			click_name(screen->launch, mouse.y - r.y - 1, r.h - 2);
		return true;
	}
	return mouse.what == BT_MOUSE_CLICK;
}

static const struct bt_key keys[] = {
	{ 's', BT_KEY_F1 + 4, "s", "start", "start the run; F5 does the same", launch_press_start },
	{ BT_KEY_TAB, BT_KEY_RIGHT, "Tab", "next list",
		"from workloads to profiles to options; left and right go there, too",
		launch_press_next },
	{ BT_KEY_BACKTAB, BT_KEY_LEFT, "←", NULL, NULL, launch_press_previous },
	{ BT_KEY_UP, 'k', "↑↓", "choose", "up and down a list; j and k do the same",
		launch_press_up },
	{ BT_KEY_DOWN, 'j', "↓", NULL, NULL, launch_press_down },
	{ BT_KEY_ENTER, ' ', "Enter", "change",
		"type an option's value, or take its next choice; space does the same",
		launch_press_change },
	{ BT_KEY_ESC, 'n', "Esc", "history", "back to the history", launch_press_back },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ 'w', BT_KEY_F1 + 1, "w", "save", "add it to a suite file; F2 does the same",
		launch_press_save },
	{ 'S', BT_KEY_F1 + 5, "S", "as suite", "start it as a suite of one section; so does F6",
		launch_press_suite },
	{ BT_KEY_DELETE, 'x', "x", "default", "an option's usual value again; Del does the same",
		launch_press_default },
	{ 'q', 'Q', "q", "quit", "quit", bt_screen_leave },
	{ 'l', 0, "l", NULL, NULL, launch_press_next },
	{ 'h', 0, "h", NULL, NULL, launch_press_previous },
	{ BT_KEY_PGUP, 0, "PgUp PgDn", NULL, "eight rows up or down", launch_press_page_up },
	{ BT_KEY_PGDN, 0, "PgDn", NULL, NULL, launch_press_page_down },
	{ BT_KEY_HOME, 'g', "Home End", NULL, "to the top, to the bottom; g and G do the same",
		launch_press_home },
	{ BT_KEY_END, 'G', "End", NULL, NULL, launch_press_end },
	{ .name = NULL },
};

const struct bt_view bt_view_launch = { "launch", keys, bt_launch_draw, NULL, launch_mouse };
