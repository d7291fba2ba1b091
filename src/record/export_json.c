/* json: the documented object, as run --json prints it; several runs are an array of them. */
#include "record/export.h"

struct state {
	unsigned n;
	json_t *first;
};

static void put_object(FILE *out, const json_t *report)
{
	json_dumpf(report, out, JSON_COMPACT | JSON_REAL_PRECISION(12));
}

static int end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED, const json_t *report,
	struct bt_err *err BT_UNUSED)
{
	struct state *s = self;

	if (s->n == 0) {
		s->first = json_incref((json_t *)report);
	} else {
		if (s->n == 1) {
			fputs("[", out);
			put_object(out, s->first);
		}
		fputs(",\n", out);
		put_object(out, report);
	}
	s->n++;
	return 0;
}

static void close_file(void *self, FILE *out)
{
	struct state *s = self;

	if (s->n == 1)
		put_object(out, s->first);
	if (s->n)
		fputs(s->n > 1 ? "]\n" : "\n", out);
	json_decref(s->first);
}

const struct bt_export_format bt_export_json = {
	.name = "json",
	.summary = "the report, the object of run --json",
	.state_size = sizeof(struct state),
	.several = true,
	.end = end,
	.close = close_file,
};
