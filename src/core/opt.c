#include "core/opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"

static const char *const expected[] = {
	[BT_OPT_COUNT] = "a whole number (k M G)",
	[BT_OPT_DURATION] = "a duration (250ms, 10s, 1m30s)",
	[BT_OPT_SIZE] = "a size (512, 64KiB, 10MiB)",
	[BT_OPT_SHARE] = "a share (5% or 0.05)",
	[BT_OPT_NUMBER] = "a number (k M G)",
	[BT_OPT_STEP] = "a number to add or xFACTOR to multiply by (10, x1.5)",
};

struct bt_opt_walk bt_opt_walk(const struct bt_opt *opts)
{
	return (struct bt_opt_walk){ .at = opts };
}

const struct bt_opt *bt_opt_next(struct bt_opt_walk *walk)
{
	const struct bt_opt *row = walk->at;

	if (row && row->group) {
		assert(!walk->outer);
		walk->outer = row + 1;
		walk->offset = row->offset;
		row = row->group;
	}
	if (row && !row->name && walk->outer) {
		*walk = bt_opt_walk(walk->outer);
		return bt_opt_next(walk);
	}
	if (!row || !row->name)
		return NULL;
	walk->at = row + 1;
	return row;
}

static void *field(const struct bt_opt *opt, void *conf)
{
	return (char *)conf + opt->offset;
}

static const void *field_of(const struct bt_opt *opt, const void *conf)
{
	return (const char *)conf + opt->offset;
}

static int refuse(struct bt_err *err, const struct bt_opt *opt, const char *text, const char *what)
{
	return bt_fail(err, -EINVAL, "--%s: '%s': expected %s", opt->name, text, what);
}

bool bt_opt_range(char *buf, size_t size, const struct bt_opt *opt)
{
	char lo[BT_FMT_MAX], hi[BT_FMT_MAX];

	if (opt->min == 0 && opt->max == 0)
		return false;
	if (opt->type == BT_OPT_DURATION) {
		bt_fmt_span(lo, sizeof(lo), (uint64_t)opt->min);
		bt_fmt_span(hi, sizeof(hi), (uint64_t)opt->max);
	} else {
		snprintf(lo, sizeof(lo), "%g", opt->min);
		snprintf(hi, sizeof(hi), "%.15g", opt->max);
	}
	snprintf(buf, size, "%s to %s", lo, hi);
	return true;
}

static int check_bounds(const struct bt_opt *opt, const char *text, double v, struct bt_err *err)
{
	char what[120], range[2 * BT_FMT_MAX];

	if (!bt_opt_range(range, sizeof(range), opt) || (v >= opt->min && v <= opt->max))
		return 0;
	snprintf(what, sizeof(what), "%s from %s", expected[opt->type], range);
	return refuse(err, opt, text, what);
}

static int set_choice(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	char what[200] = "";

	for (int i = 0; opt->choices[i]; i++) {
		if (strcmp(opt->choices[i], text) == 0) {
			*(int *)field(opt, conf) = i;
			return 0;
		}
		bt_text_add(what, sizeof(what), "%s%s", i ? "|" : "", opt->choices[i]);
	}
	return refuse(err, opt, text, what);
}

static int set_step(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	struct bt_step step = { .times = text[0] == 'x' };

	if (bt_parse_number(&step.value, text + step.times) < 0)
		return refuse(err, opt, text, expected[opt->type]);
	if (step.times ? step.value <= 1 : step.value <= 0)
		return refuse(err, opt, text, step.times ? "a factor above 1" : "a number above 0");
	*(struct bt_step *)field(opt, conf) = step;
	return 0;
}

static int set_list(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	struct bt_list *list = field(opt, conf);

	if (list->n == BT_LIST_MAX)
		return bt_fail(err, -EINVAL, "--%s: '%s': expected at most %d of them", opt->name,
			text, BT_LIST_MAX);
	list->v[list->n++] = text;
	return 0;
}

static int set_whole(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	uint64_t u;
	int r;

	if (opt->type == BT_OPT_COUNT)
		r = bt_parse_count(&u, text);
	else if (opt->type == BT_OPT_DURATION)
		r = bt_parse_duration(&u, text);
	else
		r = bt_parse_size(&u, text);
	if (r < 0)
		return refuse(err, opt, text, expected[opt->type]);
	r = check_bounds(opt, text, (double)u, err);
	if (r == 0)
		*(uint64_t *)field(opt, conf) = u;
	return r;
}

static int set_real(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	double d;
	int r = opt->type == BT_OPT_SHARE ? bt_parse_share(&d, text) : bt_parse_number(&d, text);

	if (r < 0)
		return refuse(err, opt, text, expected[opt->type]);
	r = check_bounds(opt, text, d, err);
	if (r == 0)
		*(double *)field(opt, conf) = d;
	return r;
}

