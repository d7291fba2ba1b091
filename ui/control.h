/*
 * control.h: what keys ask of the run that is shown: to pause, to offer more, a spike, the next
 * step, a note, a baseline. Each is asked of the application as a command, or refused in words; a
 * line is opened where something has to be typed. A replay is paused, sought through and sped up by
 * the same keys.
 */
#ifndef BT_UI_CONTROL_H
#define BT_UI_CONTROL_H

#include "ui/view.h"

/* The shown run goes on and takes commands: the live one, or a replay. */
bool bt_control_goes_on(const struct bt_screen *screen);
/* It has a rate, or a replay's speed, to change. */
bool bt_control_takes_rates(const struct bt_screen *screen);

/* For key tables. */
void bt_control_pause(struct bt_screen *screen);
void bt_control_more(struct bt_screen *screen);
void bt_control_less(struct bt_screen *screen);
void bt_control_rate(struct bt_screen *screen);
void bt_control_spike(struct bt_screen *screen);
void bt_control_next(struct bt_screen *screen);
void bt_control_note(struct bt_screen *screen);
void bt_control_baseline(struct bt_screen *screen);
void bt_control_save(struct bt_screen *screen);
void bt_control_back(struct bt_screen *screen);
void bt_control_on(struct bt_screen *screen);

#endif
