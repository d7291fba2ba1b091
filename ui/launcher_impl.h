/* launcher_impl.h: what the files of the launch view share. */
#ifndef BT_UI_LAUNCH_ROOM_H
#define BT_UI_LAUNCH_ROOM_H

#include "ui/launcher.h"
#include "ui/view.h"

struct bt_launch_places {
	/* Frames of the workloads, the profiles, the options; w 0: not shown. */
	struct bt_rect list[3];
	struct bt_rect help, plan, command;
};

/* Where things are: a pure function of the view's rectangle and of what is looked at. */
struct bt_launch_places bt_launch_places(const struct bt_launch *launch, struct bt_rect r);
/* Rows of the options: the number of a field, -1: a heading. Returns how many; *cursor: the row
 * under it. */
int bt_launch_rows(const struct bt_launch *launch, int rows[2 * BT_LAUNCH_FIELDS], int *cursor);
/* The first row shown of n, so that the cursor stays in the middle where the list is long enough on
 * both sides. */
int bt_launch_first(int n, int cursor, int room);
void bt_launch_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen);

#endif
