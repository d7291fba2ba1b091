#include "cli/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/path.h"
#include "base/place.h"

enum role {
	INPUT,
	OUTPUT,
	HISTORY, /* an output that may lie below a directory that is read */
};

struct bt_place_named {
	struct bt_place at;
	const char *option;
	char *path; /* as it was named */
	enum role role;
};

static bool spoils(const struct bt_place_named *a, const struct bt_place_named *b)
{
	return a->role == OUTPUT && b->role == INPUT && bt_place_within(&a->at, &b->at);
}

static bool collide(const struct bt_place_named *a, const struct bt_place_named *b)
{
	if (a->role == INPUT && b->role == INPUT)
		return false;
	return bt_place_same(&a->at, &b->at) || spoils(a, b) || spoils(b, a);
}

static int add(struct bt_places *all, enum role role, const char *option, const char *path,
	struct bt_err *err)
{
	struct bt_place_named *v, *one;

	if (!path || !*path)
		return 0;
	v = bt_grow(all->v, all->n, sizeof(*v));
	if (!v)
		return bt_oom(err, "%s", option);
	all->v = v;
	one = &v[all->n];
	one->option = option;
	one->role = role;
	if (bt_place_find(&one->at, path, NULL) < 0)
		return 0; /* opening it reports why */
	for (size_t i = 0; i < all->n; i++)
		if (collide(&v[i], one))
			return bt_fail(err, -EINVAL,
				"%s '%s' and %s '%s' are the same file; name another output",
				option, path, v[i].option, v[i].path);
	one->path = strdup(path);
	if (!one->path)
		return bt_oom(err, "%s", option);
	all->n++;
	return 0;
}

int bt_places_output(
	struct bt_places *all, const char *option, const char *path, struct bt_err *err)
{
	struct bt_place place;

	if (path && bt_place_find(&place, path, NULL) == 0 && place.own == STDOUT_FILENO)
		return 0; /* bt_outputs_check refuses two outputs there */
	return add(all, OUTPUT, option, path, err);
}

int bt_places_input(struct bt_places *all, const char *option, const char *path, struct bt_err *err)
{
	return path && strcmp(path, "-") != 0 ? add(all, INPUT, option, path, err) : 0;
}

int bt_places_history(struct bt_places *all, const char *db, struct bt_err *err)
{
	static const char *const beside[] = { "-wal", "-shm", "-journal" };
	char path[PATH_MAX + 16];
	struct bt_place place;
	int r = 0;

	if (!db && bt_history_path(path, PATH_MAX, NULL) == 0)
		db = path;
	/* SQLite follows links, and keeps the others beside the file itself. */
	if (db && bt_place_find(&place, db, NULL) == 0) {
		r = add(all, HISTORY, "the history", place.path, err);
		for (size_t i = 0; i < BT_LEN(beside) && r == 0; i++) {
			snprintf(path, sizeof(path), "%s%s", place.path, beside[i]);
			r = add(all, HISTORY, "a file of the history", path, err);
		}
	}
	return r == 0 ? add(all, OUTPUT, "standard output", "-", err) : r;
}

static int add_option(
	struct bt_places *all, const struct bt_opt *opt, const void *conf, struct bt_err *err)
{
	const void *field = (const char *)conf + opt->offset;
	const struct bt_list *list = field;
	int r = 0;

	if (opt->type == BT_OPT_TEXT || opt->type == BT_OPT_PATH)
		return bt_places_input(all, opt->name, *(const char *const *)field, err);
	for (unsigned i = 0; bt_opt_is_list(opt) && i < list->n && r == 0; i++)
		r = bt_places_input(all, opt->name, list->v[i], err);
	return r;
}

int bt_places_options(
	struct bt_places *all, const struct bt_opt *opts, const void *conf, struct bt_err *err)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);
	int r = 0;

	for (const struct bt_opt *o; r == 0 && (o = bt_opt_next(&walk)) != NULL;)
		r = add_option(all, o, (const char *)conf + walk.offset, err);
	return r;
}

void bt_places_fini(struct bt_places *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->v[i].path);
	free(all->v);
	*all = (struct bt_places){ 0 };
}
