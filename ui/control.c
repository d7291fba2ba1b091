#include "ui/control.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "ui/panel.h"

#define RATE_FACTOR  1.1
#define SPEED_FACTOR 2.0
#define SEEK_NS      (10 * BT_NS_PER_S)

/* "replay 10x" is what a replay's status says. NAN: no replay. */
static double replay_speed(const struct bt_screen *screen)
{
	static const char word[] = "replay";
	const char *status = screen->shown->info->status;
	double speed;

	if (screen->shown != screen->stored || !status ||
		strncmp(status, word, sizeof(word) - 1) != 0)
		return NAN;
	speed = strtod(status + sizeof(word) - 1, NULL);
	return speed > 0 ? speed : 1;
}

static bool is_replay(const struct bt_screen *screen)
{
	return !isnan(replay_speed(screen));
}

bool bt_control_goes_on(const struct bt_screen *screen)
{
	if (screen->shown == screen->live)
		return bt_screen_running(screen);
	return is_replay(screen) && !screen->shown->ended;
}

bool bt_control_takes_rates(const struct bt_screen *screen)
{
	return bt_control_goes_on(screen) && (is_replay(screen) || screen->shown->info->open_loop);
}

static bool refuse(struct bt_screen *screen, const char *words)
{
	snprintf(screen->message, sizeof(screen->message), "%s", words);
	return false;
}

/* True when the shown run takes commands; else says why not. */
static bool commandable(struct bt_screen *screen)
{
	if (bt_control_goes_on(screen))
		return true;
	return refuse(screen, "this run has ended");
}

/* The same of commands that change a load: a replay has none. */
static bool loadable(struct bt_screen *screen)
{
	if (is_replay(screen))
		return refuse(screen, "a replay shows what was; its load cannot be changed");
	return commandable(screen);
}

static void command(struct bt_screen *screen, struct bt_command cmd)
{
	screen->ask = BT_ASK_COMMAND;
	screen->command = cmd;
}

void bt_control_pause(struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	bool paused = last && last->paused;

	if (is_replay(screen))
		paused = strstr(screen->shown->info->status, "paused") != NULL;
	if (commandable(screen))
		command(screen,
			(struct bt_command){ .kind = paused ? BT_CMD_RESUME : BT_CMD_PAUSE });
}

/* The target of the moment, which must be a number above 0 to be changed. */
static bool find_target(struct bt_screen *screen, double *target)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);

	if (!loadable(screen))
		return false;
	*target = last ? last->target_rate : NAN;
	if (isfinite(*target) && *target > 0)
		return true;
	return refuse(screen,
		screen->shown->info->open_loop ? "no rate to change just now"
					       : "a closed loop has no rate to change");
}

static void change_rate(struct bt_screen *screen, double factor, double speed_factor)
{
	double target;

	if (is_replay(screen) && commandable(screen))
		command(screen,
			(struct bt_command){ .kind = BT_CMD_SPEED,
				.factor = replay_speed(screen) * speed_factor });
	else if (!is_replay(screen) && find_target(screen, &target))
		command(screen,
			(struct bt_command){ .kind = BT_CMD_RATE, .rate = target * factor });
}

void bt_control_more(struct bt_screen *screen)
{
	change_rate(screen, RATE_FACTOR, SPEED_FACTOR);
}

void bt_control_less(struct bt_screen *screen)
{
	change_rate(screen, 1 / RATE_FACTOR, 1 / SPEED_FACTOR);
}

/* Reads "1500", "1.5k" or, as a factor, "x2". One of the two becomes 0. */
static bool read_rate(struct bt_screen *screen, const char *text, double *rate, double *factor)
{
	bool is_factor = text[0] == 'x' || text[0] == 'X';
	double v = 0;

	if (bt_parse_number(&v, text + is_factor) < 0 || !(v > 0)) {
		snprintf(screen->message, sizeof(screen->message),
			"\"%.40s\": expected op/s, as 1500 or 1.5k, or a factor, as x2", text);
		return false;
	}
	*rate = is_factor ? 0 : v;
	*factor = is_factor ? v : 0;
	return true;
}

static bool accept_rate(struct bt_screen *screen, const char *text)
{
	double rate, factor, target;

	if (!read_rate(screen, text, &rate, &factor))
		return false;
	if (find_target(screen, &target))
		command(screen,
			(struct bt_command){
				.kind = BT_CMD_RATE, .rate = factor > 0 ? target * factor : rate });
	return true;
}

void bt_control_rate(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { .accept = accept_rate };
	double target;
	char text[BT_FMT_MAX];

	if (!find_target(screen, &target))
		return;
	snprintf(text, sizeof(text), "%.6g", target);
	bt_prompt_open(&screen->prompt, "rate, op/s", text, &ops);
}

