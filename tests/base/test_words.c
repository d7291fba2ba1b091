/* Words of a line: what was quoted comes back the same, in a shell as well. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/words.h"

static const char *const texts[] = { "plain", "", " ", "a b", "it's", "\"", "\\", "a\\nb", "$HOME",
	"$'x'", "*", "#c", ";", "a\nb", "\t", "\r\n", "\x1b[31m", "\x7f", "\xff\xfe", "caf\xe9",
	"café 日本語", "\u202e\u200b", "X-Mode: full,X-Trace: 1", "K=V W", "~", "!", "`x`",
	"'\n'\\" };

static void any_text_comes_back_from_a_line(void **state)
{
	struct bt_words words = { 0 }, back = { 0 };
	struct bt_err err;
	char *line;

	(void)state;
	for (size_t i = 0; i < BT_LEN(texts); i++)
		assert_int_equal(bt_words_add(&words, texts[i]), 0);
	line = bt_words_line(words.v, words.n);
	assert_true(bt_utf8_valid(line, strlen(line)));
	for (const char *at = line; *at; at++)
		assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
	assert_int_equal(bt_words_split(&back, line, &err), 0);
	assert_int_equal(back.n, BT_LEN(texts));
	assert_null(back.v[back.n]);
	for (size_t i = 0; i < back.n; i++)
		assert_string_equal(back.v[i], texts[i]);
	bt_words_fini(&words);
	bt_words_fini(&back);
	free(line);
}

/* The shell itself is asked: dash does not know $'…', bash does. */
static void a_shell_reads_the_same_words(void **state)
{
	char *line, got[65536];
	struct bt_words words = { 0 };
	FILE *sh;
	size_t n, at = 0;

	(void)state;
	if (system("command -v bash > /dev/null") != 0) {
		print_message("[  SKIPPED ] bash is not installed\n");
		return;
	}
	bt_words_add(&words, "printf");
	bt_words_add(&words, "%s\\0");
	for (size_t i = 0; i < BT_LEN(texts); i++)
		if (!strstr(texts[i], "\u202e")) /* \u follows the shell's locale */
			bt_words_add(&words, texts[i]);
	line = bt_words_line(words.v, words.n);
	setenv("LINE", line, 1);
	sh = popen("exec bash -c 'eval \"$LINE\"'", "r");
	n = fread(got, 1, sizeof(got) - 1, sh);
	assert_int_equal(pclose(sh), 0);
	for (size_t i = 2; i < words.n; i++) {
		assert_true(at < n);
		assert_string_equal(got + at, words.v[i]);
		at += strlen(got + at) + 1;
	}
	assert_int_equal(at, n);
	unsetenv("LINE");
	bt_words_fini(&words);
	free(line);
}

static void quotes_and_escapes_are_read_as_a_shell_reads_them(void **state)
{
	static const struct {
		const char *line, *words[4];
	} rows[] = {
		{ "", { NULL } },
		{ "  a\t b\nc ", { "a", "b", "c" } },
		{ "a' 'b\" \"c", { "a b c" } },
		{ "\"a\\\"b\\\\c\\d\"", { "a\"b\\c\\d" } },
		{ "a\\ b \\'", { "a b", "'" } },
		{ "$'\\x41\\u00e9\\U0001f600\\t\\''", { "A\u00e9\U0001f600\t'" } },
		{ "'' \"\"", { "", "" } },
		{ "$x", { "$x" } },
	};

	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_words words = { 0 };
		struct bt_err err;

		assert_int_equal(bt_words_split(&words, rows[i].line, &err), 0);
		for (size_t k = 0; k < words.n; k++)
			assert_string_equal(words.v[k], rows[i].words[k]);
		assert_null(rows[i].words[words.n]);
		bt_words_fini(&words);
	}
}

static void what_is_not_closed_is_refused(void **state)
{
	static const char *const lines[] = { "'a", "\"a", "$'a", "a\\", "$'\\q'", "$'\\x'",
		"$'\\x00'", "$'\\ud800'", "$'\\U00110000'", "$'a\\" };

	(void)state;
	for (size_t i = 0; i < BT_LEN(lines); i++) {
		struct bt_words words = { 0 };
		struct bt_err err;

		assert_int_equal(bt_words_split(&words, lines[i], &err), -EINVAL);
		assert_non_null(strstr(err.msg, "expected"));
		bt_words_fini(&words);
	}
}

static void random_bytes_come_back(void **state)
{
	uint32_t seed = 17;

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		struct bt_words back = { 0 };
		char text[40], *line, *v[] = { text };
		struct bt_err err;
		unsigned len = (seed = seed * 1103515245 + 12345) >> 16 & 31;

		for (unsigned i = 0; i < len; i++)
			text[i] =
				(char)BT_MAX(1, ((seed = seed * 1103515245 + 12345) >> 16) & 0xff);
		text[len] = '\0';
		line = bt_words_line(v, 1);
		assert_int_equal(bt_words_split(&back, line, &err), 0);
		assert_int_equal(back.n, 1);
		assert_string_equal(back.v[0], text);
		bt_words_fini(&back);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_comes_back_from_a_line),
		cmocka_unit_test(a_shell_reads_the_same_words),
		cmocka_unit_test(quotes_and_escapes_are_read_as_a_shell_reads_them),
		cmocka_unit_test(what_is_not_closed_is_refused),
		cmocka_unit_test(random_bytes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