int bt_opt_set_value(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err)
{
	switch (opt->type) {
	case BT_OPT_FLAG:
		*(bool *)field(opt, conf) = true;
		return 0;
	case BT_OPT_COUNT:
	case BT_OPT_DURATION:
	case BT_OPT_SIZE:
		return set_whole(opt, conf, text, err);
	case BT_OPT_SHARE:
	case BT_OPT_NUMBER:
		return set_real(opt, conf, text, err);
	case BT_OPT_CHOICE:
		return set_choice(opt, conf, text, err);
	case BT_OPT_TEXT:
		if (!bt_utf8_valid(text, strlen(text)))
			return refuse(err, opt, text, "UTF-8 text");
		/* fallthrough */
	case BT_OPT_PATH:
		*(const char **)field(opt, conf) = text;
		return 0;
	case BT_OPT_STEP:
		return set_step(opt, conf, text, err);
	case BT_OPT_LIST:
		if (!bt_utf8_valid(text, strlen(text)))
			return refuse(err, opt, text, "UTF-8 text");
		/* fallthrough */
	case BT_OPT_PATHS:
		return set_list(opt, conf, text, err);
	}
	return bt_fail(err, -EINVAL, "--%s: unknown type of option", opt->name);
}

void bt_opt_defaults(const struct bt_opt *opts, void *conf)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
		void *own = (char *)conf + walk.offset;
		int r = o->dflt ? bt_opt_set_value(o, own, o->dflt, NULL) : 0;

		assert(r == 0);
		(void)r;
	}
}

/* The walk stands behind the row that is returned. */
static const struct bt_opt *walk_to(struct bt_opt_walk *walk, const char *name)
{
	const struct bt_opt *o;

	do
		o = bt_opt_next(walk);
	while (o && strcmp(o->name, name) != 0);
	return o;
}

const struct bt_opt *bt_opt_row(const struct bt_opt *opts, const char *name)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	return walk_to(&walk, name);
}

const struct bt_opt *bt_opt_find(
	const struct bt_opt_set *sets, unsigned n, const char *name, void **conf)
{
	for (unsigned i = 0; i < n; i++) {
		struct bt_opt_walk walk = bt_opt_walk(sets[i].opts);
		const struct bt_opt *o = walk_to(&walk, name);

		if (o && conf)
			*conf = (char *)sets[i].conf + walk.offset;
		if (o)
			return o;
	}
	return NULL;
}

const char *bt_opt_nearest(const struct bt_opt_set *sets, unsigned n, const char *name)
{
	const char *best = NULL;
	unsigned limit = strlen(name) <= 4 ? 1 : 2, least = limit + 1;

	for (unsigned i = 0; i < n; i++) {
		struct bt_opt_walk walk = bt_opt_walk(sets[i].opts);

		for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
			unsigned d = bt_distance(name, o->name, limit);

			if (d < least ||
				(!best && least == limit + 1 && strlen(name) >= 3 &&
					strncmp(o->name, name, strlen(name)) == 0)) {
				best = o->name;
				least = BT_MIN(d, least);
			}
		}
	}
	return best;
}

bool bt_opt_is_list(const struct bt_opt *opt)
{
	return opt->type == BT_OPT_LIST || opt->type == BT_OPT_PATHS;
}

unsigned bt_opt_count(const struct bt_opt *opt, const void *conf)
{
	const void *p = field_of(opt, conf);

	if (bt_opt_is_list(opt))
		return ((const struct bt_list *)p)->n;
	if (opt->type == BT_OPT_TEXT || opt->type == BT_OPT_PATH)
		return *(const char *const *)p != NULL;
	return 1;
}

char *bt_opt_value(const struct bt_opt *opt, const void *conf, unsigned i)
{
	const void *p = field_of(opt, conf);
	const struct bt_step *step = p;
	char buf[64];

	switch (opt->type) {
	case BT_OPT_FLAG:
		return strdup(*(const bool *)p ? "yes" : "no");
	case BT_OPT_COUNT:
	case BT_OPT_SIZE:
		snprintf(buf, sizeof(buf), "%llu", (unsigned long long)*(const uint64_t *)p);
		break;
	case BT_OPT_DURATION:
		bt_fmt_span(buf, sizeof(buf), *(const uint64_t *)p);
		break;
	case BT_OPT_SHARE:
		snprintf(buf, sizeof(buf), "%.10g%%", *(const double *)p * 100);
		break;
	case BT_OPT_NUMBER:
		snprintf(buf, sizeof(buf), "%.15g", *(const double *)p);
		break;
	case BT_OPT_CHOICE:
		return strdup(opt->choices[*(const int *)p]);
	case BT_OPT_TEXT:
	case BT_OPT_PATH:
		return strdup(*(const char *const *)p);
	case BT_OPT_STEP:
		snprintf(buf, sizeof(buf), "%s%.15g", step->times ? "x" : "", step->value);
		break;
	case BT_OPT_LIST:
	case BT_OPT_PATHS:
		return strdup(((const struct bt_list *)p)->v[i]);
	}
	return strdup(buf);
}

bool bt_opt_is_set(const struct bt_opt *opt, const void *conf)
{
	const void *p = field_of(opt, conf);

	switch (opt->type) {
	case BT_OPT_FLAG:
		return *(const bool *)p;
	case BT_OPT_COUNT:
	case BT_OPT_SIZE:
	case BT_OPT_DURATION:
		return *(const uint64_t *)p != 0;
	case BT_OPT_SHARE:
	case BT_OPT_NUMBER:
		return *(const double *)p != 0;
	case BT_OPT_CHOICE:
		return true;
	case BT_OPT_TEXT:
	case BT_OPT_PATH:
		return *(const char *const *)p != NULL;
	case BT_OPT_STEP:
		return ((const struct bt_step *)p)->value != 0;
	case BT_OPT_LIST:
	case BT_OPT_PATHS:
		return ((const struct bt_list *)p)->n != 0;
	}
	return false;
}
