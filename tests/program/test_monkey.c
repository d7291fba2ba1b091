/*
 * Whatever is typed, clicked, resized and signalled: the dashboard stays up, gives the terminal
 * back, and draws it right. The seed is fixed. BT_MONKEY_KEYS: how much is done, 2,000 unless said
 * otherwise; the long form is 10,000.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "cm.h"
#include "pty_case.h"

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static unsigned long how_much(void)
{
	const char *said = getenv("BT_MONKEY_KEYS");

	return said ? strtoul(said, NULL, 10) : 2000;
}

/* All keys that views know, but those that begin a run or end the program; C-z is a signal's
 * matter. */
static const char *const keys[] = { "?", " ", "+", "-", "\t", "j", "k", "h", "l", "\r", "n", "\033",
	"\033OA", "\033OB", "\033OC", "\033OD", "\033[5~", "\033[6~", "\033[3~", "\033[Z", "\033OP",
	"\033OQ", "g", "G", "x", "z", "e", "m", "a", "7", "b", "/", "c", "t", "d", "u", "v", "\177",
	"\025", "\xc3\xa9", "\xe6\x97\xa5", "\x01", "\xff", "\033[" };

static void click(struct pty_run *run, uint64_t *seed)
{
	static const int buttons[] = { 0, 0, 64, 65, 2 };
	char text[64];

	/* Not on the key line, of any size that has one: "quit" and "start" stand there. */
	snprintf(text, sizeof(text), "\033[<%d;%d;%dM", buttons[draw(seed) % BT_LEN(buttons)],
		1 + (int)(draw(seed) % (uint64_t)run->w), 1 + (int)(draw(seed) % 10));
	pty_type(run, text);
}

static void resize(struct pty_run *run, uint64_t *seed)
{
	bool small = draw(seed) & 1;
	int w = 1 + (int)(draw(seed) % (small ? 30 : PTY_COLS));
	int h = 1 + (int)(draw(seed) % (small ? 15 : PTY_ROWS));

	pty_resize(run, w, h);
}

/* A stop, and the continuation by the shell. */
static void suspend(struct pty_run *run)
{
	kill(run->pid, SIGTSTP);
	pty_await_stop(run);
	pty_assert_restored(run);
	kill(run->pid, SIGCONT);
	run->status = -1;
	for (int i = 0; i < 1000 && !run->alternate;
		i++) /* until then the kernel echoes what is typed */
		pty_pump(run, 20);
	assert_true(run->alternate);
}

static void go_wild(struct pty_run *run, uint64_t seed, bool asks_before_it_ends)
{
	unsigned long n = how_much();

	for (unsigned long i = 0; i < n; i++) {
		uint64_t what = draw(&seed) % (BT_LEN(keys) + 7);

		if (i % 500 == 499)
			suspend(run);
		else if (what < BT_LEN(keys))
			pty_type(run, keys[what]);
		else if (what == BT_LEN(keys) + 5 && asks_before_it_ends)
			pty_type(run, "qn");
		else if (what < BT_LEN(keys) + 3)
			click(run, &seed);
		else if (what < BT_LEN(keys) + 5)
			resize(run, &seed);
		else
			kill(run->pid, draw(&seed) & 1 ? SIGWINCH : SIGCONT);
		pty_pump(run, i % 20 ? 0 : 20);
		if (!pty_goes_on(run))
			fail_msg(
				"it ended with status 0x%x after %lu keys, of which the last is %u",
				(unsigned)run->status, i, (unsigned)what);
	}
}

/* What the terminal shows after all that is what a whole redrawing shows. */
static void end_well(struct pty_run *run)
{
	pty_resize(run, 80, 24);
	pty_await_gone(run, "~");
	kill(run->pid, SIGTERM);
	assert_int_equal(pty_end(run), 143);
	pty_assert_restored(run);
}

static void a_live_run_survives_a_monkey(void **state)
{
	struct pty_case *f = *state;

	free(output(f, "run null --ops 1000 --no-tui"));
	start(f, 80, 24, "run sim --rate 200 --duration 1h", NULL);
	pty_await(f->run, "▶ running");
	go_wild(f->run, 20, true);
	end_well(f->run);
}

static void the_history_and_the_launch_view_survive_a_monkey(void **state)
{
	struct pty_case *f = *state;

	free(output(f, "run null --ops 1000 --no-tui"));
	free(output(f, "run sim --rate 500 --duration 1s --no-tui"));
	start(f, 80, 24, "", NULL);
	pty_await(f->run, "2 runs");
	pty_type(f->run, "n");
	pty_await(f->run, "launch");
	go_wild(f->run, 7, false);
	end_well(f->run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_live_run_survives_a_monkey),
		TEST(the_history_and_the_launch_view_survive_a_monkey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
