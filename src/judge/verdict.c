#include "judge/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

const char *const bt_verdict_name[] = { "valid", "degraded", "invalid", NULL };

/*
 * Figures above `degraded` degrade a measurement, above `invalid` they make it invalid; INFINITY:
 * never. A limit is reached, not crossed, without effect.
 */
struct check {
	/* True, level and text filled, when the check has an objection. */
	bool (*find)(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
		const struct check *check);
	bool machine; /* about this machine: without meaning under the virtual clock */
	double degraded, invalid;
};

static bool over(enum bt_verdict *level, const struct check *check, double figure)
{
	if (!(figure > check->degraded)) /* NAN: unknown is no objection */
		return false;
	*level = figure > check->invalid ? BT_INVALID : BT_DEGRADED;
	return true;
}

static double limit_of(enum bt_verdict level, const struct check *check)
{
	return level == BT_INVALID ? check->invalid : check->degraded;
}

static char *share(char *buf, double v)
{
	return bt_fmt_share(buf, BT_FMT_MAX, v);
}

static char *ns_text(char *buf, double v)
{
	return bt_fmt_ns(buf, BT_FMT_MAX, v);
}

/* Seconds between the first and the last reading of usage; NAN below a second, where single ticks
 * would decide. */
static double watched_s(const struct bt_tally *tally)
{
	double s = ((double)tally->last->t_ns - (double)tally->first_t_ns) / 1e9;

	return s >= 1 ? s : NAN;
}

/* How much a reading has grown since the first snapshot; NAN: unknown. */
static double grown(uint64_t before, uint64_t now)
{
	return before == UINT64_MAX || now == UINT64_MAX ? NAN : (double)now - (double)before;
}

static bool no_scored_time(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check BT_UNUSED)
{
	if (!tally->last->last || tally->last->scored_ns)
		return false;
	*level = BT_INVALID;
	snprintf(text, size, "no scored time: the run ended before its warm-up did");
	return true;
}

static bool nothing_completed(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check BT_UNUSED)
{
	if (!tally->last->last || !tally->last->scored_ns || tally->last->total.completed)
		return false;
	*level = BT_INVALID;
	snprintf(text, size, "0 operations completed, at least 1 is needed");
	return true;
}

/* Operations that the plan of an open, scored segment calls for until its arrivals ended. */
static double planned_of(const struct bt_segment_record *s)
{
	uint64_t ns = s->result.end_ns - s->result.start_ns;

	if (s->plan.mode != BT_OPEN || !s->plan.scored || s->plan.items ||
		s->result.state == BT_SEG_RUNNING || s->result.end_ns < s->result.start_ns)
		return 0;
	return (bt_rate_at(&s->plan, 0) + bt_rate_at(&s->plan, ns)) / 2 * ((double)ns / 1e9);
}

/* Poisson arrivals scatter by the root of their number: four deviations of it, and one arrival at
 * each border, are allowed. */
static bool offered_short(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check)
{
	double planned = 0, offered = 0, allowed = 0, missing;
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX];

	for (unsigned i = 0; i < tally->n_segments; i++) {
		const struct bt_segment_record *s = &tally->segments[i];
		double n = planned_of(s);

		if (n <= 0)
			continue;
		planned += n;
		offered += (double)s->result.counts.offered;
		allowed += 1 + (s->plan.arrivals == BT_POISSON ? 4 * sqrt(n) : 0);
	}
	missing = (planned - offered) / planned;
	if (planned - offered <= allowed || !over(level, check, missing))
		return false;
	snprintf(text, size, "generator offered %s operations of %s planned: %s short, limit %s",
		bt_fmt_number(a, sizeof(a), offered), bt_fmt_number(b, sizeof(b), planned),
		share(c, missing), share(d, limit_of(*level, check)));
	return true;
}

/* The limit is a multiple of 1 ms or of a tenth of the median response, whichever is longer. */
static bool lag(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	const struct bt_latency *found = &tally->last->lag;
	const struct bt_latency *response = &tally->last->total_response;
	double unit = fmax(1e6, response->count ? 0.1 * (double)response->q[BT_Q50] : 0);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!found->count || !over(level, check, (double)found->q[BT_Q99] / unit))
		return false;
	snprintf(text, size, "generator late: lag p99 %s, limit %s",
		ns_text(a, (double)found->q[BT_Q99]), ns_text(b, limit_of(*level, check) * unit));
	return true;
}

