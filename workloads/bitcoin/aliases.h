/* aliases.h: metrics by the names that dashboards of Bitcoin nodes look for. */
#ifndef BTC_ALIASES_H
#define BTC_ALIASES_H

#include "core/metric.h"

/* The rows of a workload whose units are transactions; `how` and `words` of the time that one
 * takes. */
#define BTC_ALIASES(how, words)                                                             \
	{ "bitcoin_transactions", BT_ALIAS_UNITS, "transactions of completed operations" }, \
		{ "bitcoin_transaction_duration_seconds", how, words },                     \
		{ "process_memory_bytes", BT_ALIAS_RESIDENT,                                \
			"resident memory of benchtop, in bytes" },                          \
	{                                                                                   \
		.name = NULL                                                                \
	}

#endif
