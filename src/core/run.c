#include "core/run.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/headroom.h"
#include "base/sysfile.h"
#include "core/conductor.h"
#include "core/run_impl.h"
#include "core/worker.h"

#define KEEP_BYTES (128 << 10) /* malloc's own default, which it would not stay with */

enum pacing_choice { PACING_AUTO, PACING_SPIN, PACING_SLEEP };

static const char *const late_names[] = { "queue", "skip", "limit", NULL };
static const char *const pacing_names[] = { "auto", "spin", "sleep", NULL };
static const char *const dispatch_names[] = { "shared", "lane", NULL };

const struct bt_opt bt_run_opts[] = {
	{ .name = "rate",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct bt_run_conf, rate),
		.arg = "R",
		.min = 0.001,
		.max = 1e9,
		.help = "operations due per second (open loop); without it workers go back to back "
			"(closed "
			"loop)",
		.man = "Operations due per second: an open loop, in which operations become due "
		       "whether or not earlier ones have ended. Without it workers carry out one "
		       "operation after the other: a closed loop." },
	{ .name = "duration",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_run_conf, duration_ns),
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9 * 40,
		.help = "length of the scored part; 10s when --ops is not given either",
		.man = "Length of the scored part. When neither this nor --ops is given, it is "
		       "10s." },
	{ .name = "ops",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_conf, ops),
		.arg = "N",
		.min = 1,
		.max = 999999999999999,
		.help = "end after N scored operations in all, over all workers",
		.man = "Ends after this many scored operations in all, over all workers." },
	{ .name = "workers",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_conf, workers),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = BT_WORKERS_MAX,
		.help = "threads that carry out operations",
		.man = "Threads that execute operations." },
	{ .name = "concurrency",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_conf, concurrency),
		.arg = "N",
		.min = 1,
		.max = 1000000,
		.help = "operations in flight in all, for workloads that wait; closed loop: "
			"workers, open "
			"loop: 1024",
		.man = "Operations in flight in all, for workloads that wait for an answer. When "
		       "not given: as many as workers in a closed loop, 1024 in an open one. A "
		       "workload that computes refuses it." },
	{ .name = "warmup",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_run_conf, warmup_ns),
		.dflt = "0",
		.arg = "DURATION",
		.max = 86400e9,
		.help = "load the target this long before anything is scored",
		.man = "Loads the target this long before anything is scored." },
	{ .name = "arrivals",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_conf, arrivals),
		.dflt = "constant",
		.arg = "KIND",
		.choices = bt_arrivals_name,
		.help = "how due times are spaced: constant or poisson",
		.man = "How due times are spaced in an open loop: *constant* or *poisson*." },
	{ .name = "late",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_conf, late),
		.dflt = "queue",
		.arg = "POLICY",
		.choices = late_names,
		.help = "what becomes of operations that could not begin on time: queue, skip or "
			"limit",
		.man = "What becomes of operations that could not begin on time. With *queue* they "
		       "are all carried out, however late; with *skip* an operation expires when "
		       "the next one is due already; with *limit* an operation expires when it is "
		       "later than --max-age." },
	{ .name = "max-age",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_run_conf, max_age_ns),
		.arg = "DURATION",
		.min = 1,
		.max = 3600e9,
		.help = "--late limit: an operation this late expires instead of beginning; 1s",
		.man = "The age at which --late *limit* lets an operation expire; 1s when not "
		       "given. Given without --late, it means *limit*." },
	{ .name = "drain",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_run_conf, drain_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "at the end wait this long for operations in flight",
		.man = "At the end, waits this long for operations in flight." },
	{ .name = "pacing",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_conf, pacing),
		.dflt = "auto",
		.arg = "HOW",
		.choices = pacing_names,
		.help = "how a due time is waited for: spin at the end, sleep, or what fits the "
			"workers",
		.man = "How a worker waits for a due time: *spin* sleeps until shortly before it "
		       "and spins the rest, *sleep* only sleeps, *auto* spins when there are more "
		       "processors than workers." },
	{ .name = "dispatch",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_conf, dispatch),
		.dflt = "shared",
		.arg = "HOW",
		.choices = dispatch_names,
		.help = "shared: any idle worker takes the next operation; lane: each has its "
			"own",
		.man = "With *shared* any idle worker takes the next operation; with *lane* each "
		       "worker has a schedule of its own." },
	{ .name = "seed",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_conf, seed),
		.arg = "N",
		.max = 999999999999999,
		.help = "seed of arrivals and of the workload's choices; drawn and recorded when "
			"not "
			"given",
		.man = "Seed of the arrivals and of the workload's choices. One is drawn and "
		       "recorded when none, or 0, is given." },
	{ .name = "clock",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_conf, clock),
		.dflt = "auto",
		.arg = "CLOCK",
		.choices = bt_clock_kind_name,
		.help = "auto, tsc, monotonic, or virtual (simulated workloads only)",
		.man = "*tsc* is the processor's time stamp counter, *monotonic* the kernel's "
		       "clock, *auto* the first where the kernel trusts it. *virtual* jumps from "
		       "event to event, so that simulated workloads live through hours in seconds; "
		       "it prints lines, never the dashboard." },
	BT_OPT_END,
};

