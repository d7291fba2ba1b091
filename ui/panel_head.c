/* The rows above and below the framed panels. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"

const char *bt_latency_word(const struct bt_run_info *info)
{
	return info->open_loop ? "response time" : "service time";
}

const struct bt_latency *bt_step_latency(const struct bt_model *model)
{
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (!seg)
		return NULL;
	return model->info->open_loop ? &seg->result.response : &seg->result.service;
}

double bt_error_share(const struct bt_counts *counts)
{
	uint64_t bad = counts->failed + counts->expired, all = counts->completed + bad;

	return all ? (double)bad / (double)all : NAN;
}

char *bt_fmt_quantile(char *buf, size_t size, const struct bt_latency *lat, unsigned row)
{
	if (!lat || lat->count == 0)
		return bt_fmt_ns(buf, size, NAN);
	return bt_fmt_ns(buf, size, row < BT_QUANTILES ? (double)lat->q[row] : (double)lat->max);
}

char *bt_fmt_rate(char *buf, size_t size, double rate)
{
	if (isfinite(rate) && rate >= 999.5 && rate < 99999.5)
		return bt_fmt_group(buf, size, (uint64_t)llround(rate));
	return bt_fmt_number(buf, size, rate);
}

/* A time of the run, to a tenth of a second where that matters. */
static int put_moment(char *buf, size_t size, uint64_t ns, bool tenths)
{
	char clock[BT_FMT_MAX];

	bt_fmt_clock(clock, sizeof(clock), ns);
	if (!tenths)
		return snprintf(buf, size, "%s", clock);
	return snprintf(buf, size, "%s.%u", clock, (unsigned)(ns / (BT_NS_PER_S / 10) % 10));
}

char *bt_scope_words(char buf[BT_SCOPE_MAX], const struct bt_screen *screen)
{
	const struct bt_window *window = &screen->window;
	bool tenths = window->to_ns - window->from_ns < 10 * BT_NS_PER_S;
	int n;

	n = put_moment(buf, BT_SCOPE_MAX, window->from_ns, tenths);
	n += snprintf(buf + n, (size_t)(BT_SCOPE_MAX - n), "–");
	put_moment(buf + n, (size_t)(BT_SCOPE_MAX - n), window->to_ns, tenths);
	return buf;
}

char *bt_reason_words(char buf[BT_REASON_MAX], const struct bt_judgement *judge)
{
	buf[0] = '\0';
	if (judge->n > 1)
		snprintf(buf, BT_REASON_MAX, "%s (and %u more)", judge->reasons[0].text,
			judge->n - 1);
	else if (judge->n)
		snprintf(buf, BT_REASON_MAX, "%s", judge->reasons[0].text);
	return buf;
}

int bt_rows_one(const struct bt_screen *screen)
{
	(void)screen;
	return 1;
}

/* The state of a run in a word, with a mark, so that it is told without colour. */
struct state {
	unsigned style;
	char words[160];
};

static const char *stop_words(const struct bt_model *model)
{
	unsigned i;

	for (i = model->tally.n_events; i > 0; i--)
		if (model->tally.events[i - 1].kind == BT_EV_STOP)
			return model->tally.events[i - 1].text;
	return NULL;
}

static void ended_state(struct state *state, const struct bt_model *model)
{
	const char *status = model->info->status, *why = stop_words(model);

	if (model->tally.last->fatal) {
		*state = (struct state){ BT_BAD | BT_BOLD, "✖ ended by an error" };
	} else if (why || (status && strcmp(status, "ended") != 0)) {
		*state = (struct state){ BT_WARN | BT_BOLD, "" };
		bt_text_format(state->words, sizeof(state->words), "■ %s", why ? why : status);
	} else {
		*state = (struct state){ BT_GOOD | BT_BOLD, "✔ done" };
	}
}

static void find_state(struct state *state, const struct bt_screen *screen)
{
	const struct bt_model *model = screen->shown;
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (model->ended)
		ended_state(state, model);
	else if (model->info->status)
		*state = (struct state){ BT_DIM, "… reading" };
	else if (screen->stopping)
		*state = (struct state){ BT_WARN | BT_BOLD, "■ ending" };
	else if (!last)
		*state = (struct state){ BT_DIM, "… starting" };
	else if (last->paused)
		*state = (struct state){ BT_WARN | BT_BOLD, "‖ paused" };
	else if (seg && seg->result.state == BT_SEG_DRAINING)
		*state = (struct state){ BT_ACCENT | BT_BOLD, "… draining" };
	else
		*state = (struct state){ BT_GOOD | BT_BOLD, "▶ running" };
}

