#include "core/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int bt_feed_init(struct bt_feed *feed, struct bt_clock *clock, struct bt_err *err)
{
	memset(feed, 0, sizeof(*feed));
	feed->clock = clock;
	feed->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	feed->snaps = malloc(BT_FEED_SLOTS * sizeof(*feed->snaps));
	if (!feed->snaps || feed->fd < 0) {
		bt_feed_fini(feed);
		return bt_fail(err, -ENOMEM, "feed: out of memory or descriptors");
	}
	for (unsigned i = 0; i < BT_FEED_SLOTS; i++) {
		struct bt_snapshot *s = &feed->snaps[i];

		memset(s, 0, sizeof(*s));
		bt_hist_init(&s->queue);
		bt_hist_init(&s->service);
		bt_hist_init(&s->response);
	}
	return 0;
}

void bt_feed_fini(struct bt_feed *feed)
{
	if (feed->fd >= 0)
		close(feed->fd);
	free(feed->snaps);
	feed->snaps = NULL;
	feed->fd = -1;
}

void bt_snapshot_clear(struct bt_snapshot *snap)
{
	size_t from = offsetof(struct bt_snapshot, target_rate);

	snap->seq = snap->wall_ns = snap->t_ns = snap->span_ns = 0;
	snap->last = false;
	memset(&snap->interval, 0, sizeof(snap->interval));
	bt_hist_reset(&snap->queue);
	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	memset((char *)snap + from, 0, sizeof(*snap) - from);
}

struct bt_snapshot *bt_feed_filling(struct bt_feed *feed)
{
	return &feed->snaps[atomic_load_explicit(&feed->published, memory_order_relaxed) %
		BT_FEED_SLOTS];
}

bool bt_feed_publish(struct bt_feed *feed)
{
	uint32_t published = atomic_load_explicit(&feed->published, memory_order_relaxed);
	uint64_t one = 1;

	/* One slot is always being filled. Acquire: the consumer is done with what it released. */
	if (published - atomic_load_explicit(&feed->released, memory_order_acquire) >=
		BT_FEED_SLOTS - 1)
		return false;
	bt_snapshot_clear(&feed->snaps[(published + 1) % BT_FEED_SLOTS]);
	atomic_store_explicit(&feed->published, published + 1, memory_order_release);
	if (bt_clock_is_virtual(feed->clock))
		bt_clock_wake(feed->clock, &feed->published);
	if (write(feed->fd, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN); /* the count is full: it is readable all the same */
	return true;
}

const struct bt_snapshot *bt_feed_peek(struct bt_feed *feed)
{
	uint32_t released = atomic_load_explicit(&feed->released, memory_order_relaxed);
	uint64_t count;

	if (atomic_load_explicit(&feed->published, memory_order_acquire) != released)
		return &feed->snaps[released % BT_FEED_SLOTS];
	if (read(feed->fd, &count, sizeof(count)) < 0)
		return NULL;
	/* The descriptor is quiet now; look once more, for one that came in between. */
	if (atomic_load_explicit(&feed->published, memory_order_acquire) != released)
		return &feed->snaps[released % BT_FEED_SLOTS];
	return NULL;
}

void bt_feed_release(struct bt_feed *feed)
{
	atomic_fetch_add_explicit(&feed->released, 1, memory_order_release);
}

void bt_feed_wait(struct bt_feed *feed, uint64_t timeout_ns)
{
	uint32_t released = atomic_load_explicit(&feed->released, memory_order_relaxed);

	if (bt_clock_is_virtual(feed->clock)) {
		bt_clock_wait(
			feed->clock, &feed->published, released, bt_now(feed->clock) + timeout_ns);
	} else {
		struct pollfd p = { .fd = feed->fd, .events = POLLIN };
		struct timespec ts = { (time_t)(timeout_ns / BT_NS_PER_S),
			(long)(timeout_ns % BT_NS_PER_S) };

		ppoll(&p, 1, &ts, NULL);
	}
}
