/* What benchtop reports of a simulated server, held against queueing theory. Virtual clock: hours
 * pass in seconds. */
#include "cm.h"

#include <math.h>

#include "sim_run.h"

extern const struct bt_workload bt_sim_workload;

#define TOLERANCE 0.02
/* Under a sanitizer a twentieth has to do; seeds and the virtual clock make the figures the same
 * every time. */
#if BT_SANITIZED
#define TEN_MILLION  "--ops=500k"
#define FOUR_MILLION "--ops=400k"
#else
#define TEN_MILLION  "--ops=10M"
#define FOUR_MILLION "--ops=4M"
#endif

static void run(struct sim_run *r, const char *const *args)
{
	sim_run(r, &bt_sim_workload, "load", args, NULL, NULL);
}

/* M/M/1, utilisation 0.5: the time in the system is exponential with mean 1/(mu − lambda). */
static void mm1_response_is_exponential(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=500", "--arrivals=poisson",
		TEN_MILLION, "--service=1ms", "--distribution=exponential", "--seed=1", NULL };
	double mean = 1e9 / (1000.0 - 500.0);
	struct sim_run r;

	(void)state;
	run(&r, args);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	assert_true(r.last->total.offered >= (BT_SANITIZED ? 500000 : 10000000));
	assert_near(r.last->total_response.mean, mean, TOLERANCE);
	assert_near((double)r.last->total_response.q[BT_Q50], mean * log(2), TOLERANCE);
	assert_near((double)r.last->total_response.q[BT_Q99], mean * log(100), TOLERANCE);
	sim_run_fini(&r);
}

/* P(W ≤ t) of M/D/1 with service time 1 and arrival rate rho (Erlang 1909). */
static double md1_wait(double rho, double t)
{
	double sum = 0;

	for (int k = 0; k <= (int)t; k++) {
		double x = -rho * (t - k), term = exp(-x);

		for (int i = 1; i <= k; i++)
			term *= x / i;
		sum += term;
	}
	return (1 - rho) * sum;
}

static double md1_wait_quantile(double rho, double q)
{
	double lo = 0, hi = 20;

	while (hi - lo > 1e-9) {
		double mid = (lo + hi) / 2;

		if (md1_wait(rho, mid) < q)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

static void md1_response_follows_erlang(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=700", "--arrivals=poisson",
		TEN_MILLION, "--service=1ms", "--seed=2", NULL };
	double rho = 0.7, s = 1e6;
	struct sim_run r;

	(void)state;
	run(&r, args);
	assert_near(r.last->total_response.mean, s * (1 + rho / (2 * (1 - rho))), TOLERANCE);
	assert_near((double)r.last->total_response.q[BT_Q50], s * (1 + md1_wait_quantile(rho, 0.5)),
		TOLERANCE);
	assert_near((double)r.last->total_response.q[BT_Q99],
		s * (1 + md1_wait_quantile(rho, 0.99)), TOLERANCE);
	sim_run_fini(&r);
}

/*
 * A worker that may have one call in flight makes the queue build up in the generator instead of in
 * the server: the response time from the intended start must be the same M/M/1, split into queue
 * and service.
 */
static void queueing_in_the_generator_counts_alike(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=500", "--arrivals=poisson",
		FOUR_MILLION, "--service=1ms", "--distribution=exponential", "--seed=3",
		"--concurrency=1", NULL };
	struct sim_run r;

	(void)state;
	run(&r, args);
	assert_near(r.last->total_response.mean, 2e6, TOLERANCE);
	assert_near((double)r.last->total_response.q[BT_Q99], 2e6 * log(100), TOLERANCE);
	assert_near(r.last->total_service.mean, 1e6, TOLERANCE);
	assert_near(r.last->total_queue.mean, 1e6, TOLERANCE);
	sim_run_fini(&r);
}

