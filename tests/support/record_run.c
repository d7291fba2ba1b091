#include "record_run.h"

#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cm.h"

static const struct bt_metric metrics[] = {
	{ .name = "blocks", .unit = "", .kind = BT_COUNTER, .merge = BT_SUM, .help = "blocks" },
	{ .name = "inputs", .unit = "", .kind = BT_COUNTER, .merge = BT_SUM, .help = "inputs" },
	{ .name = "depth", .unit = "", .kind = BT_GAUGE, .merge = BT_MAXIMUM, .help = "depth" },
	{ .name = "tip", .unit = "", .kind = BT_TEXT, .merge = BT_LAST, .help = "newest block" },
	{ .name = "per_block",
		.unit = "",
		.kind = BT_RATIO,
		.merge = BT_SUM,
		.help = "inputs a block",
		.num = 1,
		.den = 0 },
	{ .name = "connect",
		.unit = "ns",
		.kind = BT_TIMES,
		.merge = BT_SUM,
		.help = "time to connect" },
};
static const char *const classes[] = { "timeout", "wrong-answer" };
static const struct bt_setting settings[] = { { "rate", "1000", false },
	{ "workers", "2", false } };
static const struct bt_setting tags[] = { { "release", "1.2", false }, { "who", "me", false } };

struct fake_run *fake_new(bool open_loop)
{
	struct fake_run *run = calloc(1, sizeof(*run));

	assert(run);
	run->info = (struct bt_run_info){
		.workload = "sim",
		.summary = "a simulated server",
		.unit = "requests",
		.profile = open_loop ? "stress" : "load",
		.open_loop = open_loop,
		.seed = UINT64_C(0xfedcba9876543210),
		.started_wall_ns = UINT64_C(1700000000) * BT_NS_PER_S,
		.planned_ns = 60 * BT_NS_PER_S,
		.workers = 2,
		.processors = 2,
		.host = "testhost",
		.version = "0.1.0",
		.command_line = "benchtop run sim --rate 1000",
		.clock = "monotonic",
		.pacing = "sleep",
		.late = "queue",
		.metrics = metrics,
		.n_metrics = BT_LEN(metrics),
		.error_classes = classes,
		.n_error_classes = BT_LEN(classes),
		.settings = settings,
		.n_settings = BT_LEN(settings),
		.tags = tags,
		.n_tags = BT_LEN(tags),
	};
	bt_hist_init(&run->snap.queue);
	bt_hist_init(&run->snap.service);
	bt_hist_init(&run->snap.response);
	bt_hist_init(&run->queue);
	bt_hist_init(&run->service);
	bt_hist_init(&run->response);
	bt_rng_init(&run->rng, 1);
	run->mean_ns = 1e6;
	run->snap.finding_value = NAN;
	run->snap.rss_left_bytes = UINT64_MAX;
	run->snap.usage = (struct bt_usage){ 30 << 20, 0, 10, 0, UINT64_MAX, 0, 20, 0 };
	run->snap.rss_floor_bytes = 20 << 20;
	run->snap.rss_start_bytes = run->snap.rss_peak_bytes = 30 << 20;
	return run;
}

void fake_free(struct fake_run *run)
{
	free(run);
}

static void close_segment(struct fake_run *run)
{
	struct bt_segment_record *s = &run->segments[run->n_segments - 1];

	s->result.state = BT_SEG_CLOSED;
	s->result.end_ns = run->snap.t_ns;
}

struct bt_segment_record *fake_segment(
	struct fake_run *run, const char *label, double rate, uint64_t span_ns)
{
	struct bt_segment_record *s = &run->segments[run->n_segments];

	assert(run->n_segments < BT_LEN(run->segments));
	if (run->n_segments)
		close_segment(run);
	memset(s, 0, sizeof(*s));
	s->index = run->n_segments++;
	s->plan.mode = run->info.open_loop ? BT_OPEN : BT_CLOSED;
	s->plan.rate_from = s->plan.rate_to = run->info.open_loop ? rate : 0;
	s->plan.span_ns = span_ns;
	s->plan.workers = 2;
	s->plan.scored = true;
	snprintf(s->plan.label, sizeof(s->plan.label), "%s", label);
	s->result.start_ns = run->snap.t_ns;
	s->result.end_ns = run->snap.t_ns + span_ns;
	s->result.queue.mean = s->result.service.mean = s->result.response.mean = NAN;
	return s;
}

static void reset(struct bt_snapshot *snap)
{
	bt_hist_reset(&snap->queue);
	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	memset(&snap->interval, 0, sizeof(snap->interval));
	snap->n_segments = snap->n_notes = snap->n_slow = snap->n_events = 0;
}

