/* Data sets that grow between segments: worker 0 fills and releases them, the conductor waits and
 * reads the memory. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include "base/budget.h"
#include "base/fmt.h"
#include "base/text.h"
#include "core/conductor.h"
#include "core/worker.h"

bool bt_fill_on(struct bt_filling *filling, uint64_t items)
{
	atomic_store_explicit(&filling->done, items, memory_order_relaxed);
	return !atomic_load_explicit(&filling->stop, memory_order_relaxed);
}

void bt_worker_fill(struct bt_worker *w, uint64_t items)
{
	struct bt_board *b = w->board;
	struct bt_filling *f = &b->filling;

	f->rc = b->workload->fill(b->data, items, f, &f->err);
	if (f->rc == 0)
		atomic_store_explicit(&f->done, items, memory_order_relaxed);
	if (items == 0)
		/* What was given back goes to the system, or it would count for the next level. */
		malloc_trim(0);
}

bool bt_filling_over(const struct bt_conductor *c)
{
	/* Acquire: pairs with the worker's release once it is past the segment; what it left in
	 * `filling` is whole. */
	return atomic_load_explicit(&c->board->workers[0].at_segment, memory_order_acquire) >=
		c->n_records;
}

void bt_filling_memory(struct bt_segment_record *rec, uint64_t rss_bytes)
{
	if (rss_bytes == UINT64_MAX)
		return;
	rec->result.rss_bytes = rss_bytes;
	if (rec->plan.data_items)
		rec->result.rss_peak_bytes = BT_MAX(rec->result.rss_peak_bytes, rss_bytes);
}

void bt_filling_begin(struct bt_conductor *c, struct bt_segment_record *rec)
{
	uint64_t rss_bytes;

	if (rec->plan.mode != BT_FILL)
		return;
	if (rec->plan.data_items) /* else it goes down from where it was */
		atomic_store_explicit(&c->board->filling.done, 0, memory_order_relaxed);
	rss_bytes = bt_proc_rss(&c->proc);
	rec->result.rss_before_bytes = rss_bytes == UINT64_MAX ? 0 : rss_bytes;
}

/* What is resident after the release belongs to the step that it ends. */
static void note_release(struct bt_conductor *c, const struct bt_segment_record *rec)
{
	for (unsigned i = c->n_records; i-- > 0;) {
		struct bt_segment_record *step = &c->records[i];

		if (step == rec || step->plan.step != rec->plan.step || !bt_is_step(step))
			continue;
		step->result.rss_after_bytes = rec->result.rss_bytes;
		c->dirty[i] = true;
		return;
	}
}

static void note_failure(struct bt_conductor *c, struct bt_segment_record *rec)
{
	const struct bt_filling *f = &c->board->filling;
	char filled[BT_FMT_MAX];

	if (f->rc == -ENOMEM)
		bt_text_format(rec->result.reason, sizeof(rec->result.reason),
			"no memory for more than %s items: %s",
			bt_fmt_number(filled, sizeof(filled), (double)rec->result.filled),
			f->err.msg);
	else
		bt_text_format(rec->result.reason, sizeof(rec->result.reason), "%s", f->err.msg);
	if (f->rc == -ENOMEM || f->rc == -ECANCELED)
		return;
	bt_event(c, BT_EV_ERROR, "data set: %s", f->err.msg);
	atomic_store_explicit(&c->board->fatal, 1, memory_order_release);
}

void bt_filling_end(struct bt_conductor *c, struct bt_segment_record *rec)
{
	struct bt_filling *f = &c->board->filling;

	if (rec->plan.mode != BT_FILL && !rec->plan.data_items)
		return;
	rec->result.filled = atomic_load_explicit(&f->done, memory_order_relaxed);
	rec->result.counted_bytes = bt_budget_used(c->board->budget);
	bt_filling_memory(rec, bt_proc_rss(&c->proc));
	if (rec->plan.mode != BT_FILL || !bt_filling_over(c)) /* stopped, it may still be at it */
		return;
	if (f->rc < 0)
		note_failure(c, rec);
	if (!rec->plan.data_items)
		note_release(c, rec);
}
