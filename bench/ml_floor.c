/*
 * ml_floor: the least that predictions one by one cost: a bare loop over XGBoost's call, on the
 * rows that ml.infer has, with nothing copied, looked at or timed. bench/ml.sh holds ml.infer
 * against it.
 *
 *     bench/ml_floor MODEL SECONDS
 *
 * Prints predictions and seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xgboost/c_api.h>

#include "ml/ml_load.h"

#define DESCRIPTION 120

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What the engine is told of each row. */
static char (*describe(const struct ml_load *load))[DESCRIPTION]
{
	char(*rows)[DESCRIPTION] = calloc(load->inputs.n, sizeof(*rows));
	unsigned features = load->model->features;

	for (size_t i = 0; rows && i < load->inputs.n; i++)
		snprintf(rows[i], sizeof(rows[i]),
			"{\"data\":[%zu,true],\"shape\":[1,%u],\"typestr\":\"<f4\",\"version\":3}",
			(size_t)(uintptr_t)(load->inputs.rows + i * features), features);
	return rows;
}

int main(int argc, char **argv)
{
	static const char how[] = "{\"type\":0,\"training\":false,\"iteration_begin\":0,"
				  "\"iteration_end\":0,\"missing\":NaN,\"strict_shape\":false,"
				  "\"cache_id\":0}";
	struct ml_conf conf = { .model = argc == 3 ? argv[1] : "", .rows = 1000, .threads = 1 };
	const struct bt_env env = { .seed = 1 };
	struct ml_load load;
	struct bt_err err = { .msg = "expected MODEL SECONDS" };
	unsigned long long n = 0;
	BoosterHandle booster;
	DMatrixHandle proxy;
	double begun, now;
	char(*rows)[DESCRIPTION];

	if (argc != 3 || ml_load_open(&load, &conf, &env, &err) < 0) {
		fprintf(stderr, "ml_floor: %s\n", err.msg);
		return 3;
	}
	rows = describe(&load);
	if (!rows || XGBoosterCreate(NULL, 0, &booster) ||
		XGBoosterSetParam(booster, "nthread", "1") ||
		XGBoosterLoadModelFromBuffer(booster, load.model->bytes, load.model->n_bytes) ||
		XGBoosterSetParam(booster, "nthread", "1") || XGProxyDMatrixCreate(&proxy))
		return 3;
	begun = now = now_s();
	while (now < begun + atof(argv[2])) {
		for (unsigned i = 0; i < 100; i++, n++) {
			const bst_ulong *shape;
			bst_ulong dims;
			const float *out;

			if (XGBoosterPredictFromDense(booster, rows[n % load.inputs.n], how, proxy,
				    &shape, &dims, &out))
				return 3;
		}
		now = now_s();
	}
	printf("%llu %.6f\n", n, now - begun);
	XGDMatrixFree(proxy);
	XGBoosterFree(booster);
	free(rows);
	ml_load_close(&load);
	return 0;
}
