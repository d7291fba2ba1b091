#include "ui_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

const struct fake_conf fake_ramp = { .open_loop = true,
	.known_steps = true,
	.steps = 12,
	.rate = 200,
	.capacity = 1500,
	.hold_ns = 5 * BT_NS_PER_S,
	.tick_ns = 100 * BT_NS_PER_MS };
const struct fake_conf fake_closed = {
	.rate = 5000, .capacity = 1200, .hold_ns = 20 * BT_NS_PER_S, .tick_ns = 100 * BT_NS_PER_MS
};
const struct fake_conf fake_flat = { .open_loop = true,
	.errors = true,
	.rate = 500,
	.capacity = 900,
	.hold_ns = 30 * BT_NS_PER_S,
	.tick_ns = 100 * BT_NS_PER_MS };

const struct fake_conf fake_sizes = { .known_steps = true,
	.sizes = true,
	.steps = 5,
	.capacity = 900,
	.hold_ns = 4 * BT_NS_PER_S,
	.tick_ns = 100 * BT_NS_PER_MS };
static const unsigned sizes[] = { 1, 10, 50, 100, 500 };

static const struct bt_metric metrics[] = {
	{ .name = "blocks", .unit = "", .kind = BT_COUNTER, .help = "blocks connected" },
	{ .name = "transactions",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions validated" },
	{ .name = "inputs", .unit = "", .kind = BT_COUNTER, .help = "inputs whose script ran" },
	{ .name = "utxo_set",
		.unit = "coins",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "unspent outputs" },
	{ .name = "cache_hits", .unit = "", .kind = BT_RATIO, .help = "of all look-ups", .den = 1 },
	{ .name = "tip",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "hash of the last block" },
};
static const char *const classes[] = { "timeout", "bad-script", "missing-coin" };

/* 0 (not included) to 1. */
static double fraction(struct fake_run *run)
{
	run->rng = run->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((double)(run->rng >> 11) + 1) / 9007199254740993.0;
}

struct fake_run *fake_start(const struct fake_conf *conf)
{
	struct fake_run *run = calloc(1, sizeof(*run));
	int i;

	if (!run)
		abort();
	run->conf = *conf;
	run->rng = 7;
	run->info = (struct bt_run_info){ .id = 42,
		.workload = conf->long_names
			? "bitcoin.block.with.a.name.that.is.longer.than.any.title.can.be"
			: "bitcoin.block",
		.summary = "connects blocks",
		.unit = "transactions",
		.profile = conf->sizes ? "sizes"
			: conf->steps  ? "stress"
				       : "load",
		.open_loop = conf->open_loop,
		.seed = 1,
		.started_wall_ns = UINT64_C(1763878321000000000),
		.workers = 2,
		.processors = 2,
		.host = "bench",
		.version = "0.1",
		.command_line = "",
		.clock = "tsc",
		.pacing = "sleep",
		.late = "queue",
		.metrics = metrics,
		.n_metrics = BT_LEN(metrics),
		.error_classes = classes,
		.n_error_classes = BT_LEN(classes),
		.planned_ns = conf->hold_ns * BT_MAX(conf->steps, 1u) };
	for (i = 0; i < 3; i++) {
		bt_hist_init(&run->total[i]);
		bt_hist_init(&run->segment[i]);
	}
	bt_hist_init(&run->snap.queue);
	bt_hist_init(&run->snap.service);
	bt_hist_init(&run->snap.response);
	run->snap.finding_value = NAN;
	return run;
}

static void add_event(struct bt_snapshot *snap, enum bt_event_kind kind, const char *text)
{
	struct bt_event *event = &snap->events[snap->n_events++];

	event->t_ns = snap->t_ns;
	event->kind = kind;
	snprintf(event->text, sizeof(event->text), "%s", text);
}

static void begin_segment(struct fake_run *run, uint64_t at_ns, bool idle)
{
	struct bt_segment_record *seg = &run->segments[run->n_segments];
	unsigned step = run->conf.steps ? (unsigned)(at_ns / run->conf.hold_ns) + 1 : 0;
	char text[64];
	int i;

	memset(seg, 0, sizeof(*seg));
	seg->index = run->n_segments++;
	seg->plan.mode = idle ? BT_IDLE : run->conf.open_loop ? BT_OPEN : BT_CLOSED;
	seg->plan.rate_from = seg->plan.rate_to = run->conf.rate * BT_MAX(step, 1u);
	seg->plan.span_ns = run->conf.hold_ns;
	seg->plan.workers = 2;
	seg->plan.step = idle ? 0 : step;
	seg->plan.steps = run->conf.known_steps ? run->conf.steps : 0;
	seg->plan.op_units = run->conf.sizes ? sizes[(step - 1) % BT_LEN(sizes)] : 0;
	seg->plan.scored = !idle;
	snprintf(seg->plan.label, sizeof(seg->plan.label), "%s",
		idle           ? "pause"
			: step ? "step"
			       : "load");
	seg->result.start_ns = at_ns;
	seg->result.end_ns = (at_ns / run->conf.hold_ns + 1) * run->conf.hold_ns;
	for (i = 0; i < 3; i++)
		bt_hist_reset(&run->segment[i]);
	if (step && !idle) {
		if (seg->plan.op_units)
			snprintf(text, sizeof(text), "step %u, %u units a call: held", step,
				(unsigned)seg->plan.op_units);
		else
			snprintf(text, sizeof(text), "step %u begins: %.0f op/s", step,
				seg->plan.rate_to);
		add_event(&run->snap, BT_EV_STEP, text);
	}
}

/* Ends the current segment and says how it went. */
static void end_segment(struct fake_run *run, uint64_t at_ns)
{
	struct bt_segment_record *seg = &run->segments[run->n_segments - 1];
	struct bt_snapshot *snap = &run->snap;

	seg->result.state = BT_SEG_CLOSED;
	seg->result.end_ns = at_ns;
	if (seg->plan.step) {
		run->broke = seg->plan.rate_to > run->conf.capacity;
		seg->result.outcome = run->broke ? BT_STEP_BROKE : BT_STEP_HELD;
	}
	if (run->broke) {
		snprintf(seg->result.reason, sizeof(seg->result.reason),
			"93.1 %% of the offered rate reached");
		snprintf(snap->finding_name, sizeof(snap->finding_name), "limit");
		snprintf(snap->finding_unit, sizeof(snap->finding_unit), "op/s");
		snprintf(snap->finding_text, sizeof(snap->finding_text),
			"limit 1,400 op/s: 1,600 op/s was offered, 1,490 completed, and the "
			"backlog grew");
		snap->finding_value = 1400;
	}
	snap->segments[snap->n_segments++] = *seg;
}

static void one_op(struct fake_run *run, struct bt_segment_record *seg, double wait_ns)
{
	struct bt_snapshot *snap = &run->snap;
	double slower = 1 + (double)seg->plan.op_units / 20;
	uint64_t service = (uint64_t)((3e5 - 4e5 * log(fraction(run))) * slower),
		 queue = (uint64_t)wait_ns + 900;
	uint64_t ns[3] = { queue, service, queue + service };
	struct bt_hist *into[3] = { &snap->queue, &snap->service, &snap->response };
	bool failed = run->conf.errors && fraction(run) < 0.012;
	int i;

	for (i = 0; i < 3; i++) {
		bt_hist_add(into[i], ns[i], 1);
		bt_hist_add(&run->total[i], ns[i], 1);
		bt_hist_add(&run->segment[i], ns[i], 1);
	}
	snap->interval.completed += !failed;
	snap->interval.failed += failed;
	snap->errors[fraction(run) < 0.8 ? 0 : 1] += failed;
	seg->result.completed_in_span += !failed;
	if (ns[2] > 5000000 && snap->n_slow < 1)
		snap->slow[snap->n_slow++] = (struct bt_slow){ .n = snap->total.completed,
			.end_t_ns = snap->t_ns,
			.queue_ns = ns[0],
			.service_ns = ns[1],
			.error_class = -1 };
}

static void run_ops(struct fake_run *run, struct bt_segment_record *seg)
{
	struct bt_snapshot *snap = &run->snap;
	double tick_s = (double)run->conf.tick_ns / 1e9, can, n;
	double rate = seg->plan.mode == BT_IDLE ? 0 : seg->plan.rate_to;

	can = run->conf.capacity / (1 + (double)seg->plan.op_units / 20) * tick_s;
	run->due += rate * tick_s;
	n = floor(run->due);
	run->due -= n;
	run->backlog += n;
	snap->interval.offered = (uint64_t)n;
	if (seg->plan.mode == BT_CLOSED) {
		run->backlog = floor(can * (0.95 + 0.1 * fraction(run)));
		snap->interval.offered = (uint64_t)run->backlog;
	}
	for (n = 0; n < floor(can) && run->backlog >= 1; n++, run->backlog--)
		one_op(run, seg,
			seg->plan.mode == BT_CLOSED
				? 0
				: fmax(0, (run->backlog - can) / run->conf.capacity * 1e9) +
					1e6 * rate / run->conf.capacity * fraction(run));
}

static void add_counts(struct bt_counts *into, const struct bt_counts *from)
{
	into->offered += from->offered;
	into->completed += from->completed;
	into->failed += from->failed;
	into->expired += from->expired;
}

static void fill_totals(struct fake_run *run, struct bt_segment_record *seg)
{
	struct bt_snapshot *snap = &run->snap;

	add_counts(&snap->total, &snap->interval);
	add_counts(&seg->result.counts, &snap->interval);
	bt_latency_of(&snap->total_queue, &run->total[0]);
	bt_latency_of(&snap->total_service, &run->total[1]);
	bt_latency_of(&snap->total_response, &run->total[2]);
	bt_latency_of(&seg->result.queue, &run->segment[0]);
	bt_latency_of(&seg->result.service, &run->segment[1]);
	bt_latency_of(&seg->result.response, &run->segment[2]);
	snap->lag = (struct bt_latency){
		.count = 1, .mean = 3000, .q = { 2000, 4000, 6000, 21000, 40000 }, .max = 90000
	};
	snap->metrics[0].u += snap->interval.completed;
	snap->metrics[1].u += snap->interval.completed * 3 / 2;
	snap->metrics[2].u += snap->interval.completed * 2;
	/* NOLINTNEXTLINE(bugprone-integer-division): tenths of whole milliseconds */
	snap->metrics[3].d = 2400 + (double)(snap->t_ns / BT_NS_PER_MS) / 10;
	snap->metrics[4].d = 0.93;
	snprintf(snap->texts[5], BT_TEXT_MAX,
		"0000000089d757fd95d79f7fcc2bc25ca7fc16492dca9aa610730ea05d9d3de9");
	snap->usage = (struct bt_usage){ .rss_bytes = 36 * MIB + snap->t_ns / 9000,
		.cpu_ns = BT_NS_PER_S +
			(uint64_t)((double)snap->t_ns *
				fmin(1.7,
					0.3 +
						run->segments[run->n_segments - 1].plan.rate_to /
							1000)) };
	snap->net = (struct bt_net){ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	snap->watched =
		(struct bt_watched){ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	if (run->info.watched) {
		snap->net = (struct bt_net){ snap->t_ns / 1000, snap->t_ns / 5000, snap->t_ns / 900,
			snap->t_ns / 4000 };
		snap->watched = (struct bt_watched){ 1, 210 * MIB, snap->t_ns * 7 / 10, 17, 93 };
	}
	snap->rss_floor_bytes = 12 * MIB;
	snap->rss_start_bytes = 36 * MIB;
	snap->rss_peak_bytes = BT_MAX(snap->rss_peak_bytes, snap->usage.rss_bytes);
}

static void clear_interval(struct fake_run *run)
{
	struct bt_snapshot *snap = &run->snap;

	bt_hist_reset(&snap->queue);
	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	memset(&snap->interval, 0, sizeof(snap->interval));
	snap->n_segments = snap->n_notes = snap->n_slow = snap->n_events = 0;
	snap->seq++;
	snap->span_ns = run->conf.tick_ns;
	snap->t_ns += run->conf.tick_ns;
	snap->wall_ns = run->info.started_wall_ns + snap->t_ns;
}

static void move_segments(struct fake_run *run, uint64_t begin_ns)
{
	const struct fake_conf *conf = &run->conf;
	bool pause = begin_ns == conf->pause_from_ns && conf->pause_to_ns;
	bool resume = begin_ns == conf->pause_to_ns && conf->pause_to_ns;

	if (run->n_segments && begin_ns % conf->hold_ns && !pause && !resume)
		return;
	if (run->n_segments)
		end_segment(run, begin_ns);
	run->snap.paused = pause || (run->snap.paused && !resume);
	if (pause)
		add_event(&run->snap, BT_EV_PAUSE, "paused by hand");
	if (resume)
		add_event(&run->snap, BT_EV_RESUME, "goes on");
	begin_segment(run, begin_ns, run->snap.paused);
}

static void end_run(struct fake_run *run)
{
	run->snap.last = true;
	if (run->segments[run->n_segments - 1].result.state != BT_SEG_CLOSED)
		end_segment(run, run->snap.t_ns);
}

void fake_stop(struct fake_run *run)
{
	run->info.planned_ns = run->snap.t_ns + run->conf.tick_ns;
}

const struct bt_snapshot *fake_next(struct fake_run *run)
{
	struct bt_snapshot *snap = &run->snap;
	uint64_t begin_ns = snap->t_ns;
	struct bt_segment_record *seg;

	if (snap->last)
		return NULL;
	clear_interval(run);
	if (!run->broke && begin_ns < run->info.planned_ns)
		move_segments(run, begin_ns);
	seg = &run->segments[run->n_segments - 1];
	snap->target_rate = run->conf.open_loop ? seg->plan.rate_to : NAN;
	run_ops(run, seg);
	if (snap->errors[0] && !snap->warm_failed) {
		snap->notes[snap->n_notes++] = (struct bt_note_record){ .error_class = 0,
			.t_ns = snap->t_ns,
			.text = "no answer within 250 ms from peer 3" };
		snap->warm_failed = 1;
		add_event(snap, BT_EV_ERROR, "first timeout: no answer within 250 ms from peer 3");
	}
	snap->scored_ns += snap->paused ? 0 : run->conf.tick_ns;
	fill_totals(run, seg);
	if (run->broke || snap->t_ns >= run->info.planned_ns)
		end_run(run);
	else
		snap->segments[snap->n_segments++] = *seg;
	return snap;
}
