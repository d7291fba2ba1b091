#include "ml/oip.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MOST 18 /* bytes of a number with its comma: -1.23456789e-38, */

static int bad(struct bt_err *err, const char *what)
{
	return bt_fail(err, -EPROTO, "%s", what);
}

/* ---- what the server says of the model ---- */

static int take_input(
	struct ml_oip_model *m, const json_t *input, unsigned features, struct bt_err *err)
{
	const char *name = json_string_value(json_object_get(input, "name"));
	const char *type = json_string_value(json_object_get(input, "datatype"));
	const json_t *shape = json_object_get(input, "shape");
	size_t dims = json_array_size(shape);
	json_int_t width = json_integer_value(json_array_get(shape, dims - 1));

	if (!name || strlen(name) >= sizeof(m->input))
		return bad(err, "expected a name of the input tensor");
	if (!type || (strcmp(type, "FP32") != 0 && strcmp(type, "FP64") != 0))
		return bt_fail(err, -EPROTO, "input %.60s is of %.20s: expected FP32 or FP64", name,
			type ? type : "no datatype");
	if (dims < 1 || dims > 2 || (width != -1 && width != (json_int_t)features))
		return bt_fail(err, -EPROTO,
			"input %.60s: %lld features in %zu dimensions: expected rows of %u, as the "
			"model has",
			name, (long long)width, dims, features);
	snprintf(m->input, sizeof(m->input), "%s", name);
	snprintf(m->datatype, sizeof(m->datatype), "%s", type);
	return 0;
}

int ml_oip_metadata(struct ml_oip_model *model, const char *reply, size_t n, unsigned features,
	struct bt_err *err)
{
	json_t *root = json_loadb(reply, n, 0, NULL);
	const json_t *inputs = json_object_get(root, "inputs");
	const char *platform = json_string_value(json_object_get(root, "platform"));
	int r;

	*model = (struct ml_oip_model){ .input = "" };
	if (!json_is_object(root))
		r = bad(err, "its metadata is no JSON object");
	else if (json_array_size(inputs) != 1)
		r = bt_fail(
			err, -EPROTO, "%zu input tensors: expected one", json_array_size(inputs));
	else
		r = take_input(model, json_array_get(inputs, 0), features, err);
	snprintf(model->platform, sizeof(model->platform), "%s", platform ? platform : "");
	json_decref(root);
	return r;
}

/* ---- requests ---- */

/* A name as JSON has it. */
static char *quoted(const char *name)
{
	json_t *text = json_string(name);
	char *out = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;

	json_decref(text);
	return out;
}

static char *put_numbers(char *at, const float *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "%s%.9g", i ? "," : "", (double)numbers[i]);
	return at;
}

char *ml_oip_request(
	const struct ml_oip_model *model, const float *rows, size_t n, unsigned features)
{
	char *name = quoted(model->input), *body = NULL, *at;

	if (name)
		body = malloc(n * features * NUMBER_MOST + strlen(name) + 160);
	if (body) {
		at = body +
			sprintf(body,
				"{\"inputs\":[{\"name\":%s,\"shape\":[%zu,%u],\"datatype\":\"%s\","
				"\"data\":[",
				name, n, features, model->datatype);
		at = put_numbers(at, rows, n * features);
		strcpy(at, "]}]}");
	}
	free(name);
	return body;
}

/* ---- tensors ---- */

/* Numbers of an array, which may be one of arrays; false: too many, or something else. */
static bool flatten(float *out, size_t want, size_t *n, const json_t *data, unsigned depth)
{
	size_t i;
	const json_t *item;

	if (!json_is_array(data) || depth > 8)
		return false;
	json_array_foreach(data, i, item)
	{
		if (json_is_array(item)) {
			if (!flatten(out, want, n, item, depth + 1))
				return false;
			continue;
		}
		if (!json_is_number(item) || *n == want)
			return false;
		out[(*n)++] = (float)json_number_value(item);
	}
	return true;
}

static const json_t *tensor_of(const json_t *tensors, const char *name)
{
	const json_t *tensor;
	size_t i;

	if (!name)
		return json_array_get(tensors, 0);
	json_array_foreach(tensors, i, tensor)
	{
		const char *is = json_string_value(json_object_get(tensor, "name"));

		if (is && strcmp(is, name) == 0)
			return tensor;
	}
	return NULL;
}

int ml_oip_outputs(float *out, size_t want, const char *output, const char *reply, size_t n,
	struct bt_err *err)
{
	json_t *root = json_loadb(reply, n, 0, NULL);
	const char *error = json_string_value(json_object_get(root, "error"));
	const json_t *tensor = tensor_of(json_object_get(root, "outputs"), output);
	size_t got = 0;
	int r = 0;

	if (!json_is_object(root))
		r = bad(err, "no JSON object");
	else if (error)
		r = bt_fail(err, -EPROTO, "the server says: %.200s", error);
	else if (!tensor)
		r = bt_fail(err, -EPROTO, "no output tensor%s%.60s", output ? " " : "",
			output ? output : "");
	else if (!flatten(out, want, &got, json_object_get(tensor, "data"), 0) || got != want)
		r = bt_fail(
			err, -EPROTO, "expected exactly %zu numbers as data of the output", want);
	json_decref(root);
	return r;
}

/* ---- a server's part ---- */

static char *reply_of(const float *out, size_t n_out, size_t rows)
{
	char *reply = malloc(n_out * NUMBER_MOST + 160), *at = reply;

	if (!reply)
		return NULL;
	at += sprintf(at,
		"{\"model_name\":\"embedded\",\"outputs\":[{\"name\":\"output\",\"shape\":[%zu,%zu]"
		","
		"\"datatype\":\"FP32\",\"data\":[",
		rows, n_out / rows);
	at = put_numbers(at, out, n_out);
	strcpy(at, "]}]}");
	return reply;
}

char *ml_oip_answer(struct ml_predictor *predictor, size_t rows_max, unsigned features,
	const char *request, size_t n, struct bt_err *err)
{
	json_t *root = json_loadb(request, n, 0, NULL);
	const json_t *input = json_array_get(json_object_get(root, "inputs"), 0);
	size_t got = 0, n_out;
	char *reply = NULL;
	const float *out;

	if (!flatten(ml_predictor_rows(predictor), rows_max * features, &got,
		    json_object_get(input, "data"), 0) ||
		!got || got % features) {
		bad(err, "expected rows of numbers as data of the input");
	} else {
		out = ml_predict(predictor, got / features, &n_out);
		if (!out)
			bt_fail(err, -EPROTO, "%s", ml_engine_words());
		else if (!(reply = reply_of(out, n_out, got / features)))
			bt_oom(err, NULL);
	}
	json_decref(root);
	return reply;
}
