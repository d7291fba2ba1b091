/* clock_cost: what one reading of the clock takes that a run uses here, in nanoseconds: the floor
 * of any operation's cost. */
#include <stdio.h>

#include "base/clock.h"

int main(void)
{
	struct bt_clock *clock;
	struct bt_err err;

	if (bt_clock_open(&clock, BT_CLOCK_AUTO, &err) < 0) {
		fprintf(stderr, "clock_cost: %s\n", err.msg);
		return 1;
	}
	printf("%s %.1f\n", clock->name, bt_clock_cost(clock));
	bt_clock_close(clock);
	return 0;
}
