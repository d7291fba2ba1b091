/* doctor.c: the checks of a machine, one row each, and the object that tells of them. */
#include "machine/doctor.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"

const char *const bt_fitness_name[] = { "-", "ok", "note", "poor", NULL };

/* A check fills in the reading and its figure; NAN and "-": unknown. */
struct check {
	const char *name;
	void (*read)(struct bt_symptom *out, const struct bt_doctor *d);
	double note, poor;
	const char *advice;
};

static BT_PRINTF(2, 3) void say(struct bt_symptom *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bt_text_vformat(out->reading, sizeof(out->reading), fmt, ap);
	va_end(ap);
}

static char *ns_text(char *buf, double ns)
{
	return bt_fmt_ns(buf, BT_FMT_MAX, ns);
}

static char *bytes_text(char *buf, uint64_t bytes)
{
	return bt_fmt_bytes(buf, BT_FMT_MAX, bytes == UINT64_MAX ? NAN : (double)bytes);
}

static char *share_text(char *buf, double share)
{
	return bt_fmt_share(buf, BT_FMT_MAX, share);
}

/* How much a counter grew during the trial; NAN: unknown. */
static double grown(uint64_t before, uint64_t after)
{
	return before == UINT64_MAX || after == UINT64_MAX || after < before
		? NAN
		: (double)(after - before);
}

static void clock_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!*d->trial.clock)
		return;
	out->figure = d->trial.clock_cost_ns;
	say(out, "%s, a reading costs %s, step %s; the kernel's: %s", d->trial.clock,
		ns_text(a, d->trial.clock_cost_ns), ns_text(b, d->trial.clock_step_ns),
		*d->before.kernel_clock ? d->before.kernel_clock : "-");
}

static void timer_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX];

	if (!d->trial.late_count)
		return;
	out->figure = (double)d->trial.late_p99_ns;
	say(out, "late by p50 %s, p99 %s, at most %s", ns_text(a, (double)d->trial.late_p50_ns),
		ns_text(b, (double)d->trial.late_p99_ns), ns_text(c, (double)d->trial.late_max_ns));
}

static void work_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	const struct bt_noise *noise = &d->trial.noise;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (!noise->blocks || isnan(noise->floor))
		return;
	out->figure = noise->floor;
	say(out, "rate differs by up to %s, median by %s", share_text(a, noise->by_mean),
		share_text(b, noise->by_median));
}

static void disturbed_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	char a[BT_FMT_MAX];

	if (!d->trial.noise.blocks || isnan(d->trial.noise.lost))
		return;
	out->figure = d->trial.noise.lost;
	say(out, "%s of its time went to anything but the work", share_text(a, out->figure));
}

static void load_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	double busy = grown(d->before.busy_ticks, d->after.busy_ticks);
	double all = grown(d->before.ticks, d->after.ticks);
	double own = (double)d->trial.cpu_ns / d->tick_ns;
	char a[BT_FMT_MAX];

	if (!(all > 0) || isnan(busy))
		return;
	out->figure = fmax(0, busy - own) / all;
	say(out, "others use %s of all processors", share_text(a, out->figure));
}

static void steal_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	double stolen = grown(d->before.steal_ticks, d->after.steal_ticks);
	double all = grown(d->before.ticks, d->after.ticks);
	char a[BT_FMT_MAX];

	if (!(all > 0) || isnan(stolen))
		return;
	out->figure = stolen / all;
	say(out, "%s of the time", share_text(a, out->figure));
}

/* A period of the kernel's bandwidth control is 100 ms unless somebody changed it. */
static void throttled_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	double n = grown(d->before.throttled, d->after.throttled);

	if (isnan(n) || !(d->trial.seconds > 0))
		return;
	out->figure = n * 0.1 / d->trial.seconds;
	say(out, "%.0f periods during the check, %llu before it", n,
		(unsigned long long)d->before.throttled);
}

