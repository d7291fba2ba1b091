/*
 * Decentralised identifiers and their documents. Vectors: W3C CCG did:key Method, test-vectors/
 * (ed25519-x25519, x25519, secp256k1, nist-curves); did:jwk Method, examples; base58btc:
 * draft-msporny-base58-03; base64url: RFC 4648.
 */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "web5/multibase.h"
#include "web5/cache.h"
#include "web5/did.h"

static json_t *resolve(const char *did, enum w5_format format, bool derive)
{
	struct bt_err err = { 0 };
	json_t *document = w5_did_document(did, format, derive, &err);

	if (!document)
		fail_msg("%s: %s", did, err.msg);
	if (w5_did_check(document, did, &err) < 0)
		fail_msg("%s: %s", did, err.msg);
	return document;
}

static void are_equal(const json_t *got, const json_t *want)
{
	if (!json_equal(got, want))
		fail_msg("got %s\nwant %s", json_dumps(got, JSON_COMPACT),
			json_dumps(want, JSON_COMPACT));
}

/* The same key in all ways of use that a signing key has. */
static void relate(json_t *document, const char *id, bool agrees)
{
	static const char *const ways[] = { "assertionMethod", "authentication",
		"capabilityInvocation", "capabilityDelegation", "keyAgreement" };

	for (unsigned i = 0; i < (agrees ? 5 : 4); i++)
		json_object_set_new(document, ways[i], json_pack("[s]", id));
}

