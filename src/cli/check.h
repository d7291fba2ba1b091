/* check.h: what the two ways of `benchtop check` share: a baseline of benchtop's own, and the plain
 * form. Main thread. */
#ifndef BT_CLI_CHECK_H
#define BT_CLI_CHECK_H

#include <jansson.h>

#include "cli/trials.h"
#include "export/outcome.h"

struct bt_check_conf {
	const char *db, *baseline, *junit, *markdown;
	struct bt_endpoint_conf endpoint;
	struct bt_list figures;
	double tolerance;
	uint64_t repeat, duration_ns;
	bool json, anyway, unsound;
};

/* One line of the result; texts are freed with free(). */
struct bt_check_row {
	char *name, *text;
	enum bt_outcome_kind kind;
};

#define BT_CHECK_ROWS (BT_COMPARED_MAX + 2)
struct bt_check_result {
	struct bt_check_row rows[BT_CHECK_ROWS];
	unsigned n;
	json_t *object;    /* of --json */
	char workload[64]; /* of a baseline with runs of its own */
};

/* Takes copies of the texts. */
void bt_check_add(struct bt_check_result *result, const char *name, enum bt_outcome_kind kind,
	const char *text);

/* The plain form. Returns the exit status, the table having been printed unless --json. */
int bt_check_plain(
	struct bt_check_result *result, const struct bt_check_conf *conf, const json_t *document);

#endif
