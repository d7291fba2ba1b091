#include "config.h"
#include "registry.h"

#include <string.h>

extern const struct bt_workload bt_null_workload, bt_sim_workload, btc_block_workload,
	btc_tx_validate_workload, btc_sig_verify_workload, btc_mempool_workload,
	btc_broadcast_workload, btc_rpc_workload, bt_http_request_workload, w5_did_resolve_workload,
	w5_dwn_write_workload;
#ifdef BT_XGBOOST
extern const struct bt_workload ml_batch_workload, ml_infer_workload, ml_serve_workload,
	ml_train_workload;
#endif

const struct bt_workload *const bt_workloads[] = {
	&bt_null_workload,
	&bt_sim_workload,
	&btc_block_workload,
	&btc_tx_validate_workload,
	&btc_sig_verify_workload,
	&btc_mempool_workload,
	&btc_broadcast_workload,
	&btc_rpc_workload,
	&bt_http_request_workload,
	&w5_did_resolve_workload,
	&w5_dwn_write_workload,
#ifdef BT_XGBOOST
	&ml_infer_workload,
	&ml_batch_workload,
	&ml_train_workload,
	&ml_serve_workload,
#endif
	NULL,
};

const struct bt_left_out bt_left_out[] = {
#ifndef BT_XGBOOST
	{ "ml.infer", "XGBoost" },
	{ "ml.batch", "XGBoost" },
	{ "ml.train", "XGBoost" },
	{ "ml.serve", "XGBoost" },
#endif
	{ NULL, NULL },
};

const char *bt_workload_wants(const char *name)
{
	for (unsigned i = 0; bt_left_out[i].name; i++)
		if (strcmp(bt_left_out[i].name, name) == 0)
			return bt_left_out[i].library;
	return NULL;
}

const struct bt_workload *bt_workload_find(const char *name)
{
	for (unsigned i = 0; bt_workloads[i]; i++)
		if (strcmp(bt_workloads[i]->name, name) == 0)
			return bt_workloads[i];
	return NULL;
}
