/*
 * pacing: how late an open loop begins its operations, beside a bare spin loop in the same minute.
 * 100,000 op/s on one worker; turns of two seconds, one after the other. Prints percentiles of lag
 * and their ratio; 1.5 at p99 is the bound that benchtop sets itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "core/run.h"

#define RATE    100000
#define TURNS   5
#define TURN_NS (2 * BT_NS_PER_S)

extern const struct bt_workload bt_null_workload;

static void bare_spin(struct bt_clock *clock, struct bt_hist *lag)
{
	uint64_t start = bt_now(clock), due = start, now;

	for (uint64_t n = 0; due < start + TURN_NS; due = start + ++n * BT_NS_PER_S / RATE) {
		while ((now = bt_now(clock)) < due)
			bt_cpu_relax();
		bt_hist_add(lag, now - due, 1);
	}
}

static int open_loop(struct bt_hist *lag, uint64_t *offered, double *seconds, struct bt_err *err)
{
	struct bt_run_conf conf = { 0 };
	struct bt_run_setup setup = { .workload = &bt_null_workload, .conf = &conf };
	char profile_conf[256] = "";
	const struct bt_snapshot *s;
	struct bt_source *src;
	struct bt_run *run;
	int r;

	bt_opt_defaults(bt_run_opts, &conf);
	conf.rate = RATE;
	conf.duration_ns = TURN_NS;
	setup.profile = bt_profiles[0];
	setup.profile_conf = profile_conf;
	r = bt_run_open(&run, &setup, err);
	if (r < 0)
		return r;
	src = bt_run_source(run);
	r = bt_run_start(run, err);
	while (r == 0 && !src->ended) {
		bt_run_wait(run, BT_NS_PER_S);
		while ((s = src->ops->next(src))) {
			/* null takes no time: all waiting is the generator's. */
			bt_hist_merge(lag, &s->queue);
			if (s->last) {
				*offered += s->total.offered;
				*seconds += (double)s->scored_ns / 1e9;
			}
		}
	}
	bt_run_close(run);
	return r;
}

int main(void)
{
	struct bt_hist *spin = malloc(sizeof(*spin)), *ours = malloc(sizeof(*ours));
	static const double q[] = { 0.5, 0.99, 0.999 };
	static const char *const name[] = { "p50", "p99", "p99.9" };
	struct bt_clock *clock;
	struct bt_err err;
	uint64_t offered = 0;
	double seconds = 0;

	if (!spin || !ours || bt_clock_open(&clock, BT_CLOCK_AUTO, &err) < 0)
		return 1;
	bt_hist_init(spin);
	bt_hist_init(ours);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		bare_spin(clock, spin);
		if (open_loop(ours, &offered, &seconds, &err) < 0) {
			fprintf(stderr, "pacing: %s\n", err.msg);
			return 1;
		}
	}
	printf("clock %s, %.1f ns a reading\n", clock->name, bt_clock_cost(clock));
	printf("offered %.1f op/s, asked for %d: off by %.4f %%\n", (double)offered / seconds, RATE,
		((double)offered / seconds / RATE - 1) * 100);
	for (unsigned i = 0; i < BT_LEN(q); i++) {
		double a = (double)bt_hist_quantile(ours, q[i]),
		       b = (double)bt_hist_quantile(spin, q[i]);
		char ta[BT_FMT_MAX], tb[BT_FMT_MAX];

		printf("lag %-6s open loop %9s, bare spin %9s, ratio %.2f\n", name[i],
			bt_fmt_ns(ta, sizeof(ta), a), bt_fmt_ns(tb, sizeof(tb), b), a / b);
	}
	bt_clock_close(clock);
	free(spin);
	free(ours);
	return 0;
}
