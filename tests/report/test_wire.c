/* A run over its socket: what arrives is what was sent, and who watches does no harm to it. */
#include "record_store.h"

#include "cm.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/remote.h"
#include "machine/rundir.h"
#include "live/serve.h"
#include "report/wire.h"

static struct bt_snapshot *new_snapshot(void)
{
	struct bt_snapshot *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	bt_hist_init(&s->queue);
	bt_hist_init(&s->service);
	bt_hist_init(&s->response);
	return s;
}

static void assert_latencies_equal(const struct bt_latency *a, const struct bt_latency *b)
{
	assert_int_equal(a->count, b->count);
	if (!a->count)
		return;
	assert_true(a->mean == b->mean && a->max == b->max);
	assert_memory_equal(a->q, b->q, sizeof(a->q));
}

static void assert_hist_equal(const struct bt_hist *a, const struct bt_hist *b)
{
	assert_true(a->count == b->count && a->sum == b->sum && a->max == b->max);
	assert_memory_equal(a->c, b->c, sizeof(a->c));
}

static void assert_plans_equal(const struct bt_segment *a, const struct bt_segment *b)
{
	assert_true(a->mode == b->mode && a->arrivals == b->arrivals);
	assert_true(a->rate_from == b->rate_from && a->rate_to == b->rate_to);
	assert_true(
		a->span_ns == b->span_ns && a->settle_ns == b->settle_ns && a->items == b->items);
	assert_true(a->workers == b->workers && a->concurrency == b->concurrency &&
		a->level == b->level && a->processors == b->processors && a->pinned == b->pinned);
	assert_true(a->step == b->step && a->steps == b->steps && a->scored == b->scored &&
		a->judged == b->judged && a->manual == b->manual);
	assert_string_equal(a->label, b->label);
}

static void assert_segments_equal(const struct bt_snapshot *a, const struct bt_snapshot *b)
{
	assert_int_equal(a->n_segments, b->n_segments);
	for (unsigned i = 0; i < a->n_segments; i++) {
		const struct bt_segment_result *x = &a->segments[i].result,
					       *y = &b->segments[i].result;

		assert_int_equal(a->segments[i].index, b->segments[i].index);
		assert_plans_equal(&a->segments[i].plan, &b->segments[i].plan);
		assert_true(x->state == y->state && x->start_ns == y->start_ns &&
			x->end_ns == y->end_ns && x->last_end_ns == y->last_end_ns);
		assert_memory_equal(&x->counts, &y->counts, sizeof(x->counts));
		assert_true(x->completed_in_span == y->completed_in_span &&
			x->backlog_mid == y->backlog_mid && x->backlog_end == y->backlog_end &&
			x->rss_bytes == y->rss_bytes);
		assert_latencies_equal(&x->queue, &y->queue);
		assert_latencies_equal(&x->service, &y->service);
		assert_latencies_equal(&x->response, &y->response);
		assert_true(x->ratio == y->ratio && x->efficiency == y->efficiency &&
			x->outcome == y->outcome);
		assert_string_equal(x->reason, y->reason);
	}
}

static void assert_lists_equal(const struct bt_snapshot *a, const struct bt_snapshot *b)
{
	assert_true(
		a->n_events == b->n_events && a->n_notes == b->n_notes && a->n_slow == b->n_slow);
	for (unsigned i = 0; i < a->n_events; i++) {
		assert_true(a->events[i].t_ns == b->events[i].t_ns &&
			a->events[i].kind == b->events[i].kind);
		assert_string_equal(a->events[i].text, b->events[i].text);
	}
	for (unsigned i = 0; i < a->n_notes; i++) {
		assert_true(a->notes[i].t_ns == b->notes[i].t_ns &&
			a->notes[i].error_class == b->notes[i].error_class &&
			a->notes[i].worker == b->notes[i].worker);
		assert_string_equal(a->notes[i].text, b->notes[i].text);
	}
	for (unsigned i = 0; i < a->n_slow; i++)
		assert_memory_equal(&a->slow[i], &b->slow[i], sizeof(a->slow[i]));
}

