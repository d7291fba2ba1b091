/* doctor_try.c: what has to be tried: how late the kernel wakes up, and how long the same work
 * takes each time. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "machine/build.h"
#include "machine/doctor.h"

/* 256 KiB: more than a first cache holds, so that the next one is seen too. */
#define WORDS (32 * 1024)
/* From one work to the next: two fifths of the time are work. */
#define ROUND_NS   (5 * BT_NS_PER_MS / 2)
#define WORK_NS    BT_NS_PER_MS
#define BLOCKS     20
#define TRIALS_MAX 64 /* processors that are tried */

struct trier {
	_Alignas(BT_CACHE_LINE) pthread_t thread;
	unsigned cpu, steps;
	struct bt_clock *clock;
	uint64_t begin_ns;
	unsigned n;
	uint64_t *late_ns, *work_ns; /* n each */
	uint64_t words[WORDS];
	_Atomic uint64_t result; /* what the work comes to is used, so that it is done */
};

/* Reads and writes where the last value says: neither the compiler nor the processor can do a step
 * before the one before. */
static uint64_t work(struct trier *t, unsigned steps)
{
	uint64_t x = 88172645463325252u;

	for (unsigned i = 0; i < steps; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		x += t->words[x % WORDS];
		t->words[x % WORDS] = x;
	}
	return x;
}

static uint64_t timed(struct trier *t, unsigned steps)
{
	uint64_t begun = bt_now(t->clock);

	atomic_store_explicit(&t->result, work(t, steps), memory_order_relaxed);
	return bt_now(t->clock) - begun;
}

/* Steps that take about WORK_NS: the fastest of three tries tells what one costs. */
static unsigned steps_of(struct trier *t)
{
	const unsigned steps = 50000;
	uint64_t best = UINT64_MAX;

	timed(t, steps);
	for (unsigned i = 0; i < 3; i++)
		best = BT_MIN(best, timed(t, steps));
	return (unsigned)BT_MAX(1000, (double)steps * (double)WORK_NS / (double)BT_MAX(best, 1));
}

/* The kernel sleeps by CLOCK_MONOTONIC, so that is what lateness is read from. */
static uint64_t sleep_late(uint64_t until_ns)
{
	struct timespec ts = { (time_t)(until_ns / BT_NS_PER_S), (long)(until_ns % BT_NS_PER_S) };
	uint64_t now;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	now = bt_monotonic_ns();
	return now > until_ns ? now - until_ns : 0;
}

/* A round that began after its time already tells nothing of the timer: such a one is left out
 * (UINT64_MAX). */
static void *try_one(void *arg)
{
	struct trier *t = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(t->cpu, &set);
	/* Without it the figures are still those of some processor. */
	sched_setaffinity(0, sizeof(set), &set);
	timed(t, t->steps);
	for (unsigned i = 0; i < t->n; i++) {
		uint64_t due = t->begin_ns + i * ROUND_NS;

		t->late_ns[i] = bt_monotonic_ns() < due ? sleep_late(due) : UINT64_MAX;
		t->work_ns[i] = timed(t, t->steps);
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void summarise_late(struct bt_tried *out, uint64_t *late, size_t n)
{
	qsort(late, n, sizeof(*late), by_size);
	while (n && late[n - 1] == UINT64_MAX)
		n--;
	out->late_count = n;
	if (!n)
		return;
	out->late_p50_ns = late[n / 2];
	out->late_p99_ns = late[(size_t)ceil(0.99 * (double)n) - 1];
	out->late_max_ns = late[n - 1];
}

static uint64_t cpu_ns(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return ((uint64_t)ru.ru_utime.tv_sec + (uint64_t)ru.ru_stime.tv_sec) * BT_NS_PER_S +
		((uint64_t)ru.ru_utime.tv_usec + (uint64_t)ru.ru_stime.tv_usec) * BT_NS_PER_US;
}

static unsigned allowed(unsigned *cpus, unsigned max)
{
	unsigned n = 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	return n;
}

/* The least step between two readings that differ. */
static uint64_t clock_step(struct bt_clock *clock)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < 2000; i++) {
		uint64_t a = bt_now(clock), b;

		b = bt_now(clock);
		for (unsigned tries = 0; b == a && tries < 100000; tries++)
			b = bt_now(clock);
		if (b == a)
			continue;
		least = BT_MIN(least, b - a);
	}
	return least == UINT64_MAX ? 0 : least;
}

