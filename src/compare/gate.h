/*
 * gate.h: whether runs are worse than a baseline by more than is allowed. A figure has regressed
 * only when the whole interval of its change lies past the tolerance; it held when it does not look
 * worse than that and the evidence could have shown it; anything else is not enough evidence. Main
 * thread.
 */
#ifndef BT_GATE_H
#define BT_GATE_H

#include "compare/compare.h"

enum bt_gate_state { BT_GATE_HELD, BT_GATE_OPEN, BT_GATE_REGRESSED, BT_GATE_UNMEASURED };
/* "held", "not enough evidence", "regressed", "-"; NULL-ended. */
extern const char *const bt_gate_name[];

struct bt_gate_row {
	struct bt_compared compared;
	bool gated; /* counts */
	/*
	 * By how much it is worse: a share of the baseline's, of shares in points; below 0: better.
	 */
	struct bt_interval worse;
	double allowed;
	enum bt_gate_state state;
	char why[96]; /* of BT_GATE_OPEN */
};

struct bt_gate {
	struct bt_gate_row rows[BT_COMPARED_MAX];
	enum bt_gate_state state;
	char why[320];       /* why nothing could be concluded at all; "" */
	bool confirmed_away; /* a first set of trials looked worse, the second did not */
};

/* tolerance: 0.1 allows a figure to be 10 % worse; a share may be so, or 0.1 points. wanted[f]: the
 * figures that count. */
void bt_gate_judge(struct bt_gate *gate, const struct bt_comparison *c, double tolerance,
	const bool wanted[BT_COMPARED_MAX]);
/* A second, independent set of trials was judged: only what regressed in both has. *second becomes
 * the answer. */
void bt_gate_confirm(struct bt_gate *second, const struct bt_gate *first);

/* "p99 5.00 ms → 6.10 ms, 22.0 % worse (18.0 % to 25.1 %), allowed 10.0 %" */
void bt_gate_row_text(char *out, size_t size, const struct bt_gate_row *row);
void bt_gate_print(FILE *out, const struct bt_gate *gate);
json_t *bt_gate_json(const struct bt_gate *gate); /* a new reference; NULL: no memory */

#endif
