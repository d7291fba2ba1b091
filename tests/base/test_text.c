/* Text from outside: what is UTF-8, what is hidden, what is printed. */
#include "cm.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/text.h"

/* What a text should look like, hidden characters made visible. */
static const struct {
	const char *text, *visible;
} rows[] = {
	{ "", "" },
	{ "plain, with \\ and \"quotes\"", "plain, with \\ and \"quotes\"" },
	/* Printable text stays as it is: accents, marks, CJK, right to left, emoji with joiners and
	   selectors. */
	{ "é e\u0301 日本語 עברית हिन्दी", "é e\u0301 日本語 עברית हिन्दी" },
	{ "👩\u200d❤\ufe0f\u200d👨 👍🏽 🇩🇪 1\ufe0f\u20e3",
		"👩\u200d❤\ufe0f\u200d👨 👍🏽 🇩🇪 1\ufe0f\u20e3" },
	/* C0, DEL, C1. */
	{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
	{ "\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07" },
	{ "\x01\x1f\x7f", "\\x01\\x1f\\x7f" },
	{ "\xc2\x80\xc2\x85\xc2\x9b"
	  "31m\xc2\x9f",
		"\\u0080\\u0085\\u009b31m\\u009f" },
	/* Direction, width, invisibility. */
	{ "\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e" },
	{ "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069" },
	{ "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c" },
	{ "\u200b\u200c\u2060\ufeff\u00ad\u2028\u2029",
		"\\u200b\\u200c\\u2060\\ufeff\\u00ad\\u2028\\u2029" },
	{ "a\u200db \u200d👨 👨\u200d", "a\\u200db \\u200d👨 👨\\u200d" },
	{ "a\ufe0f ☎\ufe0f\ufe0f", "a\\ufe0f ☎\ufe0f\\ufe0f" },
	{ "\U000e0041\ufffe\U0010ffff", "\\U000e0041\\ufffe\\U0010ffff" },
	/* Not UTF-8: stray bytes, overlong forms, surrogates, beyond Unicode, cut short. */
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "caf\xe9 ol\xe9", "caf\\xe9 ol\\xe9" },
	{ "\x9b", "\\x9b" },
	{ "\xc0\x80", "\\xc0\\x80" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xe6\x97", "\\xe6\\x97" },
};

static void hidden_characters_become_visible_and_others_stay(void **state)
{
	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		char *got = bt_text_visible(rows[i].text), *again = bt_text_visible(got);

		assert_string_equal(got, rows[i].visible);
		assert_string_equal(again, got);
		assert_true(bt_utf8_valid(got, strlen(got)));
		free(got);
		free(again);
	}
}

static void only_utf8_is_valid(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool valid;
	} cases[] = {
		{ "", 0, true },
		{ "a\0b", 3, true },
		{ "\u00e9\u65e5\U0001f600\U0010ffff", 13, true },
		{ "\x1b\x7f\u202e", 5, true },
		{ "\xe6\x97\xa5", 2, false },
		{ "\xff", 1, false },
		{ "\xc1\xbf", 2, false },
		{ "\xed\xbf\xbf", 3, false },
		{ "\xf5\x80\x80\x80", 4, false },
		{ "\xe6\0\xa5", 3, false },
	};

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++)
		assert_int_equal(bt_utf8_valid(cases[i].text, cases[i].n), cases[i].valid);
}

static void a_copy_is_utf8_with_a_replacement_for_each_byte(void **state)
{
	char *got = bt_text_utf8("caf\xe9 日\x1b \xed\xa0\x80");

	(void)state;
	assert_string_equal(got, "caf\ufffd 日\x1b \ufffd\ufffd\ufffd");
	free(got);
}

static void a_text_that_does_not_fit_ends_in_an_ellipsis(void **state)
{
	static const struct {
		const char *text, *fit;
		size_t size;
	} cases[] = {
		{ "", "", 4 },
		{ "abc", "abc", 4 },
		{ "abcd", "…", 4 },
		{ "abcdefgh", "abcd…", 8 },
		{ "日本語", "日本語", 10 },
		{ "日本語語", "日本…", 12 },
		{ "日本語", "日…", 8 },
		{ "ab\x1b\x1b", "ab\\x1b…", 10 },
		{ "ab\x1b", "ab…", 6 },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++)
		assert_string_equal(
			bt_text_format(out, cases[i].size, "%s", cases[i].text), cases[i].fit);
}

