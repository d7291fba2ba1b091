/*
 * words.h: texts as the words of one line, quoted as a POSIX shell quotes them, and back. Command
 * lines, lists in a typed field and the tags of a run are such lines. Any bytes but NUL come back
 * the same. Any thread.
 */
#ifndef BT_WORDS_H
#define BT_WORDS_H

#include <stdio.h>

#include "base/base.h"
#include "base/err.h"

struct bt_words {
	char **v; /* n texts and a NULL; NULL while it is empty */
	size_t n;
};

/* Appends a copy of `text`. 0, -ENOMEM. */
int bt_words_add(struct bt_words *words, const char *text);
/* Appends "NAME=VALUE". 0, -ENOMEM. */
int bt_words_add_pair(struct bt_words *words, const char *name, const char *value);
/*
 * Appends the words of a line: blanks and newlines separate them, '…' "…" $'…' and \ quote. Nothing
 * is expanded. -EINVAL: a quote is not closed, or an escape is unknown or a NUL; -ENOMEM. After an
 * error, words is unchanged.
 */
int bt_words_split(struct bt_words *words, const char *line, struct bt_err *err);
/* Writes one word so that bt_words_split and a shell read it back: as it is, in '…', or in $'…'
 * when it has hidden characters. */
void bt_word_put(FILE *out, const char *word);
/* The line of n words, to be freed; NULL: out of memory. */
char *bt_words_line(char *const *v, size_t n);
void bt_words_fini(struct bt_words *words);

/* The body of a $'…' or "…" string: '\\', the quote and hidden characters are escaped. JSON and C
 * read \\ \" \n \t \r alike. */
void bt_escape_put(FILE *out, const char *text, char quote);
/*
 * Reads such a body from *at to its closing quote, and sets *at behind it. Escapes: \\ \' \" \n \t
 * \r \a \b \e \f \v, \xHH a byte, \uXXXX and \UXXXXXXXX a character. The text is to be freed.
 * -EINVAL, -ENOMEM.
 */
int bt_escape_read(char **text, const char **at, char quote, struct bt_err *err);

#endif
