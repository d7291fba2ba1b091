/*
 * btc_http.h: a node for tests: an HTTP server on the loopback, in a thread, that answers JSON-RPC
 * calls as Bitcoin Core would from the blocks of a miner, or wrongly where it is told to.
 */
#ifndef BTC_HTTP_H
#define BTC_HTTP_H

#include <pthread.h>

#include "btc_mine.h"

/* What it does wrong, at the block of btc_http.fault_height. */
enum btc_http_fault {
	BTC_HTTP_NONE,
	BTC_HTTP_ERROR, /* an error reply to getblock */
	BTC_HTTP_NO_JSON,
	BTC_HTTP_CUT_OFF,    /* the connection ends in the middle of the reply */
	BTC_HTTP_OTHER_HASH, /* another block than was asked for */
	BTC_HTTP_NO_PREVOUT,
	BTC_HTTP_NO_HEX,     /* transactions without their bytes */
	BTC_HTTP_OTHER_CALL, /* the reply to another call */
	BTC_HTTP_REFUSED,    /* 401 to everything */
	BTC_HTTP_OLD,        /* version 24 */
	BTC_HTTP_MAIN,       /* says to be a node of the main network */
	BTC_HTTP_SIGNET,     /* or of the signet that anyone can sign blocks of */
	BTC_HTTP_WRONG_COIN, /* a prevout of another amount */
};

struct btc_http {
	struct btc_miner *m;
	enum btc_http_fault fault;
	uint32_t fault_height;
	unsigned blocks_told;      /* getblock answered */
	const char *authorization; /* that is asked for; NULL: none */
	char url[64];
	int fd;
	pthread_t thread;
};

/* Listens on a port of the system's choice. Set the fault before the calls that shall meet it. */
void btc_http_open(struct btc_http *h, struct btc_miner *m);
void btc_http_close(struct btc_http *h);

#endif
