#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "ml/model_impl.h"
#include "ml/xgb.h"

#define FILE_MOST  ((size_t)2 << 30)
#define MAJOR_MOST 3 /* newest version of the engine whose files are read */

enum link { IDENTITY, LOGISTIC, EXPONENTIAL, STEP, SOFTMAX, ARGMAX };

static const struct {
	const char *name;
	enum link link;
	enum ml_task task;
} objectives[] = {
	{ "reg:squarederror", IDENTITY, ML_REGRESSION },
	{ "reg:linear", IDENTITY, ML_REGRESSION },
	{ "reg:squaredlogerror", IDENTITY, ML_REGRESSION },
	{ "reg:absoluteerror", IDENTITY, ML_REGRESSION },
	{ "reg:pseudohubererror", IDENTITY, ML_REGRESSION },
	{ "reg:logistic", LOGISTIC, ML_REGRESSION },
	{ "reg:gamma", EXPONENTIAL, ML_REGRESSION },
	{ "reg:tweedie", EXPONENTIAL, ML_REGRESSION },
	{ "count:poisson", EXPONENTIAL, ML_REGRESSION },
	{ "rank:pairwise", IDENTITY, ML_REGRESSION },
	{ "rank:ndcg", IDENTITY, ML_REGRESSION },
	{ "rank:map", IDENTITY, ML_REGRESSION },
	{ "binary:logistic", LOGISTIC, ML_BINARY },
	{ "binary:logitraw", IDENTITY, ML_REGRESSION },
	{ "binary:hinge", STEP, ML_BINARY },
	{ "survival:cox", EXPONENTIAL, ML_REGRESSION },
	{ "survival:aft", EXPONENTIAL, ML_REGRESSION },
	{ "reg:quantileerror", IDENTITY, ML_REGRESSION },
	{ "multi:softprob", SOFTMAX, ML_CLASSES },
	{ "multi:softmax", ARGMAX, ML_CLASSES },
};

void ml_model_close(struct ml_model *model)
{
	if (!model)
		return;
	free(model->trees);
	free(model->nodes);
	free(model->low);
	free(model->high);
	free(model->bytes);
	free(model->base);
	for (unsigned i = 0; model->names && i < model->features; i++)
		free(model->names[i]);
	free(model->names);
	free(model->path);
	free(model);
}

static int read_version(struct ml_model *m, const json_t *root, struct bt_err *err)
{
	const json_t *version = json_object_get(root, "version");

	for (size_t i = 0; i < 3; i++) {
		const json_t *part = json_array_get(version, i);

		if (!json_is_integer(part) || json_integer_value(part) < 0 ||
			json_integer_value(part) > 10000)
			return bt_fail(err, -EINVAL,
				"%s: no version of XGBoost in it: expected a model", m->path);
		m->version[i] = (int)json_integer_value(part);
	}
	if (m->version[0] < 1 || m->version[0] > MAJOR_MOST)
		return bt_fail(err, -EINVAL,
			"%s: written by XGBoost %d.%d.%d: expected 1.0 to %d.x", m->path,
			m->version[0], m->version[1], m->version[2], MAJOR_MOST);
	return 0;
}

/* The sum that gives what the parameter says. */
static bool base_of(float *out, enum link link, double score)
{
	switch (link) {
	case LOGISTIC:
		if (score <= 0 || score >= 1)
			return false;
		*out = (float)-log(1 / score - 1);
		return true;
	case EXPONENTIAL:
		*out = (float)log(score);
		return score > 0;
	default:
		*out = (float)score;
		return true;
	}
}

static int read_objective(struct ml_model *m, const json_t *learner, struct bt_err *err)
{
	const char *name = json_string_value(ML_JSON_WITHIN(learner, "objective", "name"));
	size_t i;

	for (i = 0; name && i < BT_LEN(objectives); i++)
		if (strcmp(name, objectives[i].name) == 0)
			break;
	if (!name || i == BT_LEN(objectives))
		return bt_fail(err, -EINVAL,
			"%s: objective '%.60s': expected one such as reg:squarederror, "
			"binary:logistic or multi:softprob",
			m->path, name ? name : "");
	snprintf(m->objective, sizeof(m->objective), "%s", name);
	m->link = (int)objectives[i].link;
	m->task = objectives[i].task;
	return 0;
}

/*
 * Puts a number in the place of base_score, a text in brackets, in our copy of the file, as an
 * engine that is older wants a number there. Zeros before it keep the length of the text, which
 * UBJSON counts.
 */
