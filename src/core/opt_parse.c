/* opt_parse.c: long options of a command line, read into the tables. */
#include "core/opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int unknown(const struct bt_opt_set *sets, unsigned n, const char *name, struct bt_err *err)
{
	const char *near = bt_opt_nearest(sets, n, name);

	if (near)
		return bt_fail(
			err, -EINVAL, "--%s: no such option; did you mean --%s?", name, near);
	return bt_fail(err, -EINVAL, "--%s: no such option; --help lists them", name);
}

/* One option at argv[*at]; *at moves past its value. */
static int parse_one(const struct bt_opt_set *sets, unsigned n, int argc, char *const *argv,
	int *at, struct bt_err *err)
{
	const char *arg = argv[*at] + 2, *eq = strchr(arg, '='), *value = NULL;
	const struct bt_opt *opt;
	char name[64];
	void *conf = NULL;
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);

	snprintf(name, sizeof(name), "%.*s", (int)BT_MIN(len, sizeof(name) - 1), arg);
	opt = bt_opt_find(sets, n, name, &conf);
	if (!opt)
		return unknown(sets, n, name, err);
	if (opt->type == BT_OPT_FLAG && eq)
		return bt_fail(err, -EINVAL, "--%s: '%s': expected no value", opt->name, eq + 1);
	if (opt->type != BT_OPT_FLAG) {
		if (!eq && *at + 1 >= argc)
			return bt_fail(
				err, -EINVAL, "--%s: expected a value: %s", opt->name, opt->arg);
		value = eq ? eq + 1 : argv[++*at];
	}
	return bt_opt_set_value(opt, conf, value, err);
}

int bt_opt_end(const struct bt_opt_set *sets, unsigned n, int argc, char *const *argv, int at)
{
	for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
		const struct bt_opt *opt = strncmp(argv[at], "--", 2) == 0
			? bt_opt_find(sets, n, argv[at] + 2, NULL)
			: NULL;

		at += opt && opt->type != BT_OPT_FLAG;
	}
	return BT_MIN(at, argc);
}

int bt_opt_parse(const struct bt_opt_set *sets, unsigned n, int argc, char *const *argv, int at,
	const char **words, unsigned max_words, unsigned *n_words, struct bt_err *err)
{
	bool ended = false;

	*n_words = 0;
	for (; at < argc; at++) {
		const char *arg = argv[at];

		if (!ended && strcmp(arg, "--") == 0) {
			ended = true;
		} else if (!ended && strncmp(arg, "--", 2) == 0) {
			int r = parse_one(sets, n, argc, argv, &at, err);

			if (r < 0)
				return r;
		} else if (!ended && arg[0] == '-' && arg[1]) {
			return bt_fail(err, -EINVAL,
				"%s: no such option; options are long: --help lists them", arg);
		} else if (*n_words == max_words) {
			return bt_fail(err, -EINVAL,
				"'%s': unexpected argument; --help shows the usage", arg);
		} else {
			words[(*n_words)++] = arg;
		}
	}
	return bt_opt_check_secrets(sets, n, NULL, err);
}