static void what_is_added_ends_in_an_ellipsis_when_there_is_no_room(void **state)
{
	static const struct {
		const char *parts[4], *whole;
		size_t size;
	} cases[] = {
		{ { "a", "b", "c" }, "abc", 8 },
		{ { "abcd", "efg" }, "abcdefg", 8 },
		{ { "abcd", "efgh" }, "abcd…", 8 },
		{ { "abcdefg", "" }, "abcdefg", 8 },
		{ { "abcdefg", "h" }, "abcd…", 8 },
		{ { "abcdef", "g", "h" }, "abcd…", 8 },
		{ { "abcd", "efgh", "i", "j" }, "abcd…", 8 },
		{ { "日本", "語" }, "日…", 8 },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		out[0] = '\0';
		for (size_t k = 0; k < BT_LEN(cases[i].parts) && cases[i].parts[k]; k++)
			bt_text_add(out, cases[i].size, "%s", cases[i].parts[k]);
		assert_string_equal(out, cases[i].whole);
	}
}

static void cuts_fall_between_characters(void **state)
{
	(void)state;
	assert_int_equal(bt_utf8_cut("日本", 0), 0);
	assert_int_equal(bt_utf8_cut("日本", 2), 0);
	assert_int_equal(bt_utf8_cut("日本", 5), 3);
	assert_int_equal(bt_utf8_cut("日本", 99), 6);
	assert_int_equal(bt_utf8_cut("a\xff", 2), 2);
}

static char *printed(enum bt_form form, const char *fmt, ...) BT_PRINTF(2, 3);

static char *printed(enum bt_form form, const char *fmt, ...)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	va_list args;

	va_start(args, fmt);
	bt_vprint(out, form, fmt, args);
	va_end(args);
	assert_int_equal(fclose(out), 0);
	return text;
}

#define assert_printed(expected, ...)                             \
	do {                                                      \
		char *got_ = printed(BT_FORM_PLAIN, __VA_ARGS__); \
		assert_string_equal(got_, expected);              \
		free(got_);                                       \
	} while (0)

static void printing_makes_arguments_visible_and_not_the_format(void **state)
{
	(void)state;
	assert_printed("a\n\tb\\x1b[0m\\n|", "a\n\t%s|", "b\x1b[0m\n");
	assert_printed("100 % \\x9b", "100 %% %c", 0x9b);
}

static void printing_pads_to_columns_and_cuts_between_characters(void **state)
{
	static const char open[2] = { 'a', 'b' }; /* without a NUL */

	(void)state;
	assert_printed("[é   ][   é][\\x1b ]", "[%-4s][%4s][%-5s]", "é", "é", "\x1b");
	assert_printed("[日本  ][  日本]", "[%-*s][%*s]", 6, "日本", 6, "日本");
	assert_printed("[日   ]", "[%*s]", -5, "日");
	assert_printed(
		"[日][日][][a]", "[%.3s][%.5s][%.2s][%.*s]", "日本", "日本", "日本", 1, "ab");
	assert_printed("[ab]", "[%.*s]", 2, open);
	assert_printed("[caf\\xe9][\\xe6\\x97]", "[%.60s][%.3s]", "caf\xe9", "\xe6\x97");
	assert_printed("[ab ]", "[%-3.2s]", "ab\x1b");
	/* What a format cuts ends in an ellipsis; what its caller cuts, a column or a form does
	 * not. */
	assert_printed("[01234567890123456789…]", "[%.20s]", "0123456789012345678901");
	assert_printed("[01234567890123456789]", "[%.20s]", "01234567890123456789");
	assert_printed("[0123456789012345678…]", "[%.20s]", "0123456789012345678é");
	assert_printed("[01234567890123456789]", "[%.*s]", 20, "0123456789012345678901");
	assert_printed("[01234567890123456789]", "[%-20.20s]", "0123456789012345678901");
	assert_printed("[01234567]", "[%.8s]", "0123456789");
}

static void printing_prints_numbers_as_printf_does(void **state)
{
	(void)state;
	assert_printed("-7 4294967295 18446744073709551615 -9223372036854775808", "%d %u %llu %lld",
		-7, 4294967295u, 18446744073709551615ull, (long long)INT64_MIN);
	assert_printed(
		"00ff|+5|    7|7    |007", "%04x|%+d|%5zu|%-5lu|%.3d", 255, 5, (size_t)7, 7ul, 7);
	assert_printed(
		"1.50|  2.25|1e+09|nan", "%.2f|%*.2f|%.3g|%g", 1.5, 6, 2.25, 1e9, (double)NAN);
}

