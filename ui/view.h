/*
 * view.h: a screen that people see: a const table of what it draws and which keys it knows. Drawing
 * is pure: it reads the screen's state and writes cells. Keys edit the state; what needs the world
 * outside (a command to the run, a list from the store) is asked of the application through
 * bt_screen.ask. Adding a view is one file and one line where a key shows it.
 */
#ifndef BT_UI_VIEW_H
#define BT_UI_VIEW_H

#include "store/versus.h"
#include "ui/columns.h"
#include "ui/focus.h"
#include "ui/grid.h"
#include "ui/history.h"
#include "ui/live_model.h"
#include "ui/prompt.h"
#include "ui/trend.h"

/* Keys that are not characters. */
enum {
	BT_KEY_UP = 0x110000,
	BT_KEY_DOWN,
	BT_KEY_LEFT,
	BT_KEY_RIGHT,
	BT_KEY_PGUP,
	BT_KEY_PGDN,
	BT_KEY_HOME,
	BT_KEY_END,
	BT_KEY_ENTER,
	BT_KEY_TAB,
	BT_KEY_ESC,
	BT_KEY_BACKSPACE,
	BT_KEY_DELETE,
	BT_KEY_BACKTAB,
	BT_KEY_MOUSE, /* screen->mouse tells what it did */
	BT_KEY_F1,
	BT_KEY_F12 = BT_KEY_F1 + 11,
};

enum bt_mouse_what { BT_MOUSE_CLICK, BT_MOUSE_UP, BT_MOUSE_DOWN }; /* up, down: of the wheel */
struct bt_mouse {
	enum bt_mouse_what what;
	int x, y; /* the cell */
};

struct bt_screen;
struct bt_launch; /* launch.h */

/* A row of a view's key table; the table ends with name NULL. */
struct bt_key {
	int ch, also;     /* also: 0: no second key */
	const char *name; /* as people know it: "space" */
	const char *does; /* a word or two for the key line; NULL: not there */
	const char *help; /* a sentence for the help; NULL: told by another row */
	void (*press)(struct bt_screen *screen);
};

struct bt_view {
	const char *name;
	const struct bt_key *keys;
	void (*draw)(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen);
	/* False: a key that would do nothing now and is not in the key line. NULL: all would. */
	bool (*useful)(const struct bt_screen *screen, const struct bt_key *key);
	/* A click on a cell of what draw() drew, or the wheel turned there. False: not taken, the
	 * wheel is then up and down. NULL: none is. */
	bool (*mouse)(struct bt_screen *screen, struct bt_mouse mouse);
};

extern const struct bt_view bt_view_live, bt_view_history, bt_view_sort, bt_view_trend,
	bt_view_compare, bt_view_launch, bt_view_help;

/* What a key asks of the application. */
enum bt_ask {
	BT_ASK_NONE,
	/* end the program; a live run has ended or goes on to be ended by BT_ASK_STOP */
	BT_ASK_LEAVE,
	/* end the live run, then leave; again: without waiting for operations in flight */
	BT_ASK_STOP,
	BT_ASK_COMMAND, /* to the live run: screen->command */
	BT_ASK_SAVE,    /* the shown run's load, as a suite in the file ask_text */
	BT_ASK_HISTORY, /* read the list anew and show it */
	BT_ASK_OPEN,    /* the run under the cursor of the history */
	BT_ASK_LAUNCH,  /* show the launch view, if there is one */
	BT_ASK_LAUNCH_START,
	BT_ASK_LAUNCH_SUITE,
	BT_ASK_TAGS,    /* give the run under the cursor history.tags */
	BT_ASK_DELETE,  /* what is deleted in the history from the file, then do ask_after */
	BT_ASK_COMPARE, /* the runs of sides; shows it */
	BT_ASK_REPLAY,  /* play the run under the cursor of the history */
	BT_ASKS,
};

/* What a window was made from. */
struct bt_window_key {
	const struct bt_model *model;
	uint64_t from_ns, to_ns, unit_ns, end_ns;
};

struct bt_screen {
	const struct bt_view *view;
	const struct bt_view *under; /* the view that help was called from */
	struct bt_model *live;       /* the run this program makes; NULL: none */
	struct bt_model *stored;     /* the run opened from the history; NULL: none */
	struct bt_model *shown;      /* one of them: what the live view shows */
	struct bt_columns *columns;  /* of the shown run's charts; a cache that drawing renews */
	struct bt_focus focus;
	/* What figures are of while scoped; a cache that drawing renews, also for newest[]. */
	struct bt_window window;
	struct bt_window_key window_key;
	bool scoped; /* figures are of the window, not of the run as it is */
	struct bt_latency newest[BT_LATENCIES]; /* of the last second, while there is no window */
	int scroll;                             /* items of the help that lie above the screen */
	struct bt_history history;
	struct bt_launch *launch; /* NULL: this program starts no runs */
	struct bt_trendline *trend;
	struct bt_side sides[2];  /* to be compared */
	struct bt_versus *versus; /* what came of it; NULL: nothing yet */
	struct bt_prompt prompt;  /* in the place of the key line while it is open */
	bool attached;            /* the live run is not this program's to end */
	bool question;            /* "end the run?" waits for an answer */
	bool stopping;            /* the live run was asked to end; once more and it ends at once */
	const char *notice;       /* a lasting line about the run, NULL: none */
	char message[400];        /* the answer to the last key, until the next one */
	int page;                 /* rows of a list that the screen shows, set by drawing */
	int w, h;                 /* of the whole screen, set by drawing */
	struct bt_mouse mouse;    /* of the last BT_KEY_MOUSE */
	bool large; /* there is room for large figures and whole sentences, set by drawing */
	/* ask_after: LEAVE or STOP, when deletions are to be done first. */
	enum bt_ask ask, ask_after;
	bool deleting; /* "delete them for good?" waits for an answer */
	struct bt_command command;
	char ask_text[BT_PROMPT_MAX];
};

/* True while the live run goes on. */
bool bt_screen_running(const struct bt_screen *screen);

/* Draws everything: the view, the key line, a question. */
void bt_screen_draw(struct bt_grid *grid, struct bt_screen *screen);
/* Gives a key to the question or the view. */
void bt_screen_key(struct bt_screen *screen, int ch);
/* Shows a run: the live or the stored one. */
void bt_screen_show(struct bt_screen *screen, struct bt_model *model);
/* For key tables: q, ? and the like do the same everywhere. */
void bt_screen_leave(struct bt_screen *screen);
void bt_screen_help(struct bt_screen *screen);
/* The trend of the run under the cursor of the history. */
void bt_trend_show(struct bt_screen *screen);

#endif
