/* The result of a run, as the documented object and as the page for people. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "cm.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "machine/environment.h"
#include "report/report.h"
#include "record_run.h"

static const char environment[] =
	"{\"host\":\"testhost\",\"os\":\"Debian GNU/Linux 12 (bookworm)\",\"kernel\":\"6.1.0\","
	"\"cpu\":\"Invented CPU @ 3.00GHz\",\"processors_allowed\":2,\"memory_bytes\":8589934592,"
	"\"clock\":\"tsc\"}";

struct fixture {
	struct fake_run *run;
	struct bt_tally tally;
	json_t *report;
	char *text;
};

static void begin(struct fixture *f, bool open_loop)
{
	f->run = fake_new(open_loop);
	assert_int_equal(bt_tally_init(&f->tally, &f->run->info, NULL), 0);
}

static void put(struct fixture *f)
{
	bt_tally_put(&f->tally, &f->run->snap);
}

static void conclude(struct fixture *f)
{
	f->text = bt_report_json(&f->tally, environment);
	assert_non_null(f->text);
	f->report = json_loads(f->text, 0, NULL);
	assert_non_null(f->report);
}

static void end(struct fixture *f)
{
	json_decref(f->report);
	free(f->text);
	bt_tally_fini(&f->tally);
	fake_free(f->run);
}

/* Warm-up, a step that held, a step that broke; one second each. */
static void live_through(struct fixture *f)
{
	struct fake_run *run = f->run;
	struct bt_segment_record *s;

	run->info.id = 12;
	fake_segment(run, "warm-up", 100, BT_NS_PER_S)->plan.scored = false;
	fake_tick(run, BT_NS_PER_S, 50, 1);
	put(f);
	for (unsigned step = 1; step <= 2; step++) {
		s = fake_segment(run, "step", 100 * step, BT_NS_PER_S);
		s->plan.step = step;
		s->plan.judged = true;
		fake_tick(run, BT_NS_PER_S, 95 * step, step == 2 ? 4 : 0);
		if (step == 2) {
			fake_note(
				run, 0, "connect to 192.0.2.1 port 8333: no answer after 10 ms\n");
			fake_event(run, BT_EV_STEP, "step 1 held");
			run->segments[1].result.outcome = BT_STEP_HELD;
			s->result.outcome = BT_STEP_BROKE;
			snprintf(s->result.reason, sizeof(s->result.reason),
				"only 94.1 %% of what was offered completed, and the backlog "
				"grows");
			run->snap.total.offered += 6;
			run->snap.lag =
				(struct bt_latency){ 300, 150, { 120, 0, 0, 900, 1500 }, 2000 };
			run->snap.finding_value = 100;
			strcpy(run->snap.finding_name, "limit");
			strcpy(run->snap.finding_unit, "op/s");
			strcpy(run->snap.finding_text, "the highest step that held");
			fake_last(run);
		}
		put(f);
	}
}

static const char contract[] =
	"run workload profile verdict reasons options seed offered completed failed expired "
	"in_flight"
	" units throughput units_per_s error_rate errors latency_ns lag_ns rss_start_bytes"
	" rss_peak_bytes rss_growth bytes_leaked cpu_seconds cpu_usage net_in_bytes net_out_bytes"
	" interface_in_bytes interface_out_bytes watched"
	" segments steps thresholds metrics environment"
	" version started duration_s scored_s status command_line tags finding mode unit host "
	"events"
	" commit peak_throughput warm_up leak leak_per_h steps_broken bytes_per_item "
	"bytes_unreleased";

static void every_documented_field_is_there_and_no_other(void **state BT_UNUSED)
{
	struct fixture f;
	char names[sizeof(contract)], *save = NULL;
	size_t n = 0;

	begin(&f, true);
	conclude(&f); /* even of a run without snapshots */
	strcpy(names, contract);
	for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save), n++)
		if (!json_object_get(f.report, name))
			fail_msg("no field %s", name);
	assert_int_equal(json_object_size(f.report), n);
	end(&f);
}

static json_int_t integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("%s is not an integer", key);
	return json_integer_value(value);
}

static double real(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		fail_msg("%s is not a number", key);
	return json_number_value(value);
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "(no text)";
}

