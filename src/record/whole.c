#include "record/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const struct bt_whole *w, int number, struct bt_err *err)
{
	number = number ? number : EIO;
	return bt_fail(err, -number, "%s: cannot write: %s",
		strcmp(w->path, "-") == 0 ? "standard output" : w->path, strerror(number));
}

/* A new file with the rights that the user's mask leaves. */
static FILE *open_beside(struct bt_whole *w)
{
	FILE *out;
	int fd;

	if ((size_t)snprintf(w->temp, sizeof(w->temp), "%s.%ld.tmp", w->target, (long)getpid()) >=
		sizeof(w->temp)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	unlink(w->temp); /* of a process of this number that was killed */
	fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out && fd >= 0)
		close(fd);
	return out;
}

int bt_whole_open(struct bt_whole *w, const char *path, bool direct, struct bt_err *err)
{
	struct stat st;
	bool there = strcmp(path, "-") != 0 && stat(path, &st) == 0;

	*w = (struct bt_whole){ .path = path };
	if (strcmp(path, "-") == 0) {
		w->out = stdout;
	} else if (direct || (there && !S_ISREG(st.st_mode))) {
		w->out = fopen(path, "we");
	} else {
		w->renames = true;
		if (!there || !realpath(path, w->target)) /* a link stays one */
			snprintf(w->target, sizeof(w->target), "%s", path);
		w->out = open_beside(w);
	}
	return w->out ? 0 : cannot(w, errno, err);
}

int bt_whole_close(struct bt_whole *w, bool keep, struct bt_err *err)
{
	int number = 0;

	if (!w->out)
		return 0;
	errno = 0;
	if (fflush(w->out) == EOF || ferror(w->out))
		number = errno ? errno : EIO;
	if (!number && w->renames && keep && fsync(fileno(w->out)) < 0)
		number = errno;
	if (w->out != stdout && fclose(w->out) == EOF && !number)
		number = errno;
	w->out = NULL;
	if (w->renames && !number && keep && rename(w->temp, w->target) < 0)
		number = errno;
	if (w->renames && (number || !keep))
		unlink(w->temp);
	return number ? cannot(w, number, err) : 0;
}
