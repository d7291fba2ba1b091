/* endpoint.h: --listen, --linger and --push of a run, a suite and a check: where a run is seen from
 * outside. Main thread. */
#ifndef BT_ENDPOINT_H
#define BT_ENDPOINT_H

#include "live/listen.h"

struct bt_endpoint_conf {
	const char *listen, *push;
	const char *section; /* of a suite, whose group at the Pushgateway is its own; NULL: none */
	uint64_t linger_ns;
};

extern const struct bt_opt bt_endpoint_opts[]; /* of struct bt_endpoint_conf */

struct bt_endpoint;

/* Whether its options can be meant. 0 or -EINVAL. */
int bt_endpoint_check(const struct bt_endpoint_conf *conf, struct bt_err *err);
/*
 * For one run: listens, or serves by `lent`, where neither is wanted *out is NULL. Says where it
 * listens on standard error. Before the run's memory floor is settled; info must outlive it. Errors
 * of bt_listen_open.
 */
int bt_endpoint_open(struct bt_endpoint **out, const struct bt_endpoint_conf *conf,
	struct bt_listen *lent, const struct bt_run_info *info, struct bt_err *err);
/* Listens for several runs, and says where. *out NULL: not wanted. */
int bt_endpoint_listen(
	struct bt_listen **out, const struct bt_endpoint_conf *conf, struct bt_err *err);

/* The next snapshot, which the tally has; `result`, as of bt_metrics_text, with the last one.
 * Accepts NULL. */
void bt_endpoint_put(struct bt_endpoint *e, const struct bt_tally *tally,
	const struct bt_snapshot *snap, bool stopping, const char *result);
/* After the end: pushes, then serves the rest of --linger, which a signal cuts short. What cannot
 * be pushed is said. Accepts NULL. */
void bt_endpoint_end(struct bt_endpoint *e);
/* Waits until `ns` have passed since `from_ns` (bt_monotonic_ns), or a signal. */
void bt_endpoint_linger(uint64_t from_ns, uint64_t ns);
void bt_endpoint_close(struct bt_endpoint *e); /* accepts NULL */

#endif