static void figures_are_of_scored_segments(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, true);
	live_through(&f);
	conclude(&f);
	assert_int_equal(integer(f.report, "run"), 12);
	assert_string_equal(text(f.report, "status"), "ended");
	assert_string_equal(text(f.report, "started"), "2023-11-14T22:13:20Z");
	assert_string_equal(text(f.report, "seed"), "18364758544493064720");
	assert_int_equal(integer(f.report, "completed"), 285);
	assert_int_equal(integer(f.report, "failed"), 4);
	assert_int_equal(integer(f.report, "offered"),
		integer(f.report, "completed") + integer(f.report, "failed") +
			integer(f.report, "expired") + integer(f.report, "in_flight"));
	assert_int_equal(integer(f.report, "in_flight"), 6);
	assert_int_equal(integer(f.report, "units"), 3 * 285);
	assert_float_equal(real(f.report, "throughput"), 142.5, 1e-9);
	assert_float_equal(real(f.report, "units_per_s"), 427.5, 1e-9);
	assert_float_equal(real(f.report, "error_rate"), 4.0 / 289, 1e-9);
	assert_float_equal(real(f.report, "duration_s"), 3, 1e-9);
	assert_float_equal(real(f.report, "scored_s"), 2, 1e-9);
	assert_int_equal(integer(f.report, "bytes_leaked"), 4096);
	assert_int_equal(integer(f.report, "rss_start_bytes"), 30 << 20);
	assert_int_equal(integer(json_object_get(f.report, "warm_up"), "offered"), 51);
	assert_int_equal(integer(json_object_get(f.report, "lag_ns"), "p99"), 900);
	assert_string_equal(
		text(json_object_get(f.report, "environment"), "cpu"), "Invented CPU @ 3.00GHz");
	end(&f);
}

static void lists_carry_steps_segments_errors_and_metrics(void **state BT_UNUSED)
{
	struct fixture f;
	const json_t *row;

	begin(&f, true);
	live_through(&f);
	conclude(&f);
	assert_int_equal(json_array_size(json_object_get(f.report, "segments")), 3);
	assert_int_equal(json_array_size(json_object_get(f.report, "steps")), 2);
	row = json_array_get(json_object_get(f.report, "steps"), 1);
	assert_int_equal(integer(row, "step"), 2);
	assert_float_equal(real(row, "rate"), 200, 1e-9);
	assert_float_equal(real(row, "throughput"), 190, 1e-9);
	assert_string_equal(text(row, "outcome"), "broke");
	assert_true(integer(row, "p99_ns") > integer(row, "p50_ns"));
	row = json_array_get(json_object_get(f.report, "segments"), 0);
	assert_string_equal(text(row, "label"), "warm-up");
	assert_int_equal(integer(row, "completed"), 50);
	assert_true(json_is_null(json_object_get(row, "outcome")));
	row = json_object_get(json_object_get(f.report, "errors"), "timeout");
	assert_int_equal(integer(row, "count"), 4);
	assert_int_equal(json_array_size(json_object_get(row, "first")), 1);
	assert_null(json_object_get(json_object_get(f.report, "errors"), "wrong-answer"));
	row = json_object_get(f.report, "metrics");
	assert_int_equal(integer(row, "blocks"), 335);
	assert_float_equal(real(row, "blocks_per_s"), 142.5, 1e-9);
	assert_string_equal(text(row, "tip"), "block-3");
	assert_int_equal(integer(json_object_get(row, "connect"), "count"), 3);
	assert_int_equal(integer(json_object_get(row, "connect"), "p99"), 4000000);
	assert_string_equal(text(json_object_get(f.report, "finding"), "unit"), "op/s");
	assert_string_equal(
		text(json_array_get(json_object_get(f.report, "events"), 0), "kind"), "step");
	end(&f);
}

static void events_that_were_not_kept_are_counted(void **state BT_UNUSED)
{
	struct fixture f;
	const json_t *events;

	begin(&f, true);
	fake_segment(f.run, "load", 100, BT_NS_PER_S);
	for (unsigned i = 0; i < BT_TALLY_EVENTS + 7; i++) {
		fake_tick(f.run, BT_NS_PER_MS, 1, 0);
		fake_event(f.run, BT_EV_RATE, "another rate");
		put(&f);
	}
	conclude(&f);
	events = json_object_get(f.report, "events");
	assert_int_equal(json_array_size(events), BT_TALLY_EVENTS + 1);
	assert_string_equal(text(json_array_get(events, BT_TALLY_EVENTS), "text"),
		"7 more events were not kept");
	end(&f);
}

