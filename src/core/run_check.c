#include "core/run_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "core/board.h"

#define OPEN_CONCURRENCY 1024 /* calls in flight an open loop may have when nobody says */

bool bt_run_is_open(const struct bt_run_setup *s)
{
	/* Most profiles that judge steps offer a rate even when none is given: they have a default
	 * of their own. */
	return s->conf->rate > 0 || (s->profile->judge && !s->profile->closed);
}

static unsigned concurrency_of(const struct bt_run_setup *setup, bool open)
{
	const struct bt_run_conf *conf = setup->conf;

	if (conf->concurrency)
		return (unsigned)BT_MAX(conf->concurrency, conf->workers);
	if (!open && setup->workload->concurrency)
		return (unsigned)BT_MAX(setup->workload->concurrency, conf->workers);
	return open ? BT_MAX(OPEN_CONCURRENCY, (unsigned)conf->workers) : (unsigned)conf->workers;
}

/* What the workload has is done once; profiles that count no operations have an end of their
 * own. */
static uint64_t ops_of(const struct bt_run_setup *s)
{
	if (s->conf->ops || !s->workload->supply || !s->profile->by_ops)
		return s->conf->ops;
	return s->workload->supply(s->workload_conf);
}

struct bt_load bt_run_load(const struct bt_run_setup *s)
{
	struct bt_load load = {
		.rate = s->conf->rate,
		.arrivals = (enum bt_arrivals)s->conf->arrivals,
		.duration_ns = s->conf->duration_ns,
		.ops = ops_of(s),
		.warmup_ns = s->conf->warmup_ns,
		.workers = (unsigned)s->conf->workers,
		.concurrency = concurrency_of(s, bt_run_is_open(s)),
	};
	struct bt_processors processors;

	if (s->profile->sizes && s->workload->size)
		while (load.n_sizes < BT_SIZES_MAX &&
			(load.sizes[load.n_sizes] =
					s->workload->size(s->workload_conf, load.n_sizes)))
			load.n_sizes++;
	if (!s->profile->needs || s->conf->clock == BT_CLOCK_VIRTUAL)
		return load;
	bt_processors_read(&processors);
	load.processors = BT_MAX(processors.n, 1);
	load.cores = processors.cores;
	load.quota = processors.quota;
	load.unbound = !processors.binds;
	return load;
}

static int check(const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_run_conf *conf = setup->conf;
	const struct bt_workload *w = setup->workload;
	int r;

	if (conf->clock == BT_CLOCK_VIRTUAL && !w->simulated)
		return bt_fail(err, -EINVAL,
			"--clock virtual: %s takes real time; expected a simulated workload such "
			"as sim",
			w->name);
	if (conf->concurrency && !w->submit)
		return bt_fail(err, -EINVAL,
			"--concurrency %llu: %s computes, it does not wait; expected --workers "
			"instead",
			(unsigned long long)conf->concurrency, w->name);
	if (conf->late == BT_LATE_SKIP && conf->max_age_ns)
		return bt_fail(err, -EINVAL, "--max-age: expected --late limit, not skip");
	r = w->check ? w->check(setup->workload_conf, err) : 0;
	if (r == 0 && w->supply && conf->ops > w->supply(setup->workload_conf))
		return bt_fail(err, -EINVAL, "--ops %llu: %s has %llu operations, expected no more",
			(unsigned long long)conf->ops, w->name,
			(unsigned long long)w->supply(setup->workload_conf));
	return r;
}

/* The workload has to have what the profile grows or goes through. */
static int check_has(const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_workload *own = setup->workload;
	bool fills = setup->profile->fills;
	char names[160] = "";

	if ((!fills || own->fill) && (!setup->profile->sizes || own->size))
		return 0;
	for (const struct bt_workload *const *w = setup->workloads; w && *w; w++)
		if ((fills ? (*w)->fill != NULL : (*w)->size != NULL))
			bt_text_add(names, sizeof(names), "%s%s", *names ? ", " : "", (*w)->name);
	return bt_fail(err, -EINVAL, "--profile %s: %s has no %s; expected one of: %s",
		setup->profile->name, own->name,
		fills ? "data set that grows" : "operations of several sizes", names);
}

int bt_run_check(const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_load load = bt_run_load(setup);
	void *state;
	int r = check(setup, err);

	if (r == 0)
		r = check_has(setup, err);
	if (r < 0)
		return r;
	/* Begin is pure: it may be tried. */
	state = calloc(1, BT_MAX(setup->profile->state_size, 1));
	if (!state)
		return bt_oom(err, "profile %s", setup->profile->name);
	r = setup->profile->begin(state, setup->profile_conf, &load, err);
	free(state);
	return r;
}

static int check_command(
	const struct bt_run_info *info, const struct bt_command *cmd, struct bt_err *err)
{
	bool by_rate = cmd->kind == BT_CMD_RATE || (cmd->kind == BT_CMD_SPIKE && cmd->rate > 0);

	if (cmd->kind == BT_CMD_SEEK || cmd->kind == BT_CMD_SPEED)
		return bt_fail(err, -ENOTSUP, "this run is live: there is nothing to wind");
	if (cmd->kind == BT_CMD_RATE && !info->open_loop)
		return bt_fail(err, -ENOTSUP, "a closed loop has no rate to change");
	if (cmd->kind == BT_CMD_SPIKE && !info->open_loop)
		return bt_fail(err, -ENOTSUP, "a closed loop has no rate, so no spike");
	if (by_rate && !(cmd->rate >= 0.001 && cmd->rate <= 1e9))
		return bt_fail(err, -EINVAL, "rate %g: expected 0.001 to 1G op/s", cmd->rate);
	if (cmd->kind != BT_CMD_SPIKE)
		return 0;
	if (!by_rate && !(cmd->factor >= 0.001 && cmd->factor <= 1e6))
		return bt_fail(err, -EINVAL, "spike x%g: expected x0.001 to x1M", cmd->factor);
	if (cmd->span_ns < BT_NS_PER_MS || cmd->span_ns > 86400 * BT_NS_PER_S)
		return bt_fail(err, -EINVAL, "spike of %g s: expected 1 ms to 1 d",
			(double)cmd->span_ns / 1e9);
	return 0;
}

static int check_words(const struct bt_command *cmd, struct bt_err *err)
{
	if (cmd->kind != BT_CMD_NOTE && cmd->kind != BT_CMD_BASELINE)
		return 0;
	if (!cmd->text[0] || !memchr(cmd->text, '\0', sizeof(cmd->text)))
		return bt_fail(err, -EINVAL, "%s: expected 1 to %d bytes of text",
			cmd->kind == BT_CMD_NOTE ? "note" : "baseline", BT_COMMAND_TEXT - 1);
	if (cmd->kind == BT_CMD_BASELINE && cmd->from_ns >= cmd->to_ns)
		return bt_fail(err, -EINVAL, "baseline %s: expected a stretch of time", cmd->text);
	return 0;
}

int bt_run_check_command(
	const struct bt_run_info *info, const struct bt_command *cmd, struct bt_err *err)
{
	int r = check_command(info, cmd, err);

	return r < 0 ? r : check_words(cmd, err);
}
