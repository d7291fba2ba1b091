/* doctor_json.c: the object of `doctor --json`, which is also what the cache keeps. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/path.h"
#include "base/text.h"
#include "machine/doctor.h"
#include "json/json.h"
#include "machine/process.h"
#include "base/whole.h"

static json_t *symptom_json(const struct bt_symptom *s)
{
	bool known = strcmp(s->reading, "-") != 0;

	return json_pack("{ss so so ss so}", "name", s->name, "reading",
		known ? bt_json_text(s->reading) : json_null(), "figure", bt_json_real(s->figure),
		"fitness", bt_fitness_name[s->fitness], "advice", bt_json_text(s->advice));
}

static json_t *late_json(const struct bt_tried *trial)
{
	bool known = trial->late_count > 0;

	return json_pack("{so so so so}", "count", bt_json_count(trial->late_count), "p50",
		bt_json_count(known ? trial->late_p50_ns : UINT64_MAX), "p99",
		bt_json_count(known ? trial->late_p99_ns : UINT64_MAX), "max",
		bt_json_count(known ? trial->late_max_ns : UINT64_MAX));
}

/* In percent, as the screen has it; two digits behind the point are more than it is worth. */
static json_t *percent_json(double share)
{
	return bt_json_real(round(share * 1e4) / 1e2);
}

char *bt_doctor_json(const struct bt_doctor *doctor, const struct bt_diagnosis *diagnosis)
{
	const struct bt_tried *trial = &doctor->trial;
	json_t *checks[BT_SYMPTOMS_MAX], *object;
	struct utsname un = { .nodename = "" };
	struct bt_process self;
	char when[40], *text = NULL;

	bt_fmt_utc(when, sizeof(when), bt_wall_ns());
	uname(&un);
	bt_process_self(&self);
	for (unsigned i = 0; i < diagnosis->n; i++)
		checks[i] = symptom_json(&diagnosis->symptoms[i]);
	object = json_pack("{sb so si si so so so so so so so so}", "fit",
		diagnosis->fitness < BT_FIT_POOR, "noise_floor", percent_json(trial->noise.floor),
		"blocks", (int)trial->noise.blocks, "samples",
		(int)(trial->noise.per_block * trial->processors), "checked", bt_json_text(when),
		"host", bt_json_text(un.nodename), "boot_id", bt_json_text(self.boot_id),
		"processors_allowed", bt_json_count(trial->processors), "clock",
		bt_json_text(trial->clock), "clock_cost_ns", bt_json_real(trial->clock_cost_ns),
		"late_ns", late_json(trial), "checks", bt_json_array(checks, diagnosis->n));
	if (object)
		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(object);
	return text;
}

int bt_doctor_keep(const char *json, struct bt_err *err)
{
	struct bt_whole file;
	char path[PATH_MAX];
	int r = bt_cache_path(path, sizeof(path), "doctor.json", err);

	if (r == 0)
		r = bt_make_parents(path, err);
	if (r == 0)
		r = bt_whole_open(&file, path, err);
	if (r < 0)
		return r;
	bt_print_json(file.out, json);
	return bt_whole_close(&file, true, err);
}

bool bt_doctor_recall(double *noise_floor, char *checked, size_t size)
{
	char path[PATH_MAX];
	struct bt_process self;
	json_t *kept = NULL;
	bool same;

	*noise_floor = NAN;
	snprintf(checked, size, "%s", "");
	if (bt_cache_path(path, sizeof(path), "doctor.json", NULL) == 0)
		kept = json_load_file(path, 0, NULL);
	bt_process_self(&self);
	same = kept && *self.boot_id &&
		strcmp(bt_json_get_text(kept, "boot_id"), self.boot_id) == 0;
	if (same) {
		*noise_floor = bt_json_get_real(kept, "noise_floor");
		bt_json_copy_text(checked, size, kept, "checked");
	}
	json_decref(kept);
	return same;
}
