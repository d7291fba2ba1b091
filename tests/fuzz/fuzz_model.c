/* A model of XGBoost's, JSON or UBJSON: one that is taken predicts for a row without any value and
 * for zeros, within its bounds. */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "ml/model.h"

#define CELLS_MAX 100000

static void predict(const struct ml_model *model)
{
	float *row = calloc(model->features, sizeof(*row)),
	      *out = calloc(model->groups + 1, sizeof(*out));

	BTC_FUZZ_HOLDS(row && out && model->outputs <= model->groups);
	ml_model_predict(model, out, row);
	for (unsigned i = 0; i < model->features; i++)
		row[i] = NAN;
	ml_model_predict(model, out, row);
	BTC_FUZZ_HOLDS(ml_model_class(model, out) >= -1);
	free(row);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ml_model *model;
	struct bt_err err = { .msg = "" };
	char file[64];
	int fd = btc_fuzz_file(file, data, size);

	if (ml_model_open(&model, file, &err) < 0)
		BTC_FUZZ_HOLDS(err.msg[0] != '\0' && !model);
	else if (model->features < CELLS_MAX && model->groups < CELLS_MAX)
		predict(model);
	ml_model_close(model);
	close(fd);
	return 0;
}
