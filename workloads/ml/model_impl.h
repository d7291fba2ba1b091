/* model_impl.h: what the files that make up model.h share. */
#ifndef ML_MODEL_IMPL_H
#define ML_MODEL_IMPL_H

#include <jansson.h>

#include "ml/model.h"

/* Parses m->bytes. -EINVAL: not whole JSON or UBJSON; -ENOMEM. */
int ml_model_parse(json_t **root, const struct ml_model *m, struct bt_err *err);
/* Takes and checks the trees and best_iteration. The outputs and features are known. */
int ml_model_read_trees(struct ml_model *m, const json_t *learner, struct bt_err *err);

/* An object by names one in the other, ended by NULL. */
const json_t *ml_json_within(const json_t *root, const char *const *names);
#define ML_JSON_WITHIN(root, ...) ml_json_within(root, (const char *const[]){ __VA_ARGS__, NULL })

/* A number, or a text that is one, as the engine writes its parameters and we NaN and Infinity. */
bool ml_json_real(double *out, const json_t *value);
bool ml_json_number(double *out, const json_t *value); /* a finite one */

#endif
