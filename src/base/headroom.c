#include "base/headroom.h"

#include <stdio.h>

#include "base/sysfile.h"

#define SHARE 10 /* the whole divided by this is left alone */
#define LEAST ((uint64_t)16 << 20)

static uint64_t spare(uint64_t whole, uint64_t available)
{
	uint64_t distance = BT_MAX(whole / SHARE, LEAST);

	return available > distance ? available - distance : 0;
}

static uint64_t of_machine(const char *root)
{
	uint64_t total = bt_sys_number(root, "proc/meminfo", "MemTotal:");
	uint64_t available = bt_sys_number(root, "proc/meminfo", "MemAvailable:");

	if (total == UINT64_MAX || available == UINT64_MAX)
		return UINT64_MAX;
	return spare(total << 10, available << 10);
}

static uint64_t of_files(uint64_t max, uint64_t used, uint64_t cache)
{
	if (max == UINT64_MAX || used == UINT64_MAX)
		return UINT64_MAX;
	if (cache != UINT64_MAX)
		used -= BT_MIN(cache, used);
	return spare(max, max - BT_MIN(used, max));
}

static uint64_t of_group(const char *root, const char *group)
{
	char path[3][1100];
	static const char *const names[] = { "memory.max", "memory.current", "memory.stat" };

	for (unsigned i = 0; i < BT_LEN(names); i++)
		snprintf(path[i], sizeof(path[i]), "sys/fs/cgroup%s/%s", group, names[i]);
	return of_files(bt_sys_number(root, path[0], ""), bt_sys_number(root, path[1], ""),
		bt_sys_number(root, path[2], "inactive_file "));
}

/* Version 1, as far as a container has it mounted: its own group is the top one there. */
static uint64_t of_version_1(const char *root)
{
	return of_files(bt_sys_number(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", ""),
		bt_sys_number(root, "sys/fs/cgroup/memory/memory.usage_in_bytes", ""),
		bt_sys_number(root, "sys/fs/cgroup/memory/memory.stat", "total_inactive_file "));
}

uint64_t bt_headroom(const char *root)
{
	uint64_t least = of_machine(root), one;
	char group[1024];

	if (bt_sys_group(group, sizeof(group), root)) {
		do {
			one = of_group(root, group);
			least = BT_MIN(least, one);
		} while (bt_sys_group_up(group));
	}
	one = of_version_1(root);
	return BT_MIN(least, one);
}
