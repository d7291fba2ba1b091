/*
 * dwn_node.h: a node over HTTP, as dwn-server speaks it: JSON-RPC in the header dwn-request, data
 * as the body; and what is asked of a node, over HTTP or in process, before and after the load.
 */
#ifndef W5_DWN_NODE_H
#define W5_DWN_NODE_H

#include "net/http.h"
#include "web5/dwn_load.h"
#include "web5/dwn_store.h"

/* Fills a call with a line that begins with W5_DWN_HEADER, and data; both live until done. */
void w5_node_fill(struct bt_http_call *call, const char *line, const uint8_t *data, size_t n);
/*
 * The verdict in the reply of a call that ended; 0 when none is in it: then the class of what went
 * wrong, with words in call->why. *reply, if wanted, is the node's reply object, the caller's to
 * json_decref.
 */
enum bt_net_error w5_node_verdict(
	struct w5_verdict *verdict, json_t **reply, struct bt_http_call *call);

/* For prepare: installs the load's protocol at a node. Else 0 or an errno, with words. */
int w5_node_install(const struct bt_http_target *target, const struct w5_dwn_load *load,
	const struct bt_env *env, struct bt_err *err);
/* What a node calls itself ("@web5/dwn-server 0.6.1"), by GET /info; its URL when it does not
 * say. */
void w5_node_name(
	char out[BT_TEXT_MAX], const struct bt_http_target *target, const struct bt_env *env);

/* What came of a record that was read back. */
struct w5_read {
	uint32_t message;
	bool right;
	uint64_t ns;     /* how long it took */
	char words[200]; /* what was not right */
};

/*
 * For leave: reads those of the load's messages that were accepted of this worker and are to be
 * read, and tells of each. Over target, as many at once as the worker has calls, or, when target is
 * NULL, from store. Never fails: what cannot be read is not right.
 */
void w5_read_back(const struct w5_dwn_load *load, const struct bt_http_target *target,
	struct w5_store *store, const struct bt_env *env,
	void (*tell)(void *arg, const struct w5_read *read), void *arg);

#endif
