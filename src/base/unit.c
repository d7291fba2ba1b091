#include "base/unit.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/fmt.h"

static int parse_duration(double *out, const char *text)
{
	uint64_t ns;
	int r = bt_parse_duration(&ns, text);

	if (r == 0)
		*out = (double)ns;
	return r;
}

static int parse_size(double *out, const char *text)
{
	uint64_t bytes;
	int r = bt_parse_size(&bytes, text);

	if (r == 0)
		*out = (double)bytes;
	return r;
}

static int parse_ratio(double *out, const char *text)
{
	return bt_parse_share(out, text) == 0 ? 0 : bt_parse_number(out, text);
}

static char *text_per_s(char *buf, size_t size, double value)
{
	bt_fmt_number(buf, size - 2, value);
	return isfinite(value) ? strcat(buf, "/s") : buf;
}

static const struct {
	const char *expected;
	char *(*text)(char *buf, size_t size, double value);
	int (*parse)(double *out, const char *text);
} units[] = {
	[BT_UNIT_NS] = { .expected = "a duration (50ms, 1.5s)",
		.text = bt_fmt_ns,
		.parse = parse_duration },
	[BT_UNIT_SHARE] = { .expected = "a share (1%, 0.01)",
		.text = bt_fmt_share,
		.parse = bt_parse_share },
	[BT_UNIT_BYTES] = { .expected = "a size (512KiB, 10MiB)",
		.text = bt_fmt_bytes,
		.parse = parse_size },
	[BT_UNIT_NUMBER] = { .expected = "a number (45, 1.5k, 2M)",
		.text = bt_fmt_number,
		.parse = bt_parse_number },
	[BT_UNIT_RATIO] = { .expected = "a number or a share (0.8, 80%)",
		.text = bt_fmt_number,
		.parse = parse_ratio },
	[BT_UNIT_PER_S] = { .expected = "a number (45, 1.5k, 2M)",
		.text = text_per_s,
		.parse = bt_parse_number },
};

const char *const bt_unit_name[] = { [BT_UNIT_NS] = "ns",
	[BT_UNIT_SHARE] = "share",
	[BT_UNIT_BYTES] = "bytes",
	[BT_UNIT_NUMBER] = "",
	[BT_UNIT_RATIO] = "",
	[BT_UNIT_PER_S] = "1/s",
	NULL };

char *bt_unit_text(char *buf, size_t size, enum bt_unit unit, double value)
{
	return units[unit].text(buf, size, value);
}

int bt_unit_parse(double *out, enum bt_unit unit, const char *text)
{
	return units[unit].parse(out, text);
}

const char *bt_unit_expected(enum bt_unit unit)
{
	return units[unit].expected;
}