/* A workload that waits needs the processor only for benchtop itself; a pacing that spins uses all
 * of it on purpose. */
static bool own_cpu(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	const struct bt_run_info *info = tally->info;
	double may = BT_MAX(1, BT_MIN(info->workers, info->processors));
	struct bt_totals figures;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (info->quota > 0)
		may = fmin(may, info->quota);

	if (!info->waits || (info->pacing && strcmp(info->pacing, "spin") == 0) ||
		isnan(watched_s(tally)))
		return false;
	bt_totals_of(&figures, tally);
	if (!over(level, check, figures.cpu_usage / may))
		return false;
	snprintf(text, size, "generator busy: %s of %.3g processor%s it may use, limit %s",
		share(a, figures.cpu_usage / may), may, may > 1 ? "s" : "",
		share(b, limit_of(*level, check)));
	return true;
}

/* A period of the kernel's bandwidth control is 100 ms unless somebody changed it. */
static bool throttled(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	double n = grown(tally->first_usage.throttled, tally->last->usage.throttled);
	double share_of = n * 0.1 / watched_s(tally);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!over(level, check, share_of))
		return false;
	snprintf(text, size,
		"cgroup throttled the CPU in %.0f periods: about %s of the time, limit %s", n,
		share(a, share_of), share(b, limit_of(*level, check)));
	return true;
}

static bool stolen(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	double ns = grown(tally->first_usage.steal_ns, tally->last->usage.steal_ns);
	double share_of = ns / 1e9 / watched_s(tally) / BT_MAX(1, tally->info->processors);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!over(level, check, share_of))
		return false;
	snprintf(text, size, "hypervisor took the CPU away (steal): %s of the time, limit %s",
		share(a, share_of), share(b, limit_of(*level, check)));
	return true;
}

static bool preempted(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	double n = grown(tally->first_usage.involuntary, tally->last->usage.involuntary);
	double rate = n / watched_s(tally) / BT_MAX(1, tally->info->workers);

	if (!over(level, check, rate))
		return false;
	snprintf(text, size,
		"other work took the CPU: %.0f involuntary context switches a second and worker, "
		"limit %.0f",
		rate, limit_of(*level, check));
	return true;
}

/* When all are open, the next file or connection is refused, whoever asks. */
static bool descriptors(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check)
{
	uint64_t open = tally->last->usage.descriptors, limit = tally->info->descriptor_limit;
	double share_of = open == UINT64_MAX || !limit ? NAN : (double)open / (double)limit;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!over(level, check, share_of))
		return false;
	snprintf(text, size, "%s descriptors were open of %s that may be (ulimit -n), limit %s",
		bt_fmt_group(a, sizeof(a), open), bt_fmt_group(b, sizeof(b), limit),
		*level == BT_INVALID ? "one less" : "90 %");
	return true;
}

static bool clock_source(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check)
{
	const struct bt_run_info *info = tally->info;
	const char *source = info->kernel_clock && *info->kernel_clock ? info->kernel_clock : "-";
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!over(level, check, info->clock_cost_ns))
		return false;
	snprintf(text, size,
		"slow clock: a reading of %s costs %s (the kernel's source is %s), limit %s",
		info->clock ? info->clock : "-", ns_text(a, info->clock_cost_ns), source,
		ns_text(b, limit_of(*level, check)));
	return true;
}

/*
 * In an open loop this is lag. Workers beyond the processors wait for each other, and that is what
 * was asked for. The count of switches alone does not show it: where others have long slices, few
 * of them take most of the time.
 */
static bool waited(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	const struct bt_run_info *info = tally->info;
	double ns = grown(tally->first_usage.waited_ns, tally->last->usage.waited_ns);
	double share_of = ns / 1e9 / watched_s(tally) / BT_MAX(1, info->workers);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (info->open_loop || info->workers > info->processors ||
		(info->quota > 0 && info->workers > info->quota) || !over(level, check, share_of))
		return false;
	snprintf(text, size,
		"other work took the CPU: workers were ready and had none %s of the time, limit %s",
		share(a, share_of), share(b, limit_of(*level, check)));
	return true;
}

