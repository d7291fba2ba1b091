/* A model's file as JSON: texts of either format, words that JSON lacks, and how values are found
 * in it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_fault.h"
#include "ml/model_impl.h"
#include "ml/ubj.h"

const json_t *ml_json_within(const json_t *root, const char *const *names)
{
	for (; root && *names; names++)
		root = json_object_get(root, *names);
	return root;
}

bool ml_json_real(double *out, const json_t *value)
{
	const char *text = json_string_value(value);
	char *end;

	*out = text ? strtod(text, &end) : json_number_value(value);
	return text ? end != text && !*end : json_is_number(value);
}

bool ml_json_number(double *out, const json_t *value)
{
	return ml_json_real(out, value) && isfinite(*out);
}

/* Bytes of NaN, Infinity or -Infinity, which the engine writes into JSON as they stand; 0: none is
 * there. */
static size_t word_at(const char *p, size_t n)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity", "-NaN" };

	for (size_t i = 0; i < BT_LEN(words); i++)
		if (n >= strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* The JSON with these words in quotes, which jansson reads; `out` NULL: only how long that is. */
static size_t quote_words(char *out, const char *bytes, size_t n)
{
	bool inside = false;
	size_t len = 0, word;

	for (size_t i = 0; i < n; i++) {
		word = inside ? 0 : word_at(bytes + i, n - i);
		if (word) {
			if (out) {
				out[len] = '"';
				memcpy(out + len + 1, bytes + i, word);
				out[len + word + 1] = '"';
			}
			len += word + 2;
			i += word - 1;
			continue;
		}
		if (inside && bytes[i] == '\\' && i + 1 < n) {
			if (out)
				out[len] = bytes[i];
			len++;
			i++;
		} else if (bytes[i] == '"') {
			inside = !inside;
		}
		if (out)
			out[len] = bytes[i];
		len++;
	}
	return len;
}

static json_t *parse_json(const struct ml_model *m, struct bt_err *why)
{
	char fault[BT_JSON_FAULT_SIZE];
	json_error_t at;
	json_t *root = json_loadb(m->bytes, m->n_bytes, 0, &at);
	size_t n = root ? 0 : quote_words(NULL, m->bytes, m->n_bytes);
	char *quoted;

	if (!root && n > m->n_bytes) {
		quoted = malloc(n);
		if (!quoted) {
			bt_oom(why, NULL);
			return NULL;
		}
		quote_words(quoted, m->bytes, m->n_bytes);
		root = json_loadb(quoted, n, 0, &at);
		free(quoted);
	}
	if (!root)
		bt_fail(why, -EINVAL, "line %d: %s", at.line, bt_json_fault(fault, at.text));
	return root;
}

int ml_model_parse(json_t **root, const struct ml_model *m, struct bt_err *err)
{
	struct bt_err why = { 0 };
	bool ubj = m->n_bytes > 1 && m->bytes[0] == '{' && strchr("iUIlL$#}", m->bytes[1]);

	*root = NULL;
	if (!m->n_bytes || m->bytes[0] != '{')
		return bt_fail(
			err, -EINVAL, "%s: expected a model of XGBoost's JSON or UBJSON", m->path);
	if (ubj) {
		*root = ml_ubj_read((const uint8_t *)m->bytes, m->n_bytes, &why);
	} else {
		*root = parse_json(m, &why);
	}
	if (!*root)
		return bt_fail(err, why.code == -ENOMEM ? -ENOMEM : -EINVAL, "%s: not whole %s: %s",
			m->path, ubj ? "UBJSON" : "JSON", why.msg);
	return 0;
}
