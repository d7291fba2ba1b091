/* build.h: how this program was compiled, and with what. Any thread. */
#ifndef BT_RECORD_BUILD_H
#define BT_RECORD_BUILD_H

#include "base/base.h"

/* Why figures of this build mislead ("built without optimisation", "built with AddressSanitizer");
 * NULL: they do not. */
const char *bt_build_flaw(void);
const char *bt_build_compiler(void); /* "gcc 12.2.0" */
bool bt_build_optimised(void);

#endif
