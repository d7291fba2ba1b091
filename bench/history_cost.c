/*
 * history: what ten thousand stored runs cost the dashboard, as ratios within one run of this
 * program; only the first figure is a time, and it stands beside what a tenth of the runs takes.
 *
 *   history
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "judge/change.h"
#include "store/store_impl.h"
#include "ui/view_history.h"

#define TURNS 15

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "history: %s\n", what);
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct bt_store *make_store(const char *path, unsigned runs)
{
	struct bt_store *store;
	struct bt_err err;
	char sql[800];

	need(bt_store_open(&store, path, BT_STORE_WRITE, &err) == 0, err.msg);
	snprintf(sql, sizeof(sql),
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
		" INSERT INTO run (id, started_ns, workload, profile, tags, host, open_loop, "
		"boot_id, pid, process_start, ending, duration_ns, verdict, throughput, peak_rate, "
		"error_rate, p50_ns, p99_ns, rss_peak, finding, commit_id, kind)"
		" SELECT i, i * 1000000000, 'bitcoin.block', 'load', 'release=0.' || (i %% 7), "
		"'bench', 1, 'boot', 1, 1, 'ended', 60000000000, 'valid', 1000 + i %% 97, 1100, 0, "
		"800000, 2000000 + i %% 1013 * 1000, 40000000, '', '0123456789abcdef', 1 FROM n",
		runs);
	need(bt_store_exec(store, sql, "filling it", &err) == 0, err.msg);
	return store;
}

/* The best of several turns, so that what else runs here does not count. */
static double list_ms(struct bt_store *store, struct bt_history *history)
{
	double best = 1e9;

	for (unsigned i = 0; i < TURNS; i++) {
		struct bt_run_list list;
		double before = cpu_ms();

		need(bt_store_list(store, &list, NULL, 0, NULL) == 0 &&
				bt_history_take(history, &list, 1, NULL) == 0,
			"cannot list the runs");
		best = BT_MIN(best, cpu_ms() - before);
	}
	return best;
}

/* A key and the screen it leads to. */
static double key_ms(struct bt_screen *screen, int ch)
{
	struct bt_grid grid;
	double best = 1e9;

	need(bt_grid_init(&grid, 120, 36, false, NULL) == 0, "no memory");
	for (unsigned i = 0; i < TURNS; i++) {
		double before = cpu_ms();

		bt_screen_key(screen, ch);
		bt_screen_draw(&grid, screen);
		best = BT_MIN(best, cpu_ms() - before);
	}
	bt_grid_fini(&grid);
	return best;
}

static double filter_ms(struct bt_history *history, const char *text)
{
	double best = 1e9;

	for (unsigned i = 0; i < TURNS; i++) {
		double before = cpu_ms();

		bt_history_filter(history, text);
		best = BT_MIN(best, cpu_ms() - before);
	}
	bt_history_filter(history, "");
	return best;
}

static double sort_ms(struct bt_history *history)
{
	double best = 1e9;

	while (bt_fields[history->sorted].better == 0)
		history->sorted++;
	for (unsigned i = 0; i < TURNS; i++) {
		double before = cpu_ms();

		history->ascending = !history->ascending;
		bt_history_refresh(history);
		best = BT_MIN(best, cpu_ms() - before);
	}
	history->sorted = BT_FIELD_RUN;
	history->ascending = false;
	bt_history_refresh(history);
	return best;
}

static double trend_ms(struct bt_screen *screen)
{
	double before = cpu_ms();

	bt_trend_show(screen);
	screen->view = &bt_view_history;
	return cpu_ms() - before;
}

int main(void)
{
	static struct bt_screen screens[2];
	static struct bt_trendline trends[2];
	static struct bt_columns columns;
	char directory[] = "/tmp/benchtop-history.XXXXXX", path[2][64], command[80];
	double list[2], key[2];

	setlocale(LC_CTYPE, "C.UTF-8");
	need(mkdtemp(directory) != NULL, "cannot make a directory");
	for (unsigned i = 0; i < 2; i++) {
		struct bt_store *store;

		snprintf(path[i], sizeof(path[i]), "%s/%u.db", directory, i);
		store = make_store(path[i], i ? 10000 : 1000);
		screens[i].view = &bt_view_history;
		screens[i].columns = &columns;
		screens[i].trend = &trends[i];
		screens[i].history.has_store = true;
		list[i] = list_ms(store, &screens[i].history);
		key[i] = key_ms(&screens[i], 'j');
		bt_store_close(store);
	}
	printf("list of 10,000 runs: %.1f ms of processor time, %.1f times that of 1,000\n",
		list[1], list[1] / list[0]);
	printf("a key and its screen, 10,000 against 1,000 runs: %.2f times\n", key[1] / key[0]);
	printf("against that list: a key %.4f, a filter %.3f, sorting %.3f, a trend %.3f\n",
		key[1] / list[1],
		filter_ms(&screens[1].history, "workload:bitcoin tag:release=0.3 p99>2ms") /
			list[1],
		sort_ms(&screens[1].history) / list[1], trend_ms(&screens[1]) / list[1]);
	for (unsigned i = 0; i < 2; i++)
		bt_history_fini(&screens[i].history);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command) == 0 ? 0 : 1;
}
