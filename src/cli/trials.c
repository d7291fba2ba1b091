#include "cli/trials.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"
#include "judge/stat.h"

/* Without letters and digits that look alike. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

void bt_trial_group_init(struct bt_trial_group *group, bt_trial_fill *fill, void *arg)
{
	uint64_t number = 0;

	memset(group, 0, sizeof(*group));
	bt_cli_catch_signals(false);
	group->fill = fill;
	group->arg = arg;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = bt_wall_ns();
	for (unsigned i = 0; i < 6; i++, number /= sizeof(letters) - 1)
		group->name[i] = letters[number % (sizeof(letters) - 1)];
}

static const char *tag_named(const struct bt_list *tags, const char *name)
{
	size_t len = strlen(name);

	for (unsigned i = 0; i < tags->n; i++)
		if (strncmp(tags->v[i], name, len) == 0 && tags->v[i][len] == '=')
			return tags->v[i] + len + 1;
	return NULL;
}

/* Tags that tell where the run belongs; the texts are the caller's. -1, or the exit status. */
static int add_tag(struct bt_run_options *o, const char *tag)
{
	struct bt_list *tags = &o->cli.tags;

	if (tags->n == BT_LIST_MAX)
		return bt_cli_fail(
			BT_EXIT_USAGE, "--tag: at most %d, and trials need some", BT_LIST_MAX - 3);
	tags->v[tags->n++] = tag;
	return -1;
}

/*
 * The words of the options, with more options added before the "--" that ends options: tags from
 * the own-th on, and others, the last of which counts when one is given twice.
 */
static char **words_of(const struct bt_run_options *o, unsigned own)
{
	unsigned n = 0, at = 0, end;
	char **words;
	int r = 0;

	while (o->words[n])
		n++;
	end = BT_MIN(n, (unsigned)o->n_options);
	words = calloc(n + o->cli.tags.n + 9, sizeof(*words));
	if (!words)
		return NULL;
	r |= asprintf(&words[at++], "benchtop") < 0;
	for (unsigned i = 0; i < end; i++)
		words[at++] = o->words[i];
	for (unsigned i = own; i < o->cli.tags.n; i++)
		r |= asprintf(&words[at++], "--tag=%s", o->cli.tags.v[i]) < 0;
	if (o->run.seed)
		r |= asprintf(&words[at++], "--seed=%llu", (unsigned long long)o->run.seed) < 0;
	if (o->cli.db)
		r |= asprintf(&words[at++], "--db=%s", o->cli.db) < 0;
	if (o->cli.endpoint.listen)
		r |= asprintf(&words[at++], "--listen=%s", o->cli.endpoint.listen) < 0 ||
			asprintf(&words[at++], "--linger=%lluns",
				(unsigned long long)o->cli.endpoint.linger_ns) < 0;
	if (o->cli.endpoint.push)
		r |= asprintf(&words[at++], "--push=%s", o->cli.endpoint.push) < 0;
	r |= asprintf(&words[at++], "--repeat=1") < 0;
	r |= asprintf(&words[at++], "--json") < 0;
	for (unsigned i = end; i < n; i++)
		words[at++] = o->words[i];
	return r ? NULL : words;
}

/* In the child: the program anew, its report to whoever waits for it. */
static void be_trial(const struct bt_run_options *o, unsigned own, int to)
{
	static const int usual[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };
	char **words = words_of(o, own);

	setpgid(0, 0); /* signals of the terminal reach it through its parent, and once */
	for (unsigned i = 0; i < BT_LEN(usual); i++)
		signal(usual[i], SIG_DFL);
	if (words && dup2(to, STDOUT_FILENO) >= 0)
		execv("/proc/self/exe", words);
	_exit(bt_cli_fail(BT_EXIT_CANNOT, "trial: %s", strerror(errno)));
}

