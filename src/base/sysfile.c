#include "base/sysfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_under(const char *root, const char *path)
{
	char full[1024];

	if ((size_t)snprintf(full, sizeof(full), "%s/%s", root, path) >= sizeof(full))
		return NULL;
	return fopen(full, "re");
}

void bt_sys_line(char *out, size_t size, const char *root, const char *path, const char *key)
{
	FILE *file = open_under(root, path);
	size_t len = strlen(key);
	char line[4096];

	out[0] = '\0';
	while (file && !*out && fgets(line, sizeof(line), file)) {
		char *at = line + len;

		if (strncmp(line, key, len) != 0)
			continue;
		at += strspn(at, " \t:=\"");
		at[strcspn(at, "\"\n")] = '\0';
		snprintf(out, size, "%s", at);
	}
	if (file)
		fclose(file);
}

uint64_t bt_sys_number(const char *root, const char *path, const char *key)
{
	unsigned long long v;
	char text[64], *end;

	bt_sys_line(text, sizeof(text), root, path, key);
	if (*text < '0' || *text > '9')
		return UINT64_MAX;
	errno = 0;
	v = strtoull(text, &end, 10);
	return errno || (*end && *end != ' ' && *end != '\t') ? UINT64_MAX : v;
}

bool bt_sys_exists(const char *root, const char *path)
{
	char full[1024];

	return (size_t)snprintf(full, sizeof(full), "%s/%s", root, path) < sizeof(full) &&
		access(full, F_OK) == 0;
}

bool bt_sys_group(char *group, size_t size, const char *root)
{
	bt_sys_line(group, size, root, "proc/self/cgroup", "0::");
	if (*group != '/')
		return false;
	if (!group[1])
		group[0] = '\0';
	return true;
}

bool bt_sys_group_up(char *group)
{
	char *end = strrchr(group, '/');

	if (!end)
		return false;
	*end = '\0';
	return true;
}
