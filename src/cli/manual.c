/*
 * manual.c: the options of the man pages, written from the rows that parse them. A page is a
 * template whose lines `.\" @options WHOSE` give way to the items of a table: WHOSE is "load",
 * "program", "command run", "profile stress" or "workload sim"; " but WHOSE" leaves out the rows
 * that another table includes as well. `.\" @figures KIND` gives way to the names of figures with
 * values of that kind: share, size or number. A row's text is plain, with few marks: --option, *a
 * word to type*, <ARGUMENT>, `literal`, page(7), and {Xx text} for any other macro of mdoc.
 */
#include "cli/manual.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "cli/browse.h"
#include "cli/cli.h"
#include "cli/run_options.h"
#include "judge/figure.h"
#include "registry.h"

#define MARK    ".\\\" @options "
#define BUT     " but "
#define FIGURES ".\\\" @figures "
#define WIDTH   78

struct mark {
	char open, close;
	const char *macro;
};
static const struct mark marks[] = {
	{ '`', '`', "Ql" }, { '*', '*', "Cm" }, { '<', '>', "Ar" },
	{ '{', '}', NULL }, /* the first word names it */
};

/* ---- text as mdoc ---- */

/* Characters of mdoc's own; a whole word that is a macro's name or a delimiter gets "\&". */
static void put_word(FILE *out, const char *word, size_t len, bool argument)
{
	bool name = len >= 2 && len <= 3 && (isupper((unsigned char)word[0]) || word[0] == '%'),
	     delimiter = len == 1 && strchr(".,:;()[]?!|", word[0]);

	if (argument ? name || delimiter : word[0] == '.' || word[0] == '\'')
		fputs("\\&", out);
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '\\')
			fputs("\\e", out);
		else if (word[i] == '"' && argument)
			fputs("\\(dq", out);
		else
			fputc(word[i], out);
	}
}

static void put_arguments(FILE *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && text[n] != ' ')
			n++;
		fputc(' ', out);
		put_word(out, text, n, true);
		n += n < len;
		text += n;
		len -= n;
	}
}

/* The length of "--name" or "page(7)" at the beginning of text; 0: neither. */
static size_t bare_length(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t n = strspn(text, letters);

	if (strncmp(text, "--", 2) == 0 && n > 2)
		return n;
	return n && text[n] == '(' && isdigit((unsigned char)text[n + 1]) && text[n + 2] == ')'
		? n + 3
		: 0;
}

/* The macro at the beginning of text, without its line's end; returns its length, 0: none. */
static size_t put_macro(FILE *out, const char *text, const char *before)
{
	size_t n = bare_length(text);
	const char *end;

	if (n && text[0] == '-') {
		fprintf(out, ".Fl%s %.*s", before, (int)n - 1, text + 1);
		return n;
	}
	if (n) {
		fprintf(out, ".Xr%s %.*s %c", before, (int)n - 3, text, text[n - 2]);
		return n;
	}
	for (size_t i = 0; i < BT_LEN(marks); i++) {
		if (text[0] != marks[i].open)
			continue;
		end = strchr(text + 1, marks[i].close);
		assert(end && end > text + 1);
		n = (size_t)(end - text) - 1;
		if (marks[i].macro)
			fprintf(out, ".%s%s", marks[i].macro, before);
		else
			fprintf(out, ".%.2s%s", text + 1, before);
		put_arguments(out, text + (marks[i].macro ? 1 : 4), n - (marks[i].macro ? 0 : 3));
		return n + 2;
	}
	return 0;
}

static void put_text(FILE *out, const char *text)
{
	size_t column = 0;

	for (; *text; text += strspn(text, " ")) {
		bool opens = text[0] == '(' && text[1];
		char *macro;
		size_t size, n;
		FILE *line = open_memstream(&macro, &size);

		n = line ? put_macro(line, text + opens, opens ? " (" : "") : 0;
		if (line)
			fclose(line);
		if (n) {
			fprintf(out, "%s%s", column ? "\n" : "", macro);
			for (text += n + opens; *text && *text != ' '; text++)
				fprintf(out, " %c", *text);
			fputc('\n', out);
			column = 0;
		} else {
			n = strcspn(text, " ");
			if (column && column + n >= WIDTH) {
				fputc('\n', out);
				column = 0;
			}
			if (column)
				fputc(' ', out);
			put_word(out, text, n, false);
			column += n + 1;
			text += n;
			if (strchr(".?!", text[-1])) { /* each sentence begins a line */
				fputc('\n', out);
				column = 0;
			}
		}
		if (line)
			free(macro);
	}
	if (column)
		fputc('\n', out);
}

/* ---- rows ---- */

/* A paragraph may tell what each choice means; else they are listed. */
static void put_choices(FILE *out, const struct bt_opt *opt)
{
	char mark[64];
	bool all = true;

	for (int i = 0; opt->choices && opt->choices[i]; i++) {
		snprintf(mark, sizeof(mark), "*%s*", opt->choices[i]);
		all = all && strstr(opt->man, mark);
	}
	for (int i = 0; !all && opt->choices[i]; i++)
		fprintf(out, "%s.Cm %s%s\n", i ? "" : "One of\n", opt->choices[i],
			!opt->choices[i + 1]           ? " ."
				: !opt->choices[i + 2] ? "\nor"
						       : " ,");
}

