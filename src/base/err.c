#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int bt_fail(struct bt_err *err, int code, const char *fmt, ...)
{
	char text[sizeof(err->msg)]; /* the arguments may be of *err */
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	bt_text_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(err->msg, text, sizeof(text));
	err->code = code;
	return code;
}

int bt_oom(struct bt_err *err, const char *fmt, ...)
{
	char what[sizeof(err->msg)];
	va_list ap;

	if (!fmt)
		return bt_fail(err, -ENOMEM, "out of memory");
	va_start(ap, fmt);
	bt_text_vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	return bt_fail(err, -ENOMEM, "%s: out of memory", what);
}

void bt_fail_in(struct bt_err *err, const char *fmt, ...)
{
	char prefix[sizeof(err->msg)];
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	bt_text_vformat(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	bt_fail(err, err->code, "%s: %s", prefix, err->msg);
}
