/* junit: each run's thresholds and the verdict on its measurement as test cases. */
#include "export/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/fmt.h"
#include "json/json.h"
#include "export/outcome.h"
#include "judge/threshold.h"

struct state {
	struct bt_outcome_row *rows;
	size_t n;
	unsigned runs;
};

static int add(struct state *s, const char *group, const char *name, enum bt_outcome_kind kind,
	double seconds, const char *text, struct bt_err *err)
{
	struct bt_outcome_row *row, *grown = bt_grow(s->rows, s->n, sizeof(*grown));

	if (!grown)
		return bt_oom(err, NULL);
	s->rows = grown;
	row = &s->rows[s->n];
	*row = (struct bt_outcome_row){ strdup(name), strdup(group), kind, seconds, strdup(text) };
	s->n++;
	return row->name && row->classname && row->text ? 0 : bt_oom(err, NULL);
}

static int add_measurement(
	struct state *s, const char *group, const json_t *report, struct bt_err *err)
{
	const char *verdict = bt_json_get_text(report, "verdict");
	const json_t *reasons = json_object_get(report, "reasons"), *reason;
	char *text = strdup("");
	size_t i;
	int r;

	json_array_foreach(reasons, i, reason)
	{
		char *before = text;

		if (!before || !json_is_string(reason))
			continue;
		if (asprintf(&text, "%s%s%s", before, *before ? "\n" : "",
			    json_string_value(reason)) < 0)
			text = NULL;
		free(before);
	}
	r = text ? add(s, group, "measurement",
			   strcmp(verdict, "invalid") == 0 ? BT_OUTCOME_FAILED : BT_OUTCOME_PASSED,
			   bt_json_get_real(report, "duration_s"), text, err)
		 : bt_oom(err, NULL);
	free(text);
	return r;
}

static int junit_end(void *self, FILE *out BT_UNUSED, const struct bt_tally *tally BT_UNUSED,
	const json_t *report, struct bt_err *err)
{
	struct state *s = self;
	const json_t *thresholds = json_object_get(report, "thresholds"), *t;
	char *group;
	size_t i;
	int r;

	if (asprintf(&group, "%s.run%llu", bt_json_get_text(report, "workload"),
		    (unsigned long long)bt_json_get_count(report, "run", 0)) < 0)
		return bt_oom(err, NULL);
	r = add_measurement(s, group, report, err);
	json_array_foreach(thresholds, i, t)
	{
		const char *verdict = bt_json_get_text(t, "verdict");
		char text[200], value[BT_FMT_MAX];

		if (r < 0)
			break;
		snprintf(text, sizeof(text), "%s: %s", verdict,
			bt_unit_text(value, sizeof(value),
				(enum bt_unit)bt_json_get_name(
					t, "unit", bt_unit_name, BT_UNIT_NUMBER),
				bt_json_get_real(t, "value")));
		r = add(s, group, bt_json_get_text(t, "text"),
			strcmp(verdict, "held") == 0              ? BT_OUTCOME_PASSED
				: strcmp(verdict, "crossed") == 0 ? BT_OUTCOME_FAILED
								  : BT_OUTCOME_SKIPPED,
			NAN, text, err);
	}
	free(group);
	return r;
}

static void junit_close(void *self, FILE *out)
{
	struct state *s = self;

	bt_outcome_print_junit(out, "benchtop", s->rows, s->n);
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->rows[i].name);
		free((char *)s->rows[i].classname);
		free((char *)s->rows[i].text);
	}
	free(s->rows);
}

const struct bt_export_format bt_export_junit = {
	.name = "junit",
	.summary = "thresholds and the measurement's verdict as JUnit XML",
	.state_size = sizeof(struct state),
	.several = true,
	.end = junit_end,
	.close = junit_close,
};
