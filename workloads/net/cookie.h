/* cookie.h: the cookie file by which a Bitcoin node authenticates programs of its own user. */
#ifndef BT_NET_COOKIE_H
#define BT_NET_COOKIE_H

#include "base/err.h"

/* "user:password" of a node's cookie file; the caller's to bt_input_forget. 0; the errors of
 * bt_input_only_line; -EINVAL: no colon. */
int bt_cookie_read(char **line, const char *path, struct bt_err *err);

#endif
