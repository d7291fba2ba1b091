/* stop.h: the signal flag of the program, how often it was set, and the end that waits for
 * nothing. */
#ifndef BT_STOP_H
#define BT_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The last signal that asks the program to end; 0: none. Commands install the handler, and clear
 * the flag once they have passed the signal on. A function that may wait long returns -EINTR when
 * it sees the flag. Any thread may read it.
 */
extern volatile sig_atomic_t bt_stop_signal;

/*
 * How many of these signals came; never cleared. After the first, no output waits long for its
 * reader.
 */
extern volatile sig_atomic_t bt_stop_count;

/* A wait for somebody who may never answer: how many signals had come when it began, and when. */
struct bt_stop_wait {
	sig_atomic_t count;
	uint64_t since_ns; /* bt_monotonic_ns */
};

void bt_stop_wait_begin(struct bt_stop_wait *wait);
/* Whether to give up: a signal has come meanwhile, or had come before and BT_STOP_LAST_NS have
 * passed. Any thread. */
bool bt_stop_wait_over(const struct bt_stop_wait *wait);
#define BT_STOP_LAST_NS UINT64_C(400000000)

/*
 * Ends the program at once with this status: nothing is flushed or tidied, but the terminal is
 * given back, and the words, a line, go to standard error unless its reader sleeps. Any thread,
 * also in a signal handler.
 */
_Noreturn void bt_stop_at_once(int status, const char *words);
/* What gives the terminal back at such an end; NULL: nothing has taken it. It may only call what a
 * signal handler may. */
void bt_stop_give_back(void (*give_back)(void));

/*
 * Prints "benchtop: out of memory" and exits with status 3; flushes and cleans up nothing. For code
 * that cannot return an error and would otherwise write half a document: values of jansson, texts
 * and parameters of SQLite. The history stays intact, and the run reads as interrupted.
 */
_Noreturn void bt_out_of_memory(void);

#endif
