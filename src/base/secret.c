#include "base/secret.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/words.h"

#define NAME_MOST 64 /* longer names of headers and parameters are judged by their first bytes */

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && strncasecmp(*words, word, len) == 0)
			return true;
	return false;
}

/* Whether a word of the name, between anything that is neither letter nor digit, is one of
 * these. */
static bool has_word(const char *name, size_t len, const char *const *words)
{
	for (size_t at = 0, n; at < len; at += n + 1) {
		for (n = 0; at + n < len && isalnum((unsigned char)name[at + n]); n++)
			;
		if (n && is_one_of(name + at, n, words))
			return true;
	}
	return false;
}

bool bt_secret_is_header(const char *name, size_t len)
{
	static const char *const words[] = { "token", "key", "secret", "auth", "authorization",
		"cookie", "session", "password", "apikey", NULL };

	return has_word(name, len, words);
}

/* A percent-encoded text, decoded as far as there is room; its length. */
static size_t decode(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		char hex[3] = "", *end;

		if (text[i] == '%' && i + 2 < len)
			memcpy(hex, text + i + 1, 2);
		out[n] = (char)strtoul(hex, &end, 16);
		if (*hex && !*end)
			i += 2;
		else
			out[n] = text[i];
		n++;
	}
	return n;
}

/* "key" alone is often the key of a record, so a parameter needs more than that. */
static bool is_parameter(const char *text, size_t len)
{
	static const char *const words[] = { "token", "accesstoken", "secret", "password", "passwd",
		"auth", "authorization", "cookie", "session", "sessionid", "apikey", "sig",
		"signature", "jwt", "credential", NULL };
	static const char *const owners[] = { "api", "access", "private", "secret", "auth", NULL };
	static const char *const key[] = { "key", "keyid", NULL };
	char name[NAME_MOST];
	size_t n = decode(name, sizeof(name), text, len);

	return has_word(name, n, words) || (has_word(name, n, key) && has_word(name, n, owners));
}

/* Only placeholders of a template, which each call fills in. */
static bool is_placeholder(const char *text, size_t len)
{
	while (len && strncmp(text, "%{", 2) == 0) {
		const char *close = memchr(text, '}', len);

		if (!close)
			return false;
		len -= (size_t)(close + 1 - text);
		text = close + 1;
	}
	return len == 0;
}

static enum bt_secret found(struct bt_secret_span *out, enum bt_secret kind, const char *name,
	size_t name_len, const char *value, size_t value_len)
{
	*out = (struct bt_secret_span){ .kind = kind,
		.name = name,
		.name_len = name_len,
		.value = value,
		.value_len = value_len,
		.masked = value_len == strlen(BT_MASK) && strncmp(value, BT_MASK, value_len) == 0 };
	return kind;
}

/* The last "@" or "%40" of an authority; NULL: none. */
static const char *last_at(const char *text, size_t len)
{
	const char *at = NULL;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '@' || (len - i > 2 && strncmp(text + i, "%40", 3) == 0))
			at = text + i;
	return at;
}

static enum bt_secret in_query(struct bt_secret_span *out, const char *text, size_t len)
{
	size_t name = strcspn(text, "=&#;?");

	if (name >= len || text[name] != '=')
		return BT_SECRET_NONE;
	if (is_placeholder(text + name + 1, len - name - 1) || !is_parameter(text, name))
		return BT_SECRET_NONE;
	return found(out, BT_SECRET_QUERY, text, name, text + name + 1, len - name - 1);
}

enum bt_secret bt_secret_in_url(struct bt_secret_span *out, const char *url, const char *after)
{
	/* No option takes a URL without a scheme, but a message would quote it. */
	const char *scheme = strstr(url, "://"), *at;
	const char *host = scheme && scheme == url + strcspn(url, ":/?#@") ? scheme + 3 : url;
	const char *ends = "/?#";

	for (;; ends = "/?#&") { /* a URL in the query of another ends at &, too */
		size_t len = strcspn(host, ends);

		at = last_at(host, len);
		if (at && host >= after)
			return found(out, BT_SECRET_LOGIN, host, 0, host, (size_t)(at - host));
		for (at = host + len; *at && strncmp(at, "://", 3) != 0; at++)
			if (strchr("?&#;", *at) && at >= after &&
				in_query(out, at + 1, strcspn(at + 1, "&#;")))
				return out->kind;
		if (!*at)
			return BT_SECRET_NONE;
		host = at + 3;
	}
}

static bool is_allowed(const char *name, size_t len, const char *const *allowed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(allowed[i]) == len && strncasecmp(allowed[i], name, len) == 0)
			return true;
	return false;
}