static void quota_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	char a[BT_FMT_MAX];

	if (isnan(d->before.quota))
		return;
	out->figure = d->before.quota < d->trial.processors;
	if (isinf(d->before.quota))
		say(out, "none");
	else
		say(out, "%s processors of %u", bt_fmt_number(a, sizeof(a), d->before.quota),
			d->trial.processors);
}

static void governor_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	if (!*d->before.governor)
		return;
	out->figure = strcmp(d->before.governor, "performance") != 0;
	say(out, "%s", d->before.governor);
}

static void turbo_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	if (d->before.turbo < 0)
		return;
	out->figure = d->before.turbo;
	say(out, "%s", d->before.turbo ? "on" : "off");
}

/* Read before and after the work: idle processors may well be slow, so that the figures after it
 * count. */
static void frequency_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	if (isnan(d->after.mhz_min))
		return;
	out->figure = 1 - d->after.mhz_min / d->after.mhz_max;
	say(out, "%.0f to %.0f MHz", d->after.mhz_min, d->after.mhz_max);
}

static void memory_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	const struct bt_machine *m = &d->after;
	uint64_t all = BT_MIN(m->memory_bytes, m->memory_limit_bytes);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (all == UINT64_MAX || !all || m->available_bytes == UINT64_MAX)
		return;
	out->figure = 1 - (double)m->available_bytes / (double)all;
	say(out, "%s available of %s%s", bytes_text(a, m->available_bytes), bytes_text(b, all),
		all < m->memory_bytes ? ", the control group's limit" : "");
}

static void swap_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	const struct bt_machine *m = &d->after;
	double pages = grown(d->before.swapped_pages, m->swapped_pages);
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (m->swap_bytes == UINT64_MAX || m->swap_free_bytes > m->swap_bytes)
		return;
	out->figure = m->swap_bytes ? pages : 0;
	if (!m->swap_bytes)
		say(out, "none");
	else if (isnan(pages))
		say(out, "%s of %s in use", bytes_text(a, m->swap_bytes - m->swap_free_bytes),
			bytes_text(b, m->swap_bytes));
	else
		say(out, "%s of %s in use, %.0f pages moved during the check",
			bytes_text(a, m->swap_bytes - m->swap_free_bytes),
			bytes_text(b, m->swap_bytes), pages);
}

static void count_text(char *buf, size_t size, uint64_t v)
{
	if (v >= UINT64_MAX - 1)
		snprintf(buf, size, "%s", v == UINT64_MAX ? "-" : "no limit");
	else
		bt_fmt_group(buf, size, v);
}

/* Few is what matters: the figure is one that grows as they get fewer. */
static void descriptors_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (d->before.descriptors == UINT64_MAX)
		return;
	out->figure = d->before.descriptors ? 1 / (double)d->before.descriptors : 1;
	count_text(a, sizeof(a), d->before.descriptors);
	count_text(b, sizeof(b), d->before.descriptors_hard);
	say(out, "%s may be open, %s when asked for", a, b);
}

static void virtual_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	const struct bt_machine *m = &d->before;

	if (m->hypervisor < 0 && !m->container)
		return;
	out->figure = m->hypervisor == 1;
	say(out, "%s%s%s%s%s",
		m->hypervisor == 1           ? "virtual machine"
			: m->hypervisor == 0 ? "none seen"
					     : "machine not known",
		*m->vendor ? " (" : "", m->vendor, *m->vendor ? ")" : "",
		m->container ? ", in a container" : "");
}

static void build_check(struct bt_symptom *out, const struct bt_doctor *d)
{
	out->figure = d->build_flaw != NULL;
	say(out, "%s", d->build_flaw ? d->build_flaw : "optimised");
}

/*
 * The limits, and why. Where verdict.c has one for the same thing, it is the same.
 *
 *   clock       100 ns is a call of the kernel for each reading; 10 us is seen in every latency
 *   timer       pacing wakes at most 1 ms early and spins the rest: later than that is seen; 10 ms
 * makes a run invalid fixed work  2 % is what a comparison wants to see; at 20 % not even twice a
 * gate's usual tolerance can be seen disturbed   5 % lost is seen in the throughput; half of the
 * time is another machine load        as much again of all processors: the work has to wait for it
 *   steal, throttled   as in the verdict of a run
 *   frequency   a tenth between processors is a tenth between runs that sit on different ones
 *   memory      a tenth left: the kernel begins to take pages back; 2 %: it may end the run
 *   swap        any page moved is milliseconds of somebody's time; 1,000 are thrashing
 *   descriptors 1,024 is the usual default, less than a run of as many connections needs; below 64
 * nothing on the network runs
 */
