/* stop.h: the signal flag of the program, and how often it was set. */
#ifndef BT_STOP_H
#define BT_STOP_H

#include <signal.h>

/*
 * The last signal that asks the program to end, 0: none. The commands install the handler, and clear the flag once they have passed
 * the signal on. Whatever may wait long returns -EINTR when it sees the flag. Any thread reads it.
 */
extern volatile sig_atomic_t bt_stop_signal;

/* How many of these signals have come. Nobody clears it: from the first on, no output waits long for its reader. */
extern volatile sig_atomic_t bt_stop_count;

#endif