static void ed25519_and_the_x25519_derived_from_it(void **state)
{
	static const struct {
		const char *id, *key, *agreement, *agreement_key;
	} rows[] = {
		{ "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
			"4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS",
			"z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW",
			"7By6kV2t2d188odEM4ExAve1UithKT6dLva4dwsDT3ak" },
		{ "z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
			"6ASf5EcmmEHTgDJ4X4ZT5vT6iHVJBXPg5AN5YoTCpGWt",
			"z6LSrHyXiPBhUbvPUtyUCdf32sniiMGPTAesgHrtEa4FePtr",
			"FcoNC5NqP9CePWbhfz95iHaEsCjGkZUioK9Ck7Qiw286" },
		{ "z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf",
			"8pM1DN3RiT8vbom5u1sNryaNT1nyL8CTTW3b5PwWXRBH",
			"z6LSkkqoZRC34AEpbkhZCqLDcHQVAxuLpQ7kC8XCXMVUfvjE",
			"A5fe37PAxhX5WNKngBpGHhC1KpNE7nwbK9oX2tqwxYxU" },
		{ "z6MkvqoYXQfDDJRv8L4wKzxYeuKyVZBfi9Qo6Ro8MiLH3kDQ",
			"HPYVwAQmskwT1qEEeRzhoomyfyupJGASQQtCXSNG8XS2",
			"z6LSiUo6AEDat8Ze4nQzDo67SGuHLLwsUGkxndHGUjsywHow",
			"7ocvdvQinfqtyQ3Dh9aA7ggoVCQkmfaoueZazHETDv3B" },
		{ "z6MkwW6aqMnjgrhJXFUko3NnZPGzVpkNzhYK7yEhnsibmLwL",
			"J3qYF7YJMKCqQke47UQwiHizgFUXapHxRxKmxbkar89x",
			"z6LSrGb3qm4xMCEBjvwkLb2WEcXfTM94Tu1RyGCbT5wbg8i9",
			"FbQtKTG6FjWSeYZyowWYv2KBcCbwmHqH6HUuxdJ4xkwP" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		char did[200], id[400], agreement[400];
		json_t *got, *want;

		snprintf(did, sizeof(did), "did:key:%s", rows[i].id);
		snprintf(id, sizeof(id), "%s#%s", did, rows[i].id);
		snprintf(agreement, sizeof(agreement), "%s#%s", did, rows[i].agreement);
		want = json_pack("{s[sss] ss s[{ssssssss}{ssssssss}] s[s]}", "@context",
			"https://www.w3.org/ns/did/v1",
			"https://w3id.org/security/suites/ed25519-2018/v1",
			"https://w3id.org/security/suites/x25519-2019/v1", "id", did,
			"verificationMethod", "id", id, "type", "Ed25519VerificationKey2018",
			"controller", did, "publicKeyBase58", rows[i].key, "id", agreement, "type",
			"X25519KeyAgreementKey2019", "controller", did, "publicKeyBase58",
			rows[i].agreement_key, "keyAgreement", agreement);
		relate(want, id, false);
		got = resolve(did, W5_SUITE, true);
		are_equal(got, want);
		json_decref(got);
		got = resolve(did, W5_MULTIKEY, false); /* none is derived unless it is asked for */
		assert_null(json_object_get(got, "keyAgreement"));
		assert_int_equal(json_array_size(json_object_get(got, "verificationMethod")), 1);
		json_decref(got);
		json_decref(want);
	}
}

static void keys_of_one_suite(void **state)
{
	static const struct {
		const char *id, *key;
		bool x25519;
	} rows[] = {
		{ "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
			"23o6Sau8NxxzXcgSc3PLcNxrzrZpbLeBn1izfv3jbKhuv", false },
		{ "zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2",
			"291KzQhqCPC18PqH83XKhxv1HdqrdnxyS7dh15t2uNRzJ", false },
		{ "zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
			"oesQ92MLiAkt2pjBcJFbW7H4DvzKJv22cotjYbmC2JEe", false },
		{ "zQ3shadCps5JLAHcZiuX5YUtWHHL8ysBJqFLWvjZDKAWUBGzy",
			"pg3p1vprqePgUoqfAQ1TTgxhL6zLYhHyzooR1pqLxo9F", false },
		{ "zQ3shptjE6JwdkeKN4fcpnYQY3m9Cet3NiHdAfpvSUZBFoKBj",
			"24waDFAUAS16UpZwQQTXVEAmm17rQRjadjuAeBDW8aqL1", false },
		{ "z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
			"4Dy8E9UaZscuPUf2GLxV44RCNL7oxmEXXkgWXaug1WKV", true },
		{ "z6LStiZsmxiK4odS4Sb6JmdRFuJ6e1SYP157gtiCyJKfrYha",
			"J3PiFeuSyLugy4DKn87TwK5cnruRgPtxouzXUqg99Avp", true },
		{ "z6LSoMdmJz2Djah2P4L9taDmtqeJ6wwd2HhKZvNToBmvaczQ",
			"CgTbngDMe7yHHfxPMvhpaFRpFoQWKgXAgwenJj8PsFDe", true },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		char did[200], id[400];
		json_t *got, *want;

		snprintf(did, sizeof(did), "did:key:%s", rows[i].id);
		snprintf(id, sizeof(id), "%s#%s", did, rows[i].id);
		want = json_pack("{s[ss] ss s[{ssssssss}]}", "@context",
			"https://www.w3.org/ns/did/v1",
			rows[i].x25519 ? "https://w3id.org/security/suites/x25519-2019/v1"
				       : "https://w3id.org/security/suites/secp256k1-2019/v1",
			"id", did, "verificationMethod", "id", id, "type",
			rows[i].x25519 ? "X25519KeyAgreementKey2019"
				       : "EcdsaSecp256k1VerificationKey2019",
			"controller", did, "publicKeyBase58", rows[i].key);
		if (rows[i].x25519)
			json_object_set_new(want, "keyAgreement", json_pack("[s]", id));
		else
			relate(want, id, true);
		got = resolve(did, W5_SUITE, true);
		are_equal(got, want);
		json_decref(got);
		json_decref(want);
	}
}

/* Those vectors are written with names that DID Core has replaced: the keys and what they may do
 * are held. */
static void nist_curves(void **state)
{
	static const struct {
		const char *id, *crv, *x, *y;
	} rows[] = {
		{ "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", "P-256",
			"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
			"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM" },
		{ "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", "P-256",
			"fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
			"hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU" },
		{ "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
			"P-384", "lInTxl8fjLKp_UCrxI0WDklahi-7-_6JbtiHjiRvMvhedhKVdHBfi2HCY8t_QJyc",
			"y6N1IC-2mXxHreETBW7K3mBcw0qGr3CWHCs-yl09yCQRLcyfGv7XhqAngHOu51Zv" },
		{ "z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54",
			"P-384", "CA-iNoHDg1lL8pvX3d1uvExzVfCz7Rn6tW781Ub8K5MrDf2IMPyL0RTDiaLHC1JT",
			"Kpnrn8DkXUD3ge4mFxi-DKr0DYO2KuJdwNBrhzLRtfMa3WFMZBiPKUPfJj8dYNl_" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		char did[200], id[400];
		json_t *got, *want;

		snprintf(did, sizeof(did), "did:key:%s", rows[i].id);
		snprintf(id, sizeof(id), "%s#%s", did, rows[i].id);
		want = json_pack("{s[ss] ss s[{ssssss s{ssssssss}}]}", "@context",
			"https://www.w3.org/ns/did/v1",
			"https://w3id.org/security/suites/jws-2020/v1", "id", did,
			"verificationMethod", "id", id, "type", "JsonWebKey2020", "controller", did,
			"publicKeyJwk", "kty", "EC", "crv", rows[i].crv, "x", rows[i].x, "y",
			rows[i].y);
		relate(want, id, true);
		got = resolve(did, W5_JWK, true);
		are_equal(got, want);
		json_decref(got);
		json_decref(want);
	}
}

static void a_jwk_is_its_own_document(void **state)
{
	static const char p256[] =
		"did:jwk:"
		"eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3"
		"l6OTFQSDZDZEgyVjAiL"
		"CJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";
	static const char x25519[] = "did:jwk:"
				     "eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM"
				     "3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5"
				     "yZngtRkctSUswOCJ9";
	char id[600];
	json_t *got, *want;

	(void)state;
	snprintf(id, sizeof(id), "%s#0", p256);
	want = json_pack("{s[ss] ss s[{ssssss s{ssssssss}}]}", "@context",
		"https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1",
		"id", p256, "verificationMethod", "id", id, "type", "JsonWebKey2020", "controller",
		p256, "publicKeyJwk", "crv", "P-256", "kty", "EC", "x",
		"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0", "y",
		"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE");
	relate(want, id, true);
	got = resolve(p256, W5_MULTIKEY, false);
	are_equal(got, want);
	json_decref(got);
	json_decref(want);

	snprintf(id, sizeof(id), "%s#0", x25519);
	want = json_pack("{s[ss] ss s[{ssssss s{ssssssss}}] s[s]}", "@context",
		"https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1",
		"id", x25519, "verificationMethod", "id", id, "type", "JsonWebKey2020",
		"controller", x25519, "publicKeyJwk", "kty", "OKP", "crv", "X25519", "use", "enc",
		"x", "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08", "keyAgreement", id);
	got = resolve(x25519, W5_MULTIKEY, false);
	are_equal(got, want);
	json_decref(got);
	json_decref(want);
}

static void what_is_wrong_with_an_identifier_is_said(void **state)
{
	static const struct {
		const char *did, *words;
	} rows[] = {
		{ "did:key:x6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
			"expected z and base58btc" },
		{ "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0", "not base58btc" },
		{ "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW",
			"multicodec 0x0416: expected a key of" },
		/* The last byte changed: no point has that coordinate. */
		{ "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZp2",
			"no point of P-256" },
		{ "did:key:"
		  "z2J9gaYxrKVpdoG9A4gRnmpnRCcxU6agDtFVVBVdn1JedouoZN7SzcyREXXzWgt3gGiwpoHq7K68X4m3"
		  "2D8HgzG8wv3sY5j7",
			"multicodec 0x8224: expected" },
		{ "did:jwk:e30", "JWK: crv not given" },
		{ "did:jwk:bm9uc2Vuc2U", "expected a JSON Web Key" },
		{ "did:jwk:e30=", "expected a JSON Web Key" },
		{ "did:ion:abc", "expected did:key or did:jwk" },
	};
	char secret[300] = "did:jwk:";
	const char *jwk = "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"d\":\"AA\",\"x\":\"AA\"}";
	struct bt_err err;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		assert_null(w5_did_document(rows[i].did, W5_MULTIKEY, true, &err));
		assert_int_equal(err.code, -EINVAL);
		if (!strstr(err.msg, rows[i].words))
			fail_msg("%s: %s", rows[i].did, err.msg);
	}
	w5_base58(secret + 9, (const uint8_t[33]){ 0xed, 0x01, 1 }, 33);
	memcpy(secret, "did:key:z", 9);
	assert_null(w5_did_document(secret, W5_MULTIKEY, true, &err));
	assert_non_null(strstr(err.msg, "a key of Ed25519 has 32 bytes, this one 31"));
	memcpy(secret, "did:jwk:", 8);
	w5_base64(secret + 8, (const uint8_t *)jwk, strlen(jwk));
	assert_null(w5_did_document(secret, W5_MULTIKEY, true, &err));
	assert_non_null(strstr(err.msg, "private key"));
}

static void syntax_is_did_core_s(void **state)
{
	static const char *const right[] = { "did:example:123456789abcdefghi",
		"did:web:localhost%3A8443:a:b", "did:a:b:c", "did:key:z6Mk._-", "did:3:x" };
	static const char *const wrong[] = { "", "did", "did:", "did:key", "did:key:", "did:Key:x",
		"DID:key:x", "did:key:x#1", "did:key:x?y", "did:key:x/y", "did:key:%4",
		"did:key:%zz", "did:key:a b", "did:a:b:", "did::x" };
	struct bt_err err;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(right); i++)
		if (!w5_did_method(&n, right[i], &err))
			fail_msg("%s: %s", right[i], err.msg);
	for (unsigned i = 0; i < BT_LEN(wrong); i++)
		if (w5_did_method(&n, wrong[i], &err))
			fail_msg("%s: taken", wrong[i]);
}

