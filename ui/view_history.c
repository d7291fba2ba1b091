/* The history view: the stored runs as a table, and the run under the cursor below it. */
#include "ui/view_history.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fmt.h"
#include "ui/panel.h"

#define DAY_NS 86400e9

/* As ls does: the time of what is recent, the year of what is not. */
static void text_when(char *buf, size_t size, uint64_t wall_ns, uint64_t now_ns)
{
	time_t t = (time_t)bt_unix_s(wall_ns);
	double age_ns = bt_unix_real(now_ns) - bt_unix_real(wall_ns);
	bool recent = age_ns < 330 * DAY_NS && age_ns > -DAY_NS;
	struct tm tm;

	buf[0] = '\0';
	if (localtime_r(&t, &tm))
		strftime(buf, size, recent ? "%b %e %H:%M" : "%b %e  %Y", &tm);
}

static void field_text(char *buf, size_t size, const struct bt_field *field,
	const struct bt_run_row *row, uint64_t now_ns)
{
	if (field->offset == offsetof(struct bt_run_row, id) && field->kind == BT_FIELD_COUNT)
		snprintf(buf, size, "%llu", (unsigned long long)row->id);
	else if (field->kind == BT_FIELD_MOMENT)
		text_when(buf, size, row->started_wall_ns, now_ns);
	else if (field->kind != BT_FIELD_TEXT)
		field->text(buf, size, bt_field_value(field, row));
	else
		snprintf(buf, size, "%.*s",
			field->offset == offsetof(struct bt_run_row, commit) ? 8 : 400,
			bt_field_words(field, row));
}

/* The widths of a screen's columns; 0: no room for it. What is left over goes to long names and
 * tags. */
static void fit_columns(int widths[], const struct bt_fields *fields, int w)
{
	int rank = 0, used, left;
	size_t i;

	for (i = 0; i < fields->n; i++)
		rank = BT_MAX(rank, fields->v[i].rank);
	for (;; rank--) {
		for (used = 2, i = 0; i < fields->n; i++)
			used += fields->v[i].rank <= rank ? fields->v[i].w + 2 : 0;
		if (used - 2 <= w || rank == 0)
			break;
	}
	left = BT_MAX(w - (used - 2), 0);
	for (i = 0; i < fields->n; i++) {
		const struct bt_field *f = &fields->v[i];
		int more = 0;

		if (strcmp(f->name, "workload") == 0)
			more = BT_MIN(left, 6);
		else if (strcmp(f->name, "tags") == 0 || strcmp(f->name, "finding") == 0)
			more = BT_MIN(left, 14);
		widths[i] = f->rank <= rank ? f->w + more : 0;
		left -= widths[i] ? more : 0;
	}
}

static void put_cell(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style,
	const struct bt_field *field, int w, const char *text)
{
	if (field->left || bt_text_width(text) > w)
		bt_grid_fit(grid, r, x, y, w, style, text);
	else
		bt_grid_right(grid, r, x + w, y, style, text);
}

static unsigned cell_style(const struct bt_field *field, const char *text)
{
	static const struct {
		const char *text;
		unsigned style;
	} words[] = { { "invalid", BT_BAD }, { "degraded", BT_WARN }, { "valid", BT_GOOD },
		{ "running", BT_ACCENT | BT_BOLD }, { "failed", BT_BAD },
		{ "interrupted", BT_WARN }, { "stopped", BT_WARN } };

	for (size_t i = 0; i < BT_LEN(words); i++)
		if (field->kind == BT_FIELD_TEXT && strcmp(text, words[i].text) == 0)
			return words[i].style;
	return field->rank <= 1 && field->kind != BT_FIELD_MOMENT ? BT_TEXT_PLAIN : BT_DIM;
}

/* A marked run's side of a comparison; "•" when there are no two sides yet. */
static uint32_t mark_of(const struct bt_side sides[2], bool parted, uint64_t id)
{
	for (unsigned k = 0; k < 2 && parted; k++)
		for (size_t i = 0; i < sides[k].n; i++)
			if (sides[k].ids[i] == id)
				return k ? 'B' : 'A';
	return 0x2022;
}

static void draw_row(struct bt_grid *grid, struct bt_rect r, int y, const struct bt_fields *fields,
	const int widths[], const struct bt_run_row *row, uint64_t now_ns, bool cursor)
{
	char text[420];
	int x = 1;

	if (cursor)
		bt_grid_fill(grid, (struct bt_rect){ r.x, r.y + y, r.w, 1 }, BT_REVERSE, ' ');
	for (size_t i = 0; i < fields->n; i++) {
		unsigned style;

		if (!widths[i])
			continue;
		field_text(text, sizeof(text), &fields->v[i], row, now_ns);
		style = cell_style(&fields->v[i], text);
		if (cursor)
			style = BT_TEXT_PLAIN | BT_REVERSE;
		put_cell(grid, r, x, y, style, &fields->v[i], widths[i], text);
		x += widths[i] + 2;
	}
}

static void draw_names(struct bt_grid *grid, struct bt_rect r, int y,
	const struct bt_fields *fields, const int widths[], const struct bt_history *history)
{
	char text[40];
	int x = 1;

	for (size_t i = 0; i < fields->n; i++) {
		const struct bt_field *f = &fields->v[i];
		bool sorted = i == history->sorted;

		if (!widths[i])
			continue;
		snprintf(text, sizeof(text), "%s%s", f->name,
			!sorted                      ? ""
				: history->ascending ? "▲"
						     : "▼");
		put_cell(grid, r, x, y, (sorted ? BT_ACCENT : BT_TITLE) | BT_BOLD, f, widths[i],
			text);
		x += widths[i] + 2;
	}
}

