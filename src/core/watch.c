#include "core/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEARCH_EVERY_NS (2 * BT_NS_PER_S)

struct entry { /* of getdents64(2) */
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

struct reading {
	char comm[64];
	uint64_t cpu_ticks, threads, start, pages;
};

static bool slurp(
	const struct bt_watch *watch, unsigned pid, const char *file, char *buf, size_t size)
{
	char path[512];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%sproc/%u/%s", watch->root, pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, buf, size - 1);
		close(fd);
	}
	buf[BT_MAX(n, 0)] = '\0';
	return n > 0;
}

/* Calls visit for each entry of a directory that is a number, until it says to stop. False: no such
 * directory, or not for us. */
static bool each_number(const struct bt_watch *watch, const char *dir,
	bool (*visit)(void *arg, unsigned n), void *arg)
{
	_Alignas(struct entry) char buf[4096];
	char path[512];
	bool more = true;
	long n;
	int fd;

	snprintf(path, sizeof(path), "%s%s", watch->root, dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (more && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		const struct entry *e;

		for (long at = 0; more && at < n; at += e->size) {
			char *end;
			unsigned long number;

			e = (const struct entry *)(buf + at);
			number = strtoul(e->name, &end, 10);
			if (end != e->name && !*end)
				more = visit(arg, (unsigned)number);
		}
	}
	close(fd);
	return true;
}

static bool count_one(void *arg, unsigned n)
{
	(void)n;
	++*(uint64_t *)arg;
	return true;
}

static uint64_t count_descriptors(const struct bt_watch *watch, unsigned pid)
{
	char dir[64];
	uint64_t n = 0;

	snprintf(dir, sizeof(dir), "proc/%u/fd", pid);
	return each_number(watch, dir, count_one, &n) ? n : UINT64_MAX;
}

/* The name stands in parentheses and may hold anything: fields count from the last one that
 * closes. */
static bool parse(struct reading *out, const char *stat)
{
	const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	unsigned long long user, system, threads, start, pages;

	if (!open || !close || close < open)
		return false;
	snprintf(out->comm, sizeof(out->comm), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1,
		    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %llu "
		    "%*d %llu %*u %llu",
		    &user, &system, &threads, &start, &pages) != 5)
		return false;
	out->cpu_ticks = user + system;
	out->threads = threads;
	out->start = start;
	out->pages = pages;
	return true;
}

static bool read_process(const struct bt_watch *watch, unsigned pid, struct reading *out)
{
	char stat[1024];

	return slurp(watch, pid, "stat", stat, sizeof(stat)) && parse(out, stat);
}

/* A process is watched from now on: what it has used before does not count. */
static void add(struct bt_watch *watch, unsigned pid, const struct reading *r)
{
	for (unsigned i = 0; i < watch->n; i++)
		if (watch->processes[i].pid == pid && watch->processes[i].start == r->start)
			return;
	if (watch->n == BT_WATCH_PROCESSES)
		return;
	watch->processes[watch->n++] = (struct bt_watch_process){
		.pid = pid, .start = r->start, .cpu_ns = r->cpu_ticks * watch->tick_ns
	};
}

static bool consider(void *arg, unsigned pid)
{
	struct bt_watch *watch = arg;
	struct reading r;

	if (read_process(watch, pid, &r) && strcmp(r.comm, watch->name) == 0)
		add(watch, pid, &r);
	return watch->n < BT_WATCH_PROCESSES;
}

static void search(struct bt_watch *watch)
{
	struct reading r;

	if (watch->name[0])
		each_number(watch, "proc", consider, watch);
	else if (read_process(watch, watch->pid, &r))
		add(watch, watch->pid, &r);
}

int bt_watch_open(struct bt_watch *watch, const struct bt_watch_target *target, const char *root,
	struct bt_err *err)
{
	memset(watch, 0, sizeof(*watch));
	if (!target || (!target->pid && !target->name))
		return 0;
	if (target->pid && target->name)
		return bt_fail(err, -EINVAL, "--watch-pid: expected it without --watch-name");
	watch->root = root;
	watch->pid = (unsigned)target->pid;
	watch->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	watch->tick_ns = BT_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	if (target->name)
		snprintf(watch->name, sizeof(watch->name), "%s", target->name);
	search(watch);
	watch->any = true;
	if (watch->n)
		return 0;
	if (target->name)
		return bt_fail(
			err, -ESRCH, "--watch-name %s: no process of that name", target->name);
	return bt_fail(
		err, -ESRCH, "--watch-pid %llu: no such process", (unsigned long long)target->pid);
}

static uint64_t plus(uint64_t sum, uint64_t n)
{
	return sum == UINT64_MAX || n == UINT64_MAX ? UINT64_MAX : sum + n;
}

static bool read_one(struct bt_watch *watch, struct bt_watch_process *p, struct bt_watched *out)
{
	struct reading r;
	uint64_t cpu;

	if (!read_process(watch, p->pid, &r) || r.start != p->start)
		return false;
	cpu = r.cpu_ticks * watch->tick_ns;
	watch->cpu_ns += cpu - BT_MIN(cpu, p->cpu_ns);
	p->cpu_ns = BT_MAX(p->cpu_ns, cpu);
	out->processes++;
	out->rss_bytes += r.pages * watch->page_bytes;
	out->threads += r.threads;
	out->descriptors = plus(out->descriptors, count_descriptors(watch, p->pid));
	return true;
}

void bt_watch_read(struct bt_watch *watch, struct bt_watched *out, uint64_t now_ns)
{
	static const struct bt_watched unknown = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		UINT64_MAX };
	unsigned kept = 0;

	*out = unknown;
	if (!watch->any)
		return;
	if (watch->name[0] && now_ns >= watch->next_search_ns) {
		watch->next_search_ns = now_ns + SEARCH_EVERY_NS;
		search(watch);
	}
	*out = (struct bt_watched){ 0 };
	for (unsigned i = 0; i < watch->n; i++)
		if (read_one(watch, &watch->processes[i], out))
			watch->processes[kept++] = watch->processes[i];
	watch->n = kept;
	out->cpu_ns = watch->cpu_ns;
	if (!out->processes) /* all have ended: that is known, what they held is not */
		out->rss_bytes = out->threads = out->descriptors = UINT64_MAX;
}

void bt_watch_begin(struct bt_watch *watch)
{
	struct bt_watched now;

	bt_watch_read(watch, &now, 0);
	watch->cpu_ns = 0;
}
