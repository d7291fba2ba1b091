#include "cli/history_file.h"
#include "cli/section.h"
#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/text.h"
#include "cli/manners.h"
#include "cli/outputs.h"
#include "config.h"
#include "machine/build.h"
#include "machine/commit.h"
#include "report/report.h"
#include "live/serve.h"
#include "machine/environment.h"
#include "report/sink_line.h"
#include "judge/threshold.h"
#include "store/window.h"
#include "ui/app.h"

/*
 * The session stands between the run and whoever shows it: it is a source itself, and on its way
 * every snapshot goes to the tally, the store and the lines.
 */
struct session {
	struct bt_source source; /* first: what the dashboard reads */
	struct bt_run_options *o;
	struct bt_run *run;
	struct bt_source *from;
	struct bt_store *store;
	struct bt_recording *rec;
	struct bt_sink *lines;
	struct bt_app *app;
	struct bt_serve *serve;       /* whoever attaches; NULL: nobody can */
	struct bt_endpoint *endpoint; /* NULL: not wanted */
	struct bt_outputs outputs;
	struct bt_tally tally;
	struct bt_thresholds *thresholds;
	char *environment, *report;         /* report: of the run that has ended */
	FILE *out;                          /* where lines go */
	char notice[480], stopped_for[160]; /* stopped_for: the threshold that ended the run */
	bool dashboard, told_stop, brief;
	bool mute; /* standard output is an export's */
	int signal_seen;
	char host[256], watched[64], commit[BT_COMMIT_MAX];
	struct bt_err why; /* it could not run */
	struct bt_manners manners;
};

/* Says once that the run is not being stored, where the user looks: on the screen, or among the
 * lines. */
static void not_stored(struct session *s, const char *why)
{
	bt_text_format(s->notice, sizeof(s->notice), "this run is not being stored: %s", why);
	if (!s->dashboard)
		bt_cli_fail(0, "%s", s->notice);
}

static const char *notice(void *arg)
{
	struct session *s = arg;

	if (s->rec && s->notice[0] && bt_recording_lost_ns(s->rec) == 0)
		s->notice[0] = '\0'; /* the disk came back */
	if (s->notice[0])
		return s->notice;
	return s->stopped_for[0] ? s->stopped_for : NULL;
}

/* Classes whose failures are wrong answers, not trouble of the target. */
static bool answered_wrong(const struct session *s)
{
	const struct bt_snapshot *last = s->tally.last;
	const struct bt_run_info *info = &s->source.info;

	for (unsigned i = 0; i < info->n_error_classes; i++)
		if (last->errors[i] &&
			(strncmp(info->error_classes[i], "wrong-", 6) == 0 ||
				strncmp(info->error_classes[i], "invalid-", 8) == 0))
			return true;
	return last->fatal;
}

/* The run is over: it is kept as it ended at once, not when its user has seen enough of the
 * screen. */
static void conclude(struct session *s)
{
	const char *ending = s->told_stop ? "stopped" : "ended";
	struct bt_err err;

	if (answered_wrong(s))
		ending = "failed";
	s->source.info.status = ending;
	s->report = bt_report_json(&s->tally, s->environment);
	if (!s->rec || !s->report)
		return;
	if (bt_recording_end(s->rec, s->report, ending, &err) < 0)
		not_stored(s, err.msg);
	else
		s->notice[0] = '\0';
}

/* The reason is told once; the run drains, and its summary has the rest. */
static void keep_to_thresholds(struct session *s, const struct bt_snapshot *snap)
{
	const struct bt_command stop = { .kind = BT_CMD_STOP };
	const struct bt_threshold *crossed;

	bt_thresholds_put(s->thresholds, &s->tally, snap);
	crossed = bt_thresholds_abort(s->thresholds);
	if (!crossed || s->told_stop || s->source.ended)
		return;
	bt_text_format(s->stopped_for, sizeof(s->stopped_for),
		"the run is stopped: threshold '%s' is crossed", crossed->text);
	if (!s->dashboard)
		bt_cli_fail(0, "%s", s->stopped_for);
	s->source.ops->command(&s->source, &stop, NULL);
}

