#include "export/outcome_impl.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static void put_attribute(FILE *out, const char *name, const char *text)
{
	bt_print_as(out, BT_FORM_ATTRIBUTE, " %s=\"%s\"", name, text ? text : "");
}

static void put_first_line(FILE *out, const char *text)
{
	bt_print_as(out, BT_FORM_ATTRIBUTE, " message=\"%.*s\"", (int)strcspn(text, "\r\n"), text);
}

static void put_element(FILE *out, const char *element, const char *type, const char *text)
{
	bt_print(out, "      <%s", element);
	if (type) {
		put_first_line(out, text);
		put_attribute(out, "type", type);
	}
	bt_print_as(out, BT_FORM_XML, ">%s</%s>\n", text, element);
}

static void put_row(FILE *out, const struct bt_outcome_row *row, const char *suite)
{
	const char *text = row->text ? row->text : "";

	fputs("    <testcase", out);
	put_attribute(out, "classname", row->classname && *row->classname ? row->classname : suite);
	put_attribute(out, "name", row->name);
	if (isfinite(row->seconds))
		bt_print(out, " time=\"%.3f\"", row->seconds);
	if (row->kind == BT_OUTCOME_PASSED && !*text) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	switch (row->kind) {
	case BT_OUTCOME_PASSED:
		put_element(out, "system-out", NULL, text);
		break;
	case BT_OUTCOME_FAILED:
		put_element(out, "failure", "failed", text);
		break;
	case BT_OUTCOME_ERROR:
		put_element(out, "error", "error", text);
		break;
	case BT_OUTCOME_SKIPPED: /* its schema allows a message and no content */
		fputs("      <skipped", out);
		put_first_line(out, text);
		fputs("/>\n", out);
		break;
	}
	fputs("    </testcase>\n", out);
}

static void put_counts(FILE *out, const struct bt_outcome_list *list)
{
	bt_print(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", list->n,
		list->kinds[BT_OUTCOME_FAILED], list->kinds[BT_OUTCOME_ERROR]);
}

static void print(FILE *out, const struct bt_outcome_list *list)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_attribute(out, "name", "benchtop");
	put_counts(out, list);
	bt_print(out, " time=\"%.3f\">\n  <testsuite", list->seconds);
	put_attribute(out, "name", list->suite);
	put_counts(out, list);
	bt_print(out, " skipped=\"%zu\" time=\"%.3f\">\n", list->kinds[BT_OUTCOME_SKIPPED],
		list->seconds);
	for (size_t i = 0; i < list->n; i++)
		put_row(out, &list->rows[i], list->suite);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

void bt_outcome_print_junit(
	FILE *out, const char *suite, const struct bt_outcome_row *rows, size_t n)
{
	const struct bt_outcome_list list = bt_outcome_list(suite, rows, n);

	print(out, &list);
}

int bt_outcome_write_junit(const char *path, const char *suite, const struct bt_outcome_row *rows,
	size_t n, struct bt_err *err)
{
	const struct bt_outcome_list list = bt_outcome_list(suite, rows, n);

	return bt_outcome_write(path, &list, print, err);
}