static void step_words(char *buf, size_t size, const struct bt_model *model)
{
	const struct bt_segment_record *seg = bt_model_segment(model);

	buf[0] = '\0';
	if (!seg || seg->plan.step == 0)
		return;
	if (seg->plan.mode == BT_FILL)
		snprintf(buf, size, "%s %u of %u: %llu items", seg->plan.label, seg->plan.step,
			seg->plan.steps, (unsigned long long)seg->result.filled);
	else if (seg->plan.steps)
		snprintf(buf, size, "step %u of %u", seg->plan.step, seg->plan.steps);
	else
		snprintf(buf, size, "step %u", seg->plan.step);
}

static void time_words(char *buf, size_t size, const struct bt_model *model, bool brief)
{
	const struct bt_snapshot *last = bt_model_last(model);
	uint64_t t_ns = last ? last->t_ns : 0, planned_ns = model->info->planned_ns;
	char now[BT_FMT_MAX], left[BT_FMT_MAX];

	bt_fmt_clock(now, sizeof(now), t_ns);
	if (brief)
		snprintf(buf, size, "%s", now);
	else if (model->ended)
		snprintf(buf, size, "%s in all", now);
	else if (planned_ns > t_ns)
		snprintf(buf, size, "%s elapsed  %s left", now,
			bt_fmt_clock(left, sizeof(left), planned_ns - t_ns));
	else
		snprintf(buf, size, "%s elapsed", now);
}

/* One part of the header after another. Returns the column after it, unchanged when there is no
 * room for a useful rest. */
static int put_word(struct bt_grid *grid, struct bt_rect r, int x, unsigned style, const char *text)
{
	if (!*text || x + 6 > r.w)
		return x;
	return x + bt_grid_fit(grid, r, x, 0, r.w - x, style, text) + 2;
}

static void put_conditions(
	struct bt_grid *grid, struct bt_rect r, int x, const struct bt_run_info *info)
{
	char words[120];

	if (r.w - x < 44)
		return;
	snprintf(words, sizeof(words), "%s loop · %u worker%s · seed %llu",
		info->open_loop ? "open" : "closed", info->workers, info->workers == 1 ? "" : "s",
		(unsigned long long)info->seed);
	bt_grid_right(grid, r, r.w - 1, 0, BT_DIM, words);
}

/* State and time always have their place; name, profile and step share the rest. */
static void panel_header_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_run_info *info = screen->shown->info;
	struct bt_rect left = r, names = r;
	struct state state;
	char words[80];
	int x = 1;

	time_words(words, sizeof(words), screen->shown, r.w < 60);
	bt_grid_right(grid, r, r.w - 1, 0, BT_TITLE, words);
	left.w = BT_MAX(r.w - bt_text_width(words) - 3, 1);
	find_state(&state, screen);
	names.w = BT_MAX(left.w - BT_MIN(bt_text_width(state.words), left.w / 2) - 3, 1);
	x = put_word(grid, names, x, BT_ACCENT | BT_BOLD, info->workload);
	x = put_word(grid, names, x, BT_TITLE, info->profile);
	step_words(words, sizeof(words), screen->shown);
	x = put_word(grid, names, x, BT_TITLE, words) + 1;
	x = put_word(grid, left, x, state.style, state.words);
	put_conditions(grid, left, x, info);
}

const struct bt_panel_ops bt_panel_header = { bt_rows_one, panel_header_draw };

/* How far: by planned time, else by steps; NAN when nobody knows. */
static double progress(const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (!last)
		return NAN;
	if (model->ended)
		return 1;
	if (model->info->planned_ns)
		return (double)last->t_ns / (double)model->info->planned_ns;
	if (seg && seg->plan.steps)
		return (seg->plan.step - 1.0) / seg->plan.steps;
	return NAN;
}

static void panel_progress_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	bt_plot_bar(grid, bt_rect_inset(r, 1, 0), BT_ACCENT, progress(screen->shown));
}

const struct bt_panel_ops bt_panel_progress = { bt_rows_one, panel_progress_draw };
