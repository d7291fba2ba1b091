/*
 * train_models DIR: makes the shipped models and, beside each, rows with the outputs that the
 * engine gave when it was trained; and prints what data/models/README.md says of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recipe.h"

static int fail(const char *what)
{
	fprintf(stderr, "train_models: %s\n", what);
	return 1;
}

static FILE *create(const char *dir, const char *name, const char *suffix)
{
	char path[1200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%.*s%s", dir,
		(int)(*suffix ? strcspn(name, ".") : strlen(name)), name, suffix);
	f = fopen(path, "w");
	if (!f)
		perror(path);
	return f;
}

static int write_reference(
	const char *dir, const struct recipe *recipe, struct recipe_result *r, struct bt_err *err)
{
	struct ml_matrix *m = NULL;
	const float *out;
	unsigned outputs = 0, i, c;
	FILE *f = create(dir, recipe->file, ".reference.csv");
	int rc = f ? ml_matrix_new(&m, r->held_out, RECIPE_REFERENCE, RECIPE_FEATURES, NULL, err)
		   : -1;

	if (rc == 0)
		rc = ml_booster_outputs(r->booster, &out, &outputs, m, RECIPE_REFERENCE, err);
	for (c = 0; rc == 0 && c < RECIPE_FEATURES; c++)
		fprintf(f, "f%u,", c);
	for (c = 0; rc == 0 && c < outputs; c++)
		fprintf(f, "out%u,", c);
	if (rc == 0)
		fprintf(f, "label\n");
	for (i = 0; rc == 0 && i < RECIPE_REFERENCE; i++) {
		for (c = 0; c < RECIPE_FEATURES; c++)
			fprintf(f, "%.6g,", (double)r->held_out[i * RECIPE_FEATURES + c]);
		for (c = 0; c < outputs; c++)
			fprintf(f, "%.9g,", (double)out[i * outputs + c]);
		fprintf(f, "%.6g\n", (double)r->labels[i]);
	}
	if (f && fclose(f) != 0)
		rc = -1;
	ml_matrix_free(m);
	return rc;
}

static int write_model(
	const char *dir, const struct recipe *recipe, struct recipe_result *r, struct bt_err *err)
{
	const char *bytes;
	size_t n;
	FILE *f;

	if (ml_booster_save(r->booster, &bytes, &n, recipe->format, err) < 0)
		return -1;
	f = create(dir, recipe->file, "");
	if (!f)
		return -1;
	printf("%-30s %8zu bytes", recipe->file, n);
	return fwrite(bytes, 1, n, f) == n && fclose(f) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct bt_err err = { .msg = "cannot be written" };

	if (argc != 2)
		return fail("expected one word: the directory");
	for (const struct recipe *recipe = recipes; recipe->file; recipe++) {
		struct recipe_result r;

		if (recipe_make(&r, recipe, &err) < 0)
			return fail(err.msg);
		if (write_model(argv[1], recipe, &r, &err) < 0 ||
			write_reference(argv[1], recipe, &r, &err) < 0) {
			recipe_fini(&r);
			return fail(err.msg);
		}
		if (recipe->classes)
			printf(", %s: %.1f %% right, nearest centre %.1f %%, a guess %.1f %%\n",
				recipe->what, 100 * r.got, 100 * r.best, 100 * r.floor);
		else
			printf(", %s: error %.1f, last price repeated %.1f\n", recipe->what, r.got,
				r.best);
		recipe_fini(&r);
	}
	return 0;
}