static void assert_snapshots_equal(const struct bt_snapshot *a, const struct bt_snapshot *b)
{
	assert_true(a->seq == b->seq && a->wall_ns == b->wall_ns && a->t_ns == b->t_ns &&
		a->span_ns == b->span_ns && a->last == b->last);
	assert_memory_equal(&a->interval, &b->interval, sizeof(a->interval));
	assert_hist_equal(&a->queue, &b->queue);
	assert_hist_equal(&a->service, &b->service);
	assert_hist_equal(&a->response, &b->response);
	assert_true(a->target_rate == b->target_rate ||
		(isnan(a->target_rate) && isnan(b->target_rate)));
	assert_memory_equal(&a->total, &b->total, sizeof(a->total));
	assert_latencies_equal(&a->total_queue, &b->total_queue);
	assert_latencies_equal(&a->total_service, &b->total_service);
	assert_latencies_equal(&a->total_response, &b->total_response);
	assert_latencies_equal(&a->lag, &b->lag);
	assert_memory_equal(a->errors, b->errors, sizeof(a->errors));
	assert_true(a->scored_ns == b->scored_ns && a->backlog == b->backlog &&
		a->warm_offered == b->warm_offered && a->warm_failed == b->warm_failed);
	assert_memory_equal(&a->usage, &b->usage, sizeof(a->usage));
	assert_memory_equal(&a->net, &b->net, sizeof(a->net));
	assert_memory_equal(&a->watched, &b->watched, sizeof(a->watched));
	assert_true(a->rss_floor_bytes == b->rss_floor_bytes &&
		a->rss_start_bytes == b->rss_start_bytes &&
		a->rss_peak_bytes == b->rss_peak_bytes && a->rss_left_bytes == b->rss_left_bytes &&
		a->clock_drift_ns == b->clock_drift_ns && a->slow_dropped == b->slow_dropped);
	assert_true(a->fatal == b->fatal && a->paused == b->paused);
	assert_segments_equal(a, b);
	assert_lists_equal(a, b);
	assert_string_equal(a->finding_text, b->finding_text);
	assert_true(a->finding_value == b->finding_value ||
		(isnan(a->finding_value) && isnan(b->finding_value)));
}

/* A snapshot with something, and something awkward, in every member. */
static void fill(struct fake_run *run)
{
	struct bt_snapshot *s = &run->snap;

	fake_segment(run, "warm-up", 1000 / 3.0, BT_NS_PER_S)->plan.settle_ns = 12345;
	fake_tick(run, BT_NS_PER_S, 50, 1);
	fake_segment(run, "step", 0.001, BT_FOREVER)->plan.step = 3;
	fake_tick(run, TICK, 500, 3);
	run->segments[0].result.outcome = BT_STEP_BROKE;
	snprintf(run->segments[0].result.reason, 96, "p99 12.3 ms above \"10 ms\"");
	s->segments[0] = run->segments[0];
	fake_event(run, BT_EV_SPIKE, "spike: ×5 — \\ \"");
	fake_event(run, BT_EV_BASELINE, "baseline calm");
	fake_note(run, 1, "wrong\nanswer\t<&>");
	s->slow[0] = (struct bt_slow){ UINT64_C(1) << 62, 5, 6, 7, 1, 2, -1 };
	s->slow[1] = (struct bt_slow){ 9, 5, 6, 7, 1, 2, 1 };
	s->n_slow = 2;
	s->slow_dropped = 77;
	s->target_rate = 0.1 + 0.2;
	s->net = (struct bt_net){ 1, 2, UINT64_MAX, 4 };
	s->watched = (struct bt_watched){ 1, UINT64_MAX, 3, 4, UINT64_MAX };
	s->clock_drift_ns = 13;
	s->backlog = 4;
	s->paused = true;
	s->finding_value = 1e9 / 7;
	strcpy(s->finding_name, "limit");
	strcpy(s->finding_unit, "op/s");
	strcpy(s->finding_text, "held");
}

static void what_arrives_is_what_was_sent(void **state)
{
	struct fake_run *run = fake_new(true);
	struct bt_snapshot *got = new_snapshot();
	struct bt_frame frame;
	struct bt_buf buf = { 0 };

	(void)state;
	fill(run);
	for (unsigned i = 0; i < 3;
		i++) { /* into the same snapshot: nothing of the one before stays */
		assert_int_equal(bt_wire_put_snapshot(&buf, &run->snap, &run->info), 0);
		assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_MAX, NULL), 1);
		assert_int_equal(frame.kind, BT_WIRE_SNAPSHOT);
		assert_int_equal(bt_wire_read_snapshot(got, &run->info, &frame, NULL), 0);
		assert_snapshots_equal(&run->snap, got);
		fake_tick(run, TICK, 3 * i, 0);
		run->snap.target_rate = NAN;
		if (i == 1)
			fake_last(run);
	}
	assert_int_equal(bt_buf_size(&buf), 0);
	bt_buf_fini(&buf);
	free(got);
	fake_free(run);
}

