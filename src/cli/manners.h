/* manners.h: how the dashboard of any command looks, and what it listens to. */
#ifndef BT_MANNERS_H
#define BT_MANNERS_H

#include "ui/theme.h"

/*
 * The usual manners, with the user's theme file over them: $BENCHTOP_THEME, else theme.ini of the
 * configuration directory, if there is one. -1 to go on, else the exit status: the file is wrong or
 * cannot be read, and that has been said.
 */
int bt_cli_manners(struct bt_manners *manners, bool no_mouse);

#endif
