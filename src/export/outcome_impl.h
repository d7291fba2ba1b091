/* outcome_impl.h: what the writers of outcomes share. Private to outcome*.c. */
#ifndef BT_OUTCOME_ROOM_H
#define BT_OUTCOME_ROOM_H

#include <stdio.h>

#include "export/outcome.h"

struct bt_outcome_list {
	const char *suite;
	const struct bt_outcome_row *rows;
	size_t n, kinds[BT_OUTCOME_SKIPPED + 1]; /* how many of a kind */
	double seconds;                          /* of all whose time is known */
};

/* Has `print` write the list to where bt_outcome_write_junit says; it need not look for errors of
 * the stream. */
int bt_outcome_write(const char *path, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err);
struct bt_outcome_list bt_outcome_list(
	const char *suite, const struct bt_outcome_row *rows, size_t n);

#endif
