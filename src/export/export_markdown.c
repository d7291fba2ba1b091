/* markdown: a table of runs with their figures, in GitHub's Markdown, and what each found and kept
 * to. */
#include "export/export.h"

#include <math.h>
#include <stdlib.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

struct state {
	unsigned runs;
	char *below; /* what stands below the table */
	size_t size;
	FILE *text;
};

static void put_below(struct state *s, const json_t *report, unsigned long long run)
{
	const json_t *thresholds = json_object_get(report, "thresholds"), *t, *reason;
	const char *finding = bt_json_get_text(json_object_get(report, "finding"), "text");
	size_t i;

	if (!s->text)
		return;
	if (*finding) {
		bt_print_as(s->text, BT_FORM_MARKDOWN, "- run %llu: %s\n", run, finding);
	}
	json_array_foreach(thresholds, i, t)
	{
		bt_print_as(s->text, BT_FORM_MARKDOWN, "- run %llu: threshold %s %s\n", run,
			bt_json_get_text(t, "text"), bt_json_get_text(t, "verdict"));
	}
	json_array_foreach(json_object_get(report, "reasons"), i, reason)
	{
		bt_print_as(s->text, BT_FORM_MARKDOWN, "- run %llu: measurement: %s\n", run,
			json_is_string(reason) ? json_string_value(reason) : "");
	}
}

static int markdown_end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED,
	const json_t *report, struct bt_err *err BT_UNUSED)
{
	struct state *s = self;
	const json_t *latency = json_object_get(report, "latency_ns");
	const json_t *l = json_object_get(latency, "response");
	unsigned long long run = bt_json_get_count(report, "run", 0);
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];

	if (!json_is_object(l))
		l = json_object_get(latency, "service");
	if (!s->runs++) {
		s->text = open_memstream(&s->below, &s->size);
		fputs("| Run | Workload | Profile | Throughput | p50 | p99 | Errors | Memory | "
		      "Measurement |\n|---:|---|---|---:|---:|---:|---:|---:|---|\n",
			out);
	}
	bt_print_as(out, BT_FORM_MARKDOWN,
		"| %llu | %s | %s | %s op/s | %s | %s | %s | %s | %s |\n", run,
		bt_json_get_text(report, "workload"), bt_json_get_text(report, "profile"),
		bt_fmt_number(a, sizeof(a), bt_json_get_real(report, "throughput")),
		bt_fmt_ns(b, sizeof(b), bt_json_get_real(l, "p50")),
		bt_fmt_ns(c, sizeof(c), bt_json_get_real(l, "p99")),
		bt_fmt_share(d, sizeof(d), bt_json_get_real(report, "error_rate")),
		bt_fmt_bytes(e, sizeof(e), bt_json_get_real(report, "rss_peak_bytes")),
		bt_json_get_text(report, "verdict"));
	put_below(s, report, run);
	return 0;
}

static void markdown_close(void *self, FILE *out)
{
	struct state *s = self;

	if (s->text && fclose(s->text) == 0 && s->below && *s->below) {
		fputs("\n", out);
		fputs(s->below, out);
	}
	free(s->below);
}

const struct bt_export_format bt_export_markdown = {
	.name = "markdown",
	.summary = "a table of runs with their figures",
	.state_size = sizeof(struct state),
	.several = true,
	.end = markdown_end,
	.close = markdown_close,
};
