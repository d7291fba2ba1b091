/*
 * spike: a base rate, a sudden peak, the base rate again, without a gap between them, and how long
 * the target takes to recover.
 *
 * Recovery is looked for by completion: the p99 response time of what ended in a window has to be
 * back near what it was at the base rate. The window slides in pieces of a tenth, so the moment it
 * began is known to a tenth of a window.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "core/profile.h"

#define PIECES 10
#define ENOUGH 100 /* operations for a p99 */

struct conf {
	struct bt_step peak;
	uint64_t base_ns, peak_ns, recover_ns, window_ns;
	double tolerance;
};

enum phase { WARMUP, BASE, PEAK, RECOVERY, OVER };

struct state {
	struct conf conf;
	struct bt_load load;
	enum phase phase;       /* of the segment that runs */
	uint64_t t0_ns;         /* the peak's end */
	uint64_t piece_end_ns;  /* of the piece being filled */
	unsigned pieces;        /* complete since the peak's end */
	double recovered_s;     /* NAN: not yet */
	uint64_t ended, errors; /* from the peak's beginning to recovery */
	uint64_t base_p99_ns;   /* 0: too few operations */
	struct bt_hist base, shock, window, piece[PIECES];
};

static const struct bt_opt opts[] = {
	{ .name = "peak",
		.type = BT_OPT_STEP,
		.offset = offsetof(struct conf, peak),
		.dflt = "x10",
		.arg = "R|xF",
		.help = "the peak's rate in op/s, or the factor by which it is above --rate",
		.man = "The peak's rate in op/s, or the factor by which it is above --rate." },
	{ .name = "base-for",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, base_ns),
		.dflt = "30s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long the base rate is offered before the peak",
		.man = "How long the base rate is offered before the peak." },
	{ .name = "peak-for",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, peak_ns),
		.dflt = "10s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long the peak lasts",
		.man = "How long the peak lasts." },
	{ .name = "recover-for",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, recover_ns),
		.dflt = "60s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long the base rate is offered after the peak",
		.man = "How long the base rate is offered after the peak." },
	{ .name = "recovered-for",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, window_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.min = 100e6,
		.max = 3600e9,
		.help = "how long p99 has to be back before that is recovery",
		.man = "How long p99 has to be back before that is recovery." },
	{ .name = "tolerance",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, tolerance),
		.dflt = "10%",
		.arg = "SHARE",
		.min = 0.001,
		.max = 10,
		.help = "p99 is back when it is at most this much above what it was before the "
			"peak",
		.man = "P99 is back when it is at most this much above what it was before the "
		       "peak." },
	BT_OPT_END,
};

static double peak_rate(const struct state *s)
{
	return s->conf.peak.times ? s->load.rate * s->conf.peak.value : s->conf.peak.value;
}

static int check(const struct state *s, struct bt_err *err)
{
	double window_s = (double)s->conf.window_ns / 1e9;

	if (!(s->load.rate > 0))
		return bt_fail(err, -EINVAL, "--profile spike: expected --rate, the base rate");
	if (s->load.ops || s->load.duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile spike: expected --base-for, --peak-for and --recover-for "
			"instead of --%s",
			s->load.ops ? "ops" : "duration");
	if (peak_rate(s) <= s->load.rate)
		return bt_fail(err, -EINVAL, "--peak %g: expected more than --rate %g",
			peak_rate(s), s->load.rate);
	if (s->load.rate * BT_MIN(window_s, (double)s->conf.base_ns / 1e9) < ENOUGH)
		return bt_fail(err, -EINVAL,
			"--rate %g: expected %d operations in --recovered-for and in --base-for, "
			"for a p99",
			s->load.rate, ENOUGH);
	if (s->conf.recover_ns < s->conf.window_ns)
		return bt_fail(err, -EINVAL,
			"--recover-for %g s: expected at least --recovered-for %g s",
			(double)s->conf.recover_ns / 1e9, window_s);
	return 0;
}

static int spike_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;

	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->phase = WARMUP;
	s->recovered_s = NAN;
	bt_hist_init(&s->base);
	bt_hist_init(&s->shock);
	bt_hist_init(&s->window);
	for (unsigned i = 0; i < PIECES; i++)
		bt_hist_init(&s->piece[i]);
	return check(s, err);
}

