/* Each check of a measurement objects to invented figures just past its limit, alone, and not to
 * those at it. */
#include "cm.h"

#include <math.h>

#include "judge/verdict.h"
#include "record_run.h"

/* A quiet run of ten seconds. */
struct fixture {
	struct fake_run *run;
	struct bt_tally tally;
	struct bt_snapshot *last;
	struct bt_segment_record *segment;
};

static void begin(struct fixture *f)
{
	f->run = fake_new(true);
	assert_int_equal(bt_tally_init(&f->tally, &f->run->info, NULL), 0);
	fake_segment(f->run, "load", 100, 10 * BT_NS_PER_S);
	for (int i = 0; i <= 10; i++) {
		fake_tick(f->run, i ? BT_NS_PER_S : 1, i ? 100 : 0, 0);
		if (i == 10)
			fake_last(f->run);
		bt_tally_put(&f->tally, &f->run->snap);
	}
	f->last = f->tally.last;
	f->last->t_ns = 10 * BT_NS_PER_S;
	f->tally.first_t_ns = 0;
	f->last->lag = (struct bt_latency){ .count = 1000, .q = { 100, 100, 100, 200, 300 } };
	f->segment = &f->tally.segments[0];
	f->segment->result.start_ns = 0;
	f->segment->result.end_ns = 10 * BT_NS_PER_S;
}

static void end(struct fixture *f)
{
	bt_tally_fini(&f->tally);
	fake_free(f->run);
}

static void offer(struct fixture *f, double n)
{
	f->segment->result.counts.offered = (uint64_t)n;
}

static void offer_poisson(struct fixture *f, double n)
{
	f->segment->plan.arrivals = BT_POISSON;
	offer(f, n);
}

static void offer_ramp(struct fixture *f, double n) /* cut in half: rates 0 to 100 in 20 s */
{
	f->segment->plan.rate_from = 0;
	f->segment->plan.span_ns = 20 * BT_NS_PER_S;
	offer(f, n);
}

static void lag_us(struct fixture *f, double us)
{
	f->last->lag.q[BT_Q99] = (uint64_t)(us * 1e3);
}

static void lag_beside_slow_answers(struct fixture *f, double us)
{
	f->last->total_response.q[BT_Q50] = 100 * BT_NS_PER_MS;
	lag_us(f, us);
}

static void busy(struct fixture *f, double processors)
{
	f->run->info.waits = true;
	f->tally.first_usage.cpu_ns = 0;
	f->last->usage.cpu_ns = (uint64_t)(processors * 1e10);
}

static void busy_on_one(struct fixture *f, double processors)
{
	f->run->info.workers = 1;
	busy(f, processors);
}

static void busy_within_a_quota(struct fixture *f, double processors)
{
	f->run->info.quota = 0.5;
	busy(f, processors);
}

static void busy_computing(struct fixture *f, double processors)
{
	busy(f, processors);
	f->run->info.waits = false;
}

static void busy_spinning(struct fixture *f, double processors)
{
	busy(f, processors);
	f->run->info.pacing = "spin";
}

static void throttle(struct fixture *f, double periods)
{
	f->tally.first_usage.throttled = 7;
	f->last->usage.throttled = 7 + (uint64_t)periods;
}

static void throttle_unknown(struct fixture *f, double periods)
{
	throttle(f, periods);
	f->tally.first_usage.throttled = UINT64_MAX;
}

static void steal_ms(struct fixture *f, double ms)
{
	f->last->usage.steal_ns = f->tally.first_usage.steal_ns + (uint64_t)(ms * 1e6);
}

static void steal_in_a_moment(struct fixture *f, double ms)
{
	f->tally.first_t_ns = f->last->t_ns - BT_NS_PER_S / 2;
	steal_ms(f, ms);
}

static void preempt(struct fixture *f, double times)
{
	f->last->usage.involuntary = f->tally.first_usage.involuntary + (uint64_t)times;
}

static void wait_ms(struct fixture *f, double ms)
{
	f->run->info.open_loop = false;
	f->run->info.workers = 2;
	f->run->info.processors = 2;
	f->last->usage.waited_ns = f->tally.first_usage.waited_ns + (uint64_t)(ms * 1e6);
}

static void wait_in_an_open_loop(struct fixture *f, double ms)
{
	wait_ms(f, ms);
	f->run->info.open_loop = true;
}

static void wait_for_each_other(struct fixture *f, double ms)
{
	wait_ms(f, ms);
	f->run->info.workers = 3;
}

static void drift_us(struct fixture *f, double us)
{
	f->last->clock_drift_ns = (uint64_t)(us * 1e3);
}

static void drift_in_a_moment(struct fixture *f, double us)
{
	f->last->t_ns = 10 * BT_NS_PER_MS;
	drift_us(f, us);
}

static void swap_out(struct fixture *f, double bytes)
{
	f->last->usage.swap_bytes = (uint64_t)bytes;
}

