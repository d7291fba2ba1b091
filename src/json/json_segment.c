#include "json/json.h"

#include <math.h>
#include <string.h>

const char *const bt_segment_state_name[] = { "running", "draining", "closed", NULL };
const char *const bt_step_outcome_name[] = { "none", "held", "broke", NULL };
const char *const bt_event_kind_name[] = { "rate", "pause", "resume", "step", "error", "note",
	"stop", "spike", "baseline", NULL };

/* 0: not read. */
static json_t *bytes_json(uint64_t bytes)
{
	return bytes ? bt_json_count(bytes) : json_null();
}

static json_t *plan_json(const struct bt_segment *plan)
{
	bool open = plan->mode == BT_OPEN;

	return json_pack("{so ss ss so so so sI sI sI sI so sI sb sI sI sI sI sb sb sb}", "label",
		bt_json_string(plan->label), "mode", bt_mode_name[plan->mode], "arrivals",
		bt_arrivals_name[plan->arrivals], "rate_from",
		open ? bt_json_real(plan->rate_from) : json_null(), "rate_to",
		open ? bt_json_real(plan->rate_to) : json_null(), "span_ns",
		bt_json_count(plan->span_ns), "settle_ns", (json_int_t)plan->settle_ns, "items",
		(json_int_t)plan->items, "workers", (json_int_t)plan->workers, "concurrency",
		(json_int_t)plan->concurrency, "level",
		plan->level ? json_integer((json_int_t)plan->level) : json_null(), "processors",
		(json_int_t)plan->processors, "pinned", plan->pinned, "data_items",
		(json_int_t)plan->data_items, "op_units", (json_int_t)plan->op_units, "step",
		(json_int_t)plan->step, "steps", (json_int_t)plan->steps, "scored", plan->scored,
		"judged", plan->judged, "manual", plan->manual);
}

/* Of segments with a data set. */
static bool put_memory(json_t *object, const struct bt_segment_result *r)
{
	json_t *memory;
	bool put;

	if (!r->filled && !r->rss_before_bytes && !r->rss_peak_bytes)
		return true;
	memory = json_pack("{so so so so sI so}", "rss_before_bytes",
		bytes_json(r->rss_before_bytes), "rss_peak_bytes", bytes_json(r->rss_peak_bytes),
		"rss_after_bytes", bytes_json(r->rss_after_bytes), "counted_bytes",
		bt_json_count(r->counted_bytes), "filled", (json_int_t)r->filled, "no_memory",
		bt_json_count(r->no_memory));
	put = json_object_update(object, memory) == 0;
	json_decref(memory);
	return put;
}

static json_t *counted_json(const struct bt_segment_result *result)
{
	const struct bt_counts *c = &result->counts;

	return json_pack("{so so so so so so so so so}", "offered", bt_json_count(c->offered),
		"completed", bt_json_count(c->completed), "failed", bt_json_count(c->failed),
		"expired", bt_json_count(c->expired), "in_flight", bt_json_count(bt_in_flight(c)),
		"units", bt_json_count(c->units), "completed_in_span",
		bt_json_count(result->completed_in_span), "backlog_mid",
		bt_json_count(result->backlog_mid), "backlog_end",
		bt_json_count(result->backlog_end));
}

json_t *bt_json_result(const struct bt_segment_result *result)
{
	bool judged = result->outcome != BT_STEP_NONE;
	json_t *counted = counted_json(result);
	json_t *object = json_pack("{ss so so so s{so so so} so so so so so}", "state",
		bt_segment_state_name[result->state], "start_ns", bt_json_count(result->start_ns),
		"end_ns", bt_json_count(result->end_ns), "last_end_ns",
		result->last_end_ns ? bt_json_count(result->last_end_ns) : json_null(),
		"latency_ns", "queue", bt_json_latency(&result->queue), "service",
		bt_json_latency(&result->service), "response", bt_json_latency(&result->response),
		"ratio", bt_json_real(result->ratio > 0 ? result->ratio : NAN), "efficiency",
		bt_json_real(result->efficiency > 0 ? result->efficiency : NAN), "outcome",
		judged ? bt_json_string(bt_step_outcome_name[result->outcome]) : json_null(),
		"reason", bt_json_text(result->reason), "rss_bytes", bytes_json(result->rss_bytes));

	if (json_object_update(counted, object) < 0 || !put_memory(counted, result)) {
		json_decref(counted);
		counted = NULL;
	}
	json_decref(object);
	return counted;
}