static void plan(const struct state *s, struct bt_segment *out)
{
	static const char *const labels[] = { "warm-up", "base", "peak", "recovery" };
	const uint64_t spans[] = { s->load.warmup_ns, s->conf.base_ns, s->conf.peak_ns,
		s->conf.recover_ns };
	double rate = s->phase == PEAK ? peak_rate(s) : s->load.rate;

	*out = (struct bt_segment){
		.mode = BT_OPEN,
		.arrivals = s->load.arrivals,
		.rate_from = rate,
		.rate_to = rate,
		.span_ns = spans[s->phase],
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.scored = s->phase != WARMUP,
	};
	snprintf(out->label, sizeof(out->label), "%s", labels[s->phase]);
}

static bool spike_next(void *self, const struct bt_segment_record *last, struct bt_segment *out)
{
	struct state *s = self;

	if (s->phase == OVER)
		return false;
	if (last || !s->load.warmup_ns)
		s->phase++;
	if (s->phase == OVER)
		return false;
	if (s->phase == PEAK && s->base.count >= ENOUGH)
		s->base_p99_ns = bt_hist_quantile(&s->base, 0.99);
	if (s->phase == RECOVERY) {
		s->t0_ns = last->result.end_ns;
		s->piece_end_ns = s->t0_ns + s->conf.window_ns / PIECES;
	}
	plan(s, out);
	return true;
}

/* A piece is complete: whether the window that it ends is one of recovery. */
static void end_piece(struct state *s)
{
	uint64_t length = s->conf.window_ns / PIECES;

	s->pieces++;
	if (s->pieces >= PIECES && s->base_p99_ns) {
		bt_hist_reset(&s->window);
		for (unsigned i = 0; i < PIECES; i++)
			bt_hist_merge(&s->window, &s->piece[i]);
		if (s->window.count >= ENOUGH &&
			(double)bt_hist_quantile(&s->window, 0.99) <=
				(double)s->base_p99_ns * (1 + s->conf.tolerance))
			s->recovered_s = (double)((s->pieces - PIECES) * length) / 1e9;
	}
	bt_hist_reset(&s->piece[s->pieces % PIECES]);
	s->piece_end_ns += length;
}

static void spike_ended(void *self, const struct bt_endings *what)
{
	struct state *s = self;

	if (s->phase == BASE)
		bt_hist_merge(&s->base, what->response);
	if (s->phase < PEAK || !isnan(s->recovered_s))
		return;
	/* What came since the last call ended somewhere in between; it is put to the later
	 * moment. */
	while (s->phase >= RECOVERY && what->t_ns > s->piece_end_ns && isnan(s->recovered_s))
		end_piece(s);
	if (!isnan(s->recovered_s))
		return;
	if (s->phase >= RECOVERY)
		bt_hist_merge(&s->piece[s->pieces % PIECES], what->response);
	bt_hist_merge(&s->shock, what->response);
	s->ended += what->completed + what->failed + what->expired;
	s->errors += what->failed + what->expired;
}

static void spike_finding(const void *self, struct bt_finding *out)
{
	const struct state *s = self;
	uint64_t shock = s->shock.count ? bt_hist_quantile(&s->shock, 0.99) : 0;
	uint64_t excess = shock - BT_MIN(shock, s->base_p99_ns);
	char before[BT_FMT_MAX], above[BT_FMT_MAX], errors[BT_FMT_MAX], how[64];

	out->name = "recovery";
	out->unit = "s";
	out->value = s->recovered_s;
	if (s->phase < PEAK) {
		snprintf(out->text, sizeof(out->text), "the peak has not come yet");
		return;
	}
	if (!s->base_p99_ns) {
		snprintf(out->text, sizeof(out->text),
			"not known: fewer than %d operations ended at the base rate", ENOUGH);
		return;
	}
	if (!isnan(s->recovered_s))
		snprintf(how, sizeof(how), "recovered %g s after the peak", s->recovered_s);
	else
		snprintf(how, sizeof(how), "%s",
			s->phase == OVER           ? "did not recover"
				: s->phase == PEAK ? "at the peak"
						   : "has not recovered yet");
	snprintf(out->text, sizeof(out->text), "%s; p99 was %s, then %s more, errors %s", how,
		bt_fmt_ns(before, sizeof(before), (double)s->base_p99_ns),
		bt_fmt_ns(above, sizeof(above), (double)excess),
		bt_fmt_share(errors, sizeof(errors),
			s->ended ? (double)s->errors / (double)s->ended : 0));
}

static uint64_t spike_planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns + s->conf.base_ns + s->conf.peak_ns + s->conf.recover_ns;
}

const struct bt_profile bt_profile_spike = {
	.name = "spike",
	.summary = "a base rate, a sudden peak, the base rate again, and the time to recover",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = spike_begin,
	.next = spike_next,
	.ended = spike_ended,
	.finding = spike_finding,
	.planned_ns = spike_planned_ns,
};
