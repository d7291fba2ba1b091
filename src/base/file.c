#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fmt.h"

int bt_file_read(char **bytes, size_t *n, const char *path, size_t most, struct bt_err *err)
{
	FILE *f = fopen(path, "re");
	char text[BT_FMT_MAX];
	struct stat st;
	int r = 0;

	*bytes = NULL;
	if (!f || fstat(fileno(f), &st) < 0) {
		r = bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > most) {
		r = bt_fail(err, -EINVAL, "%s: expected a file of at most %s", path,
			bt_fmt_bytes(text, sizeof(text), (double)most));
	} else {
		*n = (size_t)st.st_size;
		*bytes = malloc(*n + 1);
		if (!*bytes)
			r = bt_fail(err, -ENOMEM, "%s: out of memory", path);
		else if (fread(*bytes, 1, *n, f) != *n)
			r = bt_fail(err, -EIO, "%s: cannot be read whole", path);
		else
			(*bytes)[*n] = '\0';
	}
	if (f)
		fclose(f);
	return r;
}
