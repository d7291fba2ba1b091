#include "compare/trial.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

int bt_compared_find(const char *name)
{
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		if (strcmp(bt_figure_compared(&bt_figures[i]), name) == 0)
			return (int)i;
	return -1;
}

/* What a profile's answer means, by its unit; the last row is for any other. */
static const struct {
	const char *unit;
	enum bt_unit compared;
	int better;
	double scale; /* to the unit it is compared in */
} answers[] = {
	{ "op/s", BT_UNIT_PER_S, 1, 1 },
	{ "s", BT_UNIT_NS, -1, 1e9 },
	{ "%", BT_UNIT_SHARE, 1, 0.01 },
	{ "", BT_UNIT_NUMBER, -1, 1 },
};

static unsigned answer_of(const char *unit)
{
	unsigned i = 0;

	while (i + 1 < BT_LEN(answers) && strcmp(unit, answers[i].unit) != 0)
		i++;
	return i;
}

void bt_trials_init(struct bt_trials *trials, const char *name)
{
	memset(trials, 0, sizeof(*trials));
	bt_text_format(trials->name, sizeof(trials->name), "%s", name);
}

void bt_trials_fini(struct bt_trials *trials)
{
	for (size_t i = 0; i < trials->n; i++)
		free(trials->v[i].steps);
	json_decref(trials->about);
	trials->about = NULL;
	trials->n = 0;
}

static void read_figures(struct bt_trial *trial, const json_t *report)
{
	const char *unit = bt_json_get_text(json_object_get(report, "finding"), "unit");

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		trial->v[i] = bt_figure_of_report(&bt_figures[i], report);
	trial->v[BT_FIG_FINDING] *= answers[answer_of(unit)].scale;
}

/* The steps that held, where the answer is a rate. 0, -ENOMEM. */
static int read_steps(struct bt_trial *trial, const json_t *report)
{
	const json_t *steps = json_object_get(report, "steps"), *row;
	const char *unit = bt_json_get_text(json_object_get(report, "finding"), "unit");
	size_t i;

	if (strcmp(unit, "op/s") != 0 || !json_array_size(steps))
		return 0;
	trial->steps = calloc(json_array_size(steps), sizeof(*trial->steps));
	if (!trial->steps)
		return -ENOMEM;
	json_array_foreach(steps, i, row)
	{
		if (strcmp(bt_json_get_text(row, "outcome"), "held") == 0)
			trial->steps[trial->n_steps++] = (struct bt_trial_step){
				.rate = bt_json_get_real(row, "rate"),
				.throughput = bt_json_get_real(row, "throughput"),
				.p50 = bt_json_get_real(row, "p50_ns"),
				.p95 = bt_json_get_real(row, "p95_ns"),
				.p99 = bt_json_get_real(row, "p99_ns"),
				.error_rate = bt_json_get_real(row, "error_rate"),
			};
	}
	return 0;
}

static json_t *about_of(const json_t *report)
{
	static const char *const keys[] = { "workload", "profile", "mode", "unit", "version",
		"commit", "options", "environment" };
	json_t *about = json_object();

	for (unsigned i = 0; i < BT_LEN(keys); i++)
		if (bt_json_set(about, keys[i], json_incref(json_object_get(report, keys[i]))) < 0)
			bt_json_set(about, keys[i], json_null());
	return about;
}

static int read_trial(struct bt_trials *trials, const json_t *report, struct bt_err *err)
{
	struct bt_trial *trial = &trials->v[trials->n];
	const json_t *finding = json_object_get(report, "finding");
	char why[sizeof(trials->mixed)];
	bool grave;
	json_t *about;

	if (!*bt_json_get_text(report, "workload") ||
		!json_is_object(json_object_get(report, "options")))
		return bt_fail(err, -EINVAL, "trial %zu: not the report of a run", trials->n + 1);
	about = about_of(report);
	if (!about)
		return bt_oom(err, "a trial");
	*trial = (struct bt_trial){
		.run = bt_json_get_count(report, "run", 0),
		.verdict = (enum bt_verdict)bt_json_get_name(
			report, "verdict", bt_verdict_name, BT_INVALID),
		.ended = strcmp(bt_json_get_text(report, "status"), "ended") == 0 ||
			strcmp(bt_json_get_text(report, "status"), "failed") == 0,
	};
	read_figures(trial, report);
	if (read_steps(trial, report) < 0) {
		json_decref(about);
		return bt_oom(err, "a trial");
	}
	if (trials->n && !trials->mixed[0] &&
		bt_trials_differ(why, sizeof(why), &grave, trials->about, about))
		bt_text_format(trials->mixed, sizeof(trials->mixed), "%s", why);
	if (trials->n)
		json_decref(about);
	else
		trials->about = about;
	if (!trials->finding[0]) {
		bt_json_copy_text(trials->finding, sizeof(trials->finding), finding, "name");
		bt_json_copy_text(
			trials->finding_unit, sizeof(trials->finding_unit), finding, "unit");
	}
	trials->n++;
	return 0;
}

