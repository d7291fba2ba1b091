#include "cm.h"

#include <locale.h>
#include <math.h>

#include "ui_run.h"
#include "ui_history.h"
#include "ui/view.h"

struct fixture {
	struct fake_run *run;
	struct bt_model model;
	struct bt_columns columns;
	struct bt_screen screen;
	struct bt_trendline trend;
};

static struct fixture *new_fixture(const struct fake_conf *conf, unsigned ticks)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct bt_snapshot *snap;

	assert_non_null(f);
	f->run = fake_start(conf);
	assert_int_equal(bt_model_init(&f->model, &f->run->info, NULL), 0);
	while (ticks-- && (snap = fake_next(f->run)) != NULL)
		bt_model_put(&f->model, snap);
	f->screen.columns = &f->columns;
	f->screen.live = &f->model;
	f->screen.trend = &f->trend;
	fake_history(&f->screen.history, 100);
	f->screen.page = 20;
	bt_screen_show(&f->screen, &f->model);
	return f;
}

static void free_fixture(struct fixture *f)
{
	bt_model_fini(&f->model);
	bt_history_fini(&f->screen.history);
	free(f->run);
	free(f);
}

static enum bt_ask press(struct fixture *f, int ch)
{
	f->screen.ask = BT_ASK_NONE;
	bt_screen_key(&f->screen, ch);
	return f->screen.ask;
}

static void assert_command(struct fixture *f, int ch, enum bt_command_kind kind)
{
	assert_int_equal(press(f, ch), BT_ASK_COMMAND);
	assert_int_equal(f->screen.command.kind, kind);
}

static void q_asks_before_it_ends_a_run(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);

	(void)state;
	assert_int_equal(press(f, 'q'), BT_ASK_NONE);
	assert_true(f->screen.question);
	assert_int_equal(press(f, ' '), BT_ASK_NONE);
	assert_true(f->screen.question);
	assert_int_equal(press(f, 'n'), BT_ASK_NONE);
	assert_false(f->screen.question);
	press(f, 'q');
	assert_int_equal(press(f, 'y'), BT_ASK_STOP);
	f->screen.stopping = true;
	assert_int_equal(press(f, 'q'), BT_ASK_STOP); /* not waiting for what is in flight */
	assert_false(f->screen.question);
	free_fixture(f);
}

static void q_and_enter_leave_a_run_that_has_ended(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, UINT32_MAX);

	(void)state;
	assert_int_equal(press(f, 'q'), BT_ASK_LEAVE);
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_LEAVE);
	assert_int_equal(press(f, ' '), BT_ASK_NONE);
	assert_string_equal(f->screen.message, "this run has ended");
	free_fixture(f);
}

static void enter_does_not_end_a_run(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);

	(void)state;
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_NONE);
	assert_false(f->screen.question);
	free_fixture(f);
}

static void space_pauses_and_resumes(void **state)
{
	struct fake_conf conf = fake_ramp;
	struct fixture *f;

	(void)state;
	conf.pause_from_ns = 2 * BT_NS_PER_S;
	conf.pause_to_ns = 4 * BT_NS_PER_S;
	f = new_fixture(&conf, 10);
	assert_command(f, ' ', BT_CMD_PAUSE);
	free_fixture(f);
	f = new_fixture(&conf, 30);
	assert_command(f, ' ', BT_CMD_RESUME);
	free_fixture(f);
}

static void plus_and_minus_change_the_rate_by_a_tenth(void **state)
{
	struct fixture *f = new_fixture(&fake_flat, 20);

	(void)state;
	assert_command(f, '+', BT_CMD_RATE);
	assert_true(fabs(f->screen.command.rate - 550) < 1e-6);
	assert_command(f, '-', BT_CMD_RATE);
	assert_true(fabs(f->screen.command.rate - 500 / 1.1) < 1e-6);
	free_fixture(f);
}

