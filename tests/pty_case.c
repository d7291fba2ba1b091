#include "pty_case.h"

#include <stdlib.h>
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
	snprintf(f->dir, sizeof(f->dir), "/tmp/benchtop-pty.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->db, sizeof(f->db), "%s/history.db", f->dir);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".ini" };
	struct pty_case *f = *state;
	char path[100];

	pty_free(f->run);
	for (size_t i = 0; i < BT_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", f->db, ends[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/benchtop", f->dir); /* of sockets */
	rmdir(path);
	rmdir(f->dir);
	free(f);
	return 0;
}

#define ARGS_MAX 24

void start(struct pty_case *f, int w, int h, const char *words, const char *const env[])
{
	const char *argv[ARGS_MAX] = { pty_program() };
	char copy[400], *rest = copy;
	int n = 1;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
		argv[n++] = word;
		assert_true(n + 3 < ARGS_MAX);
	}
	argv[n++] = "--db";
	argv[n] = f->db;
	pty_free(f->run);
	f->run = pty_start(w, h, argv, env);
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
