#include "bitcoin/source/blkset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "bitcoin/rules/block.h"

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
	return bt_oom(err, "%s: %u blocks", set->path, set->n);
}

/* The number in "blk00000.dat" or "rev00000.dat", by stem; false for any other name. */
static bool number_in(uint32_t *number, const char *stem, const char *name)
{
	char same[NAME];
	unsigned n;

	if (strncmp(name, stem, 3) != 0 || sscanf(name + 3, "%u.dat", &n) != 1)
		return false;
	snprintf(same, sizeof(same), "%s%05u.dat", stem, n);
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
	struct btc_blkset_file *files;
	uint32_t number;
	int rc = 0;

	if (dir == NULL)
		return bt_fail(err, -errno, "%s: %s", set->path, strerror(errno));
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		set->undo |= number_in(&number, "rev", entry->d_name);
		if (!number_in(&number, "blk", entry->d_name))
			continue;
		files = bt_grow(set->files, set->n_files, sizeof(files[0]));
		rc = files ? 0 : -ENOMEM;
		if (rc == 0) {
			set->files = files;
			files[set->n_files++] = (struct btc_blkset_file){ .number = number };
		}
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

/* The key in a xor.dat, which Core writes since 28: 1; 0 without such a file. */
static int read_key(uint8_t key[BTC_DAT_KEY_SIZE], const char *path, struct bt_err *err)
{
	struct btc_datfile f;
	int rc = btc_datfile_open(&f, &btc_dat_blocks, path, "xor.dat", NULL, err);

	if (rc == 0 && f.size != BTC_DAT_KEY_SIZE)
		rc = bt_fail(err, -EINVAL, "%s: %s than the %d bytes expected", path,
			f.size < BTC_DAT_KEY_SIZE ? "shorter" : "longer", BTC_DAT_KEY_SIZE);
	if (rc == 0)
		rc = btc_datfile_read(&f, key, 0, BTC_DAT_KEY_SIZE, err);
	btc_datfile_close(&f);
	return rc == -ENOENT ? 0 : rc == 0 ? 1 : rc;
}

static int open_file(const struct btc_blkset *set, struct btc_datfile *f, char *path, char *name,
	const char *stem, uint32_t i, struct bt_err *err)
{
	const struct btc_dat_kind *kind = stem[0] == 'r' ? &btc_dat_undo : &btc_dat_blocks;

	int rc;

	btc_blkset_name(set, path, PATH_MAX, name, stem, i);
	rc = btc_datfile_open(f, kind, path, name, set->key, err);
	f->params = set->params;
	return rc;
}

/* The network of the first message start in a file's first bytes; asked NULL: of any. 0 whether or
 * not there is one. */
static int try_magic(struct btc_blkset *set, uint8_t first[4], const struct btc_chainparams *asked,
	const char *stem, uint32_t i, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_datfile f;
	uint8_t *p = NULL;
	size_t n = 0;
	int rc = open_file(set, &f, path, name, stem, i, err);

	if (rc == 0) {
		n = (size_t)BT_MIN(f.size, (uint64_t)BTC_DAT_WINDOW);
		p = f.window;
		rc = btc_datfile_read(&f, p, 0, n, err);
	}
	for (size_t at = 0; rc == 0 && at + 4 <= n && set->params == NULL; at++)
		if (asked == NULL || memcmp(p + at, asked->magic, 4) == 0)
			set->params = asked != NULL ? asked : btc_chainparams_by_magic(p + at);
	memset(first, 0, 4);
	if (rc == 0)
		memcpy(first, p, BT_MIN(n, (size_t)4));
	btc_datfile_close(&f);
	return rc;
}

/* A file by itself without a message start may have its key beside it. 0 whether or not it has. */
static int try_key(struct btc_blkset *set, const struct btc_chainparams *asked, struct bt_err *err)
{
	const char *slash = strrchr(set->path, '/');
	char path[PATH_MAX];
	uint8_t first[4];
	int rc = try_magic(set, first, asked, "blk", 0, err);

	if (rc != 0 || set->params != NULL)
		return rc;
	snprintf(path, sizeof(path), "%.*sxor.dat",
		slash != NULL ? (int)(slash + 1 - set->path) : 0, set->path);
	rc = read_key(set->key, path, err);
	return BT_MIN(rc, 0);
}

/*
 * The first file that has a message start, so that a damaged first one does not hide the network.
 */
static int find_network(
	struct btc_blkset *set, const struct btc_chainparams *asked, struct bt_err *err)
{
	uint8_t first[4] = { 0 }, other[4];
	int rc = set->dir ? 0 : try_key(set, asked, err);

	if (rc != 0 || asked != NULL) {
		set->params = asked;
		return rc;
	}
	if (set->params == NULL)
		rc = try_magic(set, first, NULL, "blk", 0, err);
	for (uint32_t i = 1; rc == 0 && set->params == NULL && i < set->n_files; i++)
		rc = try_magic(set, other, NULL, "blk", i, err);
	for (uint32_t i = 0; set->undo && rc == 0 && set->params == NULL && i < set->n_files; i++)
		rc = try_magic(set, other, NULL, "rev", i, err) == -ENOENT ? 0 : rc;
	if (rc != 0 || set->params != NULL)
		return rc;
	return bt_fail(err, -EINVAL,
		"%s: begins with %02x%02x%02x%02x, expected the message start of a Bitcoin "
		"network; an obfuscated file is read with the xor.dat beside it",
		set->path, first[0], first[1], first[2], first[3]);
}

/* Keeps the header, and how many transactions the block says it has. */
static int add_record(
	struct btc_blkset *set, const struct btc_dat_record *at, uint32_t file, struct bt_err *err)
{
	uint8_t *copy = btc_arena_get(&set->arena, 1, BTC_HEADER_SIZE);
	struct btc_reader r = {
		.p = at->head,
		.size = BT_MIN((size_t)at->n, sizeof(at->head)),
		.at = BTC_HEADER_SIZE,
	};
	struct btc_blk_record *records = bt_grow(set->records, set->n, sizeof(records[0]));

	set->records = records != NULL ? records : set->records;
	if (copy == NULL || records == NULL)
		return no_memory(set, err);
	memcpy(copy, at->head, BTC_HEADER_SIZE);
	set->records[set->n++] = (struct btc_blk_record){
		.header = copy,
		.n = at->n,
		.n_tx = (uint32_t)btc_read_compact(&r),
		.file = file,
		.damaged = at->damaged,
		.offset = at->at,
	};
	return 0;
}

/* Counts what was skipped in a file, and keeps words about the first of it. */
static int tell_skipped(
	struct btc_blkset *set, uint32_t i, const struct btc_datfile *f, struct bt_err *err)
{
	char **fault = &set->files[i].fault;

	if (f->places == 0)
		return 0;
	if (set->places == 0)
		snprintf(set->where, sizeof(set->where), "byte %llu of %s",
			(unsigned long long)f->fault_at, f->name);
	set->skipped += f->skipped;
	set->places += f->places;
	if (*fault != NULL)
		return 0;
	*fault = btc_arena_get(&set->arena, sizeof(f->fault), 1);
	if (*fault == NULL)
		return no_memory(set, err);
	memcpy(*fault, f->fault, sizeof(f->fault));
	return 0;
}

static int scan_file(struct btc_blkset *set, uint32_t i, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_dat_record at;
	struct btc_datfile f;
	uint64_t pos = 0;
	int rc = open_file(set, &f, path, name, "blk", i, err);

	while (rc == 0 && (rc = btc_datfile_next(&f, &at, &pos, err)) > 0)
		rc = add_record(set, &at, i, err);
	if (rc == 0)
		rc = tell_skipped(set, i, &f, err);
	btc_datfile_close(&f);
	return rc;
}

static int scan(struct btc_blkset *set, const struct btc_progress *progress, struct bt_err *err)
{
	const char *fault = NULL;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < set->n_files; i++) {
		rc = scan_file(set, i, err);
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

/* A record, sorted by header, so that copies are neighbours. */
struct print {
	/*
	 * The beginning of the header's merkle root: tells most headers apart without reading them.
	 */
	uint64_t root;
	const uint8_t *header;
	uint32_t i;
};

static int cmp_headers(const struct print *x, const struct print *y)
{
	if (x->root != y->root)
		return (x->root > y->root) - (x->root < y->root);
	return memcmp(x->header, y->header, BTC_HEADER_SIZE);
}

static int by_header(const void *a, const void *b)
{
	const struct print *x = a, *y = b;
	int order = cmp_headers(x, y);

	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int judge(struct btc_blkset *set, struct btc_blk_record *record, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_datfile f;
	int rc;

	if (record->damaged)
		return 0;
	rc = open_file(set, &f, path, name, "blk", record->file, err);
	if (rc == 0)
		rc = btc_datfile_check(&f, record->offset, record->n, err);
	btc_datfile_close(&f);
	record->damaged = rc == 0;
	return BT_MIN(rc, 0);
}

/* A damaged copy is skipped: the index takes another. */
static int tell_copy(
	struct btc_blkset *set, const struct btc_blk_record *record, struct bt_err *err)
{
	char path[PATH_MAX], name[NAME];
	struct btc_datfile f = { .name = name };

	btc_blkset_name(set, path, sizeof(path), name, "blk", record->file);
	btc_datfile_skip(&f, record->offset - BTC_DAT_FRAME_SIZE, record->offset + record->n,
		"a damaged copy of a block");
	return tell_skipped(set, record->file, &f, err);
}

static int judge_group(
	struct btc_blkset *set, const struct print *prints, uint32_t n, struct bt_err *err)
{
	bool whole = false;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		rc = judge(set, &set->records[prints[i].i], err);
		whole |= !set->records[prints[i].i].damaged;
	}
	for (uint32_t i = 0; rc == 0 && whole && i < n; i++)
		if (set->records[prints[i].i].damaged)
			rc = tell_copy(set, &set->records[prints[i].i], err);
	return rc;
}

/* Only one of several records of a header is used, so the damaged ones must be known. */
static int judge_copies(struct btc_blkset *set, struct bt_err *err)
{
	struct print *prints = calloc(set->n, sizeof(prints[0]));
	int rc = prints != NULL ? 0 : no_memory(set, err);

	for (uint32_t i = 0; rc == 0 && i < set->n; i++) {
		const uint8_t *header = set->records[i].header;

		prints[i] = (struct print){ btc_le64(header + 36), header, i };
	}
	if (rc == 0)
		qsort(prints, set->n, sizeof(prints[0]), by_header);
	for (uint32_t i = 0, n; rc == 0 && i < set->n; i += n) {
		for (n = 1; i + n < set->n && cmp_headers(&prints[i], &prints[i + n]) == 0;)
			n++;
		if (n > 1)
			rc = judge_group(set, prints + i, n, err);
	}
	free(prints);
	return rc;
}

static int find_files(struct btc_blkset *set, struct bt_err *err)
{
	char path[PATH_MAX];
	struct stat st;
	int rc;

	if (stat(set->path, &st) != 0)
		return bt_fail(err, -errno, "%s: %s", set->path, strerror(errno));
	set->dir = S_ISDIR(st.st_mode);
	if (set->dir) {
		snprintf(path, sizeof(path), "%s/xor.dat", set->path);
		rc = read_key(set->key, path, err);
		return rc >= 0 ? list_files(set, err) : rc;
	}
	set->files = calloc(1, sizeof(set->files[0]));
	set->n_files = 1;
	return set->files != NULL ? 0 : no_memory(set, err);
}

int btc_blkset_open(struct btc_blkset *set, const char *path, const struct btc_chainparams *params,
	const struct btc_progress *progress, struct bt_err *err)
{
	int rc;

	*set = (struct btc_blkset){ .path = path };
	rc = find_files(set, err);
	if (rc == 0)
		rc = find_network(set, params, err);
	if (rc == 0)
		rc = scan(set, progress, err);
	if (rc == 0)
		rc = judge_copies(set, err);
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
		return bt_oom(err, "%s: a block of %u bytes", file->path, record->n);
	*bytes = (struct btc_span){ .p = p, .n = record->n };
	return btc_datfile_read(file, p, record->offset, record->n, err);
}
