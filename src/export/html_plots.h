/* html_plots.h: the charts of the page: what of a run is drawn, and how. */
#ifndef BT_HTML_PLOTS_H
#define BT_HTML_PLOTS_H

#include <jansson.h>
#include <stdio.h>

#include "export/html_bins.h"
#include "judge/tally.h"

#define BT_HTML_MARKS 200

/* Beginnings of segments but the first, in seconds; none where there are too many to be told apart.
 * Returns how many. */
unsigned bt_html_marks(double marks[BT_HTML_MARKS], const struct bt_tally *tally);

/* Each over the time of the run; bins->n > 0. */
void bt_html_throughput(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks);
void bt_html_latency(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks);
void bt_html_heat(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks);
void bt_html_memory(FILE *out, const struct bt_bins *bins, const double *marks, unsigned n_marks);
/* The report's steps: what was asked for, and what came. Nothing for fewer than two. */
void bt_html_step_chart(FILE *out, const json_t *steps);

#endif
