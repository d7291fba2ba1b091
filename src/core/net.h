/*
 * net.h: bytes through the network: over the TCP connections of this process, and over the
 * machine's interfaces. One owner; the reading thread allocates nothing. Linux: TCP_INFO (tcp(7)),
 * /proc/net/dev (proc(5)).
 */
#ifndef BT_NET_H
#define BT_NET_H

#include "core/snapshot.h"

#define BT_NET_SOCKETS 1024 /* descriptors below this are looked at */

struct bt_net_socket {
	uint64_t cookie; /* the kernel's name for a connection; 0: none seen at this descriptor */
	uint64_t in, out;
};

struct bt_net_reader {
	int dev;                  /* /proc/net/dev; -1: not there */
	struct bt_net first;      /* interfaces at the beginning */
	uint64_t own_in, own_out; /* of all connections seen so far */
	uint64_t next_ns;         /* connections are looked at again no sooner, CLOCK_MONOTONIC */
	bool own;                 /* the kernel tells of connections */
	struct bt_net_socket *sockets; /* BT_NET_SOCKETS */
};

/* 0, -ENOMEM. Begins, too. */
int bt_net_open(struct bt_net_reader *net, struct bt_err *err);
void bt_net_close(struct bt_net_reader *net);
/* Counts from now on. */
void bt_net_begin(struct bt_net_reader *net);
/*
 * Bytes since the beginning; UINT64_MAX: cannot be read. What a connection carried between the last
 * look at it and its end is missed. A look at the connections takes at most a hundredth of the time
 * between two.
 */
void bt_net_read(struct bt_net_reader *net, struct bt_net *out);

/* Received and sent bytes of all interfaces but lo, of the text of /proc/net/dev. False: it is not
 * that. */
bool bt_net_parse(const char *text, uint64_t *in, uint64_t *out);

#endif
