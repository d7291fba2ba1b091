/* threshold_parse.c: NAME OP VALUE [@window=DURATION] [@after=DURATION] [:abort], and the figure
 * that a name means. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "judge/threshold.h"

const char *const bt_threshold_op_name[] = { "<", "<=", ">", ">=", NULL };
const char *const bt_threshold_verdict_name[] = { "unknown", "held", "crossed", NULL };

#define WINDOW_MIN_NS BT_NS_PER_S

static const char *const stats[] = { [BT_Q50] = "p50",
	[BT_Q90] = "p90",
	[BT_Q95] = "p95",
	[BT_Q99] = "p99",
	[BT_Q999] = "p999",
	[BT_STAT_MEAN] = "mean",
	[BT_STAT_MAX] = "max" };

static const struct {
	const char *prefix;
	enum bt_threshold_source source;
} latencies[] = {
	{ "queue.", BT_OF_QUEUE },
	{ "service.", BT_OF_SERVICE },
	{ "response.", BT_OF_RESPONSE },
	{ "lag.", BT_OF_LAG },
	{ "lag_ns.", BT_OF_LAG },
};

static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : text;
}

static bool find_latency(struct bt_threshold *t, const struct bt_run_info *info)
{
	const char *name = behind(t->name, "latency_ns."), *stat = name;

	t->source = info->open_loop ? BT_OF_RESPONSE : BT_OF_SERVICE;
	for (size_t i = 0; i < BT_LEN(latencies) && stat == name; i++) {
		stat = behind(name, latencies[i].prefix);
		if (stat != name)
			t->source = latencies[i].source;
	}
	if (!info->open_loop && t->source != BT_OF_SERVICE)
		return false;
	for (t->row = 0; t->row < BT_STATS; t->row++)
		if (strcmp(stat, stats[t->row]) == 0)
			break;
	t->unit = BT_UNIT_NS;
	t->grows = t->row == BT_STAT_MAX;
	return t->row < BT_STATS;
}

static bool find_field(struct bt_threshold *t, const struct bt_run_info *info)
{
	const struct bt_figure *f = bt_figure_named(t->name);

	if (!f || !f->of_run || !bt_figure_exists(f, info->profile))
		return false;
	t->source = BT_OF_FIELD;
	t->row = (unsigned)(f - bt_figures);
	t->unit = f->unit;
	t->grows = f->grows;
	return true;
}

static enum bt_unit unit_of(const struct bt_metric *m)
{
	if (m->kind == BT_RATIO && !*m->unit)
		return BT_UNIT_RATIO;
	if (strcmp(m->unit, "ns") == 0)
		return BT_UNIT_NS;
	if (strcmp(m->unit, "bytes") == 0)
		return BT_UNIT_BYTES;
	return strcmp(m->unit, "share") == 0 ? BT_UNIT_SHARE : BT_UNIT_NUMBER;
}

/* "connect_ns.p99": a figure of a metric's distribution; without one its mean is meant by nobody,
 * so it has to be there. */
static bool find_times(struct bt_threshold *t, const struct bt_run_info *info)
{
	const char *name = behind(t->name, "metrics."), *stat = strchr(name, '.');

	for (unsigned i = 0; stat && i < info->n_metrics; i++) {
		const struct bt_metric *m = &info->metrics[i];
		size_t n = (size_t)(stat - name);

		if (m->kind != BT_TIMES || strlen(m->name) != n || strncmp(name, m->name, n) != 0)
			continue;
		for (t->stat = 0; t->stat < BT_STATS; t->stat++)
			if (strcmp(stat + 1, stats[t->stat]) == 0)
				break;
		t->source = BT_OF_TIMES;
		t->row = i;
		t->unit = BT_UNIT_NS;
		t->grows = t->stat == BT_STAT_MAX;
		return t->stat < BT_STATS;
	}
	return false;
}

static bool find_metric(struct bt_threshold *t, const struct bt_run_info *info)
{
	const char *name = behind(t->name, "metrics.");
	char rate[80];

	for (unsigned i = 0; i < info->n_metrics; i++) {
		const struct bt_metric *m = &info->metrics[i];

		snprintf(rate, sizeof(rate), "%s_per_s", m->name);
		t->rate = m->kind == BT_COUNTER && strcmp(name, rate) == 0;
		if (m->kind == BT_TEXT || m->kind == BT_TIMES ||
			(!t->rate && strcmp(name, m->name) != 0))
			continue;
		t->source = BT_OF_METRIC;
		t->row = i;
		t->unit = t->rate && unit_of(m) == BT_UNIT_NS ? BT_UNIT_NUMBER : unit_of(m);
		t->grows = m->kind == BT_COUNTER && !t->rate;
		return true;
	}
	return false;
}

static void add_name(char *buf, size_t size, const char *name, const char *tail)
{
	bt_text_add(buf, size, "%s%s%s", *buf ? ", " : "", name, tail);
}

