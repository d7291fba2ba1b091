/* null: does nothing. What benchtop then measures is its own overhead: the floor under every other
 * figure. */
#include "core/workload.h"

static struct bt_result null_op(void *state BT_UNUSED, uint64_t n BT_UNUSED)
{
	return (struct bt_result){ .outcome = BT_DONE };
}

const struct bt_workload bt_null_workload = {
	.name = "null",
	.summary = "does nothing: the overhead floor of benchtop itself",
	.unit = "operations",
	.op = null_op,
};
