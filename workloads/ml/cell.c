#include "ml/cell.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int ml_line_fail(const struct ml_line *line, const char *fmt, ...)
{
	char text[sizeof(line->err->msg)];
	va_list args;

	va_start(args, fmt);
	bt_text_vformat(text, sizeof(text), fmt, args);
	va_end(args);
	return bt_fail(line->err, -EINVAL, "%s:%lu: %s", line->path, line->number, text);
}

int ml_line_no_memory(const struct ml_line *line)
{
	return bt_oom(line->err, "%s", line->path);
}

struct ml_cell ml_cell_trim(const char *p, size_t n)
{
	while (n && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return (struct ml_cell){ p, n };
}

enum ml_cell_kind ml_cell_judge(float *out, struct ml_cell cell)
{
	static const char *const missing[] = { "na", "n/a", "nan", "+nan", "-nan", "null", "none",
		"?" };
	char *end;

	*out = NAN;
	if (!cell.n)
		return ML_MISSING;
	for (size_t i = 0; i < BT_LEN(missing); i++)
		if (strlen(missing[i]) == cell.n && strncasecmp(cell.p, missing[i], cell.n) == 0)
			return ML_MISSING;
	*out = strtof(cell.p, &end);
	return end == cell.p + cell.n ? ML_NUMBER : ML_WORD;
}

int ml_cell_refuse(const struct ml_line *line, struct ml_cell cell, const char *expected)
{
	return ml_line_fail(
		line, "'%.*s': expected %s", (int)BT_MIN(cell.n, (size_t)40), cell.p, expected);
}

int ml_cell_number(const struct ml_line *line, float *out, struct ml_cell cell)
{
	enum ml_cell_kind what = ml_cell_judge(out, cell);

	if (what == ML_WORD || (what == ML_NUMBER && !isfinite(*out)))
		return ml_cell_refuse(line, cell, what == ML_WORD ? "a number" : "a finite number");
	return 0;
}

int ml_cell_next(const struct ml_line *line, struct ml_cell *cell, char **at)
{
	char *from = *at + strspn(*at, " \t"), *to = from + 1, *p;

	if (*from != '"') {
		size_t n = strcspn(*at, ",");

		*cell = ml_cell_trim(*at, n);
		*at = (*at)[n] ? *at + n + 1 : NULL;
		return 0;
	}
	for (p = from + 1; *p && (*p != '"' || p[1] == '"'); p++) {
		p += *p == '"';
		*to++ = *p;
	}
	if (!*p)
		return ml_cell_refuse(line, ml_cell_trim(from, strlen(from)), "a quote at its end");
	*cell = ml_cell_trim(from + 1, (size_t)(to - from - 1));
	p++;
	p += strspn(p, " \t");
	if (*p && *p != ',')
		return ml_cell_refuse(
			line, ml_cell_trim(p, strcspn(p, ",")), "a comma behind a quote");
	*to = ' '; /* no number goes on behind it */
	*at = *p ? p + 1 : NULL;
	return 0;
}
