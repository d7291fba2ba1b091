/*
 * ini.h: files of sections with keys, as suites are written in. What comes out has been checked as
 * far as form goes; what keys mean is the reader's matter.
 *
 *   # a comment, also behind a value when a space stands before it; lines that begin with ; are
 * comments too [name] key = value key := "any text: \"quoted\", # no comment, \n a newline, \xff a
 * byte (words.h, bt_escape_read)"
 *
 * Space around names and values does not count.
 */
#ifndef BT_INI_H
#define BT_INI_H

#include <stdio.h>

#include "base/base.h"
#include "base/err.h"
#include "base/input.h"

#define BT_INI_LINE_MAX (1 << 20) /* bytes in a line */
#define BT_INI_FILE_MAX ((size_t)16 << 20)

struct bt_ini_key {
	const char *name, *value; /* value: may be "" */
	unsigned line;            /* from 1 */
	bool quoted;
};

struct bt_ini_section {
	const char *name;
	unsigned line;
	struct bt_ini_key *keys; /* in their order; the same name may stand there again */
	size_t n;
};

struct bt_ini {
	struct bt_input in; /* memory that all names and values point into */
	struct bt_ini_section *sections;
	size_t n;
};

/*
 * Takes `len` bytes apart; `file` is what errors call them: "FILE:LINE: ...". 0, -EINVAL or
 * -ENOMEM, after which nothing has to be freed. Any thread.
 */
int bt_ini_parse(
	struct bt_ini *ini, const char *file, const char *text, size_t len, struct bt_err *err);
/*
 * The same for a file or pipe of at most BT_INI_FILE_MAX bytes. Also the errors of bt_input_text.
 */
int bt_ini_read(struct bt_ini *ini, const char *file, struct bt_err *err);
void bt_ini_fini(struct bt_ini *ini);

/*
 * Writes a line that reads back as this key and value, which may be any bytes; quotes it where
 * needed.
 */
void bt_ini_put(FILE *out, const char *key, const char *value);

#endif
