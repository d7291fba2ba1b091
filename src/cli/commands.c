#include "cli/cli.h"

extern const struct bt_cli_command bt_cmd_run, bt_cmd_list, bt_cmd_history, bt_cmd_show,
	bt_cmd_compare, bt_cmd_baseline, bt_cmd_check, bt_cmd_ab, bt_cmd_suite, bt_cmd_doctor,
	bt_cmd_attach, bt_cmd_replay, bt_cmd_export, bt_cmd_import, bt_cmd_db, bt_cmd_generate,
	bt_cmd_completion;

const struct bt_cli_command *const bt_cli_commands[] = {
	&bt_cmd_run,
	&bt_cmd_list,
	&bt_cmd_history,
	&bt_cmd_show,
	&bt_cmd_attach,
	&bt_cmd_replay,
	&bt_cmd_compare,
	&bt_cmd_baseline,
	&bt_cmd_check,
	&bt_cmd_ab,
	&bt_cmd_export,
	&bt_cmd_import,
	&bt_cmd_db,
	&bt_cmd_generate,
	&bt_cmd_suite,
	&bt_cmd_doctor,
	&bt_cmd_completion,
	NULL,
};