static void unknown_is_null_never_zero(void **state BT_UNUSED)
{
	static const char *const unknown[] = { "run", "throughput", "peak_throughput",
		"units_per_s", "error_rate", "rss_start_bytes", "rss_peak_bytes", "rss_growth",
		"bytes_leaked", "cpu_seconds", "cpu_usage", "net_in_bytes", "net_out_bytes",
		"finding", "steps_broken", "bytes_per_item", "bytes_unreleased" };
	static const char *const latencies[] = { "queue", "service", "response" };
	struct fixture f;

	begin(&f, true);
	conclude(&f);
	for (size_t i = 0; i < BT_LEN(unknown); i++)
		if (!json_is_null(json_object_get(f.report, unknown[i])))
			fail_msg("%s is not null", unknown[i]);
	for (size_t i = 0; i < BT_LEN(latencies); i++)
		assert_true(json_is_null(
			json_object_get(json_object_get(f.report, "latency_ns"), latencies[i])));
	assert_true(json_is_null(json_object_get(json_object_get(f.report, "lag_ns"), "p99")));
	assert_true(json_is_null(json_object_get(json_object_get(f.report, "metrics"), "depth")));
	assert_string_equal(text(f.report, "status"), "running");
	end(&f);
}

static void a_closed_loop_has_service_time_alone(void **state BT_UNUSED)
{
	struct fixture f;
	const json_t *latency;

	begin(&f, false);
	live_through(&f);
	f.run->info.status = "stopped";
	conclude(&f);
	latency = json_object_get(f.report, "latency_ns");
	assert_string_equal(text(f.report, "mode"), "closed");
	assert_string_equal(text(f.report, "status"), "stopped");
	assert_true(json_is_null(json_object_get(latency, "queue")));
	assert_true(json_is_null(json_object_get(latency, "response")));
	assert_int_equal(integer(json_object_get(latency, "service"), "count"), 340);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(f.report, "steps"), 0), "rate")));
	end(&f);
}

static void text_that_is_not_utf8_does_not_lose_the_report(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, true);
	f.run->info.command_line = "benchtop run \xff\xfe --tag caf\xc3\xa9=1";
	f.run->info.host = "caf\xc3\xa9";
	conclude(&f);
	assert_string_equal(
		text(f.report, "command_line"), "benchtop run \ufffd\ufffd --tag caf\xc3\xa9=1");
	assert_string_equal(text(f.report, "host"), "caf\xc3\xa9");
	end(&f);
}

/* In place of the engine's: another version than that of the build. */
void XGBoostVersion(int *major, int *minor, int *patch);
void XGBoostVersion(int *major, int *minor, int *patch)
{
	*major = 9;
	*minor = 8;
	*patch = 7;
}

static void the_environment_names_the_machine_and_libraries(void **state BT_UNUSED)
{
	struct fake_run *run = fake_new(true);
	char *json = bt_environment_json(&run->info, "3.40.1");
	json_t *env = json_loads(json, 0, NULL);

	assert_string_equal(text(env, "host"), "testhost");
	assert_string_equal(text(env, "clock"), "monotonic");
	assert_true(integer(env, "processors") >= integer(env, "processors_allowed"));
	assert_true(integer(env, "processors_allowed") > 0);
	assert_true(integer(env, "memory_bytes") > 0);
	assert_true(strlen(text(env, "boot_id")) == 36);
	assert_string_equal(text(json_object_get(env, "libraries"), "jansson"), JANSSON_VERSION);
#ifdef BT_XGBOOST_VERSION
	assert_string_equal(text(json_object_get(env, "libraries"), "xgboost"), "9.8.7");
#endif
	assert_true(json_is_boolean(json_object_get(env, "optimised")));
	json_decref(env);
	free(json);
	fake_free(run);
}

