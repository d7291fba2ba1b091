#include "sim_run.h"

#include <stdlib.h>

#include "cm.h"

#define CONF_MAX 1024

struct setup {
	struct bt_run_setup setup;
	struct bt_run_conf conf;
	_Alignas(16) char workload_conf[CONF_MAX], profile_conf[CONF_MAX];
};

static int set_up(struct setup *s, const struct bt_workload *workload, const char *profile,
	const char *const *args, struct bt_err *err)
{
	struct bt_opt_set sets[3];
	unsigned words, argc = 0;

	memset(s, 0, sizeof(*s));
	s->setup.workload = workload;
	s->setup.workload_conf = s->workload_conf;
	s->setup.profile = bt_profile_find(profile);
	s->setup.profile_conf = s->profile_conf;
	s->setup.conf = &s->conf;
	assert_non_null(s->setup.profile);
	assert_true(workload->conf_size <= CONF_MAX && s->setup.profile->conf_size <= CONF_MAX);
	sets[0] = (struct bt_opt_set){ "run", bt_run_opts, &s->conf };
	sets[1] = (struct bt_opt_set){ "profile", s->setup.profile->opts, s->profile_conf };
	sets[2] = (struct bt_opt_set){ "workload", workload->opts, s->workload_conf };
	for (unsigned i = 0; i < 3; i++)
		bt_opt_defaults(sets[i].opts, sets[i].conf);
	while (args[argc])
		argc++;
	return bt_opt_parse(sets, 3, (int)argc, (char *const *)args, 0, NULL, 0, &words, err);
}

static struct bt_hist *new_hist(void)
{
	struct bt_hist *h = malloc(sizeof(*h));

	assert_non_null(h);
	bt_hist_init(h);
	return h;
}

static void take(struct sim_run *out, const struct bt_snapshot *s)
{
	out->n_snapshots++;
	out->sum.offered += s->interval.offered;
	out->sum.completed += s->interval.completed;
	out->sum.failed += s->interval.failed;
	out->sum.expired += s->interval.expired;
	out->sum.units += s->interval.units;
	bt_hist_merge(out->queue, &s->queue);
	bt_hist_merge(out->service, &s->service);
	bt_hist_merge(out->response, &s->response);
	out->n_slow += s->n_slow;
	out->n_notes += s->n_notes;
	for (unsigned i = 0; i < s->n_segments; i++) {
		unsigned index = s->segments[i].index;

		if (index >= out->n_segments) {
			out->n_segments = index + 1;
			out->segments =
				realloc(out->segments, out->n_segments * sizeof(*out->segments));
			assert_non_null(out->segments);
		}
		out->segments[index] = s->segments[i];
	}
	if (s->last)
		memcpy(out->last, s, sizeof(*s));
}

static void run_to_the_end(struct sim_run *out, const struct bt_workload *workload,
	const char *profile, const char *const *args, const struct bt_command *first,
	sim_hook *hook, void *arg)
{
	struct bt_err err = { 0 };
	struct bt_source *src;
	struct bt_run *run = NULL;
	struct setup s;

	memset(out, 0, sizeof(*out));
	out->last = calloc(1, sizeof(*out->last));
	out->queue = new_hist();
	out->service = new_hist();
	out->response = new_hist();
	if (set_up(&s, workload, profile, args, &err) < 0 ||
		bt_run_open(&run, &s.setup, &err) < 0 || bt_run_start(run, &err) < 0)
		fail_msg("%s", err.msg);
	src = bt_run_source(run);
	if (first)
		assert_int_equal(src->ops->command(src, first, NULL), 0);
	while (!src->ended) {
		const struct bt_snapshot *snap;

		bt_run_wait(run, BT_NS_PER_S);
		while ((snap = src->ops->next(src))) {
			take(out, snap);
			if (hook)
				hook(src, snap, arg);
		}
	}
	bt_run_close(run);
}

void sim_run(struct sim_run *out, const struct bt_workload *workload, const char *profile,
	const char *const *args, sim_hook *hook, void *arg)
{
	run_to_the_end(out, workload, profile, args, NULL, hook, arg);
}

void sim_run_stopped(struct sim_run *out, const struct bt_workload *workload, const char *profile,
	const char *const *args)
{
	const struct bt_command stop = { .kind = BT_CMD_STOP };

	run_to_the_end(out, workload, profile, args, &stop, NULL, NULL);
}

void sim_run_fini(struct sim_run *run)
{
	free(run->last);
	free(run->queue);
	free(run->service);
	free(run->response);
	free(run->segments);
}

int sim_run_refused(const struct bt_workload *workload, const char *profile,
	const char *const *args, struct bt_err *err)
{
	struct bt_run *run;
	struct setup s;
	int r = set_up(&s, workload, profile, args, err);

	if (r == 0)
		r = bt_run_open(&run, &s.setup, err);
	if (r == 0)
		bt_run_close(run);
	return r;
}
