/* manual.h: the options of the man pages, written from the rows that parse them. Main thread. */
#ifndef BT_MANUAL_H
#define BT_MANUAL_H

#include <stdio.h>

#include "core/opt.h"

/* Copies the template `in`, the options in their places. 0; -EINVAL, naming a table that does not
 * exist. */
int bt_manual_print(FILE *out, FILE *in, struct bt_err *err);
/* One item of a list in mdoc: name, argument, paragraph, default and range. */
void bt_manual_option(FILE *out, const struct bt_opt *opt);

#endif
