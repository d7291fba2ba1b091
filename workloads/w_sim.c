/*
 * sim: a simulated server whose behaviour is known, so that what benchtop reports can be held
 * against theory. A real queue in virtual time: an operation goes to the server that is free first;
 * it ends when that server has served all before it and then this one. Capacity is thus enforced by
 * the queue. The servers are shared by all workers.
 */
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "base/rng.h"
#include "core/workload.h"

#define SERVERS_MAX 256
#define SIZES_MAX   32
#define SIZE_MOST   1000000
#define CHUNK       64   /* items of the data set in one allocation */
#define PLACES      1024 /* for so many more chunks the table grows at a time */

enum distribution { CONSTANT, EXPONENTIAL, LOGNORMAL, BIMODAL };

struct conf {
	uint64_t service_ns, servers, stall_every_ns, stall_for_ns, leak_bytes, item_bytes;
	double sigma, slow_share, slow_factor, error_rate, drift;
	int distribution;
	uint64_t unit_ns;
	const char *batch;
};

struct server {
	BT_CACHE_ALIGNED _Atomic uint64_t free_ns;
};

/* What each item of the data set begins with; the rest is padding. */
struct item {
	uint64_t number;
	_Atomic uint64_t visits;
};

/* Profile volume: items in chunks, so that another level moves none of them. */
struct data {
	const struct bt_env *env;
	unsigned char **chunks;
	size_t n_chunks, n_places;
	uint64_t items; /* that operations visit */
};

struct shared {
	struct server servers[SERVERS_MAX];
	/* When the first operation came: stalls and drift count from here. */
	_Atomic uint64_t zero_ns;
	struct data data;
};

struct pending {
	uint64_t end_ns;
	struct bt_call *call;
};

struct leaked {
	struct leaked *next;
};

struct state {
	const struct bt_env *env;
	const struct conf *conf;
	struct shared *shared;
	struct pending *heap;            /* earliest end first */
	uint64_t sizes[SIZES_MAX], size; /* size 0: those of the list in turn */
	unsigned n_sizes;
	unsigned n;
	struct leaked *leaked;
};

enum { SERVED, BUSY_NS, IN_SYSTEM };

static const struct bt_metric metrics[] = {
	[SERVED] = { .name = "served",
		.unit = "operations",
		.kind = BT_COUNTER,
		.help = "operations the servers have ended" },
	[BUSY_NS] = { .name = "busy_ns",
		.unit = "ns",
		.kind = BT_COUNTER,
		.help = "time the servers have worked, all together" },
	[IN_SYSTEM] = { .name = "in_system",
		.unit = "operations",
		.kind = BT_GAUGE,
		.help = "operations that wait or are being served" },
	{ .name = NULL },
};

static const char *const error_classes[] = { "planted-error", BT_NO_MEMORY, "wrong-item", NULL };
enum { PLANTED, NO_MEMORY, WRONG_ITEM };

