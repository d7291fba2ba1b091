#include "core/profile.h"

#include <string.h>

extern const struct bt_profile bt_profile_load, bt_profile_stress, bt_profile_spike,
	bt_profile_breakpoint, bt_profile_endurance, bt_profile_scalability, bt_profile_volume,
	bt_profile_stages, bt_profile_sizes;

const struct bt_opt bt_stop_p99_opts[] = {
	{ .name = "stop-p99",
		.type = BT_OPT_DURATION,
		.arg = "DURATION",
		.min = 1,
		.max = 3600e9,
		.help = "a step breaks when its p99 response time is above this",
		.man = "A step breaks when its p99 response time is above this." },
	BT_OPT_END,
};

const struct bt_profile *const bt_profiles[] = {
	&bt_profile_load,
	&bt_profile_stress,
	&bt_profile_spike,
	&bt_profile_breakpoint,
	&bt_profile_endurance,
	&bt_profile_scalability,
	&bt_profile_volume,
	&bt_profile_stages,
	&bt_profile_sizes,
	NULL,
};

const struct bt_profile *bt_profile_find(const char *name)
{
	for (unsigned i = 0; bt_profiles[i]; i++)
		if (strcmp(bt_profiles[i]->name, name) == 0)
			return bt_profiles[i];
	return NULL;
}