char *bt_threshold_names(char *buf, size_t size, const struct bt_run_info *info)
{
	buf[0] = '\0';
	for (size_t i = 0; i < BT_LEN(stats); i++)
		add_name(buf, size, stats[i], "");
	for (size_t i = 0; i + 1 < BT_LEN(latencies); i++)
		if (info->open_loop || latencies[i].source == BT_OF_SERVICE)
			add_name(buf, size, latencies[i].prefix, "p99 and so on");
	for (const struct bt_figure *f = bt_figures; f->name; f++)
		if (f->of_run && bt_figure_exists(f, info->profile))
			add_name(buf, size, f->name, "");
	for (unsigned i = 0; i < info->n_metrics; i++) {
		if (info->metrics[i].kind == BT_TEXT)
			continue;
		if (info->metrics[i].kind == BT_TIMES) {
			add_name(buf, size, info->metrics[i].name, ".p99 and so on");
			continue;
		}
		add_name(buf, size, info->metrics[i].name, "");
		if (info->metrics[i].kind == BT_COUNTER)
			add_name(buf, size, info->metrics[i].name, "_per_s");
	}
	return buf;
}

static int find(struct bt_threshold *t, const struct bt_run_info *info, struct bt_err *err)
{
	if (find_latency(t, info) || find_field(t, info) || find_times(t, info) ||
		find_metric(t, info))
		return 0;
	return bt_fail(err, -ENOENT, "'%s': this run has no figure '%s'", t->text, t->name);
}

static int read_value(struct bt_threshold *t, const char *text, struct bt_err *err)
{
	if (bt_unit_parse(&t->limit, t->unit, text) < 0)
		return bt_fail(err, -EINVAL, "'%s': '%s' for %s: expected %s", t->text, text,
			t->name, bt_unit_expected(t->unit));
	return 0;
}

static int read_span(uint64_t *out, const struct bt_threshold *t, const char *word, uint64_t least,
	struct bt_err *err)
{
	const char *value = strchr(word, '=') + 1;

	if (*out)
		return bt_fail(err, -EINVAL, "'%s': '@%s': given twice", t->text, word);
	if (bt_parse_duration(out, value) < 0 || *out < least)
		return bt_fail(err, -EINVAL, "'%s': '@%s': expected a duration%s", t->text, word,
			least > 1 ? " of at least 1s" : " above zero");
	return 0;
}

/* What follows the value: words that begin with '@' or ':'. They are cut apart in place. */
static int read_tail(struct bt_threshold *t, char *at, struct bt_err *err)
{
	while (*at) {
		char kind = *at, *word = at + 1, end;
		int r = 0;

		at = word + strcspn(word, "@:");
		end = *at;
		*at = '\0';
		if (kind == '@' && strncmp(word, "window=", 7) == 0)
			r = read_span(&t->window_ns, t, word, WINDOW_MIN_NS, err);
		else if (kind == '@' && strncmp(word, "after=", 6) == 0)
			r = read_span(&t->after_ns, t, word, 1, err);
		else if (kind == ':' && strcmp(word, "abort") == 0)
			t->abort = true;
		else
			r = bt_fail(err, -EINVAL,
				"'%s': '%c%s': expected @window=DURATION, @after=DURATION or "
				":abort",
				t->text, kind, word);
		if (r < 0)
			return r;
		*at = end;
	}
	return 0;
}

/* Some figures are known of the whole run only, and some only when it has ended. */
static int check_reach(const struct bt_threshold *t, struct bt_err *err)
{
	enum bt_figure_reach known = BT_OF_ANY_STRETCH;

	if (t->source == BT_OF_LAG || t->source == BT_OF_TIMES)
		known = BT_OF_THE_RUN;
	if (t->source == BT_OF_FIELD)
		known = bt_figures[t->row].reach;
	if (known != BT_OF_ANY_STRETCH && (t->window_ns || t->after_ns))
		return bt_fail(err, -EINVAL,
			"'%s': %s is known of the whole run; expected neither @window nor @after",
			t->text, t->name);
	if (known == BT_AT_THE_END && t->abort)
		return bt_fail(err, -EINVAL,
			"'%s': %s is known when the run has ended; expected no :abort", t->text,
			t->name);
	return 0;
}

static int read_op(struct bt_threshold *t, char **at, struct bt_err *err)
{
	char *op = *at;

	if (*op != '<' && *op != '>')
		return bt_fail(err, -EINVAL, "'%s': expected NAME, one of < <= > >=, and a value",
			t->text);
	t->op = *op == '<' ? BT_BELOW : BT_ABOVE;
	*at = op + 1;
	if (**at == '=') {
		t->op++;
		++*at;
	}
	*op = '\0';
	return 0;
}

int bt_threshold_parse(struct bt_threshold *out, const char *text, const struct bt_run_info *info,
	struct bt_err *err)
{
	char copy[BT_THRESHOLD_TEXT], value[BT_THRESHOLD_TEXT], *at;
	size_t n = 0;
	int r;

	memset(out, 0, sizeof(*out));
	out->value = NAN;
	out->worst_at_ns = UINT64_MAX;
	if (strlen(text) >= sizeof(copy))
		return bt_fail(err, -EINVAL, "'%.40s': expected fewer than %zu characters", text,
			sizeof(copy));
	strcpy(out->text, text);
	for (const char *p = text; *p; p++)
		if (*p != ' ')
			copy[n++] = *p;
	copy[n] = '\0';
	at = copy + strcspn(copy, "<>=@:");
	r = at == copy
		? bt_fail(err, -EINVAL, "'%s': expected NAME, one of < <= > >=, and a value", text)
		: read_op(out, &at, err);
	if (r < 0)
		return r;
	strcpy(out->name, copy);
	n = strcspn(at, "@:");
	memcpy(value, at, n);
	value[n] = '\0';
	r = find(out, info, err);
	if (r == 0)
		r = read_value(out, value, err);
	if (r == 0)
		r = read_tail(out, at + n, err);
	return r < 0 ? r : check_reach(out, err);
}
