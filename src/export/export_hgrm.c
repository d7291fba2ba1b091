/* hgrm: the run's latency as HdrHistogram's percentile text, in milliseconds, five lines a halving
 * of what is left. */
#include "export/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define TICKS 5.0 /* of each half */

struct state {
	struct bt_hist *hist;
};

static int hgrm_begin(void *self, FILE *out BT_UNUSED, const struct bt_run_info *info BT_UNUSED,
	struct bt_err *err)
{
	struct state *s = self;

	s->hist = malloc(sizeof(*s->hist));
	if (!s->hist)
		return bt_oom(err, NULL);
	bt_hist_init(s->hist);
	return 0;
}

static int hgrm_put(void *self, FILE *out BT_UNUSED, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err BT_UNUSED)
{
	struct state *s = self;

	bt_hist_merge(s->hist, tally->info->open_loop ? &snap->response : &snap->service);
	return 0;
}

static double deviation(const struct bt_hist *h)
{
	double mean = bt_hist_mean(h), sum = 0;

	for (unsigned i = h->lo; h->count && i <= h->hi; i++) {
		double middle = ((double)bt_hist_low(i) + (double)bt_hist_high(i)) / 2;

		sum += (double)h->c[i] * (middle - mean) * (middle - mean);
	}
	return h->count ? sqrt(sum / (double)h->count) : 0;
}

/* The levels, in per cent, that HdrHistogram's percentile iterator reports at: each step a fifth of
 * a half of what is left. */
static double next_level(double level)
{
	double halves = pow(2, floor(log2(100 / (100 - level))) + 1);

	return level + 100 / (TICKS * halves);
}

static void print(FILE *out, const struct bt_hist *h)
{
	double level = 0;
	uint64_t n = 0;

	fputs("       Value     Percentile TotalCount 1/(1-Percentile)\n\n", out);
	for (unsigned i = h->lo; h->count && i <= h->hi; i++) {
		if (!h->c[i])
			continue;
		n += h->c[i];
		while (100 * (double)n / (double)h->count >= level) {
			fprintf(out, "%12.6f %2.12f %10llu %14.2f\n",
				(double)BT_MIN(bt_hist_high(i), h->max) / 1e6, level / 100,
				(unsigned long long)n, 100 / (100 - level));
			level = next_level(level);
			if (n == h->count) /* the last bucket has one line, and that of 100 % */
				break;
		}
	}
	if (h->count)
		fprintf(out, "%12.6f %2.12f %10llu\n", (double)h->max / 1e6, 1.0,
			(unsigned long long)h->count);
	fprintf(out,
		"#[Mean    = %12.6f, StdDeviation   = %12.6f]\n"
		"#[Max     = %12.6f, Total count    = %12llu]\n"
		"#[Buckets = %12u, SubBuckets     = %12u]\n",
		h->count ? bt_hist_mean(h) / 1e6 : 0, deviation(h) / 1e6, (double)h->max / 1e6,
		(unsigned long long)h->count, BT_HIST_LEN / BT_HIST_HALF - 1, 2 * BT_HIST_HALF);
}

static int hgrm_end(void *self, FILE *out, const struct bt_tally *tally BT_UNUSED,
	const json_t *report BT_UNUSED, struct bt_err *err BT_UNUSED)
{
	print(out, ((struct state *)self)->hist);
	return 0;
}

static void hgrm_close(void *self, FILE *out BT_UNUSED)
{
	free(((struct state *)self)->hist);
}

const struct bt_export_format bt_export_hgrm = {
	.name = "hgrm",
	.summary = "the latency as HdrHistogram's percentile text, ms",
	.state_size = sizeof(struct state),
	.begin = hgrm_begin,
	.put = hgrm_put,
	.end = hgrm_end,
	.close = hgrm_close,
};