/* Those who have attached get the snapshot too, and the one of them who may is obeyed. */
static void serve_watchers(struct session *s, const struct bt_snapshot *snap)
{
	struct bt_command cmd;
	struct bt_err err;

	bt_serve_put(s->serve, &s->tally, snap);
	if (!s->source.ended)
		while (bt_serve_command(s->serve, &cmd))
			if (s->source.ops->command(&s->source, &cmd, &err) < 0)
				bt_serve_refuse(s->serve, err.msg);
}

static const struct bt_snapshot *session_next(struct bt_source *src)
{
	struct session *s = (struct session *)src;
	const struct bt_snapshot *snap = s->from->ops->next(s->from);
	struct bt_err err;

	src->ended = s->from->ended;
	if (!snap)
		return NULL;
	bt_tally_put(&s->tally, snap);
	keep_to_thresholds(s, snap);
	if (s->rec && bt_recording_put(s->rec, snap, &err) < 0)
		not_stored(s, err.msg);
	if (s->lines)
		bt_sink_put(s->lines, snap, NULL); /* nobody reads: the run goes on */
	if (s->serve)
		serve_watchers(s, snap);
	if (src->ended)
		conclude(s);
	bt_outputs_put(&s->outputs, &s->tally, snap);
	if (src->ended)
		bt_outputs_end(&s->outputs, &s->tally, s->report);
	bt_endpoint_put(s->endpoint, &s->tally, snap, s->told_stop,
		src->ended ? s->source.info.status : NULL);
	if (!src->ended)
		return snap;
	bt_serve_close(s->serve); /* also where a dashboard stays: the run is in the history now */
	s->serve = NULL;
	return snap;
}

/* What is stored of the window by now becomes a baseline; that it did is then told as an event. */
static int mark_baseline(struct session *s, const struct bt_command *cmd, struct bt_err *err)
{
	json_t *document;
	int r;

	if (!s->rec)
		return bt_fail(
			err, -ENOTSUP, "this run is not being stored, so it has no baselines");
	r = bt_window_baseline(&document, s->store, s->source.info.id, cmd->from_ns, cmd->to_ns,
		cmd->text, false, err);
	if (r == 0)
		r = bt_store_baseline_put(s->store, cmd->text, document, err);
	json_decref(document);
	return r;
}

static int session_command(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err)
{
	struct session *s = (struct session *)src;
	int r = cmd->kind == BT_CMD_BASELINE ? mark_baseline(s, cmd, err) : 0;

	if (r < 0)
		return r;

	s->told_stop |= cmd->kind == BT_CMD_STOP;
	return s->from->ops->command(s->from, cmd, err);
}

static void session_close(struct bt_source *src BT_UNUSED)
{
}

static const struct bt_source_ops session_ops = { session_next, session_command, session_close };

static bool wants_dashboard(const struct bt_run_options *o)
{
	if (o->cli.no_tui || o->cli.json || o->cli.detach || o->run.clock == BT_CLOCK_VIRTUAL)
		return false;
	return bt_cli_has_screen();
}

/* What shows the run is allocated before the run reads its memory floor. */
static int open_views(struct session *s, struct bt_err *err)
{
	struct bt_app_conf conf = {
		.source = &s->source,
		.store = s->store,
		.signalled = &bt_stop_signal,
		.save = bt_section_write,
		.notice = notice,
		.notice_arg = s,
		.manners = &s->manners,
	};
	int r = bt_tally_init(&s->tally, &s->source.info, err);

	if (r == 0)
		r = bt_outputs_open(&s->outputs, &s->o->cli.outputs, err);
	if (r == 0)
		r = bt_endpoint_open(
			&s->endpoint, &s->o->cli.endpoint, s->o->listen, &s->source.info, err);
	if (r < 0)
		return r;
	if (s->dashboard && bt_app_open(&s->app, &conf, err) < 0) {
		bt_cli_fail(0, "%s; the run is shown in lines", err->msg);
		s->dashboard = false;
	}
	return 0;
}

