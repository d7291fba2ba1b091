#include "base/grow.h"
#include "base/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"

int bt_words_add(struct bt_words *words, const char *text)
{
	size_t n = words->n;
	char **v = bt_grow(words->v, n + 1, sizeof(*v)); /* the NULL included */

	if (!v)
		return -ENOMEM;
	words->v = v;
	words->v[n] = strdup(text);
	if (!words->v[n])
		return -ENOMEM;
	words->v[++words->n] = NULL;
	return 0;
}

int bt_words_add_pair(struct bt_words *words, const char *name, const char *value)
{
	char *pair;
	int r;

	if (asprintf(&pair, "%s=%s", name, value) < 0)
		return -ENOMEM;
	r = bt_words_add(words, pair);
	free(pair);
	return r;
}

void bt_words_fini(struct bt_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->v[i]);
	free(words->v);
	*words = (struct bt_words){ 0 };
}

/* Escapes that stand for one character, and what they stand for. */
static const char letters[] = "\\'\"ntrabefv", meanings[] = "\\'\"\n\t\r\a\b\033\f\v";

static int read_hex(uint32_t *value, const char **at, unsigned most)
{
	unsigned n = 0;
	int digit;

	for (*value = 0; n < most && (digit = bt_hex_digit(**at)) >= 0; n++, ++*at)
		*value = *value * 16 + (uint32_t)digit;
	return n && *value ? 0 : -EINVAL;
}

/* One escape, *at behind its backslash. Returns the place after what it stands for, or NULL. */
static char *read_escape(char *out, const char **at)
{
	const char *letter = **at ? strchr(letters, **at) : NULL, what = **at;
	uint32_t value;

	if (letter) {
		++*at;
		*out = meanings[letter - letters];
		return out + 1;
	}
	if (what != 'x' && what != 'u' && what != 'U')
		return NULL;
	++*at;
	if (read_hex(&value, at, what == 'x' ? 2 : what == 'u' ? 4 : 8) < 0)
		return NULL;
	if (what == 'x') {
		*out = (char)value;
		return out + 1;
	}
	return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff) ? bt_utf8_put(out, value)
								       : NULL;
}

/* Reads to the closing quote into out, which is long enough. Returns the place after what was read,
 * or NULL. */
static char *read_body(char *out, const char **at, char quote)
{
	while (out && **at && **at != quote) {
		if (**at == '\\') {
			++*at;
			out = read_escape(out, at);
		} else {
			*out++ = *(*at)++;
		}
	}
	if (**at != quote)
		return NULL;
	++*at;
	return out;
}

static int bad_quote(struct bt_err *err, const char *from)
{
	return bt_fail(err, -EINVAL,
		"'%.60s': expected a closing quote, and escapes such as \\n, \\\\ or \\x1b", from);
}

int bt_escape_read(char **text, const char **at, char quote, struct bt_err *err)
{
	const char *from = *at;
	char *out = malloc(strlen(from) + 1), *end;

	*text = NULL;
	if (!out)
		return bt_oom(err, NULL);
	end = read_body(out, at, quote);
	if (!end) {
		free(out);
		return bad_quote(err, from);
	}
	*end = '\0';
	*text = out;
	return 0;
}

static char *read_plain_quote(char *out, const char **at)
{
	const char *end = strchr(*at, '\'');

	if (!end)
		return NULL;
	memcpy(out, *at, (size_t)(end - *at));
	out += end - *at;
	*at = end + 1;
	return out;
}

/* In "…" a backslash quotes only these; before another character it stands for itself. */
static char *read_double_quote(char *out, const char **at)
{
	while (**at && **at != '"') {
		if (**at == '\\' && (*at)[1] && strchr("\"\\$`\n", (*at)[1]))
			++*at;
		*out++ = *(*at)++;
	}
	if (!**at)
		return NULL;
	++*at;
	return out;
}

static char *read_part(char *out, const char **at)
{
	const char c = *(*at)++;

	if (c == '\'')
		return read_plain_quote(out, at);
	if (c == '"')
		return read_double_quote(out, at);
	if (c == '$' && **at == '\'') {
		++*at;
		return read_body(out, at, '\'');
	}
	if (c == '\\' && !**at)
		return NULL;
	*out = c == '\\' ? *(*at)++ : c;
	return out + 1;
}

int bt_words_split(struct bt_words *words, const char *line, struct bt_err *err)
{
	char *word = malloc(strlen(line) + 1);
	int r = word ? 0 : bt_oom(err, NULL);

	for (line += strspn(line, " \t\n"); r == 0 && *line; line += strspn(line, " \t\n")) {
		const char *from = line;
		char *out = word;

		while (out && *line && !strchr(" \t\n", *line))
			out = read_part(out, &line);
		if (!out) {
			r = bad_quote(err, from);
			break;
		}
		*out = '\0';
		if (bt_words_add(words, word) < 0)
			r = bt_oom(err, NULL);
	}
	free(word);
	return r;
}

static bool has_hidden(const char *text)
{
	struct bt_text t = { .at = text };

	while (bt_text_next(&t))
		if (t.hidden)
			return true;
	return false;
}

void bt_escape_put(FILE *out, const char *text, char quote)
{
	struct bt_text t = { .at = text };
	const char *from = text;

	for (; bt_text_next(&t); from = t.at) {
		char visible[BT_VISIBLE_MAX];

		if (t.hidden)
			fputs(bt_text_escape(visible, t.before), out);
		else if (*from == '\\' || *from == quote)
			fprintf(out, "\\%c", *from);
		else
			fwrite(from, 1, (size_t)(t.at - from), out);
	}
}

void bt_word_put(FILE *out, const char *word)
{
	if (has_hidden(word)) {
		fputs("$'", out);
		bt_escape_put(out, word, '\'');
		putc('\'', out);
		return;
	}
	if (*word && !word[strcspn(word, " \t\n'\"$<>|&;()*?[]{}#~!`\\")]) {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	putc('\'', out);
}

char *bt_words_line(char *const *v, size_t n)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	bool whole;

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (i)
			putc(' ', out);
		bt_word_put(out, v[i]);
	}
	whole = !ferror(out);
	if (fclose(out) == EOF || !whole) {
		free(line);
		return NULL;
	}
	return line;
}
