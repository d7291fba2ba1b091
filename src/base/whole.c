#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stop.h"

#define LOOK_MS    50
#define NAMES_MOST 1000

static int cannot(const struct bt_whole *w, int number, struct bt_err *err)
{
	return bt_fail(err, -(number ? number : EIO), "%s: cannot write: %s", w->path,
		bt_stream_words(number));
}

/* The directory of the place, with its slash, for "%.*s". */
#define DIRECTORY(w) (int)(w)->place.name, (w)->place.path

/* Calls make with new names until one is free. 0, or errno. */
static int take_name(struct bt_whole *w, int (*make)(struct bt_whole *w))
{
	for (int i = 0; i < NAMES_MOST; i++) {
		snprintf(w->temp, sizeof(w->temp), "%.*s.benchtop-%ld-%d.tmp", DIRECTORY(w),
			(long)getpid(), i);
		if (make(w) >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	w->temp[0] = '\0';
	return errno;
}

static int make_file(struct bt_whole *w)
{
	return w->stream.fd = open(w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		       w->place.there ? 0600 : 0666);
}

static int link_file(struct bt_whole *w)
{
	char from[40];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", w->stream.fd);
	return linkat(AT_FDCWD, from, AT_FDCWD, w->temp, AT_SYMLINK_FOLLOW);
}

/*
 * Opens a file without a name in the directory of the place; naming it needs /proc. -1: not
 * supported here.
 */
static int open_nameless(const struct bt_whole *w)
{
	char directory[PATH_MAX + 1];

	if (access("/proc/self/fd", X_OK) < 0)
		return -1;
	snprintf(directory, sizeof(directory), "%.*s.", DIRECTORY(w));
	return open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, w->place.there ? 0600 : 0666);
}

/* 0, or errno. */
static int open_beside(struct bt_whole *w)
{
	int fd, code = 0;

	if (w->place.there && access(w->place.path, W_OK) < 0)
		return errno; /* the directory allows it, but the file does not */
	w->stream.fd = fd = open_nameless(w);
	if (fd < 0)
		code = take_name(w, make_file);
	if (code)
		return code;
	fd = w->stream.fd;
	if (w->place.there &&
		(w->place.st.st_uid != geteuid() || w->place.st.st_gid != getegid()) &&
		fchown(fd, w->place.st.st_uid, w->place.st.st_gid) < 0)
		errno = 0; /* only root may change an owner */
	if (w->place.there && fchmod(fd, w->place.st.st_mode & 0777) < 0)
		code = errno;
	if (!code && bt_stream_open(&w->stream, fd, true) < 0)
		code = ENOMEM;
	if (code) {
		close(fd);
		if (w->temp[0])
			unlink(w->temp);
	}
	w->out = code ? NULL : w->stream.file;
	return code;
}

/* Checks without changing the file whether a stream may be opened. 0, or errno. */
static int try_stream(const struct bt_whole *w)
{
	char directory[PATH_MAX + 1];

	if (w->place.own >= 0)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s.", DIRECTORY(w));
	return access(w->place.there ? w->path : directory, W_OK) < 0 ? errno : 0;
}

static int refuse(const struct bt_whole *w, const char *what, struct bt_err *err)
{
	return bt_fail(err, -EISDIR, "%s: is %s; expected a file, a pipe or -", w->path, what);
}

int bt_whole_prepare(struct bt_whole *w, const char *path, bool stream, struct bt_err *err)
{
	mode_t mode;
	int code = 0;

	w->path = path;
	w->out = NULL;
	w->temp[0] = '\0';
	w->renames = false;
	code = -bt_place_find(&w->place, path, err);
	if (code)
		return cannot(w, code, err);
	mode = w->place.there ? w->place.st.st_mode : S_IFREG;
	if (S_ISDIR(mode))
		return refuse(w, "a directory", err);
	if (S_ISSOCK(mode) && w->place.own < 0)
		return refuse(w, "a socket", err);
	if (S_ISBLK(mode))
		return refuse(w, "a disk", err);
	w->renames = !stream && S_ISREG(mode) && w->place.own < 0;
	code = w->renames ? open_beside(w) : try_stream(w);
	return code ? cannot(w, code, err) : 0;
}

int bt_whole_start(struct bt_whole *w, struct bt_err *err)
{
	int fd, code;

	if (w->out)
		return 0;
	if (w->place.own == STDOUT_FILENO) {
		w->out = stdout;
		return 0;
	}
	do {
		fd = w->place.own >= 0
			? fcntl(w->place.own, F_DUPFD_CLOEXEC, 0)
			: open(w->path,
				  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
				  0666);
		code = fd < 0 ? errno : 0;
		if (code == ENXIO && !bt_stop_signal) /* a FIFO without a reader yet */
			poll(NULL, 0, LOOK_MS);
	} while (code == ENXIO && !bt_stop_signal);
	if (code == ENXIO)
		return bt_fail(err, -EINTR, "%s: interrupted while waiting for a reader", w->path);
	if (!code && bt_stream_open(&w->stream, fd, true) < 0) {
		close(fd);
		code = ENOMEM;
	}
	w->out = code ? NULL : w->stream.file;
	return code ? cannot(w, code, err) : 0;
}

int bt_whole_open(struct bt_whole *w, const char *path, struct bt_err *err)
{
	int r = bt_whole_prepare(w, path, false, err);

	return r < 0 ? r : bt_whole_start(w, err);
}

/* 0, or errno. */
static int put_in_place(struct bt_whole *w)
{
	int code = fsync(w->stream.fd) < 0 && errno != EINVAL ? errno : 0;

	if (!code && !w->temp[0])
		code = take_name(w, link_file);
	if (!code && rename(w->temp, w->place.path) < 0)
		code = errno;
	return code;
}

int bt_whole_close(struct bt_whole *w, bool keep, struct bt_err *err)
{
	int code = 0;

	if (!w->out)
		return 0;
	errno = 0;
	if (w->out == stdout) {
		fflush(stdout);
		w->out = NULL;
		return 0;
	}
	if (fflush(w->out) == EOF || ferror(w->out))
		code = w->stream.error ? w->stream.error : errno ? errno : EIO;
	if (!code && keep && w->renames)
		code = put_in_place(w);
	if (fclose(w->out) == EOF && !code)
		code = errno;
	w->out = NULL;
	if (w->temp[0] && (code || !keep))
		unlink(w->temp);
	return code ? cannot(w, code, err) : 0;
}
