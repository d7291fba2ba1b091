#include "bitcoin/source/revfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "bitcoin/rules/undo.h"

#define CHECKSUM_SIZE 32
#define LACK_SIZE     200

static int add(struct btc_revfile *rev, const struct btc_dat_record *at, struct bt_err *err)
{
	struct btc_reader r = { .p = at->head, .size = BT_MIN((size_t)9, at->n) };
	struct btc_rev_record *records = bt_grow(rev->records, rev->n, sizeof(*records));

	if (!records)
		return bt_oom(err, "%s", rev->file.path);
	rev->records = records;
	rev->records[rev->n++] = (struct btc_rev_record){
		.at = at->at,
		.n = at->n,
		.n_tx = (uint32_t)btc_read_compact(&r),
	};
	return 0;
}

int btc_revfile_open(struct btc_revfile *rev, const char *path, const char *name,
	const uint8_t *key, const struct btc_chainparams *params, struct bt_err *err)
{
	uint32_t largest = 0;
	struct btc_dat_record at;
	uint64_t pos = 0;
	int rc;

	*rev = (struct btc_revfile){ .n = 0 };
	rc = btc_datfile_open(&rev->file, &btc_dat_undo, path, name, key, err);
	if (rc != 0)
		return rc;
	rev->file.params = params;
	while ((rc = btc_datfile_next(&rev->file, &at, &pos, err)) > 0) {
		rc = add(rev, &at, err);
		if (rc != 0)
			return rc;
		largest = BT_MAX(largest, at.n);
	}
	rev->scratch = malloc((size_t)largest + CHECKSUM_SIZE);
	if (rc == 0 && rev->scratch == NULL)
		rc = bt_oom(err, "%s", path);
	return rc;
}

void btc_revfile_close(struct btc_revfile *rev)
{
	btc_datfile_close(&rev->file);
	free(rev->records);
	free(rev->scratch);
	rev->records = NULL;
	rev->scratch = NULL;
}

/* 1 when the record's checksum is the one of a block with this parent. */
static int fits(struct btc_revfile *rev, const struct btc_rev_record *at, const uint8_t prev[32],
	struct bt_err *err)
{
	uint8_t sum[CHECKSUM_SIZE];
	int rc = btc_datfile_read(&rev->file, rev->scratch, at->at, at->n + CHECKSUM_SIZE, err);

	if (rc != 0)
		return rc;
	btc_undo_checksum(sum, prev, (struct btc_span){ .p = rev->scratch, .n = at->n });
	return memcmp(sum, rev->scratch + at->n, CHECKSUM_SIZE) == 0;
}

static int take(struct btc_revfile *rev, struct btc_span *data, uint32_t i, struct btc_arena *arena,
	struct bt_err *err)
{
	uint32_t n = rev->records[i].n;
	uint8_t *copy = btc_arena_get(arena, n, 1);

	if (copy == NULL)
		return bt_oom(err, "%s", rev->file.path);
	memcpy(copy, rev->scratch, n);
	*data = (struct btc_span){ .p = copy, .n = n };
	rev->records[i].taken = true;
	rev->next = i + 1;
	return 1;
}

static void tell_lack(const struct btc_revfile *rev, char *lack)
{
	const struct btc_datfile *f = &rev->file;

	if (f->fault[0] != '\0')
		snprintf(lack, LACK_SIZE, "%s", f->fault);
	else if (rev->next < rev->n)
		snprintf(lack, LACK_SIZE, "byte %llu of %s: the checksum does not fit this block",
			(unsigned long long)rev->records[rev->next].at, f->name);
	else
		snprintf(lack, LACK_SIZE, "not in %s", f->name);
}

int btc_revfile_find(struct btc_revfile *rev, struct btc_span *data, char lack[LACK_SIZE],
	const uint8_t prev[32], uint32_t n_tx, struct btc_arena *arena, struct bt_err *err)
{
	for (uint32_t k = 0; k < rev->n; k++) {
		uint32_t i = (uint32_t)(((uint64_t)rev->next + k) % rev->n);
		int rc;

		if (rev->records[i].taken || rev->records[i].n_tx != n_tx)
			continue;
		rc = fits(rev, &rev->records[i], prev, err);
		if (rc != 0)
			return rc > 0 ? take(rev, data, i, arena, err) : rc;
	}
	tell_lack(rev, lack);
	return 0;
}
