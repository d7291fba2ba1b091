/* json: the documented object, as run --json prints it; several runs are an array of them. */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "json/json.h"

struct state {
	unsigned n;
	char *first; /* the first run's document, until the next run or the end of the file */
};

static int json_end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED,
	const json_t *report, struct bt_err *err)
{
	struct state *s = self;

	if (s->n++ == 0) {
		s->first = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(12));
		return s->first ? 0 : bt_oom(err, NULL);
	}
	if (s->n == 2) {
		fputs("[", out);
		bt_print_json(out, s->first);
	}
	fputs(",\n", out);
	return bt_json_print(out, report, JSON_COMPACT, err);
}

static void json_close(void *self, FILE *out)
{
	struct state *s = self;

	if (s->n == 1 && s->first)
		bt_print_json(out, s->first);
	if (s->n)
		fputs(s->n > 1 ? "]\n" : "\n", out);
	free(s->first);
}

const struct bt_export_format bt_export_json = {
	.name = "json",
	.summary = "the report, the object of run --json",
	.state_size = sizeof(struct state),
	.several = true,
	.end = json_end,
	.close = json_close,
};
