#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/text.h"
#include "cli/cli.h"
#include "machine/doctor.h"

#define SPAN_NS (3 * BT_NS_PER_S)
#define LABEL   14 /* columns of a check's name */
#define READING 58 /* of its reading, and of advice */

struct conf {
	bool json;
};

static const struct bt_opt opts[] = {
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "one object with all readings",
		.man = "Prints one object with all readings." },
	BT_OPT_END,
};

static int cmd_doctor(int argc, char **argv);

const struct bt_cli_command bt_cmd_doctor = {
	.name = "doctor",
	.usage = "[OPTION...]",
	.summary = "is this machine fit to measure on, and what is its noise floor",
	.opts = opts,
	.run = cmd_doctor,
};

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 &&
		isatty(STDOUT_FILENO);
}

/* Bytes of text that fit into so many columns, broken at a blank where there is one. */
static size_t line_of(const char *text, size_t columns)
{
	size_t n = strlen(text);

	if (n <= columns)
		return n;
	for (n = columns; n > 0 && text[n] != ' ';)
		n--;
	return n ? n : columns;
}

/* The rest of a text below its first line. */
static void print_rest(const char *text, unsigned indent, size_t columns)
{
	while (*text) {
		size_t n = line_of(text, columns);

		bt_print(stdout, "%*s%.*s\n", (int)indent, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void print_symptom(const struct bt_symptom *s, bool colour)
{
	static const char *const paint[] = { "", "\033[32m", "\033[33m", "\033[1;31m" };
	size_t n = line_of(s->reading, READING);
	const char *rest = s->reading + n;

	bt_print(stdout, "%-*s%-*.*s %s%s%s\n", LABEL, s->name, READING, (int)n, s->reading,
		colour ? paint[s->fitness] : "", bt_fitness_name[s->fitness],
		colour && s->fitness ? "\033[0m" : "");
	print_rest(rest + strspn(rest, " "), LABEL, READING);
}

static void print_floor(const struct bt_doctor *d)
{
	const struct bt_noise *noise = &d->trial.noise;
	char a[BT_FMT_MAX], text[240];
	size_t n;

	bt_fmt_share(a, sizeof(a), noise->floor);
	snprintf(text, sizeof(text),
		"%s: of %u stretches of the same work (%u times 1 ms on each of %u processor%s) "
		"two differ by less in 95 of 100 cases",
		a, noise->blocks, noise->per_block, d->trial.processors,
		d->trial.processors == 1 ? "" : "s");
	n = line_of(text, READING);
	bt_print(stdout, "\n%-*s%.*s\n", LABEL, "Noise floor", (int)n, text);
	print_rest(text + n + strspn(text + n, " "), LABEL, READING);
}

static void print_advice(const struct bt_diagnosis *diagnosis)
{
	bool said = false;

	for (unsigned i = 0; i < diagnosis->n; i++) {
		const struct bt_symptom *s = &diagnosis->symptoms[i];
		size_t n;

		if (!s->advice)
			continue;
		if (!said)
			bt_print(stdout, "\nWhat to change\n");
		said = true;
		n = line_of(s->advice, 78 - LABEL);
		bt_print(stdout, "  %-*s%.*s\n", LABEL - 2, s->name, (int)n, s->advice);
		print_rest(s->advice + n + strspn(s->advice + n, " "), LABEL, 78 - LABEL);
	}
	bt_print(stdout, "\n%s\n",
		diagnosis->fitness == BT_FIT_POOR ? "What is measured here now would not be valid."
						  : "This machine is fit to measure on.");
}

static void print_table(const struct bt_doctor *d, const struct bt_diagnosis *diagnosis)
{
	bool colour = wants_colour();

	bt_print(stdout, "%-*s%-*s %s\n", LABEL, "Check", READING, "Reading", "Verdict");
	for (unsigned i = 0; i < diagnosis->n; i++)
		print_symptom(&diagnosis->symptoms[i], colour);
	print_floor(d);
	print_advice(diagnosis);
}

static int cmd_doctor(int argc, char **argv)
{
	struct bt_diagnosis diagnosis;
	struct conf conf = { 0 };
	struct bt_doctor d;
	struct bt_err err;
	char *json;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_doctor, &conf, argc, argv, NULL, 0, &n);

	if (r >= 0)
		return r;
	if (isatty(STDERR_FILENO) && !conf.json)
		bt_print(stderr, "Checking for %d seconds ...\r", (int)(SPAN_NS / BT_NS_PER_S));
	if (bt_doctor_examine(&d, SPAN_NS, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	bt_diagnose(&diagnosis, &d);
	json = bt_doctor_json(&d, &diagnosis);
	if (!json)
		return bt_cli_fail(BT_EXIT_CANNOT, "doctor: out of memory");
	if (bt_doctor_keep(json, &err) < 0)
		bt_cli_fail(0, "%s; runs will not have the noise floor", err.msg);
	if (conf.json)
		bt_cli_put_document(json);
	else
		print_table(&d, &diagnosis);
	free(json);
	return diagnosis.fitness == BT_FIT_POOR ? BT_EXIT_UNKNOWN : BT_EXIT_DONE;
}
