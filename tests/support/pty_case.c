#include "pty_case.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "cm.h"

const char *pty_program(void)
{
	const char *path = getenv("BENCHTOP");

	return path ? path : "./benchtop";
}

int set_up(void **state)
{
	struct pty_case *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_non_null(mkdtemp(cm_temp(f->dir, "benchtop-pty")));
	snprintf(f->db, sizeof(f->db), "%s/history.db", f->dir);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	struct pty_case *f = *state;
	const struct dirent *entry;
	DIR *dir;

	pty_free(f->run);
	dir = opendir(f->dir);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, "benchtop") == 0) /* of sockets */
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(f->dir);
	free(f);
	return 0;
}

#define ARGS_MAX 24

void start(struct pty_case *f, int w, int h, const char *words, const char *const env[])
{
	const char *argv[ARGS_MAX] = { pty_program() };
	char copy[400], *rest = copy, program[PATH_MAX];
	int n = 1, here;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
		argv[n++] = word;
		assert_true(n + 3 < ARGS_MAX);
	}
	argv[n++] = "--db";
	argv[n] = f->db;
	pty_free(f->run);
	/* Files that keys happen to name are made in the case's own directory. */
	argv[0] = realpath(argv[0], program);
	assert_non_null(argv[0]);
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(here >= 0 && chdir(f->dir) == 0);
	f->run = pty_start(w, h, argv, env);
	assert_int_equal(fchdir(here), 0);
	close(here);
}

char *output(struct pty_case *f, const char *words)
{
	char command[300], *text = calloc(1, 1 << 18);
	FILE *in;
	size_t n;

	assert_non_null(text);
	snprintf(command, sizeof(command), "'%s' %s --db '%s'", pty_program(), words, f->db);
	in = popen(command, "r");
	assert_non_null(in);
	n = fread(text, 1, (1 << 18) - 1, in);
	assert_in_range(n, 1, (1 << 18) - 2);
	assert_int_equal(pclose(in), 0);
	return text;
}
