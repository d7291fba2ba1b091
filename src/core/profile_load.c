/* load: a warm-up, then one rate (or one linear ramp, or a closed loop) until time or operations
 * run out. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/profile.h"

struct conf {
	double rate_to;
};

struct state {
	struct bt_load load;
	double rate_to;
	enum { WARMUP, MAIN, OVER } phase;
};

static const struct bt_opt opts[] = {
	{ .name = "rate-to",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, rate_to),
		.arg = "R",
		.min = 0.001,
		.max = 1e9,
		.help = "ramp linearly from --rate to this rate over --duration",
		.man = "Ramps linearly from --rate to this rate over --duration." },
	BT_OPT_END,
};

static int load_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	const struct conf *conf = configuration;
	struct state *s = self;

	if (conf->rate_to > 0 && !(load->rate > 0))
		return bt_fail(err, -EINVAL, "--rate-to %g: expected --rate, where the ramp begins",
			conf->rate_to);
	if (conf->rate_to > 0 && load->ops && !load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--rate-to %g: expected --duration, the length of the ramp", conf->rate_to);
	s->load = *load;
	if (!load->duration_ns && !load->ops)
		s->load.duration_ns = 10 * BT_NS_PER_S;
	s->rate_to = conf->rate_to > 0 ? conf->rate_to : load->rate;
	s->phase = load->warmup_ns ? WARMUP : MAIN;
	return 0;
}

static bool load_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	bool warm = s->phase == WARMUP;

	if (s->phase == OVER)
		return false;
	*out = (struct bt_segment){
		.mode = s->load.rate > 0 ? BT_OPEN : BT_CLOSED,
		.arrivals = s->load.arrivals,
		.rate_from = s->load.rate,
		.rate_to = warm ? s->load.rate : s->rate_to,
		.span_ns = warm               ? s->load.warmup_ns
			: s->load.duration_ns ? s->load.duration_ns
					      : BT_FOREVER,
		.items = warm ? 0 : s->load.ops,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.scored = !warm,
	};
	snprintf(out->label, sizeof(out->label), "%s", warm ? "warm-up" : "load");
	s->phase++;
	return true;
}

static uint64_t load_planned_ns(const void *self)
{
	const struct state *s = self;
	uint64_t main_ns = s->load.duration_ns;

	if (s->load.ops &&
		s->load.rate > 0) { /* a ramp has a duration, so the rate is constant here */
		double by_ops = (double)s->load.ops / s->load.rate * 1e9;

		if (!main_ns || by_ops < (double)main_ns)
			main_ns = bt_u64(fmin(by_ops, 0x1p62));
	} else if (s->load.ops) {
		return 0;
	}
	return s->load.warmup_ns + main_ns;
}

const struct bt_profile bt_profile_load = {
	.name = "load",
	.summary = "one rate or a closed loop for a while, after an optional warm-up",
	.opts = opts,
	.by_ops = true,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = load_begin,
	.next = load_next,
	.planned_ns = load_planned_ns,
};