/* What the child writes, until it ends; signals are passed on to it. free(); NULL: no memory. */
static char *listen_to(pid_t child, int from)
{
	struct pollfd wait = { .fd = from, .events = POLLIN };
	char *text = NULL, chunk[16384];
	size_t len = 0;
	sig_atomic_t passed = 0;

	for (;;) {
		ssize_t n = 0;

		if (bt_stop_count != passed) { /* each: the second cuts the drain short */
			passed = bt_stop_count;
			kill(child, (int)bt_stop_signal);
		}
		if (poll(&wait, 1, 200) > 0) {
			char *more;

			n = read(from, chunk, sizeof(chunk));
			if (n == 0)
				return text ? text : strdup("");
			more = n > 0 ? realloc(text, len + (size_t)n + 1) : text;
			if (n > 0 && !more) {
				free(text);
				return NULL;
			}
			text = more;
		}
		if (n > 0) {
			memcpy(text + len, chunk, (size_t)n);
			len += (size_t)n;
			text[len] = '\0';
		}
	}
}

/*
 * Each trial is the program started anew: a mere fork would have the parent's layout of memory in
 * common with all others, and so its luck, and would not count pages of libraries that only the
 * parent had touched.
 */
static int start_trial(const struct bt_run_options *o, unsigned own, char **report)
{
	int ends[2], status = 0;
	pid_t child;

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return bt_cli_fail(BT_EXIT_CANNOT, "trial: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		close(ends[0]);
		be_trial(o, own, ends[1]);
	}
	close(ends[1]);
	*report = child > 0 ? listen_to(child, ends[0]) : NULL;
	close(ends[0]);
	if (child < 0)
		return bt_cli_fail(BT_EXIT_CANNOT, "trial: %s", strerror(errno));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && !bt_stop_signal)
		return bt_cli_fail(BT_EXIT_CANNOT, "trial: ended by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

static int carry_out(struct bt_trial_group *group, struct bt_trials *trials,
	const struct bt_run_options *o, unsigned own)
{
	char *report = NULL;
	struct bt_err err = { 0 };
	int status, r = 0;

	bt_cli_patience(o->run.drain_ns);
	status = start_trial(o, own, &report);
	bt_cli_patience(0);
	if (bt_stop_signal)
		status = BT_EXIT_SIGNAL + (int)bt_stop_signal;
	if (report && *report) {
		r = bt_trials_add(trials, report, &err);
		if (r == 0 && group->reports)
			json_array_append_new(group->reports, json_loads(report, 0, NULL));
	}
	free(report);
	if (r < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	group->done++;
	if (status != BT_EXIT_DONE && status != BT_EXIT_FAILED)
		return status;
	group->worst |= status;
	return -1;
}

static int run_tagged(
	struct bt_trial_group *group, struct bt_trials *trials, struct bt_run_options *o)
{
	unsigned tags = o->cli.tags.n;
	char own[40], trial[32];
	int status = -1;

	snprintf(own, sizeof(own), "group=%s", group->name);
	snprintf(trial, sizeof(trial), "trial=%u", group->done + 1);
	if (!tag_named(&o->cli.tags, "group"))
		status = add_tag(o, own);
	if (status < 0 && group->part)
		status = add_tag(o, group->part);
	if (status < 0)
		status = add_tag(o, trial);
	if (status >= 0)
		return status;
	if (o->run.seed)
		o->run.seed += group->done;
	if (!o->cli.db)
		o->cli.db = group->db;
	if (group->endpoint)
		o->cli.endpoint = *group->endpoint;
	if (group->done + 1 < group->of) /* the next one tells of itself */
		o->cli.endpoint.linger_ns = 0;
	bt_print(stderr, "[%u/%u] %s\n", group->done + 1, group->of, o->command_line);
	return carry_out(group, trials, o, tags);
}

int bt_trial_run(struct bt_trial_group *group, struct bt_trials *trials)
{
	struct bt_run_options *o = calloc(1, sizeof(*o));
	int status;

	if (!o)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	status = group->fill(o, group->arg);
	if (status < 0)
		status = run_tagged(group, trials, o);
	bt_run_options_fini(o);
	free(o);
	return status;
}

int bt_trials_run(struct bt_trial_group *group, struct bt_trials *trials, unsigned n)
{
	int status = -1;

	for (unsigned i = 0; i < n && status < 0; i++)
		status = bt_trial_run(group, trials);
	return status;
}

static const enum bt_figure_id columns[] = { BT_FIG_THROUGHPUT, BT_FIG_P50, BT_FIG_P99, BT_FIG_CPU,
	BT_FIG_MEMORY, BT_FIG_ERRORS };

static void print_values(FILE *out, const struct bt_trials *t, const double *v)
{
	char buf[BT_FMT_MAX];

	for (unsigned i = 0; i < BT_LEN(columns); i++)
		bt_print(out, " %9s",
			bt_unit_text(buf, sizeof(buf), bt_trials_figure(t, columns[i]).unit,
				v[columns[i]]));
	fputc('\n', out);
}

void bt_trials_print(FILE *out, const struct bt_trials *t)
{
	double v[BT_COMPARED_MAX], sample[BT_TRIALS_MAX];

	bt_print(out, "%7s %-9s %9s %9s %9s %9s %9s %9s\n", "run", "measured", "op/s", "p50", "p99",
		"CPU/op", "memory", "errors");
	for (size_t i = 0; i < t->n; i++) {
		bt_print(out, "%7llu %-9s", (unsigned long long)t->v[i].run,
			bt_verdict_name[t->v[i].verdict]);
		print_values(out, t, t->v[i].v);
	}
	bt_print(out, "%-17s", "median");
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		v[i] = bt_stat_median(sample, bt_trials_values(t, (enum bt_figure_id)i, sample));
	print_values(out, t, v);
	bt_print(out, "%-17s", "spread");
	for (unsigned c = 0; c < BT_LEN(columns); c++) {
		size_t n = bt_trials_values(t, columns[c], sample);
		double low = INFINITY, high = -INFINITY;
		char buf[BT_FMT_MAX] = "-";

		for (size_t i = 0; i < n; i++) {
			low = fmin(low, sample[i]);
			high = fmax(high, sample[i]);
		}
		if (n > 1 && v[columns[c]] > 0)
			bt_fmt_share(buf, sizeof(buf), (high - low) / v[columns[c]]);
		bt_print(out, " %9s", buf);
	}
	fputc('\n', out);
}

struct words {
	const struct bt_cli_command *cmd;
	int argc;
	char **argv;
};

static int fill_from_words(struct bt_run_options *o, void *arg)
{
	const struct words *w = arg;

	return bt_run_options_read(o, w->cmd, w->argc, w->argv);
}

static int put_json(const char *name, const struct bt_trial_group *g, struct bt_err *err)
{
	return bt_cli_put_json(
		json_pack("{so sO}", "group", bt_json_string(name), "trials", g->reports),
		JSON_COMPACT, err);
}

static int put_table(const char *name, const struct bt_trials *t)
{
	putchar('\n');
	bt_trials_print(stdout, t);
	bt_print(stdout, "\nThese runs are group=%s: benchtop compare OTHERS group=%s\n", name,
		name);
	return 0;
}

int bt_cli_repeat(
	const struct bt_cli_command *cmd, int argc, char **argv, const struct bt_run_options *first)
{
	struct words words = { cmd, argc, argv };
	struct bt_trials *trials = calloc(1, sizeof(*trials));
	const char *name = tag_named(&first->cli.tags, "group");
	struct bt_trial_group group;
	struct bt_err err;
	int status;

	if (!trials)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	bt_trial_group_init(&group, fill_from_words, &words);
	group.of = (unsigned)first->cli.repeat;
	group.reports = first->cli.json ? json_array() : NULL;
	name = name ? name : group.name;
	bt_trials_init(trials, name);
	status = bt_trials_run(&group, trials, group.of);
	if (trials->n &&
		(group.reports ? put_json(name, &group, &err) : put_table(name, trials)) < 0)
		status = bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	json_decref(group.reports);
	bt_trials_fini(trials);
	free(trials);
	return status < 0 ? group.worst : status;
}
