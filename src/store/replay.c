#include "store/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct replay {
	struct bt_source base;
	struct bt_store *store;
	struct bt_source *inner;
	uint64_t (*now_ns)(void);
	double speed;
	bool paused;
	/* At this moment of the clock, this moment of the run was shown. */
	uint64_t from_ns, from_t_ns;
	const struct bt_snapshot *next; /* of the inner, not due yet; NULL: none */
	char status[48];
};

/* The moment of the run that is shown now. */
static uint64_t position(const struct replay *r)
{
	double passed = r->paused ? 0 : (double)(r->now_ns() - r->from_ns) * r->speed;

	return r->from_t_ns + bt_u64(passed);
}

/* From here on by the present speed. */
static void go_on_from(struct replay *r, uint64_t t_ns)
{
	r->from_t_ns = t_ns;
	r->from_ns = r->now_ns();
}

static void tell_status(struct replay *r)
{
	snprintf(r->status, sizeof(r->status), "replay %gx%s", r->speed,
		r->paused ? ", paused" : "");
	r->base.info.status = r->status;
}

static const struct bt_snapshot *next(struct bt_source *src)
{
	struct replay *r = (struct replay *)src;
	const struct bt_snapshot *snap;

	if (src->ended)
		return NULL;
	if (!r->next)
		r->next = r->inner->ops->next(r->inner);
	snap = r->next;
	if (snap && snap->t_ns > position(r))
		return NULL;
	r->next = NULL;
	src->ended = !snap || r->inner->ended;
	return snap;
}

static int open_inner(struct replay *r, uint64_t id, struct bt_err *err)
{
	struct bt_source *inner;
	unsigned restarts = r->base.restarts;
	int rc = bt_store_source(r->store, id, &inner, err);

	if (rc < 0)
		return rc;
	bt_source_close(r->inner);
	r->inner = inner;
	r->next = NULL;
	r->base.info = inner->info;
	r->base.ended = inner->ended;
	r->base.restarts = restarts;
	tell_status(r);
	return 0;
}

static int seek(struct replay *r, uint64_t t_ns, struct bt_err *err)
{
	int rc = 0;

	if (t_ns < position(r) || r->base.ended) {
		rc = open_inner(r, r->base.info.id, err);
		r->base.restarts += rc == 0;
	}
	if (rc == 0)
		go_on_from(r, t_ns);
	return rc;
}

static int set_speed(struct replay *r, double speed, struct bt_err *err)
{
	if (!(speed >= BT_REPLAY_SPEED_MIN && speed <= BT_REPLAY_SPEED_MAX))
		return bt_fail(err, -EINVAL, "speed %gx: expected %gx to %gx", speed,
			BT_REPLAY_SPEED_MIN, BT_REPLAY_SPEED_MAX);
	go_on_from(r, position(r));
	r->speed = speed;
	return 0;
}

static void set_paused(struct replay *r, bool paused)
{
	go_on_from(r, position(r));
	r->paused = paused;
}

static int command(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err)
{
	struct replay *r = (struct replay *)src;
	int rc = 0;

	switch (cmd->kind) {
	case BT_CMD_PAUSE:
	case BT_CMD_RESUME:
		set_paused(r, cmd->kind == BT_CMD_PAUSE);
		break;
	case BT_CMD_SEEK:
		rc = seek(r, cmd->t_ns, err);
		break;
	case BT_CMD_SPEED:
		rc = set_speed(r, cmd->factor, err);
		break;
	case BT_CMD_RATE:
	case BT_CMD_STOP:
	case BT_CMD_SPIKE:
	case BT_CMD_NEXT:
	case BT_CMD_NOTE:
	case BT_CMD_BASELINE:
		return bt_fail(err, -ENOTSUP, "this run is over: it is only played again");
	}
	tell_status(r);
	return rc;
}

static void close_replay(struct bt_source *src)
{
	struct replay *r = (struct replay *)src;

	bt_source_close(r->inner);
	free(r);
}

int bt_replay_open(struct bt_source **out, struct bt_store *store, uint64_t id, double speed,
	uint64_t (*now_ns)(void), struct bt_err *err)
{
	static const struct bt_source_ops ops = { next, command, close_replay };
	struct replay *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return bt_oom(err, "a replay");
	r->base.ops = &ops;
	r->base.fd = -1;
	r->base.live = true;
	r->store = store;
	r->now_ns = now_ns ? now_ns : bt_monotonic_ns;
	r->speed = 1;
	rc = set_speed(r, speed, err);
	if (rc == 0)
		rc = open_inner(r, id, err);
	if (rc < 0) {
		close_replay(&r->base);
		return rc;
	}
	go_on_from(r, 0);
	*out = &r->base;
	return 0;
}
