#include "core/run_room.h"

#include <errno.h>
#include <stdlib.h>

#include "core/board.h"

static int check(const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_run_conf *conf = setup->conf;
	const struct bt_workload *w = setup->workload;

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
	return w->check ? w->check(setup->workload_conf, err) : 0;
}

int bt_run_check(const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_load load = bt_run_load(setup);
	void *state;
	int r = check(setup, err);

	if (r < 0)
		return r;
	state = calloc(
		1, BT_MAX(setup->profile->state_size, 1)); /* begin is pure: it may be tried */
	if (!state)
		return bt_fail(err, -ENOMEM, "profile %s: out of memory", setup->profile->name);
	r = setup->profile->begin(state, setup->profile_conf, &load, err);
	free(state);
	return r;
}
