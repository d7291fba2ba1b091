/* Lists of outcomes as JUnit XML and Markdown: texts from anywhere must not break the form, and no
 * half file may stay. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/outcome.h"

static char dir[CM_TEMP];
static char path[CM_TEMP + 64], link_path[CM_TEMP + 64], content[16384];

static const struct bt_outcome_row rows[] = {
	{ "plain", "sim", BT_OUTCOME_PASSED, 1.5, NULL },
	{ "figures", "sim", BT_OUTCOME_PASSED, 0.25, "p99 1.2 ms" },
	{ "p99<50ms & \"'|", "", BT_OUTCOME_FAILED, 2, "crossed p99<50ms: 61 ms\nworst at 3 s\n" },
	{ "\x1b[31mred\x01\xef\xbf\xbe", NULL, BT_OUTCOME_ERROR, NAN,
		"a\xff z\xc0\xaf \xed\xa0\x80 \xe2\x82 \xe2\x82\xac]]>\t\r\n@b *_`" },
	{ "later", "null", BT_OUTCOME_SKIPPED, NAN, "stopped" },
};

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(cm_temp(dir, "benchtop-outcome")))
		return -1;
	snprintf(path, sizeof(path), "%s/out", dir);
	snprintf(link_path, sizeof(link_path), "%s/link", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(link_path);
	return rmdir(dir); /* fails when a temporary file stayed */
}

static const char *read_back(const char *name)
{
	FILE *in = fopen(name, "re");
	size_t n;

	assert_non_null(in);
	n = fread(content, 1, sizeof(content) - 1, in);
	content[n] = '\0';
	fclose(in);
	return content;
}

static void has(const char *words)
{
	if (!strstr(content, words))
		fail_msg("lacks: %s\nin: %s", words, content);
}

static void junit_counts_and_tells_every_row(void **state)
{
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_outcome_write_junit(path, "a<b", rows, BT_LEN(rows), &err), 0);
	read_back(path);
	has("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ");
	has("<testsuite name=\"a&lt;b\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" "
	    "time=\"3.750\">");
	has("<testcase classname=\"sim\" name=\"plain\" time=\"1.500\"/>\n");
	has("<system-out>p99 1.2 ms</system-out>");
	has("<testcase classname=\"a&lt;b\" name=\"p99&lt;50ms &amp; &quot;&apos;|\" "
	    "time=\"2.000\">");
	has("<failure message=\"crossed p99&lt;50ms: 61 ms\" type=\"failed\">crossed p99&lt;50ms: "
	    "61 ms\nworst at 3 s\n</failure>");
	has("<testcase classname=\"null\" name=\"later\">\n      <skipped message=\"stopped\"/>");
}

static void junit_shows_what_no_reader_would_see(void **state)
{
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_outcome_write_junit(path, "s", rows, BT_LEN(rows), &err), 0);
	read_back(path);
	has("name=\"\\x1b[31mred\\x01\\ufffe\"");
	has("message=\"a\\xff z\\xc0\\xaf \\xed\\xa0\\x80 \\xe2\\x82 \xe2\x82\xac]]&gt;&#9;\"");
	has(">a\\xff z\\xc0\\xaf \\xed\\xa0\\x80 \\xe2\\x82 \xe2\x82\xac]]&gt;\t&#13;\n@b "
	    "*_`</error>");
}

static void junit_is_well_formed_to_a_strict_reader(void **state)
{
	char command[200];
	struct bt_err err;

	(void)state;
	if (system("xmllint --version > /dev/null 2>&1") != 0)
		skip();
	assert_int_equal(bt_outcome_write_junit(path, "a\"b", rows, BT_LEN(rows), &err), 0);
	snprintf(command, sizeof(command), "xmllint --noout --nowarning %s", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(bt_outcome_write_junit(path, "", NULL, 0, &err), 0);
	assert_int_equal(system(command), 0);
}

static void markdown_keeps_cells_in_their_row(void **state)
{
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_outcome_write_markdown(path, "quick", rows, BT_LEN(rows), &err), 0);
	read_back(path);
	has("### quick\n\n2 passed, 1 failed, 1 error, 1 skipped\n\n"
	    "| Outcome | Name | Of | Seconds | Result |\n|---|---|---|---:|---|\n");
	has("| passed | plain | sim | 1.5 |  |\n");
	has("| **failed** | p99&lt;50ms &amp; \"'\\| |  | 2.0 | crossed p99&lt;50ms: 61 "
	    "ms<br>worst "
	    "at 3 s |\n");
	has("\\]\\]&gt;\t<br>&#64;b \\*\\_\\` |\n");
}

static void a_file_is_replaced_whole_and_a_link_stays(void **state)
{
	struct bt_err err;
	struct stat st;

	(void)state;
	assert_int_equal(bt_outcome_write_markdown(path, "first", rows, 1, &err), 0);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(bt_outcome_write_markdown(link_path, "second", rows, 1, &err), 0);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_non_null(strstr(read_back(path), "### second"));
}

static void what_cannot_be_written_is_said_with_its_reason(void **state)
{
	struct bt_err err = { 0 };

	(void)state;
	assert_int_equal(bt_outcome_write_junit("/nonexistent/r.xml", "s", rows, 1, &err), -ENOENT);
	assert_string_equal(err.msg, "/nonexistent/r.xml: cannot write: No such file or directory");
	assert_int_equal(bt_outcome_write_junit(dir, "s", rows, 1, &err), -EISDIR);
	if (access("/dev/full", W_OK) < 0)
		return;
	assert_int_equal(bt_outcome_write_markdown("/dev/full", "s", rows, 1, &err), -ENOSPC);
	assert_string_equal(err.msg, "/dev/full: cannot write: No space left on device");
	assert_int_equal(access("/dev/full", W_OK), 0); /* still the device */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(junit_counts_and_tells_every_row),
		cmocka_unit_test(junit_shows_what_no_reader_would_see),
		cmocka_unit_test(junit_is_well_formed_to_a_strict_reader),
		cmocka_unit_test(markdown_keeps_cells_in_their_row),
		cmocka_unit_test(a_file_is_replaced_whole_and_a_link_stays),
		cmocka_unit_test(what_cannot_be_written_is_said_with_its_reason),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
