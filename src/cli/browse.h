/* browse.h: the dashboard on the history: `benchtop` alone. */
#ifndef BT_CLI_BROWSE_H
#define BT_CLI_BROWSE_H

#include "core/opt.h"

extern const struct bt_opt bt_browse_opts[]; /* of the program without a command */
/* Exit status. argv[0] is the program's name. */
int bt_cli_browse(int argc, char **argv);
/* True when a word is one of its options, so that there is no command. */
bool bt_cli_is_browse(const char *word);

#endif
