/*
 * benchstat: Go's benchmark text (golang.org/design/14313-benchmark-format): a line a run, so that benchstat compares groups of runs. Runs
 * with the same workload and options have the same name.
 */
#include "record/export.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <stdlib.h>

#include "base/text.h"
#include "record/json.h"
#include "record/trial.h"

struct state {
	unsigned runs;
};

/*
 * A part of a name, in letters that benchstat reads, and another one for each text: what separates parts, blanks and '%' itself
 * become %XX.
 */
static void part(FILE *out, const char *text)
{
	for (; *text; text++)
		if (isgraph((unsigned char)*text) && !strchr("/=%", *text))
			putc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
}

static void put_head(FILE *out, const json_t *report)
{
	const char *cpu = bt_json_get_text(json_object_get(report, "environment"), "cpu");

	fputs("goos: linux\npkg: benchtop\n", out);
	if (*cpu)
		bt_print(out, "cpu: %s\n", cpu);
}

static void figure(FILE *out, double v, const char *unit)
{
	if (isfinite(v))
		bt_print(out, "\t%.10g %s", v, unit);
}

static int end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED, const json_t *report,
	struct bt_err *err BT_UNUSED)
{
	static const char *const quantiles[] = { "p50", "p90", "p95", "p99", "p999", "max" };
	struct state *s = self;
	const json_t *options = json_object_get(report, "options");
	const json_t *latency = json_object_get(report, "latency_ns");
	const json_t *l = json_object_get(latency, "response"), *value;
	const char *workload = bt_json_get_text(report, "workload"), *name;
	unsigned long long n = bt_json_get_count(report, "completed", 0);

	if (!json_is_object(l))
		l = json_object_get(latency, "service");
	if (!s->runs++)
		put_head(out, report);
	fputs("Benchmark", out);
	putc(toupper((unsigned char)*workload), out);
	part(out, *workload ? workload + 1 : "");
	fputs("/profile=", out);
	part(out, bt_json_get_text(report, "profile"));
	json_object_foreach((json_t *)options, name, value)
	{
		char *text;

		if (bt_trials_free_option(name) || !(text = bt_json_setting_text(value)))
			continue;
		putc('/', out);
		part(out, name);
		putc('=', out);
		part(out, text);
		free(text);
	}
	bt_print(out, "\t%llu", n);
	figure(out, bt_json_get_real(l, "mean"), "ns/op");
	figure(out, bt_json_get_real(report, "throughput"), "op/s");
	for (size_t i = 0; i < BT_LEN(quantiles); i++) {
		char unit[16];

		snprintf(unit, sizeof(unit), "%s-ns", quantiles[i]);
		figure(out, bt_json_get_real(l, quantiles[i]), unit);
	}
	figure(out, bt_json_get_real(report, "rss_peak_bytes"), "peak-rss-bytes");
	figure(out, n ? bt_json_get_real(report, "cpu_seconds") * 1e9 / (double)n : NAN,
		"cpu-ns/op");
	putc('\n', out);
	return 0;
}

const struct bt_export_format bt_export_benchstat = {
	.name = "benchstat",
	.summary = "Go's benchmark text, a line a run",
	.state_size = sizeof(struct state),
	.several = true,
	.end = end,
};