static bool accept_spike(struct bt_screen *screen, const char *text)
{
	struct bt_command cmd = { .kind = BT_CMD_SPIKE };
	char first[40], second[40], more;
	double target;

	if (sscanf(text, "%39s %39s %c", first, second, &more) != 2)
		return refuse(screen, "expected how much and for how long, as x2 10s or 5k 30s");
	if (!read_rate(screen, first, &cmd.rate, &cmd.factor))
		return false;
	if (bt_parse_duration(&cmd.span_ns, second) < 0 || cmd.span_ns == 0) {
		snprintf(screen->message, sizeof(screen->message),
			"\"%s\": expected a length, as 10s or 1m30s", second);
		return false;
	}
	if (find_target(screen, &target))
		command(screen, cmd);
	return true;
}

void bt_control_spike(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { .accept = accept_spike };
	double target;

	if (find_target(screen, &target))
		bt_prompt_open(&screen->prompt, "spike: how much, how long", "x2 10s", &ops);
}

void bt_control_next(struct bt_screen *screen)
{
	if (loadable(screen))
		command(screen, (struct bt_command){ .kind = BT_CMD_NEXT });
}

static bool accept_note(struct bt_screen *screen, const char *text)
{
	struct bt_command cmd = { .kind = BT_CMD_NOTE };

	if (strlen(text) >= sizeof(cmd.text)) {
		snprintf(screen->message, sizeof(screen->message),
			"a note has at most %d bytes, this one %zu", BT_COMMAND_TEXT - 1,
			strlen(text));
		return false;
	}
	memcpy(cmd.text, text, strlen(text) + 1);
	if (text[0] && commandable(screen))
		command(screen, cmd);
	return true;
}

void bt_control_note(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { .accept = accept_note };

	if (loadable(screen))
		bt_prompt_open(&screen->prompt, "note", "", &ops);
}

/* What becomes a baseline: the window that is chosen or looked at, else the run so far. */
static void baseline_window(const struct bt_screen *screen, uint64_t *from_ns, uint64_t *to_ns)
{
	*from_ns = screen->scoped ? screen->window.from_ns : 0;
	*to_ns = screen->scoped ? screen->window.to_ns : bt_trace_end(&screen->shown->trace);
}

static bool accept_baseline(struct bt_screen *screen, const char *text)
{
	struct bt_command cmd = { .kind = BT_CMD_BASELINE };

	if (!text[0] || strlen(text) >= sizeof(cmd.text))
		return refuse(screen, "a baseline needs a name, of less than 1000 bytes");
	memcpy(cmd.text, text, strlen(text) + 1);
	baseline_window(screen, &cmd.from_ns, &cmd.to_ns);
	if (commandable(screen))
		command(screen, cmd);
	return true;
}

void bt_control_baseline(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { .accept = accept_baseline };
	char label[48], from[BT_FMT_MAX], to[BT_FMT_MAX];
	uint64_t from_ns, to_ns;

	if (!loadable(screen))
		return;
	bt_focus_renew(screen);
	baseline_window(screen, &from_ns, &to_ns);
	snprintf(label, sizeof(label), "baseline of %s–%s, name",
		bt_fmt_clock(from, sizeof(from), from_ns), bt_fmt_clock(to, sizeof(to), to_ns));
	bt_prompt_open(&screen->prompt, label, screen->shown->info->workload, &ops);
}

static bool accept_save(struct bt_screen *screen, const char *text)
{
	if (!text[0])
		return refuse(screen, "expected the name of a file");
	snprintf(screen->ask_text, sizeof(screen->ask_text), "%s", text);
	screen->ask = BT_ASK_SAVE;
	return true;
}

void bt_control_save(struct bt_screen *screen)
{
	static const struct bt_prompt_ops ops = { .accept = accept_save };
	const struct bt_run_info *info = screen->shown->info;
	char text[BT_PROMPT_MAX];

	if (!bt_model_last(screen->shown)) {
		refuse(screen, "nothing has run yet");
		return;
	}
	snprintf(text, sizeof(text), "%s.ini", info->workload);
	if (info->id)
		snprintf(text, sizeof(text), "run-%llu.ini", (unsigned long long)info->id);
	bt_prompt_open(&screen->prompt, "write the load to", text, &ops);
}

static void seek(struct bt_screen *screen, int sign)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	uint64_t t_ns = last ? last->t_ns : 0;

	if (!is_replay(screen)) {
		refuse(screen, "only a replay goes back and on");
		return;
	}
	t_ns = sign < 0 ? t_ns - BT_MIN(t_ns, SEEK_NS) : t_ns + SEEK_NS;
	command(screen, (struct bt_command){ .kind = BT_CMD_SEEK, .t_ns = t_ns });
}

void bt_control_back(struct bt_screen *screen)
{
	seek(screen, -1);
}

void bt_control_on(struct bt_screen *screen)
{
	seek(screen, 1);
}
