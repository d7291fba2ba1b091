#include "ml/model.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "ml/ubj.h"
#include "ml/xgb.h"

#define FILE_MOST  ((size_t)2 << 30)
#define TREES_MOST 1000000
#define NODES_MOST 200000000
#define MAJOR_MOST 3 /* newest version of the engine whose files are read */

enum link { IDENTITY, LOGISTIC, EXPONENTIAL, SOFTMAX, ARGMAX };

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

/* ---- the file ---- */

/* An object by names one in the other, ended by NULL. */
static const json_t *within(const json_t *root, const char *const *names)
{
	for (; root && *names; names++)
		root = json_object_get(root, *names);
	return root;
}

#define WITHIN(root, ...) within(root, (const char *const[]){ __VA_ARGS__, NULL })

/* A number, or a text that is one, as the engine writes its parameters and we NaN and Infinity. */
static bool real_in(double *out, const json_t *value)
{
	const char *text = json_string_value(value);
	char *end;

	*out = text ? strtod(text, &end) : json_number_value(value);
	return text ? end != text && !*end : json_is_number(value);
}

static bool number_in(double *out, const json_t *value)
{
	return real_in(out, value) && isfinite(*out);
}

/* Bytes of NaN, Infinity or -Infinity, which the engine writes into JSON as they stand; 0: none is there. */
static size_t word_at(const char *p, size_t n)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity", "-NaN" };

	for (size_t i = 0; i < BT_LEN(words); i++)
		if (n >= strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* The JSON with these words in quotes, which jansson reads; `out` NULL: only how long that is. */
static size_t quote_words(char *out, const char *bytes, size_t n)
{
	bool inside = false;
	size_t len = 0, word;

	for (size_t i = 0; i < n; i++) {
		word = inside ? 0 : word_at(bytes + i, n - i);
		if (word) {
			if (out) {
				out[len] = '"';
				memcpy(out + len + 1, bytes + i, word);
				out[len + word + 1] = '"';
			}
			len += word + 2;
			i += word - 1;
			continue;
		}
		if (inside && bytes[i] == '\\' && i + 1 < n) {
			if (out)
				out[len] = bytes[i];
			len++;
			i++;
		} else if (bytes[i] == '"') {
			inside = !inside;
		}
		if (out)
			out[len] = bytes[i];
		len++;
	}
	return len;
}

static json_t *parse_json(const struct ml_model *m, struct bt_err *why)
{
	json_error_t at;
	json_t *root = json_loadb(m->bytes, m->n_bytes, 0, &at);
	size_t n = root ? 0 : quote_words(NULL, m->bytes, m->n_bytes);
	char *quoted;

	if (!root && n > m->n_bytes) {
		quoted = malloc(n);
		if (!quoted) {
			bt_fail(why, -ENOMEM, "out of memory");
			return NULL;
		}
		quote_words(quoted, m->bytes, m->n_bytes);
		root = json_loadb(quoted, n, 0, &at);
		free(quoted);
	}
	if (!root)
		bt_fail(why, -EINVAL, "line %d: %s", at.line, at.text);
	return root;
}

static int parse(json_t **root, const struct ml_model *m, struct bt_err *err)
{
	struct bt_err why = { 0 };
	bool ubj = m->n_bytes > 1 && m->bytes[0] == '{' && strchr("iUIlL$#}", m->bytes[1]);

	*root = NULL;
	if (!m->n_bytes || m->bytes[0] != '{')
		return bt_fail(
			err, -EINVAL, "%s: expected a model of XGBoost's JSON or UBJSON", m->path);
	if (ubj) {
		*root = ml_ubj_read((const uint8_t *)m->bytes, m->n_bytes, &why);
	} else {
		*root = parse_json(m, &why);
	}
	if (!*root)
		return bt_fail(err, why.code == -ENOMEM ? -ENOMEM : -EINVAL, "%s: not whole %s: %s",
			m->path, ubj ? "UBJSON" : "JSON", why.msg);
	return 0;
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
	const char *name = json_string_value(WITHIN(learner, "objective", "name"));
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
 * "5E-1", and since 3.0 "[5E-1]" or since 3.1 one for each output. An engine before 3 wants the number alone, so the brackets in our
 * copy of the file become zeros before it; the text keeps its length, which UBJSON counts.
 */
static void drop_brackets(struct ml_model *m)
{
	char *at = m->bytes, *end = m->bytes + m->n_bytes;

	while ((at = memmem(at, (size_t)(end - at), "base_score", 10)) != NULL) {
		char *open = memchr(at, '[', (size_t)BT_MIN(end - at, 24)), *close;
		size_t n;

		at += 10;
		if (!open) /* a name that says the same */
			continue;
		n = strspn(open + 1, "+-.eE0123456789");
		close = open + 1 + n;
		if (*close != ']' || !n)
			continue;
		memmove(open + 2, open + 1, n);
		open[1] = '0';
		open[0] = '0';
		if (open[2] == '-' || open[2] == '+') {
			open[0] = open[2];
			open[2] = '0';
		}
	}
}

static int read_base(struct ml_model *m, const json_t *value, struct bt_err *err)
{
	const char *text = json_string_value(value), *at = text;
	bool list = text && *text == '[';
	unsigned n = 0;
	double score;

	m->base = calloc(m->groups, sizeof(*m->base));
	if (!m->base)
		return bt_fail(err, -ENOMEM, "%s: out of memory", m->path);
	while (n < m->groups) {
		char *end = NULL;

		if (list) {
			score = strtod(at + 1, &end);
			if (end == at + 1 || !isfinite(score) || (*end != ',' && *end != ']'))
				break;
			at = end;
		} else if (!number_in(&score, value)) {
			break;
		}
		if (!base_of(&m->base[n++], (enum link)m->link, score))
			return bt_fail(err, -EINVAL, "%s: base_score %g does not go with %s",
				m->path, score, m->objective);
		if (!list || *at == ']')
			break;
	}
	if (!n || (list && (at[0] != ']' || at[1])) || (n != 1 && n != m->groups))
		return bt_fail(err, -EINVAL, "%s: base_score '%.40s': expected 1 number or %u",
			m->path, text ? text : "", m->groups);
	if (n > 1 && !ml_engine_reads(3, 1))
		return bt_fail(err, -EINVAL,
			"%s: base_score of %u outputs, which the installed XGBoost %s does not "
			"read",
			m->path, n, ml_engine_version());
	for (; n < m->groups; n++)
		m->base[n] = m->base[0];
	if (list && !strchr(text, ',') && !ml_engine_reads(3, 0))
		drop_brackets(m);
	return 0;
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
			return bt_fail(err, -ENOMEM, "%s: out of memory", m->path);
	}
	return m->names ? 0 : bt_fail(err, -ENOMEM, "%s: out of memory", m->path);
}

static int read_learner(struct ml_model *m, const json_t *learner, struct bt_err *err)
{
	const json_t *params = json_object_get(learner, "learner_model_param");
	double features, classes, targets = 1;
	int r = read_objective(m, learner, err);

	if (r < 0)
		return r;
	if (!number_in(&features, json_object_get(params, "num_feature")) ||
		!number_in(&classes, json_object_get(params, "num_class")) ||
		!json_object_get(params, "base_score"))
		return bt_fail(err, -EINVAL,
			"%s: expected num_feature, num_class and base_score in learner_model_param",
			m->path);
	number_in(&targets, json_object_get(params, "num_target"));
	if (features < 1 || features > ML_FEATURES_MAX)
		return bt_fail(err, -EINVAL, "%s: %g features: expected 1.0 to %d.x", m->path,
			features, ML_FEATURES_MAX);
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

/* ---- the trees ---- */

static int bad_tree(const struct ml_model *m, unsigned tree, const char *what, struct bt_err *err)
{
	return bt_fail(err, -EINVAL, "%s: tree %u: %s", m->path, tree, what);
}

/* The arrays of a tree: one value a node. */
struct columns {
	const json_t *left, *right, *feature, *value, *missing, *kind;
};

static bool get_columns(struct columns *c, const json_t *tree)
{
	size_t n;

	c->left = json_object_get(tree, "left_children");
	c->right = json_object_get(tree, "right_children");
	c->feature = json_object_get(tree, "split_indices");
	c->value = json_object_get(tree, "split_conditions");
	c->missing = json_object_get(tree, "default_left");
	c->kind = json_object_get(tree, "split_type"); /* not there before 1.3 */
	n = json_array_size(c->left);
	return n && json_array_size(c->right) == n && json_array_size(c->feature) == n &&
		json_array_size(c->value) == n && json_array_size(c->missing) == n &&
		(!c->kind || json_array_size(c->kind) == n || !json_array_size(c->kind));
}

static bool get_node(struct ml_node *node, const struct columns *c, size_t i, size_t n)
{
	const json_t *left = json_array_get(c->left, i), *right = json_array_get(c->right, i);
	const json_t *feature = json_array_get(c->feature, i);
	const json_t *missing = json_array_get(c->missing, i);
	double value;

	if (!json_is_integer(left) || !json_is_integer(right) || !json_is_integer(feature) ||
		!real_in(&value, json_array_get(c->value, i)))
		return false;
	if (json_integer_value(left) < -1 || json_integer_value(left) >= (json_int_t)n ||
		json_integer_value(right) < -1 || json_integer_value(right) >= (json_int_t)n ||
		(json_integer_value(left) < 0) != (json_integer_value(right) < 0))
		return false;
	*node = (struct ml_node){
		.left = (int32_t)json_integer_value(left),
		.right = (int32_t)json_integer_value(right),
		.feature = (uint32_t)json_integer_value(feature),
		.value = (float)value,
		.missing_left = json_is_true(missing) || json_integer_value(missing) == 1,
	};
	return json_integer_value(feature) >= 0 && json_integer_value(feature) <= UINT32_MAX;
}

/* Every node is come to once at most, so that no way through it is without end. `seen` and `stack` have room for n. */
static bool is_tree(const struct ml_node *nodes, uint32_t n, uint8_t *seen, uint32_t *stack)
{
	uint32_t top = 0;

	memset(seen, 0, n);
	stack[top++] = 0;
	seen[0] = 1;
	while (top) {
		const struct ml_node *node = &nodes[stack[--top]];
		int32_t down[2] = { node->left, node->right };

		for (int i = 0; i < 2 && node->left >= 0; i++) {
			if (seen[down[i]])
				return false;
			seen[down[i]] = 1;
			stack[top++] = (uint32_t)down[i];
		}
	}
	return true;
}

static int check_nodes(struct ml_model *m, unsigned t, const struct columns *c, struct bt_err *err)
{
	const struct ml_tree *tree = &m->trees[t];
	const struct ml_node *nodes = &m->nodes[tree->root];
	uint8_t *seen = malloc(tree->nodes);
	uint32_t *stack = malloc(tree->nodes * sizeof(*stack)), i;
	bool whole = seen && stack && is_tree(nodes, tree->nodes, seen, stack);
	int r = 0;

	if (!seen || !stack)
		r = bt_fail(err, -ENOMEM, "%s: out of memory", m->path);
	else if (!whole)
		r = bad_tree(m, t, "a node is under two others", err);
	for (i = 0; r == 0 && i < tree->nodes; i++) {
		const struct ml_node *node = &nodes[i];

		if (!seen[i]) /* was pruned */
			continue;
		if (node->left < 0) {
			if (!isfinite(node->value))
				r = bad_tree(
					m, t, "a leaf that is not finite: expected a number", err);
			continue;
		}
		if (json_integer_value(json_array_get(c->kind, i)) != 0)
			r = bad_tree(m, t, "a categorical split: expected numbers only", err);
		else if (node->feature >= m->features)
			r = bad_tree(m, t, "a split by a feature that the model has not", err);
		else if (isfinite(node->value)) {
			m->low[node->feature] = fminf(m->low[node->feature], node->value);
			m->high[node->feature] = fmaxf(m->high[node->feature], node->value);
		}
	}
	free(seen);
	free(stack);
	return r;
}

#define NO_NODE INT32_MAX /* the root's parent, and what a node that was pruned splits by */

/* Parents are nodes, and as many nodes were pruned as is said. */
static bool is_linked(const json_t *json, size_t n, double deleted)
{
	const json_t *parents = json_object_get(json, "parents");
	const json_t *by = json_object_get(json, "split_indices");
	size_t pruned = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *parent = json_array_get(parents, i);
		json_int_t up = json_integer_value(parent);

		if (!json_is_integer(parent) || (i ? up < 0 || up >= (json_int_t)n : up != NO_NODE))
			return false;
		pruned += i && json_integer_value(json_array_get(by, i)) == NO_NODE;
	}
	return (double)pruned == deleted;
}

/* What the engine believes without looking: that the other arrays and the numbers beside them go with the nodes. */
static bool is_consistent(const json_t *json, size_t n, unsigned t)
{
	static const char *const arrays[] = { "base_weights", "loss_changes", "sum_hessian",
		"parents" };
	static const char *const categories[] = { "categories", "categories_nodes",
		"categories_segments", "categories_sizes" };
	const json_t *param = json_object_get(json, "tree_param"), *item;
	double nodes, deleted, width;
	size_t i, k;

	for (i = 0; i < BT_LEN(arrays); i++) {
		const json_t *array = json_object_get(json, arrays[i]);

		if (json_array_size(array) != n)
			return false;
		json_array_foreach(array, k, item) if (!real_in(&nodes, item)) return false;
	}
	for (i = 0; i < BT_LEN(categories); i++)
		if (json_array_size(json_object_get(json, categories[i])))
			return false;
	item = json_object_get(json, "id");
	return number_in(&nodes, json_object_get(param, "num_nodes")) && nodes == (double)n &&
		number_in(&deleted, json_object_get(param, "num_deleted")) &&
		is_linked(json, n, deleted) &&
		number_in(&width, json_object_get(param, "size_leaf_vector")) && width >= 0 &&
		width <= 1 && json_is_integer(item) && json_integer_value(item) == (json_int_t)t;
}

static int read_tree(
	struct ml_model *m, unsigned t, const json_t *json, const json_t *group, struct bt_err *err)
{
	struct ml_tree *tree = &m->trees[t];
	struct columns c;
	size_t n;

	if (!get_columns(&c, json))
		return bad_tree(m, t, "expected arrays of as many values as it has nodes", err);
	n = json_array_size(c.left);
	if (!is_consistent(json, n, t))
		return bad_tree(m, t,
			"its arrays or tree_param do not go with its nodes: expected numbers only",
			err);
	if (!json_is_integer(group) || json_integer_value(group) < 0 ||
		json_integer_value(group) >= (json_int_t)m->groups)
		return bad_tree(m, t, "adds to an output that the model has not", err);
	*tree = (struct ml_tree){ m->n_nodes, (uint32_t)n, (uint32_t)json_integer_value(group), 1 };
	for (size_t i = 0; i < n; i++)
		if (!get_node(&m->nodes[m->n_nodes + i], &c, i, n))
			return bad_tree(m, t, "a node that cannot be", err);
	m->n_nodes += (uint32_t)n;
	return check_nodes(m, t, &c, err);
}

static int make_room(struct ml_model *m, const json_t *trees, struct bt_err *err)
{
	size_t n = json_array_size(trees), nodes = 0;

	for (size_t i = 0; i < n; i++)
		nodes +=
			json_array_size(json_object_get(json_array_get(trees, i), "left_children"));
	if (!n || n > TREES_MOST || !nodes || nodes > NODES_MOST)
		return bt_fail(err, -EINVAL, "%s: %zu trees of %zu nodes: expected 1 to %d of %d",
			m->path, n, nodes, TREES_MOST, NODES_MOST);
	m->n_trees = (unsigned)n;
	m->trees = calloc(n, sizeof(*m->trees));
	m->nodes = calloc(nodes, sizeof(*m->nodes));
	m->low = malloc(m->features * sizeof(*m->low));
	m->high = malloc(m->features * sizeof(*m->high));
	if (!m->trees || !m->nodes || !m->low || !m->high)
		return bt_fail(err, -ENOMEM, "%s: out of memory", m->path);
	for (unsigned i = 0; i < m->features; i++) {
		m->low[i] = INFINITY;
		m->high[i] = -INFINITY;
	}
	return 0;
}

/* What dart multiplies the leaves of each tree with. */
static int read_weights(struct ml_model *m, const json_t *weights, struct bt_err *err)
{
	double weight;

	for (unsigned t = 0; t < m->n_trees; t++) {
		if (json_array_size(weights) != m->n_trees ||
			!number_in(&weight, json_array_get(weights, t)))
			return bt_fail(err, -EINVAL, "%s: weight_drop: expected %u numbers",
				m->path, m->n_trees);
		m->trees[t].weight = (float)weight;
	}
	return 0;
}

/* best_iteration, and the trees up to it: those of iteration_indptr, which XGBoost 2 begins to write, else as many in each round. */
static int read_best(
	struct ml_model *m, const json_t *learner, const json_t *booster, struct bt_err *err)
{
	const json_t *best = WITHIN(learner, "attributes", "best_iteration");
	const json_t *first = WITHIN(booster, "model", "iteration_indptr");
	double round, parallel = 1, trees;

	m->best = -1;
	if (!best)
		return 0;
	number_in(&parallel, WITHIN(booster, "model", "gbtree_model_param", "num_parallel_tree"));
	if (!number_in(&round, best))
		round = -1;
	trees = (round + 1) * BT_MAX(parallel, 1) * m->groups;
	if (round >= 0 && round < (double)json_array_size(first))
		number_in(&trees, json_array_get(first, (size_t)round + 1));
	if (!(round >= 0 && round == floor(round) && trees >= 1 && trees <= m->n_trees))
		return bt_fail(err, -EINVAL,
			"%s: best_iteration %g: expected a round that its %u trees have", m->path,
			round, m->n_trees);
	m->best = (int)round;
	m->n_best = (unsigned)trees;
	return 0;
}

void ml_model_use_best(struct ml_model *model)
{
	if (model->best < 0 || model->n_best == model->n_trees)
		return;
	model->n_used = model->n_best;
	model->rounds = (unsigned)model->best + 1;
}

static int read_trees(struct ml_model *m, const json_t *learner, struct bt_err *err)
{
	const json_t *booster = json_object_get(learner, "gradient_booster");
	const char *name = json_string_value(json_object_get(booster, "name"));
	bool dart = name && strcmp(name, "dart") == 0;
	const json_t *weights = json_object_get(booster, "weight_drop"), *trees, *groups;
	double n_trees;
	int r;

	if (!name || (!dart && strcmp(name, "gbtree") != 0))
		return bt_fail(err, -EINVAL, "%s: booster '%.20s': expected gbtree or dart",
			m->path, name ? name : "");
	booster = dart ? json_object_get(booster, "gbtree") : booster;
	trees = WITHIN(booster, "model", "trees");
	groups = WITHIN(booster, "model", "tree_info");
	if (!number_in(&n_trees, WITHIN(booster, "model", "gbtree_model_param", "num_trees")) ||
		n_trees != (double)json_array_size(trees) ||
		json_array_size(groups) != json_array_size(trees))
		return bt_fail(err, -EINVAL,
			"%s: num_trees and tree_info: expected as many as there are trees",
			m->path);
	r = make_room(m, trees, err);
	for (unsigned t = 0; r == 0 && t < m->n_trees; t++)
		r = read_tree(m, t, json_array_get(trees, t), json_array_get(groups, t), err);
	if (r == 0 && dart)
		r = read_weights(m, weights, err);
	m->n_used = m->n_trees;
	return r < 0 ? r : read_best(m, learner, booster, err);
}

int ml_model_open(struct ml_model **model, const char *path, struct bt_err *err)
{
	struct ml_model *m = calloc(1, sizeof(*m));
	json_t *root = NULL;
	int r;

	*model = NULL;
	if (!m)
		return bt_fail(err, -ENOMEM, "%s: out of memory", path);
	m->path = strdup(path);
	if (!m->path) {
		ml_model_close(m);
		return bt_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	r = bt_input_bytes(&m->bytes, &m->n_bytes, path, BT_INPUT_ONCE, FILE_MOST, err);
	if (r == 0)
		r = parse(&root, m, err);
	if (r == 0)
		r = read_version(m, root, err);
	if (r == 0)
		r = read_learner(m, json_object_get(root, "learner"), err);
	if (r == 0)
		r = read_trees(m, json_object_get(root, "learner"), err);
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
