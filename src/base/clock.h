/*
 * clock.h: time as a value in the environment: read it, sleep by it, wait for a word by it. Three
 * clocks:
 *
 *   tsc        the processor's counter, calibrated against CLOCK_MONOTONIC, where it is invariant
 * and the kernel itself keeps time by it monotonic  clock_gettime(CLOCK_MONOTONIC), everywhere else
 *   virtual    jumps to the next moment anybody waits for as soon as everybody waits; a day passes
 * in seconds
 *
 * Times are nanoseconds; the real clocks' zero is CLOCK_MONOTONIC's, the virtual one's is 0 at
 * open.
 */
#ifndef BT_CLOCK_H
#define BT_CLOCK_H

#include "base/err.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct bt_clock;

struct bt_clock_ops {
	uint64_t (*now)(struct bt_clock *clock);
	void (*wait)(struct bt_clock *clock, const _Atomic uint32_t *word, uint32_t seen,
		uint64_t until_ns);
	void (*wake)(struct bt_clock *clock, const _Atomic uint32_t *word);
	unsigned (*seat)(struct bt_clock *clock);
	void (*enter)(struct bt_clock *clock, unsigned seat);
	void (*leave)(struct bt_clock *clock);
	void (*close)(struct bt_clock *clock);
};

struct bt_clock {
	const struct bt_clock_ops *ops;
	const char *name;
	uint64_t tsc_base, ns_base;
	uint64_t tsc_mult; /* ns per tick, 32 fractional bits; 0: not this clock */
};

enum bt_clock_kind { BT_CLOCK_AUTO, BT_CLOCK_TSC, BT_CLOCK_MONOTONIC, BT_CLOCK_VIRTUAL };
extern const char *const bt_clock_kind_name[]; /* NULL-ended */

/*
 * Opens a clock; AUTO takes tsc where it can be trusted. TSC where it cannot: -ENOTSUP. Calibration
 * takes 25 ms. The thread that opens a virtual clock has its first seat.
 */
int bt_clock_open(struct bt_clock **clock, enum bt_clock_kind kind, struct bt_err *err);
void bt_clock_close(struct bt_clock *clock);

/* Nanoseconds now. Any thread; of a virtual clock only threads that have a seat see it stand still
 * between their waits. */
static inline uint64_t bt_now(struct bt_clock *clock)
{
#if defined(__x86_64__)
	if (BT_LIKELY(clock->tsc_mult))
		return clock->ns_base +
			(uint64_t)((bt_u128)(__rdtsc() - clock->tsc_base) * clock->tsc_mult >> 32);
#endif
	return clock->ops->now(clock);
}

/* Sleeps until until_ns, or until *word is no longer `seen` and bt_clock_wake was called. Word
 * NULL: sleeps only. */
static inline void bt_clock_wait(
	struct bt_clock *clock, const _Atomic uint32_t *word, uint32_t seen, uint64_t until_ns)
{
	clock->ops->wait(clock, word, seen, until_ns);
}

static inline void bt_sleep_until(struct bt_clock *clock, uint64_t until_ns)
{
	clock->ops->wait(clock, NULL, 0, until_ns);
}

/* Wakes whoever waits for the word, which the caller has changed. */
static inline void bt_clock_wake(struct bt_clock *clock, const _Atomic uint32_t *word)
{
	clock->ops->wake(clock, word);
}

/*
 * Threads that live on a virtual clock take turns: only the one whose moment has come runs. Whoever
 * starts a thread takes a seat for it first; the thread enters with it and leaves at its end. Who
 * blocks on anything but the clock (a join) leaves before and enters again with a new seat. No-ops
 * on real clocks.
 */
static inline unsigned bt_clock_seat(struct bt_clock *clock)
{
	return clock->ops->seat ? clock->ops->seat(clock) : 0;
}

static inline void bt_clock_enter(struct bt_clock *clock, unsigned seat)
{
	if (clock->ops->enter)
		clock->ops->enter(clock, seat);
}

static inline void bt_clock_leave(struct bt_clock *clock)
{
	if (clock->ops->leave)
		clock->ops->leave(clock);
}

static inline bool bt_clock_is_virtual(const struct bt_clock *clock)
{
	return clock->ops->enter != NULL;
}

/* Cost of one bt_now in ns: the least mean of several short loops. Takes about a millisecond. */
double bt_clock_cost(struct bt_clock *clock);

/* CLOCK_MONOTONIC and CLOCK_REALTIME in ns, whatever the clock of the run; the latter stays within
 * the moments of fmt.h. */
uint64_t bt_monotonic_ns(void);
uint64_t bt_wall_ns(void);
/*
 * How far the clock is ahead of CLOCK_MONOTONIC, in ns; its zero means nothing, its change does. Of
 * some pairs of readings the one that was read fastest, so that a preemption between two readings
 * is no drift.
 */
int64_t bt_clock_ahead(struct bt_clock *clock);
/* The moment ns later, within the same. */
static inline uint64_t bt_wall_later(uint64_t wall_ns, uint64_t ns)
{
	int64_t later;

	return ns > INT64_MAX || __builtin_add_overflow((int64_t)wall_ns, (int64_t)ns, &later)
		? (uint64_t)INT64_MAX
		: (uint64_t)later;
}

#endif
