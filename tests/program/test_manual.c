/* The options of the man pages: every row of every table has its texts, and they stand in the
 * pages as they are built. */
#include "cm.h"

#include <ctype.h>
#include <errno.h>

#include "base/base.h"
#include "cli/browse.h"
#include "cli/cli.h"
#include "cli/manual.h"
#include "cli/run_options.h"
#include "registry.h"

#define HELP_MOST 160
#define MAN_MOST  900
#define PAGES     (1 << 20)

typedef void visit(const struct bt_opt *opt, const char *page);

static void each_of(const struct bt_opt *opts, const char *page, visit *v)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;)
		v(o, page);
}

static void each_row(visit *v)
{
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		each_of(bt_cli_commands[i]->opts, "benchtop.1", v);
	each_of(bt_browse_opts, "benchtop.1", v);
	each_of(bt_run_opts, "benchtop.1", v);
	for (unsigned i = 0; bt_profiles[i]; i++)
		each_of(bt_profiles[i]->opts, "benchtop.1", v);
	for (unsigned i = 0; bt_workloads[i]; i++)
		each_of(bt_workloads[i]->opts, NULL, v);
}

/* A mark is closed, and stands between spaces and punctuation. */
static void check_marks(const struct bt_opt *opt)
{
	static const char opens[] = "`*<{", closes[] = "`*>}";
	const char *text = opt->man;

	while (*text) {
		const char *which = strchr(opens, *text);
		const char *end = which ? strchr(text + 1, closes[which - opens]) : NULL;

		if (which && !(end && end > text + 1 && (!end[1] || strchr(" .,;:)", end[1]))))
			fail_msg("--%s: a mark is open, or runs into a word: %s", opt->name, text);
		text = which ? end + 1 : text;
		text += strspn(text, ".,;:)");
		if (*text && *text != ' ' && !which)
			text += strcspn(text, " ");
		if (*text && *text != ' ')
			fail_msg("--%s: a mark runs into a word: %s", opt->name, text);
		text += strspn(text, " ");
		text += *text == '(';
	}
}

static void check_texts(const struct bt_opt *opt, const char *page BT_UNUSED)
{
	size_t len = opt->man ? strlen(opt->man) : 0;

	if (!opt->help || !*opt->help || strlen(opt->help) > HELP_MOST)
		fail_msg("--%s: expected a help of at most %d bytes", opt->name, HELP_MOST);
	if (opt->help[strlen(opt->help) - 1] == '.')
		fail_msg("--%s: the help ends with a full stop", opt->name);
	if (len == 0 || len > MAN_MOST || opt->man[len - 1] != '.')
		fail_msg("--%s: expected whole sentences of at most %d bytes", opt->name, MAN_MOST);
	if (!isupper((unsigned char)*opt->man) && !isdigit((unsigned char)*opt->man) &&
		!strchr("`*", *opt->man))
		fail_msg("--%s: expected a sentence: %s", opt->name, opt->man);
	check_marks(opt);
}

static void every_option_has_a_help_and_a_paragraph(void **state BT_UNUSED)
{
	each_row(check_texts);
}

static void add_page(char *all, const char *name)
{
	char path[4096];
	size_t at = strlen(all);
	FILE *f;

	snprintf(path, sizeof(path), "%s/man/%s", BT_BUILDDIR, name);
	f = fopen(path, "r");
	if (!f) { /* a build from the tarball has them with the sources */
		snprintf(path, sizeof(path), "%s/man/%s", BT_SRCDIR, name);
		f = fopen(path, "r");
	}
	assert_non_null(f);
	at += fread(all + at, 1, PAGES - at - 1, f);
	all[at] = '\0';
	assert_true(at < PAGES - 1);
	fclose(f);
}

static char main_page[PAGES], workload_pages[PAGES];

static void check_page(const struct bt_opt *opt, const char *page)
{
	char *item;
	size_t len;
	FILE *out = open_memstream(&item, &len);

	bt_manual_option(out, opt);
	fclose(out);
	if (!strstr(page ? main_page : workload_pages, item))
		fail_msg("--%s: not in the pages: %s", opt->name, item);
	free(item);
}

static void every_paragraph_stands_in_the_built_pages(void **state BT_UNUSED)
{
	static const char *const others[] = { "benchtop.1", "benchtop-bitcoin.7", "benchtop-ml.7",
		"benchtop-net.7", "benchtop-web5.7" };

	add_page(main_page, "benchtop.1");
	for (size_t i = 0; i < BT_LEN(others); i++)
		add_page(workload_pages, others[i]);
	each_row(check_page);
	assert_null(strstr(workload_pages, "\n.\\\" @options "));
}

