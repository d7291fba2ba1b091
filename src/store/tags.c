#include "store/tags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int append(char **last, const char *word)
{
	char *both;

	if (asprintf(&both, "%s %s", *last, word) < 0)
		return -ENOMEM;
	free(*last);
	*last = both;
	return 0;
}

static int add(struct bt_words *tags, const char *word)
{
	if (*word && !strchr(word, '=') && tags->n)
		return append(&tags->v[tags->n - 1], word);
	return *word ? bt_words_add(tags, word) : 0;
}

/* As older versions wrote them: quotes are ordinary characters. */
static int split_plain(struct bt_words *tags, const char *line)
{
	char *copy = strdup(line), *rest = copy;
	const char *word;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = strsep(&rest, " ")))
		r = add(tags, word);
	free(copy);
	return r;
}

int bt_tags_split(struct bt_words *tags, const char *line)
{
	struct bt_words words = { 0 };
	int r = bt_words_split(&words, line, NULL);

	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = add(tags, words.v[i]);
	bt_words_fini(&words);
	return r == -EINVAL ? split_plain(tags, line) : r;
}

bool bt_tags_have(const char *line, const char *tag, bool any_case)
{
	struct bt_words tags = { 0 };
	bool has = false;

	if (bt_tags_split(&tags, line) == 0)
		for (size_t i = 0; i < tags.n && !has; i++)
			has = (any_case ? strcasecmp : strcmp)(tags.v[i], tag) == 0;
	bt_words_fini(&tags);
	return has;
}

bool bt_tags_contain(const char *line, const char *text)
{
	struct bt_words tags = { 0 };
	bool has = false;

	if (bt_tags_split(&tags, line) == 0)
		for (size_t i = 0; i < tags.n && !has; i++)
			has = strcasestr(tags.v[i], text) != NULL;
	bt_words_fini(&tags);
	return has;
}

char *bt_tags_value(const char *line, const char *name)
{
	struct bt_words tags = { 0 };
	size_t len = strlen(name);
	char *value = NULL;

	if (bt_tags_split(&tags, line) == 0)
		for (size_t i = tags.n; i-- > 0 && !value;)
			if (strncmp(tags.v[i], name, len) == 0 && tags.v[i][len] == '=')
				value = strdup(tags.v[i] + len + 1);
	bt_words_fini(&tags);
	return value;
}
