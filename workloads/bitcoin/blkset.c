#include "bitcoin/blkset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bitcoin/block.h"

#define NAME BTC_BLKSET_NAME

void btc_progress_tell(
	const struct btc_progress *progress, const char *what, uint64_t done, uint64_t total)
{
	if (progress->report != NULL)
		progress->report(progress->arg, what, done, total);
}

void btc_blkset_name(const struct btc_blkset *set, char *path, size_t size, char name[NAME],
	const char *stem, uint32_t i)
{
	if (!set->dir) {
		snprintf(name, NAME, "the file");
		snprintf(path, size, "%s", set->path);
		return;
	}
	snprintf(name, NAME, "%s%05u.dat", stem, set->files[i].number);
	snprintf(path, size, "%s/%s", set->path, name);
}

static int no_memory(const struct btc_blkset *set, struct bt_err *err)
{
	return bt_fail(err, -ENOMEM, "%s: %u blocks: out of memory", set->path, set->n);
}

/* An array that grows by doubling: room for one more row of `size` bytes behind n rows. */
static int grow(void *array, uint32_t *cap, uint32_t n, size_t size)
{
	void *p;

	if (n < *cap)
		return 0;
	*cap = *cap == 0 ? 64 : *cap * 2;
	memcpy(&p, array, sizeof(p));
	p = realloc(p, *cap * size);
	if (p == NULL)
		return -ENOMEM;
	memcpy(array, &p, sizeof(p));
	return 0;
}

/* The number in "blk00000.dat"; false for any other name. */
static bool number_in(uint32_t *number, const char *name)
{
	char same[NAME];
	unsigned n;

	if (sscanf(name, "blk%u.dat", &n) != 1)
		return false;
	snprintf(same, sizeof(same), "blk%05u.dat", n);
	*number = n;
	return strcmp(same, name) == 0;
}

static int by_number(const void *a, const void *b)
{
	const struct btc_blkset_file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int list_files(struct btc_blkset *set, struct bt_err *err)
{
	DIR *dir = opendir(set->path);
	const struct dirent *entry;
	uint32_t cap = 0, number;
	int rc = 0;

	if (dir == NULL)
		return bt_fail(err, -errno, "%s: %s", set->path, strerror(errno));
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (!number_in(&number, entry->d_name))
			continue;
		rc = grow(&set->files, &cap, set->n_files, sizeof(set->files[0]));
		if (rc == 0)
			set->files[set->n_files++] = (struct btc_blkset_file){ .number = number };
	}
	closedir(dir);
	if (rc != 0)
		return no_memory(set, err);
	if (set->n_files == 0)
		return bt_fail(err, -EINVAL,
			"%s: no blk*.dat in it, expected Bitcoin Core's blocks directory",
			set->path);
	qsort(set->files, set->n_files, sizeof(set->files[0]), by_number);
	return 0;
}

/* Since Core 28. A directory without the file is plain. */
static int read_key(struct btc_blkset *set, struct bt_err *err)
{
	char path[PATH_MAX];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/xor.dat", set->path);
	f = fopen(path, "rb");
	if (f == NULL && errno == ENOENT)
		return 0;
	if (f == NULL)
		return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	n = fread(set->key, 1, sizeof(set->key), f);
	if (n == sizeof(set->key) && fgetc(f) != EOF)
		n++;
	fclose(f);
	if (n == sizeof(set->key))
		return 0;
	return bt_fail(err, -EINVAL, "%s: %s than the %zu bytes expected", path,
		n < sizeof(set->key) ? "shorter" : "longer", sizeof(set->key));
}

static int open_file(const struct btc_blkset *set, struct btc_datfile *f, char *path, char *name,
	const char *stem, uint32_t i, struct bt_err *err)
{
	const struct btc_dat_kind *kind = stem[0] == 'r' ? &btc_dat_undo : &btc_dat_blocks;

	btc_blkset_name(set, path, PATH_MAX, name, stem, i);
	return btc_datfile_open(f, kind, path, name, set->key, err);
}

/* Looks at the first bytes of a file. 0 whether or not they are a network's. */
static int try_magic(
	struct btc_blkset *set, uint8_t magic[4], const char *stem, uint32_t i, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_datfile f;
	int rc = open_file(set, &f, path, name, stem, i, err);

	memset(magic, 0, 4);
	if (rc == 0 && f.size >= 4)
		rc = btc_datfile_read(&f, magic, 0, 4, err);
	set->params = btc_chainparams_by_magic(magic);
	btc_datfile_close(&f);
	return rc;
}