static void draw_counts(struct bt_grid *grid, struct bt_rect r, const struct bt_history *history)
{
	size_t marked = bt_history_n_marked(history), deleted = bt_history_n_deleted(history);
	char text[160], n[BT_FMT_MAX], all[BT_FMT_MAX], more[60] = "";

	bt_fmt_group(n, sizeof(n), history->n);
	bt_fmt_group(all, sizeof(all), history->list.n - deleted);
	if (marked)
		snprintf(more, sizeof(more), "  %zu marked", marked);
	if (deleted)
		snprintf(
			more + strlen(more), sizeof(more) - strlen(more), "  %zu deleted", deleted);
	snprintf(text, sizeof(text), "%s%s%s run%s%s", n, history->filter[0] ? " of " : "",
		history->filter[0] ? all : "", history->n == 1 && !history->filter[0] ? "" : "s",
		more);
	bt_grid_right(grid, r, r.w - 1, 0, BT_DIM, text);
}

static void draw_head(struct bt_grid *grid, struct bt_rect r, const struct bt_history *history)
{
	int x = bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, "history") + 2;

	if (history->filter[0])
		bt_grid_fit(grid, r, x, 0, BT_MAX(r.w - x - 32, 8),
			history->filter_problem[0] ? BT_WARN | BT_BOLD : BT_TEXT_PLAIN | BT_BOLD,
			history->filter);
	if (history->list.n)
		draw_counts(grid, r, history);
	bt_plot_bar(grid, (struct bt_rect){ r.x + 1, r.y + 1, r.w - 2, 1 }, BT_ACCENT, 0);
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
	else if (history->n == 0 && history->filter[0])
		draw_words(grid, r, "No run matches this filter.",
			history->filter_problem[0] ? history->filter_problem
						   : "Esc shows all runs again.");
	else if (history->n == 0 && history->list.n)
		draw_words(grid, r, "All runs are deleted.", "u brings them back until you quit.");
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
	size_t half = (size_t)rows / 2, n = history->n;

	if (n <= (size_t)rows || history->at < half)
		return 0;
	return BT_MIN(history->at - half, n - (size_t)rows);
}

static void draw_list(struct bt_grid *grid, struct bt_rect r, const struct bt_history *history)
{
	size_t i, first = first_row(history, r.h);
	int widths[BT_FIELDS_MAX], y;
	struct bt_fields fields;
	struct bt_side sides[2];
	char why[200];
	bool parted = bt_history_n_marked(history) > 1 &&
		bt_history_sides(history, sides, why, sizeof(why));

	bt_fields_of(&fields);
	fit_columns(widths, &fields, r.w - 1);
	draw_names(grid, (struct bt_rect){ r.x, r.y - 1, r.w, 1 }, 0, &fields, widths, history);
	for (y = 0, i = first; y < r.h && i < history->n; y++, i++) {
		const struct bt_run_row *row = bt_history_row(history, i);

		draw_row(grid, r, y, &fields, widths, row, history->now_ns, i == history->at);
		if (history->states[history->shown[i]].marked)
			bt_grid_set(grid, r, 0, y,
				BT_ACCENT | BT_BOLD | (i == history->at ? BT_REVERSE : 0),
				mark_of(sides, parted, row->id));
	}
}

/* Rows of the preview; 0: none. */
static int pane_height(const struct bt_history *history, int w, int h)
{
	if (!history->n || history->pane == BT_PANE_OFF || w < 60 || h < 18)
		return 0;
	if (h < 30)
		return history->pane == BT_PANE_ON ? 8 : 0;
	return BT_MIN(h / 3, 14);
}

bool bt_history_shows_pane(const struct bt_history *history, int w, int h)
{
	return pane_height(history, w, h) > 0;
}

static void history_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_history *history = &screen->history;
	int pane = pane_height(history, r.w, r.h);
	struct bt_rect list = { r.x, r.y + 3, r.w, r.h - 4 - pane };
	char text[60], n[BT_FMT_MAX];

	draw_head(grid, r, history);
	if (screen->message[0])
		bt_grid_fit(grid, r, 1, r.h - 1, r.w - 2, BT_WARN | BT_BOLD, screen->message);
	else if (bt_history_n_deleted(history)) {
		snprintf(text, sizeof(text), "%s deleted when you quit: u undoes",
			bt_fmt_group(n, sizeof(n), bt_history_n_deleted(history)));
		bt_grid_fit(grid, r, 1, r.h - 1, r.w - 2, BT_WARN, text);
	}
	if (draw_nothing(grid, list, screen))
		return;
	draw_list(grid, list, history);
	if (pane)
		bt_history_draw_pane(
			grid, (struct bt_rect){ r.x, r.y + r.h - 1 - pane, r.w, pane }, history);
}

static bool history_mouse(struct bt_screen *screen, struct bt_mouse mouse)
{
	struct bt_history *history = &screen->history;
	int pane = pane_height(history, screen->w, screen->h - 1), rows = screen->h - 5 - pane;
	size_t first = first_row(history, rows), at;

	if (mouse.what != BT_MOUSE_CLICK || mouse.y < 3 || mouse.y >= 3 + rows)
		return false;
	at = first + (size_t)(mouse.y - 3);
	if (at >= history->n)
		return true;
	if (at == history->at)
		screen->ask = BT_ASK_OPEN;
	history->at = at;
	return true;
}

const struct bt_view bt_view_history = { "history", bt_history_keys, history_draw,
	bt_history_key_useful, history_mouse };
