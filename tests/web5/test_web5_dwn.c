/*
 * Messages of Decentralized Web Nodes. Vectors: data and JSON identifiers by dwn-sdk-js 0.5.2 (its
 * Cid, over ipfs-unixfs-importer and
 * @ipld/dag-cbor); CBOR: RFC 8949, appendix A; Ed25519: RFC 8032, 7.1.
 */
#include "cm.h"

#include <stdlib.h>

#include "base/encode.h"
#include "web5/cbor.h"
#include "web5/dwn_store.h"

static void values_have_one_form(void **state)
{
	static const struct {
		const char *json, *hex;
	} rows[] = {
		{ "0", "00" }, { "23", "17" }, { "24", "1818" }, { "255", "18ff" },
		{ "256", "190100" }, { "1000000", "1a000f4240" },
		{ "1000000000000", "1b000000e8d4a51000" }, { "-1", "20" }, { "-1000", "3903e7" },
		{ "1.1", "fb3ff199999999999a" }, { "true", "f5" }, { "null", "f6" },
		{ "\"\\u00fc\"", "62c3bc" }, { "[1,[2,3]]", "8201820203" }, { "{}", "a0" },
		{ "{\"a\":1,\"b\":[2,3]}", "a26161016162820203" },
		{ "{\"aa\":1,\"b\":2}", "a261620262616101" }, /* the shorter key goes first */
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		json_t *json = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
		uint8_t bytes[64], exact[1];
		char hex[129] = "";
		size_t n = w5_cbor(bytes, sizeof(bytes), json);

		for (size_t k = 0; k < n; k++)
			sprintf(hex + 2 * k, "%02x", bytes[k]);
		assert_string_equal(hex, rows[i].hex);
		assert_int_equal(w5_cbor(exact, 1, json), n);
		json_decref(json);
	}
}

static void json_is_identified(void **state)
{
	static const struct {
		const char *json, *cid;
	} rows[] = {
		{ "{\"b\":1,\"aa\":[true,null,-1,1000000,\"\\u00e9\"],\"a\":{\"z\":\"x\",\"y\":23,"
		  "\"x\":24,\"w\":65536,\"v\":4294967296}}",
			"bafyreigv7z4vy7bnwj3bkqaql443v4uckiq57doo2r2y2dbwstk4mpfuzm" },
		{ "{\"x\":1.5,\"n\":-257}",
			"bafyreia3jhsylqmwhi53cei4dbfbnrf6mixachk3qtuyfzy3kd33d3735a" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		json_t *json = json_loads(rows[i].json, 0, NULL);
		char cid[W5_CID_SIZE];

		assert_int_equal(w5_cid_of_json(cid, json), 0);
		assert_string_equal(cid, rows[i].cid);
		json_decref(json);
	}
}

/* One chunk, two, three, the most that one node has, and one more, which takes a second level. */
static void data_is_identified(void **state)
{
	static const struct {
		size_t n;
		const char *cid;
	} rows[] = {
		{ 1, "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu" },
		{ 16, "bafkreiaxlfzxwq4mrsfqxk2bunbff3by5fr5jc5f6dm4sw52hj6mbzvfcy" },
		{ 262144, "bafkreietseox7mbu3i3vb7ros2unfux4aqryzvgytw7scpl5juzn65javy" },
		{ 262145, "bafybeicouja4gg2waqb57du37qije2sp5slnazguiuchd2lj4gix54r2pa" },
		{ 600000, "bafybeiak23n6ofmsx2lznv663xobploaagi6qsh27ocdkzkkrbtuzumk3e" },
		{ 45613056, "bafybeiblbsv5a3wqsdcuiqzsbodtue2dbbwppjdjv7giyiyuqa2bxikayu" },
		{ 45613057, "bafybeihr7g6tzxx3ngulodiuwm2mvgfumbxrp65wbw5gl2rpk3lrhcwfky" },
	};
	size_t most = rows[BT_LEN(rows) - 1].n;
	uint8_t *data = malloc(most);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < most; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 8) * 7);
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		char cid[W5_CID_SIZE];

		assert_int_equal(w5_cid_of_data(cid, data, rows[i].n), 0);
		assert_string_equal(cid, rows[i].cid);
	}
	free(data);
}