/* The first file that begins as it should; a damaged first one shall not hide the network. */
static int find_network(struct btc_blkset *set, struct bt_err *err)
{
	uint8_t first[4], other[4];
	int rc;

	if (set->params != NULL)
		return 0;
	rc = try_magic(set, first, "blk", 0, err);
	for (uint32_t i = 1; rc == 0 && set->params == NULL && i < set->n_files; i++)
		rc = try_magic(set, other, "blk", i, err);
	for (uint32_t i = 0; set->dir && rc == 0 && set->params == NULL && i < set->n_files; i++)
		rc = try_magic(set, other, "rev", i, err) == -ENOENT ? 0 : rc;
	if (rc != 0 || set->params != NULL)
		return rc;
	return bt_fail(err, -EINVAL,
		"%s: begins with %02x%02x%02x%02x, expected the message start of a Bitcoin "
		"network; an obfuscated file is read through its directory",
		set->path, first[0], first[1], first[2], first[3]);
}

/* Keeps the header, and how many transactions the block says it has. */
static int add_record(struct btc_blkset *set, uint32_t *cap, struct btc_datfile *f,
	const struct btc_dat_record *at, uint32_t file, struct bt_err *err)
{
	uint8_t head[BTC_HEADER_SIZE + 9], *copy = btc_arena_get(&set->arena, 1, BTC_HEADER_SIZE);
	struct btc_reader r = { .p = head, .size = BT_MIN(at->n, sizeof(head)) };
	int rc;

	if (copy == NULL || grow(&set->records, cap, set->n, sizeof(set->records[0])) != 0)
		return no_memory(set, err);
	rc = btc_datfile_read(f, head, at->at, r.size, err);
	if (rc != 0)
		return rc;
	memcpy(copy, head, BTC_HEADER_SIZE);
	r.at = BTC_HEADER_SIZE;
	set->records[set->n++] = (struct btc_blk_record){
		.header = copy,
		.n = at->n,
		.n_tx = (uint32_t)btc_read_compact(&r),
		.file = file,
		.offset = at->at,
	};
	return 0;
}

static int scan_file(struct btc_blkset *set, uint32_t *cap, uint32_t i, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_dat_record at;
	struct btc_datfile f;
	uint64_t pos = 0;
	int rc = open_file(set, &f, path, name, "blk", i, err);

	memcpy(f.magic, set->params->magic, sizeof(f.magic));
	while (rc == 0 && (rc = btc_datfile_next(&f, &at, &pos, err)) > 0)
		rc = add_record(set, cap, &f, &at, i, err);
	if (rc == 0 && f.fault[0] != '\0') {
		set->files[i].fault = btc_arena_get(&set->arena, sizeof(f.fault), 1);
		if (set->files[i].fault != NULL)
			memcpy(set->files[i].fault, f.fault, sizeof(f.fault));
		else
			rc = no_memory(set, err);
	}
	btc_datfile_close(&f);
	return rc;
}

static int scan(struct btc_blkset *set, const struct btc_progress *progress, struct bt_err *err)
{
	const char *fault = NULL;
	uint32_t cap = 0;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < set->n_files; i++) {
		rc = scan_file(set, &cap, i, err);
		if (fault == NULL)
			fault = set->files[i].fault;
		if (set->dir)
			btc_progress_tell(progress, "files of blocks read", i + 1, set->n_files);
	}
	if (rc != 0 || set->n > 0)
		return rc;
	return bt_fail(err, -EINVAL, "%s: no readable block: %s", set->path,
		fault != NULL ? fault : "nothing but zeros");
}

static int find_files(struct btc_blkset *set, struct bt_err *err)
{
	struct stat st;
	int rc;

	if (stat(set->path, &st) != 0)
		return bt_fail(err, -errno, "%s: %s", set->path, strerror(errno));
	set->dir = S_ISDIR(st.st_mode);
	if (set->dir) {
		rc = read_key(set, err);
		return rc == 0 ? list_files(set, err) : rc;
	}
	set->files = calloc(1, sizeof(set->files[0]));
	set->n_files = 1;
	return set->files != NULL ? 0 : no_memory(set, err);
}

int btc_blkset_open(struct btc_blkset *set, const char *path, const struct btc_chainparams *params,
	const struct btc_progress *progress, struct bt_err *err)
{
	int rc;

	*set = (struct btc_blkset){ .path = path, .params = params };
	rc = find_files(set, err);
	if (rc == 0)
		rc = find_network(set, err);
	if (rc == 0)
		rc = scan(set, progress, err);
	return rc;
}

void btc_blkset_close(struct btc_blkset *set)
{
	free(set->files);
	free(set->records);
	btc_arena_fini(&set->arena);
	*set = (struct btc_blkset){ .n = 0 };
}

int btc_blkset_read(struct btc_span *bytes, struct btc_datfile *file,
	const struct btc_blk_record *record, struct btc_arena *arena, struct bt_err *err)
{
	uint8_t *p = btc_arena_get(arena, record->n, 1);

	if (p == NULL)
		return bt_fail(err, -ENOMEM, "%s: a block of %u bytes: out of memory", file->path,
			record->n);
	*bytes = (struct btc_span){ .p = p, .n = record->n };
	return btc_datfile_read(file, p, record->offset, record->n, err);
}