static void a_closed_loop_has_no_rate(void **state)
{
	struct fixture *f = new_fixture(&fake_closed, 20);

	(void)state;
	assert_int_equal(press(f, '+'), BT_ASK_NONE);
	assert_string_equal(f->screen.message, "a closed loop has no rate to change");
	press(f, BT_KEY_UP);
	assert_string_equal(f->screen.message, "");
	free_fixture(f);
}

static void tab_goes_to_the_history_and_back(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);

	(void)state;
	assert_int_equal(press(f, BT_KEY_TAB), BT_ASK_HISTORY);
	f->screen.view = &bt_view_history;
	press(f, BT_KEY_TAB);
	assert_ptr_equal(f->screen.view, &bt_view_live);
	f->screen.view = &bt_view_history;
	press(f, BT_KEY_ESC);
	assert_ptr_equal(f->screen.view, &bt_view_live);
	f->screen.view = &bt_view_history;
	assert_int_equal(press(f, 'q'), BT_ASK_NONE);
	assert_true(f->screen.question);
	free_fixture(f);
}

static void help_returns_to_where_it_was_called_from(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);

	(void)state;
	press(f, '?');
	assert_ptr_equal(f->screen.view, &bt_view_help);
	press(f, 'q');
	assert_ptr_equal(f->screen.view, &bt_view_live);
	assert_false(f->screen.question);
	f->screen.view = &bt_view_history;
	press(f, '?');
	press(f, BT_KEY_ESC);
	assert_ptr_equal(f->screen.view, &bt_view_history);
	free_fixture(f);
}

static void keys_are_told_once_and_mean_one_thing(void **state)
{
	static const struct bt_view *const views[] = { &bt_view_live, &bt_view_history,
		&bt_view_sort, &bt_view_trend, &bt_view_compare, &bt_view_help };
	const struct bt_key *key, *other;
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(views); i++)
		for (key = views[i]->keys; key->name; key++) {
			assert_non_null(key->press);
			for (other = views[i]->keys; other < key; other++) {
				assert_int_not_equal(key->ch, other->ch);
				assert_int_not_equal(key->ch, other->also);
				assert_true(key->also == 0 || key->also != other->ch);
			}
		}
}

/* Types a text into the open line, in the place of what it held, and Enter. */
static enum bt_ask answer(struct fixture *f, const char *text)
{
	press(f, BT_KEY_END);
	press(f, 'u' & 0x1f);
	while (*text)
		press(f, *text++);
	return press(f, BT_KEY_ENTER);
}

static void a_rate_is_typed_or_refused_in_words(void **state)
{
	struct fixture *f = new_fixture(&fake_flat, 20);

	(void)state;
	press(f, 'r');
	assert_string_equal(f->screen.prompt.text, "500");
	assert_int_equal(answer(f, "much"), BT_ASK_NONE);
	assert_string_equal(
		f->screen.message, "\"much\": expected op/s, as 1500 or 1.5k, or a factor, as x2");
	assert_non_null(f->screen.prompt.ops);
	assert_int_equal(answer(f, "0"), BT_ASK_NONE);
	assert_int_equal(answer(f, "1.5k"), BT_ASK_COMMAND);
	assert_int_equal(f->screen.command.kind, BT_CMD_RATE);
	assert_true(f->screen.command.rate == 1500);
	assert_null(f->screen.prompt.ops);
	press(f, 'r');
	assert_int_equal(answer(f, "x3"), BT_ASK_COMMAND);
	assert_true(f->screen.command.rate == 1500);
	free_fixture(f);
}

