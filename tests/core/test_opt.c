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
	{ .name = "flag", .type = BT_OPT_FLAG, .offset = ROW(flag), .help = "a flag" },
	{ .name = "count",
		.type = BT_OPT_COUNT,
		.offset = ROW(count),
		.dflt = "3",
		.arg = "N",
		.min = 1,
		.max = 1000,
		.help = "a count" },
	{ .name = "span",
		.type = BT_OPT_DURATION,
		.offset = ROW(span),
		.dflt = "1m30s",
		.arg = "DURATION",
		.min = 1e9,
		.max = 3600e9,
		.help = "a span" },
	{ .name = "size",
		.type = BT_OPT_SIZE,
		.offset = ROW(size),
		.dflt = "64KiB",
		.arg = "SIZE",
		.help = "a size" },
	{ .name = "share",
		.type = BT_OPT_SHARE,
		.offset = ROW(share),
		.dflt = "5%",
		.arg = "SHARE",
		.max = 1,
		.help = "a share" },
	{ .name = "number",
		.type = BT_OPT_NUMBER,
		.offset = ROW(number),
		.dflt = "1.5k",
		.arg = "X",
		.help = "a number" },
	{ .name = "choice",
		.type = BT_OPT_CHOICE,
		.offset = ROW(choice),
		.dflt = "green",
		.arg = "COLOUR",
		.choices = colours,
		.help = "a choice" },
	{ .name = "text",
		.type = BT_OPT_TEXT,
		.offset = ROW(text),
		.arg = "TEXT",
		.help = "a text" },
	{ .name = "step",
		.type = BT_OPT_STEP,
		.offset = ROW(step),
		.dflt = "x1.5",
		.arg = "N|xF",
		.help = "a step" },
	{ .name = "list",
		.type = BT_OPT_LIST,
		.offset = ROW(list),
		.arg = "ITEM",
		.help = "a list" },
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

struct pair {
	uint64_t n;
	const char *header;
};
static const struct bt_opt pair_opts[] = {
	{ .name = "n",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct pair, n),
		.dflt = "7",
		.arg = "N" },
	{ .name = "url",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct pair, header),
		.arg = "URL" },
	BT_OPT_END,
};
struct grouped {
	uint64_t before;
	struct pair pair;
	uint64_t after;
};
static const struct bt_opt grouped_opts[] = {
	{ .name = "before",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct grouped, before),
		.dflt = "1" },
	{ .group = pair_opts, .offset = offsetof(struct grouped, pair) },
	{ .name = "after",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct grouped, after),
		.dflt = "3" },
	BT_OPT_END,
};

static void a_walk_sees_through_groups(void **state BT_UNUSED)
{
	static const char *const names[] = { "before", "n", "url", "after" };
	struct bt_opt_walk walk = bt_opt_walk(grouped_opts), none = bt_opt_walk(NULL);
	const struct bt_opt group_alone[] = { { .group = pair_opts, .offset = 8 }, BT_OPT_END };
	struct bt_opt_walk alone = bt_opt_walk(group_alone);

	for (size_t i = 0; i < BT_LEN(names); i++)
		assert_string_equal(bt_opt_next(&walk)->name, names[i]);
	assert_null(bt_opt_next(&walk));
	assert_null(bt_opt_next(&walk));
	assert_null(bt_opt_next(&none));
	assert_string_equal(bt_opt_next(&alone)->name, "n");
	assert_int_equal(alone.offset, 8);
	assert_string_equal(bt_opt_next(&alone)->name, "url");
	assert_null(bt_opt_next(&alone));
	assert_ptr_equal(bt_opt_row(grouped_opts, "url"), &pair_opts[1]);
	assert_null(bt_opt_row(grouped_opts, "other"));
}

static void a_group_fills_its_part_of_the_configuration(void **state BT_UNUSED)
{
	struct grouped c = { 0 };
	struct bt_opt_set set = { "test", grouped_opts, &c };
	char *args[] = { "--n=8", "--url", "h", "--after=9" },
	     *bad[] = { "--url=http://me:word@h/" };
	struct bt_err err;
	unsigned n;
	void *conf;

	bt_opt_defaults(grouped_opts, &c);
	assert_true(c.before == 1 && c.pair.n == 7 && c.after == 3);
	assert_ptr_equal(bt_opt_find(&set, 1, "n", &conf), &pair_opts[0]);
	assert_ptr_equal(conf, &c.pair);
	assert_ptr_equal(bt_opt_find(&set, 1, "after", &conf), &grouped_opts[2]);
	assert_ptr_equal(conf, &c);
	assert_int_equal(bt_opt_parse(&set, 1, 4, args, 0, NULL, 0, &n, &err), 0);
	assert_true(c.before == 1 && c.pair.n == 8 && c.after == 9);
	assert_string_equal(c.pair.header, "h");
	assert_int_equal(bt_opt_parse(&set, 1, 1, bad, 0, NULL, 0, &n, &err), -EINVAL);
	assert_string_equal(bt_opt_nearest(&set, 1, "ulr"), "url");
	assert_int_equal(bt_opt_end(&set, 1, 2, (char *[]){ "--url", "--" }, 0), 2);
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
		cmocka_unit_test(a_walk_sees_through_groups),
		cmocka_unit_test(a_group_fills_its_part_of_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
