/* The profile volume: fed with invented levels, and on a simulated data set; the memory that it is
 * given, and how much that is. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/headroom.h"
#include "core/volume.h"
#include "sim_run.h"

extern const struct bt_workload bt_sim_workload, bt_null_workload;

#define MIB ((uint64_t)1 << 20)

struct fixture {
	const struct bt_profile *profile;
	_Alignas(16) char conf[512];
	void *state;
	/* As judged; of a level that could not be filled, the filling. */
	struct bt_segment_record steps[64];
	unsigned n_steps, n_fills, n_releases;
	struct bt_finding found;
};

static int begin(
	struct fixture *f, const struct bt_load *load, const char *const *args, struct bt_err *err)
{
	struct bt_opt_set set;
	unsigned words;
	int argc = 0;

	memset(f, 0, sizeof(*f));
	f->profile = bt_profile_find("volume");
	assert_non_null(f->profile);
	f->state = calloc(1, f->profile->state_size);
	assert_non_null(f->state);
	set = (struct bt_opt_set){ "volume", f->profile->opts, f->conf };
	bt_opt_defaults(f->profile->opts, f->conf);
	while (args[argc])
		argc++;
	assert_int_equal(
		bt_opt_parse(&set, 1, argc, (char *const *)args, 0, NULL, 0, &words, NULL), 0);
	return f->profile->begin(f->state, f->conf, load, err);
}

/* What becomes of a segment: the invented machine gives each item 100 bytes more than it has in
 * `bytes`. */
typedef void invent(struct bt_segment_record *rec);

static void all_well(struct bt_segment_record *rec)
{
	struct bt_segment_result *r = &rec->result;
	uint64_t items = rec->plan.data_items;

	r->rss_before_bytes = rec->plan.mode == BT_FILL ? 50 * MIB : 0;
	r->rss_bytes = 50 * MIB + items * 300;
	r->rss_peak_bytes = r->rss_bytes + (rec->plan.mode == BT_FILL ? 10 * MIB : 0);
	r->counted_bytes = items * 200;
	r->filled = items;
	if (rec->plan.mode == BT_FILL)
		return;
	r->end_ns = BT_NS_PER_S;
	r->counts.offered = r->counts.completed = r->completed_in_span = 1000;
	r->service.count = 1000;
	r->service.q[BT_Q99] = 1000 + items / 100;
}

static void full_at_the_third(struct bt_segment_record *rec)
{
	all_well(rec);
	if (rec->plan.mode != BT_FILL || rec->plan.data_items < 30000)
		return;
	rec->result.filled = 25000;
	snprintf(rec->result.reason, sizeof(rec->result.reason), "no memory for more than 25k");
}

static void fails_at_the_second(struct bt_segment_record *rec)
{
	all_well(rec);
	if (rec->plan.mode == BT_FILL || rec->plan.data_items < 20000)
		return;
	rec->result.counts.completed = 949;
	rec->result.counts.failed = 50;
	rec->result.counts.expired = 1;
}

static void nearly_fails(struct bt_segment_record *rec)
{
	all_well(rec);
	rec->result.counts.completed = 950;
	rec->result.counts.failed = 50;
}

static void one_without_memory(struct bt_segment_record *rec)
{
	all_well(rec);
	if (rec->plan.mode == BT_FILL || rec->plan.data_items < 20000)
		return;
	rec->result.counts.completed = 999;
	rec->result.counts.failed = rec->result.no_memory = 1;
}

static void nothing_ends(struct bt_segment_record *rec)
{
	all_well(rec);
	memset(&rec->result.counts, 0, sizeof(rec->result.counts));
}

static void go(struct fixture *f, const char *const *args, invent *machine)
{
	const struct bt_load load = { .workers = 2, .concurrency = 2 };
	struct bt_segment_record rec = { 0 };
	bool any = false;

	assert_int_equal(begin(f, &load, args, NULL), 0);
	while (f->profile->next(f->state, any ? &rec : NULL, &rec.plan)) {
		any = true;
		memset(&rec.result, 0, sizeof(rec.result));
		machine(&rec);
		f->profile->judge(f->state, &rec);
		/* While the next one has to wait it is asked again. */
		f->profile->judge(f->state, &rec);
		f->n_fills += rec.plan.mode == BT_FILL && rec.plan.data_items;
		f->n_releases += rec.plan.mode == BT_FILL && !rec.plan.data_items;
		if (bt_is_step(&rec))
			f->steps[f->n_steps++] = rec;
	}
	f->profile->finding(f->state, &f->found);
}

