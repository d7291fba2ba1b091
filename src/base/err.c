#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

int bt_fail(struct bt_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	bt_text_vformat(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return code;
}

void bt_out_of_memory(void)
{
	static const char words[] = "benchtop: out of memory\n";

	_exit(write(STDERR_FILENO, words, sizeof(words) - 1) < 0 ? 3 : 3);
}

void bt_fail_in(struct bt_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	va_list ap;
	size_t len;

	if (!err)
		return;
	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", inner);
}