static void commands_arrive_whole(void **state)
{
	static const struct bt_command cmds[] = {
		{ .kind = BT_CMD_PAUSE },
		{ .kind = BT_CMD_RATE, .rate = 1000 / 3.0 },
		{ .kind = BT_CMD_SPIKE, .factor = 2.5, .span_ns = UINT64_C(86400) * BT_NS_PER_S },
		{ .kind = BT_CMD_NOTE, .text = "disk \"full\", ü" },
		{ .kind = BT_CMD_BASELINE, .from_ns = 1, .to_ns = INT64_MAX, .text = "calm" },
		{ .kind = BT_CMD_SEEK, .t_ns = 17 },
		{ .kind = BT_CMD_SPEED, .factor = 10 },
	};
	struct bt_buf buf = { 0 };
	struct bt_command got;
	struct bt_frame frame;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(cmds); i++) {
		assert_int_equal(bt_wire_put_command(&buf, &cmds[i]), 0);
		assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_FROM_MAX, NULL), 1);
		assert_int_equal(bt_wire_read_command(&got, &frame, NULL), 0);
		assert_true(got.kind == cmds[i].kind && got.rate == cmds[i].rate &&
			got.factor == cmds[i].factor && got.span_ns == cmds[i].span_ns &&
			got.t_ns == cmds[i].t_ns && got.from_ns == cmds[i].from_ns &&
			got.to_ns == cmds[i].to_ns);
		assert_string_equal(got.text, cmds[i].text);
	}
	bt_buf_fini(&buf);
}

static void a_frame_comes_in_pieces_and_not_too_large(void **state)
{
	const struct bt_command cmd = { .kind = BT_CMD_STOP };
	struct bt_buf whole = { 0 }, buf = { 0 };
	struct bt_frame frame;

	(void)state;
	assert_int_equal(bt_wire_put_command(&whole, &cmd), 0);
	for (size_t i = 0; i < whole.to; i++) {
		assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_FROM_MAX, NULL), 0);
		*bt_buf_reserve(&buf, 1) = whole.bytes[i];
		buf.to++;
	}
	assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_FROM_MAX, NULL), 1);
	memcpy(bt_buf_reserve(&buf, 5), "\377\377\377\377C", 5);
	buf.to += 5;
	assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_FROM_MAX, NULL), -EINVAL);
	bt_buf_fini(&whole);
	bt_buf_fini(&buf);
}

/* Around a socket. */

struct served {
	struct fake_run *run;
	struct bt_tally tally;
	struct bt_serve *serve;
};

static int set_up(void **state)
{
	struct served *s = calloc(1, sizeof(*s));

	setenv("XDG_RUNTIME_DIR", temp_make(), 1);
	s->run = fake_new(true);
	s->run->info.id = 12;
	fake_segment(s->run, "load", 100, BT_NS_PER_S);
	*state = s;
	assert_int_equal(bt_tally_init(&s->tally, &s->run->info, NULL), 0);
	return bt_serve_open(&s->serve, &s->run->info, NULL);
}

static int tear_down(void **state)
{
	struct served *s = *state;

	bt_serve_close(s->serve);
	bt_tally_fini(&s->tally);
	fake_free(s->run);
	free(s);
	temp_remove();
	return 0;
}

static void put(struct served *s)
{
	bt_tally_put(&s->tally, &s->run->snap);
	bt_serve_put(s->serve, &s->tally, &s->run->snap);
}

static void tick(struct served *s)
{
	fake_tick(s->run, TICK, 10, 0);
	put(s);
}

/* One process is both ends: another thread waits for the description while this one goes on with
 * the run. */
struct opening {
	struct bt_source *source;
	struct bt_err err;
	int code;
	_Atomic bool done;
};

static void *open_remote(void *arg)
{
	struct opening *o = arg;

	o->code = bt_remote_open(&o->source, (unsigned)getpid(), NULL, &o->err);
	o->done = true;
	return NULL;
}

