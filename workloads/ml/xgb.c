#include "ml/xgb.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#define DESCRIPTION 160 /* bytes of an array's description */

struct ml_booster {
	BoosterHandle handle;
	unsigned rounds;      /* that predictions use; 0: all */
	const float *margins; /* of its outputs; NULL: base_score */
	unsigned outputs;
};

struct ml_matrix {
	DMatrixHandle handle;
};

struct ml_predictor {
	BoosterHandle handle;
	DMatrixHandle proxy; /* the engine keeps a call's rows here */
	float *rows;
	unsigned features;
	float *margins; /* of each row; NULL: base_score */
	unsigned outputs;
	size_t described; /* rows that `array` says; 0: none yet */
	char array[DESCRIPTION];
	char how[DESCRIPTION];
};

static const char *version(int *major, int *minor)
{
	static _Thread_local char text[40];
	int patch;

	XGBoostVersion(major, minor, &patch);
	snprintf(text, sizeof(text), "%d.%d.%d", *major, *minor, patch);
	return text;
}

const char *ml_engine_version(void)
{
	int major, minor;

	return version(&major, &minor);
}

bool ml_engine_reads(int major, int minor)
{
	int have_major, have_minor;

	version(&have_major, &have_minor);
	return major < have_major || (major == have_major && minor <= have_minor);
}

/* "[18:00:00] ../src/learner.cc:123: Check failed: words" and a stack of calls below: the words. */
const char *ml_engine_words(void)
{
	static _Thread_local char words[200];
	const char *text = XGBGetLastError(), *at;

	if (text[0] == '[' && (at = strstr(text, "] ")) != NULL)
		text = at + 2;
	if ((at = strstr(text, ".cc:")) || (at = strstr(text, ".h:"))) {
		const char *line = strchr(text, '\n');

		at = strstr(at, ": ");
		if (at && (!line || at < line))
			text = at + 2;
	}
	text += strspn(text, " \n");
	snprintf(words, sizeof(words), "%.*s", (int)strcspn(text, "\n"), text);
	return words;
}

static int refused(struct bt_err *err, const char *what)
{
	return bt_fail(err, -EINVAL, "%s: XGBoost says: %s", what, ml_engine_words());
}

/* What it has to say comes back as errors; anything else would go over the screen. */
static void drop_words(const char *words BT_UNUSED)
{
}

static int new_booster(struct ml_booster **booster, const DMatrixHandle *known, unsigned threads,
	struct bt_err *err)
{
	struct ml_booster *b = calloc(1, sizeof(*b));
	char text[24];

	*booster = b;
	if (!b)
		return bt_oom(err, "the model");
	XGBRegisterLogCallback(drop_words);
	snprintf(text, sizeof(text), "%u", threads);
	if (XGBoosterCreate(known, known != NULL, &b->handle) ||
		XGBoosterSetParam(b->handle, "nthread", text))
		return refused(err, "the model");
	return 0;
}

int ml_booster_load(struct ml_booster **booster, const void *bytes, size_t n, unsigned threads,
	struct bt_err *err)
{
	char text[24];
	int r = new_booster(booster, NULL, threads, err);

	snprintf(text, sizeof(text), "%u", threads);
	if (r == 0 &&
		(XGBoosterLoadModelFromBuffer((*booster)->handle, bytes, n) ||
			XGBoosterSetParam((*booster)->handle, "nthread", text)))
		r = bt_fail(err, -EINVAL, "XGBoost says: %s", ml_engine_words());
	if (r < 0) {
		ml_booster_free(*booster);
		*booster = NULL;
	}
	return r;
}

void ml_booster_limit(struct ml_booster *booster, unsigned rounds)
{
	booster->rounds = rounds;
}

void ml_booster_margins(struct ml_booster *booster, const float *margins, unsigned outputs)
{
	booster->margins = margins;
	booster->outputs = outputs;
}

void ml_booster_free(struct ml_booster *booster)
{
	if (booster && booster->handle)
		XGBoosterFree(booster->handle);
	free(booster);
}

int ml_booster_save(struct ml_booster *booster, const char **bytes, size_t *n, const char *format,
	struct bt_err *err)
{
	char conf[40];
	bst_ulong len;

	snprintf(conf, sizeof(conf), "{\"format\":\"%s\"}", format);
	if (XGBoosterSaveModelToBuffer(booster->handle, conf, &len, bytes))
		return refused(err, "saving the model");
	*n = len;
	return 0;
}

int ml_matrix_new(struct ml_matrix **matrix, const float *rows, size_t n, unsigned features,
	const float *labels, struct bt_err *err)
{
	struct ml_matrix *m = calloc(1, sizeof(*m));

	*matrix = NULL;
	if (!m)
		return bt_oom(err, "rows");
	XGBRegisterLogCallback(drop_words);
	if (XGDMatrixCreateFromMat(rows, n, features, NAN, &m->handle) ||
		(labels && XGDMatrixSetFloatInfo(m->handle, "label", labels, n))) {
		refused(err, "rows");
		ml_matrix_free(m);
		return -EINVAL;
	}
	*matrix = m;
	return 0;
}

