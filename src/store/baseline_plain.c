/* baseline_plain.c: the plain form of a baseline: a key and how long its operation takes. */
#include "store/baseline.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "json/json.h"
#include "judge/stat.h"

const struct bt_plain_key bt_plain_keys[] = {
	{ "bitcoin_tx_validation", "bitcoin.tx-validate" },
	{ "bitcoin_signature_verification", "bitcoin.sig-verify" },
	{ "web5_did_resolution", "web5.did-resolve" },
	{ "ml_inference_latency", "ml.infer" },
	{ "memory_usage_limit", NULL },
	{ NULL, NULL },
};

bool bt_plain_is(const json_t *document)
{
	if (json_object_get(document, "benchtop_baseline"))
		return false;
	for (const struct bt_plain_key *k = bt_plain_keys; k->key; k++)
		if (json_object_get(document, k->key))
			return true;
	return false;
}

/* {"secs": s, "nanos": n}, both whole and not negative. */
static double split_duration(const json_t *v)
{
	const json_t *secs = json_object_get(v, "secs"), *nanos = json_object_get(v, "nanos");

	if (!json_is_integer(secs) || !json_is_integer(nanos) || json_integer_value(secs) < 0 ||
		json_integer_value(nanos) < 0 || json_integer_value(nanos) > 999999999)
		return NAN;
	return (double)json_integer_value(secs) * 1e9 + (double)json_integer_value(nanos);
}

int bt_plain_read(
	double *out, const json_t *document, const struct bt_plain_key *key, struct bt_err *err)
{
	const json_t *v = json_object_get(document, key->key);
	uint64_t ns;

	*out = NAN;
	if (!v)
		return 0;
	if (json_is_number(v))
		*out = json_number_value(v);
	else if (key->workload && json_is_object(v))
		*out = split_duration(v);
	else if (key->workload && json_is_string(v) &&
		bt_parse_duration(&ns, json_string_value(v)) == 0)
		*out = (double)ns;
	if (*out > 0)
		return 0;
	return bt_fail(err, -EINVAL, "%s: expected %s", key->key,
		key->workload ? "a duration above 0: \"1.2ms\", nanoseconds, or {\"secs\": s, "
				"\"nanos\": n}"
			      : "bytes, above 0");
}

size_t bt_plain_durations(const struct bt_trials *t, double *out)
{
	uint64_t workers = 1;
	size_t n = bt_trials_values(t, BT_FIG_THROUGHPUT, out), kept = 0;

	if (bt_parse_count(&workers,
		    bt_json_get_text(json_object_get(t->about, "options"), "workers")) < 0)
		workers = 1;
	for (size_t i = 0; i < n; i++)
		if (out[i] > 0)
			out[kept++] = 1e9 * (double)workers / out[i];
	return kept;
}

/* As the form's first users write durations. */
static json_t *duration_json(double ns)
{
	uint64_t whole = bt_u64(round(fmin(ns, 0x1p62)));

	return json_pack("{sI sI}", "secs", (json_int_t)(whole / BT_NS_PER_S), "nanos",
		(json_int_t)(whole % BT_NS_PER_S));
}

int bt_plain_put(json_t *document, const struct bt_trials *t, struct bt_err *err)
{
	const char *workload = bt_json_get_text(t->about, "workload");
	const struct bt_plain_key *k = bt_plain_keys;
	double v[BT_TRIALS_MAX], most = 0;
	size_t n;

	while (k->key && !(k->workload && strcmp(k->workload, workload) == 0))
		k++;
	if (!k->key)
		return bt_fail(err, -EINVAL, "the plain form has no key for workload %s", workload);
	if (strcmp(bt_json_get_text(t->about, "mode"), "closed") != 0)
		return bt_fail(err, -EINVAL,
			"the plain form is of runs without --rate: these ran in an open loop");
	n = bt_plain_durations(t, v);
	if (!n)
		return bt_fail(err, -EINVAL, "nothing was completed in these runs");
	bt_json_set(document, k->key, duration_json(bt_stat_median(v, n)));
	n = bt_trials_values(t, BT_FIG_MEMORY, v);
	for (size_t i = 0; i < n; i++)
		most = fmax(most, v[i]);
	if (n)
		json_object_set_new(document, "memory_usage_limit", bt_json_count(bt_u64(most)));
	return 0;
}
