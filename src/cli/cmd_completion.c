/* Completion scripts and the options of the man pages, written from the same tables as everything
 * else. The build prints them, `make install` installs them. */
#include <string.h>

#include "cli/cli.h"
#include "cli/manual.h"
#include "cli/run_options.h"
#include "registry.h"

/* Profiles share names of options; each is offered once, as a row of the first that has it. */
static bool is_repeated(unsigned profile, const char *name)
{
	for (unsigned i = 0; i < profile; i++)
		if (bt_opt_row(bt_profiles[i]->opts, name))
			return true;
	return false;
}

typedef void visit(const struct bt_opt *opt, const char *what);

static void each_of(const struct bt_opt *opts, const char *what, visit *v)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;)
		v(o, what);
}

static void each_of_profiles(const char *what, visit *v)
{
	for (unsigned i = 0; bt_profiles[i]; i++) {
		struct bt_opt_walk walk = bt_opt_walk(bt_profiles[i]->opts);

		for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;)
			if (!is_repeated(i, o->name))
				v(o, what);
	}
}

static void put_option(const struct bt_opt *o, const char *what BT_UNUSED)
{
	printf(" --%s", o->name);
}

static void put_joined(const char *const *names, const char *between)
{
	for (unsigned i = 0; names && names[i]; i++)
		printf("%s%s", i ? between : "", names[i]);
}

static void put_names(const char *const *names)
{
	put_joined(names, " ");
}

/* Shell: sets `workload` when the word given is one. */
static void put_workload_case(const char *word)
{
	printf("    case %s in ", word);
	put_joined(bt_cli_workload_names(), "|");
	printf(") workload=%s ;; esac\n", word);
}

/* Every option row of the program once: commands', run's, profiles', workloads'. */
static void each_option(visit *v)
{
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		each_of(bt_cli_commands[i]->opts, NULL, v);
	each_of(bt_run_opts, NULL, v);
	each_of_profiles(NULL, v);
	for (unsigned i = 0; bt_workloads[i]; i++)
		each_of(bt_workloads[i]->opts, bt_workloads[i]->name, v);
}

static bool takes_file(const struct bt_opt *o)
{
	return o->type == BT_OPT_PATH;
}

/* A shell "case" branch: what completes the value of an option. */
static void put_values(const struct bt_opt *o, const char *workload BT_UNUSED)
{
	if (o->type == BT_OPT_FLAG)
		return;
	printf("    --%s) ", o->name);
	if (strcmp(o->name, "profile") == 0 || strcmp(o->name, "workload") == 0) {
		printf("_benchtop_words \"");
		put_names(o->name[0] == 'p' ? bt_cli_profile_names() : bt_cli_workload_names());
		printf("\"; return ;;\n");
	} else if (o->choices) {
		printf("_benchtop_words \"");
		put_names(o->choices);
		printf("\"; return ;;\n");
	} else {
		printf("%s ;;\n", takes_file(o) ? "_benchtop_files; return" : "return");
	}
}

/* What bash and zsh share: both understand this, with _benchtop_words and _benchtop_files defined
 * by each. */
static void put_body(void)
{
	printf("  case $prev in\n");
	each_option(put_values);
	printf("  esac\n  case $command in\n");
	for (unsigned i = 0; bt_cli_commands[i]; i++) {
		const struct bt_cli_command *c = bt_cli_commands[i];

		printf("    %s) words=\"--help", c->name);
		each_of(c->opts, NULL, put_option);
		if (c->takes_run_options) {
			each_of(bt_run_opts, NULL, put_option);
			each_of_profiles(NULL, put_option);
		}
		printf("\" ;;\n");
	}
	printf("  esac\n  case $command in run|list) words=\"$words ");
	put_names(bt_cli_workload_names());
	printf("\" ;; esac\n  case $command:$workload in\n");
	for (unsigned i = 0; bt_workloads[i]; i++) {
		printf("    run:%s) words=\"$words", bt_workloads[i]->name);
		each_of(bt_workloads[i]->opts, NULL, put_option);
		printf("\" ;;\n");
	}
	printf("  esac\n  [ -n \"$command\" ] || words=\"--help --version");
	for (unsigned i = 0; bt_cli_commands[i]; i++)
		if (!bt_cli_commands[i]->hidden)
			printf(" %s", bt_cli_commands[i]->name);
	printf("\"\n  _benchtop_words \"$words\"\n");
}

