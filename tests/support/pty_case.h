/* pty_case.h: a test case with the real program in a pseudo-terminal and a history of its own.
 * BENCHTOP names the program. */
#ifndef PTY_CASE_H
#define PTY_CASE_H

#include "pty_run.h"

struct pty_case {
	char dir[64], db[80];
	struct pty_run *run;
};
const char *pty_program(void);
int set_up(void **state);
int tear_down(void **state);
/* Starts benchtop with these words and the test's own history, in the test's own directory. */
void start(struct pty_case *f, int w, int h, const char *words, const char *const env[]);
/* Standard output of a command that succeeds. Free with free(). */
char *output(struct pty_case *f, const char *words);

#endif
