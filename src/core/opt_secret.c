/* opt_secret.c: options that would keep credentials with the run. One check for every table that is
 * read from words or a file. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "core/opt.h"

/* Names the options for what the URL must not hold. */
static const char *supplier(const struct bt_opt_set *set, const char *name, enum bt_secret kind)
{
	if (strcmp(name, "proxy") == 0 || strcmp(name, "push") == 0)
		return "expected a URL without it";
	if (kind == BT_SECRET_QUERY)
		return bt_opt_row(set->opts, "header-file") ? "give it by --header-file"
							    : "expected a URL without it";
	if (bt_opt_row(set->opts, "rpc-password-file"))
		return "give it by --cookie-file, or --rpc-user and --rpc-password-file";
	return bt_opt_row(set->opts, "password-file") ? "give it by --user and --password-file"
						      : "expected a URL without it";
}

static int check_url(const struct bt_opt_set *set, const struct bt_opt *opt, const char *url,
	struct bt_err *warning, struct bt_err *err)
{
	struct bt_secret_span s = { 0 };
	enum bt_secret kind = bt_secret_in_url(&s, url, NULL);
	const char *end = s.masked ? "is masked" : "would be kept with the run";

	if (kind == BT_SECRET_LOGIN)
		return bt_fail(err, -EINVAL, "--%s: the URL holds a name or password, which %s; %s",
			opt->name, end, supplier(set, opt->name, kind));
	if (kind == BT_SECRET_QUERY && (s.masked || !warning))
		return bt_fail(err, -EINVAL, "--%s: the URL holds '%.*s', which %s; %s", opt->name,
			(int)BT_MIN(s.name_len, 60), s.name, end, supplier(set, opt->name, kind));
	if (kind == BT_SECRET_QUERY && !warning->code)
		bt_fail(warning, -EINVAL,
			"%s: the value of '%.*s' in the URL is sent, and kept only masked; "
			"header-file keeps it out of the suite",
			opt->name, (int)BT_MIN(s.name_len, 60), s.name);
	return 0;
}

static int check_headers(const struct bt_list *list, const struct bt_list *allowed,
	struct bt_err *warning, struct bt_err *err)
{
	for (unsigned i = 0; i < list->n; i++) {
		struct bt_secret_span s;

		if (!bt_secret_in_header(&s, list->v[i], allowed->v, allowed->n, false))
			continue;
		if (s.masked)
			return bt_fail(err, -EINVAL,
				"--header: the value of '%.*s' is masked; give it by --header-file",
				(int)BT_MIN(s.name_len, 60), s.name);
		if (!warning)
			return bt_fail(err, -EINVAL,
				"--header: '%.*s' would be kept with the run; give it by "
				"--header-file, or --allow-header %.*s",
				(int)BT_MIN(s.name_len, 60), s.name, (int)BT_MIN(s.name_len, 60),
				s.name);
		if (!warning->code)
			bt_fail(warning, -EINVAL,
				"header: the value of '%.*s' is sent, and kept only masked; "
				"header-file keeps it out of the suite",
				(int)BT_MIN(s.name_len, 60), s.name);
	}
	return 0;
}

static int check_option(const struct bt_opt_set *set, const struct bt_opt *opt, const void *field,
	struct bt_err *warning, struct bt_err *err)
{
	static const struct bt_list none = { 0 };
	const struct bt_opt *allow;
	void *conf;

	if (opt->type == BT_OPT_TEXT && opt->arg && strstr(opt->arg, "URL") &&
		*(const char *const *)field)
		return check_url(set, opt, *(const char *const *)field, warning, err);
	if (opt->type != BT_OPT_LIST || !bt_secret_takes_header(opt->name))
		return 0;
	allow = bt_opt_find(set, 1, "allow-header", &conf);
	return check_headers(field,
		allow ? (const void *)((const char *)conf + allow->offset) : &none, warning, err);
}

int bt_opt_check_secrets(
	const struct bt_opt_set *sets, unsigned n, struct bt_err *warning, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = 0; i < n; i++) {
		struct bt_opt_walk walk = bt_opt_walk(sets[i].opts);

		for (const struct bt_opt *o; r == 0 && (o = bt_opt_next(&walk)) != NULL;)
			r = check_option(&sets[i], o,
				(const char *)sets[i].conf + walk.offset + o->offset, warning, err);
	}
	return r;
}