static const char *const distributions[] = { "constant", "exponential", "lognormal", "bimodal",
	NULL };

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "service",
		.type = BT_OPT_DURATION,
		.offset = ROW(service_ns),
		.dflt = "1ms",
		.arg = "DURATION",
		.min = 1,
		.max = 3600e9,
		.help = "mean service time of one server",
		.man = "Mean service time of one server." },
	{ .name = "distribution",
		.type = BT_OPT_CHOICE,
		.offset = ROW(distribution),
		.dflt = "constant",
		.arg = "KIND",
		.choices = distributions,
		.help = "of service times: constant, exponential, lognormal or bimodal",
		.man = "Of service times: *constant*, *exponential*, *lognormal* or *bimodal*." },
	{ .name = "servers",
		.type = BT_OPT_COUNT,
		.offset = ROW(servers),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = SERVERS_MAX,
		.help = "servers behind the one queue; capacity is servers / service time",
		.man = "Servers behind the one queue." },
	{ .name = "sigma",
		.type = BT_OPT_NUMBER,
		.offset = ROW(sigma),
		.dflt = "0.5",
		.arg = "S",
		.min = 0.01,
		.max = 4,
		.help = "lognormal: deviation of the logarithm; the mean stays",
		.man = "Lognormal: deviation of the logarithm; the mean stays." },
	{ .name = "slow-share",
		.type = BT_OPT_SHARE,
		.offset = ROW(slow_share),
		.dflt = "5%",
		.arg = "SHARE",
		.min = 0.0001,
		.max = 0.9999,
		.help = "bimodal: share of slow operations",
		.man = "Bimodal: share of slow operations." },
	{ .name = "slow-factor",
		.type = BT_OPT_NUMBER,
		.offset = ROW(slow_factor),
		.dflt = "10",
		.arg = "F",
		.min = 1,
		.max = 1e6,
		.help = "bimodal: a slow operation takes this many times a fast one; the mean "
			"stays",
		.man = "Bimodal: a slow operation takes this many times a fast one; the mean "
		       "stays." },
	{ .name = "stall-every",
		.type = BT_OPT_DURATION,
		.offset = ROW(stall_every_ns),
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "all servers stand still once in this time",
		.man = "All servers stand still once in this time." },
	{ .name = "stall-for",
		.type = BT_OPT_DURATION,
		.offset = ROW(stall_for_ns),
		.dflt = "1s",
		.arg = "DURATION",
		.min = 1000,
		.max = 3600e9,
		.help = "how long they stand still",
		.man = "How long they stand still; less than --stall-every." },
	{ .name = "error-rate",
		.type = BT_OPT_SHARE,
		.offset = ROW(error_rate),
		.arg = "SHARE",
		.max = 1,
		.help = "share of operations that fail",
		.man = "Share of operations that fail." },
	{ .name = "leak",
		.type = BT_OPT_SIZE,
		.offset = ROW(leak_bytes),
		.arg = "SIZE",
		.min = 16,
		.max = 1 << 30,
		.help = "memory lost with each operation",
		.man = "Memory lost with each operation." },
	{ .name = "item-size",
		.type = BT_OPT_SIZE,
		.offset = ROW(item_bytes),
		.dflt = "1KiB",
		.arg = "SIZE",
		.min = 16,
		.max = 1 << 30,
		.help = "profile volume: bytes of each item of the data set",
		.man = "Profile *volume*: bytes of each item of the data set. Every operation "
		       "visits one item and checks that it is the right one." },
	{ .name = "batch",
		.type = BT_OPT_TEXT,
		.offset = ROW(batch),
		.dflt = "1",
		.arg = "SIZES",
		.help = "units a call; profile sizes goes through them, others take them in turn",
		.man = "Units a call, separated by commas; up to 32 sizes from 1 to 1000000. "
		       "Profile *sizes* goes through them, others take them in turn, operation by "
		       "operation." },
	{ .name = "unit-service",
		.type = BT_OPT_DURATION,
		.offset = ROW(unit_ns),
		.dflt = "0",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "service time that each unit of a call adds",
		.man = "Mean service time that each unit of a call adds to --service." },
	{ .name = "drift",
		.type = BT_OPT_SHARE,
		.offset = ROW(drift),
		.arg = "SHARE",
		.max = 100,
		.help = "growth of the service time per hour",
		.man = "Growth of the service time per hour." },
	BT_OPT_END,
};

static int sim_check(const void *configuration, struct bt_err *err)
{
	const struct conf *conf = configuration;
	char every[BT_FMT_MAX], stall[BT_FMT_MAX];
	uint64_t sizes[SIZES_MAX];

	if (bt_parse_counts(sizes, SIZES_MAX, conf->batch, SIZE_MOST) < 0)
		return bt_fail(err, -EINVAL,
			"--batch: '%.60s': expected up to %d sizes from 1 to %d, such as 1,10,50",
			conf->batch, SIZES_MAX, SIZE_MOST);
	if (!conf->stall_every_ns || conf->stall_for_ns < conf->stall_every_ns)
		return 0;
	return bt_fail(err, -EINVAL, "--stall-for: '%s': expected less than --stall-every %s",
		bt_fmt_span(stall, sizeof(stall), conf->stall_for_ns),
		bt_fmt_span(every, sizeof(every), conf->stall_every_ns));
}

