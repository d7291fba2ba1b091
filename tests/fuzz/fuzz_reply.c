/* The body of an HTTP reply, as a node's, an inference server's or a resolver's: what is refused
 * has words. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "ml/oip.h"
#include "net/jsonrpc.h"
#include "web5/did.h"

#define NUMBERS 6

static void read_rpc(const char *text, size_t n)
{
	struct bt_http_call call = {
		.reply = text, .reply_len = n, .status = 200, .error = BT_NET_OK
	};
	const char *words;
	long long code;
	json_t *json;

	if (bt_jsonrpc_reply(&json, &call) != BT_NET_OK) {
		BTC_FUZZ_HOLDS(call.why[0] != '\0');
		return;
	}
	if (bt_jsonrpc_error(json, &code, &words))
		BTC_FUZZ_HOLDS(words != NULL);
	json_decref(json);
}

static void read_document(const char *text, size_t n)
{
	json_t *document = json_loadb(text, n, 0, NULL);
	struct bt_err err = { .msg = "" };

	if (document && w5_did_check(document, "did:example:1", &err) < 0)
		BTC_FUZZ_HOLDS(err.msg[0] != '\0');
	json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bt_err err = { .msg = "" };
	struct ml_oip_model model;
	float out[NUMBERS];
	char *text = malloc(size + 1);

	BTC_FUZZ_HOLDS(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_rpc(text, size);
	read_document(text, size);
	BTC_FUZZ_HOLDS(ml_oip_metadata(&model, text, size, 3, &err) == 0 || err.msg[0] != '\0');
	err.msg[0] = '\0';
	BTC_FUZZ_HOLDS(
		ml_oip_outputs(out, NUMBERS, NULL, text, size, &err) == 0 || err.msg[0] != '\0');
	free(text);
	return 0;
}