/* What the user says is tested, else what the working directory holds. */
static const char *commit_of(struct session *s)
{
	for (unsigned i = 0; i < s->o->n_tags; i++)
		if (strcmp(s->o->tags[i].name, "commit") == 0)
			return s->o->tags[i].value;
	bt_commit_at(s->commit, ".");
	return s->commit;
}

static void describe(struct session *s)
{
	struct bt_run_info *info = &s->source.info;
	const struct bt_run_cli *cli = &s->o->cli;

	if (cli->watch_name)
		snprintf(s->watched, sizeof(s->watched), "%s", cli->watch_name);
	else if (cli->watch_pid)
		snprintf(s->watched, sizeof(s->watched), "pid %llu",
			(unsigned long long)cli->watch_pid);

	*info = s->from->info;
	if (gethostname(s->host, sizeof(s->host) - 1) < 0)
		strcpy(s->host, "unknown");
	info->host = s->host;
	info->version = PACKAGE_VERSION;
	info->watched = s->watched;
	info->build_flaw = bt_build_flaw();
	info->command_line = s->o->command_line;
	info->settings = s->o->settings;
	info->n_settings = s->o->n_settings;
	info->tags = s->o->tags;
	info->n_tags = s->o->n_tags;
	info->commit = commit_of(s);
	info->thresholds = s->thresholds;
	s->source.fd = s->from->fd;
	s->source.live = true;
}

static int cannot(struct session *s, int status, const struct bt_err *err)
{
	s->why = *err;
	return bt_cli_fail_err(status, err);
}

/* Before the memory floor is settled. A run that nobody can attach to is still a run: *why matters
 * to --detach alone. */
static void open_socket(struct session *s, struct bt_err *why)
{
	struct bt_err err;

	if (s->o->run.clock == BT_CLOCK_VIRTUAL || !s->rec) {
		bt_fail(why, -ENOTSUP,
			"--detach: expected a run that is stored, on a clock that is not virtual");
		return;
	}
	if (bt_serve_open(&s->serve, &s->source.info, &err) < 0) {
		bt_fail(why, err.code, "no dashboard can attach to the run: %s", err.msg);
		if (!s->o->cli.detach && !s->dashboard && !s->brief)
			bt_cli_fail(0, "%s", why->msg);
		return;
	}
	bt_serve_local(s->serve, s->dashboard);
}

/* Of a run that did not start. */
static int status_of(int r)
{
	if (r == -EINTR && bt_stop_signal)
		return BT_EXIT_SIGNAL + (int)bt_stop_signal;
	return r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT;
}

static int open_run(struct session *s)
{
	struct bt_err err = { 0 };
	int r;

	s->o->setup.progress = bt_cli_progress;
	s->o->setup.watch = (struct bt_watch_target){ s->o->cli.watch_pid, s->o->cli.watch_name };
	r = bt_run_open(&s->run, &s->o->setup, &err);
	if (r < 0)
		return cannot(s, status_of(r), &err);
	s->from = bt_run_source(s->run);
	if (bt_run_options_describe(s->o, s->from->info.seed, &err) < 0)
		return cannot(s, BT_EXIT_CANNOT, &err);
	describe(s);
	s->environment = bt_environment_json(&s->source.info, bt_store_library());
	if (s->store &&
		bt_recording_begin(&s->rec, s->store, &s->source.info, s->environment, &err) < 0)
		not_stored(s, err.msg);
	open_socket(s, &err);
	if (s->o->cli.detach && (!s->serve || !s->rec))
		return cannot(s, BT_EXIT_CANNOT, &err);
	if (!s->dashboard &&
		bt_sink_line_open(
			&s->lines, s->out, &s->source.info, s->o->cli.status_interval_ns, &err) < 0)
		return cannot(s, BT_EXIT_CANNOT, &err);
	r = bt_outputs_start(&s->outputs, &err);
	if (r < 0)
		return cannot(s, status_of(r), &err);
	bt_cli_patience(s->o->run.drain_ns);
	bt_outputs_begin(&s->outputs, &s->source.info);
	if (bt_run_start(s->run, &err) < 0)
		return cannot(s, BT_EXIT_CANNOT, &err);
	if (s->o->begun)
		s->o->begun(s->o->begun_arg, s->source.info.id);
	return -1;
}

