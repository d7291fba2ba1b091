/*
 * url_template.h: text with places to be filled in for each operation: %{n}, its number in the run,
 * and %{uuid}, a version 4 UUID (RFC 9562) that follows from seed and number. "%%" is a per cent
 * sign where "%{" would be misread; others stand for themselves.
 */
#ifndef BT_NET_TEMPLATE_H
#define BT_NET_TEMPLATE_H

#include "base/base.h"
#include "base/err.h"

struct bt_template;

/* Reads a text of n bytes, which is not copied and must live as long. -EINVAL names the place that
 * is not known; -ENOMEM. */
int bt_template_open(struct bt_template **t, const char *text, size_t n, struct bt_err *err);
void bt_template_close(struct bt_template *t); /* accepts NULL */

/* False: the text is the same for all operations, and is what was given. */
bool bt_template_varies(const struct bt_template *t);
/* The most bytes a filled one takes, its NUL included. */
size_t bt_template_room(const struct bt_template *t);
/* Writes the text of operation n, with a NUL behind it; returns its length. No allocation. */
size_t bt_template_fill(char *out, const struct bt_template *t, uint64_t seed, uint64_t n);

/* A version 4 UUID that follows from both; out takes 37 bytes. */
void bt_uuid_of(char *out, uint64_t seed, uint64_t n);

#endif
