#include "cli/push.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/http.h"
#include "base/encode.h"

#define BASE64 "@base64"

/* Behind "/metrics/job" of a URL that names a group; NULL: it names none. */
static const char *group_of(const char *url)
{
	const char *host = strstr(url, "://"), *at = host ? host + 3 : url;

	while ((at = strstr(at, "/metrics/job"))) {
		at += strlen("/metrics/job");
		if (*at == '/' || strncmp(at, BASE64 "/", strlen(BASE64 "/")) == 0)
			return at;
	}
	return NULL;
}

static bool is_label(const char *text, size_t n)
{
	size_t i;

	if (n > strlen(BASE64) && strncmp(text + n - strlen(BASE64), BASE64, strlen(BASE64)) == 0)
		n -= strlen(BASE64);
	for (i = 0; i < n; i++)
		if (!isalpha((unsigned char)text[i]) && text[i] != '_' &&
			(i == 0 || !isdigit((unsigned char)text[i])))
			return false;
	return n > 0;
}

/* A value in base64 may be empty, written "=". */
static int check_group(const char *url, const char *group, struct bt_err *err)
{
	const char *at = group + strcspn(group, "/") + 1;
	size_t n = strcspn(at, "/");

	if (n == 0)
		return bt_fail(
			err, -EINVAL, "--push: '%s': expected a job after /metrics/job", url);
	for (at += n; *at && at[1]; at += n) {
		const char *label = at + 1;

		n = strcspn(label, "/");
		if (!is_label(label, n))
			return bt_fail(err, -EINVAL,
				"--push: '%.*s': expected the name of a label: letters, digits and "
				"_",
				(int)BT_MIN(n, 100), label);
		at = label + n;
		n = *at ? 1 + strcspn(at + 1, "/") : 0;
		if (n < 2)
			return bt_fail(err, -EINVAL,
				"--push: label '%.*s': expected /LABEL/VALUE in pairs",
				(int)BT_MIN(at - label, 100), label);
	}
	return 0;
}

int bt_push_check(const char *url, struct bt_err *err)
{
	const char *group = group_of(url);

	if (bt_http_check_url(url, NULL) < 0)
		return bt_fail(err, -EINVAL,
			"--push: '%.80s': expected a URL such as http://127.0.0.1:9091", url);
	if (strpbrk(url, "?#"))
		return bt_fail(
			err, -EINVAL, "--push: '%s': expected no query and no fragment", url);
	return group ? check_group(url, group, err) : 0;
}

/* A URL as it may be sent: other bytes percent-encoded, '%' left to the user. */
static void put_url(FILE *out, const char *url, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)url[i];

		fprintf(out, c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) ? "%%%02X" : "%c",
			c);
	}
}

/*
 * The server decodes a path before splitting it, and clients resolve "." and ".."; such values are
 * sent in base64.
 */
static void put_label(FILE *out, const char *name, const char *value)
{
	bool whole = *value && !strchr(value, '/') && strcmp(value, ".") != 0 &&
		strcmp(value, "..") != 0;
	char *text = whole ? NULL : bt_base64((const uint8_t *)value, strlen(value));

	fprintf(out, "/%s%s/", name, whole ? "" : BASE64);
	if (!whole && *value)
		for (const char *c = text ? text : ""; *c && *c != '='; c++)
			putc(*c == '+' ? '-' : *c == '/' ? '_' : *c, out);
	else if (!whole)
		putc('=', out);
	for (; whole && *value; value++)
		fprintf(out,
			isalnum((unsigned char)*value) || strchr("-._~", *value) ? "%c" : "%%%02X",
			(unsigned char)*value);
	free(text);
}

char *bt_push_url(const char *base, const char *section)
{
	size_t len = strlen(base), size;
	char *utf8 = section ? bt_text_utf8(section) : NULL, *url = NULL;
	FILE *out = section && !utf8 ? NULL : open_memstream(&url, &size);
	bool whole;

	if (!out)
		goto out;
	while (len && base[len - 1] == '/')
		len--;
	put_url(out, base, len);
	if (!group_of(base)) {
		fputs("/metrics/job/benchtop", out);
		if (section)
			put_label(out, "section", utf8);
	}
	whole = !ferror(out);
	if (fclose(out) == EOF || !whole) {
		free(url);
		url = NULL;
	}
out:
	free(utf8);
	return url;
}
