/*
 * The thresholds of one run while it runs. A threshold without a window is asked of the tally at
 * each snapshot. One with a window or a delay needs the figure of a stretch: the difference of
 * two marks of cumulative values and, for a latency, the interval histograms between them,
 * merged into a histogram of its own. When a window is complete it is judged, the worst is kept,
 * and the next one begins; so windows tile the scored time and do not overlap.
 *
 * Intervals cannot be divided, so a window ends with the first snapshot at which it is nearly
 * full: a window of 10 s covers about 9.95 to 10.05 s. An interval at an edge of the scored time
 * also has operations that do not count; merge leaves its latencies out. Sliding windows would
 * find a bad stretch that two tiles share, at the price of a histogram a snapshot; tiles give
 * each moment one verdict, and a shorter window finds what a longer one averages away. Without a
 * window, :abort waits for evidence (is_evidence), because the first operations of a run say
 * little.
 */
#include "judge/threshold.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

struct state {
	struct bt_threshold t;
	struct bt_hist *latency; /* merged since `from`; of stretches of a latency only */
	struct bt_mark from;     /* where the stretch in progress began */
	uint64_t rss_peak;       /* since then; 0: not known */
	bool begun, blank;       /* blank: a window had no value */
	bool fired;              /* crossed, and the run is to end for it */
};

struct bt_thresholds {
	unsigned n;
	const struct bt_metric *metrics;
	struct bt_mark before; /* of the snapshot before; zeros before the first */
	struct state of[BT_THRESHOLDS_MAX];
};

static bool is_whole(const struct bt_threshold *t)
{
	return !t->window_ns && !t->after_ns;
}

static int add(struct bt_thresholds *all, const char *text, const struct bt_run_info *info,
	struct bt_err *err)
{
	struct state *s = &all->of[all->n];
	int r;

	if (all->n == BT_THRESHOLDS_MAX)
		return bt_fail(err, -E2BIG, "'%s': expected at most %d thresholds", text,
			BT_THRESHOLDS_MAX);
	r = bt_threshold_parse(&s->t, text, info, err);
	if (r < 0)
		return r;
	if (!is_whole(&s->t) && s->t.source < BT_OF_FIELD) {
		s->latency = malloc(sizeof(*s->latency));
		if (!s->latency)
			return bt_oom(err, "thresholds");
		bt_hist_init(s->latency);
	}
	all->n++;
	return 0;
}

static int add_list(struct bt_thresholds *all, const char *list, const struct bt_run_info *info,
	struct bt_err *err)
{
	char text[2 * BT_THRESHOLD_TEXT];
	int r = 0;

	for (bool more = true; more && r == 0;) {
		size_t n = strcspn(list, ",");

		more = list[n] == ',';
		snprintf(text, sizeof(text), "%.*s", (int)BT_MIN(n, sizeof(text) - 1), list);
		r = add(all, text, info, err);
		list += n + more;
	}
	return r;
}

int bt_thresholds_open(struct bt_thresholds **out, const struct bt_list *texts,
	const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_thresholds *all = calloc(1, sizeof(*all));
	int r = 0;

	if (!all)
		return bt_oom(err, "thresholds");
	all->metrics = info->metrics;
	for (unsigned i = 0; i < texts->n && r == 0; i++)
		r = add_list(all, texts->v[i], info, err);
	if (r < 0) {
		bt_thresholds_close(all);
		return r;
	}
	*out = all;
	return 0;
}

int bt_thresholds_add(struct bt_thresholds *all, const char *text, const struct bt_run_info *info,
	struct bt_err *err)
{
	struct bt_threshold t;
	int r = bt_threshold_parse(&t, text, info, err);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < all->n; i++)
		if (strcmp(all->of[i].t.name, t.name) == 0)
			return 0;
	return add(all, text, info, err);
}

void bt_thresholds_close(struct bt_thresholds *all)
{
	for (unsigned i = 0; all && i < all->n; i++)
		free(all->of[i].latency);
	free(all);
}

static void begin(struct state *s, const struct bt_mark *at)
{
	s->begun = true;
	s->from = *at;
	s->rss_peak = at->rss_bytes == UINT64_MAX ? 0 : at->rss_bytes;
	if (s->latency)
		bt_hist_reset(s->latency);
}

static const struct bt_hist *interval_of(
	const struct bt_threshold *t, const struct bt_snapshot *snap)
{
	return t->source == BT_OF_QUEUE      ? &snap->queue
		: t->source == BT_OF_SERVICE ? &snap->service
					     : &snap->response;
}

