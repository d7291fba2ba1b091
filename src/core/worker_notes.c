/* Words about errors: the first of each class, kept where the conductor reads them. */
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "core/worker.h"

static void keep(void *state, unsigned error_class, const char *fmt, va_list ap)
{
	struct bt_worker *w = bt_worker_of(state);
	struct bt_notes *notes = &w->notes[error_class];
	uint32_t n = atomic_load_explicit(&notes->n, memory_order_relaxed);
	struct bt_note_record *rec = &notes->rec[n];

	assert(error_class < BT_ERROR_CLASSES_MAX);
	if (n == BT_NOTES_EACH)
		return;
	rec->error_class = error_class;
	rec->worker = w->index;
	rec->t_ns = bt_now(w->board->clock) - w->board->run_start_ns;
	bt_text_vformat(rec->text, sizeof(rec->text), fmt, ap);
	/* Release: the conductor's acquire in read_notes sees the record whole. */
	atomic_store_explicit(&notes->n, n + 1, memory_order_release);
}

void bt_note(void *state, unsigned error_class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(state, error_class, fmt, ap);
	va_end(ap);
}

struct bt_result bt_failed(void *state, unsigned error_class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(state, error_class, fmt, ap);
	va_end(ap);
	return (struct bt_result){ BT_FAILED, error_class, 0 };
}
