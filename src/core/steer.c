/*
 * Commands to a running run: pause, another rate, a spike, the next step, a note. Segments are
 * never changed, as that would falsify what was offered: a command cuts the current one at this
 * moment and appends what is left of it, with another rate, or after a pause or a spike. So a
 * steered run has a complete list of the load that it offered, and can be repeated from it.
 *
 * What the cut segment had left waits in after_pause and after_spike, one deep each: a spike
 * inside a spike is refused, a pause inside a spike is not. The next step is tried on a copy of
 * the profile's state, because asking a profile moves it on. A command that is impossible at
 * this moment (no free slot, a step that drains, a data set that grows) becomes an event with
 * the reason; only a pause is remembered until it is possible. That is enough for a hand on the
 * keyboard: a script would rather write its load as profile stages.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "core/conductor.h"

/* What a segment that was cut would still have offered. False: nothing. */
static bool rest_of(const struct bt_segment_record *rec, struct bt_segment *rest)
{
	uint64_t done = rec->result.end_ns - rec->result.start_ns;

	*rest = rec->plan;
	if (rest->span_ns != BT_FOREVER) {
		if (done >= rest->span_ns)
			return false;
		rest->rate_from = bt_rate_at(&rec->plan, done);
		rest->span_ns -= done;
	}
	if (rest->items) {
		if (rec->result.counts.offered >= rest->items)
			return false;
		rest->items -= rec->result.counts.offered;
	}
	rest->manual = true;
	return true;
}

static bool is_spike(const struct bt_conductor *c, const struct bt_segment_record *rec)
{
	return c->spiking && rec->plan.mode == BT_OPEN;
}

/* The load after a spike offers what the spike has left of the operations that were asked for. */
static void take_spike_off(struct bt_conductor *c, const struct bt_segment_record *spike)
{
	uint64_t offered = spike->result.counts.offered;

	if (!c->has_after_spike || !c->after_spike.items)
		return;
	c->has_after_spike = offered < spike->plan.items;
	c->after_spike.items = spike->plan.items - BT_MIN(offered, spike->plan.items);
}

static void publish_idle(struct bt_conductor *c)
{
	struct bt_segment idle = {
		.mode = BT_IDLE, .span_ns = BT_FOREVER, .manual = true, .label = "pause"
	};

	c->pause_wanted = false;
	c->paused = true;
	idle.workers = bt_conductor_current(c)->plan.workers;
	bt_conductor_publish(c, &idle);
	bt_event(c, BT_EV_PAUSE, "paused");
}

static void pause_run(struct bt_conductor *c)
{
	const struct bt_segment_record *rec;

	if (c->paused || c->finishing || !c->n_records)
		return;
	if (c->stage != BT_STAGE_RUNNING || !bt_conductor_room(c) ||
		bt_conductor_current(c)->plan.mode == BT_FILL) {
		/* a step that drains is judged first, a data set grows to its end */
		c->pause_wanted = true;
		return;
	}
	bt_conductor_cut(c);
	rec = bt_conductor_current(c);
	if (is_spike(c, rec))
		take_spike_off(c, rec);
	c->has_after_pause = rest_of(rec, &c->after_pause);
	publish_idle(c);
}

static void resume_run(struct bt_conductor *c)
{
	c->pause_wanted = false;
	if (!c->paused)
		return;
	bt_conductor_cut(c);
	c->paused = false;
	bt_event(c, BT_EV_RESUME, "resumed");
}

/* The load that goes on after the current segment, which is cut now: what a spike has left of its
 * time goes back to it. */
static bool load_from_now(struct bt_conductor *c, struct bt_segment *load)
{
	const struct bt_segment_record *rec = bt_conductor_current(c);
	struct bt_segment rest;
	bool more, spike = is_spike(c, rec);

	bt_conductor_cut(c);
	more = rest_of(rec, &rest);
	if (!spike) {
		*load = rest;
		return more;
	}
	take_spike_off(c, rec);
	c->spiking = false;
	if (!c->has_after_spike) {
		*load = rest;
		load->judged = false;
		return more;
	}
	c->has_after_spike = false;
	*load = c->after_spike;
	if (more && load->span_ns != BT_FOREVER)
		load->span_ns += rest.span_ns;
	return true;
}