/* Snapshots come at 10 Hz with some jitter: a span is over a little before it is full, so that it
 * does not take one more. */
static uint64_t nearly(uint64_t span_ns)
{
	return span_ns - BT_MIN(span_ns / 20, 50 * BT_NS_PER_MS);
}

static uint64_t ended(const struct bt_counts *c)
{
	return c->completed + c->failed + c->expired;
}

/*
 * An interval's latencies are of all that ended in it, and cannot be taken apart. The one in which
 * scoring begins or ends holds others too: it is left out, where not all of its time and operations
 * are scored.
 */
static bool is_scored(
	const struct bt_mark *from, const struct bt_mark *to, const struct bt_snapshot *snap)
{
	uint64_t scored = ended(&to->total) - ended(&from->total);

	return scored &&
		(scored >= ended(&snap->interval) ||
			to->scored_ns - from->scored_ns >= nearly(snap->span_ns));
}

static void merge(struct state *s, const struct bt_mark *before, const struct bt_snapshot *snap)
{
	struct bt_mark now;

	if (snap->usage.rss_bytes != UINT64_MAX)
		s->rss_peak = BT_MAX(s->rss_peak, snap->usage.rss_bytes);
	if (!s->latency)
		return;
	bt_mark_of(&now, snap);
	if (is_scored(before, &now, snap))
		bt_hist_merge(s->latency, interval_of(&s->t, snap));
}

static double value_of(
	const struct bt_thresholds *all, const struct state *s, const struct bt_mark *to)
{
	const struct bt_stretch stretch = { &s->from, to, s->latency, s->rss_peak };

	return bt_threshold_within(&s->t, &stretch, all->metrics);
}

static bool is_worse(const struct bt_threshold *t, double value)
{
	if (isnan(t->value))
		return true;
	return t->op <= BT_AT_MOST ? value > t->value : value < t->value;
}

/* A window is complete. One that failed decides; one without a value leaves it open whether all
 * held. */
static void end_window(struct bt_thresholds *all, struct state *s, const struct bt_mark *now)
{
	double value = value_of(all, s, now);
	struct bt_threshold *t = &s->t;

	if (isnan(value)) {
		s->blank = true;
	} else if (is_worse(t, value)) {
		t->value = value;
		t->worst_at_ns = s->from.t_ns;
	}
	t->verdict = bt_threshold_compare(t, t->value);
	if (t->verdict == BT_HELD && s->blank)
		t->verdict = BT_UNKNOWN;
	s->fired |= t->abort && t->verdict == BT_CROSSED;
	begin(s, now);
}

/* Whether so much has been seen that a run may be ended for it before its end. */
static bool is_evidence(const struct bt_threshold *t, uint64_t scored_ns, uint64_t operations)
{
	bool counted = operations >= BT_THRESHOLD_OPS || scored_ns >= BT_THRESHOLD_ENOUGH;

	if (t->grows && t->op >= BT_ABOVE) /* it may still get there */
		return false;
	return scored_ns >= nearly(BT_THRESHOLD_EARLY) && counted;
}

/* A threshold of one stretch, whose value is `value` so far. */
static void judge(struct state *s, double value, const struct bt_snapshot *snap)
{
	const struct bt_counts *before = &s->from.total;
	uint64_t scored_ns = snap->scored_ns - s->from.scored_ns;

	if (s->fired)
		return; /* what it was ended for stays */
	s->t.value = value;
	s->t.verdict = bt_threshold_compare(&s->t, value);
	if (!s->t.abort || snap->last || s->t.verdict != BT_CROSSED ||
		!is_evidence(&s->t, scored_ns, ended(&snap->total) - ended(before)))
		return;
	s->fired = true;
	s->t.worst_at_ns = snap->t_ns;
}

static void put_stretch(struct bt_thresholds *all, struct state *s, const struct bt_mark *now,
	const struct bt_snapshot *snap)
{
	const struct bt_mark *before = &all->before;
	uint64_t window = s->t.window_ns;

	if (!s->begun && now->scored_ns > before->scored_ns &&
		before->scored_ns >= nearly(s->t.after_ns))
		begin(s, before);
	if (!s->begun)
		return;
	merge(s, before, snap);
	if (!window)
		judge(s, value_of(all, s, now), snap);
	else if (now->scored_ns > before->scored_ns &&
		now->scored_ns - s->from.scored_ns >= nearly(window))
		end_window(all, s, now);
}

/* Before the first snapshot nothing has been counted, and what the process used is known from the
 * first one only. */
