/*
 * secret.h: credentials in the values of options. The history keeps options with the run, so URLs
 * must not hold credentials, and headers that do come from a file. Only this file knows what
 * credentials look like: the command line refuses them, and everything stored, shown or exported
 * has BT_MASK in their place. A masked value cannot run again. Pure; any thread.
 */
#ifndef BT_SECRET_H
#define BT_SECRET_H

#include "base/base.h"

#define BT_MASK "***"

enum bt_secret {
	BT_SECRET_NONE,
	BT_SECRET_LOGIN,  /* a name or password in front of a URL's host */
	BT_SECRET_QUERY,  /* a parameter in a URL's query or fragment */
	BT_SECRET_HEADER, /* a header line */
};

/* One secret in a text: the bytes of the value, and the name it has (empty for a login). */
struct bt_secret_span {
	enum bt_secret kind;
	const char *name, *value;
	size_t name_len, value_len;
	bool masked;
};

/* Whether a word of the name is token, key, secret, auth, cookie, session, or the like: X-Api-Key,
 * Set-Cookie; not X-Monkey. */
bool bt_secret_is_header(const char *name, size_t len);

/*
 * The first secret in the value of an option that takes a URL, at `after` or behind it (NULL: from
 * the beginning). A value that is only placeholders (%{n}) is none. BT_SECRET_NONE: there is none.
 */
enum bt_secret bt_secret_in_url(struct bt_secret_span *out, const char *url, const char *after);

/*
 * The same for a header line NAME: VALUE. `allowed` holds n names of --allow-header. `joined`:
 * older versions joined several lines with commas, so a name may follow any comma, and the span
 * reaches to the end.
 */
enum bt_secret bt_secret_in_header(struct bt_secret_span *out, const char *line,
	const char *const *allowed, size_t n, bool joined);

/*
 * The value of the option `name` (which may be NULL: a word of its own) with its secrets masked,
 * malloc'd; NULL: out of memory. `header` values are header lines, `joined` as above; any other
 * value that begins with a scheme is a URL.
 */
char *bt_secret_mask(
	const char *name, const char *value, const char *const *allowed, size_t n, bool joined);

/* Whether an option's value is a header line. */
bool bt_secret_takes_header(const char *option);

/* A command line as a shell reads it, with the secrets of its words masked, malloc'd; NULL: out of
 * memory. */
char *bt_secret_mask_line(const char *line);

#endif
