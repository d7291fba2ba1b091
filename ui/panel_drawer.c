/* Events, as a panel and as the drawer under the charts, which also holds the worst operations of a
 * window. */
#include "ui/panel.h"

#include <stdio.h>

#include "base/fmt.h"

/* By kind. A letter is a mark on the charts; steps have their lines there. */
static const struct {
	const char *word;
	char letter;
	unsigned style;
} kinds[] = {
	[BT_EV_RATE] = { "rate", 'r', BT_ACCENT },
	[BT_EV_PAUSE] = { "pause", 'p', BT_WARN },
	[BT_EV_RESUME] = { "resume", 0, BT_TEXT_PLAIN },
	[BT_EV_STEP] = { "step", 0, BT_TEXT_PLAIN },
	[BT_EV_ERROR] = { "error", 'x', BT_BAD },
	[BT_EV_NOTE] = { "note", 'm', BT_GOOD },
	[BT_EV_STOP] = { "stop", 0, BT_WARN },
	[BT_EV_SPIKE] = { "spike", 's', BT_SERIES_2 },
	[BT_EV_BASELINE] = { "baseline", 'b', BT_GOOD },
};

char bt_event_letter(enum bt_event_kind kind)
{
	return kind < BT_LEN(kinds) ? kinds[kind].letter : 0;
}

unsigned bt_event_style(enum bt_event_kind kind)
{
	return kind < BT_LEN(kinds) ? kinds[kind].style : BT_TEXT_PLAIN;
}

void bt_event_put(struct bt_grid *grid, struct bt_rect in, int y, const struct bt_event *event)
{
	char buf[BT_FMT_MAX];

	bt_grid_right(grid, in, 7, y, BT_DIM, bt_fmt_clock(buf, sizeof(buf), event->t_ns));
	bt_grid_fit(grid, in, 9, y, in.w - 9, bt_event_style(event->kind), event->text);
}

/* Events up to the end of the window, or all. */
static unsigned count_events(const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	unsigned n = tally->n_events;

	while (screen->scoped && n > 0 && tally->events[n - 1].t_ns > screen->window.to_ns)
		n--;
	return n;
}

static int panel_events_rows(const struct bt_screen *screen)
{
	return (int)BT_MIN(screen->shown->tally.n_events, 12u);
}

/* Newest first. */
static void panel_events_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, screen->scoped ? "events until then" : "events");
	unsigned i, n = count_events(screen);

	for (i = 0; i < n && (int)i < in.h; i++)
		bt_event_put(grid, in, (int)i, &screen->shown->tally.events[n - 1 - i]);
}

const struct bt_panel_ops bt_panel_events = { panel_events_rows, panel_events_draw };

static unsigned chosen_event(const struct bt_screen *screen)
{
	unsigned n = screen->shown->tally.n_events;

	return BT_MIN(screen->focus.row, n ? n - 1 : 0);
}

unsigned bt_log_first(const struct bt_screen *screen, int rows)
{
	unsigned at = chosen_event(screen), room = (unsigned)BT_MAX(rows, 1);

	return at >= room ? at - room + 1 : 0;
}

static void draw_log_row(struct bt_grid *grid, struct bt_rect in, int y,
	const struct bt_event *event, unsigned style)
{
	char buf[BT_FMT_MAX];

	if (style)
		bt_grid_fill(grid, (struct bt_rect){ in.x, in.y + y, in.w, 1 }, style, ' ');
	bt_grid_right(grid, in, 8, y, (style ? BT_TEXT_PLAIN : BT_DIM) | style,
		bt_fmt_clock(buf, sizeof(buf), event->t_ns));
	bt_grid_put(grid, in, 10, y, bt_event_style(event->kind) | style,
		event->kind < BT_LEN(kinds) ? kinds[event->kind].word : "");
	bt_grid_fit(grid, in, 20, y, in.w - 20, BT_TEXT_PLAIN | style, event->text);
}

