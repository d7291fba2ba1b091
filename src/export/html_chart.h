/* html_chart.h: charts as inline SVG with axes, a title and a description for those who hear the
 * page. */
#ifndef BT_HTML_CHART_H
#define BT_HTML_CHART_H

#include <stdio.h>

#include "base/text.h"

#define bt_html(out, ...) bt_print_as((out), BT_FORM_XML, __VA_ARGS__)

struct bt_line {
	const char *name, *class; /* of the page's style sheet */
	const double *v;          /* n values, NAN: a gap */
	bool area;
};

struct bt_svg {
	const char *title, *description;
	unsigned n;      /* values of each line */
	double span_s;   /* that they lie over */
	bool counts;     /* the x axis numbers the values, from 1, instead of telling times */
	bool log;        /* of the y axis */
	double low, top; /* of it; log: low > 0 */
	char *(*label)(char *buf, size_t size, double v);
	const double *marks; /* seconds where something began */
	unsigned n_marks;
};

/* Opens a figure with its frame, axes and marks; lines are drawn, then it is ended with its
 * legend. */
void bt_svg_begin(FILE *out, const struct bt_svg *svg);
void bt_svg_line(FILE *out, const struct bt_svg *svg, const struct bt_line *line);
/* A cell of a heatmap: columns from..to of n, values low..high, a shade from 1 to 6. */
void bt_svg_cell(FILE *out, const struct bt_svg *svg, double from, double to, double low,
	double high, unsigned shade);
void bt_svg_end(FILE *out, const struct bt_line *lines, unsigned n);

#endif
