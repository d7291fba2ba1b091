#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "core/meter.h"

void bt_meter_add(struct bt_meter *meter, unsigned row, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&meter->v[row], memory_order_relaxed);

	/* Relaxed: one writer; bt_meter_read needs each value whole, not an order between them. */
	atomic_store_explicit(&meter->v[row], v + n, memory_order_relaxed);
}

void bt_meter_set(struct bt_meter *meter, unsigned row, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	atomic_store_explicit(&meter->v[row], bits, memory_order_relaxed);
}

void bt_meter_time(struct bt_meter *meter, unsigned row, uint64_t ns)
{
	bt_live_add(meter->times[row], ns);
}

void bt_meter_text(struct bt_meter *meter, unsigned row, const char *text)
{
	struct bt_meter_text *t = &meter->texts[row];
	uint32_t version = atomic_load_explicit(&t->version, memory_order_relaxed);
	char buf[BT_TEXT_MAX] = "";

	bt_text_format(buf, sizeof(buf), "%s", text);
	/* A sequence lock, partner read_text: odd, words, even. Who sees a new word (release) also
	 * sees the odd version. */
	atomic_store_explicit(&t->version, version + 1, memory_order_relaxed);
	for (unsigned i = 0; i < BT_LEN(t->words); i++) {
		uint64_t w;

		memcpy(&w, buf + 8 * i, 8);
		atomic_store_explicit(&t->words[i], w, memory_order_release);
	}
	atomic_store_explicit(&t->version, version + 2, memory_order_release);
}

/* Leaves `out` as it was when the writer is in the middle, again and again: the next tick reads
 * it. */
static void read_text(char *out, const struct bt_meter_text *t)
{
	char buf[BT_TEXT_MAX];

	for (unsigned tries = 0; tries < 100; tries++) {
		uint32_t before = atomic_load_explicit(&t->version, memory_order_acquire);

		if (before & 1)
			continue;
		for (unsigned i = 0; i < BT_LEN(t->words); i++) {
			uint64_t w = atomic_load_explicit(&t->words[i], memory_order_acquire);

			memcpy(buf + 8 * i, &w, 8);
		}
		if (atomic_load_explicit(&t->version, memory_order_relaxed) == before) {
			memcpy(out, buf, BT_TEXT_MAX);
			return;
		}
	}
}

static double as_double(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static void read_row(union bt_value *value, const struct bt_metric *m, unsigned row,
	const struct bt_meter *const *meters, unsigned n)
{
	for (unsigned w = 0; w < n; w++) {
		uint64_t raw = atomic_load_explicit(&meters[w]->v[row], memory_order_relaxed);

		if (m->merge == BT_LAST && w)
			break;
		if (m->kind == BT_COUNTER) {
			uint64_t *u = &value->u;

			*u = w == 0 ? raw : m->merge == BT_SUM ? *u + raw : BT_MAX(*u, raw);
		} else {
			double *d = &value->d, x = as_double(raw);

			*d = w == 0 ? x : m->merge == BT_SUM ? *d + x : fmax(*d, x);
		}
	}
}

void bt_meter_read(union bt_value *values, char (*texts)[BT_TEXT_MAX],
	const struct bt_metric *metrics, const struct bt_meter *const *meters, unsigned n)
{
	unsigned rows = bt_metric_count(metrics);

	for (unsigned i = 0; i < rows; i++) {
		if (metrics[i].kind == BT_TEXT)
			read_text(texts[i], &meters[0]->texts[i]);
		else if (metrics[i].kind != BT_RATIO && metrics[i].kind != BT_TIMES)
			read_row(&values[i], &metrics[i], i, meters, n);
	}
	for (unsigned i = 0; i < rows; i++) {
		if (metrics[i].kind != BT_RATIO)
			continue;
		uint64_t den = values[metrics[i].den].u;

		values[i].d = den ? (double)values[metrics[i].num].u / (double)den : NAN;
	}
}

unsigned bt_metric_count(const struct bt_metric *metrics)
{
	unsigned n = 0;

	while (metrics && metrics[n].name)
		n++;
	assert(n <= BT_METRICS_MAX);
	return n;
}

int bt_meter_init(struct bt_meter *meter, const struct bt_metric *metrics)
{
	for (unsigned i = 0; i < bt_metric_count(metrics); i++) {
		if (metrics[i].kind != BT_TIMES)
			continue;
		meter->times[i] = aligned_alloc(BT_CACHE_LINE,
			(sizeof(struct bt_live) + BT_CACHE_LINE - 1) / BT_CACHE_LINE *
				BT_CACHE_LINE);
		if (!meter->times[i])
			return -ENOMEM;
		bt_live_init(meter->times[i]);
	}
	return 0;
}

void bt_meter_fini(struct bt_meter *meter)
{
	for (unsigned i = 0; i < BT_METRICS_MAX; i++)
		free(meter->times[i]);
}

int bt_meter_times_init(
	struct bt_meter_times *times, const struct bt_metric *metrics, unsigned n_workers)
{
	memset(times, 0, sizeof(*times));
	times->n_workers = n_workers;
	for (unsigned i = 0; i < bt_metric_count(metrics); i++) {
		if (metrics[i].kind != BT_TIMES)
			continue;
		times->marks[i] = malloc(n_workers * sizeof(*times->marks[i]));
		times->merged[i] = malloc(sizeof(*times->merged[i]));
		if (!times->marks[i] || !times->merged[i])
			return -ENOMEM;
		memset(times->marks[i], 0, n_workers * sizeof(*times->marks[i]));
		bt_hist_init(times->merged[i]);
	}
	return 0;
}

void bt_meter_times_fini(struct bt_meter_times *times)
{
	for (unsigned i = 0; i < BT_METRICS_MAX; i++) {
		free(times->marks[i]);
		free(times->merged[i]);
	}
}

void bt_meter_times_read(
	struct bt_meter_times *times, struct bt_latency *out, const struct bt_meter *const *meters)
{
	for (unsigned i = 0; i < BT_METRICS_MAX; i++) {
		if (!times->merged[i])
			continue;
		for (unsigned w = 0; w < times->n_workers; w++)
			bt_live_take(meters[w]->times[i], &times->marks[i][w], times->merged[i]);
		bt_latency_of(&out[i], times->merged[i]);
	}
}