static const char page_of_ramp[] =
	"sim, stress                                                        run 12, ended\n"
	"  Load          open loop, 3.00 s long, 2.00 s scored\n"
	"  Measurement   degraded\n"
	"                generator offered 289 operations of 300 planned: 3.67 % short,\n"
	"                limit 1.00 %\n"
	"                64.0 MiB of benchtop's memory is swapped out, limit 1.00 MiB\n"
	"  Throughput    142 op/s of 148 op/s offered; best second 190 op/s\n"
	"                428 requests/s\n"
	"  Operations    295 offered\n"
	"                = 285 completed + 4 failed + 0 expired + 6 in flight\n"
	"  Latency            mean      p50      p90      p95      p99    p99.9      max\n"
	"  response time   1.03 ms   754 us  2.28 ms  2.81 ms  4.69 ms  5.54 ms  5.54 ms\n"
	"  service time    1.03 ms   753 us  2.28 ms  2.81 ms  4.69 ms  5.54 ms  5.54 ms\n"
	"  queue time       527 ns   523 ns   903 ns   950 ns   994 ns   998 ns   998 ns\n"
	"  Generator lag p50 120 ns, p99 900 ns, p99.9 1.50 us\n"
	"  Errors        1.38 %\n"
	"                4 timeout: connect to 192.0.2.1 port 8333: no answer after 10\n"
	"                ms\\n\n"
	"  Memory        peak 30.0 MiB, at the start 30.0 MiB, growth 0.01 %, left at the\n"
	"                end 4.00 KiB\n"
	"  CPU           0.50 processors in use, 1.50 s in all\n"
	"  blocks        335, 142/s\n"
	"  inputs        670, 285/s\n"
	"  depth         0.33\n"
	"  tip           block-3\n"
	"  per_block     2\n"
	"  connect       p50 1.00 ms, p99 4.00 ms, max 6.00 ms of 3\n"
	"    Step  offered  achieved    errors       p50       p95       p99  outcome\n"
	"       1      100        95       0 %    717 us   3.18 ms   5.20 ms  held\n"
	"       2      200       190    2.06 %    754 us   2.81 ms   4.69 ms  broke\n"
	"                only 94.1 % of what was offered completed, and the backlog grows\n"
	"  Limit         100 op/s: the highest step that held\n"
	"  Environment   testhost, Invented CPU @ 3.00GHz, 2 processors, 8.00 GiB, Debian\n"
	"                GNU/Linux 12 (bookworm), Linux 6.1.0, clock tsc, benchtop 0.1.0\n";

static const char page_of_nothing[] =
	"sim, load                                                             not stored\n"
	"  Load          closed loop, 0 ns long, 0 ns scored\n"
	"  Measurement   valid\n"
	"  Throughput    - op/s; best second - op/s\n"
	"                - requests/s\n"
	"  Operations    0 offered\n"
	"                = 0 completed + 0 failed + 0 expired + 0 in flight\n"
	"  Latency            mean      p50      p90      p95      p99    p99.9      max\n"
	"  Errors        -\n"
	"  Memory        peak -, at the start -, growth -, left at the end -\n"
	"  CPU           - processors in use, - in all\n"
	"  blocks        0, -/s\n"
	"  inputs        0, -/s\n"
	"  depth         -\n"
	"  tip           -\n"
	"  per_block     -\n"
	"  connect       -\n"
	"  Environment   testhost, Invented CPU @ 3.00GHz, 2 processors, 8.00 GiB, Debian\n"
	"                GNU/Linux 12 (bookworm), Linux 6.1.0, clock tsc, benchtop 0.1.0\n";

static void assert_page(struct fixture *f, const char *expected)
{
	struct page page;
	const char *line, *printed;

	page_open(&page);
	assert_int_equal(bt_report_print(page.out, f->text, NULL), 0);
	printed = page_text(&page);
	for (line = printed; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
	assert_string_equal(printed, expected);
	page_free(&page);
}

static void the_page_of_a_ramp(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, true);
	live_through(&f);
	f.tally.last->usage.swap_bytes = 64 << 20;
	conclude(&f);
	assert_page(&f, page_of_ramp);
	end(&f);
}

static void the_page_of_a_closed_loop_without_snapshots(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, false);
	conclude(&f);
	assert_page(&f, page_of_nothing);
	end(&f);
}

static void a_page_needs_an_object(void **state BT_UNUSED)
{
	struct bt_err err;

	assert_int_equal(bt_report_print(stdout, "not JSON", &err), -EINVAL);
	assert_int_equal(bt_report_print(stdout, "[1]", &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_documented_field_is_there_and_no_other),
		cmocka_unit_test(figures_are_of_scored_segments),
		cmocka_unit_test(lists_carry_steps_segments_errors_and_metrics),
		cmocka_unit_test(events_that_were_not_kept_are_counted),
		cmocka_unit_test(unknown_is_null_never_zero),
		cmocka_unit_test(a_closed_loop_has_service_time_alone),
		cmocka_unit_test(text_that_is_not_utf8_does_not_lose_the_report),
		cmocka_unit_test(the_environment_names_the_machine_and_libraries),
		cmocka_unit_test(the_page_of_a_ramp),
		cmocka_unit_test(the_page_of_a_closed_loop_without_snapshots),
		cmocka_unit_test(a_page_needs_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
