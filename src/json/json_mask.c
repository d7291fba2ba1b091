/*
 * Older versions kept credentials in URLs and headers with a run. Every document from the history,
 * a file or a socket passes here, so that nothing shows, exports or rewrites them.
 */
#include "json/json.h"

#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"

#define ALLOWED_MOST 64

struct names {
	const char *v[ALLOWED_MOST];
	size_t n;
};

static json_t *masked(const char *name, const json_t *value, const struct names *allowed, bool one)
{
	char *text = bt_secret_mask(name, json_string_value(value), allowed->v, allowed->n, one);
	json_t *out = text ? bt_json_string(text) : NULL;

	free(text);
	return out;
}

/*
 * A value is a text or a list of texts. One text may be several headers joined with commas, as
 * older versions stored them.
 */
static int mask_option(
	json_t *options, const char *name, json_t *value, const struct names *allowed)
{
	json_t *element;
	size_t i;

	if (json_is_string(value))
		return bt_json_set(options, name, masked(name, value, allowed, true));
	json_array_foreach(value, i, element)
	{
		if (json_is_string(element) &&
			json_array_set_new(value, i, masked(name, element, allowed, false)) < 0)
			return -1;
	}
	return 0;
}

static void add_allowed(struct names *allowed, const json_t *value)
{
	json_t *element;
	size_t i;

	if (json_is_string(value) && allowed->n < ALLOWED_MOST)
		allowed->v[allowed->n++] = json_string_value(value);
	json_array_foreach((json_t *)value, i, element)
	{
		if (json_is_string(element) && allowed->n < ALLOWED_MOST)
			allowed->v[allowed->n++] = json_string_value(element);
	}
}

static int mask_options(json_t *options)
{
	/* The names must outlive the replaced values. */
	json_t *allow = json_incref(json_object_get(options, "allow-header")), *value;
	struct names allowed = { .n = 0 };
	const char *name;
	int r = 0;

	add_allowed(&allowed, allow);
	json_object_foreach(options, name, value)
	{
		if (r == 0)
			r = mask_option(options, name, value, &allowed);
	}
	json_decref(allow);
	return r;
}

static int mask_command(json_t *document)
{
	const char *line = json_string_value(json_object_get(document, "command_line"));
	char *text = line ? bt_secret_mask_line(line) : NULL;
	int r = text ? json_object_set_new(document, "command_line", bt_json_string(text)) : 0;

	free(text);
	return line && !text ? -1 : r;
}

int bt_json_mask(json_t *document)
{
	if (mask_options(json_object_get(document, "options")) < 0 ||
		mask_options(json_object_get(document, "settings")) < 0 ||
		mask_options(json_object_get(json_object_get(document, "about"), "options")) < 0 ||
		mask_command(document) < 0)
		return -ENOMEM;
	return 0;
}
