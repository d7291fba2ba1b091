/*
 * history.h: the stored runs as the history view holds them: which are shown in which order, which
 * are marked, which are deleted unless that is undone. Runs are deleted from the file only when the
 * user leaves and says so; until then, and after a crash, all of them are there, for other
 * processes all the time. Main thread only.
 */
#ifndef BT_UI_HISTORY_H
#define BT_UI_HISTORY_H

#include "store/filter.h"
#include "store/preview.h"
#include "store/store.h"
#include "ui/prompt.h"

/* A column of the table, and what runs are sorted by. */
enum bt_field_kind { BT_FIELD_TEXT, BT_FIELD_COUNT, BT_FIELD_REAL, BT_FIELD_MOMENT };
struct bt_field {
	const char *name, *summary;
	int w;    /* columns of the screen without the gap of two before it */
	int rank; /* what goes first when there is no room: the highest */
	bool left;
	enum bt_field_kind kind;
	size_t offset; /* of struct bt_run_row: a const char *, a uint64_t, Unix time */
	char *(*text)(char *buf, size_t size, double v); /* NULL: the view knows how */
	/* From the catalogue: its name, summary and unit are the column's. NULL: another column. */
	const struct bt_figure *figure;
	int better; /* the figure's; 0: the trend leaves it out */
};
#define BT_FIELDS_MAX 32
struct bt_fields {
	struct bt_field v[BT_FIELDS_MAX];
	size_t n;
};
/* The columns: those of the table in history_fields.c, then listed figures that it does not
 * place. */
void bt_fields_of(struct bt_fields *out);
struct bt_field bt_field(size_t i); /* one of them */
enum { BT_FIELD_RUN };              /* the first column */

/* The value of a figure, NAN when it is not known or no figure. */
double bt_field_value(const struct bt_field *field, const struct bt_run_row *row);
/* The text of a text column; "" when it has none. */
const char *bt_field_words(const struct bt_field *field, const struct bt_run_row *row);

struct bt_run_state {
	bool marked;
	unsigned deleted; /* 0: no; else which deletion it was, counted from 1 */
};

#define BT_SIDE_MAX 100 /* runs of a side of a comparison */

struct bt_side {
	uint64_t ids[BT_SIDE_MAX];
	size_t n;
	char name[80];
};

struct bt_history {
	struct bt_run_list list;     /* newest first */
	struct bt_run_state *states; /* one a run of the list */
	size_t *shown, n;            /* rows of the list in the order of the screen */
	size_t at;                   /* under the cursor, of shown */
	uint64_t now_ns;             /* Unix time when the list was read */
	size_t sorted;               /* by this field */
	bool ascending;              /* smallest first; from A to Z */
	size_t choosing;             /* the field under the cursor of the list of fields */
	/* Before: as it was when typing began. */
	char filter[BT_FILTER_TEXT], before[BT_FILTER_TEXT];
	struct bt_filter words;
	char filter_problem[200]; /* why the last word of it does not count; "": it does */
	char tags[BT_PROMPT_MAX]; /* as they were typed, for BT_ASK_TAGS */
	unsigned deletions;       /* there have been so many, less the undone ones */
	bool has_store;
	char problem[400]; /* why the list could not be read; empty: it could */
	enum {
		/* The preview: if there is room, or as the user said. */
		BT_PANE_FITS,
		BT_PANE_ON,
		BT_PANE_OFF
	} pane;
	struct bt_preview preview; /* of run preview.id, 0: none */
	bool wants_preview;        /* set by drawing: the pane is on the screen */
};

/* Takes the list over. Marks, deletions and the cursor stay with their runs. -ENOMEM: the list is
 * freed, the old one stays. */
int bt_history_take(
	struct bt_history *history, struct bt_run_list *list, uint64_t now_ns, struct bt_err *err);
void bt_history_fini(struct bt_history *history);
/* Chooses and sorts anew. The cursor stays on its run, if that is still shown. */
void bt_history_refresh(struct bt_history *history);

/* The run of a row of the screen; NULL: there is none. */
const struct bt_run_row *bt_history_row(const struct bt_history *history, size_t at);
struct bt_run_state *bt_history_state(struct bt_history *history, size_t at);
/* Puts the cursor on a run, if it is shown. */
void bt_history_go_to(struct bt_history *history, uint64_t id);

/* Reads a filter and chooses by it; words before one that cannot be read count. */
void bt_history_filter(struct bt_history *history, const char *text);

/* The marked runs, those under the cursor when none is; without those that go on. Returns how many
 * were left out. */
size_t bt_history_delete(struct bt_history *history);
/* The last deletion is undone. False: there was none. */
bool bt_history_undo(struct bt_history *history);
size_t bt_history_n_deleted(const struct bt_history *history);
size_t bt_history_n_marked(const struct bt_history *history);
/* Deleted runs' numbers; ids has room for n_deleted. */
void bt_history_deleted(const struct bt_history *history, uint64_t *ids);

/*
 * What is to be compared, the older side first: two marked runs, or runs of two groups (tag group,
 * two commits, two values of a tag), a group of --repeat as a whole; the run under the cursor
 * against the marked one, or else against the one before it of its kind. False: there are no two
 * sides, and why says so.
 */
bool bt_history_sides(
	const struct bt_history *history, struct bt_side sides[2], char *why, size_t size);

#endif
