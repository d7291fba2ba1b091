/* app_draw.c: a frame of the application: the grid has the terminal's size, and what changed is
 * sent. Reads nothing but the screen's state. */
#include "ui/app_impl.h"

#include "base/clock.h"

int bt_app_fit(struct bt_app *app, struct bt_err *err)
{
	int w, h;

	bt_term_size(app->term, &w, &h);
	if (app->grid.cells && app->grid.w == w && app->grid.h == h)
		return 0;
	bt_grid_fini(&app->grid);
	return bt_grid_init(&app->grid, w, h, bt_term_ascii(app->term), err);
}

void bt_app_draw(struct bt_app *app)
{
	app->screen.notice = app->conf.notice ? app->conf.notice(app->conf.notice_arg) : NULL;
	bt_screen_draw(&app->grid, &app->screen);
	bt_term_show(app->term, &app->grid);
	app->drawn_ns = bt_monotonic_ns();
	app->dirty = false;
}
