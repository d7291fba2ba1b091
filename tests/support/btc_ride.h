/*
 * btc_ride.h: rides bitcoin.block without the core: options by name, prepare, operations until one
 * fails. For programs with btc_standin.c.
 */
#ifndef BTC_RIDE_H
#define BTC_RIDE_H

#include "btc_standin.h"

/* Rows of the workload's metrics. */
enum {
	BTC_M_BLOCKS,
	BTC_M_TRANSACTIONS,
	BTC_M_INPUTS,
	BTC_M_BYTES,
	BTC_M_TIP,
	BTC_M_HASH,
	BTC_M_THREADS,
	BTC_M_SKIPPED = BTC_M_THREADS + 3,
};

struct btc_ride {
	struct bt_meter meter;
	struct bt_env env;
	_Alignas(16) char conf[256];
	struct bt_err err;
	void *state;
};

/* What a run that ended by itself came to. */
struct btc_ride_end {
	int prepared;            /* what prepare or enter returned */
	uint64_t done;           /* operations that succeeded */
	const char *error_class; /* NULL: none failed */
};

/* No option given. */
void btc_ride_init(struct btc_ride *r);

/* Gives an option: a text, a whole number (a size in bytes), or one of its choices. The text is
 * borrowed. */
void btc_ride_set(struct btc_ride *r, const char *option, const char *value);

/* Prepares and enters. 0, or what refused, with r->err. */
int btc_ride_board(struct btc_ride *r);
void btc_ride_leave(struct btc_ride *r);

/* The next operation. */
struct bt_result btc_ride_op(struct btc_ride *r, uint64_t n);

/* Boards, does operations until one fails or `most` are done, and leaves. */
struct btc_ride_end btc_ride_to_end(struct btc_ride *r, uint64_t most);

#endif
