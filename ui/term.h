/*
 * term.h: the terminal. Its files alone know curses: shows a grid by sending what changed, reads
 * keys, and gives the terminal back on every way out, suspension included. Main thread only; one at
 * a time.
 */
#ifndef BT_UI_TERM_H
#define BT_UI_TERM_H

#include "ui/grid.h"

struct bt_term;
struct bt_mouse; /* view.h */

/*
 * Prepares standard input and output and allocates all the memory that showing something will need,
 * but leaves the terminal as it is. The locale must have been set. -ENOTTY: one of them is no
 * terminal; -EINVAL: a terminal type that is not known; -ENOMEM.
 */
int bt_term_open(struct bt_term **term, const struct bt_manners *manners, struct bt_err *err);
/* Takes the terminal. SIGTSTP and SIGCONT are handled until close; handlers of the others stay the
 * caller's. */
void bt_term_start(struct bt_term *term);
/* Gives the terminal back, if it was taken. */
void bt_term_close(struct bt_term *term);

/* Gives the terminal to another program, and takes it again; what that one left there is drawn
 * over. */
void bt_term_pause(struct bt_term *term);
void bt_term_resume(struct bt_term *term);

void bt_term_size(const struct bt_term *term, int *w, int *h);
bool bt_term_ascii(const struct bt_term *term); /* true: no UTF-8 here */

/* Sends what differs from the last grid shown, everything after a resize or a suspension. */
void bt_term_show(struct bt_term *term, const struct bt_grid *grid);

/*
 * Waits for a key, for fd (-1: none) to become readable, or for timeout_ms. 1: the terminal may
 * have something to say (a key, a new size, a resumption), 0: not; -EIO: the terminal has gone.
 */
int bt_term_wait(struct bt_term *term, int fd, int timeout_ms, struct bt_err *err);

/* The next key that was typed: a character or BT_KEY_* (view.h); 0: none. */
int bt_term_key(struct bt_term *term);

/* What the mouse did when the last key was BT_KEY_MOUSE. */
struct bt_mouse bt_term_mouse(const struct bt_term *term);

/* True once after the screen must be drawn again: a new size, a resumption. Suspends the program
 * when that was asked for. */
bool bt_term_changed(struct bt_term *term);

#endif