static void each_level_is_filled_loaded_and_released(void **state)
{
	static const char *const args[] = { "--levels=4", "--level-size=10k", "--hold=3s", NULL };
	struct fixture f;

	(void)state;
	go(&f, args, all_well);
	assert_true(f.n_steps == 4 && f.n_fills == 4 && f.n_releases == 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct bt_segment_record *s = &f.steps[i];

		assert_true(s->plan.scored && s->plan.judged && s->plan.mode == BT_CLOSED);
		assert_int_equal(s->plan.data_items, 10000 * (i + 1));
		assert_int_equal(s->plan.span_ns, 3 * BT_NS_PER_S);
		assert_true(s->plan.step == i + 1 && s->plan.steps == 4);
		assert_int_equal(s->result.outcome, BT_STEP_HELD);
		assert_int_equal(s->result.rss_before_bytes, 50 * MIB);
		assert_int_equal(s->result.rss_peak_bytes, 60 * MIB + s->plan.data_items * 300);
	}
	assert_string_equal(f.found.name, "level");
	assert_near(f.found.value, 40000, 0);
	assert_non_null(strstr(f.found.text,
		"the largest that held, none has broken; 300 bytes an item (300–300), 200 of them "
		"counted; throughput 1.00x, p99 1.27x of the first level's; after release 0 B "
		"more"));
	free(f.state);
}

