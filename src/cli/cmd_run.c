#include <stdlib.h>

#include "cli/detach.h"
#include "cli/run_options.h"
#include "cli/session.h"
#include "cli/trials.h"

static int cmd_run(int argc, char **argv);

const struct bt_cli_command bt_cmd_run = {
	.name = "run",
	.usage = "WORKLOAD [OPTION...]",
	.summary = "puts a load on a workload and shows what it does",
	.opts = bt_run_cli_opts,
	.takes_run_options = true,
	.run = cmd_run,
};

static int cmd_run(int argc, char **argv)
{
	struct bt_run_options *o = calloc(1, sizeof(*o));
	int status;

	if (!o)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	status = bt_run_options_read(o, &bt_cmd_run, argc, argv);
	if (status < 0 && o->cli.repeat > 1 && o->cli.outputs.n)
		status = bt_cli_fail(BT_EXIT_USAGE,
			"--out: with --repeat every trial would write the same file; expected "
			"benchtop export afterwards");
	if (status < 0)
		status = o->cli.detach      ? bt_cli_detach(o)
			: o->cli.repeat > 1 ? bt_cli_repeat(&bt_cmd_run, argc, argv, o)
					    : bt_session_run(o, NULL);
	bt_run_options_fini(o);
	free(o);
	return status;
}
