#include "machine/commit.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/input.h"

#define PACKED_MOST ((size_t)1 << 30)

/* False: it does not fit, and nothing is at such a path. */
static bool BT_PRINTF(3, 4) compose(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, size, fmt, ap);
	va_end(ap);
	return n >= 0 && (size_t)n < size;
}

/* The first line of directory/name without its end; false: there is none. */
static bool first_line(char *out, size_t size, const char *directory, const char *name)
{
	char path[PATH_MAX], *line;
	struct bt_input in;
	bool any;

	if (!compose(path, sizeof(path), "%s/%s", directory, name) ||
		bt_input_text(&in, path, BT_INPUT_FILE, PACKED_MOST, NULL) < 0)
		return false;
	any = bt_input_line(&in, &line, NULL) == 1 && compose(out, size, "%s", line);
	bt_input_close(&in);
	return any;
}

/* Relative paths in Git's files are relative to the directory they stand in. */
static bool join(char *out, size_t size, const char *directory, const char *path)
{
	return *path == '/' ? compose(out, size, "%s", path)
			    : compose(out, size, "%s/%s", directory, path);
}

/* .git of the directory or of one above it: a directory, or of a worktree a file that names one. */
static bool find_repository(char *out, size_t size, const char *directory)
{
	char at[PATH_MAX], line[PATH_MAX];
	struct stat st;
	char *slash;

	if (!realpath(directory, at))
		return false;
	for (;;) {
		if (compose(out, size, "%s/.git", at) && stat(out, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
		if (first_line(line, sizeof(line), at, ".git") && strncmp(line, "gitdir: ", 8) == 0)
			return join(out, size, at, line + 8);
		slash = strrchr(at, '/');
		if (!slash || !at[1])
			return false;
		slash[slash == at] = '\0'; /* the root keeps its slash */
	}
}

/* Takes a text that is a commit, and no other. */
static bool take(char out[BT_COMMIT_MAX], const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");

	return text[n] == '\0' && (n == 40 || n == 64) && compose(out, BT_COMMIT_MAX, "%s", text);
}

/* Lines of packed-refs: commit, space, name. */
static void find_packed(char out[BT_COMMIT_MAX], const char *repository, const char *name)
{
	char path[PATH_MAX], *line;
	struct bt_input in;
	bool found = false;

	if (!compose(path, sizeof(path), "%s/packed-refs", repository) ||
		bt_input_lines(&in, path, BT_INPUT_FILE, PACKED_MOST, NULL) < 0)
		return;
	while (!found && bt_input_line(&in, &line, NULL) == 1) {
		char *space = strchr(line, ' ');

		if (!space || strcmp(space + 1, name) != 0)
			continue;
		*space = '\0';
		found = take(out, line);
	}
	bt_input_close(&in);
}

/* References of a worktree that are not its own lie in the repository that it belongs to. */
static void follow(char out[BT_COMMIT_MAX], const char *repository, const char *name)
{
	char common[PATH_MAX], line[PATH_MAX];

	if (first_line(line, sizeof(line), repository, name) && take(out, line))
		return;
	if (!first_line(line, sizeof(line), repository, "commondir")) {
		find_packed(out, repository, name);
		return;
	}
	if (!join(common, sizeof(common), repository, line))
		return;
	if (!first_line(line, sizeof(line), common, name) || !take(out, line))
		find_packed(out, common, name);
}

void bt_commit_at(char out[BT_COMMIT_MAX], const char *directory)
{
	char repository[PATH_MAX], head[PATH_MAX];

	out[0] = '\0';
	if (!find_repository(repository, sizeof(repository), directory) ||
		!first_line(head, sizeof(head), repository, "HEAD"))
		return;
	if (strncmp(head, "ref: ", 5) == 0)
		follow(out, repository, head + 5);
	else
		take(out, head);
}
