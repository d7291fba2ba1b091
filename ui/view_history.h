/* view_history.h: what the files of the history view share. For ui/view_history*.c and the screen
 * only. */
#ifndef BT_UI_VIEW_HISTORY_H
#define BT_UI_VIEW_HISTORY_H

#include "ui/view.h"

extern const struct bt_key bt_history_keys[];
bool bt_history_key_useful(const struct bt_screen *screen, const struct bt_key *key);

/* True when a screen of this size, without its key line, shows the run under the cursor below the
 * list. */
bool bt_history_shows_pane(const struct bt_history *history, int w, int h);
void bt_history_draw_pane(struct bt_grid *grid, struct bt_rect r, const struct bt_history *history);

/* Opens the line in which tags are typed; Enter asks for BT_ASK_TAGS. */
void bt_history_edit_tags(struct bt_screen *screen, const char *tags);

#endif