static void read_hex(uint8_t *out, const char *hex)
{
	assert_true(bt_hex_read(out, hex, strlen(hex)));
}

static void ed25519_signs_as_published(void **state)
{
	struct w5_secret secret = { .key.curve = W5_ED25519 };
	uint8_t wanted[64], got[64], text[1] = { 0x72 };

	(void)state;
	read_hex(secret.bytes, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
	read_hex(secret.key.x, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
	read_hex(wanted,
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
	w5_sign(got, &secret, text, 1);
	assert_memory_equal(got, wanted, 64);
	assert_true(w5_verify(&secret.key, text, 1, got));
	text[0] ^= 1;
	assert_false(w5_verify(&secret.key, text, 1, got));
}

static void what_is_signed_is_verified_by_that_key_only(void **state)
{
	static const enum w5_curve curves[] = { W5_ED25519, W5_SECP256K1 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct w5_secret one, again, other;
		uint8_t a[64], b[64];

		assert_int_equal(w5_secret_draw(&one, curves[i], 7), 0);
		assert_int_equal(w5_secret_draw(&again, curves[i], 7), 0);
		assert_int_equal(w5_secret_draw(&other, curves[i], 8), 0);
		w5_sign(a, &one, "text", 4);
		w5_sign(b, &again, "text", 4);
		assert_memory_equal(a, b, 64);
		assert_true(w5_verify(&one.key, "text", 4, a));
		assert_false(w5_verify(&one.key, "texu", 4, a));
		assert_false(w5_verify(&other.key, "text", 4, a));
		a[20] ^= 4;
		assert_false(w5_verify(&one.key, "text", 4, a));
		w5_secret_fini(&one);
		w5_secret_fini(&again);
		w5_secret_fini(&other);
	}
}

/* ---- a node in process ---- */

struct node {
	struct w5_base *base;
	struct w5_store *store;
	struct w5_author author, other;
};

static void open_node(struct node *n, enum w5_curve curve, enum w5_did_form form)
{
	struct bt_err err = { .code = 0 };

	if (w5_base_make(&n->base, &err) < 0 || w5_store_open(&n->store, n->base, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(w5_author_make(&n->author, curve, form, 1), 0);
	assert_int_equal(w5_author_make(&n->other, curve, form, 2), 0);
}

static void close_node(struct node *n)
{
	w5_store_close(n->store);
	w5_base_remove(n->base);
	w5_author_fini(&n->author);
	w5_author_fini(&n->other);
}

/* What the node says to a message, which is taken over. */
static unsigned say(struct node *n, const char *tenant, json_t *message, const char *data,
	struct w5_reply *reply)
{
	char *request;

	assert_non_null(message);
	request = w5_dwn_request(tenant, message, 1);
	assert_non_null(request);
	w5_store_process(n->store, reply, request, (const uint8_t *)data, data ? strlen(data) : 0);
	free(request);
	json_decref(message);
	return reply->verdict.code;
}

#define FIRST "2026-11-26T14:05:50.000001Z"
#define LATER "2026-11-26T14:05:50.000002Z"

static const struct w5_write plain = {
	.format = "text/plain", .time = FIRST, .data = (const uint8_t *)"one", .n = 3
};

static void times_are_written_to_the_microsecond(void **state)
{
	char time[W5_TIME_SIZE];

	(void)state;
	w5_dwn_time(time, INT64_C(1795701950000001));
	assert_string_equal(time, FIRST);
	w5_dwn_time(time, 0);
	assert_string_equal(time, "1970-01-01T00:00:00.000000Z");
	w5_dwn_time(time, -1);
	assert_string_equal(time, "1969-12-31T23:59:59.999999Z");
	w5_dwn_time(time, INT64_MIN / 1000);
	assert_string_equal(time, "1677-09-21T00:12:43.145225Z");
	w5_dwn_time(time, INT64_MAX / 1000);
	assert_string_equal(time, "2262-04-11T23:47:16.854775Z");
}

static void records_are_taken_in_and_read(void **state)
{
	static const struct {
		enum w5_curve curve;
		enum w5_did_form form;
	} rows[] = { { W5_ED25519, W5_AS_KEY }, { W5_ED25519, W5_AS_JWK },
		{ W5_SECP256K1, W5_AS_KEY }, { W5_SECP256K1, W5_AS_JWK } };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		char id[W5_CID_SIZE];
		struct w5_reply r;
		struct node n = { .base = NULL };

		open_node(&n, rows[i].curve, rows[i].form);
		if (say(&n, n.author.did, w5_dwn_write(&n.author, &plain, id), "one", &r) != 202)
			fail_msg("%u %s", r.verdict.code, r.verdict.detail);
		assert_int_equal(
			say(&n, n.author.did, w5_dwn_read(&n.author, id, LATER), NULL, &r), 200);
		assert_int_equal(r.n, 3);
		assert_memory_equal(r.data, "one", 3);
		/* Nobody else reads it, and what is not there is not found. */
		assert_int_equal(
			say(&n, n.author.did, w5_dwn_read(&n.other, id, LATER), NULL, &r), 401);
		id[20] = id[20] == 'a' ? 'b' : 'a';
		assert_int_equal(
			say(&n, n.author.did, w5_dwn_read(&n.author, id, LATER), NULL, &r), 404);
		close_node(&n);
	}
}

static void later_writes_win_by_time(void **state)
{
	struct node n = { .base = NULL };
	struct w5_write w = plain;
	char id[W5_CID_SIZE];
	struct w5_reply r;

	(void)state;
	open_node(&n, W5_ED25519, W5_AS_KEY);
	json_decref(w5_dwn_write(&n.author, &plain, id));
	w.record = id;
	w.created = FIRST;
	w.time = LATER;
	w.data = (const uint8_t *)"two";
	/* A later write of what has no first one; then first, later, and either once more. */
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "two", &r), 400);
	assert_int_equal(
		say(&n, n.author.did, w5_dwn_write(&n.author, &plain, NULL), "one", &r), 202);
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "two", &r), 202);
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "two", &r), 409);
	assert_int_equal(
		say(&n, n.author.did, w5_dwn_write(&n.author, &plain, NULL), "one", &r), 409);
	assert_int_equal(say(&n, n.author.did, w5_dwn_read(&n.author, id, LATER), NULL, &r), 200);
	assert_memory_equal(r.data, "two", 3);
	/* What has to stay. */
	w.time = "2026-11-26T14:05:50.000003Z";
	w.schema = "https://example.org/schema";
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "two", &r), 400);
	close_node(&n);
}

