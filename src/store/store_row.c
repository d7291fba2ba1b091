/* store_row.c: an interval of a run while it grows, packed for the file, and joined with the next
 * one. */
#include "store/store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

void bt_row_init(struct bt_row *row)
{
	memset(&row->head, 0, sizeof(row->head));
	row->any = false;
	for (unsigned i = 0; i < BT_ROW_HISTS; i++)
		bt_hist_init(&row->hists[i]);
}

void bt_row_reset(struct bt_row *row)
{
	memset(&row->head, 0, sizeof(row->head));
	row->any = false;
	for (unsigned i = 0; i < BT_ROW_HISTS; i++)
		bt_hist_reset(&row->hists[i]);
}

static void add_slow(struct bt_row_head *head, const struct bt_slow *op)
{
	uint64_t ns = op->queue_ns + op->service_ns;
	unsigned at = head->n_slow;

	while (at > 0 && head->slow[at - 1].queue_ns + head->slow[at - 1].service_ns < ns) {
		if (at < BT_ROW_SLOW)
			head->slow[at] = head->slow[at - 1];
		at--;
	}
	if (at == BT_ROW_SLOW)
		return;
	head->slow[at] = *op;
	head->n_slow = BT_MIN(head->n_slow + 1, BT_ROW_SLOW);
}

void bt_row_join_head(struct bt_row *row, const struct bt_row_head *next)
{
	struct bt_row_head *head = &row->head;

	if (!row->any)
		head->start_ns = next->start_ns;
	row->any = true;
	head->t_ns = next->t_ns;
	head->span_ns += next->span_ns;
	head->wall_ns = next->wall_ns;
	head->counts.offered += next->counts.offered;
	head->counts.completed += next->counts.completed;
	head->counts.failed += next->counts.failed;
	head->counts.expired += next->counts.expired;
	head->counts.units += next->counts.units;
	head->target_rate = next->target_rate;
	head->rss_bytes = next->rss_bytes;
	head->cpu_ns = next->cpu_ns;
	for (unsigned i = 0; i < next->n_slow; i++)
		add_slow(head, &next->slow[i]);
}

void bt_row_add(struct bt_row *row, const struct bt_snapshot *snap)
{
	const struct bt_row_head head = {
		.start_ns = snap->t_ns - BT_MIN(snap->t_ns, snap->span_ns),
		.t_ns = snap->t_ns,
		.span_ns = snap->span_ns,
		.wall_ns = snap->wall_ns,
		.counts = snap->interval,
		.target_rate = snap->target_rate,
		.rss_bytes = snap->usage.rss_bytes,
		.cpu_ns = snap->usage.cpu_ns,
	};

	bt_row_join_head(row, &head);
	for (unsigned i = 0; i < snap->n_slow; i++)
		add_slow(&row->head, &snap->slow[i]);
	bt_hist_merge(&row->hists[BT_ROW_QUEUE], &snap->queue);
	bt_hist_merge(&row->hists[BT_ROW_SERVICE], &snap->service);
	bt_hist_merge(&row->hists[BT_ROW_RESPONSE], &snap->response);
}

int bt_row_join(struct bt_row *row, const struct bt_packed *next, struct bt_hist *scratch,
	struct bt_err *err)
{
	const uint8_t *bytes = next->bytes;

	for (unsigned i = 0; i < BT_ROW_HISTS; bytes += next->size[i], i++) {
		int r = bt_hist_decode(scratch, bytes, next->size[i], err);

		if (r < 0)
			return r;
		bt_hist_merge(&row->hists[i], scratch);
	}
	bt_row_join_head(row, &next->head);
	return 0;
}

int bt_row_pack(
	struct bt_packed *out, const struct bt_row *row, const char *state, struct bt_err *err)
{
	uint8_t *at;

	out->head = row->head;
	for (unsigned i = 0; i < BT_ROW_HISTS; i++)
		out->size[i] = bt_hist_encode(&row->hists[i], NULL, 0);
	out->state_size = strlen(state) + 1;
	at = out->bytes = malloc(bt_packed_size(out));
	if (!at)
		return bt_oom(err, "a second of the run");
	for (unsigned i = 0; i < BT_ROW_HISTS; at += out->size[i], i++)
		bt_hist_encode(&row->hists[i], at, out->size[i]);
	memcpy(at, state, out->state_size);
	return 0;
}

void bt_packed_fini(struct bt_packed *p)
{
	free(p->bytes);
	p->bytes = NULL;
}

char *bt_slow_text(const struct bt_row_head *head)
{
	json_t *rows[BT_ROW_SLOW], *array;
	char *text;

	for (unsigned i = 0; i < head->n_slow; i++) {
		const struct bt_slow *op = &head->slow[i];

		rows[i] = json_pack("[I I I I i i i]", (json_int_t)op->n, (json_int_t)op->end_t_ns,
			(json_int_t)op->queue_ns, (json_int_t)op->service_ns, (int)op->worker,
			(int)op->segment, op->error_class);
	}
	array = bt_json_array(rows, head->n_slow);
	text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	return text;
}

unsigned bt_slow_read(struct bt_slow *out, unsigned room, const char *text)
{
	json_t *array = json_loads(text, 0, NULL);
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(array) && n < room; i++) {
		json_int_t number, end, queue, service;
		int worker, segment, error_class;

		if (json_unpack(json_array_get(array, i), "[I I I I i i i]", &number, &end, &queue,
			    &service, &worker, &segment, &error_class) < 0)
			continue;
		out[n++] = (struct bt_slow){ (uint64_t)number, (uint64_t)end, (uint64_t)queue,
			(uint64_t)service, (unsigned)worker, (unsigned)segment, error_class };
	}
	json_decref(array);
	return n;
}
