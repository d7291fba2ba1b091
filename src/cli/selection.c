#include "cli/selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "store/tags.h"

/* Numbers of runs, without doubles. */
struct chosen {
	uint64_t run[BT_TRIALS_MAX];
	size_t n;
};

static int choose(struct chosen *c, uint64_t run, const char *text, struct bt_err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->run[i] == run)
			return 0;
	if (c->n == BT_TRIALS_MAX)
		return bt_fail(err, -E2BIG, "'%s': more than %d runs", text, BT_TRIALS_MAX);
	c->run[c->n++] = run;
	return 0;
}

/* Tries the word as it is and unquoted: usually a shell has removed the quotes already. */
static int choose_tagged(
	struct bt_store *store, struct chosen *c, const char *word, struct bt_err *err)
{
	struct bt_words words = { 0 };
	struct bt_run_list list;
	size_t before = c->n;
	bool one = bt_words_split(&words, word, NULL) == 0 && words.n == 1;
	int r = bt_store_list(store, &list, NULL, 0, err);

	for (size_t i = 0; r == 0 && i < list.n; i++)
		if (bt_tags_have(list.rows[i].tags, word, false) ||
			(one && bt_tags_have(list.rows[i].tags, words.v[0], false)))
			r = choose(c, list.rows[i].id, word, err);
	bt_words_fini(&words);
	bt_run_list_fini(&list);
	if (r == 0 && c->n == before)
		return bt_fail(err, -ENOENT, "'%s': no run has that tag", word);
	return r;
}

/* "17-22": runs of that range which are there; both ends have to be. */
static int choose_range(struct bt_store *store, struct chosen *c, const char *word,
	const char *dash, struct bt_err *err)
{
	char first[32];
	uint64_t from, to;
	int r;

	snprintf(first, sizeof(first), "%.*s", (int)(dash - word), word);
	r = bt_store_resolve(store, &from, first, err);
	if (r == 0)
		r = bt_store_resolve(store, &to, dash + 1, err);
	if (r < 0)
		return r;
	if (to < from)
		return bt_fail(err, -EINVAL, "'%s': expected the smaller number first", word);
	for (uint64_t run = from; r == 0 && run <= to; run++) {
		struct bt_err gone;
		char number[32];
		uint64_t id;

		snprintf(number, sizeof(number), "%llu", (unsigned long long)run);
		if (bt_store_resolve(store, &id, number, &gone) == 0)
			r = choose(c, id, word, err);
	}
	return r;
}

static int choose_word(
	struct bt_store *store, struct chosen *c, const char *word, struct bt_err *err)
{
	const char *dash = strncmp(word, "last", 4) == 0 ? NULL : strchr(word, '-');
	uint64_t id;
	int r;

	if (strchr(word, '='))
		return choose_tagged(store, c, word, err);
	if (dash && dash != word)
		return choose_range(store, c, word, dash, err);
	r = bt_store_resolve(store, &id, word, err);
	if (r == -EINVAL)
		return bt_fail(err, -EINVAL, "'%s': expected " BT_SELECTION_HELP, word);
	return r < 0 ? r : choose(c, id, word, err);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int add_reports(struct bt_store *store, struct bt_trials *trials, const struct chosen *c,
	struct bt_err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		char *json;
		int r = bt_store_report(store, c->run[i], &json, err);

		if (r == 0)
			r = bt_trials_add(trials, json, err);
		free(json);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where a word ends: at a comma outside of quotes. */
static char *word_end(char *at)
{
	char quote = '\0';

	for (; *at && (quote || *at != ','); at++)
		if (*at == '\\' && quote != '\'' && at[1])
			at++;
		else if (quote ? *at == quote : (*at == '\'' || *at == '"') && strchr(at + 1, *at))
			quote = quote ? '\0' : *at;
	return at;
}

int bt_cli_select(
	struct bt_store *store, struct bt_trials *trials, const char *text, struct bt_err *err)
{
	char *words = strdup(text), *at = words;
	struct chosen chosen = { .n = 0 };
	int r = words ? 0 : bt_oom(err, "'%s'", text);

	bt_trials_init(trials, text);
	for (bool more = true; r == 0 && more;) {
		char *end = word_end(at);

		more = *end != '\0';
		*end = '\0';
		r = choose_word(store, &chosen, at, err);
		at = end + 1;
	}
	free(words);
	if (r < 0)
		return r;
	qsort(chosen.run, chosen.n, sizeof(*chosen.run), ascending);
	return add_reports(store, trials, &chosen, err);
}