struct bt_run {
	struct bt_source source; /* first: the source is the run */
	const struct bt_run_setup *setup;
	struct bt_clock *clock;
	struct bt_board board;
	struct bt_conductor conductor;
	pthread_t thread;
	unsigned conductor_seat;
	void **shared; /* what prepare returned, n_shared times: once, or for each worker */
	unsigned n_shared;
	struct bt_needs needs;
	struct bt_env env; /* that prepare is given, and may keep */
	char *remark;      /* the note of prepare about its input */
	struct bt_budget budget;
	unsigned n_threads; /* workers started */
	bool started, joined, holding;
	char kernel_clock[32];
	uint64_t rss_floor;   /* benchtop without the workload */
	uint64_t rss_entered; /* with it, when the workers stood ready */
};

static struct bt_run *of(struct bt_source *src)
{
	return (struct bt_run *)src;
}

static const struct bt_snapshot *source_next(struct bt_source *src)
{
	struct bt_run *run = of(src);
	const struct bt_snapshot *s;

	if (run->holding)
		bt_feed_release(&run->conductor.feed);
	run->holding = false;
	if (src->ended)
		return NULL;
	s = bt_feed_peek(&run->conductor.feed);
	run->holding = s != NULL;
	src->ended = s && s->last;
	return s;
}

static int source_command(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err)
{
	int r = bt_run_check_command(&src->info, cmd, err);

	return r < 0 ? r : bt_conductor_command(&of(src)->conductor, cmd, err);
}

static void source_close(struct bt_source *src BT_UNUSED)
{
}

static const struct bt_source_ops source_ops = { source_next, source_command, source_close };

/* The 99th percentile of how late a short sleep ends, for want of more samples their maximum. */
static uint64_t sleep_lateness(struct bt_clock *clock)
{
	uint64_t worst = 20 * BT_NS_PER_US;

	for (unsigned i = 0; i < 20; i++) {
		uint64_t until = bt_now(clock) + 100 * BT_NS_PER_US, now;

		bt_sleep_until(clock, until);
		now = bt_now(clock);
		if (now > until)
			worst = BT_MAX(worst, now - until);
	}
	return BT_MIN(worst, BT_NS_PER_MS);
}

static void set_pacing(struct bt_run *run, const struct bt_run_conf *conf)
{
	struct bt_board *b = &run->board;
	bool spin = conf->pacing == PACING_SPIN ||
		(conf->pacing == PACING_AUTO && b->n_workers < bt_processors());

	b->pacing = spin ? BT_PACING_SPIN : BT_PACING_SLEEP;
	if (spin && conf->rate > 0 && !bt_clock_is_virtual(run->clock))
		b->margin_ns = sleep_lateness(run->clock);
	else
		b->margin_ns = 50 * BT_NS_PER_US;
}

/*
 * What a data set gives back is to leave the process at once. Left alone, malloc keeps more the
 * larger the blocks are that it once freed, as the top of a thread's heap, where malloc_trim does
 * not reach: the next level would seem to cost less.
 */
