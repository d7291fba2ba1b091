#include "report/sink_line.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"

#define HEADER_EVERY 20

/* Usage is not read more often: below it a share is noise. */
#define CPU_SPAN_NS (50 * BT_NS_PER_MS)

struct line {
	struct bt_sink base;
	FILE *out;
	const struct bt_run_info *info;
	uint64_t interval_ns, next_ns;
	unsigned lines;

	/* The interval so far. */
	uint64_t span_ns;
	struct bt_counts counts;
	struct bt_hist latency;
	char segment[32];
	uint64_t cpu_before_ns, t_before_ns; /* t: more than the span, where a watcher came late */
	struct bt_usage usage;
	uint64_t t_ns;
	bool any;

	/* The milestone told last; before the first, the run's start. */
	uint64_t told_ns, told, told_beside;
};

static void name_segment(struct line *line, const struct bt_snapshot *snap)
{
	const struct bt_segment_record *now;
	const struct bt_segment *plan;

	if (!snap->n_segments)
		return;
	now = &snap->segments[snap->n_segments - 1];
	plan = &now->plan;
	if (plan->mode == BT_FILL && plan->data_items)
		snprintf(line->segment, sizeof(line->segment), "%s %u/%u %.0f%%", plan->label,
			plan->step, plan->steps,
			(double)now->result.filled * 100 / (double)plan->data_items);
	else if (plan->step && plan->steps)
		snprintf(line->segment, sizeof(line->segment), "%s %u/%u", plan->label, plan->step,
			plan->steps);
	else if (plan->step)
		snprintf(line->segment, sizeof(line->segment), "%s %u", plan->label, plan->step);
	else
		snprintf(line->segment, sizeof(line->segment), "%s", plan->label);
}

static void collect(struct line *line, const struct bt_snapshot *snap)
{
	line->any = true;
	line->t_ns = snap->t_ns;
	line->span_ns += snap->span_ns;
	line->counts.offered += snap->interval.offered;
	line->counts.completed += snap->interval.completed;
	line->counts.failed += snap->interval.failed;
	line->counts.expired += snap->interval.expired;
	line->usage = snap->usage;
	bt_hist_merge(&line->latency, line->info->open_loop ? &snap->response : &snap->service);
	name_segment(line, snap);
}

static char *rate(char *buf, const struct line *line, uint64_t n)
{
	double s = (double)line->span_ns / 1e9;

	return bt_fmt_number(buf, BT_FMT_MAX, line->span_ns ? (double)n / s : NAN);
}

static char *quantile(char *buf, const struct line *line, double q)
{
	const struct bt_hist *h = &line->latency;

	return bt_fmt_ns(buf, BT_FMT_MAX, h->count ? (double)bt_hist_quantile(h, q) : NAN);
}

/* As much of one processor as the process used in the interval; above 100 % it used several. */
static char *cpu(char *buf, const struct line *line)
{
	uint64_t now = line->usage.cpu_ns, before = line->cpu_before_ns;
	const char *clock = line->info->clock;

	if (clock && strcmp(clock, "virtual") == 0) /* real work in time that is not */
		return bt_fmt_share(buf, BT_FMT_MAX, NAN);
	if (now == UINT64_MAX || before == UINT64_MAX ||
		line->t_ns < line->t_before_ns + CPU_SPAN_NS)
		return bt_fmt_share(buf, BT_FMT_MAX, NAN);
	return bt_fmt_share(
		buf, BT_FMT_MAX, (double)(now - before) / (double)(line->t_ns - line->t_before_ns));
}

static void print(struct line *line)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];
	uint64_t rss = line->usage.rss_bytes;

	if (line->lines++ % HEADER_EVERY == 0)
		bt_print(line->out, "%11s  %-14s%9s%9s%9s%9s%9s%8s%11s%9s\n", "time", "segment",
			"offered", "achieved", "p50", "p95", "p99", "errors", "RSS", "CPU");
	bt_print(line->out, "%11s  %-14.14s%9s%9s", bt_fmt_clock(a, sizeof(a), line->t_ns),
		line->segment, rate(b, line, line->counts.offered),
		rate(c, line, line->counts.completed));
	bt_print(line->out, "%9s%9s%9s%8s%11s%9s\n", quantile(a, line, 0.50),
		quantile(b, line, 0.95), quantile(c, line, 0.99),
		bt_fmt_number(d, sizeof(d), (double)(line->counts.failed + line->counts.expired)),
		bt_fmt_bytes(e, sizeof(e), rss == UINT64_MAX ? NAN : (double)rss),
		cpu((char[BT_FMT_MAX]){ 0 }, line));
	fflush(line->out);
}

