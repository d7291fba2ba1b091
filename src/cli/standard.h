/*
 * standard.h: standard output and error as every command writes them: what cannot be written is found once, at the end, and a reader
 * who sleeps cannot hold a program that is to end. Main thread.
 */
#ifndef BT_CLI_STANDARD_H
#define BT_CLI_STANDARD_H

/* First of all: no file that is opened later takes the place of a closed descriptor 0, 1 or 2. */
void bt_standard_open(void);
/*
 * Last of all. Returns the status, or BT_EXIT_CANNOT, with a message, when something written to standard output was lost. A reader who
 * left (a closed pipe) has no message, and 128 + SIGPIPE in place of BT_EXIT_DONE. A signal's status stays.
 */
int bt_standard_close(int status);

#endif
