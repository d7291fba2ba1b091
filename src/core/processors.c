#include "core/processors.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first line of a file; empty: none. */
static void read_line(char *out, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");

	out[0] = '\0';
	if (file && !fgets(out, (int)size, file))
		out[0] = '\0';
	if (file)
		fclose(file);
}

/* The lowest processor of its core; itself when the system does not tell. */
static unsigned core_of(unsigned id)
{
	char path[96], text[128], *end;
	unsigned long first;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
		id);
	read_line(text, sizeof(text), path);
	first = strtoul(text, &end, 10);
	return end == text ? id : (unsigned)first;
}

unsigned bt_processors_order(unsigned *ids, const unsigned *core, unsigned n)
{
	unsigned ordered[BT_PROCESSORS_MAX], at = 0, cores = 0;
	bool taken[BT_PROCESSORS_MAX] = { false };

	assert(n <= BT_PROCESSORS_MAX);
	while (at < n) { /* each round takes one of each core that has any left */
		unsigned begin = at;

		for (unsigned i = 0; i < n; i++) {
			bool seen = taken[i];

			for (unsigned k = begin; k < at && !seen; k++)
				seen = core[i] == core[ordered[k]];
			if (!seen) {
				taken[i] = true;
				ordered[at++] = i;
			}
		}
		cores = cores ? cores : at;
	}
	for (unsigned i = 0; i < n; i++)
		ordered[i] = ids[ordered[i]];
	memcpy(ids, ordered, n * sizeof(ids[0]));
	return cores;
}

double bt_processors_quota(const char *cpu_max)
{
	double quota, period;

	if (sscanf(cpu_max, "%lf %lf", &quota, &period) != 2 || !(quota > 0 && period > 0))
		return 0;
	return quota / period;
}

/* The least quota from this process's group up to the root, cgroup version 2. */
static double read_quota(void)
{
	char line[512], path[640], text[64], *group, *end;
	double least = 0;
	FILE *file = fopen("/proc/self/cgroup", "re");

	line[0] = '\0';
	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3) != 0)
		line[0] = '\0';
	if (file)
		fclose(file);
	if (strncmp(line, "0::", 3) != 0)
		return 0;
	group = line + 3;
	group[strcspn(group, "\n")] = '\0';
	while ((end = strrchr(group, '/'))) {
		double quota;

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
		read_line(text, sizeof(text), path);
		quota = bt_processors_quota(text);
		if (quota > 0 && (!(least > 0) || quota < least))
			least = quota;
		*end = '\0';
	}
	return least;
}

/* Some sandboxes refuse to bind: tried with one processor, and undone. */
static bool try_to_bind(const struct bt_processors *p, const cpu_set_t *all)
{
	return bt_processors_bind(p, 1, true, 0) == 0 &&
		sched_setaffinity(0, sizeof(*all), all) == 0;
}

void bt_processors_read(struct bt_processors *out)
{
	unsigned core[BT_PROCESSORS_MAX];
	cpu_set_t all;

	memset(out, 0, sizeof(*out));
	out->quota = read_quota();
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return;
	for (unsigned id = 0; id < CPU_SETSIZE && out->n < BT_PROCESSORS_MAX; id++)
		if (CPU_ISSET(id, &all)) {
			core[out->n] = core_of(id);
			out->ids[out->n++] = id;
		}
	out->cores = bt_processors_order(out->ids, core, out->n);
	out->binds = out->n && try_to_bind(out, &all);
}

int bt_processors_bind(const struct bt_processors *p, unsigned first, bool pinned, unsigned worker)
{
	unsigned n = first ? BT_MIN(first, p->n) : p->n;
	cpu_set_t set;

	if (!n)
		return -ENOTSUP;
	CPU_ZERO(&set);
	for (unsigned i = 0; i < n; i++)
		if (!pinned || i == worker % n)
			CPU_SET(p->ids[i], &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}
