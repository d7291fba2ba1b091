#include "export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole.h"

extern const struct bt_export_format bt_export_json, bt_export_ndjson, bt_export_csv,
	bt_export_hgrm, bt_export_hlog, bt_export_junit, bt_export_markdown, bt_export_benchstat,
	bt_export_html;

const struct bt_export_format *const bt_export_formats[] = {
	&bt_export_json,
	&bt_export_ndjson,
	&bt_export_csv,
	&bt_export_hgrm,
	&bt_export_hlog,
	&bt_export_junit,
	&bt_export_markdown,
	&bt_export_benchstat,
	&bt_export_html,
	NULL,
};

struct bt_export {
	const struct bt_export_format *format;
	struct bt_whole file;
	bool live;
	unsigned runs;
	void *state;
};

const struct bt_export_format *bt_export_find(const char *name)
{
	for (unsigned i = 0; bt_export_formats[i]; i++)
		if (strcmp(bt_export_formats[i]->name, name) == 0)
			return bt_export_formats[i];
	return NULL;
}

char *bt_export_names(char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; bt_export_formats[i] && n < size; i++)
		n += (size_t)snprintf(
			buf + n, size - n, "%s%s", n ? ", " : "", bt_export_formats[i]->name);
	return buf;
}

int bt_export_open(struct bt_export **out, const struct bt_export_format *format, const char *path,
	bool live, struct bt_err *err)
{
	struct bt_export *e = calloc(1, sizeof(*e));
	int r;

	*out = NULL;
	if (e)
		e->state = calloc(1, BT_MAX(format->state_size, 1));
	if (!e || !e->state) {
		free(e);
		return bt_oom(err, "%s", path);
	}
	e->format = format;
	e->live = live;
	r = live ? bt_whole_prepare(&e->file, path, format->grows, err)
		 : bt_whole_open(&e->file, path, err);
	if (r < 0) {
		free(e->state);
		free(e);
		return r;
	}
	*out = e;
	return 0;
}

/* What a format could not do is said of the file; what the file could not is found when it is
 * closed. */
static int said(const struct bt_export *e, int r, struct bt_err *err)
{
	if (r < 0)
		bt_fail_in(err, "%s", e->file.path);
	else if (e->live && e->format->grows)
		fflush(e->file.out);
	return r;
}

int bt_export_start(struct bt_export *e, struct bt_err *err)
{
	return bt_whole_start(&e->file, err);
}

int bt_export_begin(struct bt_export *e, const struct bt_run_info *info, struct bt_err *err)
{
	int r = bt_whole_start(&e->file, err);

	if (r < 0)
		return r;
	if (e->runs && !e->format->several)
		return bt_fail(err, -EINVAL, "%s: a file of the format %s has one run",
			e->file.path, e->format->name);
	e->runs++;
	return e->format->begin ? said(e, e->format->begin(e->state, e->file.out, info, err), err)
				: 0;
}

int bt_export_put(struct bt_export *e, const struct bt_tally *tally, const struct bt_snapshot *snap,
	struct bt_err *err)
{
	return e->format->put
		? said(e, e->format->put(e->state, e->file.out, tally, snap, err), err)
		: 0;
}

int bt_export_end(
	struct bt_export *e, const struct bt_tally *tally, const char *report, struct bt_err *err)
{
	json_t *object = json_loads(report, 0, NULL);
	int r = object ? 0 : bt_oom(err, "%s", e->file.path);

	if (r == 0 && e->format->end)
		r = said(e, e->format->end(e->state, e->file.out, tally, object, err), err);
	json_decref(object);
	return r;
}

int bt_export_close(struct bt_export *e, bool keep, struct bt_err *err)
{
	int r;

	if (!e)
		return 0;
	if (e->format->close)
		e->format->close(e->state, e->file.out);
	r = bt_whole_close(&e->file, keep, err);
	free(e->state);
	free(e);
	return r;
}