int bt_trials_add(struct bt_trials *trials, const char *report_json, struct bt_err *err)
{
	json_t *report;
	int r;

	if (trials->n == BT_TRIALS_MAX)
		return bt_fail(err, -E2BIG, "%s: more than %d runs", trials->name, BT_TRIALS_MAX);
	report = json_loads(report_json, 0, NULL);
	r = read_trial(trials, report, err);
	json_decref(report);
	return r;
}

size_t bt_trials_values(const struct bt_trials *trials, enum bt_figure_id figure, double *out)
{
	size_t n = 0;

	for (size_t i = 0; i < trials->n; i++)
		if (isfinite(trials->v[i].v[figure]))
			out[n++] = trials->v[i].v[figure];
	return n;
}

bool bt_trials_are_ramps(const struct bt_trials *a, const struct bt_trials *b)
{
	const struct bt_trials *const sets[2] = { a, b };

	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < sets[k]->n; i++)
			if (!sets[k]->v[i].steps)
				return false;
	return a->n && b->n;
}

static const struct bt_trial_step *step_at(const struct bt_trial *trial, double rate)
{
	for (size_t i = 0; i < trial->n_steps; i++)
		if (fabs(trial->steps[i].rate - rate) <= 1e-9 * rate)
			return &trial->steps[i];
	return NULL;
}

static bool all_held(const struct bt_trials *t, double rate)
{
	for (size_t i = 0; i < t->n; i++)
		if (!step_at(&t->v[i], rate))
			return false;
	return true;
}

double bt_trials_common_rate(const struct bt_trials *a, const struct bt_trials *b)
{
	double best = NAN;

	for (size_t i = 0; i < a->v[0].n_steps; i++) {
		double rate = a->v[0].steps[i].rate;

		if (!(rate <= best) && all_held(a, rate) && all_held(b, rate))
			best = rate;
	}
	return best;
}

bool bt_figure_of_step(enum bt_figure_id figure)
{
	return figure == BT_FIG_THROUGHPUT || (figure >= BT_FIG_P50 && figure <= BT_FIG_P999) ||
		figure == BT_FIG_ERRORS;
}

/* NAN: a step does not have it. */
static double of_step(const struct bt_trial_step *step, enum bt_figure_id figure)
{
	if (!step)
		return NAN;
	switch (figure) {
	case BT_FIG_THROUGHPUT:
		return step->throughput;
	case BT_FIG_P50:
		return step->p50;
	case BT_FIG_P95:
		return step->p95;
	case BT_FIG_P99:
		return step->p99;
	case BT_FIG_ERRORS:
		return step->error_rate;
	default:
		return NAN;
	}
}

size_t bt_trials_values_at(
	const struct bt_trials *trials, enum bt_figure_id figure, double rate, double *out)
{
	size_t n = 0;

	if (!bt_figure_of_step(figure))
		return bt_trials_values(trials, figure, out);
	for (size_t i = 0; i < trials->n; i++) {
		double v = of_step(step_at(&trials->v[i], rate), figure);

		if (isfinite(v))
			out[n++] = v;
	}
	return n;
}

json_t *bt_trial_steps_json(const struct bt_trial *trial)
{
	json_t *array = json_array();

	for (size_t i = 0; i < trial->n_steps; i++) {
		const struct bt_trial_step *s = &trial->steps[i];

		json_array_append_new(array,
			json_pack("[o, o, o, o, o, o]", bt_json_real(s->rate),
				bt_json_real(s->throughput), bt_json_real(s->p50),
				bt_json_real(s->p95), bt_json_real(s->p99),
				bt_json_real(s->error_rate)));
	}
	return array;
}

int bt_trial_steps_read(struct bt_trial *trial, const json_t *array)
{
	json_t *row;
	size_t i;

	if (!json_is_array(array))
		return -EINVAL;
	trial->steps = calloc(json_array_size(array) + 1, sizeof(*trial->steps));
	if (!trial->steps)
		return -ENOMEM;
	json_array_foreach((json_t *)array, i, row)
	{
		double v[6];

		if (json_array_size(row) != BT_LEN(v))
			return -EINVAL;
		for (unsigned k = 0; k < BT_LEN(v); k++) {
			const json_t *number = json_array_get(row, k);

			if (!json_is_number(number) && !json_is_null(number))
				return -EINVAL;
			v[k] = json_is_number(number) ? json_number_value(number) : NAN;
		}
		trial->steps[trial->n_steps++] =
			(struct bt_trial_step){ v[0], v[1], v[2], v[3], v[4], v[5] };
	}
	return 0;
}