static int try_watch(struct served *s, struct opening *o)
{
	pthread_t thread;

	memset(o, 0, sizeof(*o));
	assert_int_equal(pthread_create(&thread, NULL, open_remote, o), 0);
	while (!o->done) { /* it gives up by itself after five seconds */
		tick(s);
		poll(NULL, 0, 1);
	}
	pthread_join(thread, NULL);
	return o->code;
}

static struct bt_source *watch(struct served *s)
{
	struct opening o;

	if (try_watch(s, &o) < 0)
		fail_msg("%s", o.err.msg);
	return o.source;
}

/* What a watcher knows after all that has come. */
static void follow(struct bt_source *source, struct bt_tally *tally)
{
	const struct bt_snapshot *snap;

	while (!source->ended && (snap = source->ops->next(source)) != NULL)
		bt_tally_put(tally, snap);
}

static void watchers_come_to_know_all_of_the_run(void **state)
{
	struct bt_source *sources[2];
	struct served *s = *state;
	struct bt_tally tally;

	tick(s);
	for (unsigned i = 0; i < 39; i++) { /* more segments and events than one snapshot holds */
		fake_segment(s->run, "load", 100 + i, BT_NS_PER_S);
		fake_tick(s->run, TICK, 10, 0);
		fake_event(s->run, BT_EV_RATE, "rate set");
		if (i % 10 == 0)
			fake_note(s->run, 0, "no answer");
		put(s);
	}
	sources[0] = watch(s);
	sources[1] = watch(s);
	assert_int_equal(bt_serve_watchers(s->serve), 2);
	tick(s);
	fake_tick(s->run, TICK, 5, 1);
	fake_last(s->run);
	put(s);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bt_tally_init(&tally, &sources[i]->info, NULL), 0);
		assert_string_equal(sources[i]->info.workload, "sim");
		assert_int_equal(sources[i]->info.id, 12);
		follow(sources[i], &tally);
		assert_true(sources[i]->ended && tally.last->last);
		assert_int_equal(tally.n_segments, s->tally.n_segments);
		for (unsigned k = 0; k < tally.n_segments; k++)
			assert_plans_equal(&tally.segments[k].plan, &s->tally.segments[k].plan);
		assert_int_equal(tally.n_events, s->tally.n_events);
		assert_int_equal(tally.n_notes[0], s->tally.n_notes[0]);
		assert_memory_equal(
			&tally.last->total, &s->tally.last->total, sizeof(tally.last->total));
		bt_tally_fini(&tally);
		bt_source_close(sources[i]);
	}
}

static void one_watcher_at_a_time_commands(void **state)
{
	const struct bt_command pause = { .kind = BT_CMD_PAUSE },
				resume = { .kind = BT_CMD_RESUME };
	struct served *s = *state;
	struct bt_source *a, *b;
	struct bt_command cmd;
	struct bt_err err;
	struct bt_tally tally;

	a = watch(s);
	b = watch(s);
	assert_int_equal(bt_tally_init(&tally, &b->info, NULL), 0);
	assert_false(bt_serve_command(s->serve, &cmd));
	assert_int_equal(a->ops->command(a, &pause, NULL), 0);
	assert_int_equal(b->ops->command(b, &resume, NULL), 0); /* it cannot know yet */
	assert_true(bt_serve_command(s->serve, &cmd));
	assert_int_equal(cmd.kind, BT_CMD_PAUSE);
	assert_false(bt_serve_command(s->serve, &cmd));
	tick(s);
	follow(b, &tally);
	assert_string_equal(tally.events[tally.n_events - 1].text,
		"not obeyed: another dashboard controls this run");
	assert_int_equal(b->ops->command(b, &resume, &err), -EBUSY);
	assert_non_null(strstr(err.msg, "another dashboard"));
	bt_source_close(a); /* leaves: the other may */
	assert_false(bt_serve_command(s->serve, &cmd));
	tick(s);
	follow(b, &tally);
	assert_int_equal(b->ops->command(b, &resume, NULL), 0);
	assert_true(bt_serve_command(s->serve, &cmd));
	assert_int_equal(cmd.kind, BT_CMD_RESUME);
	bt_tally_fini(&tally);
	bt_source_close(b);
}

