/*
 * tags.h: the tags of a run as one line, `build=7 'note=two words'`: words NAME=VALUE quoted as a
 * shell quotes them (base/words.h), in the history, where they are typed, and where they choose
 * runs. Any thread.
 */
#ifndef BT_TAGS_H
#define BT_TAGS_H

#include "base/words.h"

/*
 * Appends each tag of a line as NAME=VALUE, unquoted. Lines of older versions are not quoted:
 * there, a word without "=" belongs to the value before it. 0, -ENOMEM.
 */
int bt_tags_split(struct bt_words *tags, const char *line);
/* Whether a line has the tag NAME=VALUE, unquoted; without regard to case when any_case. */
bool bt_tags_have(const char *line, const char *tag, bool any_case);
/* Whether one of them has the text in it, in any case. */
bool bt_tags_contain(const char *line, const char *text);
/* The value of the last tag of that name, malloc'd; NULL: none, or out of memory. */
char *bt_tags_value(const char *line, const char *name);

#endif
