#include "web5/dids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/input.h"
#include "web5/did.h"

#define FILE_MOST ((uint64_t)W5_DIDS_MAX * W5_DID_MAX)

void w5_dids_fini(struct w5_dids *dids)
{
	for (uint32_t i = 0; i < dids->n; i++)
		free(dids->v[i]);
	free(dids->v);
	*dids = (struct w5_dids){ .n = 0 };
}

static int add(struct w5_dids *dids, const char *did, struct bt_err *err)
{
	char **more;
	size_t n;

	if (!w5_did_method(&n, did, err))
		return -EINVAL;
	if (dids->n == W5_DIDS_MAX)
		return bt_fail(err, -EINVAL, "more than %d identifiers", W5_DIDS_MAX);
	more = bt_grow(dids->v, dids->n, sizeof(*more));
	if (!more)
		return bt_oom(err, "identifiers");
	dids->v = more;
	dids->v[dids->n] = strdup(did);
	if (!dids->v[dids->n])
		return bt_oom(err, "identifiers");
	dids->n++;
	return 0;
}

int w5_dids_of_file(struct w5_dids *dids, const char *path, struct bt_err *err)
{
	struct bt_input in;
	char *line;
	int r = bt_input_lines(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	if (r < 0)
		return r;
	while ((r = bt_input_line(&in, &line, err)) == 1) {
		size_t len = strlen(line);
		struct bt_err why;

		while (len > 0 && strchr(" \t", line[len - 1]))
			line[--len] = '\0';
		if (!len || line[0] == '#')
			continue;
		r = add(dids, line, &why);
		if (r < 0) {
			bt_fail(err, r, "%s:%lu: %s", path, in.line, why.msg);
			break;
		}
	}
	if (r == 0 && !dids->n)
		r = bt_fail(err, -ENODATA, "%s: no identifier in it", path);
	bt_input_close(&in);
	return r;
}

static int fill(char *out, size_t size, const char *text, uint64_t n, struct bt_err *err)
{
	size_t at = 0;

	for (; *text && at < size; text++) {
		bool number = text[0] == '%' && text[1] == 'd',
		     sign = text[0] == '%' && text[1] == '%';

		if (number)
			at += (size_t)snprintf(out + at, size - at, "%llu", (unsigned long long)n);
		else
			out[at++] = *text;
		text += number || sign;
	}
	if (at >= size)
		return bt_fail(err, -EINVAL, "'%.40s': longer than %zu characters", text, size - 1);
	out[at] = '\0';
	return 0;
}

int w5_dids_of_template(struct w5_dids *dids, const char *text, uint64_t count, struct bt_err *err)
{
	char did[W5_DID_MAX];
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count; i++) {
		r = fill(did, sizeof(did), text, i, err);
		if (r == 0)
			r = add(dids, did, err);
	}
	return r;
}

int w5_dids_generate(struct w5_dids *dids, enum w5_methods methods, uint64_t count, uint64_t seed,
	struct bt_err *err)
{
	char did[W5_DID_MAX];
	struct w5_key key;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count; i++) {
		bool jwk =
			methods == W5_ONLY_JWK || (methods == W5_ALL_METHODS && i / W5_CURVES % 2);

		w5_key_draw(&key, (enum w5_curve)(i % W5_CURVES), seed, i);
		if (!jwk)
			w5_did_of_key(did, &key);
		else if (w5_did_of_jwk(did, &key) < 0)
			return bt_oom(err, "identifiers");
		r = add(dids, did, err);
	}
	return r;
}