static void nobody_commands_beside_the_runs_own_dashboard(void **state)
{
	const struct bt_command pause = { .kind = BT_CMD_PAUSE };
	struct served *s = *state;
	struct bt_command cmd;
	struct bt_source *a;
	struct bt_tally tally;

	bt_serve_local(s->serve, true);
	a = watch(s);
	assert_int_equal(bt_tally_init(&tally, &a->info, NULL), 0);
	follow(a, &tally);
	assert_int_equal(a->ops->command(a, &pause, NULL), -EBUSY);
	bt_serve_local(s->serve, false);
	tick(s);
	follow(a, &tally);
	assert_int_equal(a->ops->command(a, &pause, NULL), 0);
	assert_true(bt_serve_command(s->serve, &cmd));
	bt_tally_fini(&tally);
	bt_source_close(a);
}

static int raw_connection(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char dir[BT_RUNDIR_MAX];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(bt_rundir(dir, false, NULL), 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%d.sock", dir, (int)getpid());
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void who_sends_garbage_is_let_go_and_the_others_stay(void **state)
{
	static const char *const garbage[] = { "\377\377\377\377C", "\2\0\0\0C{}", "\3\0\0\0Habc",
		"\0\0\0\0C", "GET / HTTP/1.1\r\n\r\n" };
	static const size_t size[] = { 5, 7, 8, 5, 18 };
	struct served *s = *state;
	struct bt_source *a = watch(s);
	struct bt_command cmd;

	for (unsigned i = 0; i < BT_LEN(garbage); i++) {
		int fd = raw_connection();

		assert_true(fd >= 0);
		assert_int_equal(send(fd, garbage[i], size[i], 0), size[i]);
		tick(s);
		assert_int_equal(bt_serve_watchers(s->serve), 2);
		assert_false(bt_serve_command(s->serve, &cmd));
		assert_int_equal(bt_serve_watchers(s->serve), 1);
		close(fd);
	}
	bt_source_close(a);
}

/* A watcher that stops reading, and one that is gone: neither holds the run up. */
static void who_does_not_read_is_let_go(void **state)
{
	struct served *s = *state;
	int deaf = raw_connection(), gone = raw_connection();

	tick(s);
	assert_int_equal(bt_serve_watchers(s->serve), 2);
	close(gone);
	for (unsigned i = 0; i < 100000 && bt_serve_watchers(s->serve); i++)
		bt_serve_put(s->serve, &s->tally, &s->run->snap);
	assert_int_equal(bt_serve_watchers(s->serve), 0);
	close(deaf);
}

static void more_than_there_is_room_for_are_told_so(void **state)
{
	struct served *s = *state;
	int fds[BT_WATCHERS_MAX];
	struct opening o;

	for (unsigned i = 0; i < BT_WATCHERS_MAX; i++)
		fds[i] = raw_connection();
	assert_int_equal(try_watch(s, &o), -EBUSY);
	assert_non_null(strstr(o.err.msg, "at most 16"));
	for (unsigned i = 0; i < BT_WATCHERS_MAX; i++)
		close(fds[i]);
}

/* The file's mode keeps others out; should it be changed, the kernel's word for who they are still
 * does. */
static void another_user_is_refused(void **state)
{
	struct served *s = *state;
	char dir[BT_RUNDIR_MAX], path[BT_RUNDIR_MAX + 24];
	struct stat st;
	pid_t child;
	int status;

	assert_int_equal(bt_rundir(dir, false, NULL), 0);
	snprintf(path, sizeof(path), "%s/%d.sock", dir, (int)getpid());
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	if (geteuid() != 0)
		skip();
	for (char *slash = dir + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (strcmp(dir, "/tmp") != 0)
			chmod(dir, 0755);
		*slash = '/';
	}
	chmod(dir, 0755);
	chmod(path, 0777);
	child = fork();
	if (child == 0) {
		struct sockaddr_un at = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		snprintf(at.sun_path, sizeof(at.sun_path), "%.107s", path);
		if (setuid(65534) == 0 && access(path, W_OK) < 0)
			_exit(77);
		if (geteuid() == 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		chmod(dir, 0700);
		skip(); /* the root directory is closed to other users */
	}
	assert_int_equal(status, 0);
	tick(s);
	assert_int_equal(bt_serve_watchers(s->serve), 0);
	chmod(dir, 0700);
}

static void sockets_of_dead_processes_are_swept(void **state)
{
	char dir[BT_RUNDIR_MAX], path[BT_RUNDIR_MAX + 24];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bt_rundir(dir, false, NULL), 0);
	snprintf(path, sizeof(path), "%s/4711.sock", dir);
	snprintf(at.sun_path, sizeof(at.sun_path), "%.107s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_int_equal(access(path, F_OK), 0);
	bt_rundir_sweep(dir);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/%d.sock", dir, (int)getpid());
	assert_int_equal(access(path, F_OK), 0);
}

static void a_directory_that_others_can_write_to_is_not_trusted(void **state)
{
	char dir[BT_RUNDIR_MAX];
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_rundir(dir, false, NULL), 0);
	chmod(dir, 0770);
	assert_int_equal(bt_rundir(dir, true, &err), -EPERM);
	assert_non_null(strstr(err.msg, "mode 0700"));
	chmod(dir, 0700);
}

static void a_run_that_dies_without_a_word_reads_interrupted(void **state)
{
	struct served *s = *state;
	struct bt_source *a = watch(s);
	struct bt_tally tally;

	assert_int_equal(bt_tally_init(&tally, &a->info, NULL), 0);
	bt_serve_close(s->serve);
	s->serve = NULL;
	follow(a, &tally);
	assert_true(a->ended && !tally.last->last);
	assert_string_equal(a->info.status, "interrupted");
	bt_tally_fini(&tally);
	bt_source_close(a);
}

/* How they stand goes over the wire; who watches has the same texts, verdicts and values, and what
 * is not of the run changes nothing. */
static void thresholds_arrive_as_they_stand(void **state)
{
	const struct bt_run_info info = { .workload = "w", .profile = "load", .open_loop = true };
	const struct bt_list texts = { .n = 2,
		.v = { "p99<50ms@window=10s:abort", "error_rate<1%" } };
	struct bt_thresholds *sent, *got = NULL, *other;
	const struct bt_list others = { .n = 2, .v = { "p50<50ms", "error_rate<1%" } };
	struct bt_buf buf = { NULL, 0, 0, 0 };
	struct bt_frame frame;
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_thresholds_open(&sent, &texts, &info, &err), 0);
	assert_int_equal(bt_thresholds_open(&other, &others, &info, &err), 0);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct bt_threshold *t = (struct bt_threshold *)bt_thresholds_get(sent, 0);

		t->verdict = turn ? BT_CROSSED : BT_HELD;
		t->value = turn ? 6.25e7 : NAN;
		t->worst_at_ns = turn ? 12345678901 : UINT64_MAX;
		assert_int_equal(bt_wire_put_thresholds(&buf, sent), 0);
		assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_MAX, &err), 1);
		assert_int_equal(frame.kind, BT_WIRE_THRESHOLDS);
		assert_int_equal(bt_wire_read_thresholds(&got, &info, &frame, &err), 0);
		assert_int_equal(bt_thresholds_count(got), 2);
		assert_string_equal(bt_thresholds_get(got, 0)->text, texts.v[0]);
		assert_int_equal(bt_thresholds_get(got, 0)->verdict, t->verdict);
		assert_true(turn ? bt_thresholds_get(got, 0)->value == 6.25e7
				 : isnan(bt_thresholds_get(got, 0)->value));
		assert_int_equal(bt_thresholds_get(got, 0)->worst_at_ns, t->worst_at_ns);
		assert_int_equal(bt_thresholds_get(got, 1)->verdict, BT_UNKNOWN);
	}
	assert_int_equal(bt_wire_put_thresholds(&buf, other), 0);
	assert_int_equal(bt_wire_take(&buf, &frame, BT_WIRE_MAX, &err), 1);
	assert_int_equal(bt_wire_read_thresholds(&got, &info, &frame, &err), -EINVAL);
	assert_int_equal(bt_thresholds_get(got, 0)->verdict, BT_CROSSED);
	bt_thresholds_close(sent);
	bt_thresholds_close(other);
	bt_thresholds_close(got);
	bt_buf_fini(&buf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(thresholds_arrive_as_they_stand),
		cmocka_unit_test(what_arrives_is_what_was_sent),
		cmocka_unit_test(commands_arrive_whole),
		cmocka_unit_test(a_frame_comes_in_pieces_and_not_too_large),
		cmocka_unit_test_setup_teardown(
			watchers_come_to_know_all_of_the_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_watcher_at_a_time_commands, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nobody_commands_beside_the_runs_own_dashboard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_sends_garbage_is_let_go_and_the_others_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_let_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			more_than_there_is_room_for_are_told_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_user_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			sockets_of_dead_processes_are_swept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_directory_that_others_can_write_to_is_not_trusted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_run_that_dies_without_a_word_reads_interrupted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