struct bt_figure bt_trials_figure(const struct bt_trials *trials, enum bt_figure_id figure)
{
	struct bt_figure row = bt_figures[figure];

	row.name = bt_figure_compared(&row);
	if (row.rate)
		row.unit = BT_UNIT_PER_S;
	if (figure == BT_FIG_FINDING && trials->finding[0]) {
		row.name = trials->finding;
		row.unit = answers[answer_of(trials->finding_unit)].compared;
		row.better = answers[answer_of(trials->finding_unit)].better;
	}
	return row;
}

bool bt_trials_free_option(const char *name)
{
	static const char *const names[] = { "seed", "threshold" };

	for (unsigned i = 0; i < BT_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const char *or_none(const char *text)
{
	return *text ? text : "not given";
}

static bool option_differs(
	char *why, size_t size, const char *name, const json_t *a, const json_t *b)
{
	char *mine, *other;

	if (bt_trials_free_option(name) || bt_json_setting_equal(a, b))
		return false;
	mine = a ? bt_json_setting_text(a) : NULL;
	other = b ? bt_json_setting_text(b) : NULL;
	bt_text_format(why, size, "option --%s differs: %s and %s", name, mine ? mine : "not given",
		other ? other : "not given");
	free(mine);
	free(other);
	return true;
}

static bool options_differ(char *why, size_t size, const json_t *a, const json_t *b)
{
	const json_t *of[2] = { json_object_get(a, "options"), json_object_get(b, "options") };

	for (unsigned side = 0; side < 2; side++) {
		const char *name;
		json_t *value;

		json_object_foreach((json_t *)of[side], name, value)
		{
			if (option_differs(why, size, name, json_object_get(of[0], name),
				    json_object_get(of[1], name)))
				return true;
		}
	}
	return false;
}

/* A member as text, also when it is a number, which stands in buf then. */
static const char *as_text(char buf[BT_FMT_MAX], const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_number(v))
		return bt_json_get_text(object, key);
	snprintf(buf, BT_FMT_MAX, "%.15g", json_number_value(v));
	return buf;
}

static bool member_differs(
	char *why, size_t size, const char *what, const char *key, const json_t *a, const json_t *b)
{
	char buf[2][BT_FMT_MAX];
	const char *x = as_text(buf[0], a, key), *y = as_text(buf[1], b, key);

	if (strcmp(x, y) == 0)
		return false;
	bt_text_format(why, size, "%s: %s and %s", what, or_none(x), or_none(y));
	return true;
}

/* A row of things to hold against each other. */
struct kind {
	const char *what, *key;
	bool grave, of_environment;
};

bool bt_trials_differ(char *why, size_t size, bool *grave, const json_t *a, const json_t *b)
{
	static const struct kind rows[] = {
		{ "different workloads", "workload", true, false },
		{ "open against closed loop", "mode", true, false },
		{ "different profiles", "profile", true, false },
		{ "different machines", "cpu", false, true },
		{ "different machines, processors", "processors_allowed", false, true },
		{ "different machines, architecture", "architecture", false, true },
		{ "different memory limits", "memory_limit_bytes", false, true },
		{ "one build is optimised, one is not", "flaw", false, true },
		{ "different clocks", "clock", false, true },
	};

	*grave = false;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct kind *k = &rows[i];
		const json_t *x = k->of_environment ? json_object_get(a, "environment") : a;
		const json_t *y = k->of_environment ? json_object_get(b, "environment") : b;

		*grave = k->grave;
		if (member_differs(why, size, k->what, k->key, x, y))
			return true;
	}
	*grave = false;
	return options_differ(why, size, a, b);
}

static void add_change(char *text, size_t size, const char *change)
{
	bt_text_add(text, size, "%s%s", *text ? "; " : "", change);
}

void bt_trials_changes(char *text, size_t size, const json_t *a, const json_t *b)
{
	static const struct kind rows[] = { { "host", "host", false, true },
		{ "kernel", "kernel", false, true }, { "governor", "governor", false, true },
		{ "compiler", "compiler", false, true } };
	const json_t *x = json_object_get(a, "environment"), *y = json_object_get(b, "environment");
	const json_t *mine = json_object_get(x, "libraries");
	char change[300];
	const char *name;
	json_t *value;

	text[0] = '\0';
	if (member_differs(change, sizeof(change), "version", "version", a, b))
		add_change(text, size, change);
	if (*bt_json_get_text(a, "commit") && *bt_json_get_text(b, "commit") &&
		member_differs(change, sizeof(change), "commit", "commit", a, b))
		add_change(text, size, change);
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		if (member_differs(change, sizeof(change), rows[i].what, rows[i].key, x, y))
			add_change(text, size, change);
	json_object_foreach((json_t *)mine, name, value)
	{
		if (member_differs(change, sizeof(change), name, name, mine,
			    json_object_get(y, "libraries")))
			add_change(text, size, change);
	}
}
