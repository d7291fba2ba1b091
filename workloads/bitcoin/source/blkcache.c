/*
 * A file is the sizes of block and undo data as four bytes each, little endian, the two, and the
 * double SHA-256 of all that. Genesis has no undo data: none of any other block is so short.
 */
#include "bitcoin/source/blkcache.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "base/path.h"
#include "bitcoin/rules/hash.h"

#define HEAD_SIZE 8
#define SUM_SIZE  32
#define FILE_MOST (INT64_C(64) << 20)

static int path_of(char *path, const char *network, const uint8_t hash[32], struct bt_err *err)
{
	char name[128], hex[BTC_HEX_SIZE];

	btc_hash_hex(hex, hash);
	snprintf(name, sizeof(name), "blocks/%s/%s", network, hex);
	return bt_cache_path(path, PATH_MAX, name, err);
}

/* The whole file. 1 when it is there. */
static int read_file(struct btc_span *bytes, const char *path, struct btc_arena *arena)
{
	int fd = bt_input_open(path, BT_INPUT_FILE, NULL), rc = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
	struct stat st;
	uint8_t *p;

	if (f == NULL)
		return 0;
	if (fstat(fd, &st) == 0 && st.st_size >= HEAD_SIZE + SUM_SIZE && st.st_size <= FILE_MOST) {
		p = btc_arena_get(arena, (size_t)st.st_size, 1);
		*bytes = (struct btc_span){ .p = p, .n = (size_t)st.st_size };
		rc = p == NULL ? -ENOMEM : fread(p, 1, bytes->n, f) == bytes->n;
	}
	fclose(f);
	return rc;
}

static bool take_apart(struct btc_span *block, struct btc_span *undo, struct btc_span file)
{
	size_t payload = file.n - HEAD_SIZE - SUM_SIZE;
	uint32_t n_block = btc_le32(file.p), n_undo = btc_le32(file.p + 4);
	uint8_t sum[SUM_SIZE];

	btc_sha256d(sum, file.p, file.n - SUM_SIZE);
	if ((uint64_t)n_block + n_undo != payload ||
		memcmp(sum, file.p + file.n - SUM_SIZE, SUM_SIZE) != 0)
		return false;
	*block = (struct btc_span){ .p = file.p + HEAD_SIZE, .n = n_block };
	*undo = (struct btc_span){ .p = NULL };
	if (n_undo > 0)
		*undo = (struct btc_span){ .p = block->p + n_block, .n = n_undo };
	return true;
}

int btc_blkcache_get(struct btc_span *block, struct btc_span *undo, const char *network,
	const uint8_t hash[32], struct btc_arena *arena, struct bt_err *err)
{
	char path[PATH_MAX];
	struct btc_span file;
	int rc = path_of(path, network, hash, err);

	if (rc != 0)
		return rc;
	rc = read_file(&file, path, arena);
	if (rc < 0)
		return bt_fail(err, rc, "%s: out of memory", path);
	return rc > 0 && take_apart(block, undo, file);
}

static bool write_all(FILE *f, struct btc_span block, struct btc_span undo)
{
	uint8_t head[HEAD_SIZE], sum[SUM_SIZE];
	struct sha256_ctx ctx;

	btc_put_le32(head, (uint32_t)block.n);
	btc_put_le32(head + 4, (uint32_t)undo.n);
	sha256_init(&ctx);
	sha256_update(&ctx, sizeof(head), head);
	sha256_update(&ctx, block.n, block.p);
	if (undo.n > 0)
		sha256_update(&ctx, undo.n, undo.p);
	btc_sha256d_end(sum, &ctx);
	return fwrite(head, 1, sizeof(head), f) == sizeof(head) &&
		fwrite(block.p, 1, block.n, f) == block.n &&
		(undo.n == 0 || fwrite(undo.p, 1, undo.n, f) == undo.n) &&
		fwrite(sum, 1, sizeof(sum), f) == sizeof(sum);
}

int btc_blkcache_put(const char *network, const uint8_t hash[32], struct btc_span block,
	struct btc_span undo, struct bt_err *err)
{
	char path[PATH_MAX], part[PATH_MAX + 16];
	FILE *f;
	int rc = path_of(path, network, hash, err);
	bool ok;

	if (rc == 0)
		rc = bt_make_parents(path, err);
	if (rc != 0)
		return rc;
	snprintf(part, sizeof(part), "%s.%d", path, (int)getpid());
	f = fopen(part, "wb");
	if (f == NULL)
		return bt_fail(err, -errno, "%s: %s", part, strerror(errno));
	ok = write_all(f, block, undo);
	ok = fclose(f) == 0 && ok;
	if (ok && rename(part, path) == 0)
		return 0;
	rc = bt_fail(err, -errno, "%s: %s", part, strerror(errno));
	unlink(part);
	return rc;
}
