/*
 * pty_run.h: drives a program in a pseudo-terminal: types, resizes, suspends, and knows what its
 * screen shows. The terminal understands what curses sends to an xterm-256color, but for what
 * terminals of that name are known to lack: it cannot scroll a part of the screen nor repeat a
 * character. A sequence that it does not know fails the test. One thread.
 */
#ifndef PTY_RUN_H
#define PTY_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#define PTY_COLS 320
#define PTY_ROWS 100

struct pty_run {
	/* Reports: the guardian tells there what became of the program. */
	int master, slave, reports;
	/* the session's leader, as a shell would be: what has none cannot be suspended */
	pid_t guardian;
	pid_t pid;
	int status; /* as of waitpid, the newest report; -1: it runs */
	struct termios before;
	/* The terminal. */
	int w, h, x, y, saved_x, saved_y;
	bool wraps; /* the last column was written: the next character goes to the next line */
	bool alternate, hidden, keypad, mouse;
	uint32_t cells[PTY_ROWS][PTY_COLS];
	char seq[64]; /* a sequence or character that is not complete yet */
	unsigned n_seq;
	char *text; /* of the screen, as of pty_text */
	/* What came. */
	uint64_t bytes;
	unsigned colours;   /* sequences that set a colour */
	unsigned rgb;       /* of them with 24 bits */
	unsigned not_ascii; /* bytes */
};

/*
 * argv and env end with NULL; env: "NAME=value" sets, "NAME" unsets. TERM is xterm-256color and
 * LC_ALL C.UTF-8 unless set there; the user's theme is not read.
 */
struct pty_run *pty_start(int w, int h, const char *const argv[], const char *const env[]);
/* The terminal goes away, as when a connection drops; the program is told and may go on. Nothing
 * else but pty_free after this. */
void pty_hang_up(struct pty_run *run);
/* Kills what still runs. */
void pty_free(struct pty_run *run);

void pty_type(struct pty_run *run, const char *keys);
/* Clicks on the first place where the screen shows a text; fails the test when there is none, or
 * nobody listens to the mouse. */
void pty_click(struct pty_run *run, const char *text);
/* As some terminals do, spoils what the screen showed: the program has to draw all of it. */
void pty_resize(struct pty_run *run, int w, int h);

/* Takes what the program has sent; waits at most this long for the first of it. False: nothing
 * came. */
bool pty_pump(struct pty_run *run, int timeout_ms);
/* The screen's lines without trailing spaces. Stays the run's. */
const char *pty_text(struct pty_run *run);
/* How often a text is on the screen. */
unsigned pty_count(struct pty_run *run, const char *text);
/* Wait until the screen shows a text, or no longer shows it; fail the test, with the screen
 * printed, when it takes too long. */
void pty_await(struct pty_run *run, const char *text);
void pty_await_gone(struct pty_run *run, const char *text);
/* False: it has ended, or stopped. */
bool pty_goes_on(struct pty_run *run);
/* Wait for the program to stop, or to end: the exit status, a signal's number plus 1000. */
void pty_await_stop(struct pty_run *run);
int pty_end(struct pty_run *run);

/* Fails the test unless modes, screen, cursor and keypad are as the program found them. */
void pty_assert_restored(struct pty_run *run);

#endif