static void keep_little(void)
{
	mallopt(M_MMAP_THRESHOLD, KEEP_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
}

static uint64_t headroom(void *arg BT_UNUSED)
{
	return bt_headroom("/");
}

static int begin_profile(struct bt_run *run, struct bt_err *err)
{
	const struct bt_run_setup *s = run->setup;
	const struct bt_load load = bt_run_load(s);
	int r;

	run->conductor.profile = s->profile;
	run->conductor.profile_state = calloc(1, BT_MAX(s->profile->state_size, 1));
	run->conductor.profile_peek = calloc(1, BT_MAX(s->profile->state_size, 1));
	if (!run->conductor.profile_state || !run->conductor.profile_peek)
		return bt_oom(err, "profile %s", s->profile->name);
	r = s->profile->begin(run->conductor.profile_state, s->profile_conf, &load, err);
	run->needs = (struct bt_needs){ .workers = load.workers, .concurrency = load.concurrency };
	if (r == 0 && s->profile->needs)
		s->profile->needs(run->conductor.profile_state, &run->needs);
	run->board.n_workers = run->needs.workers;
	run->budget.limit = run->needs.memory_limit;
	if (s->profile->fills) {
		run->budget.room = headroom; /* it is to end before the system ends it */
		keep_little();
	}
	return r;
}

static int init_board(struct bt_run *run, struct bt_err *err)
{
	const struct bt_run_conf *conf = run->setup->conf;
	struct bt_board *b = &run->board;

	bt_processors_read(&b->processors);
	b->clock = run->clock;
	b->workload = run->setup->workload;
	bt_metric_rows(b->metrics, b->workload->metrics);
	b->budget = &run->budget;
	b->late = conf->max_age_ns ? BT_LATE_LIMIT : (enum bt_late)conf->late;
	b->max_age_ns = conf->max_age_ns ? conf->max_age_ns : BT_NS_PER_S;
	atomic_store_explicit(&b->current, BT_NO_SEGMENT, memory_order_relaxed);
	b->workers = aligned_alloc(BT_CACHE_LINE, b->n_workers * sizeof(*b->workers));
	b->slots = aligned_alloc(BT_CACHE_LINE, BT_SLOTS * sizeof(*b->slots));
	if (b->workers)
		memset(b->workers, 0, b->n_workers * sizeof(*b->workers));
	if (!b->workers || !b->slots)
		return bt_oom(err, "%u workers", b->n_workers);
	memset(b->slots, 0, BT_SLOTS * sizeof(*b->slots));
	for (unsigned i = 0; i < b->n_workers; i++)
		if (bt_worker_init(
			    &b->workers[i], b, i, run->needs.concurrency / b->n_workers + 1) < 0)
			return bt_oom(err, "worker %u", i);
	set_pacing(run, conf);
	return 0;
}

static uint64_t resident(struct bt_run *run)
{
	struct bt_usage usage = { .rss_bytes = UINT64_MAX };

	malloc_trim(0);
	if (run->conductor.feed.snaps)
		bt_proc_read(&run->conductor.proc, &usage);
	return usage.rss_bytes;
}

static void remark(void *arg, const char *text)
{
	struct bt_run *run = arg;

	free(run->remark);
	run->remark = strdup(text);
	run->source.info.input = run->remark ? run->remark : "";
}

/* What a worker's environment has of the run; its shared data is ready when it enters. */
static struct bt_env env_of(struct bt_run *run, unsigned worker)
{
	bool apart = run->needs.apart;
	const struct bt_run_setup *s = run->setup;
	struct bt_env env = {
		.clock = run->clock,
		.seed = run->source.info.seed,
		.worker = apart ? 0 : worker,
		.workers = apart ? 1 : run->board.n_workers,
		.concurrency = 1,
		.conf = s->workload_conf,
		.budget = &run->budget,
		.progress = s->progress,
		.progress_arg = s->progress_arg,
		.remark = remark,
		.remark_arg = run,
	};

	return env;
}

static int prepare(struct bt_run *run, struct bt_err *err)
{
	const struct bt_workload *w = run->setup->workload;
	unsigned n = run->needs.apart ? run->board.n_workers : 1;
	int r = 0;

	run->shared = calloc(n, sizeof(*run->shared));
	if (!run->shared)
		return bt_oom(err, "%u workers", n);
	run->env = env_of(run, 0);
	run->env.concurrency = BT_MAX(run->needs.concurrency / n, 1);
	while (r == 0 && run->n_shared < n) {
		r = w->prepare ? w->prepare(&run->shared[run->n_shared], &run->env, err) : 0;
		run->n_shared += r == 0;
	}
	run->board.data = run->shared[0];
	return r == -EINVAL ? -ENODATA : r; /* here it is the input that is bad, not the usage */
}

/* Waits until every started worker has reached `state` or failed. */
static void await_workers(struct bt_run *run, int state)
{
	struct bt_board *b = &run->board;

	for (unsigned i = 0; i < run->n_threads; i++) {
		for (;;) {
			uint32_t bell = atomic_load_explicit(&b->bell, memory_order_acquire);
			int now =
				atomic_load_explicit(&b->workers[i].entered, memory_order_acquire);

			if (now < 0 || now >= state)
				break;
			bt_clock_wait(run->clock, &b->bell, bell, BT_FOREVER);
		}
	}
}

static int start_workers(struct bt_run *run, struct bt_err *err)
{
	struct bt_board *b = &run->board;

	for (unsigned i = 0; i < b->n_workers; i++) {
		struct bt_worker *w = &b->workers[i];
		int r;

		w->env = env_of(run, i);
		w->env.shared = run->shared[run->needs.apart ? i : 0];
		w->env.meter = w->meter;
		w->env.concurrency = w->in_flight_max;
		w->seat = bt_clock_seat(run->clock);
		r = pthread_create(&w->thread, NULL, bt_worker_main, w);
		if (r)
			return bt_fail(
				err, -r, "worker %u: cannot start a thread: %s", i, strerror(r));
		run->n_threads++;
	}
	await_workers(run, 1);
	for (unsigned i = 0; i < b->n_workers; i++)
		if (atomic_load_explicit(&b->workers[i].entered, memory_order_acquire) < 0) {
			*err = b->workers[i].err;
			return err->code < 0 && err->code != -EINVAL ? err->code : -ENODATA;
		}
	return 0;
}

static uint64_t draw_seed(void)
{
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)bt_wall_ns();
	return seed ? seed : 1;
}

