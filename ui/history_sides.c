/* history_sides.c: which runs are to be compared with which. */
#include "ui/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "store/tags.h"

/* The value of a tag, or the commit, malloc'd; NULL: none, or out of memory. */
static char *value_of(const struct bt_run_row *row, const char *key)
{
	char *value = strcmp(key, "commit") == 0 ? strdup(row->commit ? row->commit : "")
						 : bt_tags_value(row->tags ? row->tags : "", key);

	if (value && *value)
		return value;
	free(value);
	return NULL;
}

/* Whether a run is of this group; NULL: of none. */
static bool in_group(const struct bt_run_row *row, const char *group)
{
	char *own = value_of(row, "group");
	bool in = group ? own && strcmp(own, group) == 0 : !own;

	free(own);
	return in;
}

static void add(struct bt_side *side, const struct bt_run_row *row)
{
	if (side->n < BT_SIDE_MAX)
		side->ids[side->n++] = row->id;
}

/* Runs to be told apart: marked ones, from the oldest on. */
static const struct bt_run_row *next_marked(const struct bt_history *history, size_t *i)
{
	while (*i > 0)
		if (history->states[--*i].marked && !history->states[*i].deleted)
			return &history->list.rows[*i];
	return NULL;
}

/* False: the marked runs have not exactly two values of that key. */
static bool part_by(const struct bt_history *history, struct bt_side sides[2], const char *key)
{
	char *values[2] = { NULL, NULL };
	const struct bt_run_row *row;
	unsigned n = 0, k = 0;

	sides[0].n = sides[1].n = 0;
	for (size_t i = history->list.n; (row = next_marked(history, &i)) != NULL;) {
		char *value = value_of(row, key);

		for (k = 0; value && k < n && strcmp(values[k], value) != 0;)
			k++;
		if (value && k == n && n < 2)
			values[n++] = value;
		else
			free(value);
		if (!value || k == 2)
			break;
		add(&sides[k], row);
	}
	for (unsigned i = 0; i < n; i++) {
		bt_text_format(sides[i].name, sizeof(sides[i].name), "%s=%s", key, values[i]);
		free(values[i]);
	}
	return n == 2 && row == NULL;
}

/* The tags of one marked run are the keys that all could be told apart by. */
static bool part_by_any_tag(const struct bt_history *history, struct bt_side sides[2])
{
	size_t i = history->list.n;
	const struct bt_run_row *row = next_marked(history, &i);
	struct bt_words tags = { 0 };
	bool parted = false;

	if (bt_tags_split(&tags, row->tags ? row->tags : "") == 0)
		for (size_t k = 0; k < tags.n && !parted; k++) {
			tags.v[k][strcspn(tags.v[k], "=")] = '\0';
			parted = part_by(history, sides, tags.v[k]);
		}
	bt_words_fini(&tags);
	return parted;
}

static void name_run(struct bt_side *side, const struct bt_run_row *row)
{
	snprintf(side->name, sizeof(side->name), "run %llu", (unsigned long long)row->id);
	side->n = 0;
	add(side, row);
}

/* A trial stands for its group, unless both are of the same one. */
static void take_groups(const struct bt_history *history, struct bt_side sides[2],
	const struct bt_run_row *const rows[2])
{
	char *group[2];

	for (unsigned k = 0; k < 2; k++) {
		name_run(&sides[k], rows[k]);
		group[k] = value_of(rows[k], "group");
	}
	for (unsigned k = 0; k < 2 && !in_group(rows[1], group[0]); k++) {
		if (!group[k])
			continue;
		bt_text_format(sides[k].name, sizeof(sides[k].name), "group=%s", group[k]);
		sides[k].n = 0;
		for (size_t i = history->list.n; i-- > 0;)
			if (in_group(&history->list.rows[i], group[k]) &&
				!history->states[i].deleted)
				add(&sides[k], &history->list.rows[i]);
	}
	free(group[0]);
	free(group[1]);
}

static bool alike(const struct bt_run_row *a, const struct bt_run_row *b)
{
	if (a->kind != UINT64_MAX && b->kind != UINT64_MAX)
		return a->kind == b->kind;
	return a->open_loop == b->open_loop && strcmp(a->workload, b->workload) == 0 &&
		strcmp(a->profile, b->profile) == 0;
}

/* The newest run before this one that it can be held against; a trial of its own group cannot. */
static const struct bt_run_row *one_before(
	const struct bt_history *history, const struct bt_run_row *row)
{
	char *group = value_of(row, "group");
	const struct bt_run_row *found = NULL;

	for (size_t i = 0; i < history->list.n && !found; i++) {
		const struct bt_run_row *before = &history->list.rows[i];

		if (before->id < row->id && !history->states[i].deleted && alike(before, row) &&
			before->status && strcmp(before->status, "ended") == 0 &&
			(!group || !in_group(before, group)))
			found = before;
	}
	free(group);
	return found;
}

bool bt_history_sides(
	const struct bt_history *history, struct bt_side sides[2], char *why, size_t size)
{
	const struct bt_run_row *rows[2] = { NULL, bt_history_row(history, history->at) };
	size_t marked = bt_history_n_marked(history), i = history->list.n;

	if (marked > 2) {
		if (part_by(history, sides, "group") || part_by(history, sides, "commit") ||
			part_by_any_tag(history, sides))
			return true;
		snprintf(why, size,
			"%zu runs are marked, but no tag or commit parts them into two groups",
			marked);
		return false;
	}
	if (!rows[1])
		return false;
	rows[0] = next_marked(history, &i);
	if (marked == 2)
		rows[1] = next_marked(history, &i);
	else if (marked == 0)
		rows[0] = one_before(history, rows[1]);
	if (!rows[0])
		snprintf(why, size,
			"no earlier run with these options has ended: mark two runs with space");
	else if (rows[0] == rows[1])
		snprintf(why, size, "mark a second run, or move the cursor to one");
	if (!rows[0] || rows[0] == rows[1])
		return false;
	if (rows[0]->id > rows[1]->id) {
		const struct bt_run_row *newer = rows[0];

		rows[0] = rows[1];
		rows[1] = newer;
	}
	take_groups(history, sides, rows);
	return true;
}
