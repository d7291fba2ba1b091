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

#define CHUNK     ((size_t)1 << 20) /* bytes read between two checks of the signal flag */
#define LINE_MOST ((size_t)1 << 20) /* of a file with one line */
#define WINDOW    ((size_t)1 << 16)
#define LONGEST   ((size_t)64 << 20) /* of a line that bt_input_lines reads */
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
 * Duplicates a pipe that this process already holds: a FIFO opened after its writer has left would
 * wait for the next writer, and a socket cannot be opened at all.
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
	return bt_fail(err, -EINTR, "%s: interrupted while reading", path);
}

/*
 * Waits until bytes arrive or the writer leaves. A descriptor may be blocking, so every read
 * follows this.
 */
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

static int too_large(const char *path, uint64_t most, struct bt_err *err)
{
	char text[BT_FMT_MAX];

	return bt_fail(err, -EINVAL, "%s: expected at most %s", path,
		bt_fmt_bytes(text, sizeof(text), (double)most));
}

/* A pipe is empty when another option, or the trial before, has read it. */
static bool is_pipe(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
}

static int came_empty(const char *path, struct bt_err *err)
{
	return bt_fail(err, -ENODATA, "%s: empty pipe; a pipe can be read only once", path);
}

/* The next bytes: how many, 0 at the end. */
static ssize_t read_some(
	char *to, size_t n, int fd, bool stream, const char *path, struct bt_err *err)
{
	ssize_t got;
	int r;

	do {
		r = stream ? await(fd, path, err) : 0;
		got = r < 0 ? r : read(fd, to, BT_MIN(n, CHUNK));
	} while (r == 0 && got < 0 && (errno == EINTR || errno == EAGAIN));
	if (r < 0)
		return r;
	return got < 0 ? bt_fail(err, -EIO, "%s: cannot read: %s", path, strerror(errno)) : got;
}

ssize_t bt_input_some(int fd, void *bytes, size_t size, const char *path, struct bt_err *err)
{
	return read_some(bytes, size, fd, true, path, err);
}

/* Doubles the room, up to `most`; no copy of a secret stays behind. */
static bool grow(char **bytes, size_t used, size_t *room, size_t most)
{
	size_t more = *room < most / 2 ? 2 * *room : most;
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
	struct stat st = { 0 };
	size_t room = WINDOW;
	ssize_t got = 1;
	bool stream = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);

	if (!stream && (uint64_t)st.st_size > most)
		return too_large(path, most, err);
	if (!stream)
		room = (size_t)st.st_size + 2;
	*bytes = malloc(room);
	while (*bytes && got > 0) {
		if (*n + 1 >= room && !grow(bytes, *n, &room, most + 2))
			break;
		if (*n && bt_stop_signal)
			return interrupted(path, err);
		got = read_some(*bytes + *n, room - 1 - *n, fd, stream, path, err);
		*n += (size_t)BT_MAX(got, 0);
		if (*n > most)
			return too_large(path, most, err);
	}
	if (got < 0)
		return (int)got;
	if (got > 0)
		return bt_oom(err, "%s", path);
	if (*n == 0 && is_pipe(&st))
		return came_empty(path, err);
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

/*
 * UTF-16 or UTF-32, by the byte order mark or by the zero bytes of the first character; NULL:
 * neither.
 */
