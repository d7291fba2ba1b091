/*
 * listen.h: the HTTP endpoint of runs, /metrics and /health, on a thread of GNU libmicrohttpd that
 * sees nothing but the texts it was given last. Connections, their time and their bytes are
 * bounded; who is too slow or too many is let go.
 */
#ifndef BT_LISTEN_H
#define BT_LISTEN_H

#include "live/metrics.h"

struct bt_listen;

/* "9090", "127.0.0.1:9090", "[::1]:0": 0 or -EINVAL with what was expected. */
int bt_listen_check(const char *address, struct bt_err *err);
/*
 * Listens; port 0 is one of the system's choice. -EINVAL, -EADDRINUSE and other errors of sockets,
 * -ENOMEM. Everything is allocated here but what a request takes.
 */
int bt_listen_open(struct bt_listen **out, const char *address, struct bt_err *err);
/* How old a connection may become, whatever it does: 10 s, for tests less. */
void bt_listen_age(struct bt_listen *l, uint64_t age_ns);
/* "http://127.0.0.1:9090"; as long as it listens. */
const char *bt_listen_url(const struct bt_listen *l);

/* The run that is told of from now on; NULL: none, and /health/ready says so. Both must live until
 * the next of these. Main thread. */
void bt_listen_run(struct bt_listen *l, const struct bt_metrics *m, const struct bt_tally *tally);
/*
 * Whether texts are wanted that are newer: somebody asked since the last ones, or they are a second
 * old. Cheap. Main thread, after each snapshot; then bt_listen_tell.
 */
bool bt_listen_wants(const struct bt_listen *l);
/* Makes the texts. `result` as of bt_metrics_text; with one, or `force`, they are made whoever
 * asked. Main thread. */
void bt_listen_tell(struct bt_listen *l, bool stopping, const char *result);
/* Accepts NULL. */
void bt_listen_close(struct bt_listen *l);

#endif
