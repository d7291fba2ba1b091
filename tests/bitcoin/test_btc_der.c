/* Signatures in all the forms that blocks have had them in. */
#include "cm.h"

#include "btc_asm.h"
#include "bitcoin/rules/der.h"
#include "bitcoin/rules/sig.h"

/* R and S as in the good row; RS is both, in compact form. */
#define R    "4e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd41"
#define S    "181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d09"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

struct row {
	const char *what;
	const char *hex; /* without hash type */
	bool strict;
	const char *lax; /* compact, or NULL: not even lax */
};

static const struct row rows[] = {
	{ "good", "304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S,
		true, R S },
	{ "small numbers", "3006020101020102", true,
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000002" },
	{ "high bit padded", "300702020080020102", true,
		"0000000000000000000000000000000000000000000000000000000000000080"
		"0000000000000000000000000000000000000000000000000000000000000002" },
	{ "high bit not padded", "3006020180020102", false,
		"0000000000000000000000000000000000000000000000000000000000000080"
		"0000000000000000000000000000000000000000000000000000000000000002" },
	{ "R padded",
		"304502210"
		"04e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd41"
		"0220" S,
		false, R S },
	{ "S padded",
		"304502204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd41022100" S,
		false, R S },
	{ "wrong total length",
		"304302204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S,
		false, R S },
	{ "long form of total length",
		"30814402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S,
		false, R S },
	{ "long form of R's length",
		"30450281204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S,
		false, R S },
	{ "longer form of R's length",
		"304802840000002"
		"04e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S,
		false, R S },
	{ "bytes after S",
		"304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220" S
		"0011",
		false, R S },
	{ "R of no bytes",
		"300502000201"
		"02",
		false, ZERO "0000000000000000000000000000000000000000000000000000000000000002" },
	{ "R of 33 bytes that count",
		"30260221"
		"01" ZERO "020101",
		true, ZERO ZERO },
	{ "S over the group order",
		"302602010102"
		"21"
		"00fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
		true, ZERO ZERO },
	{ "another tag in front", "3144022001", false, NULL },
	{ "another tag before R",
		"300603010102"
		"0102",
		false, NULL },
	{ "another tag before S",
		"300602010103"
		"0102",
		false, NULL },
	{ "length of R past the end",
		"300602110102"
		"0102",
		false, NULL },
	{ "length of R in five bytes",
		"300b028501000000010102"
		"0101",
		false, NULL },
	{ "length in more bytes than there are", "30ff", false, NULL },
	{ "no S", "3003020101", false, NULL },
	{ "nothing", "", false, NULL },
};

static void signatures_are_read_as_laxly_as_they_were_written(void **unused)
{
	const secp256k1_context *ctx = secp256k1_context_static;

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t der[100], want[64], got[64];
		int n = btc_unhex(der, sizeof(der), rows[i].hex, strlen(rows[i].hex));
		struct btc_span sig = { .p = der, .n = (size_t)n };
		secp256k1_ecdsa_signature parsed;
		bool ok;

		if (n < 0)
			fail_msg("%s: bad row", rows[i].what);
		ok = btc_der_parse_lax(&parsed, sig);
		if (ok != (rows[i].lax != NULL))
			fail_msg("%s: lax parser says %d", rows[i].what, ok);
		if (!ok)
			continue;
		assert_int_equal(btc_unhex(want, 64, rows[i].lax, 128), 64);
		secp256k1_ecdsa_signature_serialize_compact(ctx, got, &parsed);
		if (memcmp(got, want, 64) != 0)
			fail_msg("%s: read as other numbers", rows[i].what);
	}
}

static void strict_encoding_is_the_one_of_bip66(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t der[100];
		int n = btc_unhex(der, sizeof(der) - 1, rows[i].hex, strlen(rows[i].hex));
		struct btc_span sig = { .p = der, .n = (size_t)n + 1 };

		der[n] = 1;
		if (btc_der_is_strict(sig) != rows[i].strict)
			fail_msg("%s: expected strict %d", rows[i].what, rows[i].strict);
	}
}

static void a_signature_cut_off_anywhere_is_not_read_past_its_end(void **unused)
{
	uint8_t der[100];
	int n = btc_unhex(der, sizeof(der), rows[0].hex, strlen(rows[0].hex));

	(void)unused;
	for (int cut = 0; cut < n; cut++) {
		uint8_t exact[100];
		secp256k1_ecdsa_signature parsed;
		struct btc_span sig = { .p = exact + sizeof(exact) - cut, .n = (size_t)cut };

		memcpy(exact + sizeof(exact) - cut, der, (size_t)cut);
		assert_false(btc_der_parse_lax(&parsed, sig));
		assert_false(btc_der_is_strict(sig));
	}
}

/* BIP340's test vector 0, and the same with a bit changed. */
static void schnorr_signatures_verify(void **unused)
{
	uint8_t key[32], sig[64], hash[32] = { 0 };

	(void)unused;
	btc_unhex(key, 32, "F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9", 64);
	btc_unhex(sig, 64,
		"E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA8215"
		"25F66A4A85EA8B71E482A74F382D2CE5EBEEE8FDB2172F477DF4900D310536C0",
		128);
	assert_true(btc_schnorr_verify(sig, hash, key));
	sig[40] ^= 1;
	assert_false(btc_schnorr_verify(sig, hash, key));
}

static void encoding_rules_apply_when_asked_for(void **unused)
{
	uint8_t der[100];
	int n = btc_unhex(der, sizeof(der), rows[0].hex, strlen(rows[0].hex));
	struct btc_span sig = { .p = der, .n = (size_t)n + 1 };

	(void)unused;
	der[n] = 1;
	assert_int_equal(
		btc_sig_encoding(sig, BTC_VERIFY_STRICTENC | BTC_VERIFY_LOW_S), BTC_SCRIPT_ERR_OK);
	der[n] = 0x83;
	assert_int_equal(btc_sig_encoding(sig, BTC_VERIFY_STRICTENC), BTC_SCRIPT_ERR_OK);
	der[n] = 4;
	assert_int_equal(btc_sig_encoding(sig, BTC_VERIFY_STRICTENC), BTC_SCRIPT_ERR_SIG_HASHTYPE);
	assert_int_equal(btc_sig_encoding(sig, BTC_VERIFY_DERSIG), BTC_SCRIPT_ERR_OK);
	der[38] = 0x7f; /* S over half of the group order */
	memset(der + 39, 0xff, 16);
	assert_int_equal(btc_sig_encoding(sig, BTC_VERIFY_LOW_S), BTC_SCRIPT_ERR_SIG_HIGH_S);
	sig.n = 0;
	assert_int_equal(btc_sig_encoding(sig, UINT32_MAX), BTC_SCRIPT_ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_read_as_laxly_as_they_were_written),
		cmocka_unit_test(strict_encoding_is_the_one_of_bip66),
		cmocka_unit_test(a_signature_cut_off_anywhere_is_not_read_past_its_end),
		cmocka_unit_test(schnorr_signatures_verify),
		cmocka_unit_test(encoding_rules_apply_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