static void replace_base(struct ml_model *m, const char *text, const char *number, size_t n)
{
	char *at = m->bytes, *end = m->bytes + m->n_bytes;
	size_t len = strlen(text);

	while ((at = memmem(at, (size_t)(end - at), "base_score", 10)) != NULL) {
		char *to = memmem(at, (size_t)BT_MIN(end - at, (ptrdiff_t)(len + 32)), text, len);

		at += 10;
		if (!to) /* a name that says the same */
			continue;
		memset(to, '0', len);
		memcpy(to + len - n, number, n);
		if (*number == '-' || *number == '+') {
			to[len - n] = '0';
			to[0] = *number;
		}
	}
}

/* The numbers of base_score: one, or since 3.1 a list of one or of one for each output. Returns how
 * many; 0: it is neither. */
static unsigned read_scores(double *scores, unsigned most, const json_t *value)
{
	const char *at = json_string_value(value);
	unsigned n = 0;
	char *end;

	if (!at || *at != '[')
		return ml_json_number(scores, value);
	do {
		scores[n] = strtod(at + 1, &end);
		if (end == at + 1 || !isfinite(scores[n]))
			return 0;
		at = end;
	} while (++n < most && *at == ',');
	return at[0] == ']' && !at[1] && (n == 1 || n == most) ? n : 0;
}

/* `list`: as 3.1 begins to write it, and to take 0 and 1 of probabilities, too. */
static int take_scores(
	struct ml_model *m, double *scores, unsigned n, bool list, struct bt_err *err)
{
	bool plain = true; /* one number that any engine takes says the same */

	for (unsigned i = 0; i < m->groups; i++) {
		double score = scores[n > 1 ? i : 0];

		if (list && m->link == LOGISTIC && score >= 0 && score <= 1) {
			plain &= score > 0 && score < 1;
			score = fmin(fmax(score, 1e-6), 1 - 1e-6);
		}
		if (!base_of(&m->base[i], (enum link)m->link, score))
			return bt_fail(err, -EINVAL, "%s: base_score %g does not go with %s",
				m->path, score, m->objective);
		plain &= m->base[i] == m->base[0];
	}
	m->margins = !plain && !ml_engine_reads(3, 1);
	return 0;
}

static int read_base(struct ml_model *m, const json_t *value, struct bt_err *err)
{
	const char *text = json_string_value(value);
	double *scores = malloc(m->groups * sizeof(*scores));
	bool list = text && *text == '[';
	unsigned n;
	int r;

	m->base = malloc(m->groups * sizeof(*m->base));
	if (!m->base || !scores) {
		free(scores);
		return bt_oom(err, "%s", m->path);
	}
	n = read_scores(scores, m->groups, value);
	r = n ? take_scores(m, scores, n, list, err)
	      : bt_fail(err, -EINVAL, "%s: base_score '%.40s': expected 1 number or %u", m->path,
			text ? text : "", m->groups);
	if (r == 0 && list && !ml_engine_reads(3, 1)) {
		if (m->margins)
			replace_base(m, text, "0.5", 3);
		else
			replace_base(m, text, text + 1, strcspn(text + 1, ",]"));
	}
	free(scores);
	return r;
}

static int read_names(struct ml_model *m, const json_t *names, struct bt_err *err)
{
	size_t n = json_array_size(names);

	if (!n)
		return 0;
	if (n != m->features)
		return bt_fail(err, -EINVAL, "%s: %zu feature_names: expected %u", m->path, n,
			m->features);
	m->names = calloc(n, sizeof(*m->names));
	for (size_t i = 0; m->names && i < n; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (!name)
			return bt_fail(err, -EINVAL, "%s: feature_names: expected texts", m->path);
		m->names[i] = strdup(name);
		if (!m->names[i])
			return bt_oom(err, "%s", m->path);
	}
	return m->names ? 0 : bt_oom(err, "%s", m->path);
}