/* The examples of the did:web Method Specification, 2.5.2. */
static void web_identifiers_have_a_place(void **state)
{
	static const struct {
		const char *did, *url;
	} rows[] = {
		{ "did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json" },
		{ "did:web:w3c-ccg.github.io:user:alice",
			"https://w3c-ccg.github.io/user/alice/did.json" },
		{ "did:web:example.com%3A3000:user:alice",
			"https://example.com:3000/user/alice/did.json" },
		{ "did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json" },
		{ "did:web:example.com%3A", NULL },
		{ "did:web:example.com%3Aabc", NULL },
		{ "did:web:example.com%2Fevil", NULL },
		{ "did:web:example.com::alice", NULL },
		{ "did:web::alice", NULL },
	};
	char url[300];
	struct bt_err err;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		int r = w5_did_web_url(url, sizeof(url), rows[i].did, &err);

		if (!rows[i].url && r == 0)
			fail_msg("%s: %s", rows[i].did, url);
		if (rows[i].url)
			assert_string_equal(r == 0 ? url : err.msg, rows[i].url);
	}
	assert_int_equal(w5_did_web_url(url, 20, rows[0].did, &err), -EINVAL);
}

static void a_document_has_to_be_the_one_asked_for(void **state)
{
	static const struct {
		const char *text, *words; /* NULL: right */
	} rows[] = {
		{ "{\"id\":\"did:a:b\"}", NULL },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":[{\"id\":\"#k\",\"type\":\"T\","
		  "\"controller\":\"did:a:c\",\"publicKeyHex\":\"00\"}],"
		  "\"authentication\":[\"did:a:b#k\",\"#k\",\"did:a:other#x\"]}",
			NULL },
		{ "{\"id\":\"did:a:c\"}", "its id is 'did:a:c'" },
		{ "{}", "its id is ''" },
		{ "[]", "no document" },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":{}}", "expected a list" },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":[{\"id\":\"#k\",\"type\":\"T\","
		  "\"controller\":\"did:a:b\"}]}",
			"without a key" },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":[{\"id\":\"#k\",\"controller\":\"did:"
		  "a:b\"}]}",
			"without type" },
		{ "{\"id\":\"did:a:b\",\"authentication\":[\"#k\"]}",
			"no verification method '#k'" },
		{ "{\"id\":\"did:a:b\",\"authentication\":[5]}", "expected identifiers" },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":[{\"id\":\"#k\",\"type\":\"T\","
		  "\"controller\":\"did:a:b\",\"publicKeyJwk\":"
		  "{\"kty\":\"EC\",\"d\":\"AA\"}}]}",
			"a private key" },
		{ "{\"id\":\"did:a:b\",\"verificationMethod\":[{\"id\":\"#k\",\"type\":\"T\","
		  "\"controller\":\"did:a:b\",\"publicKeyMultibase\":"
		  "\"z0\"}]}",
			"no base58btc" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		json_t *document = json_loads(rows[i].text, 0, NULL);
		struct bt_err err = { 0 };
		int r = w5_did_check(document, "did:a:b", &err);

		if ((r == 0) != !rows[i].words || (r < 0 && !strstr(err.msg, rows[i].words)))
			fail_msg("%s: %s", rows[i].text, r < 0 ? err.msg : "taken");
		json_decref(document);
	}
}