static const char *wide_encoding(const char *p, size_t n)
{
	static const struct {
		const char *name;
		size_t n;
		char mark[4];
	} rows[] = {
		{ "UTF-32", 4, "\xff\xfe\0" },
		{ "UTF-32", 4, "\0\0\xfe\xff" },
		{ "UTF-16", 2, "\xff\xfe" },
		{ "UTF-16", 2, "\xfe\xff" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++)
		if (n >= rows[i].n && memcmp(p, rows[i].mark, rows[i].n) == 0)
			return rows[i].name;
	return n >= 2 && !p[0] != !p[1] ? "UTF-16" : NULL;
}

/* Skips a byte order mark. */
static int look_at_head(struct bt_input *in, struct bt_err *err)
{
	size_t n = (size_t)(in->end - in->next);
	const char *wide = wide_encoding(in->next, n);

	if (wide)
		return bt_fail(
			err, -EINVAL, "%s: is %s; expected UTF-8, see iconv(1)", in->path, wide);
	if (n >= 3 && memcmp(in->next, "\xef\xbb\xbf", 3) == 0)
		in->next += 3;
	return 0;
}

static int has_zero(const struct bt_input *in, unsigned long line, struct bt_err *err)
{
	return bt_fail(err, -EINVAL, "%s:%lu: a NUL byte; expected text", in->path, line);
}

/* Owns the bytes, also after a failure. */
static int take(struct bt_input *in, const char *path, char *bytes, size_t n, struct bt_err *err)
{
	unsigned long line = 1;
	const char *zero;
	int r;

	*in = (struct bt_input){ .path = path, .bytes = bytes, .next = bytes };
	in->end = bytes + n;
	in->room = n + 1;
	r = look_at_head(in, err);
	in->text = in->next;
	in->n = (size_t)(in->end - in->text);
	zero = memchr(in->text, '\0', in->n);
	if (r == 0 && zero) {
		for (const char *p = in->text; (p = memchr(p, '\n', (size_t)(zero - p))); p++)
			line++;
		r = has_zero(in, line, err);
	}
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
		return bt_oom(err, "%s", name);
	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return take(in, name, copy, n, err);
}

/* Reads more behind the bytes that are not returned yet. Closes the file at its end. */
static int refill(struct bt_input *in, struct bt_err *err)
{
	size_t n = (size_t)(in->end - in->next);
	ssize_t got;

	if (in->next > in->bytes && n) /* they overlap */
		memmove(in->bytes, in->next, n);
	if (n + 1 >= in->room && (in->room >= LONGEST || !grow(&in->bytes, n, &in->room, LONGEST)))
		return in->room >= LONGEST
			? bt_fail(err, -EINVAL, "%s:%lu: a line of more than 64 MiB", in->path,
				  in->line + 1)
			: bt_oom(err, "%s", in->path);
	got = bt_stop_signal
		? interrupted(in->path, err)
		: read_some(in->bytes + n, in->room - 1 - n, in->fd, in->stream, in->path, err);
	in->next = in->bytes;
	in->end = in->bytes + n + BT_MAX(got, 0);
	if (got < 0)
		return (int)got;
	*in->end = '\0';
	in->taken += (uint64_t)got;
	if (in->taken > in->most)
		return too_large(in->path, in->most, err);
	in->more = got > 0;
	if (!in->more)
		close(in->fd);
	return 0;
}

int bt_input_lines(struct bt_input *in, const char *path, enum bt_input_use use, uint64_t most,
	struct bt_err *err)
{
	struct stat st = { 0 };
	int r = 0;

	*in = (struct bt_input){ .path = path, .room = WINDOW, .most = most };
	in->fd = bt_input_open(path, use, err);
	if (in->fd < 0)
		return in->fd;
	in->more = true;
	in->stream = fstat(in->fd, &st) < 0 || !S_ISREG(st.st_mode);
	in->bytes = in->next = in->end = malloc(in->room);
	if (!in->bytes)
		r = bt_oom(err, "%s", path);
	while (r == 0 && in->more && in->end - in->bytes < 4)
		r = refill(in, err);
	if (r == 0 && in->end == in->bytes && is_pipe(&st))
		r = came_empty(path, err);
	if (r == 0)
		r = look_at_head(in, err);
	if (r < 0)
		bt_input_close(in);
	return r;
}

/*
 * The end of the line that begins at `next`; NULL: not read yet. The first line end sets which one
 * the whole text uses.
 */
static char *find_end(struct bt_input *in)
{
	size_t n = (size_t)(in->end - in->next);
	char *newline, *back, *after;

	if (!in->ends) {
		newline = memchr(in->next, '\n', n);
		back = memchr(in->next, '\r', newline ? (size_t)(newline - in->next) : n);
		after = back ? back + strspn(back, "\r") : NULL;
		if (after == in->end && in->more)
			return NULL;
		if (after == newline)
			back = NULL;
		if (newline || back)
			in->ends = back ? '\r' : '\n';
	}
	return in->ends ? memchr(in->next, in->ends, n) : NULL;
}

int bt_input_line(struct bt_input *in, char **line, struct bt_err *err)
{
	char *at, *end = NULL;
	int r;

	while (!(end = find_end(in)) && in->more) {
		if (memchr(in->next, '\0', (size_t)(in->end - in->next)))
			return has_zero(in, in->line + 1, err);
		r = refill(in, err);
		if (r < 0)
			return r;
	}
	*line = at = in->next;
	if (at == in->end)
		return 0;
	in->line++;
	in->next = end ? end + 1 : in->end;
	end = end ? end : in->end;
	while (end > at && end[-1] == '\r')
		end--;
	*end = '\0';
	if (strlen(at) < (size_t)(end - at))
		return has_zero(in, in->line, err);
	if (strpbrk(at, "\r\n"))
		return bt_fail(err, -EINVAL,
			"%s:%lu: a %s inside the line; expected one kind of line end", in->path,
			in->line, in->ends == '\n' ? "carriage return" : "newline");
	return 1;
}

void bt_input_close(struct bt_input *in)
{
	if (in->bytes)
		explicit_bzero(in->bytes, in->room);
	free(in->bytes);
	if (in->more)
		close(in->fd);
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
		r = *line ? 0 : bt_oom(err, "%s", path);
	}
	bt_input_close(&in);
	return r;
}

void bt_input_forget(char *line)
{
	if (line)
		explicit_bzero(line, strlen(line));
	free(line);
}
