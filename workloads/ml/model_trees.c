/* A model's trees: the arrays of each, checked before the engine, which believes them, reads the
 * same. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ml/model_impl.h"
#include "ml/xgb.h"

#define TREES_MOST 1000000
#define NODES_MOST 200000000

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
		!ml_json_real(&value, json_array_get(c->value, i)))
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

/* Every node is come to once at most, so that no way through it is without end. `seen` and `stack`
 * have room for n. */
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
		r = bt_oom(err, "%s", m->path);
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

/* What the engine believes without looking: that the other arrays and the numbers beside them go
 * with the nodes. */
static bool is_consistent(const json_t *json, size_t n, unsigned t)
{
	static const char *const arrays[] = { "base_weights", "loss_changes", "sum_hessian",
		"parents" };
	const json_t *param = json_object_get(json, "tree_param"), *item;
	double nodes, deleted = 0, width;
	size_t i, k;

	for (i = 0; i < BT_LEN(arrays); i++) {
		const json_t *array = json_object_get(json, arrays[i]);

		if (json_array_size(array) != n)
			return false;
		json_array_foreach(array, k, item) if (!ml_json_real(&nodes, item)) return false;
	}
	item = json_object_get(json, "id");
	return ml_json_number(&nodes, json_object_get(param, "num_nodes")) && nodes == (double)n &&
		(!json_object_get(param, "num_deleted") || /* not there in 1.0 */
			ml_json_number(&deleted, json_object_get(param, "num_deleted"))) &&
		is_linked(json, n, deleted) &&
		ml_json_number(&width, json_object_get(param, "size_leaf_vector")) && width >= 0 &&
		width <= 1 && json_is_integer(item) && json_integer_value(item) == (json_int_t)t;
}

/* What XGBoost knows and we do not: words, or NULL. */
static const char *foreign(const json_t *json)
{
	static const char *const categories[] = { "categories", "categories_nodes",
		"categories_segments", "categories_sizes" };
	double width;

	for (size_t i = 0; i < BT_LEN(categories); i++)
		if (json_array_size(json_object_get(json, categories[i])))
			return "a categorical split: expected numbers only";
	if (ml_json_number(&width, ML_JSON_WITHIN(json, "tree_param", "size_leaf_vector")) &&
		width > 1)
		return "leaves of several outputs: expected trees of one output each";
	return NULL;
}

static int read_tree(
	struct ml_model *m, unsigned t, const json_t *json, const json_t *group, struct bt_err *err)
{
	struct ml_tree *tree = &m->trees[t];
	struct columns c;
	size_t n;

	if (foreign(json))
		return bad_tree(m, t, foreign(json), err);
	if (!get_columns(&c, json))
		return bad_tree(m, t, "expected arrays of as many values as it has nodes", err);
	n = json_array_size(c.left);
	if (!is_consistent(json, n, t))
		return bad_tree(m, t, "its arrays or tree_param do not go with its nodes", err);
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
		return bt_oom(err, "%s", m->path);
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
			!ml_json_number(&weight, json_array_get(weights, t)))
			return bt_fail(err, -EINVAL, "%s: weight_drop: expected %u numbers",
				m->path, m->n_trees);
		m->trees[t].weight = (float)weight;
	}
	return 0;
}

/* best_iteration, and the trees up to it: those of iteration_indptr, which XGBoost 2 begins to
 * write, else as many in each round. */
static int read_best(
	struct ml_model *m, const json_t *learner, const json_t *booster, struct bt_err *err)
{
	const json_t *best = ML_JSON_WITHIN(learner, "attributes", "best_iteration");
	const json_t *first = ML_JSON_WITHIN(booster, "model", "iteration_indptr");
	double round, parallel = 1, trees;

	m->best = -1;
	if (!best)
		return 0;
	ml_json_number(&parallel,
		ML_JSON_WITHIN(booster, "model", "gbtree_model_param", "num_parallel_tree"));
	if (!ml_json_number(&round, best))
		round = -1;
	trees = (round + 1) * BT_MAX(parallel, 1) * m->groups;
	if (round >= 0 && round < (double)json_array_size(first))
		ml_json_number(&trees, json_array_get(first, (size_t)round + 1));
	if (!(round >= 0 && round == floor(round) && trees >= 1 && trees <= m->n_trees))
		return bt_fail(err, -EINVAL,
			"%s: best_iteration %g: expected a round that its %u trees have", m->path,
			round, m->n_trees);
	m->best = (int)round;
	m->n_best = (unsigned)trees;
	return 0;
}

int ml_model_read_trees(struct ml_model *m, const json_t *learner, struct bt_err *err)
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
	if (dart && m->margins)
		return bt_fail(err, -EINVAL,
			"%s: dart with a base_score that the installed XGBoost "
			"%s does not read; 3.1 does",
			m->path, ml_engine_version());
	booster = dart ? json_object_get(booster, "gbtree") : booster;
	trees = ML_JSON_WITHIN(booster, "model", "trees");
	groups = ML_JSON_WITHIN(booster, "model", "tree_info");
	if (!ml_json_number(&n_trees,
		    ML_JSON_WITHIN(booster, "model", "gbtree_model_param", "num_trees")) ||
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