void bt_manual_option(FILE *out, const struct bt_opt *opt)
{
	char range[2 * BT_FMT_MAX];

	fprintf(out, ".It Fl -%s", opt->name);
	if (opt->arg) {
		fputs(" Ar", out);
		put_arguments(out, opt->arg, strlen(opt->arg));
	}
	fputc('\n', out);
	put_text(out, opt->man);
	put_choices(out, opt);
	if (opt->dflt)
		fprintf(out, "Default: %s.\n", opt->dflt);
	if (bt_opt_range(range, sizeof(range), opt))
		fprintf(out, "Range: %s.\n", range);
}

static const struct bt_opt *of_command(const char *name)
{
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		if (strcmp(bt_cli_commands[i]->name, name) == 0)
			return bt_cli_commands[i]->opts;
	return NULL;
}

static const struct bt_opt *of_profile(const char *name)
{
	const struct bt_profile *p = bt_profile_find(name);

	return p ? p->opts : NULL;
}

static const struct bt_opt *of_workload(const char *name)
{
	for (unsigned i = 0; bt_workloads[i]; i++)
		if (strcmp(bt_workloads[i]->name, name) == 0)
			return bt_workloads[i]->opts;
	return NULL;
}

static const struct bt_opt *table_of(const char *whose)
{
	static const struct {
		const char *kind;
		const struct bt_opt *(*find)(const char *name);
	} kinds[] = { { "command ", of_command }, { "profile ", of_profile },
		{ "workload ", of_workload } };

	if (strcmp(whose, "load") == 0)
		return bt_run_opts;
	if (strcmp(whose, "program") == 0)
		return bt_browse_opts;
	for (size_t i = 0; i < BT_LEN(kinds); i++) {
		size_t n = strlen(kinds[i].kind);

		if (strncmp(whose, kinds[i].kind, n) == 0)
			return kinds[i].find(whose + n);
	}
	return NULL;
}

static const struct bt_left_out *left_out(const char *whose)
{
	for (const struct bt_left_out *l = bt_left_out; l->name; l++)
		if (strncmp(whose, "workload ", 9) == 0 && strcmp(l->name, whose + 9) == 0)
			return l;
	return NULL;
}

static int put_options(FILE *out, char *whose, struct bt_err *err)
{
	char *but = strstr(whose, BUT);
	const struct bt_opt *opts, *others = NULL;
	const struct bt_left_out *left;
	struct bt_opt_walk walk;

	if (but) {
		*but = '\0';
		others = table_of(but + strlen(BUT));
		if (!others)
			return bt_fail(err, -EINVAL, "'%s': no such options", but + strlen(BUT));
	}
	opts = table_of(whose);
	left = opts ? NULL : left_out(whose);
	if (left)
		fprintf(out, ".It Em not in this build\nIt was configured without %s.\n",
			left->library);
	else if (!opts)
		return bt_fail(err, -EINVAL, "'%s': no such options", whose);
	walk = bt_opt_walk(opts);
	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
		if (!o->man)
			return bt_fail(
				err, -EINVAL, "--%s: expected a text for the man page", o->name);
		if (!others || bt_opt_row(others, o->name) != o)
			bt_manual_option(out, o);
	}
	return 0;
}

/* The item of the figures that thresholds may name, with values of one kind. */
static int put_figures(FILE *out, const char *kind, struct bt_err *err)
{
	static const struct {
		const char *kind;
		enum bt_unit unit;
	} kinds[] = { { "share", BT_UNIT_SHARE }, { "size", BT_UNIT_BYTES },
		{ "number", BT_UNIT_NUMBER } };
	const char *before = ".It Va ";
	size_t i = 0;

	while (i < BT_LEN(kinds) && strcmp(kinds[i].kind, kind) != 0)
		i++;
	if (i == BT_LEN(kinds))
		return bt_fail(err, -EINVAL, "'%s': no such figures", kind);
	for (const struct bt_figure *f = bt_figures; f->name; f++)
		if (f->of_run && f->unit == kinds[i].unit) {
			fprintf(out, "%s%s", before, f->name);
			before = " , ";
		}
	putc('\n', out);
	return 0;
}

int bt_manual_print(FILE *out, FILE *in, struct bt_err *err)
{
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (r == 0 && getline(&line, &size, in) >= 0) {
		const char *figures = strncmp(line, FIGURES, strlen(FIGURES)) == 0
			? line + strlen(FIGURES)
			: NULL;

		if (!figures && strncmp(line, MARK, strlen(MARK)) != 0) {
			fputs(line, out);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		r = figures ? put_figures(out, figures, err)
			    : put_options(out, line + strlen(MARK), err);
	}
	free(line);
	return r;
}
