/*
 * commit.h: which commit of a Git repository a directory is at, read from the repository's own
 * files: nothing is run, so that it costs nothing and depends on nothing. It does not tell whether
 * files were changed since.
 */
#ifndef BT_COMMIT_H
#define BT_COMMIT_H

#include "base/base.h"

#define BT_COMMIT_MAX 65 /* 64 hexadecimal digits (SHA-256) and NUL */

/*
 * The commit that HEAD of the repository around the directory names, in full: a worktree's and a
 * submodule's own, a loose or a packed reference (gitrepository-layout(5)). "" when there is no
 * repository, no commit yet, or a format that is not known. Any thread.
 */
void bt_commit_at(char out[BT_COMMIT_MAX], const char *directory);

#endif
