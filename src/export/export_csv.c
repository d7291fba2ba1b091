/* csv: a row a snapshot, comma-separated (RFC 4180); what is unknown is empty. */
#include "export/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/sample.h"

struct state {
	uint64_t run;
	char *columns; /* behind the fixed ones, as the head has them */
	struct bt_sample_mark mark;
};

static const char head[] =
	"run,t_s,span_s,segment,step,scored,offered,completed,failed,expired,units,throughput,"
	"target_rate,p50_ns,p90_ns,p95_ns,p99_ns,p999_ns,max_ns,queue_p99_ns,service_p99_ns,"
	"backlog,rss_bytes,cpu";

static bool is_number(const struct bt_metric *row)
{
	return row->kind == BT_COUNTER || row->kind == BT_GAUGE || row->kind == BT_RATIO;
}

/*
 * What the head has behind its fixed columns: figures, ",metric_a,metric_b". The names of an
 * imported run's metrics may be any text. NULL: out of memory.
 */
static char *columns_of(const struct bt_run_info *info)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (const struct bt_figure *f = NULL; out && (f = bt_sample_next(f));)
		bt_print(out, ",%s", f->name);
	for (unsigned i = 0; out && i < info->n_metrics; i++) {
		const char *name = info->metrics[i].name;

		if (!is_number(&info->metrics[i]))
			continue;
		if (strpbrk(name, ",\""))
			bt_print_as(out, BT_FORM_CSV, ",\"metric_%s\"", name);
		else
			bt_print(out, ",metric_%s", name);
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static int csv_begin(void *self, FILE *out, const struct bt_run_info *info, struct bt_err *err)
{
	struct state *s = self;
	char *columns = columns_of(info);

	if (!columns)
		return bt_oom(err, NULL);
	if (s->columns && strcmp(s->columns, columns) != 0) {
		free(columns);
		return bt_fail(err, -EINVAL,
			"runs of several workloads: a table has the columns of one, expected a "
			"file for each");
	}
	if (!s->columns)
		bt_print(out, "%s%s\r\n", head, columns);
	free(s->columns);
	s->columns = columns;
	s->run = info->id;
	s->mark = (struct bt_sample_mark){ .known = false };
	return 0;
}

static void count(FILE *out, uint64_t v)
{
	if (v == UINT64_MAX)
		putc(',', out);
	else
		bt_print(out, ",%llu", (unsigned long long)v);
}

static void real(FILE *out, double v)
{
	if (isfinite(v))
		bt_print(out, ",%.10g", v);
	else
		putc(',', out);
}

static int csv_put(void *self, FILE *out, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err BT_UNUSED)
{
	struct state *s = self;
	const struct bt_run_info *info = tally->info;
	struct bt_sample_row r;

	bt_sample_of(&r, &s->mark, tally, snap);
	if (!snap->span_ns)
		return 0;
	bt_print(out, "%llu", (unsigned long long)s->run);
	real(out, r.t_s);
	real(out, r.span_s);
	bt_print(out, ",%u,%u,%d", r.segment, r.step, r.scored);
	count(out, r.counts.offered);
	count(out, r.counts.completed);
	count(out, r.counts.failed);
	count(out, r.counts.expired);
	count(out, r.counts.units);
	real(out, r.throughput);
	real(out, r.target_rate);
	count(out, r.p50_ns);
	count(out, r.p90_ns);
	count(out, r.p95_ns);
	count(out, r.p99_ns);
	count(out, r.p999_ns);
	count(out, r.max_ns);
	count(out, r.queue_p99_ns);
	count(out, r.service_p99_ns);
	count(out, r.backlog);
	count(out, r.rss_bytes);
	real(out, r.cpu);
	for (const struct bt_figure *f = NULL; (f = bt_sample_next(f));)
		real(out, bt_sample_figure(&r, f));
	for (unsigned i = 0; i < info->n_metrics; i++) {
		if (info->metrics[i].kind == BT_COUNTER)
			count(out, snap->metrics[i].u);
		else if (is_number(&info->metrics[i]))
			real(out, snap->metrics[i].d);
	}
	fputs("\r\n", out);
	return 0;
}

static void csv_close(void *self, FILE *out BT_UNUSED)
{
	free(((struct state *)self)->columns);
}

const struct bt_export_format bt_export_csv = {
	.name = "csv",
	.summary = "a row a snapshot, comma-separated",
	.state_size = sizeof(struct state),
	.several = true,
	.grows = true,
	.begin = csv_begin,
	.put = csv_put,
	.close = csv_close,
};
