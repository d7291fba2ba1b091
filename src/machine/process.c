#include "machine/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first line of a file without its end; "" when there is none. */
static void read_line(char *out, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");

	out[0] = '\0';
	if (!file)
		return;
	if (!fgets(out, (int)size, file))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
}

/* Field 22 of /proc/PID/stat; 0 when the process is gone or a zombie. The second field may hold
 * anything, but ends in ')'. */
static uint64_t start_of(uint64_t pid)
{
	char path[64], line[1024];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%llu/stat", (unsigned long long)pid);
	read_line(line, sizeof(line), path);
	p = strrchr(line, ')');
	if (!p || strlen(p) < 4 || strchr("ZX", p[2]))
		return 0;
	for (unsigned field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p, NULL, 10) : 0;
}

void bt_process_self(struct bt_process *out)
{
	read_line(out->boot_id, sizeof(out->boot_id), "/proc/sys/kernel/random/boot_id");
	out->pid = (uint64_t)getpid();
	out->start = start_of(out->pid);
}

bool bt_process_alive(const struct bt_process *process)
{
	struct bt_process self;

	bt_process_self(&self);
	return strcmp(self.boot_id, process->boot_id) == 0 &&
		start_of(process->pid) == process->start && process->start;
}