static void pass_signal_on(struct session *s)
{
	const struct bt_command stop = { .kind = BT_CMD_STOP };
	int number = (int)bt_stop_signal;

	if (!number || s->source.ended)
		return;
	s->signal_seen = number;
	bt_stop_signal = 0; /* a second one cuts the drain short */
	session_command(&s->source, &stop, NULL);
}

static void run_in_lines(struct session *s)
{
	while (!s->source.ended) {
		pass_signal_on(s);
		bt_run_wait(s->run, 200 * BT_NS_PER_MS);
		while (session_next(&s->source))
			;
	}
}

static bool outlives_terminal(const struct session *s)
{
	int what = s->o->cli.on_hangup;

	return what == BT_HANGUP_DETACH ||
		(what == BT_HANGUP_AUTO && (s->dashboard || s->o->cli.detach));
}

static void run_in_dashboard(struct session *s)
{
	struct bt_err err = { 0 };
	int r = bt_app_run(s->app, &err);

	s->signal_seen = bt_app_signal(s->app);
	if (bt_stop_signal) {
		s->signal_seen = (int)bt_stop_signal;
		bt_stop_signal = 0;
	}
	if (r < 0 && !s->source.ended && !outlives_terminal(s) && r == -EIO)
		bt_stop_signal = SIGHUP; /* the terminal is gone: the same as a hang-up */
	else if (r < 0)
		bt_cli_fail(0, "%s; the run goes on", err.msg);
	if (r < 0 && r != -EIO) /* a terminal that nobody knows can still show lines */
		bt_sink_line_open(
			&s->lines, s->out, &s->source.info, s->o->cli.status_interval_ns, NULL);
	if (s->serve)
		bt_serve_local(s->serve, false);
	run_in_lines(s);
}

