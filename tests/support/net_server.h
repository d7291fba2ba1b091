/*
 * net_server.h: an HTTP server on the loopback for tests, in a thread of its own, that counts what
 * it gets and does what the path asks for, right or wrong:
 *
 *   /ok            200, "hello"                    /status/NNN     that status, empty
 *   /echo          200, the request's body         /head           200, the request's lines and
 * headers as they came /reset         reads the request, then resets  /close          reads the
 * request, then closes /garbage       bytes that are no HTTP          /half           half of the
 * body it announced, then closes /endless       a body without end              /never          no
 * reply /drip          a header a byte at a time       /until-close    a reply whose end is the
 * connection's /once          200, and the next request on the connection is read and not answered:
 * the connection closes
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

struct net_conn;

struct net_server {
	char url[64]; /* http://127.0.0.1:PORT */
	int port;
	/* Requests that came whole, and replies that went out whole. */
	_Atomic uint64_t received, answered;
	_Atomic uint64_t connections;
	_Atomic int down; /* 1: closes everything and listens no more; 0: listens again */
	/* The server stands still for stall_for_ns once in stall_every_ns, since its first request;
	 * 0: never. */
	uint64_t stall_every_ns, stall_for_ns;

	int fd, wake[2];
	_Atomic int over;
	uint64_t first_ns;
	pthread_t thread;
	struct net_conn *conns;
};

void net_server_open(struct net_server *s);
void net_server_close(struct net_server *s);
/* Closes everything, or listens again; returns when that is done. */
void net_server_set_down(struct net_server *s, bool down);

#endif
