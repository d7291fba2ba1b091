/*
 * doctor.h: whether this machine is fit to measure on, and how much two runs on it differ by
 * themselves. What the kernel says is read under a root, so that tests invent machines; what has to
 * be tried is tried by bt_doctor_try; a table of checks judges both. Main thread.
 */
#ifndef BT_DOCTOR_H
#define BT_DOCTOR_H

#include "base/err.h"
#include "machine/noise.h"

/* What the kernel says at one moment. Unknown is UINT64_MAX, NAN or "". */
struct bt_machine {
	char kernel_clock[32];   /* the kernel's clock source */
	char governor[32];       /* of the first processor */
	int turbo;               /* 1: on, 0: off, -1: unknown */
	double mhz_min, mhz_max; /* of all processors, now */
	double quota;            /* processors that the control group may use; INFINITY: no limit */
	/* available: within the limit. */
	uint64_t memory_bytes, memory_limit_bytes, available_bytes;
	uint64_t swap_bytes, swap_free_bytes;
	uint64_t descriptors, descriptors_hard; /* may be open: now, and when asked for */
	int hypervisor, container;              /* 1: yes, 0: no, -1: unknown */
	char vendor[64];                        /* of the machine, as its firmware says */
	/* Cumulative. */
	/* Of all processors; busy: not idle and not stolen. */
	uint64_t ticks, busy_ticks, steal_ticks;
	uint64_t throttled;     /* periods in which the control group was throttled */
	uint64_t swapped_pages; /* in and out, whole machine */
};
void bt_machine_read(struct bt_machine *out, const char *root);

/* The least memory limit from this process's control group up to the top, or that of version 1;
 * UINT64_MAX: none. */
uint64_t bt_memory_limit(const char *root);

/* What was tried: how late the kernel wakes up, and how long the same work takes each time. */
struct bt_tried {
	double seconds;      /* that it took; 0: nothing was tried */
	unsigned processors; /* that were tried */
	char clock[16];      /* benchtop's clock */
	double clock_cost_ns, clock_step_ns;
	uint64_t late_count, late_p50_ns, late_p99_ns, late_max_ns;
	uint64_t cpu_ns; /* of this process */
	struct bt_noise noise;
};

/*
 * Sleeps to an absolute time and then does a fixed work of about a millisecond, again and again, on
 * each allowed processor at once, for about so many ns. 0, -ENOMEM, -EAGAIN (no thread).
 */
int bt_doctor_try(struct bt_tried *out, uint64_t span_ns, struct bt_err *err);

struct bt_doctor {
	struct bt_machine before, after; /* the trial */
	struct bt_tried trial;
	double tick_ns;         /* of the kernel's accounts */
	const char *build_flaw; /* NULL: none */
};

/* All of the above, on this machine. */
int bt_doctor_examine(struct bt_doctor *out, uint64_t span_ns, struct bt_err *err);

enum bt_fitness { BT_FIT_UNKNOWN, BT_FIT_OK, BT_FIT_NOTE, BT_FIT_POOR };
extern const char *const bt_fitness_name[]; /* "-", "ok", "note", "poor"; NULL-ended */

struct bt_symptom {
	const char *name;
	char reading[160]; /* "-": unknown */
	double figure;     /* what is judged: NAN: unknown */
	double note, poor; /* above these; INFINITY: never */
	enum bt_fitness fitness;
	const char *advice; /* what to change; NULL when there is nothing to say */
};

#define BT_SYMPTOMS_MAX 20
struct bt_diagnosis {
	unsigned n;
	struct bt_symptom symptoms[BT_SYMPTOMS_MAX];
	enum bt_fitness fitness; /* the worst; POOR: what is measured here would be invalid */
};
void bt_diagnose(struct bt_diagnosis *out, const struct bt_doctor *doctor); /* pure */

/* The object of `doctor --json` as one line; free(); NULL: no memory. Times are those of the
 * call. */
char *bt_doctor_json(const struct bt_doctor *doctor, const struct bt_diagnosis *diagnosis);

/* Keeps it in the user's cache, for the runs that follow on this machine until it is booted anew. 0
 * or -errno. */
int bt_doctor_keep(const char *json, struct bt_err *err);
/* The noise floor in percent that was kept since this machine was booted, and when it was found.
 * False: NAN and "". */
bool bt_doctor_recall(double *noise_floor, char *checked, size_t size);

#endif