static void operate(struct fake_run *run)
{
	uint64_t service = (uint64_t)(run->mean_ns * bt_rng_exponential(&run->rng));
	uint64_t queue = run->info.open_loop ? bt_rng_below(&run->rng, 1000) : 0;
	struct bt_snapshot *snap = &run->snap;

	bt_hist_add(&snap->service, service, 1);
	if (run->info.open_loop) {
		bt_hist_add(&snap->queue, queue, 1);
		bt_hist_add(&snap->response, queue + service, 1);
	}
	if (snap->n_slow < 3)
		snap->slow[snap->n_slow++] = (struct bt_slow){ .n = run->counts.offered,
			.end_t_ns = snap->t_ns,
			.queue_ns = queue,
			.service_ns = service,
			.worker = 1,
			.segment = run->n_segments - 1,
			.error_class = -1 };
}

static void add_counts(struct bt_counts *into, unsigned n, unsigned bad)
{
	into->offered += n + bad;
	into->completed += n;
	into->failed += bad;
	into->units += 3 * n;
}

static void give_segments(struct fake_run *run)
{
	struct bt_snapshot *snap = &run->snap;

	if (run->n_segments > 1)
		snap->segments[snap->n_segments++] = run->segments[run->n_segments - 2];
	snap->segments[snap->n_segments++] = run->segments[run->n_segments - 1];
}

static void conclude(struct fake_run *run)
{
	struct bt_segment_record *s = &run->segments[run->n_segments - 1];
	struct bt_snapshot *snap = &run->snap;

	bt_latency_of(&snap->total_queue, &run->queue);
	bt_latency_of(&snap->total_service, &run->service);
	bt_latency_of(&snap->total_response, &run->response);
	s->result.service = snap->total_service;
	s->result.response = snap->total_response;
}

void fake_tick(struct fake_run *run, uint64_t span_ns, unsigned n, unsigned bad)
{
	struct bt_segment_record *s = &run->segments[run->n_segments - 1];
	struct bt_snapshot *snap = &run->snap;

	reset(snap);
	snap->seq++;
	snap->t_ns += span_ns;
	snap->span_ns = span_ns;
	snap->wall_ns = run->info.started_wall_ns + snap->t_ns;
	snap->target_rate = run->info.open_loop ? s->plan.rate_to : NAN;
	for (unsigned i = 0; i < n + bad; i++)
		operate(run);
	add_counts(&snap->interval, n, bad);
	add_counts(&run->counts, n, bad);
	add_counts(&s->result.counts, n, bad);
	s->result.completed_in_span += n;
	bt_hist_merge(&run->queue, &snap->queue);
	bt_hist_merge(&run->service, &snap->service);
	bt_hist_merge(&run->response, &snap->response);
	if (s->plan.scored) {
		add_counts(&snap->total, n, bad);
		snap->scored_ns += span_ns;
		snap->errors[0] += bad;
	} else {
		snap->warm_offered += n + bad;
	}
	if (!run->quick)
		conclude(run);
	snap->metrics[0].u += n;
	snap->metrics[1].u += 2 * n;
	snap->metrics[2].d = 1.0 / 3;
	snap->metrics[4].d = 2;
	snap->times[5] = (struct bt_latency){ .count = snap->seq,
		.mean = 1.5e6,
		.q = { 1000000, 2000000, 3000000, 4000000, 5000000 },
		.max = 6000000 + snap->seq };
	snprintf(snap->texts[3], BT_TEXT_MAX, "block-%llu", (unsigned long long)snap->seq);
	snap->usage.cpu_ns += span_ns / 2;
	snap->usage.rss_bytes += 1024;
	snap->rss_peak_bytes = snap->usage.rss_bytes;
	give_segments(run);
}

void fake_last(struct fake_run *run)
{
	conclude(run);
	close_segment(run);
	run->snap.n_segments = 0;
	give_segments(run);
	run->snap.last = true;
	run->snap.rss_left_bytes = 4096;
}

void fake_event(struct fake_run *run, enum bt_event_kind kind, const char *text)
{
	struct bt_event *e = &run->snap.events[run->snap.n_events++];

	e->t_ns = run->snap.t_ns;
	e->kind = kind;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

void fake_note(struct fake_run *run, unsigned error_class, const char *text)
{
	struct bt_note_record *n = &run->snap.notes[run->snap.n_notes++];

	n->t_ns = run->snap.t_ns;
	n->error_class = error_class;
	n->worker = 1;
	snprintf(n->text, sizeof(n->text), "%s", text);
}

static char temp[CM_TEMP];

const char *temp_make(void)
{
	if (!mkdtemp(cm_temp(temp, "benchtop-test")))
		abort();
	return temp;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	if (remove(path) < 0 &&
		(umount(path) < 0 || remove(path) < 0)) /* a failed test may leave a mount */
		perror(path);
	return 0;
}

void temp_remove(void)
{
	nftw(temp, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *temp_path(const char *name)
{
	static char paths[4][512];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", temp, name);
	return path;
}

void page_open(struct page *page)
{
	page->text = NULL;
	page->out = open_memstream(&page->text, &page->size);
	assert(page->out);
}

const char *page_text(struct page *page)
{
	fclose(page->out);
	return page->text;
}

void page_free(struct page *page)
{
	free(page->text);
}