/* While the run is paused: what it goes on with is another load then, not what is left of a
 * spike. */
static void change_rate_paused(struct bt_conductor *c, double rate)
{
	char text[BT_FMT_MAX];

	if (c->spiking && c->has_after_spike) {
		if (c->has_after_pause && c->after_spike.span_ns != BT_FOREVER)
			c->after_spike.span_ns += c->after_pause.span_ns;
		c->after_pause = c->after_spike;
		c->has_after_pause = true;
		c->spiking = c->has_after_spike = false;
	}
	if (!c->has_after_pause || c->after_pause.mode != BT_OPEN) {
		bt_event(c, BT_EV_NOTE, "rate not changed: nothing is left of the load");
		return;
	}
	c->after_pause.rate_from = c->after_pause.rate_to = rate;
	bt_event(c, BT_EV_RATE, "rate set to %s op/s for when the run goes on",
		bt_fmt_number(text, sizeof(text), rate));
}

/* Why the segment list cannot be changed at this moment; NULL: it can. */
static const char *hindrance(const struct bt_conductor *c)
{
	if (c->finishing)
		return "the run is ending";
	if (c->paused || c->pause_wanted)
		return "the run is paused";
	if (!c->n_records || c->stage != BT_STAGE_RUNNING)
		return "a step is being waited for";
	if (c->records[c->n_records - 1].plan.mode == BT_FILL)
		return "a data set is being filled";
	if (c->n_records >= BT_RECORDS_MAX)
		return "the run has as many segments as it can have";
	if (!bt_conductor_room(c))
		return "operations of an earlier segment have not ended yet";
	return NULL;
}

static void change_rate(struct bt_conductor *c, double rate)
{
	const char *why = hindrance(c);
	struct bt_segment load;
	char text[BT_FMT_MAX];

	if (c->paused) {
		change_rate_paused(c, rate);
		return;
	}
	if (!why && bt_conductor_current(c)->plan.mode != BT_OPEN)
		why = "this segment is a closed loop";
	if (why) {
		bt_event(c, BT_EV_NOTE, "rate not changed: %s", why);
		return;
	}
	if (!load_from_now(c, &load))
		return;
	load.rate_from = load.rate_to = rate;
	bt_conductor_publish(c, &load);
	bt_event(c, BT_EV_RATE, "rate set to %s op/s", bt_fmt_number(text, sizeof(text), rate));
}

static double spike_rate(const struct bt_segment *load, const struct bt_command *cmd)
{
	double rate = cmd->rate > 0 ? cmd->rate : load->rate_from * cmd->factor;

	return fmin(fmax(rate, 0.001), 1e9);
}

/* A spike takes the place of the load for a while: the run takes no longer, and a ramp goes on
 * where it would be by then. */
static void begin_spike(struct bt_conductor *c, const struct bt_command *cmd)
{
	const char *why = hindrance(c);
	struct bt_segment spike, *after = &c->after_spike;
	char rate[BT_FMT_MAX], span[BT_FMT_MAX];

	if (!why && bt_conductor_current(c)->plan.mode != BT_OPEN)
		why = "this segment is a closed loop";
	if (!why && c->spiking)
		why = "one is under way";
	if (why) {
		bt_event(c, BT_EV_NOTE, "no spike: %s", why);
		return;
	}
	if (!load_from_now(c, after))
		return;
	spike = *after;
	spike.rate_from = spike.rate_to = spike_rate(after, cmd);
	spike.span_ns = BT_MIN(cmd->span_ns, after->span_ns);
	spike.judged = false;
	spike.settle_ns = 0;
	spike.step = spike.steps = 0;
	snprintf(spike.label, sizeof(spike.label), "spike");
	c->spiking = true;
	c->has_after_spike = after->span_ns > spike.span_ns;
	if (c->has_after_spike && after->span_ns != BT_FOREVER) {
		after->rate_from = bt_rate_at(after, spike.span_ns);
		after->span_ns -= spike.span_ns;
	}
	bt_conductor_publish(c, &spike);
	bt_event(c, BT_EV_SPIKE, "spike: %s op/s for %s",
		bt_fmt_number(rate, sizeof(rate), spike.rate_from),
		bt_fmt_ns(span, sizeof(span), (double)spike.span_ns));
}

