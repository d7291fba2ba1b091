/*
 * json_fault.h: what is wrong with a text that is no JSON, in words for a user: those of jansson
 * (json_error_t's text) name its flags and its C types. Any thread.
 */
#ifndef BT_JSON_FAULT_H
#define BT_JSON_FAULT_H

#include "base/base.h"

#define BT_JSON_FAULT_SIZE 256

/* Writes the fault that jansson describes into out, with the place it names ("near …"). Returns
 * out. */
const char *bt_json_fault(char out[BT_JSON_FAULT_SIZE], const char *jansson);

#endif
