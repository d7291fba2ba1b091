/* ubj.h: Universal Binary JSON as XGBoost writes it, read into values of JSON. */
#ifndef ML_UBJ_H
#define ML_UBJ_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

/*
 * A new reference; NULL with words when the n bytes are not one whole value. Typed and counted
 * containers of the format's draft 12 are read, high-precision numbers are not. Nesting up to 64
 * deep.
 */
json_t *ml_ubj_read(const uint8_t *bytes, size_t n, struct bt_err *err);

#endif