static uint64_t sim_size(const void *configuration, unsigned i)
{
	const struct conf *conf = configuration;
	uint64_t sizes[SIZES_MAX];
	int n = bt_parse_counts(sizes, SIZES_MAX, conf->batch, SIZE_MOST);

	return (int)i < n ? sizes[i] : 0;
}

static void sim_resize(void *self, uint64_t units)
{
	((struct state *)self)->size = units;
}

static uint64_t units_of(const struct state *s, uint64_t n)
{
	return s->size ? s->size : s->sizes[n % s->n_sizes];
}

static size_t chunk_bytes(const struct data *d)
{
	return CHUNK * (size_t)((const struct conf *)d->env->conf)->item_bytes;
}

static struct item *item_of(const struct data *d, uint64_t i)
{
	return (struct item *)(void *)(d->chunks[i / CHUNK] +
		i % CHUNK * ((const struct conf *)d->env->conf)->item_bytes);
}

static int add_place(struct data *d)
{
	size_t had = d->n_places * sizeof(d->chunks[0]), more = PLACES * sizeof(d->chunks[0]);
	unsigned char **grown;

	if (d->n_chunks < d->n_places)
		return 0;
	grown = bt_budget_resize(d->env->budget, d->chunks, had, had + more);
	if (!grown)
		return -ENOMEM;
	d->chunks = grown;
	d->n_places += PLACES;
	return 0;
}

static int add_chunk(struct data *d)
{
	uint64_t first = d->n_chunks * CHUNK;
	unsigned char *chunk = NULL;

	if (add_place(d) == 0)
		chunk = bt_budget_alloc(d->env->budget, chunk_bytes(d));
	if (!chunk)
		return -ENOMEM;
	memset(chunk, 0x5a, chunk_bytes(d));
	d->chunks[d->n_chunks++] = chunk;
	for (unsigned i = 0; i < CHUNK; i++) {
		item_of(d, first + i)->number = first + i;
		atomic_init(&item_of(d, first + i)->visits, 0);
	}
	return 0;
}

static void drop_chunks(struct data *d, size_t keep)
{
	struct bt_budget *budget = d->env->budget;

	while (d->n_chunks > keep)
		bt_budget_free(budget, d->chunks[--d->n_chunks], chunk_bytes(d));
	if (d->n_chunks)
		return;
	bt_budget_free(budget, d->chunks, d->n_places * sizeof(d->chunks[0]));
	d->chunks = NULL;
	d->n_places = 0;
}

static int sim_fill(void *self, uint64_t items, struct bt_filling *filling, struct bt_err *err)
{
	struct data *d = &((struct shared *)self)->data;
	size_t want = (size_t)((items + CHUNK - 1) / CHUNK);

	d->items = 0; /* half of a data set is none */
	drop_chunks(d, want);
	while (d->n_chunks < want) {
		if (add_chunk(d) < 0)
			return bt_budget_fail(d->env->budget, err);
		if (!bt_fill_on(filling, BT_MIN(d->n_chunks * CHUNK, items)))
			return bt_fail(err, -ECANCELED, "stopped");
	}
	d->items = items;
	return 0;
}

/* An operation visits one item; it has to be the one asked for. */
static bool visit(struct data *d, uint64_t n)
{
	uint64_t i;
	struct item *item;

	if (!d->items)
		return true;
	i = bt_mix64(d->env->seed ^ bt_mix64(n)) % d->items;
	item = item_of(d, i);
	atomic_fetch_add_explicit(&item->visits, 1, memory_order_relaxed);
	return item->number == i;
}

static int sim_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	struct shared *s = aligned_alloc(BT_CACHE_LINE, sizeof(*s));

	if (!s)
		return bt_oom(err, "sim");
	memset(s, 0, sizeof(*s));
	s->data.env = env;
	*shared = s;
	return 0;
}

