/* The real program in a pseudo-terminal. BENCHTOP names it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/fmt.h"
#include "cm.h"
#include "pty_case.h"
#include "ui/panel.h"

static json_t *stored(struct pty_case *f, const char *run)
{
	char words[40], *text;
	json_t *root;

	snprintf(words, sizeof(words), "show %s --json", run);
	text = output(f, words);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	free(text);
	return root;
}

static void assert_stored_as(struct pty_case *f, const char *run, const char *status)
{
	json_t *root = stored(f, run);

	assert_string_equal(json_string_value(json_object_get(root, "status")), status);
	json_decref(root);
}

#define RAMP "run sim --profile stress --rate 100 --step 100 --hold 4s --max-rate 5k"
#define LONG "run sim --rate 200 --duration 10m"

static void a_ramp_is_watched_and_steered(void **state)
{
	struct pty_case *f = *state;
	char words[200], *text;

	start(f, 80, 24, RAMP, NULL);
	pty_await(f->run, "▶ running");
	assert_int_equal(pty_count(f->run, "sim  stress  step 1 of 50"), 1);
	assert_int_equal(
		pty_count(f->run, "q quit  ? help  Tab history  space pause  + - rate"), 1);
	pty_type(f->run, "?");
	pty_await(f->run, "this help");
	pty_type(f->run, "?");
	pty_await_gone(f->run, "this help");
	pty_await(f->run, "▶ running");
	pty_type(f->run, " ");
	pty_await(f->run, "‖ paused");
	pty_type(f->run, " ");
	pty_await(f->run, "▶ running");
	pty_type(f->run, "+");
	pty_await(f->run, "rate set to");
	pty_type(f->run, "mcache emptied\r");
	pty_await(f->run, "cache emptied");
	pty_type(f->run, "s\r");
	pty_await(f->run, "spike");
	pty_type(f->run, "h");
	pty_await(f->run, "/s");
	snprintf(words, sizeof(words), "w\025%s.ini\r", f->db);
	pty_type(f->run, words);
	pty_await(f->run, "this load can be repeated");
	pty_type(f->run, words);
	pty_await(f->run, "File exists");
	pty_type(f->run, "hhe");
	pty_await(f->run, "event log");
	pty_type(f->run, "\033[D\033[D\r\033");
	pty_await_gone(f->run, "event log");
	pty_type(f->run, "\033");
	pty_type(f->run, "\t");
	pty_await(f->run, "  started  ");
	pty_type(f->run, "\t");
	pty_await(f->run, "step 2 of 50"); /* the ramp goes on */
	pty_await(f->run, "▶ running");
	pty_type(f->run, "q");
	pty_await(f->run, "End the run now?");
	pty_type(f->run, "n");
	pty_await_gone(f->run, "End the run now?");
	pty_await(f->run, "▶ running");
	pty_type(f->run, "q");
	pty_await(f->run, "End the run now?");
	pty_type(f->run, "y");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
	assert_int_equal(pty_count(f->run, "benchtop show 1"), 1);
	assert_stored_as(f, "1", "stopped");
	snprintf(words, sizeof(words), "suite --list %s.ini", f->db);
	text = output(f, words);
	assert_non_null(strstr(text, "again"));
	assert_non_null(strstr(text, "stages"));
	free(text);
}

/* A resize spoils what the terminal showed, so each size is drawn whole. */
static void it_fits_itself_into_any_size(void **state)
{
	static const struct {
		int w, h;
		const char *shown;
	} sizes[] = { { 200, 60, "slowest operations" }, { 40, 12, "▶ running" },
		{ 20, 5, "op/s p99" }, { 1, 1, NULL }, { 80, 24, "memory and processor" } };
	struct pty_case *f = *state;

	start(f, 80, 24, LONG, NULL);
	pty_await(f->run, "▶ running");
	for (size_t i = 0; i < BT_LEN(sizes); i++) {
		pty_resize(f->run, sizes[i].w, sizes[i].h);
		pty_await_gone(f->run, "~");
		if (sizes[i].shown)
			pty_await(f->run, sizes[i].shown);
	}
	kill(f->run->pid, SIGTERM);
	assert_int_equal(pty_end(f->run), 143);
	pty_assert_restored(f->run);
}

