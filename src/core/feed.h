/*
 * feed.h: snapshots on their way from the conductor to the main thread, without copying: the
 * producer fills one of a few preallocated snapshots in place. When the consumer is slow the
 * producer keeps filling the same one, so that it spans more ticks and nothing is lost.
 */
#ifndef BT_FEED_H
#define BT_FEED_H

#include <stdatomic.h>

#include "base/clock.h"
#include "core/snapshot.h"

#define BT_FEED_SLOTS 4

struct bt_feed {
	struct bt_clock *clock;
	int fd; /* eventfd: readable when a snapshot waits */
	/* Producer; the consumer sleeps on it where the clock is virtual. */
	_Atomic uint32_t published;
	_Atomic uint32_t released; /* consumer */
	struct bt_snapshot *snaps; /* BT_FEED_SLOTS */
};

int bt_feed_init(struct bt_feed *feed, struct bt_clock *clock, struct bt_err *err);
void bt_feed_fini(struct bt_feed *feed);

/* Producer: the snapshot to fill; valid until published. */
struct bt_snapshot *bt_feed_filling(struct bt_feed *feed);
/* Producer: hands it over and gives a cleared one to fill, or false, when there is no room: go on
 * filling the same. */
bool bt_feed_publish(struct bt_feed *feed);
/* Makes a snapshot empty, its histograms included. */
void bt_snapshot_clear(struct bt_snapshot *snap);

/* Consumer: the oldest snapshot that waits, NULL when none does; valid until release. */
const struct bt_snapshot *bt_feed_peek(struct bt_feed *feed);
void bt_feed_release(struct bt_feed *feed);
/* Consumer: waits for a snapshot at most timeout_ns of the run's clock. */
void bt_feed_wait(struct bt_feed *feed, uint64_t timeout_ns);

#endif