json_t *bt_json_segment(const struct bt_segment_record *record)
{
	json_t *object = json_pack("{sI}", "index", (json_int_t)record->index);
	json_t *plan = plan_json(&record->plan), *result = bt_json_result(&record->result);

	if (json_object_update(object, plan) < 0 || json_object_update(object, result) < 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(plan);
	json_decref(result);
	return object;
}

static unsigned small(const json_t *object, const char *key)
{
	return (unsigned)BT_MIN(bt_json_get_count(object, key, 0), UINT32_MAX);
}

static double rate(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : 0;
}

static void read_plan(struct bt_segment *plan, const json_t *object)
{
	bt_json_copy_text(plan->label, sizeof(plan->label), object, "label");
	plan->mode = (enum bt_mode)bt_json_get_name(object, "mode", bt_mode_name, BT_IDLE);
	plan->arrivals = (enum bt_arrivals)bt_json_get_name(
		object, "arrivals", bt_arrivals_name, BT_CONSTANT);
	plan->rate_from = rate(object, "rate_from");
	plan->rate_to = rate(object, "rate_to");
	plan->span_ns = bt_json_get_count(object, "span_ns", BT_FOREVER);
	plan->settle_ns = bt_json_get_count(object, "settle_ns", 0);
	plan->items = bt_json_get_count(object, "items", 0);
	plan->workers = small(object, "workers");
	plan->concurrency = small(object, "concurrency");
	plan->level = small(object, "level");
	plan->processors = small(object, "processors");
	plan->pinned = json_is_true(json_object_get(object, "pinned"));
	plan->data_items = bt_json_get_count(object, "data_items", 0);
	plan->op_units = bt_json_get_count(object, "op_units", 0);
	plan->step = small(object, "step");
	plan->steps = small(object, "steps");
	plan->scored = json_is_true(json_object_get(object, "scored"));
	plan->judged = json_is_true(json_object_get(object, "judged"));
	plan->manual = json_is_true(json_object_get(object, "manual"));
}

void bt_json_read_result(struct bt_segment_result *out, const json_t *object)
{
	const json_t *latency = json_object_get(object, "latency_ns");

	out->state = (enum bt_segment_state)bt_json_get_name(
		object, "state", bt_segment_state_name, BT_SEG_CLOSED);
	out->start_ns = bt_json_get_count(object, "start_ns", 0);
	out->end_ns = bt_json_get_count(object, "end_ns", BT_FOREVER);
	out->last_end_ns = bt_json_get_count(object, "last_end_ns", 0);
	out->counts.offered = bt_json_get_count(object, "offered", 0);
	out->counts.completed = bt_json_get_count(object, "completed", 0);
	out->counts.failed = bt_json_get_count(object, "failed", 0);
	out->counts.expired = bt_json_get_count(object, "expired", 0);
	out->counts.units = bt_json_get_count(object, "units", 0);
	out->completed_in_span = bt_json_get_count(object, "completed_in_span", 0);
	out->backlog_mid = bt_json_get_count(object, "backlog_mid", 0);
	out->backlog_end = bt_json_get_count(object, "backlog_end", 0);
	out->ratio = rate(object, "ratio");
	out->efficiency = rate(object, "efficiency");
	bt_json_read_latency(&out->queue, json_object_get(latency, "queue"));
	bt_json_read_latency(&out->service, json_object_get(latency, "service"));
	bt_json_read_latency(&out->response, json_object_get(latency, "response"));
	out->rss_bytes = bt_json_get_count(object, "rss_bytes", 0);
	out->rss_before_bytes = bt_json_get_count(object, "rss_before_bytes", 0);
	out->rss_peak_bytes = bt_json_get_count(object, "rss_peak_bytes", 0);
	out->rss_after_bytes = bt_json_get_count(object, "rss_after_bytes", 0);
	out->counted_bytes = bt_json_get_count(object, "counted_bytes", 0);
	out->filled = bt_json_get_count(object, "filled", 0);
	out->no_memory = bt_json_get_count(object, "no_memory", 0);
	out->outcome = (enum bt_step_outcome)bt_json_get_name(
		object, "outcome", bt_step_outcome_name, BT_STEP_NONE);
	bt_json_copy_text(out->reason, sizeof(out->reason), object, "reason");
}

void bt_json_read_segment(struct bt_segment_record *out, const json_t *object)
{
	memset(out, 0, sizeof(*out));
	out->index = small(object, "index");
	read_plan(&out->plan, object);
	bt_json_read_result(&out->result, object);
}

void bt_json_read_event(struct bt_event *out, const json_t *object)
{
	out->t_ns = bt_json_get_count(object, "t_ns", 0);
	out->kind = (enum bt_event_kind)bt_json_get_name(
		object, "kind", bt_event_kind_name, BT_EV_NOTE);
	bt_json_copy_text(out->text, sizeof(out->text), object, "text");
}
