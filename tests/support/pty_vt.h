/* pty_vt.h: the terminal that pty_run plays. */
#ifndef PTY_VT_H
#define PTY_VT_H

#include "pty_run.h"

/* Takes the next byte that the program sent, and does what it says once it is complete. */
void pty_vt_take(struct pty_run *run, char c);

#endif