static void bash(void)
{
	printf("# bash completion for benchtop\n"
	       "_benchtop_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
	       "_benchtop_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "
	       "\"$cur\"); }\n"
	       "_benchtop() {\n"
	       "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "  local command= workload= words= i\n"
	       "  [ \"$COMP_CWORD\" -gt 1 ] && command=${COMP_WORDS[1]}\n"
	       "  for ((i = 2; i < COMP_CWORD; i++)); do\n");
	put_workload_case("${COMP_WORDS[i]}");
	printf("  done\n");
	put_body();
	printf("}\ncomplete -F _benchtop benchtop\n");
}

static void zsh(void)
{
	printf("#compdef benchtop\n"
	       "_benchtop_words() { compadd -- ${=1}; }\n"
	       "_benchtop_files() { _files; }\n"
	       "_benchtop() {\n"
	       "  local prev=${words[CURRENT-1]} command= workload= i\n"
	       "  local -a line=(\"${words[@]}\")\n"
	       "  (( CURRENT > 2 )) && command=${line[2]}\n"
	       "  for ((i = 3; i < CURRENT; i++)); do\n");
	put_workload_case("${line[i]}");
	printf("  done\n  local words=\n");
	put_body();
	printf("}\n_benchtop \"$@\"\n");
}

static void put_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' ? "\\'" : "%c", *text);
	putchar('\'');
}

static void fish_option(const struct bt_opt *o, const char *condition)
{
	printf("complete -c benchtop -n '%s' -l %s", condition, o->name);
	if (o->choices) {
		printf(" -x -a '");
		put_names(o->choices);
		printf("'");
	} else if (strcmp(o->name, "profile") == 0) {
		printf(" -x -a '");
		put_names(bt_cli_profile_names());
		printf("'");
	} else if (o->type != BT_OPT_FLAG) {
		printf(takes_file(o) ? " -r -F" : " -x");
	}
	printf(" -d ");
	put_quoted(o->help);
	putchar('\n');
}

static void fish_options(const struct bt_opt *opts, const char *first, const char *second)
{
	char condition[160];

	snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s%s%s", first,
		second ? "; and __fish_seen_subcommand_from " : "", second ? second : "");
	each_of(opts, condition, fish_option);
}

static void fish(void)
{
	printf("# fish completion for benchtop\ncomplete -c benchtop -f\n");
	for (unsigned i = 0; bt_cli_commands[i]; i++) {
		const struct bt_cli_command *c = bt_cli_commands[i];

		if (!c->hidden) {
			printf("complete -c benchtop -n __fish_use_subcommand -a %s -d ", c->name);
			put_quoted(c->summary);
			putchar('\n');
		}
		fish_options(c->opts, c->name, NULL);
	}
	fish_options(bt_run_opts, "run", NULL);
	each_of_profiles("__fish_seen_subcommand_from run", fish_option);
	for (unsigned i = 0; bt_workloads[i]; i++) {
		printf("complete -c benchtop -n '__fish_seen_subcommand_from run list' -a %s -d ",
			bt_workloads[i]->name);
		put_quoted(bt_workloads[i]->summary);
		putchar('\n');
		fish_options(bt_workloads[i]->opts, "run", bt_workloads[i]->name);
	}
}

static int cmd_completion(int argc, char **argv);

const struct bt_cli_command bt_cmd_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.summary = "prints the completion script of a shell",
	.hidden = true,
	.run = cmd_completion,
};

static int cmd_completion(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	const char *shell = NULL;
	struct bt_err err;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_completion, NULL, argc, argv, &shell, 1, &n);

	if (r >= 0)
		return r;
	if (n && strcmp(shell, "mdoc") == 0) /* for the build: a template on standard input */
		return bt_manual_print(stdout, stdin, &err) < 0
			? bt_cli_fail_err(BT_EXIT_CANNOT, &err)
			: BT_EXIT_DONE;
	for (unsigned i = 0; n && i < BT_LEN(shells); i++) {
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].print();
			return BT_EXIT_DONE;
		}
	}
	return bt_cli_fail(
		BT_EXIT_USAGE, "completion: '%s': expected bash, zsh or fish", shell ? shell : "");
}
