/*
 * import_rule.h: rules for objects of JSON from elsewhere: which members of which type and range they have. What breaks one is named by
 * its path. Private to import_*.c.
 */
#ifndef BT_IMPORT_RULE_H
#define BT_IMPORT_RULE_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

struct bt_check {
	char path[240];
	struct bt_err *err;
};

enum bt_rule_kind {
	BT_IS_COUNT,
	BT_IS_REAL,
	BT_IS_SIGNED,
	BT_IS_SHARE,
	BT_IS_TEXT,
	BT_IS_WORD,
	BT_IS_FLAG,
	BT_IS_OBJECT,
	BT_IS_MAP,
	BT_IS_LIST,
	BT_IS_LATENCY,
	BT_IS_COUNTS,
	BT_IS_ROW
};

/* A member of an object. Unless it must be there, it may be missing: other versions write other members. */
struct bt_rule {
	const char *key;
	enum bt_rule_kind kind;
	bool null, must;
	double most;              /* numbers: themselves, else bytes or elements; 0: any */
	const char *const *words; /* BT_IS_WORD, NULL-ended */
	const struct bt_rule
		*inside; /* BT_IS_OBJECT; of BT_IS_MAP and BT_IS_LIST each element; NULL: texts */
};

/* clang-format off */
#define KNOWN(k, what)   { .key = (k), .kind = (what) }
#define UNKNOWN(k, what) { .key = (k), .kind = (what), .null = true }
/* clang-format on */

/* Each: 0 or -EINVAL. */

/* "PATH: VALUE: expected WORDS"; a key that is not NULL is added to the path. */
int BT_PRINTF(4, 5) bt_check_bad(
	struct bt_check *c, const char *key, const json_t *value, const char *fmt, ...);
int bt_check_object(struct bt_check *c, const json_t *object, const struct bt_rule *rules);
int bt_check_number(struct bt_check *c, const char *key, const json_t *value,
	enum bt_rule_kind kind, double most);
int bt_check_latency(struct bt_check *c, const json_t *value);
/* Of an object that has them: offered is completed, failed, expired and in_flight. */
int bt_check_adds_up(struct bt_check *c, const json_t *object);

/* Goes into a member or, with a NULL key, an element; returns what leave takes to come back. */
size_t bt_check_enter(struct bt_check *c, const char *key, size_t i);
void bt_check_leave(struct bt_check *c, size_t before);

/* What a report, a segment and an event have (import_table.c). */
extern const struct bt_rule bt_report_rules[], bt_segment_rules[], bt_event_rules[];

#endif
