/* app_impl.h: what the files of the application share. For ui/app*.c only. */
#ifndef BT_UI_APP_ROOM_H
#define BT_UI_APP_ROOM_H

#include "ui/app.h"
#include "ui/term.h"
#include "ui/view.h"

struct bt_app {
	struct bt_app_conf conf;
	struct bt_term *term;
	struct bt_grid grid;
	struct bt_screen screen;
	struct bt_columns columns;
	struct bt_model live, stored;
	struct bt_trendline trend;
	struct bt_source *opened; /* the stored run's source; NULL: none */
	unsigned opened_restarts; /* of it, as far as the model knows */
	uint64_t drawn_ns;
	int signal; /* that ended the live run */
	bool dirty, leave;
};

/* Does what a key asked for. */
void bt_app_serve(struct bt_app *app);
/* Ends the live run; said again, it cuts the drain short. */
void bt_app_stop(struct bt_app *app);
void bt_app_show_history(struct bt_app *app);
/* app_draw.c: fits the grid to the terminal, and draws the screen as it is now. The terminal's
 * errors. */
int bt_app_fit(struct bt_app *app, struct bt_err *err);
void bt_app_draw(struct bt_app *app);
/* Reads what the history shows of the run under its cursor, if it does. Before drawing, so that
 * keys in a row read once. */
void bt_app_preview(struct bt_app *app);
void bt_app_close_stored(struct bt_app *app);
/* Shows a stored run, whose source becomes the application's, also on failure. 0, -ENOMEM. */
int bt_app_show_stored(struct bt_app *app, struct bt_source *source, struct bt_err *err);

#endif
