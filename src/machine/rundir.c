#include "machine/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* lstat: a link that somebody else put in /tmp is not followed. */
static int check(const char *dir, struct bt_err *err)
{
	struct stat st;

	if (lstat(dir, &st) < 0)
		return bt_fail(err, -errno, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return bt_fail(err, -EPERM,
			"%s: expected a directory of user %u with mode 0700, for the sockets of "
			"runs",
			dir, (unsigned)geteuid());
	return 0;
}

int bt_rundir(char dir[BT_RUNDIR_MAX], bool make, struct bt_err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;

	if (is_directory(runtime))
		n = snprintf(dir, BT_RUNDIR_MAX, "%s/benchtop", runtime);
	else
		n = snprintf(dir, BT_RUNDIR_MAX, "/tmp/benchtop-%u", (unsigned)geteuid());
	if (n >= BT_RUNDIR_MAX - 16)
		return bt_fail(err, -ENAMETOOLONG,
			"XDG_RUNTIME_DIR %s: expected at most %d bytes, or sockets do not fit",
			runtime, BT_RUNDIR_MAX - 26);
	if (make && mkdir(dir, 0700) < 0 && errno != EEXIST)
		return bt_fail(err, -errno, "%s: %s", dir, strerror(errno));
	return check(dir, err);
}

/* Nobody listens there any more. A process number would not tell: it may be used again, or be a
 * zombie's. */
static bool is_dead(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool dead;

	if (fd < 0 || strlen(path) >= sizeof(at.sun_path)) {
		close(fd);
		return false;
	}
	strcpy(at.sun_path, path);
	dead = connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 && errno == ECONNREFUSED;
	close(fd);
	return dead;
}

void bt_rundir_sweep(const char *dir)
{
	DIR *list = opendir(dir);
	const struct dirent *entry;
	char path[BT_RUNDIR_MAX + 260];

	while (list && (entry = readdir(list)) != NULL) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (pid > 0 && strcmp(end, ".sock") == 0 && is_dead(path))
			unlink(path);
	}
	if (list)
		closedir(list);
}