static int write_report(struct session *s, const char *json)
{
	struct bt_err err;

	if (s->o->cli.json) {
		bt_cli_put_document(json);
		fflush(stdout); /* before a linger */
		return -1;
	}
	putchar('\n');
	if (bt_report_print(stdout, json, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	if (s->rec && bt_recording_lost_ns(s->rec) == 0)
		bt_print(stdout, "\n%s show %llu%s%s\n", program_invocation_name,
			(unsigned long long)s->source.info.id, s->o->cli.db ? " --db " : "",
			s->o->cli.db ? s->o->cli.db : "");
	fflush(stdout);
	return -1;
}

static int finish(struct session *s)
{
	int status;

	if (!s->report)
		return bt_cli_fail(BT_EXIT_CANNOT, "report: out of memory");
	if (s->dashboard && notice(s)) /* its screen is gone, and what stood there */
		bt_cli_fail(0, "%s", notice(s));
	bt_sink_close(s->lines, NULL);
	s->lines = NULL;
	status = s->brief || s->mute ? -1 : write_report(s, s->report);
	bt_endpoint_end(s->endpoint);
	if (status >= 0)
		return status;
	if (s->signal_seen)
		return BT_EXIT_SIGNAL + s->signal_seen;
	if (answered_wrong(s) || !bt_thresholds_held(s->thresholds))
		return BT_EXIT_FAILED;
	return s->outputs.failed ? BT_EXIT_CANNOT : BT_EXIT_DONE;
}

/* What the profile asks of its runs, beside what the user asks. */
static int add_objectives(struct session *s, struct bt_err *err)
{
	const struct bt_profile *p = s->o->setup.profile;
	const struct bt_run_conf *conf = &s->o->run;
	const struct bt_load load = { .rate = conf->rate,
		.duration_ns = conf->duration_ns,
		.ops = conf->ops,
		.warmup_ns = conf->warmup_ns };
	char text[BT_THRESHOLD_TEXT];
	int r = 0;

	for (unsigned i = 0; p->objective && r == 0 &&
		p->objective(s->o->profile_conf, &load, i, text, sizeof(text));
		i++)
		r = bt_thresholds_add(s->thresholds, text, &s->source.info, err);
	return r;
}

/* Held against the workload's metrics before anything is opened. -1 to go on, else the exit
 * status. */
static int open_thresholds(struct session *s)
{
	char names[4096];
	struct bt_err err;
	int r;

	bt_run_outline(&s->source.info, &s->o->setup);
	r = bt_thresholds_open(&s->thresholds, &s->o->cli.thresholds, &s->source.info, &err);
	if (r == 0)
		r = add_objectives(s, &err);
	s->source.info.thresholds = s->thresholds;
	if (r == -ENOENT)
		return bt_cli_fail(BT_EXIT_USAGE, "--threshold: %s; expected one of %s", err.msg,
			bt_threshold_names(names, sizeof(names), &s->source.info));
	if (r < 0)
		return bt_cli_fail(
			r == -ENOMEM ? BT_EXIT_CANNOT : BT_EXIT_USAGE, "--threshold: %s", err.msg);
	return -1;
}

int bt_session_places(struct bt_run_options *o, struct bt_places *places, struct bt_err *err)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	int r = bt_outputs_places(&o->cli.outputs, places, err);

	bt_run_options_sets(o, sets);
	for (unsigned i = 1; i < BT_RUN_SETS && r == 0; i++) /* 0: of the command itself */
		r = bt_places_options(places, sets[i].opts, sets[i].conf, err);
	return r;
}

static int check_places(struct session *s, struct bt_err *err)
{
	struct bt_places places = { 0 };
	int r = bt_places_history(&places, s->o->cli.db, err);

	if (r == 0)
		r = bt_session_places(s->o, &places, err);
	bt_places_fini(&places);
	return r;
}

static int carry_out(struct session *s)
{
	struct bt_err err = { 0 };
	int status = open_thresholds(s);

	if (status < 0 &&
		(bt_endpoint_check(&s->o->cli.endpoint, &err) < 0 ||
			bt_outputs_check(&s->o->cli.outputs, s->o->cli.json, &err) < 0 ||
			check_places(s, &err) < 0))
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (status < 0 && s->dashboard)
		status = bt_cli_manners(&s->manners, s->o->cli.no_mouse);
	if (status >= 0)
		return status;
	if (bt_cli_open_history(&s->store, s->o->cli.db, BT_STORE_WRITE, &err) < 0)
		not_stored(s, err.msg);
	if (open_views(s, &err) < 0)
		return cannot(s, BT_EXIT_CANNOT, &err);
	bt_cli_catch_signals(outlives_terminal(s));
	bt_cli_patience(0);
	status = open_run(s);
	if (status >= 0)
		return status;
	if (s->dashboard)
		run_in_dashboard(s);
	else
		run_in_lines(s);
	bt_cli_patience(0);
	return finish(s);
}

static void tell(struct session *s, struct bt_session_result *result)
{
	bool stored = s->rec && bt_recording_lost_ns(s->rec) == 0;

	result->run = stored ? s->source.info.id : 0;
	result->report = s->report;
	result->why = s->why;
	s->report = NULL;
}

int bt_session_run(struct bt_run_options *o, struct bt_session_result *result)
{
	struct session *s = calloc(1, sizeof(*s));
	int status;

	if (!s)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	s->o = o;
	s->source.ops = &session_ops;
	s->source.fd = -1;
	s->brief = result && result->brief;
	s->dashboard = !s->brief && wants_dashboard(o) && !bt_outputs_take_stdout(&o->cli.outputs);
	s->mute = bt_outputs_take_stdout(&o->cli.outputs);
	s->out = s->brief || o->cli.json || s->mute ? stderr : stdout;
	status = carry_out(s);
	if (result)
		tell(s, result);
	bt_app_close(s->app);
	bt_endpoint_close(s->endpoint);
	bt_outputs_close(&s->outputs);
	bt_serve_close(s->serve);
	bt_recording_free(s->rec);
	bt_sink_close(s->lines, NULL);
	bt_run_close(s->run);
	bt_store_close(s->store);
	bt_tally_fini(&s->tally);
	bt_thresholds_close(s->thresholds);
	free(s->environment);
	free(s->report);
	free(s);
	return status;
}
