/* stages: a list of rates, each for a while: loads made by hand, and those that were steered by
 * hand, again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "core/profile.h"

#define STAGES_MAX 512

struct conf {
	const char *stages;
};

struct stage {
	double from, to; /* op/s; both 0: a pause */
	uint64_t span_ns;
};

struct state {
	struct bt_load load;
	bool warm; /* the warm-up is still to come */
	unsigned n, at;
	struct stage stages[STAGES_MAX];
};

static const struct bt_opt opts[] = {
	{ .name = "stages",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, stages),
		.arg = "LIST",
		.help = "rates and how long each: 300@10s,300..900@1m,x2@5s,0@2s; xF is of --rate, "
			"0 a "
			"pause",
		.man = "Rates and how long each, separated by commas: `300@10s` is a rate, "
		       "`300..900@1m` a ramp, `x2@5s` a multiple of --rate, `0@2s` a pause." },
	BT_OPT_END,
};

/* "300" or "x2". */
static int parse_rate(double *out, const char *text, double base)
{
	double v;

	if (bt_parse_number(&v, text + (*text == 'x')) < 0)
		return -EINVAL;
	*out = *text == 'x' ? v * base : v;
	return *out > 1e9 || (*out > 0 && *out < 0.001) ? -EINVAL : 0;
}

/* "300@10s" or "300..900@1m"; takes the text apart. */
static int parse_stage(struct stage *out, char *text, double base)
{
	char *at = strchr(text, '@'), *to;

	if (!at)
		return -EINVAL;
	*at = '\0';
	to = strstr(text, "..");
	if (to)
		*to = '\0';
	if (bt_parse_duration(&out->span_ns, at + 1) < 0 || out->span_ns < BT_NS_PER_MS ||
		out->span_ns > BT_SEGMENT_SPAN_MAX || parse_rate(&out->from, text, base) < 0)
		return -EINVAL;
	out->to = out->from;
	if (to && parse_rate(&out->to, to + 2, base) < 0)
		return -EINVAL;
	return (out->from > 0) == (out->to > 0) ? 0 : -EINVAL;
}

static int parse_stages(struct state *s, const char *list, struct bt_err *err)
{
	char text[64];
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		snprintf(text, sizeof(text), "%.*s", (int)len, list);
		if (s->n == STAGES_MAX)
			return bt_fail(err, -EINVAL, "--stages: expected at most %d", STAGES_MAX);
		if (len >= sizeof(text) || parse_stage(&s->stages[s->n], text, s->load.rate) < 0)
			return bt_fail(err, -EINVAL,
				"--stages: '%.*s': expected a rate and a length, as 300@10s, "
				"300..900@1m or 0@2s",
				(int)BT_MIN(len, 60), list);
		s->n++;
		if (!list[len])
			return 0;
	}
}

static int stages_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	const struct conf *conf = configuration;
	struct state *s = self;

	s->load = *load;
	s->warm = load->warmup_ns > 0;
	if (!(load->rate > 0))
		return bt_fail(err, -EINVAL,
			"--profile stages: expected --rate, the rate of the warm-up and of x1");
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile stages: expected the lengths in --stages instead of --%s",
			load->ops ? "ops" : "duration");
	if (!conf->stages || !*conf->stages)
		return bt_fail(err, -EINVAL, "--profile stages: expected --stages");
	return parse_stages(s, conf->stages, err);
}

static bool stages_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	struct stage stage = { s->load.rate, s->load.rate, s->load.warmup_ns };
	bool warm = s->warm, pause;

	if (!warm && s->at == s->n)
		return false;
	if (!warm)
		stage = s->stages[s->at++];
	s->warm = false;
	pause = !(stage.from > 0);
	*out = (struct bt_segment){
		.mode = pause ? BT_IDLE : BT_OPEN,
		.arrivals = s->load.arrivals,
		.rate_from = stage.from,
		.rate_to = stage.to,
		.span_ns = stage.span_ns,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.step = warm || pause ? 0 : s->at,
		.steps = warm || pause ? 0 : s->n,
		.scored = !warm && !pause,
	};
	snprintf(out->label, sizeof(out->label), "%s",
		warm            ? "warm-up"
			: pause ? "pause"
				: "stage");
	return true;
}

static uint64_t stages_planned_ns(const void *self)
{
	const struct state *s = self;
	uint64_t sum = s->load.warmup_ns;
	unsigned i;

	for (i = 0; i < s->n; i++)
		sum += s->stages[i].span_ns;
	return sum;
}

const struct bt_profile bt_profile_stages = {
	.name = "stages",
	.summary = "a list of rates, ramps and pauses, each for a while",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = stages_begin,
	.next = stages_next,
	.planned_ns = stages_planned_ns,
};
