/* The noise floor against samples of known spread; machines that are invented. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cm.h"
#include "base/rng.h"
#include "machine/doctor.h"

#define SAMPLES 1000

/* Work of 1 ms whose blocks of 50 differ by a deviation of `between`, samples in one by
 * `within`. */
static double floor_of(double between, double within, unsigned processors, uint64_t seed)
{
	static uint64_t times[2 * SAMPLES];
	struct bt_noise noise;
	struct bt_rng rng;

	bt_rng_init(&rng, seed);
	for (unsigned block = 0; block < 20; block++) {
		double shift = between * bt_rng_normal(&rng);

		for (unsigned p = 0; p < processors; p++)
			for (unsigned i = 0; i < 50; i++)
				times[p * SAMPLES + block * 50 + i] = (uint64_t)((1 + p) * 1e6 *
					exp(shift + within * bt_rng_normal(&rng)));
	}
	assert_int_equal(bt_noise_of(&noise, times, processors, SAMPLES, 20), 0);
	return noise.floor;
}

/* The 95 % quantile of the difference of two normals of deviation s is 1.96 * sqrt(2) * s: 2.77 %
 * for 1 %. */
static void the_floor_is_what_blocks_differ_by(void **state BT_UNUSED)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 50; seed++)
		sum += floor_of(0.01, 0.0001, 2, seed);
	assert_true(sum / 50 > 0.0235 && sum / 50 < 0.0305);
	assert_true(floor_of(0, 0, 2, 1) < 1e-5); /* processors of different speed are no noise */
	assert_true(floor_of(0.05, 0.001, 1, 3) > 0.08);
}

static void too_few_samples_have_no_floor(void **state BT_UNUSED)
{
	static const uint64_t times[20] = { 1 };
	struct bt_noise noise;

	assert_int_equal(bt_noise_of(&noise, times, 1, 20, 20), 0);
	assert_true(isnan(noise.floor));
	assert_int_equal(bt_noise_of(&noise, times, 0, 0, 20), 0);
	assert_true(isnan(noise.floor));
}

static void put(const char *root, const char *path, const char *text)
{
	char name[512], *slash = name + strlen(root) + 1;
	FILE *file;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		mkdir(name, 0700);
		*slash++ = '/';
	}
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const struct bt_symptom *symptom(const struct bt_diagnosis *d, const char *name)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->symptoms[i].name, name) == 0)
			return &d->symptoms[i];
	fail_msg("no symptom %s", name);
	return NULL;
}

static void remove_tree(const char *root)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

static void an_invented_machine_is_read(void **state BT_UNUSED)
{
	char root[CM_TEMP];
	struct bt_diagnosis diagnosis;
	struct bt_doctor d = { .tick_ns = 1e7 };

	assert_non_null(mkdtemp(cm_temp(root, "benchtop-doctor")));
	put(root, "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	put(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
	put(root, "sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
	put(root, "proc/stat", "cpu  100 0 50 800 10 0 5 30 0 0\n");
	put(root, "proc/meminfo",
		"MemTotal:       1000 kB\nMemAvailable:    10 kB\nSwapTotal:      200 "
		"kB\nSwapFree:       50 kB\n");
	bt_machine_read(&d.before, root);
	put(root, "proc/stat", "cpu  150 0 70 820 10 0 5 60 0 0\n");
	bt_machine_read(&d.after, root);
	remove_tree(root);
	assert_string_equal(d.before.kernel_clock, "hpet");
	assert_string_equal(d.before.governor, "powersave");
	assert_int_equal(d.before.turbo, 1);
	assert_int_equal(d.before.memory_bytes, 1000 * 1024);
	assert_int_equal(d.before.swap_free_bytes, 50 * 1024);
	d.trial.seconds = 3;
	bt_diagnose(&diagnosis, &d);
	assert_int_equal(symptom(&diagnosis, "governor")->fitness, BT_FIT_NOTE);
	assert_int_equal(symptom(&diagnosis, "turbo")->fitness, BT_FIT_NOTE);
	assert_int_equal(symptom(&diagnosis, "memory")->fitness, BT_FIT_POOR); /* 1 % is left */
	assert_int_equal(symptom(&diagnosis, "steal")->fitness, BT_FIT_POOR);  /* 30 of 120 ticks */
	assert_true(fabs(symptom(&diagnosis, "steal")->figure - 0.25) < 1e-9);
	assert_int_equal(diagnosis.fitness, BT_FIT_POOR);
	assert_non_null(symptom(&diagnosis, "governor")->advice);
}

static void a_machine_without_files_is_unknown_not_bad(void **state BT_UNUSED)
{
	char root[CM_TEMP];
	struct bt_diagnosis diagnosis;
	struct bt_doctor d = { .tick_ns = 1e7 };

	assert_non_null(mkdtemp(cm_temp(root, "benchtop-doctor")));
	bt_machine_read(&d.before, root);
	put(root, "proc/stat", "garbage\n");
	put(root, "proc/meminfo", "MemTotal: lots\n");
	put(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "");
	bt_machine_read(&d.after, root);
	remove_tree(root);
	d.before.descriptors = UINT64_MAX; /* this process's own, not a file's */
	bt_diagnose(&diagnosis, &d);
	assert_true(diagnosis.n >= 12);
	for (unsigned i = 0; i < diagnosis.n; i++) {
		const struct bt_symptom *s = &diagnosis.symptoms[i];

		if (strcmp(s->name, "build") == 0 || strcmp(s->name, "CPU quota") == 0 ||
			strcmp(s->name, "virtualised") == 0)
			continue;
		if (s->fitness != BT_FIT_UNKNOWN)
			fail_msg(
				"%s: %s, \"%s\"", s->name, bt_fitness_name[s->fitness], s->reading);
		assert_string_equal(s->reading, "-");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_floor_is_what_blocks_differ_by),
		cmocka_unit_test(too_few_samples_have_no_floor),
		cmocka_unit_test(an_invented_machine_is_read),
		cmocka_unit_test(a_machine_without_files_is_unknown_not_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
