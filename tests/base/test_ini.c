/* Files of sections and keys: what is read, and what is refused with its line. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "base/ini.h"

static int parse(struct bt_ini *ini, const char *text, struct bt_err *err)
{
	return bt_ini_parse(ini, "a.ini", text, strlen(text), err);
}

static void refused(const char *text, const char *words)
{
	struct bt_err err = { 0 };
	struct bt_ini ini;

	assert_int_equal(parse(&ini, text, &err), -EINVAL);
	assert_string_equal(err.msg, words);
	assert_null(ini.in.bytes);
}

static void sections_and_keys_keep_order_and_lines(void **state)
{
	struct bt_err err;
	struct bt_ini ini;

	(void)state;
	assert_int_equal(
		parse(&ini, "# one\n\n[ a ]\nk = v w \nk=\n; two\n\t[b]\nx = p<=1ms # why\n", &err),
		0);
	assert_int_equal(ini.n, 2);
	assert_string_equal(ini.sections[0].name, "a");
	assert_int_equal(ini.sections[0].line, 3);
	assert_int_equal(ini.sections[0].n, 2);
	assert_string_equal(ini.sections[0].keys[0].value, "v w");
	assert_string_equal(ini.sections[0].keys[1].name, "k");
	assert_string_equal(ini.sections[0].keys[1].value, "");
	assert_int_equal(ini.sections[0].keys[1].line, 5);
	assert_string_equal(ini.sections[1].keys[0].name, "x");
	assert_string_equal(ini.sections[1].keys[0].value, "p<=1ms");
	bt_ini_fini(&ini);
}

static void files_of_other_systems_are_read(void **state)
{
	struct bt_err err;
	struct bt_ini ini;

	(void)state;
	assert_int_equal(parse(&ini, "\xef\xbb\xbf[a]\r\nk = v\r\nl = w", &err), 0);
	assert_int_equal(ini.sections[0].n, 2);
	assert_string_equal(ini.sections[0].name, "a");
	assert_string_equal(ini.sections[0].keys[0].value, "v");
	assert_string_equal(ini.sections[0].keys[1].value, "w");
	bt_ini_fini(&ini);
}

static void a_hash_inside_a_value_stays(void **state)
{
	struct bt_err err;
	struct bt_ini ini;

	(void)state;
	assert_int_equal(parse(&ini, "[a]\nurl = http://h/p#q=1 # c\n", &err), 0);
	assert_string_equal(ini.sections[0].keys[0].value, "http://h/p#q=1");
	bt_ini_fini(&ini);
}

static void any_value_is_written_so_that_it_reads_back(void **state)
{
	static const char *const values[] = { "plain", "", " ", " a ", "a # b", "#", "a#b", "a ; b",
		";x", "\"quoted\"", "\\", "two\nlines", "\r\t\x1b", "caf\xe9", "café", "[x]",
		"x = y", "x := \"y\"", "\"" };
	char *file = NULL;
	struct bt_err err;
	struct bt_ini ini;
	size_t len;
	FILE *out = open_memstream(&file, &len);

	(void)state;
	fputs("[a]\n", out);
	for (size_t i = 0; i < BT_LEN(values); i++)
		bt_ini_put(out, "k", values[i]);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(bt_ini_parse(&ini, "a.ini", file, len, &err), 0);
	assert_int_equal(ini.n, 1);
	assert_int_equal(ini.sections[0].n, BT_LEN(values));
	for (size_t i = 0; i < BT_LEN(values); i++) {
		assert_string_equal(ini.sections[0].keys[i].name, "k");
		assert_string_equal(ini.sections[0].keys[i].value, values[i]);
	}
	bt_ini_fini(&ini);
	free(file);
}

static void a_quoted_value_may_have_a_comment_behind_it(void **state)
{
	struct bt_err err;
	struct bt_ini ini;

	(void)state;
	assert_int_equal(
		parse(&ini, "[a]\n k := \"a # b\" # c\r\n# k := \"d\n;k := \"\nl:=\"\"\nm = \"n\"",
			&err),
		0);
	assert_int_equal(ini.sections[0].n, 3);
	assert_string_equal(ini.sections[0].keys[0].value, "a # b");
	assert_true(ini.sections[0].keys[1].quoted);
	assert_string_equal(ini.sections[0].keys[1].name, "l");
	assert_string_equal(ini.sections[0].keys[1].value, "");
	assert_string_equal(ini.sections[0].keys[2].value, "\"n\"");
	bt_ini_fini(&ini);
	refused("[a]\nk := \"a",
		"a.ini:2: 'a': expected a closing quote, and escapes such as \\n, \\\\ or \\x1b");
	refused("[a]\nk := \"a\" b",
		"a.ini:2: 'b': expected the end of the line after the closing quote");
	refused("[a]\nk := \"\\x00\"",
		"a.ini:2: '\\x00\"': expected a closing quote, and escapes such as \\n, \\\\ or "
		"\\x1b");
}

static void nothing_is_a_file_too(void **state)
{
	struct bt_err err;
	struct bt_ini ini;

	(void)state;
	assert_int_equal(parse(&ini, "", &err), 0);
	assert_int_equal(ini.n, 0);
	bt_ini_fini(&ini);
}

static void many_sections_and_keys_are_kept(void **state)
{
	static char text[100 * 400];
	struct bt_err err;
	struct bt_ini ini;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		at += (size_t)sprintf(text + at, "[s%d]\n", i);
		for (int k = 0; k <= i % 33; k++)
			at += (size_t)sprintf(text + at, "k%d=%d\n", k, i);
	}
	assert_int_equal(parse(&ini, text, &err), 0);
	assert_int_equal(ini.n, 100);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ini.sections[i].n, i % 33 + 1);
		assert_int_equal(atoi(ini.sections[i].keys[i % 33].value), i);
	}
	bt_ini_fini(&ini);
}

static void what_is_wrong_has_its_line(void **state)
{
	(void)state;
	refused("\nk = v\n",
		"a.ini:2: 'k' stands outside of a section; expected [SECTION] before it");
	refused("[a]\nb\n", "a.ini:2: 'b': expected KEY = VALUE, or [SECTION]");
	refused("[a]\n= v\n", "a.ini:2: expected a key before '='");
	refused("[a\n", "a.ini:1: '[a': expected ']' at the end of a section's name");
	refused("[ ]\n", "a.ini:1: '[]': expected a section's name");
	refused("[caf\xe9]\n", "a.ini:1: section 'caf\\xe9': expected UTF-8 text");
	refused("[a]\nk = v\n[\xed\xa0\x80"
		"b] # c\n",
		"a.ini:3: section '\\xed\\xa0\\x80b': expected UTF-8 text");
	refused("[a]\n[b]\n[a]\n", "a.ini:3: section 'a' is there already, in line 1");
}

static void lines_without_end_and_NUL_bytes_are_refused(void **state)
{
	static char text[BT_INI_LINE_MAX + 16] = "[a]\n";
	struct bt_err err = { 0 };
	struct bt_ini ini;

	(void)state;
	memset(text + 4, 'k', BT_INI_LINE_MAX + 1);
	refused(text, "a.ini:2: a line of 1048577 bytes; expected at most 1048576");
	assert_int_equal(bt_ini_parse(&ini, "a.ini", "[a]\nk=\0v\n", 9, &err), -EINVAL);
	assert_string_equal(err.msg, "a.ini:2: a NUL byte; expected text");
}

static void a_file_that_is_not_there_is_said(void **state)
{
	struct bt_err err = { 0 };
	struct bt_ini ini;

	(void)state;
	assert_int_equal(bt_ini_read(&ini, "/nonexistent/a.ini", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent/a.ini: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_and_keys_keep_order_and_lines),
		cmocka_unit_test(files_of_other_systems_are_read),
		cmocka_unit_test(a_hash_inside_a_value_stays),
		cmocka_unit_test(any_value_is_written_so_that_it_reads_back),
		cmocka_unit_test(a_quoted_value_may_have_a_comment_behind_it),
		cmocka_unit_test(nothing_is_a_file_too),
		cmocka_unit_test(many_sections_and_keys_are_kept),
		cmocka_unit_test(what_is_wrong_has_its_line),
		cmocka_unit_test(lines_without_end_and_NUL_bytes_are_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
