/*
 * import_check.h: whether JSON from elsewhere can be of a run: types, ranges, order, and numbers
 * that must add up. What is wrong is named by its path: "runs[0].segments[3].completed: 7: expected
 * at most offered, 1". Private to src/store.
 */
#ifndef BT_IMPORT_CHECK_H
#define BT_IMPORT_CHECK_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

#define BT_CHECK_T_MOST (UINT64_C(100) * 365 * 86400 * BT_NS_PER_S) /* length of a run */

/* Each: 0, or -EINVAL with the path, which begins with `root`, the value, and what was expected. */
int bt_check_report(const char *root, const json_t *report, struct bt_err *err);
int bt_check_description(const char *root, const json_t *info, struct bt_err *err);
int bt_check_snapshot(const char *root, const json_t *snapshot, struct bt_err *err);
/* Whether no text of a document, read with JSON_ALLOW_NUL, has a NUL: everywhere else a text ends
 * there. */
int bt_check_texts(const char *root, const json_t *document, struct bt_err *err);
/* The `state` of a snapshot, which is a text of JSON there. */
int bt_check_state(const char *root, const json_t *state, struct bt_err *err);
/* Whether a number that stands in two places is the same: `key` of an object must be n. A missing
 * one is the same. */
int bt_check_same(const char *root, const json_t *object, const char *key, uint64_t n,
	const char *where, struct bt_err *err);

#endif