/*
 * 1,000 op/s, service 100 us, ten seconds in which the server stands still from second 5 to 6: the
 * 1,000 operations that come then wait from 1 s down, and those after them until the backlog is
 * worked off at 10,000 op/s: arrivals at 6 + x wait (0.1 − 0.9 x) s until x = 1/9. All others take
 * 100 us.
 */
static void stall_shows_as_arithmetic_says(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=1000", "--duration=10s",
		"--service=100us", "--stall-every=5s", "--stall-for=1s", "--seed=4", NULL };
	struct sim_run r;
	const struct bt_latency *l;
	uint64_t over;

	(void)state;
	run(&r, args);
	l = &r.last->total_response;
	assert_int_equal(r.last->total.completed, 10000);
	assert_int_equal(l->q[BT_Q50] / 1000, 100);
	/*
	 * The k-th of the stalled (k = 0 … 999) comes at 5 s + k ms and ends at 6 s + (k + 1) × 0.1
	 * ms, so it takes 1000.1 − 0.9 k ms; it goes on like this until k = 1111, where that falls
	 * to 0.1 ms. Of 10,000 the 1,000 slowest take at least that of k = 999.
	 */
	assert_near((double)l->q[BT_Q90], (1000.1 - 0.9 * 1000) * 1e6, 0.02);
	assert_near((double)l->q[BT_Q95], (1000.1 - 0.9 * 500) * 1e6, 0.005);
	assert_near((double)l->q[BT_Q99], (1000.1 - 0.9 * 100) * 1e6, 0.002);
	assert_near((double)l->max, 1000.1e6, 0.0001);
	over = 0;
	for (unsigned i = bt_hist_index(1000000); i < BT_HIST_LEN; i++)
		over += r.response->c[i];
	assert_near((double)over, 1111, 0.005); /* over 1 ms: k up to 1110 */
	sim_run_fini(&r);
}

static void service_times_have_the_mean_asked_for(void **state)
{
	static const char *const kinds[] = { "constant", "exponential", "lognormal", "bimodal" };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(kinds); i++) {
		char dist[40];
		const char *args[] = { "--clock=virtual", "--ops=500k", "--service=2ms", dist,
			"--seed=5", NULL };
		struct sim_run r;

		snprintf(dist, sizeof(dist), "--distribution=%s", kinds[i]);
		run(&r, args);
		assert_near(r.last->total_service.mean, 2e6, 0.01);
		assert_near((double)r.last->total.completed * 1e9 / (double)r.last->scored_ns, 500,
			0.01);
		sim_run_fini(&r);
	}
}

/* Erlang C for c servers: mean wait = C(c, a) / (c mu − lambda). c = 4, a = 3: C = 0.50943. */
static void several_servers_follow_erlang_c(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=3000", "--arrivals=poisson",
		FOUR_MILLION, "--service=1ms", "--distribution=exponential", "--servers=4",
		"--seed=6", NULL };
	struct sim_run r;

	(void)state;
	run(&r, args);
	assert_near(r.last->total_response.mean, 1e6 + 0.509434e9 / (4000 - 3000), TOLERANCE);
	sim_run_fini(&r);
}

static void a_day_passes_in_seconds(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=50", "--duration=24h",
		"--service=1ms", "--seed=7", NULL };
	struct sim_run r;

	(void)state;
	run(&r, args);
	assert_int_equal(r.last->total.offered, 24 * 3600 * 50);
	assert_int_equal(r.last->total.completed, 24 * 3600 * 50);
	assert_int_equal(r.last->scored_ns, 86400 * BT_NS_PER_S);
	assert_int_equal(r.last->total_response.max, 1000000);
	sim_run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mm1_response_is_exponential),
		cmocka_unit_test(md1_response_follows_erlang),
		cmocka_unit_test(queueing_in_the_generator_counts_alike),
		cmocka_unit_test(stall_shows_as_arithmetic_says),
		cmocka_unit_test(service_times_have_the_mean_asked_for),
		cmocka_unit_test(several_servers_follow_erlang_c),
		cmocka_unit_test(a_day_passes_in_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
