#include "bitcoin/blkfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitcoin/block.h"

#define FRAME_SIZE 8 /* message start, length */

static int read_all(struct btc_blkfile *f, int fd, const char *path, struct bt_err *err)
{
	size_t at = 0;

	while (at < f->size) {
		ssize_t n = read(fd, f->bytes + at, f->size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
		if (n == 0)
			break;
		at += (size_t)n;
	}
	f->size = at;
	return 0;
}

/*
 * The file is read, not mapped: a file that shrinks under a mapping kills the program, and page faults in the middle of a
 * measurement would be the disk's.
 */
static int load(struct btc_blkfile *f, const char *path, struct bt_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	struct stat st;

	if (fd < 0)
		return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0)
		rc = bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = bt_fail(err, -EINVAL, "%s: is not a regular file, expected a blk*.dat", path);
	if (rc == 0) {
		f->size = (size_t)st.st_size;
		f->bytes = malloc(f->size + 1);
		rc = f->bytes != NULL
		        ? read_all(f, fd, path, err)
		        : bt_fail(err, -ENOMEM, "%s: %zu bytes: out of memory", path, f->size);
	}
	close(fd);
	return rc;
}

static bool zero_from(const struct btc_blkfile *f, size_t at)
{
	while (at < f->size && f->bytes[at] == 0)
		at++;
	return at == f->size;
}

/* What is wrong with the record at this position, or false. */
static bool bad_frame(struct btc_blkfile *f, size_t at)
{
	const uint8_t *p = f->bytes + at, *magic = f->params->magic;
	size_t left = f->size - at;
	uint32_t n;

	if (left < FRAME_SIZE) {
		snprintf(f->fault, sizeof(f->fault),
		        "byte %zu of the file: %zu bytes left, expected a record", at, left);
		return true;
	}
	n = btc_le32(p + 4);
	if (memcmp(p, magic, 4) != 0)
		snprintf(f->fault, sizeof(f->fault),
		        "byte %zu of the file: message start %02x%02x%02x%02x, expected "
		        "%02x%02x%02x%02x",
		        at, p[0], p[1], p[2], p[3], magic[0], magic[1], magic[2], magic[3]);
	else if (n < BTC_HEADER_SIZE)
		snprintf(f->fault, sizeof(f->fault),
		        "byte %zu of the file: a block of %u bytes, expected %d or more", at, n,
		        BTC_HEADER_SIZE);
	else if (n > left - FRAME_SIZE)
		snprintf(f->fault, sizeof(f->fault),
		        "byte %zu of the file: a block of %u bytes, but only %zu are left", at, n,
		        left - FRAME_SIZE);
	return f->fault[0] != '\0';
}

static int add_record(struct btc_blkfile *f, uint32_t *cap, size_t at)
{
	if (f->n == *cap) {
		uint32_t more = *cap == 0 ? 1024 : *cap * 2;
		struct btc_blk_record *r = realloc(f->records, more * sizeof(r[0]));

		if (r == NULL)
			return -ENOMEM;
		f->records = r;
		*cap = more;
	}
	f->records[f->n++] = (struct btc_blk_record){
		.p = f->bytes + at + FRAME_SIZE,
		.n = btc_le32(f->bytes + at + 4),
		.offset = at + FRAME_SIZE,
	};
	return 0;
}

static int scan(struct btc_blkfile *f)
{
	uint32_t cap = 0;
	int rc = 0;

	for (size_t at = 0; rc == 0 && !zero_from(f, at);) {
		if (bad_frame(f, at))
			break;
		rc = add_record(f, &cap, at);
		at += FRAME_SIZE + btc_le32(f->bytes + at + 4);
	}
	return rc;
}

static int find_network(struct btc_blkfile *f, const char *path, struct bt_err *err)
{
	const uint8_t *p = f->bytes;

	if (f->params == NULL && f->size >= 4)
		f->params = btc_chainparams_by_magic(p);
	if (f->params != NULL)
		return 0;
	if (f->size < 4)
		return bt_fail(
		        err, -EINVAL, "%s: %zu bytes, expected blocks (blk*.dat)", path, f->size);
	return bt_fail(err, -EINVAL,
	        "%s: begins with %02x%02x%02x%02x, expected the message start of a Bitcoin network",
	        path, p[0], p[1], p[2], p[3]);
}

int btc_blkfile_open(struct btc_blkfile *f, const char *path, const struct btc_chainparams *params,
        struct bt_err *err)
{
	int rc;

	*f = (struct btc_blkfile){ .params = params };
	rc = load(f, path, err);
	if (rc == 0)
		rc = find_network(f, path, err);
	if (rc == 0 && scan(f) != 0)
		rc = bt_fail(err, -ENOMEM, "%s: %u blocks: out of memory", path, f->n);
	if (rc == 0 && f->n == 0)
		rc = bt_fail(err, -EINVAL, "%s: no readable block: %s", path,
		        f->fault[0] != '\0' ? f->fault : "nothing but zeros");
	if (rc != 0)
		btc_blkfile_close(f);
	return rc;
}

void btc_blkfile_close(struct btc_blkfile *f)
{
	free(f->records);
	free(f->bytes);
	f->records = NULL;
	f->bytes = NULL;
	f->n = 0;
}
