#include "btc_ride.h"

#include <stdlib.h>

#include "base/clock.h"
#include "cm.h"

extern const struct bt_workload btc_block_workload;

static const struct bt_workload *const ridden = &btc_block_workload;

static int choice(const struct bt_opt *o, const char *value)
{
	int i = 0;

	while (o->choices[i] != NULL && strcmp(o->choices[i], value) != 0)
		i++;
	assert_non_null(o->choices[i]);
	return i;
}

void btc_ride_set(struct btc_ride *r, const char *option, const char *value)
{
	struct bt_opt_set set = { .opts = ridden->opts, .conf = r->conf };
	void *conf = NULL;
	const struct bt_opt *o = bt_opt_find(&set, 1, option, &conf);
	char *own = conf;
	uint64_t number;
	int chosen;

	assert_non_null(o);
	if (o->type == BT_OPT_TEXT || o->type == BT_OPT_PATH) {
		memcpy(own + o->offset, &value, sizeof(value));
	} else if (o->type == BT_OPT_CHOICE) {
		chosen = choice(o, value);
		memcpy(own + o->offset, &chosen, sizeof(chosen));
	} else {
		assert_true(o->type == BT_OPT_COUNT || o->type == BT_OPT_SIZE);
		number = strtoull(value, NULL, 10);
		memcpy(own + o->offset, &number, sizeof(number));
	}
}

void btc_ride_init(struct btc_ride *r)
{
	struct bt_opt_walk walk = bt_opt_walk(ridden->opts);

	memset(r, 0, sizeof(*r));
	assert_true(ridden->conf_size <= sizeof(r->conf));
	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;)
		if (o->dflt != NULL)
			btc_ride_set(r, o->name, o->dflt);
}

int btc_ride_board(struct btc_ride *r)
{
	int rc;

	r->env = (struct bt_env){ .conf = r->conf, .meter = &r->meter, .workers = 1 };
	assert_int_equal(bt_clock_open(&r->env.clock, BT_CLOCK_MONOTONIC, NULL), 0);
	rc = ridden->check(r->conf, &r->err);
	if (rc == 0)
		rc = ridden->prepare(&r->env.shared, &r->env, &r->err);
	if (rc != 0) {
		bt_clock_close(r->env.clock);
		return rc;
	}
	r->state = calloc(1, ridden->state_size);
	assert_non_null(r->state);
	rc = ridden->enter(r->state, &r->env, &r->err);
	if (rc != 0) {
		ridden->teardown(r->env.shared);
		bt_clock_close(r->env.clock);
		free(r->state);
	}
	return rc;
}

void btc_ride_leave(struct btc_ride *r)
{
	ridden->leave(r->state);
	ridden->teardown(r->env.shared);
	bt_clock_close(r->env.clock);
	free(r->state);
}

struct bt_result btc_ride_op(struct btc_ride *r, uint64_t n)
{
	return ridden->op(r->state, n);
}

struct btc_ride_end btc_ride_to_end(struct btc_ride *r, uint64_t most)
{
	struct btc_ride_end end = { .prepared = btc_ride_board(r) };

	btc_last_note[0] = '\0';
	if (end.prepared != 0)
		return end;
	while (end.done < most && end.error_class == NULL) {
		struct bt_result result = btc_ride_op(r, end.done);

		if (result.outcome == BT_DONE) {
			end.done++;
			continue;
		}
		assert_int_equal(result.outcome, BT_FATAL);
		end.error_class = ridden->error_classes[result.error_class];
	}
	btc_ride_leave(r);
	return end;
}
