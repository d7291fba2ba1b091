#include "live/metrics_process.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sysfile.h"

/* What /proc/self/stat has behind the name. */
struct stat_line {
	double start_s; /* unix time; NAN: unknown */
	uint64_t threads, virtual_bytes;
};

static bool read_stat(struct stat_line *out)
{
	FILE *f = fopen("/proc/self/stat", "re");
	unsigned long long threads, start, size;
	uint64_t boot = bt_sys_number("/", "proc/stat", "btime");
	char line[1024];
	const char *at;
	bool ok = f && fgets(line, sizeof(line), f) && (at = strrchr(line, ')')) != NULL &&
		sscanf(at + 1,
			" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %llu "
			"%*d %llu %llu",
			&threads, &start, &size) == 3;

	if (f)
		fclose(f);
	if (!ok)
		return false;
	*out = (struct stat_line){
		.start_s = boot == UINT64_MAX
			? NAN
			: (double)boot + (double)start / (double)sysconf(_SC_CLK_TCK),
		.threads = threads,
		.virtual_bytes = size,
	};
	return true;
}

static uint64_t open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!dir)
		return UINT64_MAX;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n > 3 ? n - 3 : 0; /* . and .. and the directory itself */
}

static void put(struct bt_exposition *e, const char *name, const char *help, uint64_t v)
{
	if (v == UINT64_MAX)
		return;
	bt_family(e, BT_FAMILY_GAUGE, name, help);
	bt_sample_count(e, NULL, NULL, v);
}

void bt_metrics_process(struct bt_exposition *e, const struct bt_usage *usage)
{
	struct rlimit limit;
	struct stat_line stat;

	if (usage->cpu_ns != UINT64_MAX) {
		bt_family(e, BT_FAMILY_COUNTER, "process_cpu_seconds",
			"User and system processor time of benchtop, in seconds");
		bt_sample(e, NULL, NULL, (double)usage->cpu_ns / 1e9);
	}
	put(e, "process_resident_memory_bytes", "Resident memory of benchtop, in bytes",
		usage->rss_bytes);
	put(e, "process_open_fds", "Open file descriptors", open_descriptors());
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		put(e, "process_max_fds", "File descriptors that may be open", limit.rlim_cur);
	if (!read_stat(&stat))
		return;
	put(e, "process_virtual_memory_bytes", "Virtual memory, in bytes", stat.virtual_bytes);
	put(e, "process_threads", "Threads", stat.threads);
	if (isnan(stat.start_s))
		return;
	bt_family(e, BT_FAMILY_GAUGE, "process_start_time_seconds",
		"When benchtop was started, in seconds since 1970");
	bt_sample(e, NULL, NULL, stat.start_s);
}
