/* A line of a corpus: what is read can be judged, and written again it reads as the same case. */
#include "fuzz.h"

#include <stdlib.h>

#include "bitcoin/source/corpus.h"

static void read_back(const struct btc_case *c, struct btc_arena *arena)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct btc_case again;

	if (f == NULL)
		return;
	BTC_FUZZ_HOLDS(btc_corpus_write(f, c) == 0);
	fclose(f);
	while (size > 0 && text[size - 1] == '\n')
		size--;
	BTC_FUZZ_HOLDS(btc_corpus_line(&again, text, size, arena, NULL) == 0);
	BTC_FUZZ_HOLDS(again.tx.n == c->tx.n && memcmp(again.tx.p, c->tx.p, c->tx.n) == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btc_arena arena;
	struct bt_err err = { 0 };
	struct btc_case c;

	btc_arena_reset(&arena);
	if (btc_corpus_line(&c, (const char *)data, size, &arena, &err) != 0) {
		BTC_FUZZ_HOLDS(err.msg[0] != '\0');
		return 0;
	}
	read_back(&c, &arena);
	return 0;
}
