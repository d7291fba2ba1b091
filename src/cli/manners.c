#include "cli/manners.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/path.h"
#include "cli/cli.h"

int bt_cli_manners(struct bt_manners *manners, bool no_mouse)
{
	const char *named = getenv("BENCHTOP_THEME");
	char usual[PATH_MAX];
	struct bt_err err;
	int r = 0;

	bt_manners_init(manners);
	if (named && *named)
		r = bt_manners_read(manners, named, &err);
	else if (bt_config_path(usual, sizeof(usual), "theme.ini", &err) == 0)
		r = bt_manners_read(manners, usual, &err);
	if (r == -ENOENT && !(named && *named))
		r = 0;
	manners->mouse &= !no_mouse;
	return r < 0 ? bt_cli_fail_err(BT_EXIT_USAGE, &err) : -1;
}
