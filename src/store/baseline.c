#include "store/baseline.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/input.h"
#include "base/json_fault.h"
#include "store/import_check.h"
#include "json/json.h"
#include "judge/stat.h"
#include "base/whole.h"

#define FILE_MAX ((size_t)16 << 20)

bool bt_baseline_name_ok(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return n > 0 && n <= BT_BASELINE_NAME_MAX && name[0] != '-' && name[0] != '.';
}

int bt_baseline_check_name(const char *name, struct bt_err *err)
{
	size_t n = strlen(name);

	if (n > 5 && strcmp(name + n - 5, ".json") == 0)
		return bt_fail(err, -EINVAL,
			"baseline '%s': expected a name without .json, which check takes for a "
			"file",
			name);
	if (bt_baseline_name_ok(name))
		return 0;
	return bt_fail(err, -EINVAL,
		"baseline '%s': expected a name of letters, digits, dots, dashes and underscores, "
		"at most %d",
		name, BT_BASELINE_NAME_MAX);
}

/* Values in the order of the runs, null where unknown, with their median and its interval. */
static json_t *figure_json(const struct bt_trials *t, enum bt_figure_id id)
{
	double known[BT_TRIALS_MAX];
	size_t n = bt_trials_values(t, id, known);
	struct bt_interval median = bt_stat_median_interval(known, n, 0.95);
	json_t *values = json_array();

	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(values, bt_json_real(t->v[i].v[id]));
	return json_pack("{ss so so so so}", "unit", bt_unit_name[bt_trials_figure(t, id).unit],
		"median", bt_json_real(median.value), "low", bt_json_real(median.low), "high",
		bt_json_real(median.high), "runs", values);
}

static json_t *figures_json(const struct bt_trials *t)
{
	json_t *figures = json_object();
	double known[BT_TRIALS_MAX];

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		if (bt_trials_values(t, (enum bt_figure_id)i, known))
			bt_json_set(figures, bt_figure_compared(&bt_figures[i]),
				figure_json(t, (enum bt_figure_id)i));
	return figures;
}

json_t *bt_baseline_json(const struct bt_trials *t, const char *name, bool sound)
{
	json_t *runs = json_array(), *verdicts = json_array(), *finding = json_null(), *document;
	json_t *steps = json_array();
	char when[40];

	bt_fmt_utc(when, sizeof(when), bt_wall_ns());
	for (size_t i = 0; i < t->n; i++) {
		json_array_append_new(runs, json_integer((json_int_t)t->v[i].run));
		json_array_append_new(verdicts, bt_json_string(bt_verdict_name[t->v[i].verdict]));
	}
	for (size_t i = 0; i < t->n && steps; i++) {
		if (t->v[i].steps)
			json_array_append_new(steps, bt_trial_steps_json(&t->v[i]));
	}
	if (t->finding[0])
		finding = json_pack("{so so}", "name", bt_json_string(t->finding), "unit",
			bt_json_string(t->finding_unit));
	document = json_pack("{si so ss sb so so so so sO}", "benchtop_baseline",
		BT_BASELINE_FORMAT, "name", bt_json_string(name), "created", when, "sound", sound,
		"runs", runs, "verdicts", verdicts, "finding", finding, "figures", figures_json(t),
		"about", t->about);
	if (json_array_size(steps) == t->n)
		json_object_set(document, "steps", steps);
	json_decref(steps);
	return document;
}

static int wrong(struct bt_err *err, const char *what)
{
	return bt_fail(err, -EINVAL, "baseline: expected %s", what);
}

static int read_figure(struct bt_trials *t, unsigned id, const json_t *figure, struct bt_err *err)
{
	const json_t *values = json_object_get(figure, "runs");

	if (figure && json_array_size(values) != t->n)
		return bt_fail(err, -EINVAL, "baseline: %s: expected %zu values, one a run",
			bt_figure_compared(&bt_figures[id]), t->n);
	for (size_t i = 0; i < t->n; i++) {
		const json_t *v = json_array_get(values, i);

		if (v && !json_is_null(v) && !json_is_number(v))
			return bt_fail(err, -EINVAL, "baseline: %s: expected numbers",
				bt_figure_compared(&bt_figures[id]));
		t->v[i].v[id] = json_is_number(v) ? json_number_value(v) : NAN;
	}
	return 0;
}

