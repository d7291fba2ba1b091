/*
 * err.h: how a failure travels. A function returns 0 or a negative errno; the message goes to *err,
 * written once, where the cause is known. A message names the thing, the value, and what was
 * expected. It may quote any bytes: it is one line of UTF-8 without hidden characters
 * (base/text.h), and ends in "…" where it does not fit.
 */
#ifndef BT_ERR_H
#define BT_ERR_H

#include "base/base.h"

struct bt_err {
	int code; /* 0, or the negative errno that was returned */
	char msg[400];
};

/* Fills *err (which may be NULL) and returns code, so that "return bt_fail(err, -EINVAL, …)" is one
 * statement. */
int bt_fail(struct bt_err *err, int code, const char *fmt, ...) BT_PRINTF(3, 4);

/* Fails with -ENOMEM and "what: out of memory"; fmt names what lacks it. NULL: "out of memory". */
int bt_oom(struct bt_err *err, const char *fmt, ...) BT_PRINTF(2, 3);

/* Puts "prefix: " before the message already in *err (which may be NULL). */
void bt_fail_in(struct bt_err *err, const char *fmt, ...) BT_PRINTF(2, 3);

#endif