/* All triers at once: a run uses all processors at once, too. */
static int run_triers(struct trier *triers, unsigned n, struct bt_err *err)
{
	uint64_t begin = bt_monotonic_ns() + 10 * BT_NS_PER_MS;
	unsigned started = 0;
	int r = 0;

	while (started < n && r == 0) {
		triers[started].begin_ns = begin;
		r = pthread_create(&triers[started].thread, NULL, try_one, &triers[started]);
		started += r == 0;
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(triers[i].thread, NULL);
	return r ? bt_fail(err, -r, "doctor: cannot start a thread: %s", strerror(r)) : 0;
}

static int try_all(struct bt_tried *out, struct trier *triers, uint64_t *late, uint64_t *times,
	unsigned n, struct bt_err *err)
{
	unsigned cpus[TRIALS_MAX], steps = steps_of(&triers[0]);
	int r;

	allowed(cpus, out->processors);
	for (unsigned i = 0; i < out->processors; i++) {
		triers[i].cpu = cpus[i];
		triers[i].clock = triers[0].clock;
		triers[i].steps = steps;
		triers[i].n = n;
		triers[i].late_ns = late + (size_t)i * n;
		triers[i].work_ns = times + (size_t)i * n;
	}
	r = run_triers(triers, out->processors, err);
	if (r < 0)
		return r;
	summarise_late(out, late, (size_t)n * out->processors);
	r = bt_noise_of(&out->noise, times, out->processors, n, BLOCKS);
	return r < 0 ? bt_fail(err, r, "doctor: out of memory") : 0;
}

int bt_doctor_try(struct bt_tried *out, uint64_t span_ns, struct bt_err *err)
{
	unsigned cpus[TRIALS_MAX], n = (unsigned)BT_MAX(1, span_ns / ROUND_NS);
	uint64_t begun = bt_monotonic_ns(), cpu_before = cpu_ns(), *late, *times;
	struct bt_clock *clock;
	struct trier *triers;
	int r = bt_clock_open(&clock, BT_CLOCK_AUTO, err);

	memset(out, 0, sizeof(*out));
	if (r < 0)
		return r;
	out->processors = BT_MAX(1, allowed(cpus, TRIALS_MAX));
	strncpy(out->clock, clock->name, sizeof(out->clock) - 1);
	out->clock_cost_ns = bt_clock_cost(clock);
	out->clock_step_ns = (double)clock_step(clock);
	triers = aligned_alloc(BT_CACHE_LINE, out->processors * sizeof(*triers));
	late = malloc((size_t)out->processors * n * sizeof(*late));
	times = malloc((size_t)out->processors * n * sizeof(*times));
	if (!triers || !late || !times) {
		r = bt_oom(err, "doctor");
	} else {
		memset(triers, 0, out->processors * sizeof(*triers));
		triers[0].clock = clock;
		r = try_all(out, triers, late, times, n, err);
	}
	free(triers);
	free(late);
	free(times);
	bt_clock_close(clock);
	out->seconds = (double)(bt_monotonic_ns() - begun) / 1e9;
	out->cpu_ns = cpu_ns() - cpu_before;
	return r;
}

int bt_doctor_examine(struct bt_doctor *out, uint64_t span_ns, struct bt_err *err)
{
	int r;

	memset(out, 0, sizeof(*out));
	out->tick_ns = 1e9 / (double)sysconf(_SC_CLK_TCK);
	out->build_flaw = bt_build_flaw();
	bt_machine_read(&out->before, "/");
	r = bt_doctor_try(&out->trial, span_ns, err);
	bt_machine_read(&out->after, "/");
	return r;
}