static int read_learner(struct ml_model *m, const json_t *learner, struct bt_err *err)
{
	const json_t *params = json_object_get(learner, "learner_model_param");
	double features, classes, targets = 1;
	int r = read_objective(m, learner, err);

	if (r < 0)
		return r;
	if (!ml_json_number(&features, json_object_get(params, "num_feature")) ||
		!ml_json_number(&classes, json_object_get(params, "num_class")) ||
		!json_object_get(params, "base_score"))
		return bt_fail(err, -EINVAL,
			"%s: expected num_feature, num_class and base_score in learner_model_param",
			m->path);
	ml_json_number(&targets, json_object_get(params, "num_target"));
	if (features < 1 || features > ML_FEATURES_MAX)
		return bt_fail(err, -EINVAL, "%s: %g features: expected 1 to %d", m->path, features,
			ML_FEATURES_MAX);
	classes = BT_MAX(BT_MAX(classes, targets), 1);
	if (classes > ML_OUTPUTS_MAX)
		return bt_fail(err, -EINVAL, "%s: %g outputs: expected at most %d", m->path,
			classes, ML_OUTPUTS_MAX);
	m->features = (unsigned)features;
	m->groups = (unsigned)classes;
	m->outputs = m->link == ARGMAX ? 1 : m->groups;
	r = read_base(m, json_object_get(params, "base_score"), err);
	return r < 0 ? r : read_names(m, json_object_get(learner, "feature_names"), err);
}

void ml_model_use_best(struct ml_model *model)
{
	if (model->best < 0 || model->n_best == model->n_trees)
		return;
	model->n_used = model->n_best;
	model->rounds = (unsigned)model->best + 1;
}

int ml_model_open(struct ml_model **model, const char *path, struct bt_err *err)
{
	struct ml_model *m = calloc(1, sizeof(*m));
	json_t *root = NULL;
	int r;

	*model = NULL;
	if (!m)
		return bt_oom(err, "%s", path);
	m->path = strdup(path);
	if (!m->path) {
		ml_model_close(m);
		return bt_oom(err, "%s", path);
	}
	r = bt_input_bytes(&m->bytes, &m->n_bytes, path, BT_INPUT_ONCE, FILE_MOST, err);
	if (r == 0)
		r = ml_model_parse(&root, m, err);
	if (r == 0)
		r = read_version(m, root, err);
	if (r == 0)
		r = read_learner(m, json_object_get(root, "learner"), err);
	if (r == 0)
		r = ml_model_read_trees(m, json_object_get(root, "learner"), err);
	json_decref(root);
	if (r < 0)
		ml_model_close(m);
	else
		*model = m;
	return r;
}

/* ---- predictions ---- */

static float leaf_of(const struct ml_node *nodes, const float *row)
{
	const struct ml_node *node = nodes;

	while (node->left >= 0) {
		float x = row[node->feature];
		bool left = isnan(x) ? node->missing_left : x < node->value;

		node = &nodes[left ? node->left : node->right];
	}
	return node->value;
}

static unsigned greatest(const float *sums, unsigned n)
{
	unsigned best = 0;

	for (unsigned i = 1; i < n; i++)
		if (sums[i] > sums[best])
			best = i;
	return best;
}

static void softmax(float *sums, unsigned n)
{
	float top = sums[greatest(sums, n)];
	double all = 0;

	for (unsigned i = 0; i < n; i++) {
		sums[i] = expf(sums[i] - top);
		all += (double)sums[i];
	}
	for (unsigned i = 0; i < n; i++)
		sums[i] /= (float)all;
}

void ml_model_predict(const struct ml_model *model, float *out, const float *row)
{
	float sums[ML_OUTPUTS_MAX];
	unsigned i;

	for (i = 0; i < model->groups; i++)
		sums[i] = model->base[i];
	for (i = 0; i < model->n_used; i++) {
		const struct ml_tree *tree = &model->trees[i];

		sums[tree->group] += tree->weight * leaf_of(&model->nodes[tree->root], row);
	}
	if (model->link == ARGMAX) {
		out[0] = (float)greatest(sums, model->groups);
		return;
	}
	if (model->link == SOFTMAX)
		softmax(sums, model->groups);
	for (i = 0; i < model->groups; i++)
		out[i] = model->link == LOGISTIC     ? 1 / (1 + expf(-sums[i]))
			: model->link == EXPONENTIAL ? expf(sums[i])
			: model->link == STEP        ? (float)(sums[i] > 0)
						     : sums[i];
}

int ml_model_class(const struct ml_model *model, const float *out)
{
	switch (model->task) {
	case ML_BINARY:
		return out[0] > 0.5f;
	case ML_CLASSES:
		return model->link == ARGMAX ? (int)out[0] : (int)greatest(out, model->groups);
	default:
		return -1;
	}
}

bool ml_same(float a, float b)
{
	float d = fabsf(a - b);

	return isfinite(a) && isfinite(b) && (d <= 1e-6f || d <= 1e-5f * fmaxf(fabsf(a), fabsf(b)));
}
