/*
 * http_loop.h: libcurl's multi handles on one epoll. Calls are spread over shards of a few dozen,
 * each with a multi handle of its own: looking for a free connection goes through all of a
 * handle's, which at thousands of them costs more than the call. A descriptor stays registered
 * while its connection idles, so that a call on it costs no system call for waiting but the wait
 * itself.
 */
#ifndef BT_NET_HTTP_LOOP_H
#define BT_NET_HTTP_LOOP_H

#include "base/clock.h"
#include "net/http_impl.h"

#define BT_SHARD_CALLS   64  /* a shard's calls over HTTP/1.1 … */
#define BT_SHARD_STREAMS 100 /* … and over HTTP/2, where they are streams of one connection */

struct bt_loop;

struct bt_shard {
	struct bt_loop *loop;
	CURLM *multi;
	uint64_t timer_ns; /* when libcurl wants to be asked; UINT64_MAX: not */
};

/* What epoll knows of a descriptor, and what libcurl wants of it. */
struct bt_loop_fd {
	uint8_t registered, wanted; /* EPOLLIN | EPOLLOUT */
	uint16_t shard;
};

struct bt_loop {
	struct bt_clock *clock;
	int epoll;
	bool old_kernel; /* without epoll_pwait2 */
	struct bt_shard *shards;
	unsigned n_shards;
	struct bt_loop_fd *fds;
	unsigned n_fds; /* as many as the descriptor limit allows */
	/* Told of each transfer that ended; removed already. */
	void (*ended)(void *arg, CURL *easy, CURLcode code);
	void *arg;
};

/* -ENOMEM, -EMFILE. Errors leave nothing to close. */
int bt_loop_open(struct bt_loop *loop, unsigned n_shards, unsigned calls_each,
	struct bt_clock *clock, struct bt_err *err);
void bt_loop_close(struct bt_loop *loop); /* its easy handles were removed */
/* Begins a transfer; it may have ended when this returns. */
void bt_loop_begin(struct bt_loop *loop, unsigned shard, CURL *easy);
/* Serves what is ready, or waits for it until until_ns; returns after one round. */
void bt_loop_wait(struct bt_loop *loop, uint64_t until_ns);
/* For CURLOPT_CLOSESOCKETFUNCTION, with the loop as its data. */
int bt_loop_close_fd(void *loop, curl_socket_t fd);

#endif
