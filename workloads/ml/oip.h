/*
 * oip.h: the Open Inference Protocol, version 2, over HTTP with JSON tensors (KServe's
 * specification, open-inference-protocol), as Triton, KServe, MLServer and OpenVINO Model Server
 * speak it.
 */
#ifndef ML_OIP_H
#define ML_OIP_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"
#include "ml/xgb.h"

#define ML_OIP_NAME 128

/* What a server says of a model. */
struct ml_oip_model {
	char input[ML_OIP_NAME];    /* name of its one input tensor */
	char datatype[16];          /* FP32 or FP64 */
	char platform[ML_OIP_NAME]; /* "" when it does not say */
};

/*
 * Reads the reply to GET v2/models/NAME: one input of rows by `features` numbers. -EPROTO with what
 * it says and what was expected.
 */
int ml_oip_metadata(struct ml_oip_model *model, const char *reply, size_t n, unsigned features,
	struct bt_err *err);

/* The body of POST v2/models/NAME/infer for n rows, to be freed; NULL: no memory. Rows have no
 * NAN. */
char *ml_oip_request(
	const struct ml_oip_model *model, const float *rows, size_t n, unsigned features);

/*
 * Reads a reply's output tensor: the one called `output`, or the first when it is NULL. Exactly
 * `want` numbers go to out, nested or not. -EPROTO with what is wrong with it: an error of the
 * server's, too few or too many numbers, something that is none.
 */
int ml_oip_outputs(float *out, size_t want, const char *output, const char *reply, size_t n,
	struct bt_err *err);

/*
 * A server's part in process: reads a request's rows, at most rows_max, predicts them and writes
 * the reply, to be freed. NULL with words when the request is none.
 */
char *ml_oip_answer(struct ml_predictor *predictor, size_t rows_max, unsigned features,
	const char *request, size_t n, struct bt_err *err);

#endif
