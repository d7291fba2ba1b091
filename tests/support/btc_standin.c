#include "btc_standin.h"

#include <stdarg.h>
#include <stdio.h>

char btc_last_note[BT_NOTE_MAX];

void bt_meter_add(struct bt_meter *meter, unsigned row, uint64_t n)
{
	meter->count[row] += n;
}

void bt_meter_set(struct bt_meter *meter, unsigned row, double value)
{
	meter->gauge[row] = value;
}

/* The client of a node counts nothing. */
void bt_meter_time(struct bt_meter *meter BT_UNUSED, unsigned row BT_UNUSED, uint64_t ns BT_UNUSED)
{
}

void bt_meter_text(struct bt_meter *meter, unsigned row, const char *text)
{
	snprintf(meter->text[row], BT_TEXT_MAX, "%s", text);
}

void bt_note(void *state BT_UNUSED, unsigned error_class BT_UNUSED, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(btc_last_note, sizeof(btc_last_note), fmt, ap);
	va_end(ap);
}

bool bt_fill_on(struct bt_filling *filling BT_UNUSED, uint64_t items BT_UNUSED)
{
	return true;
}
