/* cm.h: cmocka with what it wants included before it. */
#ifndef BT_TEST_CM_H
#define BT_TEST_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* |a − b| ≤ tolerance × |b|, with both printed when not. */
#define assert_near(a, b, tolerance)                                                            \
	do {                                                                                    \
		double a_ = (a), b_ = (b), t_ = (tolerance);                                    \
		if (!(__builtin_fabs(a_ - b_) <= t_ * __builtin_fabs(b_)))                      \
			fail_msg("%s = %.9g, expected %.9g within %.3g", #a, a_, b_, t_);       \
	} while (0)

#endif
