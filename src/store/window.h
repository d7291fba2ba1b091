/*
 * window.h: a stretch of a run as a run of its own: its figures, and the load that repeats it. Only
 * a stretch of one load has figures that another run can be held against, so one across different
 * rates, a pause or a warm-up is refused. Main thread.
 */
#ifndef BT_WINDOW_H
#define BT_WINDOW_H

#include "store/baseline.h"

/* The load before the window that is repeated as a warm-up. */
#define BT_WINDOW_WARMUP_NS (60 * BT_NS_PER_S)

/*
 * A baseline document of one trial: the stored intervals of run id that lie within from_ns..to_ns
 * since its start, by completion. Its options are the run's with --profile load, --rate, --duration
 * and --warmup of the window in place of the run's own. The document says which stretch it is
 * (`window`). *out: a new reference. -ENOENT: no such run; -ERANGE: no stored interval lies in it;
 * -EDOM: the run is an invalid measurement, and `unsound` does not take such; -EINVAL: name, or
 * more than one load; -ENOMEM.
 */
int bt_window_baseline(json_t **out, struct bt_store *store, uint64_t id, uint64_t from_ns,
	uint64_t to_ns, const char *name, bool unsound, struct bt_err *err);

#endif