static void sim_teardown(void *self)
{
	struct shared *s = self;

	drop_chunks(&s->data, 0);
	free(s);
}

static int sim_enter(void *self, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = self;

	s->env = env;
	s->conf = env->conf;
	s->shared = env->shared;
	s->n_sizes = (unsigned)bt_parse_counts(s->sizes, SIZES_MAX, s->conf->batch, SIZE_MOST);
	s->heap = calloc(env->concurrency, sizeof(*s->heap));
	return s->heap ? 0 : bt_oom(err, "sim");
}

static void sim_leave(void *self)
{
	struct state *s = self;

	while (s->leaked) {
		struct leaked *next = s->leaked->next;

		free(s->leaked);
		s->leaked = next;
	}
	free(s->heap);
}

/* Two independent uniform numbers of one operation, whatever worker carries it out. */
static double unit_of(const struct state *s, uint64_t n, uint64_t which)
{
	return bt_unit_from(bt_mix64(bt_mix64(s->env->seed + which * 0x51ed27) ^ bt_mix64(n)));
}

/* Factor on the mean service time; its own mean is 1. */
static double service_factor(const struct state *s, uint64_t n)
{
	const struct conf *c = s->conf;
	double fast;

	switch ((enum distribution)c->distribution) {
	case CONSTANT:
		break;
	case EXPONENTIAL:
		return -log(unit_of(s, n, 1));
	case LOGNORMAL:
		return exp(c->sigma * sqrt(-2 * log(unit_of(s, n, 1))) *
				cos(2 * 3.14159265358979323846 * unit_of(s, n, 2)) -
			c->sigma * c->sigma / 2);
	case BIMODAL:
		fast = 1 / (1 + c->slow_share * (c->slow_factor - 1));
		return unit_of(s, n, 1) <= c->slow_share ? fast * c->slow_factor : fast;
	}
	return 1;
}

static uint64_t sim_service_ns(const struct state *s, uint64_t n, uint64_t since_zero)
{
	double ns = (double)(s->conf->service_ns + s->conf->unit_ns * units_of(s, n)) *
		service_factor(s, n);

	if (s->conf->drift > 0)
		ns *= 1 + s->conf->drift * (double)since_zero / 3600e9;
	return bt_u64(fmin(ns + 0.5, 0x1p62));
}

/* When work that is taken up at `start` (since zero) is done, the standstills in between waited
 * out. */
static uint64_t end_of_work(const struct conf *c, uint64_t start, uint64_t work)
{
	uint64_t every = c->stall_every_ns;

	if (!every)
		return start + work;
	for (;;) {
		uint64_t phase = start % every, until;

		if (start >= every &&
			phase < c->stall_for_ns) { /* the first one comes after a whole period */
			start += c->stall_for_ns - phase;
			continue;
		}
		until = every - phase;
		if (work <= until)
			return start + work;
		start += until;
		work -= until;
	}
}

static uint64_t zero_of(struct shared *sh, uint64_t now)
{
	uint64_t zero = atomic_load_explicit(&sh->zero_ns, memory_order_relaxed);

	if (!zero &&
		atomic_compare_exchange_strong_explicit(
			&sh->zero_ns, &zero, now | 1, memory_order_relaxed, memory_order_relaxed))
		zero = now | 1;
	return BT_MIN(zero, now);
}

/* Takes a turn at the server that is free first; returns when the operation ends. */
static uint64_t serve(struct state *s, uint64_t n, uint64_t now, uint64_t *work)
{
	struct shared *sh = s->shared;
	uint64_t zero = zero_of(sh, now), seen, end;
	struct server *best;

	*work = sim_service_ns(s, n, now - zero);
	do {
		best = &sh->servers[0];
		seen = atomic_load_explicit(&best->free_ns, memory_order_relaxed);
		for (unsigned i = 1; i < s->conf->servers; i++) {
			uint64_t free_ns =
				atomic_load_explicit(&sh->servers[i].free_ns, memory_order_relaxed);

			if (free_ns < seen) {
				best = &sh->servers[i];
				seen = free_ns;
			}
		}
		end = zero + end_of_work(s->conf, BT_MAX(seen, now) - zero, *work);
	} while (!atomic_compare_exchange_weak_explicit(
		&best->free_ns, &seen, end, memory_order_relaxed, memory_order_relaxed));
	return end;
}