static void the_first_level_that_breaks_is_the_last(void **state)
{
	static const char *const args[] = { "--levels=5", NULL };
	static const struct {
		invent *machine;
		unsigned steps;
		double held; /* NAN: none */
		const char *why;
	} rows[] = {
		{ full_at_the_third, 3, 20000, "broke at 30.0k: no memory for more than 25k" },
		{ fails_at_the_second, 2, 10000,
			"broke at 20.0k: 94.9 % of its operations succeeded, floor 95.0 %" },
		{ nearly_fails, 5, 50000, "none has broken" },
		{ one_without_memory, 2, 10000, "broke at 20.0k: no memory for 1 operation" },
		{ nothing_ends, 1, NAN, "no level held, broke at 10.0k: 0 % of its operations" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct fixture f;

		go(&f, args, rows[i].machine);
		assert_int_equal(f.n_steps, rows[i].steps);
		assert_int_equal(f.n_releases, rows[i].steps); /* the broken one gives back, too */
		assert_true(
			isnan(rows[i].held) ? isnan(f.found.value) : f.found.value == rows[i].held);
		if (!strstr(f.found.text, rows[i].why))
			fail_msg("row %u: %s", i, f.found.text);
		assert_int_equal(f.steps[f.n_steps - 1].result.outcome,
			strstr(rows[i].why, "none has") ? BT_STEP_HELD : BT_STEP_BROKE);
		free(f.state);
	}
}

static void a_warm_up_comes_before_the_first_filling(void **state)
{
	static const char *const args[] = { "--levels=1", NULL };
	const struct bt_load load = { .rate = 50, .warmup_ns = 7, .workers = 1, .concurrency = 1 };
	struct bt_segment_record rec = { 0 };
	struct fixture f;

	(void)state;
	assert_int_equal(begin(&f, &load, args, NULL), 0);
	assert_true(f.profile->next(f.state, NULL, &rec.plan));
	assert_true(rec.plan.mode == BT_OPEN && rec.plan.span_ns == 7 && !rec.plan.scored);
	assert_true(!rec.plan.data_items && !rec.plan.step && !rec.plan.judged);
	assert_true(f.profile->next(f.state, &rec, &rec.plan));
	assert_true(rec.plan.mode == BT_FILL && rec.plan.data_items == 10000);
	free(f.state);
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct {
		const char *option;
		struct bt_load load;
		const char *why;
	} rows[] = {
		{ NULL, { .ops = 5 },
			"--profile volume: expected --hold and --levels instead of --ops" },
		{ NULL, { .duration_ns = 5 },
			"--profile volume: expected --hold and --levels instead of --duration" },
		{ "--level-size=1G", { .ops = 0 }, "" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const char *const args[] = { rows[i].option ? rows[i].option : "--levels=2", NULL };
		struct bt_err err = { 0 };
		struct fixture f;

		assert_int_equal(begin(&f, &rows[i].load, args, &err), *rows[i].why ? -EINVAL : 0);
		assert_string_equal(err.msg, rows[i].why);
		free(f.state);
	}
}

static void a_slope_has_the_interval_of_the_textbook(void **state)
{
	/* By hand: slope 1.99, squares left 0.107, t(3) 3.1824, so half = 3.1824
	 * sqrt(0.107/3/10). */
	static const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 2.1, 3.9, 6.2, 7.8, 10.1 };
	struct bt_slope s;

	(void)state;
	bt_slope_of(&s, x, y, 5);
	assert_near(s.mean, 1.99, 1e-9);
	assert_near(s.high - s.mean, 3.18245 * sqrt(0.107 / 3 / 10), 1e-3);
	assert_near(s.mean - s.low, s.high - s.mean, 1e-9);
	bt_slope_of(&s, x, y, 2);
	assert_true(fabs(s.mean - 1.8) < 1e-9 && isnan(s.low) && isnan(s.high));
	bt_slope_of(&s, x, y, 1);
	assert_true(isnan(s.mean));
	bt_slope_of(&s, x, y, 0);
	assert_true(isnan(s.mean));
}

static uint64_t room_left(void *arg)
{
	return *(uint64_t *)arg;
}

static void a_budget_counts_and_refuses(void **state)
{
	struct bt_budget b = { .limit = 1000 };
	struct bt_err err = { 0 };
	void *p, *q;

	(void)state;
	p = bt_budget_alloc(&b, 600);
	q = bt_budget_zalloc(&b, 4, 100);
	assert_true(p && q && bt_budget_used(&b) == 1000);
	assert_null(bt_budget_alloc(&b, 1));
	assert_int_equal(bt_budget_fail(&b, &err), -ENOMEM);
	assert_string_equal(err.msg, "1000 B taken, limit 1000 B");
	assert_null(bt_budget_resize(&b, p, 600, 601));
	assert_int_equal(bt_budget_used(&b), 1000); /* what was refused is not counted */
	bt_budget_free(&b, q, 400);
	p = bt_budget_resize(&b, p, 600, 1000);
	assert_true(p && bt_budget_used(&b) == 1000);
	p = bt_budget_resize(&b, p, 1000, 10);
	assert_int_equal(bt_budget_used(&b), 10);
	bt_budget_free(&b, p, 10);
	bt_budget_free(&b, NULL, 10);
	assert_int_equal(bt_budget_used(&b), 0);
	assert_null(bt_budget_zalloc(&b, SIZE_MAX / 2, 4));
	p = bt_budget_alloc(NULL, 10);
	assert_non_null(p);
	bt_budget_free(NULL, p, 10);
}

static void the_system_is_asked_before_it_runs_short(void **state)
{
	uint64_t room = BT_BUDGET_STEP;
	struct bt_budget b = { .room = room_left, .room_arg = &room };
	struct bt_err err = { 0 };
	size_t half = BT_BUDGET_STEP / 2;
	void *p = bt_budget_alloc(&b, half), *q, *r;

	(void)state;
	q = bt_budget_alloc(&b, half); /* a step is full: it is asked, and has room */
	assert_true(p && q);
	room = BT_BUDGET_STEP - 1;
	r = bt_budget_alloc(&b, half);
	assert_non_null(r);
	assert_null(bt_budget_alloc(&b, half));
	assert_int_equal(bt_budget_fail(&b, &err), -ENOMEM);
	assert_non_null(strstr(err.msg, "the rest is left to the system"));
	room = UINT64_MAX; /* unknown */
	bt_budget_free(&b, p, half);
	p = bt_budget_alloc(&b, 2 * half);
	assert_non_null(p);
	bt_budget_free(&b, p, 2 * half);
	bt_budget_free(&b, q, half);
	bt_budget_free(&b, r, half);
	assert_int_equal(bt_budget_used(&b), 0);
}

static void put_file(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *at = strchr(full + strlen(root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(full, 0700);
		*at = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_all(const char *root)
{
	static const char *const paths[] = { "proc/meminfo", "proc/self/cgroup",
		"sys/fs/cgroup/a/memory.max", "sys/fs/cgroup/a/memory.current",
		"sys/fs/cgroup/a/memory.stat", "sys/fs/cgroup/a/b/memory.max",
		"sys/fs/cgroup/a/b/memory.current", "proc/self", "proc", "sys/fs/cgroup/a/b",
		"sys/fs/cgroup/a", "sys/fs/cgroup", "sys/fs", "sys", "" };
	char full[512];

	for (unsigned i = 0; i < BT_LEN(paths); i++) {
		snprintf(full, sizeof(full), "%s/%s", root, paths[i]);
		remove(full);
	}
}

static void headroom_is_the_least_of_machine_and_groups(void **state)
{
	char root[CM_TEMP];

	(void)state;
	assert_non_null(mkdtemp(cm_temp(root, "bt-headroom")));
	assert_true(bt_headroom(root) == UINT64_MAX); /* nothing is known */
	put_file(root, "proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n");
	assert_int_equal(bt_headroom(root), 512 * MIB - 1024 * MIB / 10);
	put_file(root, "proc/self/cgroup", "0::/a/b\n");
	put_file(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
	put_file(root, "sys/fs/cgroup/a/b/memory.current", "1000\n");
	assert_int_equal(bt_headroom(root), 512 * MIB - 1024 * MIB / 10);
	put_file(root, "sys/fs/cgroup/a/memory.max", "209715200\n"); /* 200 MiB */
	put_file(root, "sys/fs/cgroup/a/memory.current", "104857600\n");
	assert_int_equal(bt_headroom(root), 100 * MIB - 20 * MIB);
	put_file(root, "sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 20971520\n");
	assert_int_equal(bt_headroom(root), 120 * MIB - 20 * MIB);
	/* Nearly full: nothing to spare. */
	put_file(root, "sys/fs/cgroup/a/memory.max", "110000000\n");
	put_file(root, "sys/fs/cgroup/a/memory.stat", "inactive_file 0\n");
	assert_int_equal(bt_headroom(root), 0);
	remove_all(root);
	assert_true(access(root, F_OK) != 0);
}

static const struct bt_segment_record *step_of(const struct sim_run *r, unsigned step)
{
	for (unsigned i = 0; i < r->n_segments; i++)
		if (r->segments[i].plan.step == step && bt_is_step(&r->segments[i]))
			return &r->segments[i];
	return NULL;
}

static void a_simulated_data_set_is_counted_and_given_back(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--levels=3", "--level-size=640",
		"--item-size=64KiB", "--hold=2s", "--workers=2", "--servers=2", "--seed=1", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "volume", args, NULL, NULL);
	assert_int_equal(r.n_segments, 9);
	for (unsigned i = 1; i <= 3; i++) {
		const struct bt_segment_record *s = step_of(&r, i);

		assert_non_null(s);
		assert_int_equal(s->result.outcome, BT_STEP_HELD);
		assert_int_equal(s->result.counts.completed, 4000);
		assert_int_equal(s->result.filled, i * 640);
		/* Items, and a place for a pointer to each 64 of them. */
		assert_int_equal(s->result.counted_bytes, i * 40 * MIB + 1024 * sizeof(void *));
		assert_true(s->result.rss_peak_bytes + MIB >=
			s->result.rss_before_bytes + i * 40 * MIB);
		assert_true(s->result.rss_after_bytes > 0);
		/* Sanitizers keep what was given back. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		assert_true(s->result.rss_after_bytes < s->result.rss_before_bytes + 10 * MIB);
#endif
	}
	assert_near(r.last->finding_value, 1920, 0);
	assert_int_equal(r.last->total.completed, 12000);
	assert_int_equal(r.last->scored_ns, 6 * BT_NS_PER_S); /* filling takes none of it */
	sim_run_fini(&r);
}

static void a_limit_ends_the_run_and_nothing_else(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--levels=10", "--level-size=64",
		"--item-size=64KiB", "--hold=1s", "--memory-limit=11MiB", "--seed=1", NULL };
	const struct bt_segment_record *s;
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "volume", args, NULL, NULL);
	assert_near(r.last->finding_value, 128, 0);
	assert_true(!r.last->fatal && !step_of(&r, 4));
	s = step_of(&r, 3);
	assert_true(s && s->plan.mode == BT_FILL && s->result.outcome == BT_STEP_BROKE);
	assert_int_equal(s->result.filled, 128);
	assert_string_equal(s->result.reason,
		"no memory for more than 128 items: 8.01 MiB taken, limit 11.0 MiB");
	assert_true(s->result.rss_after_bytes > 0); /* the half-filled level was released */
	assert_int_equal(r.segments[r.n_segments - 1].result.counted_bytes, 0);
	sim_run_fini(&r);
}

static void pause_while_filling(struct bt_source *src, const struct bt_snapshot *snap, void *arg)
{
	unsigned *asked = arg;
	struct bt_command pause = { .kind = BT_CMD_PAUSE }, resume = { .kind = BT_CMD_RESUME };

	if (snap->paused)
		assert_int_equal(src->ops->command(src, &resume, NULL), 0);
	else if (!*asked && snap->n_segments)
		*asked = src->ops->command(src, &pause, NULL) == 0;
}

static void a_pause_leaves_the_data_set_as_it_is(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--levels=2", "--level-size=64",
		"--hold=5s", "--seed=1", NULL };
	unsigned asked = 0, idle = 0;
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "volume", args, pause_while_filling, &asked);
	for (unsigned i = 0; i < r.n_segments; i++)
		idle += r.segments[i].plan.mode == BT_IDLE;
	assert_true(asked && idle >= 1);
	assert_near(r.last->finding_value, 128, 0);
	assert_int_equal(r.last->errors[2], 0); /* no wrong item */
	sim_run_fini(&r);
}

static void stop_at_once(struct bt_source *src, const struct bt_snapshot *snap, void *arg)
{
	struct bt_command stop = { .kind = BT_CMD_STOP };

	(void)arg;
	if (snap->n_segments && snap->segments[snap->n_segments - 1].plan.mode == BT_FILL)
		src->ops->command(src, &stop, NULL);
}

/* Real time: 8 TB are never filled, so only the stop can end it. */
static void a_filling_is_interrupted(void **state)
{
	static const char *const args[] = { "--levels=1", "--level-size=1G", "--item-size=16",
		"--memory-limit=64GiB", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "volume", args, stop_at_once, NULL);
	assert_int_equal(r.n_segments, 1);
	assert_true(r.segments[0].result.filled < 1000000000);
	assert_true(!r.last->fatal && r.last->total.offered == 0);
	sim_run_fini(&r);
}

static struct bt_result no_op(void *state, uint64_t n)
{
	(void)state;
	(void)n;
	return (struct bt_result){ .outcome = BT_DONE };
}

static struct bt_result op_without_memory(void *state, uint64_t n)
{
	(void)state;
	return (struct bt_result){ n < 20 ? BT_DONE : BT_FAILED, 1, 0 };
}

static int refuses_any(void *shared, uint64_t items, struct bt_filling *filling, struct bt_err *err)
{
	(void)shared;
	(void)filling;
	return items ? bt_fail(err, -EIO, "no more items") : 0;
}

static int takes_all(void *shared, uint64_t items, struct bt_filling *filling, struct bt_err *err)
{
	(void)shared;
	(void)items;
	(void)filling;
	(void)err;
	return 0;
}

static const char *const some_classes[] = { "other", BT_NO_MEMORY, NULL };

static void a_data_set_that_cannot_be_had_ends_the_run(void **state)
{
	static const struct bt_workload w = {
		.name = "none", .unit = "operations", .op = no_op, .fill = refuses_any
	};
	static const char *const args[] = { "--levels=3", "--level-size=1", NULL };
	const struct bt_segment_record *s;
	struct sim_run r;

	(void)state;
	sim_run(&r, &w, "volume", args, NULL, NULL);
	s = step_of(&r, 1);
	assert_non_null(s);
	assert_int_equal(s->result.outcome, BT_STEP_BROKE);
	assert_true(r.last->fatal);
	assert_string_equal(s->result.reason, "no more items");
	assert_true(!step_of(&r, 2));
	sim_run_fini(&r);
}

/* The first failure that memory causes ends the step: an hour is not waited for. */
static void an_operation_without_memory_ends_its_step(void **state)
{
	static const struct bt_workload w = { .name = "poor",
		.unit = "operations",
		.op = op_without_memory,
		.fill = takes_all,
		.error_classes = some_classes };
	static const char *const args[] = { "--levels=3", "--hold=1h", NULL };
	const struct bt_segment_record *s;
	struct sim_run r;

	(void)state;
	sim_run(&r, &w, "volume", args, NULL, NULL);
	s = step_of(&r, 1);
	assert_true(s && s->result.outcome == BT_STEP_BROKE && s->result.no_memory > 0);
	assert_non_null(strstr(s->result.reason, "no memory for "));
	assert_true(!step_of(&r, 2) && !r.last->fatal);
	sim_run_fini(&r);
}

static void a_workload_without_a_data_set_is_refused(void **state)
{
	static const char *const args[] = { NULL };
	struct bt_err err = { 0 };

	(void)state;
	assert_int_equal(sim_run_refused(&bt_null_workload, "volume", args, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "null has no data set that grows; expected one of: "));
}

static void a_plan_of_it_has_every_level(void **state)
{
	_Alignas(16) char workload_conf[512] = { 0 }, profile_conf[512] = { 0 };
	struct bt_run_conf conf = { 0 };
	struct bt_run_setup setup = {
		.workload = &bt_sim_workload,
		.workload_conf = workload_conf,
		.profile = bt_profile_find("volume"),
		.profile_conf = profile_conf,
		.conf = &conf,
	};
	struct bt_run_plan *plan = calloc(1, sizeof(*plan));

	(void)state;
	assert_non_null(plan);
	assert_true(bt_sim_workload.conf_size <= 512 && setup.profile->conf_size <= 512);
	bt_opt_defaults(bt_run_opts, &conf);
	bt_opt_defaults(bt_sim_workload.opts, workload_conf);
	bt_opt_defaults(setup.profile->opts, profile_conf);
	assert_int_equal(bt_run_plan(plan, &setup, NULL), 0);
	assert_true(plan->n == 30 && !plan->more);
	assert_int_equal(plan->segments[28].data_items, 100000);
	free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_level_is_filled_loaded_and_released),
		cmocka_unit_test(the_first_level_that_breaks_is_the_last),
		cmocka_unit_test(a_warm_up_comes_before_the_first_filling),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_slope_has_the_interval_of_the_textbook),
		cmocka_unit_test(a_budget_counts_and_refuses),
		cmocka_unit_test(the_system_is_asked_before_it_runs_short),
		cmocka_unit_test(headroom_is_the_least_of_machine_and_groups),
		cmocka_unit_test(a_simulated_data_set_is_counted_and_given_back),
		cmocka_unit_test(a_limit_ends_the_run_and_nothing_else),
		cmocka_unit_test(a_pause_leaves_the_data_set_as_it_is),
		cmocka_unit_test(a_filling_is_interrupted),
		cmocka_unit_test(a_data_set_that_cannot_be_had_ends_the_run),
		cmocka_unit_test(an_operation_without_memory_ends_its_step),
		cmocka_unit_test(a_workload_without_a_data_set_is_refused),
		cmocka_unit_test(a_plan_of_it_has_every_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
