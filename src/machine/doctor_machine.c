/* doctor_machine.c: what the kernel says of the machine: /proc and /sys, read under a root. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sysfile.h"
#include "machine/doctor.h"

uint64_t bt_memory_limit(const char *root)
{
	char group[512], path[640];
	uint64_t least = UINT64_MAX;

	if (bt_sys_group(group, sizeof(group), root))
		do {
			snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.max", group);
			least = BT_MIN(least, bt_sys_number(root, path, ""));
		} while (bt_sys_group_up(group));
	least = BT_MIN(
		least, bt_sys_number(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", ""));
	return least >= (UINT64_C(1) << 62) ? UINT64_MAX : least; /* version 1 says "none" so */
}

/* "50000 100000" is half a processor, "max 100000" no limit. NAN: no such file. */
static double quota_of(const char *root, const char *path)
{
	char text[64];
	double quota, period;

	bt_sys_line(text, sizeof(text), root, path, "");
	if (strncmp(text, "max", 3) == 0)
		return INFINITY;
	if (sscanf(text, "%lf %lf", &quota, &period) != 2 || !(quota > 0) || !(period > 0))
		return NAN;
	return quota / period;
}

static void read_group(struct bt_machine *out, const char *root)
{
	char group[512], path[640];

	out->quota = NAN;
	out->throttled = UINT64_MAX;
	if (!bt_sys_group(group, sizeof(group), root))
		return;
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/cpu.stat", group);
	out->throttled = bt_sys_number(root, path, "nr_throttled ");
	do {
		snprintf(path, sizeof(path), "sys/fs/cgroup%s/cpu.max", group);
		out->quota = fmin(out->quota, quota_of(root, path)); /* of NAN and v: v */
	} while (bt_sys_group_up(group));
}

static void read_frequency(struct bt_machine *out, const char *root)
{
	char path[128];
	uint64_t khz;

	out->mhz_min = out->mhz_max = NAN;
	for (unsigned cpu = 0; cpu < 1024; cpu++) {
		snprintf(path, sizeof(path),
			"sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
		khz = bt_sys_number(root, path, "");
		if (khz == UINT64_MAX || !khz)
			break;
		out->mhz_min = fmin(out->mhz_min, (double)khz / 1e3);
		out->mhz_max = fmax(out->mhz_max, (double)khz / 1e3);
	}
}

static void read_turbo(struct bt_machine *out, const char *root)
{
	uint64_t off = bt_sys_number(root, "sys/devices/system/cpu/intel_pstate/no_turbo", "");
	uint64_t on = bt_sys_number(root, "sys/devices/system/cpu/cpufreq/boost", "");

	out->turbo = off <= 1 ? !off : on <= 1 ? (int)on : -1;
}

static uint64_t kib(const char *root, const char *key)
{
	uint64_t v = bt_sys_number(root, "proc/meminfo", key);

	return v > UINT64_MAX / 1024 ? UINT64_MAX : v * 1024;
}

/* What is left below the limit of the control group counts where it is less. */
static void read_memory(struct bt_machine *out, const char *root)
{
	char group[512], path[640];
	uint64_t used;

	out->memory_bytes = kib(root, "MemTotal:");
	out->memory_limit_bytes = bt_memory_limit(root);
	out->available_bytes = kib(root, "MemAvailable:");
	out->swap_bytes = kib(root, "SwapTotal:");
	out->swap_free_bytes = kib(root, "SwapFree:");
	if (out->memory_limit_bytes == UINT64_MAX || !bt_sys_group(group, sizeof(group), root))
		return;
	snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.current", group);
	used = bt_sys_number(root, path, "");
	if (used <= out->memory_limit_bytes)
		out->available_bytes = BT_MIN(out->available_bytes, out->memory_limit_bytes - used);
}

/* "Max open files   1024   524288   files"; "unlimited" is as many as there can be. */
static uint64_t limit_word(const char *word)
{
	char *end;
	unsigned long long v;

	if (strcmp(word, "unlimited") == 0)
		return UINT64_MAX - 1;
	v = strtoull(word, &end, 10);
	return end == word || *end ? UINT64_MAX : v;
}

static void read_descriptors(struct bt_machine *out, const char *root)
{
	char text[128], soft[32] = "", hard[32] = "";

	bt_sys_line(text, sizeof(text), root, "proc/self/limits", "Max open files");
	sscanf(text, "%31s %31s", soft, hard);
	out->descriptors = limit_word(soft);
	out->descriptors_hard = limit_word(hard);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)) != NULL; p += len)
		if ((p == text || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
	return false;
}

static void read_host(struct bt_machine *out, const char *root)
{
	char flags[4096];

	bt_sys_line(flags, sizeof(flags), root, "proc/cpuinfo", "flags");
	out->hypervisor = !*flags ? -1 : has_word(flags, "hypervisor");
	if (bt_sys_exists(root, "sys/hypervisor/type"))
		out->hypervisor = 1;
	out->container = bt_sys_exists(root, ".dockerenv") ||
		bt_sys_exists(root, "run/.containerenv") ||
		bt_sys_exists(root, "run/systemd/container");
	bt_sys_line(out->vendor, sizeof(out->vendor), root, "sys/class/dmi/id/sys_vendor", "");
}

/* user nice system idle iowait irq softirq steal; guests' time is in user's already. */
static void read_ticks(struct bt_machine *out, const char *root)
{
	unsigned long long v[8], all = 0;
	char text[256];

	out->ticks = out->busy_ticks = out->steal_ticks = UINT64_MAX;
	bt_sys_line(text, sizeof(text), root, "proc/stat", "cpu ");
	if (sscanf(text, "%llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3],
		    &v[4], &v[5], &v[6], &v[7]) != 8)
		return;
	for (unsigned i = 0; i < BT_LEN(v); i++)
		all += v[i];
	out->ticks = all;
	out->steal_ticks = v[7];
	out->busy_ticks = all - v[3] - v[4] - v[7];
}

void bt_machine_read(struct bt_machine *out, const char *root)
{
	uint64_t in = bt_sys_number(root, "proc/vmstat", "pswpin ");
	uint64_t swapped_out = bt_sys_number(root, "proc/vmstat", "pswpout ");

	memset(out, 0, sizeof(*out));
	bt_sys_line(out->kernel_clock, sizeof(out->kernel_clock), root,
		"sys/devices/system/clocksource/clocksource0/current_clocksource", "");
	bt_sys_line(out->governor, sizeof(out->governor), root,
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "");
	read_turbo(out, root);
	read_frequency(out, root);
	read_group(out, root);
	read_memory(out, root);
	read_descriptors(out, root);
	read_host(out, root);
	read_ticks(out, root);
	out->swapped_pages =
		in == UINT64_MAX || swapped_out == UINT64_MAX ? UINT64_MAX : in + swapped_out;
}
