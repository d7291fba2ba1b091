#include "ui/history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct bt_run_row *bt_history_row(const struct bt_history *history, size_t at)
{
	return at < history->n ? &history->list.rows[history->shown[at]] : NULL;
}

struct bt_run_state *bt_history_state(struct bt_history *history, size_t at)
{
	return at < history->n ? &history->states[history->shown[at]] : NULL;
}

void bt_history_go_to(struct bt_history *history, uint64_t id)
{
	for (size_t i = 0; i < history->n; i++)
		if (bt_history_row(history, i)->id == id)
			history->at = i;
}

/* Both lists are in the order of falling numbers. */
static void carry_states(
	struct bt_run_state *states, const struct bt_run_list *list, const struct bt_history *old)
{
	size_t k = 0;

	for (size_t i = 0; i < list->n; i++) {
		while (k < old->list.n && old->list.rows[k].id > list->rows[i].id)
			k++;
		if (k < old->list.n && old->list.rows[k].id == list->rows[i].id)
			states[i] = old->states[k];
	}
}

int bt_history_take(
	struct bt_history *history, struct bt_run_list *list, uint64_t now_ns, struct bt_err *err)
{
	const struct bt_run_row *row = bt_history_row(history, history->at);
	struct bt_run_state *states = calloc(list->n + 1, sizeof(*states));
	size_t *shown = calloc(list->n + 1, sizeof(*shown));
	uint64_t id = row ? row->id : 0;

	if (!states || !shown) {
		free(states);
		free(shown);
		bt_run_list_fini(list);
		return bt_oom(err, "the list of runs");
	}
	carry_states(states, list, history);
	bt_run_list_fini(&history->list);
	free(history->states);
	free(history->shown);
	history->list = *list;
	history->states = states;
	history->shown = shown;
	history->n = 0;
	history->now_ns = now_ns;
	history->preview.id = 0;
	bt_history_refresh(history);
	bt_history_go_to(history, id);
	return 0;
}

void bt_history_fini(struct bt_history *history)
{
	bt_run_list_fini(&history->list);
	free(history->states);
	free(history->shown);
	history->states = NULL;
	history->shown = NULL;
	history->n = 0;
}

/* What is not known goes last, whichever way it is sorted. */
static int by_number(double x, double y, bool ascending)
{
	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return ascending ? (x > y) - (x < y) : (x < y) - (x > y);
}

static int by_text(const char *x, const char *y, bool ascending)
{
	if (!*x || !*y)
		return !*x - !*y;
	return ascending ? strcmp(x, y) : strcmp(y, x);
}

struct order {
	const struct bt_history *history;
	struct bt_field field;
};

/* Equal runs: the newer first, which the list's own order is. */
static int by_field(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	const struct bt_history *history = order->history;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct bt_run_row *x = &history->list.rows[i], *y = &history->list.rows[k];
	const struct bt_field *field = &order->field;
	int by = field->kind == BT_FIELD_TEXT
		? by_text(bt_field_words(field, x), bt_field_words(field, y), history->ascending)
		: by_number(bt_field_value(field, x), bt_field_value(field, y), history->ascending);

	return by ? by : (i > k) - (i < k);
}

void bt_history_refresh(struct bt_history *history)
{
	const struct bt_run_row *row = bt_history_row(history, history->at);
	struct order order = { history, bt_field(history->sorted) };
	uint64_t id = row ? row->id : 0;

	history->n = 0;
	for (size_t i = 0; i < history->list.n; i++)
		if (!history->states[i].deleted &&
			bt_filter_holds(&history->words, &history->list.rows[i]))
			history->shown[history->n++] = i;
	if (history->sorted != BT_FIELD_RUN || history->ascending)
		qsort_r(history->shown, history->n, sizeof(*history->shown), by_field, &order);
	history->at = history->n ? BT_MIN(history->at, history->n - 1) : 0;
	bt_history_go_to(history, id);
}

void bt_history_filter(struct bt_history *history, const char *text)
{
	struct bt_err err = { .msg = "" };

	history->filter_problem[0] = '\0';
	if (strlen(text) < sizeof(history->filter))
		strcpy(history->filter, text);
	if (bt_filter_read(&history->words, text, history->now_ns, &err) < 0)
		snprintf(history->filter_problem, sizeof(history->filter_problem), "%.199s",
			err.msg);
	bt_history_refresh(history);
}

size_t bt_history_n_marked(const struct bt_history *history)
{
	size_t n = 0;

	for (size_t i = 0; i < history->list.n; i++)
		n += history->states[i].marked && !history->states[i].deleted;
	return n;
}

size_t bt_history_n_deleted(const struct bt_history *history)
{
	size_t n = 0;

	for (size_t i = 0; i < history->list.n; i++)
		n += history->states[i].deleted > 0;
	return n;
}

void bt_history_deleted(const struct bt_history *history, uint64_t *ids)
{
	for (size_t i = 0; i < history->list.n; i++)
		if (history->states[i].deleted)
			*ids++ = history->list.rows[i].id;
}

static bool delete_one(struct bt_history *history, size_t i)
{
	const char *status = history->list.rows[i].status;

	if (status && strcmp(status, "running") == 0)
		return false;
	history->states[i].deleted = history->deletions + 1;
	return true;
}

size_t bt_history_delete(struct bt_history *history)
{
	size_t left_out = 0, deleted = 0;

	if (!history->n)
		return 0;
	if (!bt_history_n_marked(history)) {
		deleted = delete_one(history, history->shown[history->at]);
		left_out = !deleted;
	} else {
		for (size_t i = 0; i < history->list.n; i++) {
			if (!history->states[i].marked || history->states[i].deleted)
				continue;
			if (delete_one(history, i))
				deleted++;
			else
				left_out++;
		}
	}
	history->deletions += deleted > 0;
	bt_history_refresh(history);
	return left_out;
}

bool bt_history_undo(struct bt_history *history)
{
	uint64_t id = 0;

	if (!history->deletions)
		return false;
	for (size_t i = 0; i < history->list.n; i++)
		if (history->states[i].deleted == history->deletions) {
			history->states[i].deleted = 0;
			id = history->list.rows[i].id;
		}
	history->deletions--;
	bt_history_refresh(history);
	bt_history_go_to(history, id);
	return true;
}
