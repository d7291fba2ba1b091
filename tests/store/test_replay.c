/* A stored run that is played again: nothing is lost, and time is what it was, times the speed. */
#include "record_store.h"

#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "store/replay.h"

static uint64_t clock_ns;

static uint64_t now(void)
{
	return clock_ns;
}

struct played {
	struct bt_counts counts;
	struct bt_hist *response;
	struct bt_tally tally;
	uint64_t t_ns;
	unsigned n;
};

static void played_init(struct played *p, const struct bt_source *source)
{
	memset(p, 0, sizeof(*p));
	p->response = malloc(sizeof(*p->response));
	assert_non_null(p->response);
	bt_hist_init(p->response);
	assert_int_equal(bt_tally_init(&p->tally, &source->info, NULL), 0);
}

static void played_fini(struct played *p)
{
	free(p->response);
	bt_tally_fini(&p->tally);
}

/* Takes what is due. */
static void play(struct bt_source *source, struct played *p)
{
	const struct bt_snapshot *snap;

	while (!source->ended && (snap = source->ops->next(source)) != NULL) {
		p->counts.completed += snap->interval.completed;
		p->counts.failed += snap->interval.failed;
		bt_hist_merge(p->response, &snap->response);
		bt_tally_put(&p->tally, snap);
		p->t_ns = snap->t_ns;
		p->n++;
	}
}

/* A run of ten seconds with a segment, an event and an error now and then. */
static struct bt_store *make_run(struct fake_run **out)
{
	struct bt_store *store = store_open(temp_path("history.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);

	for (unsigned second = 0; second < 10; second++) {
		if (second % 3 == 0)
			fake_segment(run, "load", 100 + second, 3 * BT_NS_PER_S);
		for (unsigned i = 0; i < 10; i++) {
			fake_tick(run, TICK, 10 + second, i == 5);
			if (i == 5)
				fake_event(run, BT_EV_NOTE, "five");
			if (second == 9 && i == 9)
				fake_last(run);
			record_put_well(rec, run);
		}
	}
	record_end(rec);
	*out = run;
	return store;
}

static struct bt_source *open_replay(struct bt_store *store, double speed)
{
	struct bt_source *source;
	struct bt_err err;

	clock_ns = 77 * BT_NS_PER_S;
	if (bt_replay_open(&source, store, 1, speed, now, &err) < 0)
		fail_msg("%s", err.msg);
	return source;
}

static void send(struct bt_source *source, enum bt_command_kind kind, uint64_t t_ns, double factor)
{
	const struct bt_command cmd = { .kind = kind, .t_ns = t_ns, .factor = factor };

	assert_int_equal(source->ops->command(source, &cmd, NULL), 0);
}

static void assert_exact(const struct played *p, const struct fake_run *run)
{
	assert_int_equal(p->counts.completed, run->counts.completed);
	assert_int_equal(p->counts.failed, run->counts.failed);
	assert_int_equal(p->response->count, run->response.count);
	assert_memory_equal(p->response->c, run->response.c, sizeof(run->response.c));
	assert_memory_equal(&p->tally.last->total, &run->snap.total, sizeof(run->snap.total));
	assert_int_equal(p->tally.n_segments, run->n_segments);
	assert_int_equal(p->tally.n_events, 10);
}

static void time_passes_as_it_did_times_the_speed(void **state)
{
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_source *source = open_replay(store, 2);
	struct played p;

	(void)state;
	assert_string_equal(source->info.status, "replay 2x");
	played_init(&p, source);
	play(source, &p);
	assert_int_equal(p.n, 0);
	for (unsigned s = 1; s <= 5; s++) {
		clock_ns += BT_NS_PER_S;
		play(source, &p);
		assert_in_range(p.t_ns, 2 * s * BT_NS_PER_S - BT_NS_PER_S, 2 * s * BT_NS_PER_S);
	}
	clock_ns += BT_NS_PER_S;
	play(source, &p);
	assert_true(source->ended);
	assert_exact(&p, run);
	played_fini(&p);
	bt_source_close(source);
	bt_store_close(store);
	fake_free(run);
}

static void a_pause_stands_still(void **state)
{
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_source *source = open_replay(store, 1);
	struct played p;
	unsigned before;

	(void)state;
	played_init(&p, source);
	clock_ns += 3 * BT_NS_PER_S;
	play(source, &p);
	before = p.n;
	send(source, BT_CMD_PAUSE, 0, 0);
	assert_string_equal(source->info.status, "replay 1x, paused");
	clock_ns += 3600 * BT_NS_PER_S;
	play(source, &p);
	assert_int_equal(p.n, before);
	send(source, BT_CMD_SPEED, 0, 4);
	clock_ns += 3600 * BT_NS_PER_S;
	play(source, &p);
	assert_int_equal(p.n, before);
	send(source, BT_CMD_RESUME, 0, 0);
	clock_ns += BT_NS_PER_S;
	play(source, &p);
	assert_in_range(p.t_ns, 6 * BT_NS_PER_S, 7 * BT_NS_PER_S + TICK);
	played_fini(&p);
	bt_source_close(source);
	bt_store_close(store);
	fake_free(run);
}

static void winding_on_leaves_nothing_out_and_back_begins_anew(void **state)
{
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_source *source = open_replay(store, 1);
	struct played p;
	unsigned restarts = source->restarts;

	(void)state;
	played_init(&p, source);
	send(source, BT_CMD_SEEK, 20 * BT_NS_PER_S, 0);
	assert_int_equal(source->restarts, restarts);
	play(source, &p);
	assert_true(source->ended);
	assert_exact(&p, run);
	played_fini(&p);

	send(source, BT_CMD_SEEK, 4 * BT_NS_PER_S, 0); /* also from the end */
	assert_int_equal(source->restarts, restarts + 1);
	assert_false(source->ended);
	played_init(&p, source);
	play(source, &p);
	assert_in_range(p.t_ns, 3 * BT_NS_PER_S, 4 * BT_NS_PER_S);
	clock_ns += 60 * BT_NS_PER_S;
	play(source, &p);
	assert_true(source->ended);
	assert_exact(&p, run);
	played_fini(&p);
	bt_source_close(source);
	bt_store_close(store);
	fake_free(run);
}

static void what_would_change_the_run_is_refused(void **state)
{
	static const struct {
		struct bt_command cmd;
		int code;
	} rows[] = {
		{ { .kind = BT_CMD_STOP }, -ENOTSUP },
		{ { .kind = BT_CMD_RATE, .rate = 1 }, -ENOTSUP },
		{ { .kind = BT_CMD_SPEED, .factor = 0 }, -EINVAL },
		{ { .kind = BT_CMD_SPEED, .factor = 1e9 }, -EINVAL },
	};
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_source *source = open_replay(store, 1), *none;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		assert_int_equal(source->ops->command(source, &rows[i].cmd, NULL), rows[i].code);
	bt_source_close(source);
	assert_int_equal(bt_replay_open(&none, store, 1, -1, now, NULL), -EINVAL);
	assert_int_equal(bt_replay_open(&none, store, 99, 1, now, NULL), -ENOENT);
	bt_store_close(store);
	fake_free(run);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			time_passes_as_it_did_times_the_speed, store_set_up, store_tear_down),
		cmocka_unit_test_setup_teardown(
			a_pause_stands_still, store_set_up, store_tear_down),
		cmocka_unit_test_setup_teardown(winding_on_leaves_nothing_out_and_back_begins_anew,
			store_set_up, store_tear_down),
		cmocka_unit_test_setup_teardown(
			what_would_change_the_run_is_refused, store_set_up, store_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
