#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sysfile.h"

static int open_cgroup_stat(void)
{
	char group[512], path[640];

	if (!bt_sys_group(group, sizeof(group), "/"))
		return -1;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.stat", group);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void bt_proc_open(struct bt_proc *proc)
{
	proc->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	proc->status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	proc->stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	proc->cpu_stat = open_cgroup_stat();
	proc->descriptors = 0;
	proc->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	proc->tick_ns = BT_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
}

void bt_proc_close(struct bt_proc *proc)
{
	int fds[] = { proc->statm, proc->status, proc->stat, proc->cpu_stat };

	for (unsigned i = 0; i < BT_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Reads a small file from its beginning; false when there is nothing to read. */
static bool slurp(int fd, char *buf, size_t size)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The number behind `key` at the beginning of a line. */
static uint64_t number_after(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, key, len) == 0)
			return strtoull(p + len, NULL, 10);
	}
	return UINT64_MAX;
}

uint64_t bt_proc_rss(const struct bt_proc *proc)
{
	unsigned long long size, resident;
	char buf[128];

	if (!slurp(proc->statm, buf, sizeof(buf)) ||
		sscanf(buf, "%llu %llu", &size, &resident) != 2)
		return UINT64_MAX;
	return resident * proc->page_bytes;
}

/* "on the processor, waiting for one, slices" */
uint64_t bt_proc_waited(pid_t tid)
{
	char path[64], text[96];
	unsigned long long ran, waited;

	snprintf(path, sizeof(path), "proc/self/task/%ld/schedstat", (long)tid);
	bt_sys_line(text, sizeof(text), "/", path, "");
	return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? waited : UINT64_MAX;
}

static uint64_t read_steal(const struct bt_proc *proc)
{
	unsigned long long v[8];
	char buf[256];

	if (!slurp(proc->stat, buf, sizeof(buf)) ||
		sscanf(buf, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2],
			&v[3], &v[4], &v[5], &v[6], &v[7]) != 8)
		return UINT64_MAX;
	return v[7] * proc->tick_ns;
}

static uint64_t timeval_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * BT_NS_PER_S + (uint64_t)tv->tv_usec * BT_NS_PER_US;
}

/*
 * Descriptors are given out lowest first, so that the lowest free one tells how many are open, but
 * for gaps; two calls, however many there are. When there is none free, all are open.
 */
static uint64_t read_descriptors(struct bt_proc *proc)
{
	int lowest = proc->statm < 0 ? -1 : fcntl(proc->statm, F_DUPFD_CLOEXEC, 0);
	bool exhausted = proc->statm >= 0 && lowest < 0 && errno == EMFILE;

	if (lowest < 0 && !exhausted)
		return UINT64_MAX;
	if (lowest >= 0)
		close(lowest);
	proc->descriptors =
		BT_MAX(proc->descriptors, exhausted ? bt_descriptor_limit() : (uint64_t)lowest);
	return proc->descriptors;
}

void bt_proc_read(struct bt_proc *proc, struct bt_usage *out)
{
	struct rusage ru;
	char buf[4096];

	out->rss_bytes = bt_proc_rss(proc);
	out->steal_ns = read_steal(proc);
	out->throttled = slurp(proc->cpu_stat, buf, sizeof(buf))
		? number_after(buf, "nr_throttled ")
		: UINT64_MAX;
	out->swap_bytes = UINT64_MAX;
	if (slurp(proc->status, buf, sizeof(buf)))
		out->swap_bytes = number_after(buf, "VmSwap:");
	if (out->swap_bytes != UINT64_MAX)
		out->swap_bytes *= 1024;
	getrusage(RUSAGE_SELF, &ru);
	out->cpu_ns = timeval_ns(&ru.ru_utime) + timeval_ns(&ru.ru_stime);
	out->involuntary = (uint64_t)ru.ru_nivcsw;
	out->descriptors = read_descriptors(proc);
}

unsigned bt_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	return 1;
}

uint64_t bt_descriptor_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (uint64_t)limit.rlim_cur : 0;
}