static void a_spike_is_as_much_and_as_long_as_is_typed(void **state)
{
	static const struct {
		const char *text;
		enum bt_ask ask;
		double rate, factor;
		uint64_t span_ns;
	} rows[] = { { "x2 10s", BT_ASK_COMMAND, 0, 2, 10 * BT_NS_PER_S },
		{ "2k 1m30s", BT_ASK_COMMAND, 2000, 0, 90 * BT_NS_PER_S },
		{ "x2", BT_ASK_NONE, 0, 0, 0 }, { "x2 10s now", BT_ASK_NONE, 0, 0, 0 },
		{ "xx 10s", BT_ASK_NONE, 0, 0, 0 }, { "x2 soon", BT_ASK_NONE, 0, 0, 0 },
		{ "x2 0s", BT_ASK_NONE, 0, 0, 0 }, { "", BT_ASK_NONE, 0, 0, 0 } };
	struct fixture *f = new_fixture(&fake_flat, 20);
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(rows); i++) {
		press(f, 's');
		assert_int_equal(answer(f, rows[i].text), rows[i].ask);
		assert_true((f->screen.message[0] == '\0') == (rows[i].ask == BT_ASK_COMMAND));
		if (rows[i].ask == BT_ASK_COMMAND) {
			assert_int_equal(f->screen.command.kind, BT_CMD_SPIKE);
			assert_true(f->screen.command.rate == rows[i].rate);
			assert_true(f->screen.command.factor == rows[i].factor);
			assert_int_equal(f->screen.command.span_ns, rows[i].span_ns);
		}
		press(f, BT_KEY_ESC);
	}
	free_fixture(f);
}

static void notes_steps_baselines_and_files_are_asked_for(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 120);
	char much[BT_COMMAND_TEXT + 1];

	(void)state;
	assert_command(f, 'n', BT_CMD_NEXT);
	press(f, 'm');
	assert_int_equal(answer(f, ""), BT_ASK_NONE);
	press(f, 'm');
	assert_int_equal(answer(f, "cache emptied"), BT_ASK_COMMAND);
	assert_int_equal(f->screen.command.kind, BT_CMD_NOTE);
	assert_string_equal(f->screen.command.text, "cache emptied");
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	press(f, 'm');
	assert_int_equal(answer(f, much), BT_ASK_NONE);
	assert_string_equal(f->screen.message, "a note has at most 999 bytes, this one 1000");
	press(f, BT_KEY_ESC);
	press(f, 'b');
	assert_int_equal(answer(f, "release"), BT_ASK_COMMAND);
	assert_int_equal(f->screen.command.kind, BT_CMD_BASELINE);
	assert_string_equal(f->screen.command.text, "release");
	assert_int_equal(f->screen.command.from_ns, 0);
	assert_int_equal(f->screen.command.to_ns, 12 * BT_NS_PER_S);
	press(f, 'w');
	assert_string_equal(f->screen.prompt.text, "run-42.ini");
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_SAVE);
	assert_string_equal(f->screen.ask_text, "run-42.ini");
	free_fixture(f);
}

static void a_run_that_has_ended_is_not_steered(void **state)
{
	static const char keys[] = "+-rsnmb ";
	struct fixture *f = new_fixture(&fake_flat, UINT32_MAX);
	size_t i;

	(void)state;
	for (i = 0; keys[i]; i++) {
		assert_int_equal(press(f, keys[i]), BT_ASK_NONE);
		assert_null(f->screen.prompt.ops);
		assert_string_equal(f->screen.message, "this run has ended");
	}
	free_fixture(f);
}

static void a_replay_is_paused_sought_through_and_sped_up(void **state)
{
	struct fixture *f = new_fixture(&fake_flat, 150);

	(void)state;
	f->run->info.status = "replay 4x";
	f->screen.live = NULL;
	f->screen.stored = &f->model;
	assert_command(f, '+', BT_CMD_SPEED);
	assert_true(f->screen.command.factor == 8);
	assert_command(f, '-', BT_CMD_SPEED);
	assert_true(f->screen.command.factor == 2);
	assert_command(f, '[', BT_CMD_SEEK);
	assert_int_equal(f->screen.command.t_ns, 5 * BT_NS_PER_S);
	assert_command(f, ']', BT_CMD_SEEK);
	assert_int_equal(f->screen.command.t_ns, 25 * BT_NS_PER_S);
	assert_command(f, ' ', BT_CMD_PAUSE);
	f->run->info.status = "replay 4x, paused";
	assert_command(f, ' ', BT_CMD_RESUME);
	assert_int_equal(press(f, 's'), BT_ASK_NONE);
	assert_string_equal(
		f->screen.message, "a replay shows what was; its load cannot be changed");
	free_fixture(f);
}

