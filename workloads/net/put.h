/* put.h: one text sent to a web server, and waited for. Any thread. */
#ifndef BT_NET_PUT_H
#define BT_NET_PUT_H

#include "base/err.h"

/* PUTs the text; any status 2xx is well. Takes ten seconds at most. -ECONNREFUSED with libcurl's
 * words, -EREMOTEIO with the status. */
int bt_net_put(const char *url, const char *type, const char *text, struct bt_err *err);

#endif
