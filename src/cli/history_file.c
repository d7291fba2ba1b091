#include "cli/history_file.h"

#include <errno.h>
#include <limits.h>

#include "base/path.h"

int bt_cli_open_history(struct bt_store **store, const char *path, int mode, struct bt_err *err)
{
	char usual[PATH_MAX];
	int r;

	if (!path) {
		r = bt_history_path(usual, sizeof(usual), err);
		if (r == 0 && mode == BT_STORE_WRITE)
			r = bt_make_parents(usual, err);
		if (r < 0)
			return r;
		path = usual;
	}
	r = bt_store_open(store, path, mode, err);
	if (r == -ENOENT && mode == BT_STORE_READ)
		bt_fail(err, r,
			"history %s: No such file or directory; benchtop run WORKLOAD makes it",
			path);
	return r;
}

int bt_cli_change_history(struct bt_store **store, const char *path, struct bt_err *err)
{
	int r = bt_cli_open_history(store, path, BT_STORE_READ, err);

	if (r < 0)
		return r;
	bt_store_close(*store);
	return bt_cli_open_history(store, path, BT_STORE_WRITE, err);
}