enum bt_secret bt_secret_in_header(struct bt_secret_span *out, const char *line,
	const char *const *allowed, size_t n, bool joined)
{
	for (const char *name = line; name; name = joined ? strchr(name, ',') : NULL) {
		size_t len;
		const char *value;

		name += *name == ',';
		len = strcspn(name, ":,; \t=");
		value = name + len + 1;
		if (name[len] != ':' || !bt_secret_is_header(name, len) ||
			is_allowed(name, len, allowed, n))
			continue;
		value += strspn(value, " \t");
		if (*value && !is_placeholder(value, strlen(value)))
			return found(out, BT_SECRET_HEADER, name, len, value, strlen(value));
	}
	return BT_SECRET_NONE;
}

bool bt_secret_takes_header(const char *option)
{
	return strcmp(option, "header") == 0;
}

/* Whether a value begins with a scheme: then it is a URL. */
static bool is_url(const char *value)
{
	size_t n = strcspn(value, ":/?#@ ");

	return n > 0 && strncmp(value + n, "://", 3) == 0;
}

/*
 * Returns the text with BT_MASK in place of the span, and frees the old text. NULL: out of memory.
 */
static char *cover(char *text, const struct bt_secret_span *span, size_t *end)
{
	size_t before = (size_t)(span->value - text), len = strlen(text);
	const char *rest = span->value + span->value_len;
	char *out = malloc(len + sizeof(BT_MASK));

	*end = before + strlen(BT_MASK);
	if (out) {
		memcpy(out, text, before);
		strcpy(out + before, BT_MASK);
		strcpy(out + *end, rest);
	}
	free(text);
	return out;
}

char *bt_secret_mask(
	const char *name, const char *value, const char *const *allowed, size_t n, bool joined)
{
	struct bt_secret_span span;
	char *out = strdup(value);
	size_t end = 0;

	if (name && bt_secret_takes_header(name))
		return out && bt_secret_in_header(&span, out, allowed, n, joined)
			? cover(out, &span, &end)
			: out;
	while (out && is_url(out) && bt_secret_in_url(&span, out, out + end))
		out = cover(out, &span, &end);
	return out;
}

/* A word of a command line: --NAME=VALUE, or a VALUE whose option is the word before. */
static char *mask_word(const char *word, const char *option, const char *const *allowed, size_t n)
{
	const char *eq = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
	char name[NAME_MOST], *value, *out = NULL;

	if (!eq)
		return bt_secret_mask(option, word, allowed, n, false);
	snprintf(name, sizeof(name), "%.*s", (int)BT_MIN(eq - word - 2, NAME_MOST - 1), word + 2);
	value = bt_secret_mask(name, eq + 1, allowed, n, false);
	if (value && asprintf(&out, "%.*s%s", (int)(eq + 1 - word), word, value) < 0)
		out = NULL;
	free(value);
	return out;
}

/*
 * Replaces each word by its masked form. Runs backwards, as a word's meaning depends on the
 * unmasked word before it. Returns how many changed, or -ENOMEM.
 */
static int mask_words(struct bt_words *words, const char *const *allowed, size_t n)
{
	int changed = 0;

	for (size_t i = words->n; i-- > 0;) {
		const char *before = i > 0 ? words->v[i - 1] : "";
		char *masked = mask_word(
			words->v[i], strncmp(before, "--", 2) == 0 ? before + 2 : NULL, allowed, n);

		if (!masked)
			return -ENOMEM;
		changed += strcmp(masked, words->v[i]) != 0;
		free(words->v[i]);
		words->v[i] = masked;
	}
	return changed;
}

/* Copies of the names that --allow-header lets pass. */
static int add_allowed(struct bt_words *allowed, const struct bt_words *words)
{
	int r = 0;

	for (size_t i = 0; i < words->n && r == 0; i++)
		if (strncmp(words->v[i], "--allow-header=", 15) == 0)
			r = bt_words_add(allowed, words->v[i] + 15);
		else if (i > 0 && strcmp(words->v[i - 1], "--allow-header") == 0)
			r = bt_words_add(allowed, words->v[i]);
	return r;
}

char *bt_secret_mask_line(const char *line)
{
	struct bt_words words = { 0 }, allowed = { 0 };
	char *out = NULL;
	int r = bt_words_split(&words, line, NULL);

	if (r == 0)
		r = add_allowed(&allowed, &words);
	if (r == 0)
		r = mask_words(&words, (const char *const *)allowed.v, allowed.n);
	if (r == -EINVAL) /* not a line of ours: the end of a secret in it is unknown */
		out = strdup(strstr(line, "://") || strstr(line, "--header") ? BT_MASK : line);
	else if (r >= 0)
		out = r ? bt_words_line(words.v, words.n) : strdup(line);
	bt_words_fini(&words);
	bt_words_fini(&allowed);
	return out;
}
