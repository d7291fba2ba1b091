/* Invariants of a run: a run of two segments holds; each way to break it is told in words. */
#include "cm.h"

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/conductor.h"

struct tick {
	struct bt_segment_record records[2];
	struct bt_snapshot *snap;
};

/* A closed warm-up of ten operations, and a scored segment of which 20 of 25 have ended. */
static void sound(struct tick *t)
{
	struct bt_segment_result *a = &t->records[0].result, *b = &t->records[1].result;
	struct bt_snapshot *s = t->snap;

	memset(t->records, 0, sizeof(t->records));
	memset(s, 0, sizeof(*s));
	t->records[0].plan.mode = t->records[1].plan.mode = BT_CLOSED;
	a->state = BT_SEG_CLOSED;
	a->end_ns = 100;
	a->counts = (struct bt_counts){ .offered = 10, .completed = 9, .failed = 1, .units = 9 };
	a->service.count = 10;
	t->records[1].index = 1;
	t->records[1].plan.scored = true;
	b->start_ns = 100;
	b->end_ns = BT_FOREVER;
	b->counts = (struct bt_counts){ .offered = 25, .completed = 18, .failed = 2, .units = 18 };
	b->service.count = 20;
	s->seq = 1;
	s->t_ns = 150;
	s->interval =
		(struct bt_counts){ .offered = 35, .completed = 27, .failed = 3, .units = 27 };
	s->total = b->counts;
	s->total_service.count = 20;
	s->errors[0] = 2;
}

/* The tick after it: the rest has ended. */
static void later(struct tick *t)
{
	struct bt_counts *n = &t->records[1].result.counts;

	n->completed += 5;
	t->records[1].result.service.count = 25;
	t->snap->seq = 2;
	t->snap->t_ns = 250;
	t->snap->interval = (struct bt_counts){ .completed = 5 };
	t->snap->total = *n;
	t->snap->total_service.count = 25;
}

static void no_damage(struct tick *t)
{
	(void)t;
}
static void ends_unoffered(struct tick *t)
{
	t->records[1].result.counts.offered = 19;
}
static void falls(struct tick *t)
{
	t->records[0].result.counts.offered--;
	t->records[0].result.counts.failed--;
}
static void loses_a_time(struct tick *t)
{
	t->records[0].result.service.count--;
}
static void moves_back(struct tick *t)
{
	t->records[0].result.state = BT_SEG_DRAINING;
}
static void runs_twice(struct tick *t)
{
	t->records[0].result.state = BT_SEG_RUNNING;
}
static void overlaps(struct tick *t)
{
	t->records[1].result.start_ns = 99;
}
static void swaps(struct tick *t)
{
	t->records[1].index = 2;
}
static void interval_forgets(struct tick *t)
{
	t->snap->interval.completed--;
}
static void total_forgets(struct tick *t)
{
	t->snap->total.units--;
}
static void failure_without_class(struct tick *t)
{
	t->snap->errors[0] = 1;
}
static void skips_a_tick(struct tick *t)
{
	t->snap->seq++;
}

static void each_way_to_break_a_run_is_told_in_words(void **state)
{
	static const struct {
		void (*first)(struct tick *), (*second)(struct tick *);
		const char *words; /* NULL: all holds */
	} rows[] = {
		{ no_damage, no_damage, NULL },
		{ ends_unoffered, NULL, "segment 1: 19 operations offered, but 20 ended" },
		{ loses_a_time, NULL, "segment 0: count of service times is 9; expected 10" },
		{ runs_twice, NULL, "segment 0: it runs, but is not the last" },
		{ overlaps, NULL,
			"segment 0: it ends at 100 ns, after the next one's start at 99 ns" },
		{ swaps, NULL, "segment 0: the next one has number 2" },
		{ interval_forgets, NULL, "interval: ended is 29; expected 30" },
		{ total_forgets, NULL, "totals: units is 17; expected 18" },
		{ failure_without_class, NULL, "totals: failures with a class is 2; expected 1" },
		{ skips_a_tick, NULL, "snapshot 2 at 150 ns follows 0 at 0 ns" },
		{ no_damage, falls, "segment 0: offered falls from 10 to 9" },
		{ no_damage, moves_back, "segment 0: its state moves back from 2 to 1" },
		{ no_damage, interval_forgets, "interval: ended is 4; expected 5" },
		{ no_damage, skips_a_tick, "snapshot 3 at 250 ns follows 1 at 150 ns" },
	};
	struct tick t = { .snap = malloc(sizeof(*t.snap)) };

	(void)state;
	assert_non_null(t.snap);
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_invariants *before = bt_invariants_new();
		struct bt_err err = { 0 };
		int r;

		assert_non_null(before);
		sound(&t);
		rows[i].first(&t);
		r = bt_invariants_check(before, t.snap, t.records, 2, &err);
		if (rows[i].second) {
			assert_int_equal(r, 0);
			later(&t);
			rows[i].second(&t);
			r = bt_invariants_check(before, t.snap, t.records, 2, &err);
		}
		assert_int_equal(r, rows[i].words ? -EPROTO : 0);
		if (rows[i].words)
			assert_string_equal(err.msg, rows[i].words);
		free(before);
	}
	free(t.snap);
}

/* The last snapshot may hold operations that the workload took back when it left. */
static void operations_taken_back_at_the_end_are_no_damage(void **state)
{
	struct bt_invariants *before = bt_invariants_new();
	struct tick t = { .snap = malloc(sizeof(*t.snap)) };
	struct bt_counts *n = &t.records[1].result.counts;
	struct bt_err err = { 0 };

	(void)state;
	assert_non_null(before);
	assert_non_null(t.snap);
	sound(&t);
	assert_int_equal(bt_invariants_check(before, t.snap, t.records, 2, &err), 0);
	later(&t);
	n->completed -= 3;
	n->failed += 3;
	n->units -= 3;
	t.snap->total = *n;
	t.snap->errors[1] = 3;
	t.snap->last = true;
	if (bt_invariants_check(before, t.snap, t.records, 2, &err) < 0)
		fail_msg("%s", err.msg);
	free(before);
	free(t.snap);
}

/* In a child, as an --enable-checks build would do. */
static void a_broken_invariant_aborts_with_words(void **state)
{
	struct bt_board board = { 0 };
	struct bt_account accounts[BT_SLOTS] = { 0 };
	struct tick t = { .snap = malloc(sizeof(*t.snap)) };
	struct bt_conductor *c = calloc(1, sizeof(*c));
	char words[200] = "";
	size_t n = 0;
	int fds[2], status;
	pid_t child;

	(void)state;
	assert_non_null(t.snap);
	assert_non_null(c);
	sound(&t);
	c->board = &board;
	c->accounts = accounts;
	c->records = t.records;
	c->n_records = 2;
	bt_invariants_hold(c, t.snap);
	later(&t);
	falls(&t);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		bt_invariants_hold(c, t.snap);
		_exit(0);
	}
	close(fds[1]);
	for (ssize_t got; (got = read(fds[0], words + n, sizeof(words) - 1 - n)) > 0;)
		n += (size_t)got;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_string_equal(
		words, "benchtop: invariant broken: segment 0: offered falls from 10 to 9\n");
	free(c->invariants);
	free(c);
	free(t.snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_to_break_a_run_is_told_in_words),
		cmocka_unit_test(operations_taken_back_at_the_end_are_no_damage),
		cmocka_unit_test(a_broken_invariant_aborts_with_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
