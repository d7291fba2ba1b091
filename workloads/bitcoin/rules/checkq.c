/*
 * The inputs of one block verified by several threads, after Core's checkqueue. Helpers stay for
 * the life of the queue and sleep between blocks; the caller works along with them. Batches are
 * taken from one atomic index and shrink towards the end (a quarter of a thread's share of the
 * rest, at most 128, at least one), so that all finish at about the same time without a lock for
 * each input.
 *
 * The verdict has to be the one that a single thread finds: the lowest failing input. Batches
 * are taken in order, each is worked through up to its first failure, and no batch above a known
 * failure is begun, so the lowest failure is always among those reported. A helper that has not
 * woken up when the last batch is taken finds the job closed; the caller waits only for those
 * inside. A block with few inputs pays for a wake-up that helps nobody, which
 * --threads-per-block 1 avoids.
 */
#include "bitcoin/rules/checkq.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MOST 128
#define NO_FAILURE UINT64_MAX
#define ERR_BITS   16 /* a failure is the number of its check and the error below */

struct helper {
	struct btc_checkq *q;
	struct btc_interp *vm;
	pthread_t thread;
};

struct btc_checkq {
	pthread_mutex_t lock;
	pthread_cond_t opened; /* there is work, or quit */
	pthread_cond_t left;   /* no helper is inside any more */
	/* Written by the caller's thread, under the lock. */
	uint64_t job; /* counts them */
	bool open, quit;
	const struct btc_check *checks;
	size_t n;
	uint32_t flags;
	/* Written by any thread, under the lock. */
	unsigned inside; /* helpers at work */
	/* Written by any thread. */
	BT_CACHE_ALIGNED _Atomic size_t next; /* the first check that nobody has taken */
	BT_CACHE_ALIGNED _Atomic uint64_t failure;
	unsigned threads, n_helpers;
	struct helper helpers[];
};

static bool take_batch(struct btc_checkq *q, size_t *from, size_t *to)
{
	/* Relaxed: checks were published under the lock, and nobody reads what another's batch
	 * wrote but `failure`. */
	size_t at = atomic_load_explicit(&q->next, memory_order_relaxed), batch;

	do {
		uint64_t failure = atomic_load_explicit(&q->failure, memory_order_relaxed);

		if (at >= q->n || at > failure >> ERR_BITS)
			return false;
		batch = (q->n - at) / (4 * q->threads);
		batch = BT_MIN(BT_MAX(batch, 1), BATCH_MOST);
	} while (!atomic_compare_exchange_weak_explicit(
		&q->next, &at, at + batch, memory_order_relaxed, memory_order_relaxed));
	*from = at;
	*to = at + batch;
	return true;
}

/* Keeps the lowest. Relaxed: the caller reads it after every helper has left under the lock. */
static void report(struct btc_checkq *q, size_t at, enum btc_script_err err)
{
	uint64_t mine = (uint64_t)at << ERR_BITS | (uint64_t)err;
	uint64_t lowest = atomic_load_explicit(&q->failure, memory_order_relaxed);

	while (mine < lowest &&
		!atomic_compare_exchange_weak_explicit(
			&q->failure, &lowest, mine, memory_order_relaxed, memory_order_relaxed))
		;
}

/* Batches are taken in order, and each is worked through up to a failure: nothing below the lowest
 * is left out. */
static void work(struct btc_checkq *q, struct btc_interp *vm)
{
	size_t at, to;

	while (take_batch(q, &at, &to)) {
		enum btc_script_err err = BTC_SCRIPT_ERR_OK;

		for (; at < to && err == BTC_SCRIPT_ERR_OK; at++) {
			const struct btc_check *c = &q->checks[at];

			err = btc_verify_input(vm, c->ctx, c->input, q->flags);
			if (err != BTC_SCRIPT_ERR_OK)
				report(q, at, err);
		}
	}
}