static char accepted[BT_PROMPT_MAX];
static unsigned changes, cancels;

static void on_change(struct bt_screen *screen)
{
	changes += screen->prompt.ops != NULL;
}

static bool on_accept(struct bt_screen *screen, const char *text)
{
	snprintf(accepted, sizeof(accepted), "%s", text);
	if (strcmp(text, "no") == 0)
		snprintf(screen->message, sizeof(screen->message), "refused");
	return strcmp(text, "no") != 0;
}

static void on_cancel(struct bt_screen *screen)
{
	cancels += screen->prompt.ops == NULL;
}

static const struct bt_prompt_ops prompt_ops = { on_change, on_accept, on_cancel };

static void a_line_is_typed_with_the_usual_keys(void **state)
{
	static const struct {
		const char *begin, *want;
		int keys[8];
	} rows[] = {
		{ "", "q?", { 'q', '?' } },
		{ "ab", "aXb", { BT_KEY_LEFT, 'X' } },
		{ "ab", "Xab", { BT_KEY_HOME, 'X' } },
		{ "ab", "abX", { BT_KEY_HOME, BT_KEY_END, 'X' } },
		{ "ab", "aX", { BT_KEY_BACKSPACE, 'X' } },
		{ "ab", "b", { BT_KEY_HOME, BT_KEY_DELETE } },
		{ "ab", "ab", { BT_KEY_DELETE, BT_KEY_RIGHT, BT_KEY_UP } },
		{ "", "", { BT_KEY_BACKSPACE, BT_KEY_LEFT, 'w' & 0x1f } },
		{ "one two ", "one ", { 'w' & 0x1f } },
		{ "one two", "two", { BT_KEY_LEFT, BT_KEY_LEFT, BT_KEY_LEFT, 'u' & 0x1f } },
		{ "a\u00e4\u4e2d", "aX\u4e2d", { BT_KEY_LEFT, BT_KEY_BACKSPACE, 'X' } },
		{ "e\u0301x", "x", { BT_KEY_LEFT, BT_KEY_BACKSPACE } },
		{ "", "\u00b5", { 0xb5, 0x80, 0x110000, 7 } },
	};
	struct fixture *f = new_fixture(&fake_ramp, 20);
	size_t i, k;

	(void)state;
	for (i = 0; i < BT_LEN(rows); i++) {
		bt_prompt_open(&f->screen.prompt, "text", rows[i].begin, &prompt_ops);
		for (k = 0; k < BT_LEN(rows[i].keys) && rows[i].keys[k]; k++)
			assert_int_equal(press(f, rows[i].keys[k]), BT_ASK_NONE);
		assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_NONE);
		assert_string_equal(accepted, rows[i].want);
		assert_null(f->screen.prompt.ops);
	}
	free_fixture(f);
}

static void a_line_is_followed_refused_and_given_up(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);

	(void)state;
	changes = cancels = 0;
	bt_prompt_open(&f->screen.prompt, "text", "n", &prompt_ops);
	press(f, 'o');
	press(f, BT_KEY_LEFT);
	assert_int_equal(changes, 1);
	press(f, BT_KEY_ENTER);
	assert_non_null(f->screen.prompt.ops);
	assert_string_equal(f->screen.prompt.text, "no");
	assert_string_equal(f->screen.message, "refused");
	press(f, BT_KEY_ESC);
	assert_null(f->screen.prompt.ops);
	assert_int_equal(cancels, 1);
	press(f, 'q');
	assert_true(f->screen.question);
	free_fixture(f);
}

