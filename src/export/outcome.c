#include "export/outcome_impl.h"

#include <math.h>

#include "base/whole.h"

const char *const bt_outcome_name[] = { "passed", "failed", "error", "skipped" };

struct bt_outcome_list bt_outcome_list(
	const char *suite, const struct bt_outcome_row *rows, size_t n)
{
	struct bt_outcome_list list = { .suite = suite ? suite : "", .rows = rows, .n = n };

	for (size_t i = 0; i < n; i++) {
		list.kinds[rows[i].kind]++;
		list.seconds += isfinite(rows[i].seconds) ? rows[i].seconds : 0;
	}
	return list;
}

int bt_outcome_write(const char *path, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err)
{
	struct bt_whole whole;
	int r = bt_whole_open(&whole, path, err);

	if (r < 0)
		return r;
	print(whole.out, list);
	return bt_whole_close(&whole, true, err);
}