static void *help(void *arg)
{
	struct helper *h = arg;
	struct btc_checkq *q = h->q;
	uint64_t done = 0;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		while (!q->quit && (!q->open || q->job == done))
			pthread_cond_wait(&q->opened, &q->lock);
		if (q->quit)
			break;
		done = q->job;
		q->inside++;
		pthread_mutex_unlock(&q->lock);
		work(q, h->vm);
		pthread_mutex_lock(&q->lock);
		if (--q->inside == 0)
			pthread_cond_signal(&q->left);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

static int start_helper(struct btc_checkq *q)
{
	struct helper *h = &q->helpers[q->n_helpers];
	int rc;

	h->q = q;
	h->vm = btc_interp_new();
	if (h->vm == NULL)
		return -ENOMEM;
	rc = pthread_create(&h->thread, NULL, help, h);
	if (rc == 0)
		q->n_helpers++;
	else
		btc_interp_free(h->vm);
	return -rc;
}

struct btc_checkq *btc_checkq_new(unsigned threads, struct bt_err *err)
{
	size_t size = sizeof(struct btc_checkq) + (threads - 1) * sizeof(struct helper);
	struct btc_checkq *q;
	int rc = 0;

	assert(threads >= 2);
	size = (size + BT_CACHE_LINE - 1) / BT_CACHE_LINE * BT_CACHE_LINE;
	q = aligned_alloc(BT_CACHE_LINE, size);
	if (q == NULL) {
		bt_oom(err, "queue of %u threads", threads);
		return NULL;
	}
	memset(q, 0, size);
	q->threads = threads;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->opened, NULL);
	pthread_cond_init(&q->left, NULL);
	while (rc == 0 && q->n_helpers + 1 < threads)
		rc = start_helper(q);
	if (rc == 0)
		return q;
	bt_fail(err, rc, "thread %u of %u: %s", q->n_helpers + 2, threads, strerror(-rc));
	btc_checkq_free(q);
	return NULL;
}

void btc_checkq_free(struct btc_checkq *q)
{
	if (q == NULL)
		return;
	pthread_mutex_lock(&q->lock);
	q->quit = true;
	pthread_cond_broadcast(&q->opened);
	pthread_mutex_unlock(&q->lock);
	for (unsigned i = 0; i < q->n_helpers; i++) {
		pthread_join(q->helpers[i].thread, NULL);
		btc_interp_free(q->helpers[i].vm);
	}
	pthread_cond_destroy(&q->opened);
	pthread_cond_destroy(&q->left);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* Helpers read it after they came in through the lock. */
void btc_checkq_set_cache(struct btc_checkq *q, struct btc_sigcache *cache)
{
	pthread_mutex_lock(&q->lock);
	for (unsigned i = 0; i < q->n_helpers; i++)
		btc_interp_set_cache(q->helpers[i].vm, cache);
	pthread_mutex_unlock(&q->lock);
}

/* What helpers counted was there when they left under the lock, for which the caller waited. */
struct btc_sigcache_use btc_checkq_cache_use(const struct btc_checkq *q)
{
	struct btc_sigcache_use sum = { 0, 0 };

	for (unsigned i = 0; i < q->n_helpers; i++) {
		struct btc_sigcache_use one = btc_interp_cache_use(q->helpers[i].vm);

		sum.lookups += one.lookups;
		sum.hits += one.hits;
	}
	return sum;
}

static void open_job(struct btc_checkq *q, const struct btc_check *checks, size_t n, uint32_t flags)
{
	pthread_mutex_lock(&q->lock);
	q->checks = checks;
	q->n = n;
	q->flags = flags;
	q->job++;
	q->open = true;
	/* Relaxed: helpers come in through the lock. */
	atomic_store_explicit(&q->next, 0, memory_order_relaxed);
	atomic_store_explicit(&q->failure, NO_FAILURE, memory_order_relaxed);
	if (n > 1)
		pthread_cond_broadcast(&q->opened);
	pthread_mutex_unlock(&q->lock);
}

/* A helper that has not come in by now finds the job closed. */
static void close_job(struct btc_checkq *q)
{
	pthread_mutex_lock(&q->lock);
	q->open = false;
	while (q->inside > 0)
		pthread_cond_wait(&q->left, &q->lock);
	pthread_mutex_unlock(&q->lock);
}

enum btc_script_err btc_checkq_run(struct btc_checkq *q, size_t *failed, struct btc_interp *vm,
	const struct btc_check *checks, size_t n, uint32_t flags)
{
	uint64_t failure;

	open_job(q, checks, n, flags);
	work(q, vm);
	close_job(q);
	failure = atomic_load_explicit(&q->failure, memory_order_relaxed);
	if (failure == NO_FAILURE)
		return BTC_SCRIPT_ERR_OK;
	*failed = (size_t)(failure >> ERR_BITS);
	return (enum btc_script_err)(failure & ((1 << ERR_BITS) - 1));
}
