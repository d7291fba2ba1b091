#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

/* True when the running program lies in the tree it was built in: then the source tree's data is
 * the right one. */
static bool uninstalled(void)
{
	char exe[PATH_MAX], build[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	size_t len;

	if (n <= 0 || !realpath(BT_BUILDDIR, build))
		return false;
	exe[n] = '\0';
	len = strlen(build);
	return strncmp(exe, build, len) == 0 && exe[len] == '/';
}

static bool readable(char *out, size_t size, const char *dir, const char *name)
{
	return (size_t)snprintf(out, size, "%s/%s", dir, name) < size && access(out, R_OK) == 0;
}

int bt_data_path(char *out, size_t size, const char *name, struct bt_err *err)
{
	const char *env = getenv("BENCHTOP_DATA");
	bool tree = uninstalled();

	if (env && *env && readable(out, size, env, name))
		return 0;
	if (tree && readable(out, size, BT_SRCDIR "/data", name))
		return 0;
	if (readable(out, size, BT_PKGDATADIR, name))
		return 0;
	return bt_fail(err, -ENOENT,
		"data file %s: not found in %s%s%s%s (BENCHTOP_DATA names another place)", name,
		env && *env ? env : "", env && *env ? ", " : "", tree ? BT_SRCDIR "/data, " : "",
		BT_PKGDATADIR);
}

int bt_make_parents(const char *name, struct bt_err *err)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s", name) >= sizeof(path))
		return bt_fail(err, -ENAMETOOLONG, "%.40s: path too long", name);
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST && errno != EROFS) {
			int code = -errno;

			bt_fail(err, code, "%s: cannot make this directory: %s", path,
				strerror(errno));
			*p = '/';
			return code;
		}
		*p = '/';
	}
	return 0;
}

int bt_history_path(char *out, size_t size, struct bt_err *err)
{
	const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	size_t n;

	if (base && base[0] == '/')
		n = (size_t)snprintf(out, size, "%s/benchtop/history.db", base);
	else if (home && home[0] == '/')
		n = (size_t)snprintf(out, size, "%s/.local/share/benchtop/history.db", home);
	else
		return bt_fail(err, -ENOENT,
			"history: neither XDG_DATA_HOME nor HOME is an absolute path; give --db "
			"FILE");
	if (n >= size)
		return bt_fail(err, -ENAMETOOLONG, "history: the path below %s is too long",
			base && *base ? base : home);
	return 0;
}

/* A file of ours below the directory that a variable names, or below the usual one in HOME. */
static int user_path(char *out, size_t size, const char *variable, const char *usual,
	const char *name, struct bt_err *err)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	size_t n;

	if (base && base[0] == '/')
		n = (size_t)snprintf(out, size, "%s/benchtop/%s", base, name);
	else if (home && home[0] == '/')
		n = (size_t)snprintf(out, size, "%s/%s/benchtop/%s", home, usual, name);
	else
		return bt_fail(err, -ENOENT, "%s: neither %s nor HOME is an absolute path", name,
			variable);
	if (n >= size)
		return bt_fail(err, -ENAMETOOLONG, "%s: the path is too long", name);
	return 0;
}

int bt_config_path(char *out, size_t size, const char *name, struct bt_err *err)
{
	return user_path(out, size, "XDG_CONFIG_HOME", ".config", name, err);
}

int bt_state_path(char *out, size_t size, const char *name, struct bt_err *err)
{
	return user_path(out, size, "XDG_STATE_HOME", ".local/state", name, err);
}

int bt_cache_path(char *out, size_t size, const char *name, struct bt_err *err)
{
	return user_path(out, size, "XDG_CACHE_HOME", ".cache", name, err);
}