/* Keys that are drawn lie on their curves, are all different, and come back from both methods as
 * they were. */
static void drawn_keys_come_back(void **state)
{
	(void)state;
	for (unsigned curve = 0; curve < W5_CURVES; curve++)
		for (unsigned n = 0; n < 50; n++) {
			char did[W5_DID_MAX], other[W5_DID_MAX];
			struct w5_key key, back;
			struct bt_err err;
			json_t *jwk;

			w5_key_draw(&key, (enum w5_curve)curve, 42, n);
			w5_did_of_key(did, &key);
			if (w5_key_read(&back, did + 8, strlen(did + 8), &err) < 0)
				fail_msg("%s: %s", did, err.msg);
			assert_memory_equal(&key, &back, sizeof(key));
			json_decref(resolve(did, (enum w5_format)(n % W5_FORMATS), n % 2));
			assert_int_equal(w5_did_of_jwk(other, &key), 0);
			json_decref(resolve(other, W5_JWK, false));
			jwk = w5_key_jwk(&key);
			assert_int_equal(w5_key_of_jwk(&back, jwk, &err), 0);
			assert_memory_equal(&key, &back, sizeof(key));
			json_decref(jwk);
			w5_key_draw(&back, (enum w5_curve)curve, 42, n + 1);
			assert_memory_not_equal(&key, &back, sizeof(key));
		}
}