/* Oldest first, as a log is read; the chosen row stays in sight. */
static void draw_log(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	unsigned n = tally->n_events, at = chosen_event(screen), i;
	char title[64];
	struct bt_rect in;
	int y;

	snprintf(title, sizeof(title), "event log, %u of %u", n ? at + 1 : 0, n);
	in = bt_grid_box(grid, r, title);
	if (n == 0)
		bt_grid_fit(grid, in, 0, 0, in.w, BT_DIM,
			"Nothing yet: changes of rate, steps, notes and first errors stand here.");
	for (i = bt_log_first(screen, in.h), y = 0; i < n && y < in.h; i++, y++)
		draw_log_row(grid, in, y, &tally->events[i], i == at ? BT_REVERSE : 0);
}

/* A column of the worst operations. */
struct worst_column {
	const char *name;
	int w; /* with the gap before it */
	void (*text)(
		char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info);
};

static void text_intended(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	uint64_t took = slow->queue_ns + slow->service_ns;
	uint64_t ns = slow->end_t_ns - BT_MIN(took, slow->end_t_ns);
	char clock[BT_FMT_MAX];

	(void)info;
	bt_fmt_clock(clock, sizeof(clock), ns);
	snprintf(buf, size, "%s.%03u", clock, (unsigned)(ns / BT_NS_PER_MS % 1000));
}

static void text_took(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	(void)info;
	bt_fmt_ns(buf, size, (double)(slow->queue_ns + slow->service_ns));
}

static void text_queue(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	(void)info;
	bt_fmt_ns(buf, size, (double)slow->queue_ns);
}

static void text_service(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	(void)info;
	bt_fmt_ns(buf, size, (double)slow->service_ns);
}

static void text_worker(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	(void)info;
	snprintf(buf, size, "%u", slow->worker);
}

static void text_payload(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	(void)info;
	bt_fmt_group(buf, size, slow->n);
}

static void text_outcome(
	char *buf, size_t size, const struct bt_slow *slow, const struct bt_run_info *info)
{
	if (slow->error_class < 0 || (unsigned)slow->error_class >= info->n_error_classes)
		snprintf(buf, size, "completed");
	else
		snprintf(buf, size, "%s", info->error_classes[slow->error_class]);
}

static const struct worst_column worst_columns[] = {
	{ "intended", 11, text_intended },
	{ "took", 10, text_took },
	{ "queue", 10, text_queue },
	{ "service", 10, text_service },
	{ "worker", 8, text_worker },
	{ "payload", 13, text_payload },
	{ "outcome", 16, text_outcome },
};

static void draw_worst(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_window *window = &screen->window;
	char title[BT_SCOPE_MAX + 40], words[BT_SCOPE_MAX], text[80];
	struct bt_rect in;
	unsigned i, c;
	int x = 0;

	snprintf(title, sizeof(title), "worst operations %s",
		screen->scoped ? bt_scope_words(words, screen) : "");
	in = bt_grid_box(grid, r, title);
	if (!screen->scoped || window->n_slow == 0) {
		bt_grid_fit(grid, in, 0, 0, in.w, BT_DIM,
			"None was slower than its neighbours by enough to be kept. ←→ goes on.");
		return;
	}
	for (c = 0; c < BT_LEN(worst_columns) && x + worst_columns[c].w <= in.w; c++) {
		x += worst_columns[c].w;
		bt_grid_right(grid, in, x, 0, BT_DIM, worst_columns[c].name);
		for (i = 0; i < window->n_slow && (int)i + 1 < in.h; i++) {
			worst_columns[c].text(
				text, sizeof(text), &window->slow[i], screen->shown->info);
			bt_grid_right(grid, in, x, (int)i + 1,
				c == 1 ? BT_TEXT_PLAIN | BT_BOLD : BT_TEXT_PLAIN, text);
		}
	}
}

static int panel_drawer_rows(const struct bt_screen *screen)
{
	return screen->focus.drawer == BT_DRAWER_SHUT ? 0 : BT_WINDOW_SLOW + 1;
}

static void panel_drawer_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	if (screen->focus.drawer == BT_DRAWER_EVENTS)
		draw_log(grid, r, screen);
	else
		draw_worst(grid, r, screen);
}

const struct bt_panel_ops bt_panel_drawer = { panel_drawer_rows, panel_drawer_draw };
