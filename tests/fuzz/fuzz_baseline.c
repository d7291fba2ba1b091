/* A baseline's document, of either form: the runs in it have figures, what is refused has words. */
#include "fuzz.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "store/baseline.h"

static void read_plain(const json_t *document)
{
	for (const struct bt_plain_key *key = bt_plain_keys; key->key; key++) {
		struct bt_err err = { .msg = "" };
		double v;

		if (bt_plain_read(&v, document, key, &err) == 0)
			BTC_FUZZ_HOLDS(isnan(v) || v >= 0);
		else
			BTC_FUZZ_HOLDS(err.msg[0] != '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *document = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct bt_err err = { .msg = "" };
	struct bt_trials trials;

	if (!document)
		return 0;
	if (bt_plain_is(document))
		read_plain(document);
	if (bt_baseline_read(&trials, document, &err) < 0) {
		BTC_FUZZ_HOLDS(err.msg[0] != '\0');
	} else {
		double *v = calloc(trials.n + 1, sizeof(*v));

		BTC_FUZZ_HOLDS(v != NULL);
		for (unsigned i = 0; i < bt_figures_compared(); i++)
			BTC_FUZZ_HOLDS(
				bt_trials_values(&trials, (enum bt_figure_id)i, v) <= trials.n);
		free(v);
	}
	bt_trials_fini(&trials);
	json_decref(document);
	return 0;
}
