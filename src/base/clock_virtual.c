/*
 * A baton goes round: of all seats exactly one runs. Who waits hands the baton to the seat with
 * the earliest moment, and time jumps there. Equal moments go in the order in which the waits
 * began, so a run is the same every time, threads and all: a day passes in seconds, and a test
 * can compare whole reports.
 *
 * A wake does not run anybody; it moves the moment of those who wait on that word to now, and
 * they take their turn. When everybody waits for ever, no wake can come any more: that is a
 * deadlock of the program, and it aborts.
 *
 * Each hand-over is a mutex, a condition, a switch of threads, and a scan over all seats. A heap
 * would replace the scan, but runs have few seats, and waking a thread costs more. Since one
 * seat runs at a time, a virtual run uses one processor however many workers it has.
 */
#include "base/clock_virtual.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define SEATS 1024

enum state { FREE, WAITING, RUNNING };

struct seat {
	enum state state;
	uint64_t moment, turn;
	const _Atomic uint32_t *word;
	pthread_cond_t called;
};

struct virtual_clock {
	struct bt_clock base;
	pthread_mutex_t lock;
	_Atomic uint64_t now;
	uint64_t turns;
	unsigned n; /* seats ever taken */
	struct seat seats[SEATS];
};

static _Thread_local unsigned my_seat;

static struct virtual_clock *of(struct bt_clock *clock)
{
	return (struct virtual_clock *)clock;
}

static uint64_t virtual_now(struct bt_clock *clock)
{
	/* Relaxed: the baton's mutex orders it for those who have a seat. */
	return atomic_load_explicit(&of(clock)->now, memory_order_relaxed);
}

static void seat_waits(
	struct virtual_clock *v, struct seat *s, const _Atomic uint32_t *word, uint64_t moment)
{
	s->state = WAITING;
	s->word = word;
	s->moment = moment;
	s->turn = v->turns++;
}

/* Gives the baton on. Called with the lock held and nobody running. */
static struct seat *call_next(struct virtual_clock *v)
{
	struct seat *next = NULL;

	for (unsigned i = 0; i < v->n; i++) {
		struct seat *s = &v->seats[i];

		if (s->state != WAITING)
			continue;
		if (!next || s->moment < next->moment ||
			(s->moment == next->moment && s->turn < next->turn))
			next = s;
	}
	if (!next)
		return NULL;
	if (next->moment == UINT64_MAX) {
		fputs("virtual clock: everybody waits for ever\n", stderr);
		abort();
	}
	if (next->moment > atomic_load_explicit(&v->now, memory_order_relaxed))
		atomic_store_explicit(&v->now, next->moment, memory_order_relaxed);
	next->state = RUNNING;
	return next;
}

static void await_call(struct virtual_clock *v, struct seat *s)
{
	while (s->state != RUNNING)
		pthread_cond_wait(&s->called, &v->lock);
}

static void virtual_wait(
	struct bt_clock *clock, const _Atomic uint32_t *word, uint32_t seen, uint64_t until_ns)
{
	struct virtual_clock *v = of(clock);
	struct seat *s = &v->seats[my_seat], *next;

	pthread_mutex_lock(&v->lock);
	if (!word || atomic_load_explicit(word, memory_order_acquire) == seen) {
		seat_waits(v, s, word, until_ns);
		next = call_next(v);
		if (next != s) {
			pthread_cond_signal(&next->called);
			await_call(v, s);
		}
	}
	pthread_mutex_unlock(&v->lock);
}

static void virtual_wake(struct bt_clock *clock, const _Atomic uint32_t *word)
{
	struct virtual_clock *v = of(clock);

	pthread_mutex_lock(&v->lock);
	for (unsigned i = 0; i < v->n; i++) {
		struct seat *s = &v->seats[i];

		if (s->state == WAITING && s->word == word && s->moment > virtual_now(clock))
			seat_waits(v, s, word, virtual_now(clock));
	}
	pthread_mutex_unlock(&v->lock);
}

static unsigned virtual_seat(struct bt_clock *clock)
{
	struct virtual_clock *v = of(clock);
	unsigned i = 0;

	pthread_mutex_lock(&v->lock);
	while (i < v->n && v->seats[i].state != FREE)
		i++;
	assert(i < SEATS);
	if (i == v->n)
		v->n++;
	seat_waits(v, &v->seats[i], NULL, virtual_now(clock));
	pthread_mutex_unlock(&v->lock);
	return i;
}

static void virtual_enter(struct bt_clock *clock, unsigned seat)
{
	struct virtual_clock *v = of(clock);
	bool anybody = false;

	my_seat = seat;
	pthread_mutex_lock(&v->lock);
	for (unsigned i = 0; i < v->n; i++)
		anybody |= v->seats[i].state == RUNNING;
	if (!anybody && call_next(v) != &v->seats[seat])
		for (unsigned i = 0; i < v->n; i++)
			if (v->seats[i].state == RUNNING)
				pthread_cond_signal(&v->seats[i].called);
	await_call(v, &v->seats[seat]);
	pthread_mutex_unlock(&v->lock);
}

static void virtual_leave(struct bt_clock *clock)
{
	struct virtual_clock *v = of(clock);
	struct seat *next;

	pthread_mutex_lock(&v->lock);
	v->seats[my_seat].state = FREE;
	next = call_next(v);
	if (next)
		pthread_cond_signal(&next->called);
	pthread_mutex_unlock(&v->lock);
}

static void virtual_close(struct bt_clock *clock)
{
	struct virtual_clock *v = of(clock);

	for (unsigned i = 0; i < SEATS; i++)
		pthread_cond_destroy(&v->seats[i].called);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

static const struct bt_clock_ops virtual_ops = {
	.now = virtual_now,
	.wait = virtual_wait,
	.wake = virtual_wake,
	.seat = virtual_seat,
	.enter = virtual_enter,
	.leave = virtual_leave,
	.close = virtual_close,
};

int bt_clock_open_virtual(struct bt_clock **clock, struct bt_err *err)
{
	struct virtual_clock *v = calloc(1, sizeof(*v));

	if (!v)
		return bt_oom(err, "virtual clock");
	v->base.ops = &virtual_ops;
	v->base.name = bt_clock_kind_name[BT_CLOCK_VIRTUAL];
	pthread_mutex_init(&v->lock, NULL);
	for (unsigned i = 0; i < SEATS; i++)
		pthread_cond_init(&v->seats[i].called, NULL);
	v->n = 1;
	v->seats[0].state = RUNNING;
	my_seat = 0;
	*clock = &v->base;
	return 0;
}