/* As a share of the time that passed, but never for less than a millisecond in all. */
static bool drift(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	double ns = (double)tally->last->clock_drift_ns;
	double share_of = ns / (double)tally->last->t_ns;
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX];

	if (ns <= 1e6 || !over(level, check, share_of))
		return false;
	snprintf(text, size, "clock %s drifts from CLOCK_MONOTONIC by %s: %s, limit %s",
		tally->info->clock ? tally->info->clock : "", ns_text(a, ns), share(b, share_of),
		share(c, limit_of(*level, check)));
	return true;
}

static bool swapped(enum bt_verdict *level, char *text, size_t size, const struct bt_tally *tally,
	const struct check *check)
{
	uint64_t bytes = tally->last->usage.swap_bytes;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (bytes == UINT64_MAX || !over(level, check, (double)bytes))
		return false;
	snprintf(text, size, "%s of benchtop's memory is swapped out, limit %s",
		bt_fmt_bytes(a, sizeof(a), (double)bytes),
		bt_fmt_bytes(b, sizeof(b), limit_of(*level, check)));
	return true;
}

static bool flawed_build(enum bt_verdict *level, char *text, size_t size,
	const struct bt_tally *tally, const struct check *check BT_UNUSED)
{
	const char *flaw = tally->info->build_flaw;

	if (!flaw || !*flaw)
		return false;
	*level = BT_DEGRADED;
	snprintf(text, size, "benchtop was %s: it is slower than it would be", flaw);
	return true;
}

/*
 * The limits, and why. Two processors and a quiet machine stay well below each of them for ten
 * seconds.
 *
 *   offered   more than 1 % short changes the load that a result is quoted for; 5 % is another load
 *   lag       p99 over 1 ms or a tenth of the median response is seen in the result; ten times that
 * decides it own CPU   over 80 % queues form inside the generator (measuring.md); at 95 % they have
 * no end throttled one period is 100 ms without a processor: 0.5 % is one in 20 s; 10 % of the time
 * is another machine steal     1 % moves percentiles from p99 on; 10 % moves the throughput
 *   preempted a scheduler's tick ends a slice at most 250 to 1,000 times a second; 500 means that
 * another task always waits waited    5 % is seen in the throughput, half of the time is another
 * machine (doctor.c says the same) descriptors 90 % leaves none for what opens several at once;
 * when all were open, somebody was refused clock     100 ns is a call of the kernel for each
 * reading; 10 us is seen in every latency (doctor.c says the same) drift     0.1 % is the
 * histogram's own error; 1 % is seen in every figure swap      1 MiB leaves room for pages of the
 * start that nobody needs again
 */
static const struct check checks[] = {
	{ no_scored_time, false, 0, 0 },
	{ nothing_completed, false, 0, 0 },
	{ offered_short, false, 0.01, 0.05 },
	{ lag, true, 1, 10 },
	{ own_cpu, true, 0.8, 0.95 },
	{ throttled, true, 0.005, 0.1 },
	{ stolen, true, 0.01, 0.1 },
	{ preempted, true, 500, INFINITY },
	{ waited, true, 0.05, 0.5 },
	{ descriptors, true, 0.9, 1 - 1e-9 },
	{ clock_source, true, 100, 10000 },
	{ drift, true, 0.001, 0.01 },
	{ swapped, true, 1048576, INFINITY },
	{ flawed_build, true, 0, 0 },
};
static_assert(BT_LEN(checks) <= BT_REASONS_MAX, "every check can have its reason");

/* Keeps the reasons ordered, worst first, and those of one level in the table's order. */
static void insert(struct bt_judgement *out, enum bt_verdict level, const char *text)
{
	unsigned at = out->n++;

	for (; at > 0 && out->reasons[at - 1].level < level; at--)
		out->reasons[at] = out->reasons[at - 1];
	out->reasons[at].level = level;
	snprintf(out->reasons[at].text, sizeof(out->reasons[at].text), "%s", text);
}

void bt_judge(struct bt_judgement *out, const struct bt_tally *tally)
{
	bool simulated = tally->info->clock && strcmp(tally->info->clock, "virtual") == 0;
	char text[sizeof(out->reasons[0].text)];
	enum bt_verdict level;

	if (tally->info->judged) {
		*out = *tally->info->judged;
		return;
	}
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < BT_LEN(checks); i++) {
		if (checks[i].machine && simulated)
			continue;
		if (checks[i].find(&level, text, sizeof(text), tally, &checks[i]))
			insert(out, level, text);
	}
	if (out->n)
		out->verdict = out->reasons[0].level;
}
