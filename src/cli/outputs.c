#include "cli/outputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/place.h"
#include "cli/cli.h"

/* "csv:run.csv": the format, and where the file's name begins. */
static const struct bt_export_format *split(const char *text, const char **path)
{
	size_t n = strcspn(text, ":");
	char name[32];

	if (!text[n] || !text[n + 1] || n >= sizeof(name))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	*path = text + n + 1;
	return bt_export_find(name);
}

static bool is_stdout(const char *path)
{
	struct bt_place place;

	return bt_place_find(&place, path, NULL) == 0 && place.own == STDOUT_FILENO;
}

static unsigned on_stdout(const struct bt_list *texts)
{
	const char *path = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < texts->n; i++)
		n += split(texts->v[i], &path) && is_stdout(path);
	return n;
}

bool bt_outputs_take_stdout(const struct bt_list *texts)
{
	return on_stdout(texts) > 0;
}

int bt_outputs_check(const struct bt_list *texts, bool json, struct bt_err *err)
{
	char names[200];
	const char *path;

	if (on_stdout(texts) + json > 1)
		return bt_fail(err, -EINVAL, "--out: expected one of %s on standard output",
			json ? "it and --json" : "them");

	if (texts->n > BT_OUTPUTS_MAX)
		return bt_fail(err, -EINVAL, "--out: %u files: expected at most %d", texts->n,
			BT_OUTPUTS_MAX);
	for (unsigned i = 0; i < texts->n; i++)
		if (!split(texts->v[i], &path))
			return bt_fail(err, -EINVAL,
				"--out: '%.100s': expected FORMAT:FILE with one of: %s",
				texts->v[i], bt_export_names(names, sizeof(names)));
	return 0;
}

int bt_outputs_places(const struct bt_list *texts, struct bt_places *places, struct bt_err *err)
{
	const char *path = NULL;
	int r = 0;

	for (unsigned i = 0; i < texts->n && r == 0; i++)
		if (split(texts->v[i], &path))
			r = bt_places_output(places, "--out", path, err);
	return r;
}

int bt_outputs_open(struct bt_outputs *all, const struct bt_list *texts, struct bt_err *err)
{
	const char *path = NULL;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < texts->n; i++) {
		const struct bt_export_format *format = split(texts->v[i], &path);

		r = bt_export_open(&all->v[all->n], format, path, true, err);
		all->n += r == 0;
	}
	if (r < 0)
		bt_outputs_close(all);
	return r;
}

int bt_outputs_start(struct bt_outputs *all, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < all->n; i++)
		r = bt_export_start(all->v[i], err);
	return r < 0 ? bt_fail_in(err, "--out"), r : 0;
}

static void drop(struct bt_outputs *all, unsigned i, const struct bt_err *err)
{
	bt_cli_fail(0, "--out: %s", err->msg);
	bt_export_close(all->v[i], false, NULL);
	all->v[i] = NULL;
	all->failed = true;
}

void bt_outputs_begin(struct bt_outputs *all, const struct bt_run_info *info)
{
	struct bt_err err;

	for (unsigned i = 0; i < all->n; i++)
		if (all->v[i] && bt_export_begin(all->v[i], info, &err) < 0)
			drop(all, i, &err);
}

void bt_outputs_put(
	struct bt_outputs *all, const struct bt_tally *tally, const struct bt_snapshot *snap)
{
	struct bt_err err;

	for (unsigned i = 0; i < all->n; i++)
		if (all->v[i] && bt_export_put(all->v[i], tally, snap, &err) < 0)
			drop(all, i, &err);
}

void bt_outputs_end(struct bt_outputs *all, const struct bt_tally *tally, const char *report)
{
	struct bt_err err;

	for (unsigned i = 0; i < all->n; i++) {
		if (!all->v[i])
			continue;
		if (!report || bt_export_end(all->v[i], tally, report, &err) < 0) {
			if (report)
				drop(all, i, &err);
			continue;
		}
		if (bt_export_close(all->v[i], true, &err) < 0) {
			bt_cli_fail(0, "--out: %s", err.msg);
			all->failed = true;
		}
		all->v[i] = NULL;
	}
}

void bt_outputs_close(struct bt_outputs *all)
{
	for (unsigned i = 0; i < all->n; i++) {
		bt_export_close(all->v[i], false, NULL);
		all->v[i] = NULL;
	}
	all->n = 0;
}
