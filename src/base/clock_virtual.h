/* clock_virtual.h: the clock of simulated runs; opened through bt_clock_open. */
#ifndef BT_CLOCK_VIRTUAL_H
#define BT_CLOCK_VIRTUAL_H

#include "base/clock.h"

int bt_clock_open_virtual(struct bt_clock **clock, struct bt_err *err);

#endif
