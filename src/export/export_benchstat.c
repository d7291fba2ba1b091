/*
 * benchstat: Go's benchmark text (golang.org/design/14313-benchmark-format): a line a run, so that
 * benchstat compares groups of runs. Runs with the same workload and options have the same name.
 */
#include "export/export.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <stdlib.h>

#include "base/text.h"
#include "json/json.h"
#include "compare/trial.h"

struct state {
	unsigned runs;
	json_t *cpu; /* of the run before; NULL: unknown */
};

/*
 * A part of a name in letters that benchstat reads, different for different texts: separators,
 * blanks and '%' become %XX.
 */
static void part(FILE *out, const char *text)
{
	for (; *text; text++)
		if (isgraph((unsigned char)*text) && !strchr("/=%", *text))
			putc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
}

/* A cpu line holds for the lines below it until the next one; without a text it takes the one
 * before back. */
static void put_head(struct state *s, FILE *out, const json_t *report)
{
	json_t *cpu = json_object_get(json_object_get(report, "environment"), "cpu");

	cpu = json_is_string(cpu) ? cpu : NULL;
	if (!s->runs++)
		fputs("goos: linux\npkg: benchtop\n", out);
	if (cpu && !json_equal(cpu, s->cpu))
		bt_print(out, "cpu: %s\n", json_string_value(cpu));
	else if (!cpu && s->cpu)
		fputs("cpu:\n", out);
	json_decref(s->cpu);
	s->cpu = json_incref(cpu);
}

static void figure(FILE *out, double v, const char *unit)
{
	if (isfinite(v))
		bt_print(out, "\t%.10g %s", v, unit);
}

static int benchstat_end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED,
	const json_t *report, struct bt_err *err BT_UNUSED)
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
	put_head(s, out, report);
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

static void benchstat_close(void *self, FILE *out BT_UNUSED)
{
	json_decref(((struct state *)self)->cpu);
}

const struct bt_export_format bt_export_benchstat = {
	.name = "benchstat",
	.summary = "Go's benchmark text, a line a run",
	.state_size = sizeof(struct state),
	.several = true,
	.end = benchstat_end,
	.close = benchstat_close,
};
