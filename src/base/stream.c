#include "base/stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

#define LOOK_MS 50
/* With a reader that takes nothing, once the program is to end. */
#define PATIENCE_NS (300 * BT_NS_PER_MS)

/* Waits until fd takes PIPE_BUF bytes, as poll says. 0, or errno. */
static int await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	uint64_t since_ns = 0;

	for (;;) {
		int n = poll(&p, 1, LOOK_MS);

		if (n > 0 || (n < 0 && errno != EINTR))
			return 0; /* what is wrong with fd is for write() to say */
		if (!bt_stop_count)
			continue;
		if (!since_ns)
			since_ns = bt_monotonic_ns();
		else if (bt_monotonic_ns() - since_ns > PATIENCE_NS)
			return ETIMEDOUT;
	}
}

static ssize_t put(void *cookie, const char *bytes, size_t n)
{
	struct bt_stream *s = cookie;
	size_t done = 0;
	struct stat st;
	bool waits = fstat(s->fd, &st) == 0 && !S_ISREG(st.st_mode);

	while (done < n && !s->error) {
		size_t some = waits ? BT_MIN(n - done, (size_t)PIPE_BUF) : n - done;
		ssize_t w;

		s->error = waits ? await(s->fd) : 0;
		if (s->error)
			break;
		w = write(s->fd, bytes + done, some);
		if (w >= 0)
			done += (size_t)w;
		else if (errno != EINTR && errno != EAGAIN)
			s->error = errno;
	}
	if (s->error)
		errno = s->error;
	return (ssize_t)done;
}

static int finish(void *cookie)
{
	struct bt_stream *s = cookie;

	return s->owned ? close(s->fd) : 0;
}

int bt_stream_open(struct bt_stream *s, int fd, bool owned)
{
	static const cookie_io_functions_t functions = { .write = put, .close = finish };

	*s = (struct bt_stream){ .fd = fd, .owned = owned };
	s->file = fopencookie(s, "w", functions);
	return s->file ? 0 : -ENOMEM;
}

const char *bt_stream_words(int error)
{
	return error == ETIMEDOUT ? "nobody reads it" : strerror(error ? error : EIO);
}
