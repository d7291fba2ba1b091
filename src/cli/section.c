#include "cli/section.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/text.h"
#include "cli/run_options.h"
#include "core/profile.h"
#include "base/ini.h"

#define LEAST_NS BT_NS_PER_MS /* what is shorter is no stage */

struct stages {
	FILE *out;  /* writes text */
	char *text; /* owned */
	size_t len;
	uint64_t warm_ns, scored_ns, paused_ns; /* paused_ns: after the first scored load */
	double first;                           /* rate of the first, op/s */
	double from, to; /* of the one that neighbours of the same rate are added to */
	uint64_t span_ns;
};

static void put_stage(struct stages *s)
{
	char span[BT_FMT_MAX], rate[64];

	if (s->span_ns < LEAST_NS)
		return;
	snprintf(rate, sizeof(rate), s->from == s->to ? "%.9g" : "%.9g..%.9g", s->from, s->to);
	bt_print(s->out, "%s%s@%s", ftell(s->out) > 0 ? "," : "", rate,
		bt_fmt_span(span, sizeof(span), s->span_ns));
	s->span_ns = 0;
}

static void add_segment(struct stages *s, const struct bt_segment_record *rec, uint64_t now_ns)
{
	uint64_t end_ns = BT_MIN(rec->result.end_ns, now_ns);
	uint64_t span_ns = end_ns - BT_MIN(rec->result.start_ns, end_ns);
	bool open = rec->plan.mode == BT_OPEN;
	double from = open ? bt_rate_at(&rec->plan, 0) : 0;
	double to = open ? bt_rate_at(&rec->plan, span_ns) : 0;

	if (rec->plan.scored)
		s->scored_ns += span_ns;
	else if (rec->plan.mode == BT_IDLE && s->scored_ns)
		s->paused_ns += span_ns;
	if (rec->plan.mode != BT_IDLE && !rec->plan.scored && s->first == 0) {
		s->warm_ns += span_ns;
		return;
	}
	if (open && s->first == 0)
		s->first = from;
	if (s->first == 0 || (from > 0) != (to > 0))
		return; /* a pause before anything was offered */
	if (s->span_ns && (s->from != s->to || from != to || s->from != from))
		put_stage(s);
	if (s->span_ns == 0)
		s->from = from;
	s->to = to;
	s->span_ns += span_ns;
}

/* 0, -ENOMEM. */
static int find_stages(struct stages *s, const struct bt_tally *tally)
{
	unsigned i;
	bool whole;

	*s = (struct stages){ 0 };
	s->out = open_memstream(&s->text, &s->len);
	if (!s->out)
		return -ENOMEM;
	for (i = 0; i < tally->n_segments; i++)
		add_segment(s, &tally->segments[i], tally->last->t_ns);
	if (s->from > 0) /* not a pause at the end */
		put_stage(s);
	whole = !ferror(s->out);
	return fclose(s->out) == 0 && whole ? 0 : -ENOMEM;
}

/* What the stages stand for, and what is not for suites. */
static bool is_replaced(const struct bt_run_info *info, const char *name)
{
	static const char *const load[] = { "profile", "rate", "duration", "ops", "warmup" };
	const struct bt_profile *profile = bt_profile_find(info->profile);
	unsigned i;

	for (i = 0; i < BT_LEN(load); i++)
		if (strcmp(load[i], name) == 0)
			return true;
	return (profile && bt_opt_row(profile->opts, name)) || !bt_run_options_find(name);
}

static void print_settings(FILE *out, const struct bt_run_info *info)
{
	unsigned i;

	for (i = 0; i < info->n_settings; i++)
		if (!is_replaced(info, info->settings[i].name))
			bt_ini_put(out, info->settings[i].name, info->settings[i].value);
}

static void print_section(FILE *out, const struct bt_run_info *info, const struct stages *s)
{
	char span[BT_FMT_MAX];

	fprintf(out, "# The load of run %llu as it really was; benchtop suite FILE repeats it.\n",
		(unsigned long long)info->id);
	if (!s->len && s->paused_ns)
		bt_print(out,
			"# Its pauses, %s in all, are not repeated: stages are for loads with a "
			"rate.\n",
			bt_fmt_span(span, sizeof(span), s->paused_ns));
	fputs("[again]\n", out);
	bt_ini_put(out, "workload", info->workload);
	if (s->len)
		bt_print(out, "profile = stages\nrate = %.9g\nstages = %s\n", s->first, s->text);
	else
		bt_print(out, "duration = %s\n",
			bt_fmt_span(span, sizeof(span), BT_MAX(s->scored_ns, LEAST_NS)));
	if (s->warm_ns)
		bt_print(out, "warmup = %s\n", bt_fmt_span(span, sizeof(span), s->warm_ns));
	print_settings(out, info);
}

/* Beside its place first: what stands there is whole, and nothing that was there before is
 * overwritten. */
static int write_file(const char *path, const struct bt_run_info *info, const struct stages *s,
	struct bt_err *err)
{
	char beside[PATH_MAX];
	int code = 0;
	FILE *out;

	if (snprintf(beside, sizeof(beside), "%s.%d.part", path, (int)getpid()) >=
		(int)sizeof(beside))
		return bt_fail(err, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	out = fopen(beside, "wxe");
	if (!out)
		return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	print_section(out, info, s);
	if (ferror(out) || fflush(out) == EOF || fsync(fileno(out)) < 0)
		code = errno ? errno : EIO;
	if (fclose(out) == EOF && !code)
		code = errno;
	if (!code && link(beside, path) < 0)
		code = errno;
	unlink(beside);
	return code ? bt_fail(err, -code, "%s: %s", path, strerror(code)) : 0;
}

int bt_section_write(const struct bt_tally *tally, const char *path, struct bt_err *err)
{
	struct stages s;
	int r;

	if (tally->segments_dropped)
		return bt_fail(err, -E2BIG, "the load has more than the %u segments that are kept",
			tally->n_segments);
	r = find_stages(&s, tally);
	if (r < 0)
		r = bt_fail(err, r, "out of memory");
	else if (!s.len && !s.scored_ns)
		r = bt_fail(err, -EINVAL, "nothing was offered yet");
	else
		r = write_file(path, tally->info, &s, err);
	free(s.text);
	return r;
}
