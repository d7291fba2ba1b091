/*
 * replay.h: a stored run as a source that takes its time: a snapshot comes when as much time has
 * passed, times the speed, as had when it was made. Nothing is left out or made up: totals are the
 * run's own. Commands: PAUSE, RESUME, SEEK (t_ns; backwards it begins anew, see bt_source.restarts,
 * and comes as fast as it is asked for up to there), SPEED (factor).
 */
#ifndef BT_REPLAY_H
#define BT_REPLAY_H

#include "store/store.h"

#define BT_REPLAY_SPEED_MIN 0.01
#define BT_REPLAY_SPEED_MAX 1000.0

/*
 * Run id of the store, which must outlive the source. now_ns: a monotonic clock; NULL:
 * CLOCK_MONOTONIC. The description's status is "replay 10x", in a pause "replay 10x, paused".
 * Errors of bt_store_source; -EINVAL: speed.
 */
int bt_replay_open(struct bt_source **out, struct bt_store *store, uint64_t id, double speed,
	uint64_t (*now_ns)(void), struct bt_err *err);

#endif
