#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/text.h"
#include "judge/figure.h"
#include "json/json.h"
#include "registry.h"

#define PATIENCE_MS 1000

/*
 * The last resort when a target, a resolver or a disk hangs: known waits after a signal have limits
 * of their own. The first signal starts the timer; when it expires, the program exits.
 */
static struct {
	volatile sig_atomic_t number, patience_ms;
} ending = { 0, PATIENCE_MS };

static void on_signal(int number)
{
	int ms = ending.patience_ms;
	const struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000L } };

	ending.number = number;
	if (bt_stop_count == 0)
		setitimer(ITIMER_REAL, &timer, NULL);
	bt_stop_signal = number;
	bt_stop_count++;
}

static void on_alarm(int number)
{
	bt_stop_at_once(BT_EXIT_SIGNAL + (ending.number ? (int)ending.number : number),
		"benchtop: still waiting long after the signal; ended without cleaning up\n");
}

void bt_cli_patience(uint64_t ns)
{
	ending.patience_ms = ns == UINT64_MAX
		? 0
		: (int)BT_MIN(ns / BT_NS_PER_MS, (uint64_t)INT_MAX / 2) + PATIENCE_MS;
}

bool bt_cli_has_screen(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0 && isatty(STDIN_FILENO) &&
		isatty(STDOUT_FILENO);
}

void bt_cli_catch_signals(bool ignore_hangup)
{
	struct sigaction act = { .sa_handler = on_signal };

	act.sa_handler = on_alarm;
	sigaction(SIGALRM, &act, NULL);
	act.sa_handler = on_signal;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (ignore_hangup)
		act.sa_handler = SIG_IGN;
	sigaction(SIGHUP, &act, NULL);
}

int bt_cli_fail(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("benchtop: ", stderr);
	va_start(ap, fmt);
	bt_vprint(stderr, BT_FORM_PLAIN, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int bt_cli_fail_err(int status, const struct bt_err *err)
{
	return bt_cli_fail(status, "%s", err->msg);
}

void bt_cli_progress(void *unused BT_UNUSED, const char *what, uint64_t done, uint64_t total)
{
	if (!isatty(STDERR_FILENO))
		return;
	bt_print(stderr, "\r%s: %llu of %llu", what, (unsigned long long)done,
		(unsigned long long)total);
	if (done == total)
		putc('\n', stderr);
}

int bt_cli_put_json(json_t *document, size_t flags, struct bt_err *err)
{
	int r = bt_json_print(stdout, document, flags, err);

	json_decref(document);
	if (r == 0)
		putchar('\n');
	return r;
}

void bt_cli_put_document(const char *json)
{
	bt_print_json(stdout, json);
	putchar('\n');
}

const struct bt_opt bt_cli_mouse_opts[] = {
	{ .name = "no-mouse",
		.type = BT_OPT_FLAG,
		.help = "leave the mouse to the terminal, which selects text with it",
		.man = "Leaves the mouse to the terminal, which selects text with it." },
	BT_OPT_END,
};

const struct bt_opt bt_cli_db_opts[] = {
	{ .name = "db",
		.type = BT_OPT_PATH,
		.arg = "FILE",
		.help = "history file instead of $XDG_DATA_HOME/benchtop/history.db",
		.man = "Uses this history file instead of the usual one; see {Sx FILES}." },
	BT_OPT_END,
};

void bt_cli_print_opts(FILE *out, const char *title, const struct bt_opt *opts)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	if (!opts)
		return;
	bt_print(out, "\n%s\n", title);
	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
		char head[64];

		snprintf(head, sizeof(head), "--%s%s%s", o->name, o->arg ? " " : "",
			o->arg ? o->arg : "");
		bt_print(out, "  %-24s %s", head, o->help);
		if (o->dflt)
			bt_print(out, " [%s]", o->dflt);
		fputc('\n', out);
	}
}

/* What --threshold may name, besides latencies and a workload's metrics. */
static void print_figures(void)
{
	bt_print(stdout, "\nFigures\n");
	for (const struct bt_figure *f = bt_figures; f->name; f++)
		if (f->of_run)
			bt_print(stdout, "  %-24s %s\n", f->name, f->help);
}

int bt_cli_help(const struct bt_cli_command *cmd)
{
	bt_print(stdout, "usage: benchtop %s%s%s\n%s\n", cmd->name, *cmd->usage ? " " : "",
		cmd->usage, cmd->summary);
	bt_cli_print_opts(stdout, "Options", cmd->opts);
	bt_print(stdout, "  %-24s %s\n", "--help", "show this and end");
	if (cmd->takes_run_options) {
		bt_cli_print_opts(stdout, "Load", bt_run_opts);
		for (unsigned i = 0; bt_profiles[i]; i++) {
			char title[64];

			snprintf(title, sizeof(title), "Profile %s", bt_profiles[i]->name);
			bt_cli_print_opts(stdout, title, bt_profiles[i]->opts);
		}
		print_figures();
		bt_print(stdout, "\nA workload's own options: benchtop list WORKLOAD\n");
	}
	return BT_EXIT_DONE;
}

int bt_cli_parse(const struct bt_cli_command *cmd, void *conf, int argc, char **argv,
	const char **words, unsigned max_words, unsigned *n_words)
{
	struct bt_opt_set set = { cmd->name, cmd->opts, conf };
	struct bt_err err;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return bt_cli_help(cmd);
	bt_opt_defaults(cmd->opts, conf);
	if (bt_opt_parse(&set, cmd->opts ? 1 : 0, argc, argv, 1, words, max_words, n_words, &err) <
		0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	return -1;
}

const char *bt_cli_nearest(const char *name, const char *const *names)
{
	const char *best = NULL;
	unsigned limit = strlen(name) <= 4 ? 1 : 3, least = limit + 1;

	for (unsigned i = 0; names[i]; i++) {
		unsigned d = bt_distance(name, names[i], limit);

		if (d < least) {
			best = names[i];
			least = d;
		}
	}
	for (unsigned i = 0; !best && strlen(name) >= 2 && names[i]; i++)
		if (strstr(names[i], name))
			best = names[i];
	return best;
}

const char *const *bt_cli_workload_names(void)
{
	static const char *names[64];

	for (unsigned i = 0; bt_workloads[i] && i + 1 < BT_LEN(names); i++)
		names[i] = bt_workloads[i]->name;
	return names;
}

const char *const *bt_cli_profile_names(void)
{
	static const char *names[32];

	for (unsigned i = 0; bt_profiles[i] && i + 1 < BT_LEN(names); i++)
		names[i] = bt_profiles[i]->name;
	return names;
}

static bool takes_next(const char *word)
{
	return strncmp(word, "--", 2) == 0 && word[2] && !strchr(word, '=');
}

void bt_cli_lengthen(int argc, char **argv)
{
	static char output[] = "--output";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-o") == 0 && !takes_next(argv[i - 1]))
			argv[i] = output;
}
