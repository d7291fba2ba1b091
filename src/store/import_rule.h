/*
 * import_rule.h: rules for objects of JSON from elsewhere: which members of which type and range
 * they have. What breaks one is named by its path. Private to import_*.c.
 */
#ifndef BT_IMPORT_RULE_H
#define BT_IMPORT_RULE_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

struct bt_check {
	char path[240];
	double run_ns; /* the run's length, and a second for what follows its end; NAN: unknown */
	struct bt_err *err;
};

enum bt_rule_kind {
	BT_IS_TEXT,
	BT_IS_COUNT,  /* a whole number, at least 0 */
	BT_IS_WHOLE,  /* a whole number */
	BT_IS_REAL,   /* a number, at least 0 */
	BT_IS_SIGNED, /* a number */
	BT_IS_SHARE,  /* a number from 0 to 1 */
	BT_IS_WORD,   /* one of `words` */
	BT_IS_FLAG,
	BT_IS_OBJECT,
	BT_IS_MAP,      /* an object with any keys */
	BT_IS_LIST,     /* a list of objects, or of values of the kind `each` */
	BT_IS_SETTINGS, /* options or tags (json_setting.c) */
	BT_IS_COUNTS,   /* [offered, completed, failed, expired, units] */
	BT_IS_ROW,      /* a latency as a row: [count, mean, p50 ... p999, max] */
	BT_IS_METRIC,   /* a number, a text or a row */
};

/*
 * A member of an object. Unless it must be there, it may be missing: other versions write other
 * members. The last row of a table has no key; its function checks the object as a whole.
 */
struct bt_rule {
	const char *key;
	enum bt_rule_kind kind;
	bool null, must;
	bool in_run;              /* numbers: ns since the run's start, at most its length */
	double least;             /* of whole numbers; 0: any */
	double most;              /* numbers: themselves, else bytes or elements; 0: any */
	const char *below;        /* numbers: at most this member of the same object */
	const char *const *words; /* BT_IS_WORD, NULL-ended */
	/* An object; of a map or a list each element; NULL: any object, or `each`. */
	const struct bt_rule *inside;
	enum bt_rule_kind each; /* of a list; null may stand for any but a text */
	/* Of the last row; NULL: nothing more. */
	int (*holds)(struct bt_check *c, const json_t *object);
};

/* A row: its key, then what else it has: COUNT("offered", .must = true). */
/* clang-format off */
#define COUNT(...)   { .kind = BT_IS_COUNT, .key = __VA_ARGS__ }
#define REAL(...)    { .kind = BT_IS_REAL, .key = __VA_ARGS__ }
#define WHOLE(...)   { .kind = BT_IS_WHOLE, .key = __VA_ARGS__ }
#define SIGNED(...)  { .kind = BT_IS_SIGNED, .key = __VA_ARGS__ }
#define SHARE(...)   { .kind = BT_IS_SHARE, .key = __VA_ARGS__ }
#define TEXT(...)    { .kind = BT_IS_TEXT, .key = __VA_ARGS__ }
#define WORD(...)    { .kind = BT_IS_WORD, .key = __VA_ARGS__ }
#define FLAG(...)    { .kind = BT_IS_FLAG, .key = __VA_ARGS__ }
#define OBJECT(...)  { .kind = BT_IS_OBJECT, .key = __VA_ARGS__ }
#define MAP(...)     { .kind = BT_IS_MAP, .key = __VA_ARGS__ }
#define LIST(...)    { .kind = BT_IS_LIST, .key = __VA_ARGS__ }
#define SETTINGS(...) { .kind = BT_IS_SETTINGS, .key = __VA_ARGS__ }
#define COUNTS(...)  { .kind = BT_IS_COUNTS, .key = __VA_ARGS__ }
#define ROW(...)     { .kind = BT_IS_ROW, .key = __VA_ARGS__ }
#define END          { .key = NULL }
/* clang-format on */

/* Each: 0 or -EINVAL. */

/* "PATH: VALUE: expected WORDS"; a key that is not NULL ends the path. */
int BT_PRINTF(4, 5) bt_check_bad(
	struct bt_check *c, const char *key, const json_t *value, const char *fmt, ...);
int bt_check_object(struct bt_check *c, const json_t *object, const struct bt_rule *rules);
int bt_check_count(struct bt_check *c, const char *key, const json_t *value);
/* A number that is there is at most `most`, which is `what`. NAN: any. */
int bt_check_at_most(
	struct bt_check *c, const json_t *object, const char *key, double most, const char *what);
/* Completed, failed, expired and in_flight are parts of offered. */
int bt_check_parts(struct bt_check *c, const json_t *object);
/* Count, mean, and percentiles that ascend to the maximum. */
extern const struct bt_rule bt_latency_rules[];

/* What a segment and an event have (import_check.c). */
extern const struct bt_rule bt_segment_rules[], bt_event_rules[];
#define BT_CHECK_SLACK_NS 1e9 /* what ends a run happens when it has been measured */

/* Appends a member or, with a NULL key, an element to the path; returns what leave takes to remove
 * it. */
size_t bt_check_enter(struct bt_check *c, const char *key, size_t i);
void bt_check_leave(struct bt_check *c, size_t before);

#endif
