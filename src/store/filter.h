/*
 * filter.h: which runs of a list are meant, in words: `workload:bitcoin tag:release p99>10ms
 * since:7d`. All words must hold; "-" before a word turns it round. benchtop(1) has the language.
 * Pure; any thread.
 */
#ifndef BT_FILTER_H
#define BT_FILTER_H

#include "base/err.h"
#include "store/store.h"

#define BT_FILTER_WORDS 24
#define BT_FILTER_TEXT  256

struct bt_filter_word {
	bool turned;
	int field;         /* a row of the filter's table; -1: any text */
	const char *text;  /* of texts: a part of it, in any case */
	double value;      /* of numbers */
	unsigned relation; /* a row of the filter's relations */
};

struct bt_filter {
	unsigned n; /* 0: every run */
	struct bt_filter_word words[BT_FILTER_WORDS];
	char text[BT_FILTER_TEXT];
};

#define BT_FILTER_HELP                                                                            \
	"words that must all hold: workload:NAME, tag:K=V, commit:ABC, verdict:valid, p99>10ms, " \
	"errors>1%, since:7d ..."

/*
 * Reads a filter; now_ns is the Unix time that "since:7d" counts back from. -EINVAL: a word is
 * none, and *err names it with what was expected; *out is then what the words before it say.
 */
int bt_filter_read(struct bt_filter *out, const char *text, uint64_t now_ns, struct bt_err *err);
bool bt_filter_holds(const struct bt_filter *filter, const struct bt_run_row *row);

/* Takes the runs that are not meant out of a list. */
void bt_filter_list(const struct bt_filter *filter, struct bt_run_list *list);

#endif