static char *grown(char *buf, uint64_t now, uint64_t before, uint64_t ns)
{
	double per_s = ns ? (double)(now - before) / ((double)ns / 1e9) : NAN;

	if (per_s >= 100) /* below, whole numbers would hide too much */
		return bt_fmt_group(buf, BT_FMT_MAX, bt_u64(per_s + 0.5));
	return bt_fmt_number(buf, BT_FMT_MAX, per_s);
}

/* The numbers end where those of the status lines do: of what is offered, and of the median. */
static void print_milestone(
	struct line *line, const struct bt_snapshot *snap, const struct bt_milestone *m)
{
	const struct bt_metric *rows = line->info->metrics;
	uint64_t n = snap->metrics[m->row].u, beside = snap->metrics[m->beside].u;
	uint64_t ns = snap->t_ns - line->told_ns;
	char a[BT_FMT_MAX], b[BT_FMT_MAX], what[64], per[48];

	snprintf(what, sizeof(what), "%s %s,", m->one, bt_fmt_group(a, sizeof(a), n));
	snprintf(per, sizeof(per), "%s/s,", rows[m->row].name);
	bt_print(line->out, "%11s  %-14s %8s %-9s%8s %s/s\n",
		bt_fmt_clock(a, sizeof(a), snap->t_ns), what, grown(b, n, line->told, ns), per,
		grown((char[BT_FMT_MAX]){ 0 }, beside, line->told_beside, ns),
		rows[m->beside].name);
	fflush(line->out);
	line->told_ns = snap->t_ns;
	line->told = n;
	line->told_beside = beside;
}

/* A snapshot in which several steps were passed has one line. */
static void tell_milestone(struct line *line, const struct bt_snapshot *snap)
{
	const struct bt_milestone *m = line->info->milestone;

	if (m && snap->metrics[m->row].u - line->told >= m->step)
		print_milestone(line, snap, m);
}

static void begin_interval(struct line *line)
{
	line->cpu_before_ns = line->usage.cpu_ns;
	line->t_before_ns = line->t_ns;
	line->any = false;
	line->span_ns = 0;
	memset(&line->counts, 0, sizeof(line->counts));
	bt_hist_reset(&line->latency);
}

/* The end of a run leaves an interval of a few ms; one in which nothing was offered or ended is not
 * worth a line. */
static bool worth_a_line(const struct line *line)
{
	const struct bt_counts *n = &line->counts;

	return line->lines == 0 || line->span_ns >= line->interval_ns / 2 ||
		n->offered + n->completed + n->failed + n->expired > 0;
}

static int put(struct bt_sink *sink, const struct bt_snapshot *snap, struct bt_err *err)
{
	struct line *line = (struct line *)sink;

	collect(line, snap);
	tell_milestone(line, snap);
	if (!snap->last && snap->t_ns + snap->span_ns / 2 < line->next_ns)
		return 0;
	while (line->next_ns <= snap->t_ns + snap->span_ns / 2)
		line->next_ns += line->interval_ns;
	if (worth_a_line(line))
		print(line);
	begin_interval(line);
	if (ferror(line->out))
		return bt_fail(err, -EIO, "progress lines: %s", strerror(errno));
	return 0;
}

/* A run that ended without a last snapshot leaves an interval. */
static int close_line(struct bt_sink *sink, struct bt_err *err)
{
	struct line *line = (struct line *)sink;
	bool bad;

	if (line->any)
		print(line);
	bad = ferror(line->out);
	free(line);
	return bad ? bt_fail(err, -EIO, "progress lines could not be written") : 0;
}

int bt_sink_line_open(struct bt_sink **sink, FILE *out, const struct bt_run_info *info,
	uint64_t interval_ns, struct bt_err *err)
{
	static const struct bt_sink_ops ops = { put, close_line };
	struct line *line = calloc(1, sizeof(*line));

	*sink = NULL;
	if (!line)
		return bt_oom(err, "progress lines");
	line->base.ops = &ops;
	line->out = out;
	line->info = info;
	line->interval_ns = line->next_ns = BT_MAX(interval_ns, 1);
	line->cpu_before_ns = line->usage.cpu_ns = UINT64_MAX;
	bt_hist_init(&line->latency);
	*sink = &line->base;
	return 0;
}