static void records_of_a_protocol_want_it_installed(void **state)
{
	static const char url[] = "https://example.org/notes";
	struct node n = { .base = NULL };
	struct w5_write w = plain;
	struct w5_reply r;

	(void)state;
	open_node(&n, W5_ED25519, W5_AS_JWK);
	w.protocol = url;
	w.path = "note";
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "one", &r), 400);
	assert_int_equal(
		say(&n, n.author.did, w5_dwn_configure(&n.author, url, "note", FIRST), NULL, &r),
		202);
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "one", &r), 202);
	w.path = "other";
	assert_int_equal(say(&n, n.author.did, w5_dwn_write(&n.author, &w, NULL), "one", &r), 400);
	assert_int_equal(
		say(&n, n.author.did, w5_dwn_configure(&n.author, url, "note", FIRST), NULL, &r),
		409);
	close_node(&n);
}

static json_t *edit(json_t *message, const char *field, json_t *value)
{
	json_object_set_new(json_object_get(message, "descriptor"), field, value);
	return message;
}

static void what_does_not_fit_together_is_refused(void **state)
{
	struct node n = { .base = NULL };
	struct w5_write w = plain;
	struct w5_reply r;
	json_t *m;

	(void)state;
	open_node(&n, W5_SECP256K1, W5_AS_KEY);
#define WRITE     w5_dwn_write(&n.author, &plain, NULL)
#define SAY(m, d) say(&n, n.author.did, m, d, &r)
	assert_int_equal(SAY(WRITE, "onf"), 400);
	assert_int_equal(SAY(WRITE, "ones"), 400);
	assert_int_equal(SAY(edit(WRITE, "dataFormat", json_string("a/b")), "one"), 400);
	assert_int_equal(SAY(edit(WRITE, "more", json_true()), "one"), 400);
	assert_int_equal(SAY(edit(WRITE, "dataSize", json_string("3")), "one"), 400);
	assert_int_equal(SAY(edit(WRITE, "messageTimestamp", json_string("now")), "one"), 400);
	assert_int_equal(SAY(edit(WRITE, "method", json_string("Sing")), "one"), 400);
	m = WRITE;
	json_object_set_new(m, "recordId", json_string("bafy"));
	assert_int_equal(SAY(m, "one"), 400);
	m = WRITE;
	json_object_set_new(m, "contextId", json_string("bafy"));
	assert_int_equal(SAY(m, "one"), 400);
	m = WRITE;
	json_object_del(m, "authorization");
	assert_int_equal(SAY(m, "one"), 400);
	w.created = LATER;
	assert_int_equal(SAY(w5_dwn_write(&n.author, &w, NULL), "one"), 400);
	/* Right in itself, but by or for somebody else. */
	assert_int_equal(say(&n, n.other.did, WRITE, "one", &r), 401);
	assert_int_equal(SAY(w5_dwn_write(&n.other, &plain, NULL), "one"), 401);
	strcpy(n.other.kid, n.author.kid);
	strcpy(n.other.did, n.author.did);
	assert_int_equal(SAY(w5_dwn_write(&n.other, &plain, NULL), "one"), 401);
	assert_int_equal(SAY(json_object(), "one"), 400);
	w5_store_process(n.store, &r, "{", NULL, 0);
	assert_int_equal(r.verdict.code, 400);
	/* None of these left anything behind. */
	assert_int_equal(SAY(WRITE, "one"), 202);
	close_node(&n);
}

static void urls_are_in_normal_form(void **state)
{
	static const char *const good[] = { "https://example.org/a", "http://a.b:80/c/D",
		"https://example.org" };
	static const char *const bad[] = { "", "a", "https://", "https://Example.org/a",
		"HTTPS://example.org", "https://example.org/", "https://a.b/c?d", "https://a.b/#c",
		"https://a.b/c d" };
	struct bt_err err;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(good); i++)
		assert_int_equal(w5_dwn_check_url(good[i], &err), 0);
	for (unsigned i = 0; i < BT_LEN(bad); i++)
		if (w5_dwn_check_url(bad[i], &err) == 0)
			fail_msg("%s is taken", bad[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_one_form),
		cmocka_unit_test(json_is_identified),
		cmocka_unit_test(data_is_identified),
		cmocka_unit_test(ed25519_signs_as_published),
		cmocka_unit_test(what_is_signed_is_verified_by_that_key_only),
		cmocka_unit_test(times_are_written_to_the_microsecond),
		cmocka_unit_test(records_are_taken_in_and_read),
		cmocka_unit_test(later_writes_win_by_time),
		cmocka_unit_test(records_of_a_protocol_want_it_installed),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(urls_are_in_normal_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
