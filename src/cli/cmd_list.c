#include <string.h>

#include "cli/cli.h"
#include "base/text.h"
#include "registry.h"

static const char *const kind_name[] = { "counter", "gauge", "ratio", "text", "times" };

static void list_all(void)
{
	bt_print(stdout, "Workloads\n");
	for (unsigned i = 0; bt_workloads[i]; i++)
		bt_print(stdout, "  %-20s %s\n", bt_workloads[i]->name, bt_workloads[i]->summary);
	for (unsigned i = 0; bt_left_out[i].name; i++)
		bt_print(stdout, "  %-20s not in this build, which was configured without %s\n",
			bt_left_out[i].name, bt_left_out[i].library);
	bt_print(stdout, "\nProfiles\n");
	for (unsigned i = 0; bt_profiles[i]; i++)
		bt_print(stdout, "  %-20s %s\n", bt_profiles[i]->name, bt_profiles[i]->summary);
	bt_print(stdout, "\nbenchtop list WORKLOAD lists its options and metrics.\n");
}

static void list_one(const struct bt_workload *w)
{
	struct bt_metric rows[BT_METRICS_MAX];
	unsigned n;

	bt_print(stdout, "%s: %s\n", w->name, w->summary);
	bt_print(stdout, "\nUnit: %s\n", w->unit);
	if (w->fill)
		bt_print(stdout, "Data set: grows, for --profile volume\n");
	if (w->profile)
		bt_print(stdout, "Profile: %s, unless another is named\n", w->profile);
	bt_cli_print_opts(stdout, "Options", w->opts);
	n = bt_metric_rows(rows, w->metrics);
	for (const struct bt_metric *m = rows; m < rows + n; m++) {
		if (m == rows)
			bt_print(stdout, "\nMetrics\n");
		bt_print(stdout, "  %-24s %s (%s%s%s)\n", m->name, m->help, kind_name[m->kind],
			*m->unit ? ", " : "", m->unit);
	}
	if (w->error_classes)
		bt_print(stdout, "\n");
	for (const char *const *e = w->error_classes; e && *e; e++)
		bt_print(stdout, "%s%s", e == w->error_classes ? "Error classes: " : ", ", *e);
	if (w->error_classes)
		bt_print(stdout, "\n");
}

static int cmd_list(int argc, char **argv);

const struct bt_cli_command bt_cmd_list = {
	.name = "list",
	.usage = "[WORKLOAD]",
	.summary = "workloads and profiles, or one workload's options",
	.run = cmd_list,
};

static int cmd_list(int argc, char **argv)
{
	const char *word;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_list, NULL, argc, argv, &word, 1, &n);
	const struct bt_workload *w;
	const char *near;

	if (r >= 0)
		return r;
	if (n == 0) {
		list_all();
		return BT_EXIT_DONE;
	}
	w = bt_workload_find(word);
	if (w) {
		list_one(w);
		return BT_EXIT_DONE;
	}
	if (bt_workload_wants(word))
		return bt_cli_fail(BT_EXIT_USAGE,
			"'%s': not in this build, which was configured without %s", word,
			bt_workload_wants(word));
	near = bt_cli_nearest(word, bt_cli_workload_names());
	if (near)
		return bt_cli_fail(
			BT_EXIT_USAGE, "'%s': no such workload; did you mean %s?", word, near);
	return bt_cli_fail(BT_EXIT_USAGE, "'%s': no such workload; benchtop list names them", word);
}
