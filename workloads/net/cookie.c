#include "net/cookie.h"

#include <errno.h>
#include <string.h>

#include "base/input.h"

int bt_cookie_read(char **line, const char *path, struct bt_err *err)
{
	static const char what[] = "\"user:password\", as a node writes it";
	int r = bt_input_only_line(line, path, what, err);

	if (r == 0 && !strchr(*line, ':')) {
		bt_input_forget(*line);
		*line = NULL;
		r = bt_fail(err, -EINVAL, "%s: expected %s", path, what);
	}
	return r;
}
