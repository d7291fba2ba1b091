/* cm.h: cmocka with the headers that it needs, and what every test program shares. */
#ifndef BT_TEST_CM_H
#define BT_TEST_CM_H

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* BT_CASE=PATTERN in the environment runs only the cases with such names (HACKING.md). */
static inline void cm_choose(const struct CMUnitTest *tests, size_t n)
{
	const char *only = getenv("BT_CASE");

	if (!only)
		return;
	for (size_t i = 0; i < n; i++)
		if (fnmatch(only, tests[i].name, 0) == 0) {
			cmocka_set_test_filter(only);
			return;
		}
	fprintf(stderr, "BT_CASE=%s: no case has such a name\n", only);
	exit(1);
}
#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown)         \
	(cm_choose(tests, sizeof(tests) / sizeof((tests)[0])), \
		_cmocka_run_group_tests(                       \
			#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown))

/* A sanitizer watches this build: its memory and its speed are not the program's. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BT_SANITIZED 1
#endif
#endif
#ifndef BT_SANITIZED
#define BT_SANITIZED 0
#endif

/* A template for mkstemp or mkdtemp where tests may write: "$TMPDIR/name.XXXXXX". Returns path. */
#define CM_TEMP 64
static inline char *cm_temp(char path[CM_TEMP], const char *name)
{
	const char *dir = getenv("TMPDIR");

	assert_true(snprintf(path, CM_TEMP, "%s/%s.XXXXXX", dir && *dir ? dir : "/tmp", name) <
		CM_TEMP);
	return path;
}

/* |a − b| ≤ tolerance × |b|, with both printed when not. */
#define assert_near(a, b, tolerance)                                                      \
	do {                                                                              \
		double a_ = (a), b_ = (b), t_ = (tolerance);                              \
		if (!(__builtin_fabs(a_ - b_) <= t_ * __builtin_fabs(b_)))                \
			fail_msg("%s = %.9g, expected %.9g within %.3g", #a, a_, b_, t_); \
	} while (0)

#endif
