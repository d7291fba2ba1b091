#include "base/json_fault.h"

#include <string.h>

#include "base/text.h"

static const struct {
	const char *theirs, *ours; /* how the text begins, and what stands for it */
} faults[] = {
	{ "\\u0000 is not allowed without JSON_ALLOW_NUL", "\\u0000 in a text is unsupported" },
	{ "too big negative integer", "an integer below -2^63" },
	{ "too big integer", "an integer above 2^63 - 1" },
	{ "real number overflow", "a number above 1.8e308" },
	{ "maximum parsing depth reached", "nested too deep" },
	{ "premature end of input", "it ends too early" },
	{ "unable to decode byte", "not UTF-8: byte" },
};

const char *bt_json_fault(char out[BT_JSON_FAULT_SIZE], const char *jansson)
{
	const char *words = "";

	for (size_t i = 0; i < BT_LEN(faults); i++) {
		size_t n = strlen(faults[i].theirs);

		if (strncmp(jansson, faults[i].theirs, n) == 0) {
			words = faults[i].ours;
			jansson += n;
			break;
		}
	}
	return bt_text_format(out, BT_JSON_FAULT_SIZE, "%s%s", words, jansson);
}