static int check_options(const json_t *options, struct bt_err *err)
{
	int r;

	if (!json_is_object(options))
		return wrong(err, "about.options");
	r = bt_json_check_settings(options, err);
	if (r < 0)
		bt_fail_in(err, "baseline: about.options");
	return r;
}

/* Those of a ramp, one array a run; a baseline of another profile, or an old one, has none. */
static int read_steps(struct bt_trials *t, const json_t *steps, struct bt_err *err)
{
	if (!steps || json_is_null(steps))
		return 0;
	if (json_array_size(steps) != t->n)
		return wrong(err, "steps, one array a run");
	for (size_t i = 0; i < t->n; i++) {
		int r = bt_trial_steps_read(&t->v[i], json_array_get(steps, i));

		if (r == -ENOMEM)
			return bt_oom(err, "a baseline");
		if (r < 0)
			return wrong(err, "steps, each of six numbers");
	}
	return 0;
}

int bt_baseline_read(struct bt_trials *t, const json_t *document, struct bt_err *err)
{
	const json_t *about = json_object_get(document, "about"),
		     *runs = json_object_get(document, "runs"),
		     *verdicts = json_object_get(document, "verdicts"),
		     *finding = json_object_get(document, "finding");
	const json_int_t format =
		json_integer_value(json_object_get(document, "benchtop_baseline"));
	int r;

	bt_trials_init(t, bt_json_get_text(document, "name"));
	if (format < 1)
		return wrong(err, "benchtop_baseline with its format");
	if (format > BT_BASELINE_FORMAT)
		return bt_fail(err, -EINVAL,
			"baseline: format %lld was made by a newer benchtop, this one knows up "
			"to %d",
			(long long)format, BT_BASELINE_FORMAT);
	if (!*bt_json_get_text(about, "workload") || !*bt_json_get_text(about, "profile"))
		return wrong(err, "about.workload and about.profile");
	r = check_options(json_object_get(about, "options"), err);
	if (r < 0)
		return r;
	if (!json_array_size(runs) || json_array_size(runs) > BT_TRIALS_MAX)
		return wrong(err, "runs, 1 to 100 of them");
	t->n = json_array_size(runs);
	t->about = json_incref((json_t *)about);
	bt_json_copy_text(t->finding, sizeof(t->finding), finding, "name");
	bt_json_copy_text(t->finding_unit, sizeof(t->finding_unit), finding, "unit");
	for (size_t i = 0; i < t->n; i++) {
		const char *verdict = json_string_value(json_array_get(verdicts, i));

		t->v[i].run = (uint64_t)json_integer_value(json_array_get(runs, i));
		t->v[i].ended = true;
		t->v[i].verdict = verdict && strcmp(verdict, "valid") == 0 ? BT_VALID
			: verdict && strcmp(verdict, "degraded") == 0      ? BT_DEGRADED
									   : BT_INVALID;
	}
	for (unsigned i = 0; i < bt_figures_compared() && r == 0; i++)
		r = read_figure(t, i,
			json_object_get(json_object_get(document, "figures"),
				bt_figure_compared(&bt_figures[i])),
			err);
	return r < 0 ? r : read_steps(t, json_object_get(document, "steps"), err);
}

int bt_baseline_load(json_t **out, const char *path, struct bt_err *err)
{
	struct bt_input in;
	char fault[BT_JSON_FAULT_SIZE];
	json_error_t at;
	int r = bt_input_text(&in, path, BT_INPUT_ONCE, FILE_MAX, err);

	*out = NULL;
	if (r < 0)
		return r;
	*out = json_loadb(in.text, in.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &at);
	bt_input_close(&in);
	if (!*out)
		return bt_fail(
			err, -EINVAL, "%s:%d: %s", path, at.line, bt_json_fault(fault, at.text));
	if (!json_is_object(*out))
		r = bt_fail(err, -EINVAL, "%s: expected a JSON object", path);
	else if ((r = bt_check_texts("baseline", *out, err)) < 0)
		bt_fail_in(err, "%s", path);
	else if (bt_json_mask(*out) < 0)
		r = bt_oom(err, "%s", path);
	if (r == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	return r;
}

int bt_baseline_save(const json_t *document, const char *path, struct bt_err *err)
{
	struct bt_whole file;
	int r = bt_whole_open(&file, path, err);

	if (r < 0)
		return r;
	r = bt_json_print(file.out, document, JSON_INDENT(2), err);
	fputc('\n', file.out);
	if (r == 0)
		return bt_whole_close(&file, true, err);
	bt_whole_close(&file, false, NULL);
	return r;
}