static const struct check checks[] = {
	{ "clock", clock_check, 100, 10000,
		"let the kernel keep time by a source that needs no call: see "
		"/sys/devices/system/clocksource/clocksource0/available_clocksource" },
	{ "timer", timer_check, 1e6, 1e7,
		"stop what else runs, or give the machine more processors; --pacing spin "
		"wakes on time at the price of a processor a worker" },
	{ "fixed work", work_check, 0.02, 0.2,
		"stop what else runs; a difference below the noise floor cannot be told from none, "
		"so "
		"repeat runs, and in turns" },
	{ "disturbed", disturbed_check, 0.05, 0.5,
		"stop what else runs (top -o %CPU), or measure at a quiet time" },
	{ "other load", load_check, 0.05, 0.5,
		"stop what else runs: ps -eo pcpu,pid,comm --sort=-pcpu | head" },
	{ "steal", steal_check, 0.01, 0.1,
		"the host gives this machine's processors to others: ask for dedicated ones" },
	{ "throttled", throttled_check, 0.005, 0.1,
		"raise or lift the CPU limit of the container or service, or use fewer --workers" },
	{ "CPU quota", quota_check, 0, INFINITY,
		"workers above the quota are throttled: use as many --workers as the quota has "
		"whole "
		"processors, or lift it" },
	{ "governor", governor_check, 0, INFINITY, "sudo cpupower frequency-set -g performance" },
	{ "turbo", turbo_check, 0, INFINITY,
		"the speed depends on temperature and neighbours; for comparisons turn it off: "
		"echo 1 | "
		"sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 into "
		"/sys/devices/system/cpu/cpufreq/boost" },
	{ "frequency", frequency_check, 0.1, INFINITY,
		"processors run at different speeds: set the governor, or keep runs on some of "
		"them "
		"(taskset -c)" },
	{ "memory", memory_check, 0.9, 0.98,
		"end what uses memory: ps -eo rss,pid,comm --sort=-rss | head" },
	{ "swap", swap_check, 0, 1000,
		"memory is short and pages go to disk: end what uses it (ps -eo rss,pid,comm "
		"--sort=-rss | head)" },
	{ "descriptors", descriptors_check, 1 / 4096.0, 1 / 64.0,
		"for many connections: ulimit -n 65536 in the shell that starts benchtop" },
	{ "virtualised", virtual_check, 0, INFINITY,
		"time can be taken away unseen: compare only runs of this machine, in turns" },
	{ "build", build_check, 0, INFINITY,
		"configure with CFLAGS='-O2 -g' and without --with-sanitizer" },
};
static_assert(BT_LEN(checks) <= BT_SYMPTOMS_MAX, "every check has its symptom");

static enum bt_fitness judge(const struct bt_symptom *s)
{
	if (isnan(s->figure))
		return BT_FIT_UNKNOWN;
	return s->figure > s->poor ? BT_FIT_POOR : s->figure > s->note ? BT_FIT_NOTE : BT_FIT_OK;
}

void bt_diagnose(struct bt_diagnosis *out, const struct bt_doctor *doctor)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < BT_LEN(checks); i++) {
		struct bt_symptom *s = &out->symptoms[out->n++];

		s->name = checks[i].name;
		s->note = checks[i].note;
		s->poor = checks[i].poor;
		s->figure = NAN;
		strcpy(s->reading, "-");
		checks[i].read(s, doctor);
		s->fitness = judge(s);
		s->advice = s->fitness > BT_FIT_OK ? checks[i].advice : NULL;
		out->fitness = BT_MAX(out->fitness, s->fitness);
	}
}
