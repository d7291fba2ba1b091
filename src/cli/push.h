/* push.h: the URL of a group at a Pushgateway, by the rules of its API. Any thread. */
#ifndef BT_PUSH_H
#define BT_PUSH_H

#include "base/err.h"

/*
 * Checks --push: http or https with a host, no query; a group is a job and pairs of label and
 * value.
 */
int bt_push_check(const char *url, struct bt_err *err);
/*
 * The URL to put metrics to, malloc'd: the user's where it names a group, else that of job
 * benchtop, with the label section unless that is NULL. Values that a path cannot hold are in
 * base64, other bytes percent-encoded. NULL: out of memory.
 */
char *bt_push_url(const char *base, const char *section);

#endif