static void a_line_holds_what_it_has_room_for_in_whole_characters(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 20);
	char *much = malloc(BT_PROMPT_MAX + 10);
	struct bt_grid grid;
	char *text;
	int i;

	(void)state;
	for (i = 0; i <= BT_PROMPT_MAX / 3; i++)
		memcpy(much + (size_t)i * 3, "\u4e2d", 4);
	assert_false(bt_prompt_open(&f->screen.prompt, "text", much, &prompt_ops));
	much[BT_PROMPT_MAX / 3 * 3] = '\0';
	assert_true(bt_prompt_open(&f->screen.prompt, "text", much, &prompt_ops));
	press(f, 'x');
	assert_false(f->screen.prompt.full);
	press(f, 'x');
	assert_true(f->screen.prompt.full);
	assert_int_equal(strlen(f->screen.prompt.text), BT_PROMPT_MAX - 1);
	press(f, BT_KEY_BACKSPACE);
	press(f, BT_KEY_BACKSPACE);
	press(f, 'x');
	assert_false(f->screen.prompt.full);
	assert_int_equal(bt_grid_init(&grid, 80, 24, false, NULL), 0);
	bt_screen_draw(&grid, &f->screen);
	text = bt_grid_text(&grid);
	assert_non_null(strstr(text, "\u4e2dx"));
	free(text);
	free(much);
	bt_grid_fini(&grid);
	free_fixture(f);
}

/* Any keys in any order, drawn at sizes that change. */
static void a_monkey_does_no_harm(void **state)
{
	static const int keys[] = { 'q', 'n', '?', ' ', '+', '-', 'j', 'k', 'x', 0x1f600, 'h', 'l',
		'z', 'e', 'r', 's', 'm', 'b', 'w', '[', '<', '>', BT_KEY_LEFT, BT_KEY_RIGHT,
		BT_KEY_BACKSPACE, BT_KEY_TAB, BT_KEY_ESC, BT_KEY_ENTER, BT_KEY_UP, BT_KEY_DOWN,
		BT_KEY_PGDN, BT_KEY_END, BT_KEY_HOME };
	struct fixture *f = new_fixture(&fake_ramp, 1);
	uint64_t rng = 3;
	struct bt_grid grid;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		rng = rng * UINT64_C(6364136223846793005) + 1;
		press(f, keys[(rng >> 33) % BT_LEN(keys)]);
		if (f->screen.ask == BT_ASK_HISTORY)
			f->screen.view = &bt_view_history;
		if (!f->run->snap.last)
			bt_model_put(&f->model, fake_next(f->run));
		assert_int_equal(bt_grid_init(&grid, (int)(rng >> 40) % 140, (int)(rng >> 50) % 50,
					 i % 2, NULL),
			0);
		bt_screen_draw(&grid, &f->screen);
		bt_grid_fini(&grid);
	}
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(q_asks_before_it_ends_a_run),
		cmocka_unit_test(q_and_enter_leave_a_run_that_has_ended),
		cmocka_unit_test(enter_does_not_end_a_run),
		cmocka_unit_test(space_pauses_and_resumes),
		cmocka_unit_test(plus_and_minus_change_the_rate_by_a_tenth),
		cmocka_unit_test(a_closed_loop_has_no_rate),
		cmocka_unit_test(tab_goes_to_the_history_and_back),
		cmocka_unit_test(help_returns_to_where_it_was_called_from),
		cmocka_unit_test(keys_are_told_once_and_mean_one_thing),
		cmocka_unit_test(a_rate_is_typed_or_refused_in_words),
		cmocka_unit_test(a_spike_is_as_much_and_as_long_as_is_typed),
		cmocka_unit_test(notes_steps_baselines_and_files_are_asked_for),
		cmocka_unit_test(a_run_that_has_ended_is_not_steered),
		cmocka_unit_test(a_replay_is_paused_sought_through_and_sped_up),
		cmocka_unit_test(a_line_is_typed_with_the_usual_keys),
		cmocka_unit_test(a_line_is_followed_refused_and_given_up),
		cmocka_unit_test(a_line_holds_what_it_has_room_for_in_whole_characters),
		cmocka_unit_test(a_monkey_does_no_harm),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
