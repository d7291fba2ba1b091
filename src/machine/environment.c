#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "machine/environment.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sysfile.h"
#include "machine/build.h"
#include "machine/doctor.h"
#include "json/json.h"
#include "machine/process.h"

/* Libraries whose headers alone tell their version: configure writes these into config.h. */
static const struct {
	const char *name, *version;
} configured[] = {
#ifdef BT_NCURSES_VERSION
	{ "ncursesw", BT_NCURSES_VERSION },
#endif
#ifdef BT_SECP256K1_VERSION
	{ "libsecp256k1", BT_SECP256K1_VERSION },
#endif
#ifdef BT_CURL_VERSION
	{ "libcurl", BT_CURL_VERSION },
#endif
#ifdef BT_NETTLE_VERSION
	{ "nettle", BT_NETTLE_VERSION },
#endif
#ifdef BT_GMP_VERSION
	{ "gmp", BT_GMP_VERSION },
#endif
#ifdef BT_MICROHTTPD_VERSION
	{ "libmicrohttpd", BT_MICROHTTPD_VERSION },
#endif
	{ NULL, NULL },
};

#ifdef BT_XGBOOST_VERSION
/* The engine's own function, of the library that is loaded; NULL in a program without the engine.
 * Only workloads/ml includes its header. */
extern void XGBoostVersion(int *major, int *minor, int *patch) __attribute__((weak));

static json_t *xgboost_version(void)
{
	int major, minor, patch;
	char text[40];

	if (!XGBoostVersion)
		return bt_json_string(BT_XGBOOST_VERSION);
	XGBoostVersion(&major, &minor, &patch);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
	return bt_json_string(text);
}
#endif

static unsigned affinity_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 0;
}

static json_t *libraries_json(const char *sqlite)
{
	json_t *object = json_object();

	bt_json_set(object, "sqlite3", bt_json_string(sqlite));
	bt_json_set(object, "jansson", bt_json_string(JANSSON_VERSION));
	for (size_t i = 0; configured[i].name; i++)
		bt_json_set(object, configured[i].name, bt_json_string(configured[i].version));
#ifdef BT_XGBOOST_VERSION
	bt_json_set(object, "xgboost", xgboost_version());
#endif
	return object;
}

static json_t *machine_json(const struct bt_run_info *info)
{
	char os[128], model[128], governor[64];
	struct utsname un = { .release = "" };
	bool simulated = info->clock && strcmp(info->clock, "virtual") == 0;
	double noise_floor = NAN;
	char checked[40] = "";
	struct bt_process self;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	uname(&un);
	bt_process_self(&self);
	if (!simulated) /* the machine does not show in its figures */
		bt_doctor_recall(&noise_floor, checked, sizeof(checked));
	bt_sys_line(os, sizeof(os), "/", "etc/os-release", "PRETTY_NAME");
	bt_sys_line(model, sizeof(model), "/", "proc/cpuinfo", "model name");
	bt_sys_line(governor, sizeof(governor), "/",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "");
	return json_pack("{so so so so so si si so so so so so so so}", "host",
		bt_json_text(info->host), "os", bt_json_text(os), "kernel",
		bt_json_text(un.release), "architecture", bt_json_text(un.machine), "cpu",
		bt_json_text(model), "processors", (int)sysconf(_SC_NPROCESSORS_ONLN),
		"processors_allowed", (int)affinity_count(), "governor", bt_json_text(governor),
		"memory_bytes",
		bt_json_count(pages > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX),
		"memory_limit_bytes", bt_json_count(bt_memory_limit("/")), "clock",
		bt_json_text(info->clock), "boot_id", bt_json_text(self.boot_id), "noise_floor",
		bt_json_real(noise_floor), "noise_floor_checked", bt_json_text(checked));
}

char *bt_environment_json(const struct bt_run_info *info, const char *sqlite)
{
	json_t *machine = machine_json(info);
	json_t *build = json_pack("{ss sb so so}", "compiler", bt_build_compiler(), "optimised",
		bt_build_optimised(), "flaw",
		bt_build_flaw() ? bt_json_string(bt_build_flaw()) : json_null(), "libraries",
		libraries_json(sqlite));
	char *text = NULL;

	json_object_set_new(build, "input", bt_json_text(info->input));
	if (json_object_update(machine, build) == 0)
		text = json_dumps(machine, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(machine);
	json_decref(build);
	return text;
}