static void encodings_are_as_published(void **state)
{
	static const struct {
		const char *plain, *text;
	} base58[] = { { "Hello World!", "2NEpo7TZRRrLZSi2U" },
		{ "The quick brown fox jumps over the lazy dog.",
			"USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z" },
		{ "", "" } },
	  base64[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
		  { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" } };
	static const uint8_t zeros[6] = { 0, 0, 0x28, 0x7f, 0xb4, 0xcd };
	uint8_t bytes[W5_BYTES_MAX];
	char text[W5_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < BT_LEN(base58); i++) {
		assert_int_equal(
			w5_base58(text, (const uint8_t *)base58[i].plain, strlen(base58[i].plain)),
			strlen(base58[i].text));
		assert_string_equal(text, base58[i].text);
		assert_int_equal(
			w5_base58_read(bytes, text, strlen(text)), strlen(base58[i].plain));
		assert_memory_equal(bytes, base58[i].plain, strlen(base58[i].plain));
	}
	w5_base58(text, zeros, sizeof(zeros));
	assert_string_equal(text, "11233QC4");
	assert_int_equal(w5_base58_read(bytes, text, 8), 6);
	assert_memory_equal(bytes, zeros, 6);
	assert_int_equal(w5_base58_read(bytes, "0", 1), -1);
	for (unsigned i = 0; i < BT_LEN(base64); i++) {
		w5_base64(text, (const uint8_t *)base64[i].plain, strlen(base64[i].plain));
		assert_string_equal(text, base64[i].text);
		assert_int_equal(w5_base64_read(bytes, sizeof(bytes), text, strlen(text)),
			strlen(base64[i].plain));
		assert_memory_equal(bytes, base64[i].plain, strlen(base64[i].plain));
	}
	/* Bits that no encoder sets. */
	assert_int_equal(w5_base64_read(bytes, sizeof(bytes), "Zh", 2), -1);
	assert_int_equal(w5_base64_read(bytes, sizeof(bytes), "Z", 1), -1);
	assert_int_equal(w5_base64_read(bytes, sizeof(bytes), "Zg==", 4), -1);
	assert_int_equal(w5_base64_read(bytes, 2, "Zm9v", 4), -1);
}

/* Against a list that is searched from its end: the same hits, for as long, and the same ones that
 * have to go. */
static void the_cache_forgets_what_was_used_least_recently(void **state)
{
	enum { ROOM = 8, NAMES = 20, TURNS = 20000, TTL = 50 };
	struct w5_cache *cache = w5_cache_new(ROOM, TTL);
	char names[NAMES][16];
	unsigned list[ROOM], n = 0;
	uint64_t until[NAMES] = { 0 }, random = 7;
	json_t *documents[NAMES];

	(void)state;
	assert_non_null(cache);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof(names[i]), "did:a:%u", i);
		documents[i] = json_integer(i);
	}
	for (uint64_t now = 0; now < TURNS; now++) {
		unsigned name, at = 0;
		bool there;

		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		name = (unsigned)(random >> 33) % NAMES;
		name = name < 12 ? name % 4 : name; /* some are asked for more often */
		while (at < n && list[at] != name)
			at++;
		there = at < n && now < until[name];
		assert_ptr_equal(
			w5_cache_get(cache, names[name], now), there ? documents[name] : NULL);
		if (!there) {
			bool full = at == n && n == ROOM;

			assert_int_equal(
				w5_cache_put(cache, names[name], documents[name], now), full);
			until[name] = now + TTL;
			n += at == n && !full;
			at = BT_MIN(at, n - 1);
		}
		memmove(list + 1, list, at * sizeof(*list));
		list[0] = name;
	}
	w5_cache_free(cache);
	for (unsigned i = 0; i < NAMES; i++) {
		assert_int_equal(documents[i]->refcount, 1);
		json_decref(documents[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings_are_as_published),
		cmocka_unit_test(ed25519_and_the_x25519_derived_from_it),
		cmocka_unit_test(keys_of_one_suite),
		cmocka_unit_test(nist_curves),
		cmocka_unit_test(a_jwk_is_its_own_document),
		cmocka_unit_test(what_is_wrong_with_an_identifier_is_said),
		cmocka_unit_test(syntax_is_did_core_s),
		cmocka_unit_test(web_identifiers_have_a_place),
		cmocka_unit_test(a_document_has_to_be_the_one_asked_for),
		cmocka_unit_test(drawn_keys_come_back),
		cmocka_unit_test(the_cache_forgets_what_was_used_least_recently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
