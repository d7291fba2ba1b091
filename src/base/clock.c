#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/clock_virtual.h"
#include "base/sysfile.h"

#define PAIR_NS   1000 /* two readings no further apart than this are of one moment */
#define PAIRS_MAX 20

const char *const bt_clock_kind_name[] = { "auto", "tsc", "monotonic", "virtual", NULL };

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * BT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t bt_monotonic_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t bt_wall_ns(void)
{
	struct timespec ts;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (__builtin_mul_overflow((int64_t)ts.tv_sec, (int64_t)BT_NS_PER_S, &ns) ||
		__builtin_add_overflow(ns, (int64_t)ts.tv_nsec, &ns))
		ns = ts.tv_sec < 0 ? INT64_MIN : INT64_MAX; /* a clock that is not set */
	return (uint64_t)ns;
}

static uint64_t monotonic_now(struct bt_clock *clock BT_UNUSED)
{
	return bt_monotonic_ns();
}

int64_t bt_clock_ahead(struct bt_clock *clock)
{
	uint64_t best = UINT64_MAX;
	int64_t ahead = 0;

	for (unsigned i = 0; i < PAIRS_MAX && best > PAIR_NS; i++) {
		uint64_t before = bt_now(clock), at = bt_monotonic_ns(), after = bt_now(clock);

		if (after - before < best) {
			best = after - before;
			ahead = (int64_t)(before + best / 2 - at);
		}
	}
	return ahead;
}

/*
 * The kernel sleeps by CLOCK_MONOTONIC. The moment is carried over by its distance from now, so
 * that a counter which runs some parts in a million apart from it still wakes on time after days.
 */
static struct timespec kernel_time(struct bt_clock *clock, uint64_t until_ns)
{
	uint64_t now = bt_now(clock), at = bt_monotonic_ns();
	struct timespec ts;

	if (until_ns > now)
		at = until_ns - now > INT64_MAX - at ? INT64_MAX : at + (until_ns - now);
	ts.tv_sec = (time_t)(at / BT_NS_PER_S);
	ts.tv_nsec = (long)(at % BT_NS_PER_S);
	return ts;
}

static void real_wait(
	struct bt_clock *clock, const _Atomic uint32_t *word, uint32_t seen, uint64_t until_ns)
{
	struct timespec ts = kernel_time(clock, until_ns);

	if (word)
		syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen, &ts, NULL,
			FUTEX_BITSET_MATCH_ANY);
	else
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
			;
}

static void real_wake(struct bt_clock *clock BT_UNUSED, const _Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void real_close(struct bt_clock *clock)
{
	free(clock);
}

static const struct bt_clock_ops real_ops = {
	.now = monotonic_now,
	.wait = real_wait,
	.wake = real_wake,
	.close = real_close,
};

#if defined(__x86_64__)
static bool tsc_trusted(void)
{
	unsigned a, b, c, d;
	char name[32];

	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8))
		return false;
	bt_sys_line(name, sizeof(name), "/",
		"sys/devices/system/clocksource/clocksource0/current_clocksource", "");
	return strncmp(name, "tsc", 3) == 0;
}

/* The counter and the kernel's time at one moment: of many pairs the one that was read fastest. */
static void read_pair(uint64_t *tsc, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	*tsc = *ns = 0;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t before = __rdtsc(), t = bt_monotonic_ns(), after = __rdtsc();

		if (after - before < best) {
			best = after - before;
			*tsc = before + best / 2;
			*ns = t;
		}
	}
}

static bool calibrate(struct bt_clock *clock)
{
	struct timespec pause = { .tv_nsec = 25 * 1000 * 1000 };
	uint64_t tsc, ns;

	if (!tsc_trusted())
		return false;
	read_pair(&clock->tsc_base, &clock->ns_base);
	nanosleep(&pause, NULL);
	read_pair(&tsc, &ns);
	if (tsc <= clock->tsc_base || ns <= clock->ns_base)
		return false;
	clock->tsc_mult =
		(uint64_t)(((bt_u128)(ns - clock->ns_base) << 32) / (tsc - clock->tsc_base));
	clock->name = bt_clock_kind_name[BT_CLOCK_TSC];
	return clock->tsc_mult != 0;
}
#else
static bool calibrate(struct bt_clock *clock BT_UNUSED)
{
	return false;
}
#endif

int bt_clock_open(struct bt_clock **out, enum bt_clock_kind kind, struct bt_err *err)
{
	struct bt_clock *clock;

	if (kind == BT_CLOCK_VIRTUAL)
		return bt_clock_open_virtual(out, err);
	clock = calloc(1, sizeof(*clock));
	if (!clock)
		return bt_oom(err, "clock");
	clock->ops = &real_ops;
	clock->name = bt_clock_kind_name[BT_CLOCK_MONOTONIC];
	if (kind != BT_CLOCK_MONOTONIC && !calibrate(clock)) {
		clock->tsc_mult = 0;
		if (kind == BT_CLOCK_TSC) {
			free(clock);
			return bt_fail(err, -ENOTSUP,
				"--clock tsc: this machine's counter is not invariant or the "
				"kernel does not "
				"keep time by it; expected auto or monotonic");
		}
	}
	*out = clock;
	return 0;
}

void bt_clock_close(struct bt_clock *clock)
{
	if (clock)
		clock->ops->close(clock);
}

double bt_clock_cost(struct bt_clock *clock)
{
	enum { ROUNDS = 10, READS = 2000 };
	double best = 1e9;

	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t start = bt_now(clock), end = start;

		for (unsigned i = 0; i < READS; i++)
			end = bt_now(clock);
		if ((double)(end - start) / READS < best)
			best = (double)(end - start) / READS;
	}
	return best;
}
