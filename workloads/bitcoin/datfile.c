#include "bitcoin/datfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitcoin/block.h"

#define NEAR 512 /* bytes to read for a look at the next record of a file of large ones */

const struct btc_dat_kind btc_dat_blocks = {
	.what = "a block",
	.least = BTC_HEADER_SIZE,
	.most = BTC_MAX_BLOCK_WEIGHT, /* no byte weighs less than one */
};

const struct btc_dat_kind btc_dat_undo = {
	.what = "undo data",
	.least = 1,
	.most = BTC_MAX_COMPACT,
	.tail = 32,
};

int btc_datfile_open(struct btc_datfile *f, const struct btc_dat_kind *kind, const char *path,
	const char *name, const uint8_t *key, struct bt_err *err)
{
	struct stat st;

	*f = (struct btc_datfile){ .kind = kind, .path = path, .name = name };
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO shall not wait */
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return bt_fail(err, -EINVAL, "%s: is not a regular file, expected %s", path, name);
	if (key != NULL)
		memcpy(f->key, key, sizeof(f->key));
	f->size = (uint64_t)st.st_size;
	f->window = malloc(BTC_DAT_WINDOW);
	return f->window != NULL ? 0 : bt_fail(err, -ENOMEM, "%s: out of memory", path);
}

void btc_datfile_close(struct btc_datfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->window);
	f->window = NULL;
	f->fd = -1;
}

static int read_at(struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(f->fd, out + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return bt_fail(err, -EIO, "%s: byte %llu: %s", f->path,
				(unsigned long long)(at + done),
				got < 0 ? strerror(errno) : "the file has become shorter");
		done += (size_t)got;
	}
	for (size_t i = 0; i < n; i++)
		out[i] ^= f->key[(at + i) % BTC_DAT_KEY_SIZE];
	return 0;
}

int btc_datfile_read(struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err)
{
	if (at < f->window_at || at + n > f->window_at + f->window_n)
		return read_at(f, out, at, n, err);
	memcpy(out, f->window + (at - f->window_at), n);
	return 0;
}

/*
 * The next `want` bytes, as many as the file has of them. Reading that goes on where it was reads far ahead; a jump looks at
 * little more than it must, so that the index of a large directory does not read all of it.
 */
static int look(struct btc_datfile *f, const uint8_t **p, size_t *n, uint64_t at, size_t want,
	struct bt_err *err)
{
	uint64_t end = f->window_at + f->window_n;
	size_t left = (size_t)BT_MIN(f->size - at, (uint64_t)BTC_DAT_WINDOW), ahead;
	int rc = 0;

	want = BT_MIN(want, left);
	if (at < f->window_at || at + want > end) {
		ahead = at <= end ? BTC_DAT_WINDOW : NEAR;
		f->window_at = at;
		f->window_n = BT_MIN(BT_MAX(want, ahead), left);
		rc = read_at(f, f->window, at, f->window_n, err);
	}
	*p = f->window + (at - f->window_at);
	*n = (size_t)(f->window_at + f->window_n - at);
	return rc;
}

static bool was_written(const struct btc_datfile *f, uint64_t at, uint8_t byte)
{
	return byte != f->key[at % BTC_DAT_KEY_SIZE];
}

/* What is wrong with the frame of a record, in words; false when nothing is. */
static bool bad_frame(const struct btc_datfile *f, char *why, size_t size, uint64_t at,
	const uint8_t *p, size_t n)
{
	uint64_t room = f->size - at - BTC_DAT_FRAME_SIZE;
	uint32_t len;

	if (n < BTC_DAT_FRAME_SIZE) {
		snprintf(why, size, "%zu bytes left, expected a record", n);
		return true;
	}
	len = btc_le32(p + 4);
	if (memcmp(p, f->magic, 4) != 0)
		snprintf(why, size, "message start %02x%02x%02x%02x, expected %02x%02x%02x%02x",
			p[0], p[1], p[2], p[3], f->magic[0], f->magic[1], f->magic[2], f->magic[3]);
	else if (len < f->kind->least || len > f->kind->most)
		snprintf(why, size, "%s of %u bytes, expected %u to %u", f->kind->what, len,
			f->kind->least, f->kind->most);
	else if (len + f->kind->tail > room)
		snprintf(why, size, "%s of %u bytes, but only %llu are left", f->kind->what, len,
			(unsigned long long)room);
	else
		return false;
	return true;
}

/* Moves *at to the next message start, or the end. *written: something was ever written in between. */
static int seek_magic(struct btc_datfile *f, uint64_t *at, bool *written, struct bt_err *err)
{
	const uint8_t *p;
	size_t n;

	*written = false;
	while (*at < f->size) {
		int rc = look(f, &p, &n, *at, sizeof(f->magic), err);

		if (rc != 0)
			return rc;
		for (size_t i = 0; i < n; i++, ++*at) {
			if (n - i < sizeof(f->magic) && *at + (n - i) < f->size)
				break; /* the rest is in the next window */
			if (n - i >= sizeof(f->magic) && memcmp(p + i, f->magic, 4) == 0)
				return 0;
			*written |= was_written(f, *at, p[i]);
		}
	}
	return 0;
}

static int step_over(
	struct btc_datfile *f, uint64_t *at, const char *why, bool written, struct bt_err *err)
{
	uint64_t start = *at;
	bool more;
	int rc;

	++*at; /* a good message start in front of a bad length would be found again */
	rc = seek_magic(f, at, &more, err);
	if (rc == 0 && (written || more) && f->fault[0] == '\0')
		snprintf(f->fault, sizeof(f->fault), "byte %llu of %s: %s",
			(unsigned long long)start, f->name, why);
	return rc;
}

int btc_datfile_next(
	struct btc_datfile *f, struct btc_dat_record *record, uint64_t *at, struct bt_err *err)
{
	while (*at < f->size) {
		const uint8_t *p;
		char why[120];
		size_t n;
		int rc = look(f, &p, &n, *at, BTC_DAT_FRAME_SIZE, err);

		if (rc != 0)
			return rc;
		if (!bad_frame(f, why, sizeof(why), *at, p, n)) {
			record->at = *at + BTC_DAT_FRAME_SIZE;
			record->n = btc_le32(p + 4);
			*at = record->at + record->n + f->kind->tail;
			return 1;
		}
		rc = step_over(f, at, why, was_written(f, *at, p[0]), err);
		if (rc != 0)
			return rc;
	}
	return 0;
}
