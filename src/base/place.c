#include "base/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MOST 40

/* The number of a descriptor of this process that the path names; -1: it names none. */
static int own_descriptor(const char *path)
{
	static const char *const roots[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < BT_LEN(roots); i++) {
		const char *digits = path + strlen(roots[i]);

		if (strncmp(path, roots[i], strlen(roots[i])) == 0 && *digits &&
			strlen(digits) < 7 && !digits[strspn(digits, "0123456789")])
			return atoi(digits);
	}
	return -1;
}

static void find_name(struct bt_place *p)
{
	const char *slash = strrchr(p->path, '/');

	p->name = slash ? (size_t)(slash - p->path) + 1 : 0;
}

static bool join(char out[PATH_MAX], const char *directory, size_t len, const char *name)
{
	int n = len ? snprintf(out, PATH_MAX, "%.*s/%s", (int)len, directory, name)
		    : snprintf(out, PATH_MAX, "%s", name);

	return n >= 0 && n < PATH_MAX;
}

/* Replaces a path by what its last part, a link, leads to. 0, or errno. */
static int follow(char path[PATH_MAX])
{
	char to[PATH_MAX], both[PATH_MAX];
	const char *slash = strrchr(path, '/');
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n < 0)
		return errno;
	to[n] = '\0';
	if (!join(both, path, *to == '/' || !slash ? 0 : (size_t)(slash - path), to))
		return ENAMETOOLONG;
	memcpy(path, both, sizeof(both));
	return 0;
}

/* A file that is not there: links to nothing are followed, and the directory is looked at. 0, or
 * errno. */
static int find_new(struct bt_place *p)
{
	char directory[PATH_MAX];
	struct stat st;

	for (int i = 0; lstat(p->path, &st) == 0; i++) {
		int code = i == LINKS_MOST ? ELOOP : follow(p->path);

		if (code)
			return code;
	}
	if (errno != ENOENT)
		return errno;
	find_name(p);
	if (!p->path[p->name])
		return *p->path ? EISDIR : ENOENT;
	memcpy(directory, p->path, sizeof(directory));
	directory[p->name] = '\0';
	return stat(p->name ? directory : ".", &p->st) < 0 ? errno : 0;
}

int bt_place_find(struct bt_place *p, const char *path, struct bt_err *err)
{
	int code = 0;

	p->own = own_descriptor(path);
	p->there = p->own >= 0 ? fstat(p->own, &p->st) == 0 : stat(path, &p->st) == 0;
	if (!p->there && (p->own >= 0 || errno != ENOENT))
		code = errno;
	else if ((size_t)snprintf(p->path, sizeof(p->path), "%s", path) >= sizeof(p->path))
		code = ENAMETOOLONG;
	else if (!p->there)
		code = find_new(p);
	else if (p->own < 0 && !realpath(path, p->path)) /* a pipe in another process's /proc */
		snprintf(p->path, sizeof(p->path), "%s", path);
	if (code)
		return bt_fail(err, -code, "%s: %s", path, strerror(code));
	find_name(p);
	return 0;
}

static bool same_node(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool bt_place_same(const struct bt_place *a, const struct bt_place *b)
{
	if (a->there != b->there || !same_node(&a->st, &b->st))
		return false;
	return a->there ? !S_ISCHR(a->st.st_mode)
			: strcmp(a->path + a->name, b->path + b->name) == 0;
}

bool bt_place_within(const struct bt_place *place, const struct bt_place *directory)
{
	char at[PATH_MAX];
	struct stat st;

	if (!place->there || place->own >= 0 || !directory->there ||
		!S_ISDIR(directory->st.st_mode))
		return false;
	memcpy(at, place->path, sizeof(at));
	for (char *slash; (slash = strrchr(at, '/'));) {
		slash[slash == at] = '\0';
		if (stat(at, &st) == 0 && same_node(&st, &directory->st))
			return true;
		if (slash == at)
			break;
	}
	return false;
}
