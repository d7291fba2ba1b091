/* ui_history.h: invented histories for the tests of screens and keys. The same every time. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "ui/view.h"

#define FAKE_NOW UINT64_C(1763900000000000000) /* 2025-11-23 */

/* n runs of several workloads, the newest first; gives the history over to bt_history_fini. */
void fake_history(struct bt_history *history, size_t n);
/* n runs of one kind whose p99 doubles at a third of them and comes back at two thirds. */
void fake_course(struct bt_history *history, size_t n);

#endif
