/*
 * node.h: a stretch of the chain of a running Bitcoin Core, by JSON-RPC: version 25 or later, with
 * the undo data of these blocks, that is not pruned to before them. One thread at a time.
 */
#ifndef BTC_NODE_H
#define BTC_NODE_H

#include "bitcoin/source/stretch.h"
#include "net/jsonrpc.h"

#define BTC_NODE_BLOCKS 100 /* asked for without a count */

/*
 * Fetches the blocks wanted, the newest ones when wanted->from is 0. What was fetched once comes
 * from the cache, so that a fetch broken off goes on where it was. 0; what bt_jsonrpc_call returns;
 * -EINVAL when the node does not have what is wanted. Free the stretch whatever comes back.
 */
int btc_node_read(struct btc_stretch *stretch, const struct bt_jsonrpc_conf *conf,
	const struct btc_wanted *wanted, const struct bt_env *env, struct bt_err *err);

#endif