static void each_form_escapes_what_means_something_to_it(void **state)
{
	static const char text[] = "<a href='x'>&\"@\\ *_`|\x1b\xff\u202e\t\r\n日\n";
	static const char *const expected[BT_FORMS] = {
		[BT_FORM_PLAIN] = "<a href='x'>&\"@\\ *_`|\\x1b\\xff\\u202e\\t\\r\\n日\\n|<b>",
		[BT_FORM_XML] = "&lt;a href=&apos;x&apos;&gt;&amp;&quot;@\\ *_`|"
				"\\x1b\\xff\\u202e\t&#13;\n日\n|<b>",
		[BT_FORM_ATTRIBUTE] = "&lt;a href=&apos;x&apos;&gt;&amp;&quot;@\\ *_`|"
				      "\\x1b\\xff\\u202e&#9;&#13;&#10;日&#10;|<b>",
		[BT_FORM_MARKDOWN] = "&lt;a href='x'&gt;&amp;\"&#64;\\\\ \\*\\_\\`\\|"
				     "\\\\x1b\\\\xff\\\\u202e\t<br>日|<b>",
		[BT_FORM_LABEL] = "<a href='x'>&\\\"@\\\\ *_`|"
				  "\\\\x1b\\\\xff\\\\u202e\\\\t\\\\r\\n日\\n|<b>",
		[BT_FORM_CSV] = "<a href='x'>&\"\"@\\ *_`|\\x1b\\xff\\u202e\\t\\r\\n日\\n|<b>",
	};

	(void)state;
	for (unsigned form = 0; form < BT_FORMS; form++) {
		char *got = printed((enum bt_form)form, "%s|<b>", text);

		assert_string_equal(got, expected[form]);
		free(got);
	}
}

static void json_keeps_its_values_and_loses_its_hidden_characters(void **state)
{
	static const char json[] =
		"{\"a\u202e\": \"\\u001b \x7f\xc2\x9b\ufeff\U000e0041 日\",\n\t\"b\": 1}";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	bt_print_json(out, json);
	fclose(out);
	assert_string_equal(text,
		"{\"a\\u202e\": \"\\u001b \\u007f\\u009b\\ufeff\\udb40\\udc41 日\",\n\t\"b\": 1}");
	free(text);
}

/* What a history from elsewhere has where a document should be. */
static void what_is_no_json_commands_no_terminal(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	bt_print_json(out, "\x1b]0;x\x07 {\r\n\t\x9b\v}");
	fclose(out);
	assert_string_equal(text, "\\u001b]0;x\\u0007 {\r\n\t\\ufffd\\u000b}");
	free(text);
}

static void widths_count_columns(void **state)
{
	static const struct {
		const char *text;
		int width;
	} cases[] = { { "", 0 }, { "abc", 3 }, { "日本", 4 }, { "e\u0301", 1 }, { "\x1b", 4 },
		{ "\u202e", 6 }, { "\xff", 4 } };

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++)
		assert_int_equal(bt_text_columns(cases[i].text), cases[i].width);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_characters_become_visible_and_others_stay),
		cmocka_unit_test(only_utf8_is_valid),
		cmocka_unit_test(a_copy_is_utf8_with_a_replacement_for_each_byte),
		cmocka_unit_test(a_text_that_does_not_fit_ends_in_an_ellipsis),
		cmocka_unit_test(what_is_added_ends_in_an_ellipsis_when_there_is_no_room),
		cmocka_unit_test(cuts_fall_between_characters),
		cmocka_unit_test(printing_makes_arguments_visible_and_not_the_format),
		cmocka_unit_test(printing_pads_to_columns_and_cuts_between_characters),
		cmocka_unit_test(printing_prints_numbers_as_printf_does),
		cmocka_unit_test(each_form_escapes_what_means_something_to_it),
		cmocka_unit_test(json_keeps_its_values_and_loses_its_hidden_characters),
		cmocka_unit_test(what_is_no_json_commands_no_terminal),
		cmocka_unit_test(widths_count_columns),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
