#include "export/outcome_impl.h"

#include <math.h>

#include "base/text.h"

static void put_cell(FILE *out, const char *text)
{
	bt_print_as(out, BT_FORM_MARKDOWN, "%s", text ? text : "");
}

static void print(FILE *out, const struct bt_outcome_list *list)
{
	const char *comma = "";

	bt_print_as(out, BT_FORM_MARKDOWN, "### %s\n\n", list->suite);
	for (unsigned i = 0; i <= BT_OUTCOME_SKIPPED; i++)
		if (list->kinds[i] || i == BT_OUTCOME_PASSED) {
			bt_print(out, "%s%zu %s%s", comma, list->kinds[i], bt_outcome_name[i],
				i == BT_OUTCOME_ERROR && list->kinds[i] > 1 ? "s" : "");
			comma = ", ";
		}
	fputs("\n\n| Outcome | Name | Of | Seconds | Result |\n|---|---|---|---:|---|\n", out);
	for (size_t i = 0; i < list->n; i++) {
		const struct bt_outcome_row *row = &list->rows[i];
		const char *strong = row->kind == BT_OUTCOME_PASSED ? "" : "**";

		bt_print(out, "| %s%s%s | ", strong, bt_outcome_name[row->kind], strong);
		put_cell(out, row->name);
		fputs(" | ", out);
		put_cell(out, row->classname);
		if (isfinite(row->seconds))
			bt_print(out, " | %.1f | ", row->seconds);
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
