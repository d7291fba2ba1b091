/* launch_words.c: the command line of what the launch view shows. */
#include <errno.h>
#include <stdio.h>

#include "cli/launch.h"
#include "registry.h"

static int add_option(struct bt_words *words, const char *name, const char *value)
{
	char option[64];
	int r;

	snprintf(option, sizeof(option), "--%s", name);
	r = bt_words_add(words, option);
	return r == 0 && value ? bt_words_add(words, value) : r;
}

static int add_list(struct bt_words *words, const char *name, const char *text)
{
	struct bt_words list = { 0 };
	int r = bt_words_split(&list, text, NULL);

	if (r == -EINVAL) /* refused at its field */
		r = bt_words_add(&list, text);
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = add_option(words, name, list.v[i]);
	bt_words_fini(&list);
	return r;
}

bool bt_cli_launch_is_list(const char *name)
{
	const struct bt_opt *opt = bt_run_options_find(name);

	return opt && bt_opt_is_list(opt);
}

int bt_cli_launch_words(const struct bt_cli_launch *l, struct bt_words *words)
{
	const struct bt_launch *launch = &l->launch;
	int r = bt_words_add(words, "run");

	if (r == 0)
		r = bt_words_add(words, launch->workloads[launch->workload].name);
	if (r == 0 && (launch->profile || bt_workloads[launch->workload]->profile))
		r = add_option(words, "profile", launch->profiles[launch->profile].name);
	for (unsigned i = 0; i < launch->n_fields && r == 0; i++) {
		const struct bt_launch_field *field = &launch->fields[i];
		const char *text = bt_launch_given(launch, field->name);

		if (!text)
			continue;
		if (bt_cli_launch_is_list(field->name))
			r = add_list(words, field->name, text);
		else
			r = add_option(words, field->name, field->flag ? NULL : text);
	}
	if (r == 0 && l->no_mouse)
		r = add_option(words, "no-mouse", NULL);
	if (r == 0 && l->db)
		r = add_option(words, "db", l->db);
	return r;
}