static void mark_start(struct bt_mark *before, const struct bt_snapshot *snap)
{
	before->cpu_ns = snap->usage.cpu_ns;
	before->cpu_at_ns = snap->t_ns;
	before->rss_bytes = snap->rss_start_bytes ? snap->rss_start_bytes : snap->usage.rss_bytes;
}

void bt_thresholds_put(
	struct bt_thresholds *all, const struct bt_tally *tally, const struct bt_snapshot *snap)
{
	struct bt_mark now;

	if (!all || !all->n)
		return;
	bt_mark_of(&now, snap);
	if (!all->before.t_ns)
		mark_start(&all->before, snap);
	for (unsigned i = 0; i < all->n; i++) {
		struct state *s = &all->of[i];

		if (is_whole(&s->t))
			judge(s, bt_threshold_whole(&s->t, tally), snap);
		else
			put_stretch(all, s, &now, snap);
	}
	all->before = now;
}

unsigned bt_thresholds_count(const struct bt_thresholds *all)
{
	return all ? all->n : 0;
}

const struct bt_threshold *bt_thresholds_get(const struct bt_thresholds *all, unsigned i)
{
	return &all->of[i].t;
}

const struct bt_threshold *bt_thresholds_abort(const struct bt_thresholds *all)
{
	for (unsigned i = 0; i < bt_thresholds_count(all); i++)
		if (all->of[i].fired)
			return &all->of[i].t;
	return NULL;
}

bool bt_thresholds_held(const struct bt_thresholds *all)
{
	for (unsigned i = 0; i < bt_thresholds_count(all); i++)
		if (all->of[i].t.verdict != BT_HELD)
			return false;
	return true;
}

static json_t *span_json(uint64_t ns) /* 0: not asked for */
{
	return bt_json_count(ns ? ns : UINT64_MAX);
}

static json_t *threshold_json(const struct bt_threshold *t)
{
	return json_pack("{so so ss so so so so sb so so ss}", "text", bt_json_string(t->text),
		"name", bt_json_string(t->name), "op", bt_threshold_op_name[t->op], "limit",
		bt_json_real(t->limit), "unit", bt_json_text(bt_unit_name[t->unit]), "window_ns",
		span_json(t->window_ns), "after_ns", span_json(t->after_ns), "abort", (int)t->abort,
		"value", bt_json_real(t->value), "worst_at_ns", bt_json_count(t->worst_at_ns),
		"verdict", bt_threshold_verdict_name[t->verdict]);
}

json_t *bt_thresholds_json(const struct bt_thresholds *all)
{
	json_t *rows[BT_THRESHOLDS_MAX];
	unsigned n = bt_thresholds_count(all);

	for (unsigned i = 0; i < n; i++)
		rows[i] = threshold_json(&all->of[i].t);
	return bt_json_array(rows, n);
}

static int open_told(struct bt_thresholds **all, const json_t *rows, const struct bt_run_info *info,
	struct bt_err *err)
{
	struct bt_list texts = { .n = 0 };
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (texts.n == BT_LIST_MAX)
			return bt_fail(err, -EINVAL, "thresholds: more than %d", BT_LIST_MAX);
		texts.v[texts.n++] = bt_json_get_text(row, "text");
	}
	return bt_thresholds_open(all, &texts, info, err);
}

int bt_thresholds_take(struct bt_thresholds **all, const json_t *rows,
	const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_thresholds *mine = *all;
	int r = mine ? 0 : open_told(&mine, rows, info, err);

	if (r == 0 && bt_thresholds_count(mine) != json_array_size(rows))
		r = bt_fail(err, -EINVAL, "thresholds: expected %u", bt_thresholds_count(mine));
	for (unsigned i = 0; r == 0 && i < bt_thresholds_count(mine); i++) {
		const json_t *row = json_array_get(rows, i);
		struct bt_threshold *t = &mine->of[i].t;

		if (strcmp(t->text, bt_json_get_text(row, "text")) != 0) {
			r = bt_fail(err, -EINVAL, "thresholds: expected '%s'", t->text);
			break;
		}
		t->verdict = (enum bt_threshold_verdict)bt_json_get_name(
			row, "verdict", bt_threshold_verdict_name, BT_UNKNOWN);
		t->value = bt_json_get_real(row, "value");
		t->worst_at_ns = bt_json_get_count(row, "worst_at_ns", UINT64_MAX);
	}
	if (r < 0 && mine != *all)
		bt_thresholds_close(mine);
	else if (r == 0)
		*all = mine;
	return r;
}