static void open_descriptors(struct fixture *f, double n)
{
	f->run->info.descriptor_limit = 1024;
	f->last->usage.descriptors = (uint64_t)n;
}

static void open_descriptors_unknown(struct fixture *f, double n)
{
	open_descriptors(f, n);
	f->last->usage.descriptors = UINT64_MAX;
}

static void clock_costs(struct fixture *f, double ns)
{
	f->run->info.kernel_clock = "hpet";
	f->run->info.clock_cost_ns = ns;
}

static void flaw(struct fixture *f, double flawed)
{
	f->run->info.build_flaw = flawed > 0 ? "built without optimisation" : NULL;
}

static void complete(struct fixture *f, double n)
{
	f->last->total.completed = (uint64_t)n;
}

static void score_ns(struct fixture *f, double ns)
{
	f->last->scored_ns = (uint64_t)ns;
}

static void score_none_yet(struct fixture *f, double ns)
{
	f->last->last = false;
	score_ns(f, ns);
	complete(f, 0);
}

static void lag_simulated(struct fixture *f, double us)
{
	f->run->info.clock = "virtual";
	lag_us(f, us);
	swap_out(f, 1e12);
	flaw(f, 1);
}

static const struct {
	void (*set)(struct fixture *f, double figure);
	double figure;
	enum bt_verdict verdict;
	const char *reason; /* all of it */
} rows[] = {
	{ offer, 1000, BT_VALID, "" },
	{ offer, 990, BT_VALID, "" },
	{ offer, 989, BT_DEGRADED,
		"generator offered 989 operations of 1.00k planned: 1.10 % short, limit 1.00 %" },
	{ offer, 950, BT_DEGRADED,
		"generator offered 950 operations of 1.00k planned: 5.00 % short, limit 1.00 %" },
	{ offer, 949, BT_INVALID,
		"generator offered 949 operations of 1.00k planned: 5.10 % short, limit 5.00 %" },
	{ offer, 1100, BT_VALID, "" },
	{ offer_poisson, 880, BT_VALID, "" },
	{ offer_poisson, 860, BT_INVALID,
		"generator offered 860 operations of 1.00k planned: 14.0 % short, limit 5.00 %" },
	{ offer_ramp, 249, BT_VALID, "" },
	{ offer_ramp, 200, BT_INVALID,
		"generator offered 200 operations of 250 planned: 20.0 % short, limit 5.00 %" },
	{ lag_us, 1000, BT_VALID, "" },
	{ lag_us, 1001, BT_DEGRADED, "generator late: lag p99 1.00 ms, limit 1.00 ms" },
	{ lag_us, 10000, BT_DEGRADED, "generator late: lag p99 10.0 ms, limit 1.00 ms" },
	{ lag_us, 10100, BT_INVALID, "generator late: lag p99 10.1 ms, limit 10.0 ms" },
	{ lag_beside_slow_answers, 10000, BT_VALID, "" },
	{ lag_beside_slow_answers, 12000, BT_DEGRADED,
		"generator late: lag p99 12.0 ms, limit 10.0 ms" },
	{ lag_beside_slow_answers, 110000, BT_INVALID,
		"generator late: lag p99 110 ms, limit 100 ms" },
	{ busy, 1.6, BT_VALID, "" },
	{ busy, 1.7, BT_DEGRADED,
		"generator busy: 85.0 % of 2 processors it may use, limit 80.0 %" },
	{ busy, 1.92, BT_INVALID,
		"generator busy: 96.0 % of 2 processors it may use, limit 95.0 %" },
	{ busy_on_one, 0.9, BT_DEGRADED,
		"generator busy: 90.0 % of 1 processor it may use, limit 80.0 %" },
	{ busy_within_a_quota, 0.4, BT_VALID, "" },
	{ busy_within_a_quota, 0.45, BT_DEGRADED,
		"generator busy: 90.0 % of 0.5 processor it may use, limit 80.0 %" },
	{ busy_computing, 2, BT_VALID, "" },
	{ busy_spinning, 2, BT_VALID, "" },
	{ throttle, 0, BT_VALID, "" },
	{ throttle, 1, BT_DEGRADED,
		"cgroup throttled the CPU in 1 periods: about 1.00 % of the time, limit 0.50 %" },
	{ throttle, 11, BT_INVALID,
		"cgroup throttled the CPU in 11 periods: about 11.0 % of the time, limit 10.0 %" },
	{ throttle_unknown, 90, BT_VALID, "" },
	{ steal_ms, 200, BT_VALID, "" },
	{ steal_ms, 300, BT_DEGRADED,
		"hypervisor took the CPU away (steal): 1.50 % of the time, limit 1.00 %" },
	{ steal_ms, 2200, BT_INVALID,
		"hypervisor took the CPU away (steal): 11.0 % of the time, limit 10.0 %" },
	{ steal_in_a_moment, 300, BT_VALID, "" },
	{ preempt, 10000, BT_VALID, "" },
	{ preempt, 12000, BT_DEGRADED,
		"other work took the CPU: 600 involuntary context switches a second and worker, "
		"limit "
		"500" },
	{ preempt, 1e9, BT_DEGRADED,
		"other work took the CPU: 50000000 involuntary context switches a second and "
		"worker, "
		"limit 500" },
	{ wait_ms, 1000, BT_VALID, "" },
	{ wait_ms, 1200, BT_DEGRADED,
		"other work took the CPU: workers were ready and had none 6.00 % of the time, "
		"limit "
		"5.00 %" },
	{ wait_ms, 12000, BT_INVALID,
		"other work took the CPU: workers were ready and had none 60.0 % of the time, "
		"limit "
		"50.0 %" },
	{ wait_in_an_open_loop, 12000, BT_VALID, "" },
	{ wait_for_each_other, 12000, BT_VALID, "" },
	{ drift_us, 10000, BT_VALID, "" },
	{ drift_us, 11000, BT_DEGRADED,
		"clock monotonic drifts from CLOCK_MONOTONIC by 11.0 ms: 0.11 %, limit 0.10 %" },
	{ drift_us, 110000, BT_INVALID,
		"clock monotonic drifts from CLOCK_MONOTONIC by 110 ms: 1.10 %, limit 1.00 %" },
	{ drift_in_a_moment, 1000, BT_VALID, "" },
	{ swap_out, 1048576, BT_VALID, "" },
	{ swap_out, 3145728, BT_DEGRADED,
		"3.00 MiB of benchtop's memory is swapped out, limit 1.00 MiB" },
	{ open_descriptors, 921, BT_VALID, "" },
	{ open_descriptors, 922, BT_DEGRADED,
		"922 descriptors were open of 1,024 that may be (ulimit -n), limit 90 %" },
	{ open_descriptors, 1024, BT_INVALID,
		"1,024 descriptors were open of 1,024 that may be (ulimit -n), limit one less" },
	{ open_descriptors_unknown, 0, BT_VALID, "" },
	{ clock_costs, 100, BT_VALID, "" },
	{ clock_costs, 1200, BT_DEGRADED,
		"slow clock: a reading of monotonic costs 1.20 us (the kernel's source is hpet), "
		"limit "
		"100 ns" },
	{ clock_costs, 12000, BT_INVALID,
		"slow clock: a reading of monotonic costs 12.0 us (the kernel's source is hpet), "
		"limit "
		"10.0 us" },
	{ flaw, 0, BT_VALID, "" },
	{ flaw, 1, BT_DEGRADED,
		"benchtop was built without optimisation: it is slower than it would be" },
	{ complete, 1, BT_VALID, "" },
	{ complete, 0, BT_INVALID, "0 operations completed, at least 1 is needed" },
	{ score_ns, 1, BT_VALID, "" },
	{ score_ns, 0, BT_INVALID, "no scored time: the run ended before its warm-up did" },
	{ score_none_yet, 0, BT_VALID, "" },
	{ lag_simulated, 1e6, BT_VALID, "" },
};

