/*
 * btc_json.h: vectors from JSON files of the npm package bitcore-lib, found through
 * BT_NODE_MODULES. What is read lives in an arena until it is reset; anything that is not as
 * expected fails the test.
 */
#ifndef BTC_JSON_H
#define BTC_JSON_H

#include <jansson.h>

#include "bitcoin/rules/validate.h"

/* Is there a package? If not, says so on standard error; main then returns BTC_JSON_SKIP, which
 * automake calls a skip. */
#define BTC_JSON_SKIP 77
bool btc_json_available(void);

/* Reads test/data/NAME of the package. The caller releases it. */
json_t *btc_json_load(const char *name);

/* A string of a case by its place in the array; by its key. Fails when there is none. */
const char *btc_json_at(const json_t *array, size_t i);
const char *btc_json_get(const json_t *object, const char *key);

/* Bytes written as hex, and scripts in words. */
struct btc_span btc_json_unhex(struct btc_arena *arena, const char *hex);
struct btc_span btc_json_script(struct btc_arena *arena, const char *words);

/* Parses serialised bytes, which must be one transaction. */
void btc_json_tx(struct btc_tx *tx, struct btc_arena *arena, struct btc_span bytes);

/* Writes a transaction. */
struct btc_span btc_json_write(struct btc_arena *arena, const struct btc_tx *tx);

#endif
