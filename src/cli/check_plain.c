/* check_plain.c: runs held against a plain list of how long operations may take and what memory
 * they may use. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "cli/check.h"
#include "store/baseline.h"
#include "judge/stat.h"
#include "registry.h"

struct limit {
	const struct bt_plain_key *key;
	double allowed; /* ns, or bytes */
};

struct made {
	const char *workload;
	char duration[BT_FMT_MAX];
};

static int fill(struct bt_run_options *o, void *arg)
{
	const struct made *made = arg;
	char run[] = "run", workload[64], duration[64];
	char *argv[] = { run, workload, duration, NULL };
	struct bt_err err;

	snprintf(workload, sizeof(workload), "%s", made->workload);
	snprintf(duration, sizeof(duration), "--duration=%s", made->duration);
	if (bt_run_options_words(o, 3, argv, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	return -1;
}

/* Held, regressed, or not to be told: the interval of the median over the trials against what is
 * allowed. */
static enum bt_outcome_kind judge(char *text, size_t size, const struct limit *limit,
	const double *v, size_t n, enum bt_unit unit)
{
	struct bt_interval m = bt_stat_median_interval(v, n, 0.95);
	char now[BT_FMT_MAX], low[BT_FMT_MAX], high[BT_FMT_MAX], was[BT_FMT_MAX];
	double most = limit->allowed * BT_PLAIN_ALERT;

	snprintf(text, size, "%s (%s to %s), baseline %s: %.2f times, alert past %.1f",
		bt_unit_text(now, sizeof(now), unit, m.value),
		bt_unit_text(low, sizeof(low), unit, m.low),
		bt_unit_text(high, sizeof(high), unit, m.high),
		bt_unit_text(was, sizeof(was), unit, limit->allowed), m.value / limit->allowed,
		BT_PLAIN_ALERT);
	if (m.low > most)
		return BT_OUTCOME_FAILED;
	return m.high <= most ? BT_OUTCOME_PASSED : BT_OUTCOME_ERROR;
}

/* The median is of little use for a limit: the largest use of memory in any trial counts. */
static enum bt_outcome_kind judge_memory(
	char *text, size_t size, const struct limit *limit, const double *v, size_t n)
{
	char now[BT_FMT_MAX], was[BT_FMT_MAX];
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, v[i]);
	snprintf(text, size, "at most %s, baseline %s: %.2f times, alert past %.1f",
		bt_fmt_bytes(now, sizeof(now), n ? most : NAN),
		bt_fmt_bytes(was, sizeof(was), limit->allowed), most / limit->allowed,
		BT_PLAIN_ALERT);
	if (!n)
		return BT_OUTCOME_ERROR;
	return most > limit->allowed * BT_PLAIN_ALERT ? BT_OUTCOME_FAILED : BT_OUTCOME_PASSED;
}

static bool invalid(const struct bt_trials *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].verdict == BT_INVALID)
			return true;
	return false;
}

/* The trials of one key. -1 to go on, else the exit status. memory gathers over all keys. */
static int check_key(struct bt_check_result *result, const struct bt_check_conf *conf,
	const struct limit *limit, double *memory, size_t *n_memory)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	struct made made = { .workload = limit->key->workload };
	struct bt_trial_group group;
	enum bt_outcome_kind kind;
	double v[BT_TRIALS_MAX];
	char text[300];
	int status;

	if (!t)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	bt_fmt_span(made.duration, sizeof(made.duration), conf->duration_ns);
	bt_trials_init(t, limit->key->key);
	bt_trial_group_init(&group, fill, &made);
	group.db = conf->db;
	group.of = (unsigned)conf->repeat;
	status = bt_trials_run(&group, t, group.of);
	if (status < 0) {
		size_t n = bt_plain_durations(t, v);

		kind = judge(text, sizeof(text), limit, v, n, BT_UNIT_NS);
		if (invalid(t) && !conf->unsound) {
			kind = BT_OUTCOME_ERROR;
			snprintf(text, sizeof(text), "a trial is an invalid measurement");
		} else if (group.worst) {
			kind = BT_OUTCOME_FAILED;
			snprintf(text, sizeof(text), "a trial gave wrong answers");
		}
		bt_check_add(result, limit->key->key, kind, text);
		n = bt_trials_values(t, BT_FIG_MEMORY, v);
		for (size_t i = 0; i < n && *n_memory < BT_TRIALS_MAX; i++)
			memory[(*n_memory)++] = v[i];
	}
	bt_trials_fini(t);
	free(t);
	return status;
}

static int read_limits(struct limit *limits, unsigned *n, const json_t *document)
{
	struct bt_err err;

	*n = 0;
	for (const struct bt_plain_key *k = bt_plain_keys; k->key; k++) {
		limits[*n].key = k;
		if (bt_plain_read(&limits[*n].allowed, document, k, &err) < 0)
			return bt_cli_fail_err(BT_EXIT_USAGE, &err);
		*n += !isnan(limits[*n].allowed);
	}
	return -1;
}

static int status_of(const struct bt_check_result *result)
{
	bool open = false;

	for (unsigned i = 0; i < result->n; i++) {
		if (result->rows[i].kind == BT_OUTCOME_FAILED)
			return BT_EXIT_FAILED;
		open |= result->rows[i].kind != BT_OUTCOME_PASSED;
	}
	return open ? BT_EXIT_UNKNOWN : BT_EXIT_DONE;
}

int bt_check_plain(
	struct bt_check_result *result, const struct bt_check_conf *conf, const json_t *document)
{
	struct limit limits[BT_CHECK_ROWS];
	double memory[BT_TRIALS_MAX];
	size_t n_memory = 0;
	unsigned n;
	char text[300];
	int status = read_limits(limits, &n, document);

	for (unsigned i = 0; i < n && status < 0; i++) {
		const struct bt_plain_key *key = limits[i].key;

		if (!key->workload) {
			enum bt_outcome_kind kind =
				judge_memory(text, sizeof(text), &limits[i], memory, n_memory);

			bt_check_add(result, key->key, kind, text);
		} else if (!bt_workload_find(key->workload)) {
			bt_check_add(result, key->key, BT_OUTCOME_SKIPPED,
				"not measured: this benchtop has no workload for it");
		} else {
			status = check_key(result, conf, &limits[i], memory, &n_memory);
		}
	}
	if (status >= 0)
		return status;
	if (!conf->json)
		for (unsigned i = 0; i < result->n; i++)
			bt_print(stdout, "%-8s %s: %s\n", bt_outcome_name[result->rows[i].kind],
				result->rows[i].name, result->rows[i].text);
	return status_of(result);
}