void ml_matrix_free(struct ml_matrix *matrix)
{
	if (matrix && matrix->handle)
		XGDMatrixFree(matrix->handle);
	free(matrix);
}

int ml_booster_new(struct ml_booster **booster, const struct ml_matrix *train,
	const struct ml_param *params, struct bt_err *err)
{
	int r = new_booster(booster, &train->handle, 1, err);

	for (; r == 0 && params->name; params++)
		if (XGBoosterSetParam((*booster)->handle, params->name, params->value))
			r = refused(err, params->name);
	if (r < 0) {
		ml_booster_free(*booster);
		*booster = NULL;
	}
	return r;
}

int ml_booster_round(
	struct ml_booster *booster, struct ml_matrix *train, unsigned round, struct bt_err *err)
{
	if (XGBoosterUpdateOneIter(booster->handle, (int)round, train->handle))
		return refused(err, "training");
	return 0;
}

int ml_booster_outputs(struct ml_booster *booster, const float **out, unsigned *per_row,
	struct ml_matrix *rows, size_t n, struct bt_err *err)
{
	const bst_ulong *shape;
	bst_ulong dims, all = 1;

	if (XGBoosterPredictFromDMatrix(booster->handle, rows->handle,
		    "{\"type\":0,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
		    "\"strict_shape\":false}",
		    &shape, &dims, out))
		return refused(err, "predicting");
	for (bst_ulong i = 0; i < dims; i++)
		all *= shape[i];
	*per_row = (unsigned)(all / n);
	return 0;
}

int ml_predictor_new(struct ml_predictor **predictor, const struct ml_booster *booster,
	size_t rows_max, unsigned features, struct bt_err *err)
{
	struct ml_predictor *p = calloc(1, sizeof(*p));

	*predictor = p;
	if (p)
		p->rows = calloc(rows_max * features, sizeof(*p->rows));
	if (p && booster->margins)
		p->margins = malloc(rows_max * booster->outputs * sizeof(*p->margins));
	if (!p || !p->rows || !p->margins != !booster->margins || XGProxyDMatrixCreate(&p->proxy)) {
		ml_predictor_close(p);
		*predictor = NULL;
		return bt_oom(err, "inputs");
	}
	p->handle = booster->handle;
	p->features = features;
	p->outputs = booster->outputs;
	for (size_t i = 0; p->margins && i < rows_max * p->outputs; i++)
		p->margins[i] = booster->margins[i % p->outputs];
	snprintf(p->how, sizeof(p->how),
		"{\"type\":0,\"training\":false,\"iteration_begin\":0,\"iteration_end\":%u,"
		"\"missing\":NaN,\"strict_shape\":false,\"cache_id\":0}",
		booster->rounds);
	return 0;
}

int ml_predictor_open(struct ml_predictor **predictor, const struct ml_booster *booster,
	size_t rows_max, unsigned features, struct bt_err *err)
{
	int r = ml_predictor_new(predictor, booster, rows_max, features, err);
	size_t n;

	if (r < 0 || ml_predict(*predictor, rows_max, &n))
		return r;
	refused(err, "predicting");
	ml_predictor_close(*predictor);
	*predictor = NULL;
	return -EINVAL;
}

void ml_predictor_close(struct ml_predictor *predictor)
{
	if (!predictor)
		return;
	if (predictor->proxy)
		XGDMatrixFree(predictor->proxy);
	free(predictor->rows);
	free(predictor->margins);
	free(predictor);
}

float *ml_predictor_rows(struct ml_predictor *predictor)
{
	return predictor->rows;
}

static void describe(char text[DESCRIPTION], const float *array, size_t n, unsigned width)
{
	snprintf(text, DESCRIPTION,
		"{\"data\":[%zu,true],\"shape\":[%zu,%u],\"typestr\":\"<f4\",\"version\":3}",
		(size_t)(uintptr_t)array, n, width);
}

/* Margins of n rows. The engine takes them only for as many rows as it saw last, so it gets another
 * place for rows. */
static bool describe_margins(struct ml_predictor *p, size_t n)
{
	char array[DESCRIPTION];

	if (p->proxy)
		XGDMatrixFree(p->proxy);
	p->proxy = NULL;
	describe(array, p->margins, n, p->outputs);
	return XGProxyDMatrixCreate(&p->proxy) == 0 &&
		XGDMatrixSetInfoFromInterface(p->proxy, "base_margin", array) == 0;
}

const float *ml_predict(struct ml_predictor *predictor, size_t n, size_t *n_out)
{
	const bst_ulong *shape;
	bst_ulong dims;
	const float *out;

	if (n != predictor->described) {
		if (predictor->margins && !describe_margins(predictor, n))
			return NULL;
		describe(predictor->array, predictor->rows, n, predictor->features);
		predictor->described = n;
	}
	if (XGBoosterPredictFromDense(predictor->handle, predictor->array, predictor->how,
		    predictor->proxy, &shape, &dims, &out))
		return NULL;
	*n_out = 1;
	for (bst_ulong i = 0; i < dims; i++)
		*n_out *= shape[i];
	return out;
}
