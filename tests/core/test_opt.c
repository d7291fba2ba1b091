/* Option tables: defaults, values, bounds, words about what is wrong, and writing values back. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "core/opt.h"

struct conf {
	bool flag;
	uint64_t count, span, size;
	double share, number;
	int choice;
	const char *text;
	struct bt_step step;
	struct bt_list list;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ "flag", BT_OPT_FLAG, ROW(flag), NULL, NULL, 0, 0, NULL, "a flag" },
	{ "count", BT_OPT_COUNT, ROW(count), "3", "N", 1, 1000, NULL, "a count" },
	{ "span", BT_OPT_DURATION, ROW(span), "1m30s", "DURATION", 1e9, 3600e9, NULL, "a span" },
	{ "size", BT_OPT_SIZE, ROW(size), "64KiB", "SIZE", 0, 0, NULL, "a size" },
	{ "share", BT_OPT_SHARE, ROW(share), "5%", "SHARE", 0, 1, NULL, "a share" },
	{ "number", BT_OPT_NUMBER, ROW(number), "1.5k", "X", 0, 0, NULL, "a number" },
	{ "choice", BT_OPT_CHOICE, ROW(choice), "green", "COLOUR", 0, 0, colours, "a choice" },
	{ "text", BT_OPT_TEXT, ROW(text), NULL, "TEXT", 0, 0, NULL, "a text" },
	{ "step", BT_OPT_STEP, ROW(step), "x1.5", "N|xF", 0, 0, NULL, "a step" },
	{ "list", BT_OPT_LIST, ROW(list), NULL, "ITEM", 0, 0, NULL, "a list" },
	BT_OPT_END,
};

static void defaults_fill_the_configuration(void **state)
{
	struct conf c = { 0 };

	(void)state;
	bt_opt_defaults(opts, &c);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.span, 90 * BT_NS_PER_S);
	assert_int_equal(c.size, 65536);
	assert_true(c.share == 0.05 && c.number == 1500);
	assert_int_equal(c.choice, 1);
	assert_true(c.step.times && c.step.value == 1.5);
	assert_false(c.flag);
	assert_null(c.text);
}

static int parse(struct conf *c, const char *const *args, unsigned *n_words, struct bt_err *err)
{
	struct bt_opt_set set = { "test", opts, c };
	const char *words[2];
	int argc = 0;

	memset(c, 0, sizeof(*c));
	bt_opt_defaults(opts, c);
	while (args[argc])
		argc++;
	return bt_opt_parse(&set, 1, argc, (char *const *)args, 0, words, 2, n_words, err);
}

static void values_stand_behind_a_space_or_an_equals_sign(void **state)
{
	static const char *const args[] = { "word", "--count", "7", "--span=2s", "--flag", "--list",
		"a", "--list=b", "--text", "--odd", "--", "--flagged", NULL };
	struct bt_err err = { 0 };
	struct conf c;
	unsigned n;

	(void)state;
	assert_int_equal(parse(&c, args, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(c.count, 7);
	assert_int_equal(c.span, 2 * BT_NS_PER_S);
	assert_true(c.flag);
	assert_int_equal(c.list.n, 2);
	assert_string_equal(c.list.v[1], "b");
	assert_string_equal(c.text, "--odd");
}

static void what_is_wrong_is_said_in_one_line(void **state)
{
	static const struct {
		const char *args[3], *words;
	} rows[] = {
		{ { "--count=0" }, "--count: '0': expected a whole number (k M G) from 1 to 1000" },
		{ { "--count", "many" }, "--count: 'many': expected a whole number (k M G)" },
		{ { "--span=5ms" },
			"--span: '5ms': expected a duration (250ms, 10s, 1m30s) from 1s to 1h" },
		{ { "--share=150%" },
			"--share: '150%': expected a share (5% or 0.05) from 0 to 1" },
		{ { "--choice=pink" }, "--choice: 'pink': expected red|green|blue" },
		{ { "--step=x1" }, "--step: 'x1': expected a factor above 1" },
		{ { "--step=0" }, "--step: '0': expected a number above 0" },
		{ { "--cuont=1" }, "--cuont: no such option; did you mean --count?" },
		{ { "--zzzzzz" }, "--zzzzzz: no such option; --help lists them" },
		{ { "--count" }, "--count: expected a value: N" },
		{ { "--flag=yes" }, "--flag: 'yes': expected no value" },
		{ { "-f" }, "-f: no such option; options are long: --help lists them" },
		{ { "--size=1MB" }, "--size: '1MB': expected a size (512, 64KiB, 10MiB)" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_err err = { 0 };
		struct conf c;
		unsigned n;

		assert_int_equal(parse(&c, rows[i].args, &n, &err), -EINVAL);
		assert_string_equal(err.msg, rows[i].words);
	}
}

static void a_long_option_is_never_abbreviated(void **state)
{
	static const char *const args[] = { "--coun=1", NULL };
	struct bt_err err = { 0 };
	struct conf c;
	unsigned n;

	(void)state;
	assert_int_equal(parse(&c, args, &n, &err), -EINVAL);
}

static void values_are_written_so_that_they_parse_back(void **state)
{
	struct conf c = { .list = { 2, { "a,b", "" } } }, back = { 0 };
	char *texts[32];
	unsigned n = 0;

	(void)state;
	bt_opt_defaults(opts, &c);
	c.share = 0.0123;
	c.number = 12345.678;
	c.step = (struct bt_step){ 25, false };
	for (const struct bt_opt *o = opts; o->name; o++) {
		for (unsigned i = 0; i < bt_opt_count(o, &c); i++) {
			texts[n] = bt_opt_value(o, &c, i);
			if (o->type != BT_OPT_FLAG && bt_opt_is_set(o, &c))
				assert_int_equal(bt_opt_set_value(o, &back, texts[n], NULL), 0);
			n++;
		}
	}
	assert_int_equal(back.list.n, 2);
	assert_string_equal(back.list.v[0], "a,b");
	assert_string_equal(back.list.v[1], "");
	assert_true(back.share == c.share && back.number == c.number && back.span == c.span &&
		back.size == c.size && back.choice == c.choice && back.step.value == 25 &&
		!back.step.times);
	while (n > 0)
		free(texts[--n]);
}

static void bytes_that_are_not_utf8_are_for_paths(void **state)
{
	static const struct {
		const struct bt_opt opt;
		int r;
	} rows[] = {
		{ { .name = "t", .type = BT_OPT_TEXT, .offset = offsetof(struct conf, text) },
			-EINVAL },
		{ { .name = "p", .type = BT_OPT_PATH, .offset = offsetof(struct conf, text) }, 0 },
		{ { .name = "l", .type = BT_OPT_LIST, .offset = offsetof(struct conf, list) },
			-EINVAL },
		{ { .name = "q", .type = BT_OPT_PATHS, .offset = offsetof(struct conf, list) }, 0 },
	};
	struct bt_err err;

	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct conf c = { 0 };

		assert_int_equal(bt_opt_set_value(&rows[i].opt, &c, "caf\xe9", &err), rows[i].r);
		if (rows[i].r < 0)
			assert_non_null(strstr(err.msg, "expected UTF-8 text"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_the_configuration),
		cmocka_unit_test(values_stand_behind_a_space_or_an_equals_sign),
		cmocka_unit_test(what_is_wrong_is_said_in_one_line),
		cmocka_unit_test(a_long_option_is_never_abbreviated),
		cmocka_unit_test(values_are_written_so_that_they_parse_back),
		cmocka_unit_test(bytes_that_are_not_utf8_are_for_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
