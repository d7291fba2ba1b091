#include "compare/gate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

#define LEAST_POINTS 0.001 /* what a share may rise by when the baseline's is 0 */

const char *const bt_gate_name[] = { "held", "not enough evidence", "regressed", "-", NULL };

static void orient(struct bt_gate_row *row)
{
	const struct bt_compared *c = &row->compared;
	double none = c->shift ? 0 : 1;

	if (c->figure.better > 0)
		row->worse = (struct bt_interval){ none - c->change.value, none - c->change.high,
			none - c->change.low };
	else
		row->worse = (struct bt_interval){ c->change.value - none, c->change.low - none,
			c->change.high - none };
}

static enum bt_gate_state open_row(struct bt_gate_row *row, const char *why)
{
	bt_text_format(row->why, sizeof(row->why), "%s", why);
	return BT_GATE_OPEN;
}

static enum bt_gate_state judge_row(struct bt_gate_row *row, unsigned needed)
{
	const struct bt_compared *c = &row->compared;
	double half = (row->worse.high - row->worse.low) / 2;
	char why[96];

	if (isnan(c->a))
		return BT_GATE_UNMEASURED;
	if (isnan(c->b))
		return open_row(row, "not measured now");
	if (isnan(c->p) && c->trend == BT_TREND_NONE)
		return BT_GATE_HELD; /* equal in all runs */
	if (isnan(row->worse.low) || (needed && c->trend == BT_TREND_TOO_FEW)) {
		snprintf(why, sizeof(why), "%u runs a side are needed", needed);
		return open_row(row, why);
	}
	if (row->worse.low > row->allowed && c->p_adjusted <= BT_COMPARE_LEVEL)
		return BT_GATE_REGRESSED;
	if (row->worse.value > row->allowed)
		return open_row(row, "looks worse, but is not proven so");
	if (row->worse.high > row->allowed && half > row->allowed)
		return open_row(row, "too noisy to show a change of what is allowed");
	return BT_GATE_HELD;
}

void bt_gate_judge(struct bt_gate *gate, const struct bt_comparison *c, double tolerance,
	const bool wanted[BT_COMPARED_MAX])
{
	bool any = false;

	memset(gate, 0, sizeof(*gate));
	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		struct bt_gate_row *row = &gate->rows[i];

		row->compared = c->rows[i];
		row->gated = wanted[i];
		row->allowed = row->compared.shift
			? fmax(tolerance * fabs(row->compared.a), LEAST_POINTS)
			: tolerance;
		orient(row);
		row->state = judge_row(row, c->needed);
		if (!row->gated || row->state == BT_GATE_UNMEASURED)
			continue;
		any = true;
		if (row->state > gate->state)
			gate->state = row->state;
	}
	if (c->trend == BT_TREND_NOT_COMPARABLE || !any) {
		gate->state = BT_GATE_OPEN;
		bt_text_format(gate->why, sizeof(gate->why), "%s",
			c->why[0] ? c->why : "the baseline has none of these figures");
	}
}

void bt_gate_confirm(struct bt_gate *second, const struct bt_gate *first)
{
	if (second->why[0])
		return;
	second->state = BT_GATE_HELD;
	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		struct bt_gate_row *row = &second->rows[i];
		bool before = first->rows[i].state == BT_GATE_REGRESSED;

		if (row->state == BT_GATE_REGRESSED && !before)
			row->state = open_row(row, "worse in the second set of trials only");
		else if (before && row->state != BT_GATE_REGRESSED && row->gated)
			second->confirmed_away = true;
		if (row->gated && row->state != BT_GATE_UNMEASURED && row->state > second->state)
			second->state = row->state;
	}
}

/* A share in percent; of shares, points. */
static char *worse_text(char *buf, const struct bt_gate_row *row, double v)
{
	if (!isfinite(v))
		return strcpy(buf, "-");
	snprintf(buf, BT_FMT_MAX, row->compared.shift ? "%+.2f pt" : "%+.1f %%", v * 100);
	return buf;
}

void bt_gate_row_text(char *out, size_t size, const struct bt_gate_row *row)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], by[BT_FMT_MAX], low[BT_FMT_MAX], high[BT_FMT_MAX],
		allowed[BT_FMT_MAX];
	const struct bt_compared *c = &row->compared;

	bt_text_format(out, size, "%s %s, was %s: worse by %s (%s to %s), allowed %s%s%s",
		c->figure.name, bt_unit_text(b, sizeof(b), c->figure.unit, c->b),
		bt_unit_text(a, sizeof(a), c->figure.unit, c->a),
		worse_text(by, row, row->worse.value), worse_text(low, row, row->worse.low),
		worse_text(high, row, row->worse.high), worse_text(allowed, row, row->allowed),
		row->why[0] ? "; " : "", row->why);
}

static void print_row(FILE *out, const struct bt_gate_row *row)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], by[BT_FMT_MAX], low[BT_FMT_MAX], high[BT_FMT_MAX],
		interval[2 * BT_FMT_MAX + 4] = "-";
	const struct bt_compared *c = &row->compared;

	if (isfinite(row->worse.low))
		snprintf(interval, sizeof(interval), "%s to %s",
			worse_text(low, row, row->worse.low),
			worse_text(high, row, row->worse.high));
	bt_print(out, "%-11.11s %9s %9s %9s  %-22s %s%s\n", c->figure.name,
		bt_unit_text(a, sizeof(a), c->figure.unit, c->a),
		bt_unit_text(b, sizeof(b), c->figure.unit, c->b),
		worse_text(by, row, row->worse.value), interval, bt_gate_name[row->state],
		row->gated ? "" : " (not gated)");
}

void bt_gate_print(FILE *out, const struct bt_gate *gate)
{
	bt_print(
		out, "%-11s %9s %9s %9s  %s\n", "", "baseline", "now", "worse by", "95 % interval");
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		if (gate->rows[i].state != BT_GATE_UNMEASURED)
			print_row(out, &gate->rows[i]);
	fputc('\n', out);
	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		const struct bt_gate_row *row = &gate->rows[i];
		char text[300];

		if (!row->gated || row->state == BT_GATE_HELD || row->state == BT_GATE_UNMEASURED)
			continue;
		bt_gate_row_text(text, sizeof(text), row);
		bt_print(out, "%s: %s\n", row->state == BT_GATE_REGRESSED ? "ALERT" : "open", text);
	}
	if (gate->confirmed_away)
		fputs("A first set of trials looked worse; the second did not confirm it.\n", out);
}

json_t *bt_gate_json(const struct bt_gate *gate)
{
	json_t *rows = json_object();

	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		const struct bt_gate_row *row = &gate->rows[i];

		if (row->state == BT_GATE_UNMEASURED)
			continue;
		bt_json_set(rows, row->compared.figure.name,
			json_pack("{so so so so so so so so ss sb so}", "baseline",
				bt_json_real(row->compared.a), "now", bt_json_real(row->compared.b),
				"worse", bt_json_real(row->worse.value), "low",
				bt_json_real(row->worse.low), "high", bt_json_real(row->worse.high),
				"allowed", bt_json_real(row->allowed), "p",
				bt_json_real(row->compared.p), "p_adjusted",
				bt_json_real(row->compared.p_adjusted), "outcome",
				bt_gate_name[row->state], "gated", row->gated, "why",
				bt_json_text(row->why)));
	}
	return json_pack("{ss so sb so}", "outcome", bt_gate_name[gate->state], "why",
		bt_json_text(gate->why), "not_confirmed", gate->confirmed_away, "figures", rows);
}
