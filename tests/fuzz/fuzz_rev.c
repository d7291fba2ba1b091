/* A rev*.dat: the key it is obfuscated with, eight bytes, and the file. Whatever is found in it is
 * parsed, and searched. */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>

#include "bitcoin/rules/chainparams.h"
#include "bitcoin/source/revfile.h"
#include "bitcoin/rules/undo.h"

#define ASKED 8 /* blocks that undo data are looked for */

/* Parses a record, and what it parsed to once more after writing it. */
static void parse(
	struct btc_revfile *rev, const struct btc_rev_record *record, struct btc_arena *arena)
{
	uint8_t *p = malloc(record->n), *again;
	struct btc_reader r = { .p = p, .size = record->n };
	struct btc_undo undo, copy;

	BTC_FUZZ_HOLDS(p != NULL);
	BTC_FUZZ_HOLDS(btc_datfile_read(&rev->file, p, record->at, r.size, NULL) == 0);
	if (btc_undo_parse(&undo, &r, arena) == 0) {
		again = btc_arena_get(arena, btc_undo_room(&undo), 1);
		BTC_FUZZ_HOLDS(again != NULL);
		r = (struct btc_reader){ .p = again, .size = btc_undo_write(again, &undo) };
		BTC_FUZZ_HOLDS(r.size <= btc_undo_room(&undo));
		BTC_FUZZ_HOLDS(btc_undo_parse(&copy, &r, arena) == 0 && copy.n_tx == undo.n_tx);
	}
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btc_arena arena;
	static const uint8_t prev[32] = { 1 };
	struct btc_revfile rev;
	struct btc_span found;
	char path[64], lack[200];
	int fd, rc;

	if (size < BTC_DAT_KEY_SIZE)
		return 0;
	fd = btc_fuzz_file(path, data + BTC_DAT_KEY_SIZE, size - BTC_DAT_KEY_SIZE);
	btc_arena_reset(&arena);
	rc = btc_revfile_open(&rev, path, "rev00000.dat", data, btc_chainparams(BTC_REGTEST), NULL);
	BTC_FUZZ_HOLDS(rc == 0);
	for (uint32_t i = 0; i < rev.n; i++)
		parse(&rev, &rev.records[i], &arena);
	for (uint32_t n_tx = 0; n_tx < ASKED; n_tx++) {
		rc = btc_revfile_find(&rev, &found, lack, prev, n_tx, &arena, NULL);
		BTC_FUZZ_HOLDS(rc == 0 || rc == 1);
	}
	btc_revfile_close(&rev);
	close(fd);
	return 0;
}
