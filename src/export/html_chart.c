#include "export/html_chart.h"

#include <math.h>

#include "base/fmt.h"

/* The drawing, in its own units. */
#define W      720.0
#define H      200.0
#define LEFT   64.0
#define RIGHT  12.0
#define TOP    10.0
#define BOTTOM 24.0

static double x_of(const struct bt_svg *svg, double share)
{
	(void)svg;
	return LEFT + (W - LEFT - RIGHT) * fmin(fmax(share, 0), 1);
}

static double y_of(const struct bt_svg *svg, double v)
{
	double share = svg->log ? log(fmax(v, svg->low) / svg->low) / log(svg->top / svg->low)
				: (v - svg->low) / (svg->top - svg->low);

	return H - BOTTOM - (H - TOP - BOTTOM) * fmin(fmax(share, 0), 1);
}

static void grid_line(FILE *out, const struct bt_svg *svg, double v)
{
	char text[BT_FMT_MAX];

	bt_html(out,
		"<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>"
		"<text class=\"y\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		LEFT, W - RIGHT, y_of(svg, v), y_of(svg, v), LEFT - 6, y_of(svg, v) + 4,
		svg->label(text, sizeof(text), v));
}

static void put_y_axis(FILE *out, const struct bt_svg *svg)
{
	double step = pow(10, floor(log10((svg->top - svg->low) / 2)));

	if (svg->log) {
		for (double v = pow(10, ceil(log10(svg->low) - 1e-9)); v <= svg->top * 1.001;
			v *= 10)
			grid_line(out, svg, v);
		return;
	}
	while ((svg->top - svg->low) / step > 5)
		step *= (svg->top - svg->low) / step > 10 ? 5 : 2;
	for (double v = ceil(svg->low / step) * step; v <= svg->top * 1.001; v += step)
		grid_line(out, svg, v);
}

static void put_x_axis(FILE *out, const struct bt_svg *svg)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200,
		1800, 3600, 7200, 14400, 21600, 43200, 86400 };
	double step = steps[BT_LEN(steps) - 1];
	char text[BT_FMT_MAX];

	for (unsigned i = 0; svg->counts && i < svg->n; i += 1 + svg->n / 20)
		bt_html(out, "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%u</text>\n",
			x_of(svg, (i + 0.5) / svg->n), H - 6, i + 1);
	if (svg->counts)
		return;
	for (size_t i = BT_LEN(steps); i-- > 0;)
		if (svg->span_s / steps[i] <= 8)
			step = steps[i];
	for (double t = 0; t <= svg->span_s * 1.0001; t += step) {
		if (step < 1)
			snprintf(text, sizeof(text), "%.1f s", t);
		else
			bt_fmt_clock(text, sizeof(text), bt_u64(t * 1e9 + 0.5));
		bt_html(out, "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			x_of(svg, t / svg->span_s), H - 6, text);
	}
}

void bt_svg_begin(FILE *out, const struct bt_svg *svg)
{
	static unsigned serial;
	unsigned id = ++serial;

	bt_html(out,
		"<figure><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"t%u d%u\">"
		"<title id=\"t%u\">",
		W, H, id, id, id);
	bt_html(out, "%s</title><desc id=\"d%u\">%s</desc>\n", svg->title, id, svg->description);
	put_y_axis(out, svg);
	put_x_axis(out, svg);
	for (unsigned i = 0; i < svg->n_marks; i++)
		bt_html(out,
			"<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
			x_of(svg, svg->marks[i] / svg->span_s),
			x_of(svg, svg->marks[i] / svg->span_s), TOP, H - BOTTOM);
}

/* From gap to gap: a path each, and for an area its ground as well. */
void bt_svg_line(FILE *out, const struct bt_svg *svg, const struct bt_line *line)
{
	unsigned i = 0, from;

	while (i < svg->n) {
		if (isnan(line->v[i])) {
			i++;
			continue;
		}
		bt_html(out, "<path class=\"%s%s\" d=\"M", line->class, line->area ? " area" : "");
		from = i;
		if (line->area)
			bt_html(out, "%.1f %.1fL", x_of(svg, (from + 0.5) / svg->n), H - BOTTOM);
		for (; i < svg->n && !isnan(line->v[i]); i++)
			bt_html(out, "%s%.1f %.1f", i == from ? "" : "L",
				x_of(svg, (i + 0.5) / svg->n), y_of(svg, line->v[i]));
		if (line->area)
			bt_html(out, "L%.1f %.1fZ", x_of(svg, (i - 0.5) / svg->n), H - BOTTOM);
		else if (i == from + 1) /* a dot */
			fputs("h0.1", out);
		fputs("\"/>\n", out);
	}
}

void bt_svg_cell(FILE *out, const struct bt_svg *svg, double from, double to, double low,
	double high, unsigned shade)
{
	double x = x_of(svg, from / svg->n), y = y_of(svg, high);

	bt_html(out, "<rect class=\"h%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		shade, x, y, x_of(svg, to / svg->n) - x, y_of(svg, low) - y);
}

void bt_svg_end(FILE *out, const struct bt_line *lines, unsigned n)
{
	fputs("</svg>", out);
	if (n)
		fputs("<figcaption>", out);
	for (unsigned i = 0; i < n; i++)
		bt_html(out, "<span class=\"key %s\"></span>%s ", lines[i].class, lines[i].name);
	fputs(n ? "</figcaption></figure>\n" : "</figure>\n", out);
}