void bt_run_outline(struct bt_run_info *info, const struct bt_run_setup *s)
{
	info->open_loop = bt_run_is_open(s);
	info->workload = s->workload->name;
	info->summary = s->workload->summary;
	info->unit = s->workload->unit;
	info->profile = s->profile->name;
	info->waits = s->workload->submit != NULL && !s->workload->simulated;
	info->workers = (unsigned)s->conf->workers;
	info->processors = bt_processors();
	info->n_metrics = bt_metric_rows(info->rows, s->workload->metrics);
	info->metrics = info->rows;
	info->milestone = s->workload->milestone;
	info->aliases = s->workload->aliases;
	info->error_classes = s->workload->error_classes;
	info->n_error_classes = 0;
	for (const char *const *e = s->workload->error_classes; e && *e; e++)
		info->n_error_classes++;
}

/* What of the machine the verdict holds the run's readings against. */
static void describe_machine(struct bt_run *run)
{
	struct bt_run_info *info = &run->source.info;

	info->quota = run->board.processors.quota;
	info->descriptor_limit = bt_descriptor_limit();
	bt_sys_line(run->kernel_clock, sizeof(run->kernel_clock), "/",
		"sys/devices/system/clocksource/clocksource0/current_clocksource", "");
	info->kernel_clock = run->kernel_clock;
	info->clock_cost_ns = bt_clock_is_virtual(run->clock) ? 0 : bt_clock_cost(run->clock);
}

static void describe(struct bt_run *run)
{
	const struct bt_run_setup *s = run->setup;
	struct bt_run_info *info = &run->source.info;

	bt_run_outline(info, s);
	info->workers = run->board.n_workers;
	info->started_wall_ns = bt_wall_ns();
	info->planned_ns =
		s->profile->planned_ns ? s->profile->planned_ns(run->conductor.profile_state) : 0;
	info->clock = run->clock->name;
	describe_machine(run);
	info->pacing =
		pacing_names[run->board.pacing == BT_PACING_SPIN ? PACING_SPIN : PACING_SLEEP];
	info->late = late_names[run->board.late];
}

static uint64_t quiesce(void *arg)
{
	struct bt_run *run = arg;
	struct bt_board *b = &run->board;
	uint64_t left;

	atomic_store_explicit(&b->stop, 1, memory_order_release);
	atomic_fetch_add_explicit(&b->epoch, 1, memory_order_release);
	bt_clock_wake(run->clock, &b->epoch);
	await_workers(run, 2);
	for (unsigned i = 0; i < run->n_threads; i++)
		pthread_join(b->workers[i].thread, NULL);
	run->n_threads = 0;
	while (run->n_shared)
		if (run->setup->workload->teardown)
			run->setup->workload->teardown(run->shared[--run->n_shared]);
		else
			run->n_shared--;
	free(run->shared);
	run->shared = NULL;
	left = resident(run);
	return left == UINT64_MAX || left < run->rss_floor ? 0 : left - run->rss_floor;
}

