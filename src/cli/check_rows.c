#include "cli/check.h"

#include <string.h>

void bt_check_add(struct bt_check_result *result, const char *name, enum bt_outcome_kind kind,
	const char *text)
{
	if (result->n < BT_CHECK_ROWS)
		result->rows[result->n++] =
			(struct bt_check_row){ strdup(name), strdup(text), kind };
}
