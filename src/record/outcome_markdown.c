#include "record/outcome_room.h"

#include <math.h>
#include <string.h>

/* What a cell would be ended by, or would be read as markup. */
static void put_cell(FILE *out, const char *text)
{
	uint32_t ch;

	text = text ? text : "";
	while ((ch = bt_outcome_char(&text)) != 0) {
		if (ch == '\r' && *text == '\n')
			continue;
		if (ch == '\n' || ch == '\r')
			fputs(*text ? "<br>" : "", out);
		else if (ch == '<')
			fputs("&lt;", out);
		else if (ch == '>')
			fputs("&gt;", out);
		else if (ch == '&')
			fputs("&amp;", out);
		else if (ch == '@') /* else it calls somebody of that name */
			fputs("&#64;", out);
		else if (ch < 0x80 && strchr("\\`*_[]|~#", (int)ch))
			fprintf(out, "\\%c", (int)ch);
		else
			bt_outcome_put(out, ch);
	}
}

static void print(FILE *out, const struct bt_outcome_list *list)
{
	const char *comma = "";

	fputs("### ", out);
	put_cell(out, list->suite);
	fputs("\n\n", out);
	for (unsigned i = 0; i <= BT_OUTCOME_SKIPPED; i++)
		if (list->kinds[i] || i == BT_OUTCOME_PASSED) {
			fprintf(out, "%s%zu %s%s", comma, list->kinds[i], bt_outcome_name[i],
				i == BT_OUTCOME_ERROR && list->kinds[i] > 1 ? "s" : "");
			comma = ", ";
		}
	fputs("\n\n| Outcome | Name | Of | Seconds | Result |\n|---|---|---|---:|---|\n", out);
	for (size_t i = 0; i < list->n; i++) {
		const struct bt_outcome_row *row = &list->rows[i];
		const char *strong = row->kind == BT_OUTCOME_PASSED ? "" : "**";

		fprintf(out, "| %s%s%s | ", strong, bt_outcome_name[row->kind], strong);
		put_cell(out, row->name);
		fputs(" | ", out);
		put_cell(out, row->classname);
		if (isfinite(row->seconds))
			fprintf(out, " | %.1f | ", row->seconds);
		else
			fputs(" | - | ", out);
		put_cell(out, row->text);
		fputs(" |\n", out);
	}
}

int bt_outcome_write_markdown(const char *path, const char *suite,
	const struct bt_outcome_row *rows, size_t n, struct bt_err *err)
{
	const struct bt_outcome_list list = bt_outcome_list(suite, rows, n);

	return bt_outcome_write(path, &list, print, err);
}