static void push(struct state *s, struct pending p)
{
	unsigned i = s->n++;

	for (; i && s->heap[(i - 1) / 2].end_ns > p.end_ns; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = p;
}

static struct pending pop(struct state *s)
{
	struct pending top = s->heap[0], last = s->heap[--s->n];
	unsigned i = 0;

	for (;;) {
		unsigned child = 2 * i + 1;

		if (child + 1 < s->n && s->heap[child + 1].end_ns < s->heap[child].end_ns)
			child++;
		if (child >= s->n || s->heap[child].end_ns >= last.end_ns)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

static void sim_submit(void *self, struct bt_call *call)
{
	struct state *s = self;
	uint64_t work, end = serve(s, call->n, call->start_ns, &work);

	call->own.u[0] = work;
	call->own.u[1] = visit(&s->shared->data, call->n) ? units_of(s, call->n) : 0;
	push(s, (struct pending){ end, call });
	bt_meter_set(s->env->meter, IN_SYSTEM, s->n);
}

static bool leak(struct state *s)
{
	struct leaked *l;

	if (!s->conf->leak_bytes)
		return true;
	l = malloc(s->conf->leak_bytes);
	if (!l)
		return false;
	memset(l, 0x5a, s->conf->leak_bytes);
	l->next = s->leaked;
	s->leaked = l;
	return true;
}

static struct bt_result answer(struct state *s, const struct bt_call *call)
{
	if (!leak(s)) {
		bt_note(s, NO_MEMORY, "operation %llu: no %llu bytes to leak",
			(unsigned long long)call->n, (unsigned long long)s->conf->leak_bytes);
		return (struct bt_result){ BT_FAILED, NO_MEMORY, 0 };
	}
	if (!call->own.u[1]) {
		bt_note(s, WRONG_ITEM, "operation %llu: not the item that was asked for",
			(unsigned long long)call->n);
		return (struct bt_result){ BT_FAILED, WRONG_ITEM, 0 };
	}
	if (s->conf->error_rate > 0 && unit_of(s, call->n, 3) <= s->conf->error_rate) {
		bt_note(s, PLANTED, "operation %llu was chosen to fail",
			(unsigned long long)call->n);
		return (struct bt_result){ BT_FAILED, PLANTED, 0 };
	}
	return (struct bt_result){ BT_DONE, 0, call->own.u[1] };
}

static void sim_wait(void *self, uint64_t until_ns)
{
	struct state *s = self;
	struct bt_clock *clock = s->env->clock;

	if (!s->n || s->heap[0].end_ns > bt_now(clock))
		bt_pause(s, s->n ? BT_MIN(until_ns, s->heap[0].end_ns) : until_ns);
	while (s->n && s->heap[0].end_ns <= bt_now(clock)) {
		struct pending p = pop(s);

		bt_meter_add(s->env->meter, SERVED, 1);
		bt_meter_add(s->env->meter, BUSY_NS, p.call->own.u[0]);
		bt_meter_set(s->env->meter, IN_SYSTEM, s->n);
		bt_call_done(p.call, answer(s, p.call), p.end_ns);
	}
}

const struct bt_workload bt_sim_workload = {
	.name = "sim",
	.summary = "a simulated server of known capacity: queue, stalls, errors, leaks",
	.unit = "operations",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.simulated = true,
	.size = sim_size,
	.resize = sim_resize,
	.check = sim_check,
	.prepare = sim_prepare,
	.fill = sim_fill,
	.enter = sim_enter,
	.submit = sim_submit,
	.wait = sim_wait,
	.leave = sim_leave,
	.teardown = sim_teardown,
};
