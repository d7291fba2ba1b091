/* Whole visits to the dashboard, key by key, with the real program. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "pty_case.h"

/* The launch view remembers in a place of the test's own. */
static void visit(struct pty_case *f, int w, int h)
{
	static char state[100];
	static const char *const env[] = { state, NULL };

	snprintf(state, sizeof(state), "XDG_STATE_HOME=%s", f->dir);
	start(f, w, h, "", env);
}

static int forget(void **state)
{
	struct pty_case *f = *state;
	char path[120];

	snprintf(path, sizeof(path), "%s/benchtop/launch.ini", f->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/benchtop", f->dir);
	rmdir(path);
	return tear_down(state);
}

static void leave(struct pty_run *run)
{
	pty_type(run, "q");
	assert_int_equal(pty_end(run), 0);
	pty_assert_restored(run);
}

static void a_ramp_is_launched_spiked_found_compared_and_replayed(void **state)
{
	struct pty_case *f = *state;
	char *text;

	free(output(f,
		"run sim --profile stress --rate 100 --step 100 --hold 1s --max-rate 200 "
		"--no-tui"));
	visit(f, 120, 36);
	pty_await(f->run, "1 run");
	pty_type(f->run, "n");
	pty_await(f->run, "12 steps, 100 to 1.20k op/s");
	pty_await(f->run, "$ benchtop run sim --profile stress");
	pty_type(f->run, "\t\tj\r"); /* the options, and there the second: hold */
	pty_await(f->run, "Enter ok");
	pty_type(f->run, "\025soon\r");
	pty_await(f->run, "--hold: 'soon': expected a duration");
	pty_type(f->run, "\025");
	pty_type(f->run, "9s\r");
	pty_await(f->run, "--hold 9s");
	pty_type(f->run, "s");
	pty_await(f->run, "▶ running");
	pty_type(f->run, "s");
	pty_await(f->run, "Enter ok");
	pty_type(f->run, "\025x3 1s\r");
	pty_await_gone(f->run, "Enter ok");
	pty_await(f->run, "▶ running");
	pty_type(f->run, "m");
	pty_await(f->run, "Enter ok");
	pty_type(f->run, "a visit\r");
	pty_await_gone(f->run, "Enter ok");
	pty_type(f->run, "q");
	pty_await(f->run, "End the run now?");
	pty_type(f->run, "y");
	pty_await(f->run, "2 runs"); /* back in the history, the new run under the cursor */
	assert_true(f->run->alternate);
	pty_type(f->run, "\r");
	pty_await(f->run, "■ stopped");
	pty_type(f->run, "\033");
	pty_await(f->run, "2 runs");
	pty_type(f->run, "n");
	pty_await(f->run, "--hold 9s"); /* remembered */
	pty_type(f->run, "\033");
	pty_await(f->run, "2 runs");
	pty_type(f->run, " ");
	pty_await(f->run, "1 marked");
	pty_type(f->run, "G ");
	pty_await(f->run, "2 marked");
	pty_type(f->run, "c"); /* the older one is A */
	pty_await(f->run, "A run 1");
	pty_await(f->run, "B run 2");
	/* Whether it got worse cannot be told from one run each, and it says so. */
	pty_await(f->run, "too few runs");
	pty_type(f->run, "\033");
	pty_await(f->run, "2 marked");
	pty_type(f->run, "p");
	pty_await(f->run, "replay");
	pty_type(f->run, "\033");
	pty_await(f->run, "2 marked");
	leave(f->run);
	text = output(f, "show 2 --json");
	assert_non_null(strstr(text, "a visit"));
	free(text);
}

/* Tags with blanks, quotes, commas and equals signs, typed as a shell has them. */
static void tags_are_typed_with_their_quotes(void **state)
{
	struct pty_case *f = *state;
	char *text;

	free(output(f, "run null --ops 10 --no-tui --tag old=1"));
	visit(f, 160, 36);
	pty_await(f->run, "1 run");
	pty_type(f->run, "t");
	pty_await(f->run, "Enter ok");
	pty_type(f->run, "\025'note=two words' list=1,2 \"it's=\\\"q\\\"\" a,b=c=d 'open\r");
	pty_await(f->run, "expected a closing quote");
	for (unsigned i = 0; i < 6; i++)
		pty_type(f->run, "\177");
	pty_type(f->run, "\r");
	pty_await_gone(f->run, "Enter ok");
	pty_type(f->run, "t"); /* and as they are shown then */
	pty_await(f->run, "'note=two words' list=1,2 'it'\\''s=\"q\"' a,b=c=d");
	pty_await(f->run, "Enter ok");
	pty_type(f->run, " x=y\r");
	pty_await_gone(f->run, "Enter ok");
	pty_type(f->run, "/tag='note=two words' tag=list=1,2\r");
	pty_await(f->run, "1 run");
	leave(f->run);
	text = output(f, "show 1 --json");
	assert_non_null(strstr(text,
		"\"tags\":{\"note\":\"two words\",\"list\":\"1,2\",\"it's\":\"\\\"q\\\"\","
		"\"a,b\":\"c=d\",\"x\":\"y\"}"));
	free(text);
}

/* Every list, and the help. */
static void the_launch_view_is_walked_through(void **state)
{
	struct pty_case *f = *state;

	free(output(f, "run null --ops 1000 --no-tui"));
	visit(f, 80, 24);
	pty_await(f->run, "1 run");
	pty_type(f->run, "n");
	pty_await(f->run, "planned load");
	pty_type(f->run, "g");
	pty_await(f->run, "$ benchtop run null");
	pty_type(f->run, "\033[B"); /* down, the way that this terminal does not send it */
	pty_await(f->run, "$ benchtop run sim");
	pty_type(f->run, "\tg");
	pty_await(f->run, "planned load: 100 op/s, 0:10");
	pty_type(f->run, "\033OB\033OB");
	pty_await(f->run, "--profile spike");
	pty_type(f->run, "?");
	pty_await(f->run, "this help");
	pty_type(f->run, "?");
	pty_await_gone(f->run, "this help");
	pty_type(f->run, "\033");
	pty_await(f->run, "1 run");
	leave(f->run);
}

static void a_click_opens_the_launch_view_and_chooses(void **state)
{
	struct pty_case *f = *state;

	free(output(f, "run null --ops 1000 --no-tui"));
	visit(f, 120, 36);
	pty_await(f->run, "1 run");
	pty_click(f->run, "n new");
	pty_await(f->run, "planned load");
	pty_click(f->run, "null");
	pty_await(f->run, "$ benchtop run null");
	leave(f->run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ramp_is_launched_spiked_found_compared_and_replayed),
		TEST(tags_are_typed_with_their_quotes),
		TEST(the_launch_view_is_walked_through),
		TEST(a_click_opens_the_launch_view_and_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