static char *item_of(const struct bt_opt *opt)
{
	char *item;
	size_t len;
	FILE *out = open_memstream(&item, &len);

	bt_manual_option(out, opt);
	fclose(out);
	return item;
}

static void marks_become_macros_and_the_rest_is_text(void **state BT_UNUSED)
{
	static const struct {
		const char *man, *mdoc;
	} rows[] = {
		{ "Plain. Two sentences.", "Plain.\nTwo sentences.\n" },
		{ "As --rate, or --late *limit*.",
			"As\n.Fl -rate ,\nor\n.Fl -late\n.Cm limit .\n" },
		{ "See benchtop-net(7), {Sx A node} and {Ev X}.",
			"See\n.Xr benchtop-net 7 ,\n.Sx A node\nand\n.Ev X .\n" },
		{ "Adds <N> (`a b`).", "Adds\n.Ar N\n.Ql ( a b ) .\n" },
		{ "A `\"q\\` .dot 'quote.", "A\n.Ql \\(dqq\\e\n\\&.dot \\&'quote.\n" },
		{ "'Quoted' x\\y.", "\\&'Quoted' x\\ey.\n" },
		{ "`Nx` and `|`.", ".Ql \\&Nx\nand\n.Ql \\&| .\n" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		const struct bt_opt opt = { .name = "o", .type = BT_OPT_FLAG, .man = rows[i].man };
		char *item = item_of(&opt);

		assert_int_equal(strncmp(item, ".It Fl -o\n", 10), 0);
		assert_string_equal(item + 10, rows[i].mdoc);
		free(item);
	}
}

static void default_range_and_unnamed_choices_follow(void **state BT_UNUSED)
{
	static const char *const kinds[] = { "one", "two", "three", NULL };
	const struct bt_opt number = { .name = "n",
		.type = BT_OPT_DURATION,
		.dflt = "1s",
		.arg = "Nx",
		.min = 1e6,
		.max = 86400e9,
		.man = "Text." };
	const struct bt_opt listed = { .name = "k",
		.type = BT_OPT_CHOICE,
		.choices = kinds,
		.arg = "KIND",
		.man = "A kind." };
	const struct bt_opt told = { .name = "k",
		.type = BT_OPT_CHOICE,
		.choices = kinds,
		.arg = "KIND",
		.man = "*one*, *two* or *three*." };
	char *item = item_of(&number);

	assert_string_equal(item, ".It Fl -n Ar \\&Nx\nText.\nDefault: 1s.\nRange: 1ms to 1d.\n");
	free(item);
	item = item_of(&listed);
	assert_string_equal(
		item, ".It Fl -k Ar KIND\nA kind.\nOne of\n.Cm one ,\n.Cm two\nor\n.Cm three .\n");
	free(item);
	item = item_of(&told);
	assert_string_equal(item, ".It Fl -k Ar KIND\n.Cm one ,\n.Cm two\nor\n.Cm three .\n");
	free(item);
}

static int print(char **page, const char *template, struct bt_err *err)
{
	size_t len;
	FILE *in = fmemopen((void *)template, strlen(template), "r");
	FILE *out = open_memstream(page, &len);
	int r;

	r = bt_manual_print(out, in, err);
	fclose(in);
	fclose(out);
	return r;
}

static void a_template_names_the_tables(void **state BT_UNUSED)
{
	static const char *const wrong[] = { "loads", "command runs", "profile", "workload simm",
		"workload sim but workload simm" };
	struct bt_err err;
	char *page, line[100];

	assert_int_equal(print(&page, ".Bl\n.\\\" @options profile load\n.El", &err), 0);
	assert_int_equal(strncmp(page, ".Bl\n.It Fl -rate-to Ar R\n", 25), 0);
	assert_non_null(strstr(page, "\n.El"));
	free(page);
	assert_int_equal(
		print(&page, ".\\\" @options workload bitcoin.rpc but workload http.request\n",
			&err),
		0);
	assert_non_null(strstr(page, ".It Fl -calls "));
	assert_null(strstr(page, ".It Fl -timeout "));
	free(page);
	for (size_t i = 0; i < BT_LEN(wrong); i++) {
		snprintf(line, sizeof(line), ".\\\" @options %s\n", wrong[i]);
		assert_int_equal(print(&page, line, &err), -EINVAL);
		assert_non_null(strstr(err.msg, ": no such options"));
		free(page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_has_a_help_and_a_paragraph),
		cmocka_unit_test(every_paragraph_stands_in_the_built_pages),
		cmocka_unit_test(marks_become_macros_and_the_rest_is_text),
		cmocka_unit_test(default_range_and_unnamed_choices_follow),
		cmocka_unit_test(a_template_names_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
