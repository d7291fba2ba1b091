#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/browse.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/standard.h"
#include "config.h"

static int help(void)
{
	bt_print(stdout,
		"usage: benchtop [COMMAND] [OPTION...]\n"
		"Load tests in the terminal: live figures, a history of runs, verdicts that hold "
		"up.\n"
		"Without a command the dashboard opens on the history.\n\nCommands\n");
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		if (!bt_cli_commands[i]->hidden)
			bt_print(stdout, "  %-9s %-28s %s\n", bt_cli_commands[i]->name,
				bt_cli_commands[i]->usage, bt_cli_commands[i]->summary);
	bt_print(stdout,
		"\nbenchtop COMMAND --help lists its options, benchtop --version shows the "
		"version; "
		"see also man benchtop.\n");
	return BT_EXIT_DONE;
}

static const struct bt_cli_command *find(const char *name)
{
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		if (strcmp(bt_cli_commands[i]->name, name) == 0)
			return bt_cli_commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[32] = { "--help", "--version" }, *near;
	const char *what = name[0] == '-' ? "option" : "command";

	for (unsigned i = 0; bt_cli_commands[i] && i + 3 < BT_LEN(names); i++)
		names[i + 2] = bt_cli_commands[i]->name;
	near = bt_cli_nearest(name, names);
	if (near)
		return bt_cli_fail(
			BT_EXIT_USAGE, "'%s': no such %s; did you mean %s?", name, what, near);
	return bt_cli_fail(
		BT_EXIT_USAGE, "'%s': no such %s; benchtop --help lists them", name, what);
}

/* A caller of jansson could only omit the member. */
static void *json_memory(size_t n)
{
	void *p = malloc(n);

	if (!p)
		bt_out_of_memory();
	return p;
}

static int carry_out(int argc, char **argv)
{
	const struct bt_cli_command *cmd;

	if (argc < 2 || bt_cli_is_browse(argv[1]))
		return bt_cli_browse(argc, argv);
	if (strcmp(argv[1], "--help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0) {
		bt_print(stdout, "benchtop %s\n", PACKAGE_VERSION);
		return BT_EXIT_DONE;
	}
	cmd = find(argv[1]);
	return cmd ? cmd->run(argc - 1, argv + 1) : unknown(argv[1]);
}

/* Write errors are reported where they happen: a closed pipe, a full disk, a limit on file size. */
int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	json_set_alloc_funcs(json_memory, free);
	bt_standard_open();
	setlocale(LC_CTYPE, "");
	setlocale(LC_TIME, "");
	return bt_standard_close(carry_out(argc, argv));
}