static void *conductor_main(void *arg)
{
	struct bt_run *run = arg;

	bt_clock_enter(run->clock, run->conductor_seat);
	bt_conductor_live(&run->conductor);
	bt_clock_leave(run->clock);
	return NULL;
}

static int build(struct bt_run *run, struct bt_err *err)
{
	const struct bt_run_conf *conf = run->setup->conf;
	struct bt_conductor *c = &run->conductor;
	int r = bt_run_check(run->setup, err);

	if (r < 0)
		return r;
	r = bt_clock_open(&run->clock, (enum bt_clock_kind)conf->clock, err);
	if (r < 0)
		return r;
	run->source.info.seed = conf->seed ? conf->seed : draw_seed();
	r = begin_profile(run, err);
	if (r < 0)
		return r;
	r = init_board(run, err);
	if (r < 0)
		return r;
	r = bt_conductor_init(c, &run->board, err);
	if (r == 0)
		r = bt_watch_open(&c->watch, &run->setup->watch, "/", err);
	if (r < 0)
		return r;
	c->tick_ns = bt_clock_is_virtual(run->clock) ? BT_NS_PER_S : 100 * BT_NS_PER_MS;
	c->drain_ns = conf->drain_ns;
	c->seed = run->source.info.seed;
	c->n_lanes_max = conf->dispatch == BT_DISPATCH_LANE ? run->board.n_workers : 1;
	c->quiesce = quiesce;
	c->quiesce_arg = run;
	run->rss_floor = resident(run);
	describe(run);
	run->source.fd = c->feed.fd;
	r = prepare(run, err);
	if (r == 0)
		r = start_workers(run, err);
	run->rss_entered = resident(run);
	return r;
}

int bt_run_open(struct bt_run **out, const struct bt_run_setup *setup, struct bt_err *err)
{
	size_t size = (sizeof(struct bt_run) + BT_CACHE_LINE - 1) / BT_CACHE_LINE * BT_CACHE_LINE;
	struct bt_run *run = aligned_alloc(BT_CACHE_LINE, size);
	int r;

	assert(setup->workload->op || (setup->workload->submit && setup->workload->wait));
	if (!run)
		return bt_oom(err, "run");
	memset(run, 0, size);
	run->setup = setup;
	run->source.ops = &source_ops;
	run->source.live = true;
	run->source.fd = -1;
	r = build(run, err);
	if (r < 0) {
		bt_run_close(run);
		return r;
	}
	*out = run;
	return 0;
}

int bt_run_start(struct bt_run *run, struct bt_err *err)
{
	int r;

	/* What the caller set up in between, to store and show the run, is not the workload's. */
	run->rss_floor += BT_MAX(resident(run), run->rss_entered) - run->rss_entered;
	run->conductor.rss_floor = run->rss_floor;
	run->source.info.started_wall_ns = bt_wall_ns();
	run->conductor_seat = bt_clock_seat(run->clock);
	r = pthread_create(&run->thread, NULL, conductor_main, run);
	if (r)
		return bt_fail(err, -r, "run: cannot start a thread: %s", strerror(r));
	run->started = true;
	return 0;
}

struct bt_source *bt_run_source(struct bt_run *run)
{
	return &run->source;
}

void bt_run_wait(struct bt_run *run, uint64_t timeout_ns)
{
	bt_feed_wait(&run->conductor.feed, timeout_ns);
}

static void end_threads(struct bt_run *run)
{
	struct bt_command stop = { .kind = BT_CMD_STOP };

	if (run->started) {
		atomic_store_explicit(&run->conductor.closing, 1, memory_order_release);
		bt_conductor_command(&run->conductor, &stop, NULL);
		bt_conductor_command(&run->conductor, &stop, NULL);
		bt_clock_leave(run->clock); /* or a virtual clock would wait for us */
		pthread_join(run->thread, NULL);
		bt_clock_enter(run->clock, bt_clock_seat(run->clock));
	} else {
		quiesce(run);
	}
}

void bt_run_close(struct bt_run *run)
{
	if (!run)
		return;
	if (run->clock && run->board.workers)
		end_threads(run);
	if (run->conductor.board)
		bt_conductor_fini(&run->conductor);
	for (unsigned i = 0; run->board.workers && i < run->board.n_workers; i++)
		bt_worker_fini(&run->board.workers[i]);
	free(run->board.workers);
	free(run->board.slots);
	free(run->conductor.profile_state);
	free(run->conductor.profile_peek);
	bt_clock_close(run->clock);
	free(run->remark);
	free(run);
}
