#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/stop.h"

#define CHUNK     ((size_t)1 << 20) /* bytes read between two looks at the signal flag */
#define LINE_MOST ((size_t)1 << 20) /* of a file with one line */
#define LOOK_MS   100

static const char *type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	default:
		return "no file";
	}
}

/* The number of a descriptor of this process that the path names; -1: it names none. */
static int own_descriptor(const char *path)
{
	static const char *const roots[] = { "/dev/fd/", "/proc/self/fd/" };
	char *end;
	long n;

	if (strcmp(path, "/dev/stdin") == 0)
		return 0;
	for (size_t i = 0; i < BT_LEN(roots); i++) {
		size_t len = strlen(roots[i]);

		if (strncmp(path, roots[i], len) != 0 || path[len] < '0' || path[len] > '9')
			continue;
		n = strtol(path + len, &end, 10);
		return *end || n > 1 << 20 ? -1 : (int)n;
	}
	return -1;
}

/*
 * A pipe that this process holds already is duplicated, not opened anew: a FIFO opened after its writer has gone would wait for the
 * next one, and sockets cannot be opened at all.
 */
static int open_any(const char *path)
{
	int own = own_descriptor(path);
	struct stat st;

	if (own >= 0 && fstat(own, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return fcntl(own, F_DUPFD_CLOEXEC, 0);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int cannot_open(const char *path, struct bt_err *err)
{
	int code = errno;
	struct stat st;

	if (code == ENXIO && stat(path, &st) == 0)
		return bt_fail(
			err, -EINVAL, "%s: is %s; expected a file", path, type_of(st.st_mode));
	return bt_fail(err, -code, "%s: %s", path, strerror(code));
}

int bt_input_open(const char *path, enum bt_input_use use, struct bt_err *err)
{
	int fd = open_any(path), code;
	struct stat st;

	if (fd < 0)
		return cannot_open(path, err);
	if (fstat(fd, &st) < 0) {
		code = errno;
		close(fd);
		return bt_fail(err, -code, "%s: %s", path, strerror(code));
	}
	if (S_ISREG(st.st_mode) ||
		(use == BT_INPUT_ONCE && !S_ISDIR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return fd;
	close(fd);
	return bt_fail(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "%s: is %s; expected a %sfile",
		path, type_of(st.st_mode), use == BT_INPUT_FILE ? "regular " : "");
}

static int interrupted(const char *path, struct bt_err *err)
{
	return bt_fail(err, -EINTR, "%s: interrupted before it was read whole", path);
}

/* Waits until there is something to read, or the writer has gone. A descriptor may be blocking, so every read follows this. */
static int await(int fd, const char *path, struct bt_err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int n = bt_stop_signal ? -1 : poll(&p, 1, LOOK_MS);

		if (n > 0)
			return 0;
		if (bt_stop_signal)
			return interrupted(path, err);
		if (n < 0 && errno != EINTR)
			return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	}
}

/* Room for one byte more, and no copy of a secret stays behind. */
static bool grow(char **bytes, size_t used, size_t *room, size_t most)
{
	size_t more = BT_MIN(2 * *room, most + 2);
	char *wider = malloc(more);

	if (!wider)
		return false;
	memcpy(wider, *bytes, used);
	explicit_bzero(*bytes, used);
	free(*bytes);
	*bytes = wider;
	*room = more;
	return true;
}

static int read_all(
	char **bytes, size_t *n, int fd, const char *path, size_t most, struct bt_err *err)
{
	char text[BT_FMT_MAX];
	struct stat st;
	size_t room = 1 << 16;
	bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (file && (uint64_t)st.st_size > most)
		return bt_fail(err, -EINVAL, "%s: expected at most %s", path,
			bt_fmt_bytes(text, sizeof(text), (double)most));
	if (file)
		room = (size_t)st.st_size + 2;
	*n = 0;
	*bytes = malloc(room);
	for (;;) {
		ssize_t got;
		int r;

		if (!*bytes || (*n + 1 >= room && !grow(bytes, *n, &room, most)))
			return bt_fail(err, -ENOMEM, "%s: out of memory", path);
		r = file ? (*n && bt_stop_signal ? interrupted(path, err) : 0)
			 : await(fd, path, err);
		if (r < 0)
			return r;
		got = read(fd, *bytes + *n, BT_MIN(room - 1 - *n, CHUNK));
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return bt_fail(err, -EIO, "%s: cannot read: %s", path, strerror(errno));
		if (got == 0)
			break;
		*n += (size_t)got;
		if (*n > most)
			return bt_fail(err, -EINVAL, "%s: expected at most %s", path,
				bt_fmt_bytes(text, sizeof(text), (double)most));
	}
	(*bytes)[*n] = '\0';
	return 0;
}

int bt_input_bytes(char **bytes, size_t *n, const char *path, enum bt_input_use use, size_t most,
	struct bt_err *err)
{
	int fd = bt_input_open(path, use, err), r;

	*bytes = NULL;
	*n = 0;
	if (fd < 0)
		return fd;
	r = read_all(bytes, n, fd, path, most, err);
	close(fd);
	if (r < 0) {
		if (*bytes)
			explicit_bzero(*bytes, *n);
		free(*bytes);
		*bytes = NULL;
	}
	return r;
}

/* ---- texts ---- */

/* What a text of wider characters begins with, or has at its first character; NULL: it is none. */
static const char *wide_encoding(const char *p, size_t n)
{
	static const struct {
		const char *name;
		size_t n;
		char head[4];
	} rows[] = {
		{ "UTF-32", 4, "\xff\xfe\0" },
		{ "UTF-32", 4, "\0\0\xfe\xff" },
		{ "UTF-16", 2, "\xff\xfe" },
		{ "UTF-16", 2, "\xfe\xff" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++)
		if (n >= rows[i].n && memcmp(p, rows[i].head, rows[i].n) == 0)
			return rows[i].name;
	if (n >= 2 && n % 2 == 0 && !p[0] != !p[1]) /* without a mark */
		return "UTF-16";
	return NULL;
}

static int refuse_bytes(const struct bt_input *in, struct bt_err *err)
{
	const char *wide = wide_encoding(in->text, in->n);
	const char *zero = wide ? NULL : memchr(in->text, '\0', in->n);
	unsigned long line = 1;

	if (wide)
		return bt_fail(
			err, -EINVAL, "%s: is %s; expected UTF-8, see iconv(1)", in->path, wide);
	if (!zero)
		return 0;
	for (const char *p = in->text; (p = memchr(p, '\n', (size_t)(zero - p))) != NULL; p++)
		line++;
	return bt_fail(err, -EINVAL, "%s:%lu: a NUL byte; expected text", in->path, line);
}

/* Takes the bytes, also when it fails. */
static int take(struct bt_input *in, const char *path, char *bytes, size_t n, struct bt_err *err)
{
	bool mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
	int r;

	*in = (struct bt_input){ .path = path, .bytes = bytes, .text = bytes + 3 * mark };
	in->n = n - 3 * mark;
	in->next = in->text;
	in->end = !memchr(in->text, '\n', in->n) && memchr(in->text, '\r', in->n) ? '\r' : '\n';
	r = refuse_bytes(in, err);
	if (r < 0)
		bt_input_close(in);
	return r;
}

int bt_input_text(struct bt_input *in, const char *path, enum bt_input_use use, size_t most,
	struct bt_err *err)
{
	char *bytes;
	size_t n;
	int r = bt_input_bytes(&bytes, &n, path, use, most, err);

	*in = (struct bt_input){ .path = path };
	return r < 0 ? r : take(in, path, bytes, n, err);
}

int bt_input_of(
	struct bt_input *in, const char *name, const char *bytes, size_t n, struct bt_err *err)
{
	char *copy = malloc(n + 1);

	*in = (struct bt_input){ .path = name };
	if (!copy)
		return bt_fail(err, -ENOMEM, "%s: out of memory", name);
	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return take(in, name, copy, n, err);
}

int bt_input_line(struct bt_input *in, char **line, struct bt_err *err)
{
	char *at = in->next, *end, *text_end = in->text + in->n;

	*line = at;
	if (!at || at == text_end)
		return 0;
	in->line++;
	end = memchr(at, in->end, (size_t)(text_end - at));
	in->next = end ? end + 1 : text_end;
	end = end ? end : text_end;
	while (end > at && end[-1] == '\r')
		end--;
	*end = '\0';
	if (memchr(at, '\r', (size_t)(end - at)))
		return bt_fail(err, -EINVAL,
			"%s:%lu: a carriage return inside the line; expected it at its end only",
			in->path, in->line);
	return 1;
}

void bt_input_close(struct bt_input *in)
{
	if (in->bytes)
		explicit_bzero(in->bytes, (size_t)(in->text - in->bytes) + in->n);
	free(in->bytes);
	*in = (struct bt_input){ .path = in->path };
}

int bt_input_only_line(char **line, const char *path, const char *what, struct bt_err *err)
{
	struct bt_input in;
	char *first, *more;
	int r = bt_input_text(&in, path, BT_INPUT_ONCE, LINE_MOST, err);

	*line = NULL;
	if (r == 0)
		r = bt_input_line(&in, &first, err);
	if (r == 0 || (r == 1 && !*first))
		r = bt_fail(err, -EINVAL, "%s: no text in its first line; expected %s", path, what);
	while (r == 1 && (r = bt_input_line(&in, &more, err)) == 1)
		if (*more)
			r = bt_fail(err, -EINVAL, "%s:%lu: more text; expected one line, %s", path,
				in.line, what);
	if (r == 0) {
		*line = strdup(first);
		r = *line ? 0 : bt_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	bt_input_close(&in);
	return r;
}