/* Whatever a shell and other programs drew meanwhile. */
static void spoil(struct pty_run *run)
{
	for (int y = 0; y < run->h; y++)
		for (int x = 0; x < run->w; x++)
			run->cells[y][x] = '~';
}

static void go_away_and_come_back(struct pty_run *run)
{
	pty_type(run, "\032");
	pty_await_stop(run);
	pty_assert_restored(run);
	spoil(run);
	kill(run->pid, SIGCONT);
	pty_await_gone(run, "~");
	assert_true(run->alternate);
}

static void it_can_be_suspended(void **state)
{
	struct pty_case *f = *state;

	start(f, 80, 24, LONG, NULL);
	pty_await(f->run, "▶ running");
	go_away_and_come_back(f->run);
	pty_await(f->run, "▶ running");
	pty_type(f->run, "qy");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

/* Hundreds of frames that each sent only what had changed, and one that sent everything, show the
 * same. */
static void nothing_stale_is_left_on_the_screen(void **state)
{
	struct pty_case *f = *state;
	char *before;

	start(f, 200, 60, "run sim --profile stress --rate 200 --step x2 --hold 1s --max-rate 100k",
		NULL);
	pty_await(f->run, "✔ done");
	while (pty_pump(f->run, 400))
		;
	before = strdup(pty_text(f->run));
	go_away_and_come_back(f->run);
	while (pty_pump(f->run, 400))
		;
	assert_string_equal(pty_text(f->run), before);
	free(before);
	pty_type(f->run, "q");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

static const struct way_out {
	const char *keys;
	int signal, status;
	bool browsing; /* also out of the history */
} ways_out[] = {
	{ "qy", 0, 0, false },
	{ "q\r", 0, 0, false },
	{ "\003", 0, 130, true },
	{ "", SIGINT, 130, true },
	{ "", SIGTERM, 143, true },
	{ "", SIGHUP, 129, true },
};

static void take_way_out(struct pty_run *run, const struct way_out *way)
{
	pty_type(run, way->keys);
	if (way->signal)
		kill(run->pid, way->signal);
	assert_int_equal(pty_end(run), way->status);
	pty_assert_restored(run);
}

static void every_way_out_restores_the_terminal_and_stores_the_run(void **state)
{
	struct pty_case *f = *state;

	for (size_t i = 0; i < BT_LEN(ways_out); i++) {
		start(f, 80, 24, LONG " --on-hangup stop", NULL);
		pty_await(f->run, "▶ running");
		take_way_out(f->run, &ways_out[i]);
		pty_await(f->run, "benchtop show ");
		assert_stored_as(f, "last", "stopped");
	}
}

/* Of the timer that ends what hangs. */
static void an_end_that_waits_for_nothing_restores_the_terminal(void **state)
{
	struct pty_case *f = *state;

	start(f, 80, 24, LONG, NULL);
	pty_await(f->run, "▶ running");
	kill(f->run->pid, SIGALRM);
	assert_int_equal(pty_end(f->run), 128 + SIGALRM);
	pty_assert_restored(f->run);
}

/* Tries until the run has seen that its terminal is gone, and no longer takes it for who
 * commands. */
static void stop_from_elsewhere(struct pty_case *f)
{
	char command[300];
	int status = -1;

	snprintf(command, sizeof(command), "'%s' attach last --stop --db '%s' > /dev/null 2>&1",
		pty_program(), f->db);
	for (unsigned i = 0; i < 600 && status != 0; i++) {
		status = system(command);
		if (status != 0)
			usleep(50000);
	}
	assert_int_equal(status, 0);
}

static void a_run_outlives_its_terminal_and_is_attached_to(void **state)
{
	struct pty_case *f = *state;
	struct pty_run *lost;

	setenv("XDG_RUNTIME_DIR", f->dir, 1);
	start(f, 80, 24, LONG, NULL);
	pty_await(f->run, "▶ running");
	lost = f->run;
	f->run = NULL;
	pty_hang_up(lost);
	start(f, 80, 24, "attach last", NULL);
	pty_await(f->run, "▶ running");
	pty_type(f->run, "q"); /* leaves, and asks nothing: the run is not ours to end */
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
	stop_from_elsewhere(f);
	assert_stored_as(f, "last", "stopped");
	pty_free(lost);
}

static void a_stored_run_is_played_again(void **state)
{
	struct pty_case *f = *state;

	free(output(f, "run sim --rate 500 --duration 2s --no-tui"));
	start(f, 80, 24, "replay last", NULL);
	pty_await(f->run, "replay");
	pty_type(f->run, "]");
	pty_await(f->run, "■ replay");
	pty_type(f->run, "q");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

static void every_way_out_of_the_history_restores_the_terminal(void **state)
{
	static const struct way_out q = { "q", 0, 0, true };
	struct pty_case *f = *state;

	free(output(f, "run null --ops 1000 --no-tui"));
	for (size_t i = 0; i < BT_LEN(ways_out); i++) {
		start(f, 80, 24, "", NULL);
		pty_await(f->run, "1 run");
		take_way_out(f->run, ways_out[i].browsing ? &ways_out[i] : &q);
	}
}

/* A run that ends by itself stays on the screen; it is stored as ended all the same. */
static void the_end_stays_until_a_key(void **state)
{
	struct pty_case *f = *state;

	start(f, 80, 24, "run sim --rate 500 --duration 1s", NULL);
	pty_await(f->run, "✔ done");
	assert_stored_as(f, "1", "ended");
	pty_type(f->run, "\t");
	pty_await(f->run, "1 run");
	pty_type(f->run, "\t");
	pty_await(f->run, "✔ done");
	pty_type(f->run, "\r");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

/* A server that needs an hour for what is in flight, and a user who does not want to wait a minute
 * for it. */
static void asking_again_cuts_the_drain_short(void **state)
{
	static const struct {
		const char *keys;
		int signal, status;
	} ways[] = { { "\003", 0, 130 }, { "", SIGTERM, 143 }, { "q", 0, 0 } };
	struct pty_case *f = *state;

	for (size_t i = 0; i < BT_LEN(ways); i++) {
		start(f, 80, 24, "run sim --service 10s --rate 100 --duration 10m --drain 10m",
			NULL);
		pty_await(f->run, "▶ running");
		pty_type(f->run, "qy");
		pty_await(f->run, "■ ending");
		pty_type(f->run, ways[i].keys);
		if (ways[i].signal)
			kill(f->run->pid, ways[i].signal);
		assert_int_equal(pty_end(f->run), ways[i].status);
		pty_assert_restored(f->run);
		assert_stored_as(f, "last", "stopped");
	}
}

static double number(const json_t *root, const char *field)
{
	const json_t *value = json_object_get(root, field);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

/* Numbers as the screen writes them, from the report. */
static void the_history_opens_runs_and_agrees_with_show(void **state)
{
	struct pty_case *f = *state;
	char buf[BT_FMT_MAX], want[100];
	json_t *root;

	free(output(f, "run sim --rate 700 --duration 2s --error-rate 2% --no-tui"));
	free(output(f, "run null --ops 1000 --no-tui"));
	root = stored(f, "1");
	start(f, 120, 36, "", NULL);
	pty_await(f->run, "2 runs");
	pty_type(f->run, "j\r");
	pty_await(f->run, "✔ done");
	bt_fmt_group(buf, sizeof(buf), (uint64_t)number(root, "completed"));
	snprintf(want, sizeof(want), "= %s completed", buf);
	pty_await(f->run, want);
	bt_fmt_group(buf, sizeof(buf), (uint64_t)number(root, "failed"));
	snprintf(want, sizeof(want), "+ %s failed", buf);
	pty_await(f->run, want);
	pty_resize(f->run, 80, 24);
	bt_fmt_ns(buf, sizeof(buf),
		number(json_object_get(json_object_get(root, "latency_ns"), "response"), "p99"));
	snprintf(want, sizeof(want), "   p99 %s   errors", buf);
	pty_await(f->run, want);
	bt_fmt_rate(buf, sizeof(buf), number(root, "throughput"));
	snprintf(want, sizeof(want), " %s op/s throughput", buf);
	pty_await(f->run, want);
	bt_fmt_share(buf, sizeof(buf), number(root, "error_rate"));
	snprintf(want, sizeof(want), "errors %s", buf);
	pty_await(f->run, want);
	pty_type(f->run, "\033");
	pty_await(f->run, "2 runs");
	pty_type(f->run, "q");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
	json_decref(root);
}

/* All views once. */
static void tour(struct pty_case *f)
{
	pty_await(f->run, "running");
	pty_type(f->run, "?");
	pty_await(f->run, "this help");
	pty_type(f->run, "?");
	pty_await_gone(f->run, "this help");
	pty_type(f->run, "\t");
	pty_await(f->run, "  started  ");
	pty_type(f->run, "\t");
	pty_await(f->run, "running");
	pty_type(f->run, "qy");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

static void no_color_is_honoured(void **state)
{
	static const char *const mono[] = { "NO_COLOR=1", NULL };
	struct pty_case *f = *state;

	start(f, 120, 36, RAMP, mono);
	tour(f);
	assert_int_equal(f->run->colours, 0);
	start(f, 120, 36, RAMP, NULL);
	tour(f);
	assert_true(f->run->colours > 0);
}

static void colours_are_as_many_as_the_terminal_has(void **state)
{
	static const char *const rgb[] = { "COLORTERM=truecolor", NULL };
	static const char *const few[] = { "TERM=xterm", "COLORTERM", NULL };
	static const char *const screen[] = { "TERM=screen-256color", "COLORTERM=truecolor", "TMUX",
		NULL };
	struct pty_case *f = *state;

	start(f, 120, 36, RAMP, rgb);
	tour(f);
	assert_true(f->run->rgb > 0);
	start(f, 120, 36, RAMP, few);
	tour(f);
	assert_true(f->run->colours > 0);
	assert_int_equal(f->run->rgb, 0);
	start(f, 120, 36, RAMP, screen);
	tour(f);
	assert_true(f->run->colours > 0);
	assert_int_equal(f->run->rgb, 0);
}

static void a_click_on_a_word_of_the_key_line_is_that_key(void **state)
{
	struct pty_case *f = *state;

	start(f, 80, 24, LONG, NULL);
	pty_await(f->run, "▶ running");
	pty_click(f->run, "pause");
	pty_await(f->run, "‖ paused");
	pty_click(f->run, "Tab history");
	pty_await(f->run, "  started  ");
	pty_click(f->run, "quit");
	pty_await(f->run, "End the run now?");
	pty_type(f->run, "y");
	assert_int_equal(pty_end(f->run), 0);
	pty_assert_restored(f->run);
}

static void the_mouse_can_be_left_to_the_terminal(void **state)
{
	struct pty_case *f = *state;
	char file[100], theme[120];
	const char *const env[] = { theme, NULL };
	FILE *out;

	start(f, 80, 24, LONG " --no-mouse", NULL);
	pty_await(f->run, "▶ running");
	assert_false(f->run->mouse);
	pty_type(f->run, "qy");
	assert_int_equal(pty_end(f->run), 0);
	snprintf(file, sizeof(file), "%s/theme.ini", f->dir);
	snprintf(theme, sizeof(theme), "BENCHTOP_THEME=%s", file);
	out = fopen(file, "w");
	assert_non_null(out);
	fputs("[screen]\nmouse = no\n", out);
	fclose(out);
	start(f, 80, 24, "", env);
	pty_await(f->run, "1 run");
	assert_false(f->run->mouse);
	pty_type(f->run, "q");
	assert_int_equal(pty_end(f->run), 0);
	unlink(file);
}

static void a_locale_without_utf8_gets_ascii(void **state)
{
	static const char *const ascii[] = { "LC_ALL", "LANG=C", NULL };
	struct pty_case *f = *state;

	start(f, 120, 36, RAMP, ascii);
	tour(f);
	assert_int_equal(f->run->not_ascii, 0);
	start(f, 120, 36, RAMP, NULL);
	tour(f);
	assert_true(f->run->not_ascii > 0);
}

/* A terminal that nobody knows, or none: the run takes place all the same. */
static void without_a_known_terminal_there_are_lines(void **state)
{
	static const char *const odd[] = { "TERM=nobody-knows-it", NULL };
	static const char *const dumb[] = { "TERM=dumb", NULL };
	struct pty_case *f = *state;

	start(f, 80, 60, "run null --ops 1000", odd);
	assert_int_equal(pty_end(f->run), 0);
	assert_int_equal(pty_count(f->run, "\"nobody-knows-it\""), 1);
	assert_int_equal(pty_count(f->run, "benchtop show 1"), 1);
	pty_assert_restored(f->run);
	start(f, 80, 60, "run null --ops 1000", dumb);
	assert_int_equal(pty_end(f->run), 0);
	assert_int_equal(pty_count(f->run, "benchtop show 2"), 1);
}

static void a_terminal_that_cannot_show_the_dashboard_is_named(void **state)
{
	static const char *const types[] = { "nobody-knows-it", "dumb", "" };
	static const char *const commands[] = { "", "replay 1" };
	struct pty_case *f = *state;

	start(f, 80, 24, "run null --ops 1000 --no-tui", NULL);
	assert_int_equal(pty_end(f->run), 0);
	for (unsigned t = 0; t < BT_LEN(types); t++)
		for (unsigned c = 0; c < BT_LEN(commands); c++) {
			char term[40], quoted[40];
			const char *const env[] = { term, NULL };

			snprintf(term, sizeof(term), "TERM=%s", types[t]);
			snprintf(quoted, sizeof(quoted), "\"%s\" (TERM)", types[t]);
			start(f, 80, 24, commands[c], env);
			assert_int_equal(pty_end(f->run), 3);
			assert_int_equal(pty_count(f->run, quoted), 1);
			pty_assert_restored(f->run);
		}
}

/* A watcher gets lines, as the run itself does there; the history is text on any terminal. */
static void a_watcher_without_a_known_terminal_gets_lines(void **state)
{
	static const char *const types[] = { "nobody-knows-it", "dumb", "" };
	struct pty_case *f = *state;

	setenv("XDG_RUNTIME_DIR", f->dir, 1);
	start(f, 120, 60, "run sim --rate 100 --duration 1m --detach", NULL);
	assert_int_equal(pty_end(f->run), 0);
	for (unsigned t = 0; t < BT_LEN(types); t++) {
		char term[40];
		const char *const env[] = { term, NULL };

		snprintf(term, sizeof(term), "TERM=%s", types[t]);
		start(f, 120, 60, "attach last --status-interval 100ms", env);
		pty_await(f->run, "segment");
		pty_await(f->run, "  load  ");
		assert_int_equal(
			pty_count(f->run, "(TERM) is not known here; the run is shown in lines"),
			t == 0);
		kill(f->run->pid, SIGINT);
		assert_int_equal(pty_end(f->run), 130);
		pty_assert_restored(f->run);
		start(f, 120, 60, "history", env);
		assert_int_equal(pty_end(f->run), 0);
		assert_int_equal(pty_count(f->run, "running"), 1);
		pty_assert_restored(f->run);
	}
	stop_from_elsewhere(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ramp_is_watched_and_steered),
		TEST(it_fits_itself_into_any_size),
		TEST(it_can_be_suspended),
		TEST(nothing_stale_is_left_on_the_screen),
		TEST(every_way_out_restores_the_terminal_and_stores_the_run),
		TEST(an_end_that_waits_for_nothing_restores_the_terminal),
		TEST(a_run_outlives_its_terminal_and_is_attached_to),
		TEST(a_stored_run_is_played_again),
		TEST(every_way_out_of_the_history_restores_the_terminal),
		TEST(the_end_stays_until_a_key),
		TEST(asking_again_cuts_the_drain_short),
		TEST(the_history_opens_runs_and_agrees_with_show),
		TEST(no_color_is_honoured),
		TEST(colours_are_as_many_as_the_terminal_has),
		TEST(a_click_on_a_word_of_the_key_line_is_that_key),
		TEST(the_mouse_can_be_left_to_the_terminal),
		TEST(a_locale_without_utf8_gets_ascii),
		TEST(without_a_known_terminal_there_are_lines),
		TEST(a_terminal_that_cannot_show_the_dashboard_is_named),
		TEST(a_watcher_without_a_known_terminal_gets_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
