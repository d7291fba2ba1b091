/*
 * sysfile.h: small text files of the kernel (/proc, /sys), read under a root, so that tests can
 * invent a machine. Paths have no slash at their beginning; root is "/" but in tests. What is
 * missing or garbage is unknown: "" or UINT64_MAX. Any thread.
 */
#ifndef BT_SYSFILE_H
#define BT_SYSFILE_H

#include "base/base.h"

/* The rest of the first line that begins with key, without blanks, colon, equals sign and quotes
 * around it; "" when none. */
void bt_sys_line(char *out, size_t size, const char *root, const char *path, const char *key);

/* The decimal number which the rest of that line begins with; UINT64_MAX when it does not
 * ("max"). */
uint64_t bt_sys_number(const char *root, const char *path, const char *key);

/* Is there such a file or directory? */
bool bt_sys_exists(const char *root, const char *path);

/*
 * The control group (cgroup v2) of this process as a path below sys/fs/cgroup, "" for the top one;
 * false: not known. Then up to the top, where false is returned and group stays.
 */
bool bt_sys_group(char *group, size_t size, const char *root);
bool bt_sys_group_up(char *group);

#endif