static void each_check_objects_past_its_limit_alone(void **state BT_UNUSED)
{
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct fixture f;
		struct bt_judgement j;

		begin(&f);
		rows[i].set(&f, rows[i].figure);
		bt_judge(&j, &f.tally);
		assert_string_equal(j.n ? j.reasons[0].text : "", rows[i].reason);
		assert_int_equal(j.verdict, rows[i].verdict);
		assert_int_equal(j.n, rows[i].verdict == BT_VALID ? 0 : 1);
		end(&f);
	}
}

static void the_worst_reason_comes_first_and_decides(void **state BT_UNUSED)
{
	struct fixture f;
	struct bt_judgement j;

	begin(&f);
	lag_us(&f, 2000);
	swap_out(&f, 1e9);
	steal_ms(&f, 9000);
	flaw(&f, 1);
	bt_judge(&j, &f.tally);
	assert_int_equal(j.verdict, BT_INVALID);
	assert_int_equal(j.n, 4);
	assert_non_null(strstr(j.reasons[0].text, "steal"));
	assert_non_null(strstr(j.reasons[1].text, "lag"));
	assert_non_null(strstr(j.reasons[2].text, "swapped"));
	assert_non_null(strstr(j.reasons[3].text, "optimisation"));
	end(&f);
}

static void a_run_without_snapshots_has_no_objections(void **state BT_UNUSED)
{
	struct fake_run *run = fake_new(true);
	struct bt_tally tally;
	struct bt_judgement j;

	assert_int_equal(bt_tally_init(&tally, &run->info, NULL), 0);
	bt_judge(&j, &tally);
	assert_int_equal(j.n, 0);
	bt_tally_fini(&tally);
	fake_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_objects_past_its_limit_alone),
		cmocka_unit_test(the_worst_reason_comes_first_and_decides),
		cmocka_unit_test(a_run_without_snapshots_has_no_objections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