/* Whether the profile has another segment after this one; asked of a copy of its state. */
static bool has_next(struct bt_conductor *c)
{
	struct bt_segment next;

	memcpy(c->profile_peek, c->profile_state, c->profile->state_size);
	return c->profile->next(c->profile_peek, bt_conductor_current(c), &next);
}

static void next_step(struct bt_conductor *c)
{
	const char *why = hindrance(c);
	const struct bt_segment *plan;
	char which[16] = "";

	if (!why && !has_next(c))
		why = "this is the last";
	if (why) {
		bt_event(c, BT_EV_NOTE, "no next step: %s", why);
		return;
	}
	plan = &bt_conductor_current(c)->plan;
	if (plan->step)
		snprintf(which, sizeof(which), " %u", plan->step);
	c->spiking = c->has_after_spike = false;
	bt_conductor_cut(c);
	bt_event(c, BT_EV_STEP, "%s%s ended by hand", plan->label, which);
}

static void mark_baseline(struct bt_conductor *c, const struct bt_command *cmd)
{
	char from[BT_FMT_MAX], to[BT_FMT_MAX];

	bt_event(c, BT_EV_BASELINE, "baseline %s: %s to %s", cmd->text,
		bt_fmt_ns(from, sizeof(from), (double)cmd->from_ns),
		bt_fmt_ns(to, sizeof(to), (double)cmd->to_ns));
}

static void obey(struct bt_conductor *c, const struct bt_command *cmd)
{
	switch (cmd->kind) {
	case BT_CMD_PAUSE:
		pause_run(c);
		break;
	case BT_CMD_RESUME:
		resume_run(c);
		break;
	case BT_CMD_RATE:
		change_rate(c, cmd->rate);
		break;
	case BT_CMD_SPIKE:
		begin_spike(c, cmd);
		break;
	case BT_CMD_NEXT:
		next_step(c);
		break;
	case BT_CMD_NOTE:
		bt_event(c, BT_EV_NOTE, "%s", cmd->text);
		break;
	case BT_CMD_BASELINE:
		mark_baseline(c, cmd);
		break;
	case BT_CMD_STOP:
		if (c->finishing) /* asked twice: what is in flight is not waited for */
			c->finish_by_ns = c->now_ns;
		else
			bt_event(c, BT_EV_STOP, "stopped by the user");
		bt_conductor_finish(c);
		break;
	case BT_CMD_SEEK:
	case BT_CMD_SPEED: /* of a replay; refused before they get here */
		break;
	}
}

void bt_steer(struct bt_conductor *c)
{
	struct bt_command cmds[BT_LEN(c->commands)];
	unsigned n;

	pthread_mutex_lock(&c->lock);
	n = c->n_commands;
	memcpy(cmds, c->commands, n * sizeof(cmds[0]));
	c->n_commands = 0;
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < n; i++)
		obey(c, &cmds[i]);
}

bool bt_steer_advance(struct bt_conductor *c)
{
	if (c->pause_wanted) {
		publish_idle(c);
		return true;
	}
	if (c->has_after_pause) {
		c->has_after_pause = false;
		bt_conductor_publish(c, &c->after_pause);
		return true;
	}
	if (!c->spiking)
		return false;
	if (is_spike(c, bt_conductor_current(c)))
		take_spike_off(c, bt_conductor_current(c));
	c->spiking = false;
	if (!c->has_after_spike)
		return false;
	c->has_after_spike = false;
	bt_conductor_publish(c, &c->after_spike);
	return true;
}
