/* stop.h: the one signal flag of the program. */
#ifndef BT_STOP_H
#define BT_STOP_H

#include <signal.h>

/*
 * The last signal that asks the program to end, 0: none. The commands install the handler, and clear the flag once they have passed
 * the signal on. Whatever may wait long returns -EINTR when it sees the flag. Any thread reads it.
 */
extern volatile sig_atomic_t bt_stop_signal;

#endif
