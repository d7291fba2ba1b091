/*
 * standard.h: standard output and error of every command. Write errors are found once, at the end,
 * and a reader that sleeps cannot delay the exit after a signal. Main thread.
 */
#ifndef BT_CLI_STANDARD_H
#define BT_CLI_STANDARD_H

/* Call first: keeps files that are opened later off closed descriptors 0, 1 and 2. */
void bt_standard_open(void);
/*
 * Call last. Returns the status, or BT_EXIT_CANNOT, with a message, when output to standard output
 * was lost. A closed pipe gives no message, and 128 + SIGPIPE in place of BT_EXIT_DONE. A signal's
 * status stays.
 */
int bt_standard_close(int status);

#endif
