/*
 * corpus.h: transactions with what they spend and what is expected of them, in a file of one JSON
 * object a line:
 *
 *   {"name": "…", "tx": "hex", "prevouts": [{"amount": satoshi, "script": "hex"}, … in input
 * order], "flags": ["P2SH", "WITNESS", …], "expect": "valid" | "invalid" | "<name of a script
 * error>"}
 *
 * Other keys are left alone; empty lines are passed over.
 */
#ifndef BTC_CORPUS_H
#define BTC_CORPUS_H

#include <stdio.h>

#include "base/err.h"
#include "bitcoin/rules/validate.h"

struct btc_corpus {
	struct btc_case *cases;
	size_t n, cap;
	struct btc_arena arena; /* what the cases point to */
};

/*
 * Reads one line of n bytes; what the case points to is in the arena. 0; -EINVAL with what is
 * wrong; -ENOMEM. The flags that others need are added: CLEANSTACK's and WITNESS's.
 */
int btc_corpus_line(struct btc_case *c, const char *line, size_t n, struct btc_arena *arena,
	struct bt_err *err);

/* Reads a whole file. 0; -EINVAL with the line and what is wrong, or when no line has a case;
 * errnos of reading; -ENOMEM. */
int btc_corpus_open(struct btc_corpus *corpus, const char *path, struct bt_err *err);
void btc_corpus_close(struct btc_corpus *corpus); /* an all-zero corpus is closed */

/* Adds a case to the end, whose memory stays the caller's or is corpus->arena's. 0 or -ENOMEM. */
int btc_corpus_add(struct btc_corpus *corpus, const struct btc_case *c);

/* Writes a case as a line. 0, -EIO or -ENOMEM. */
int btc_corpus_write(FILE *out, const struct btc_case *c);

#endif
