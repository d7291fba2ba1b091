/* Published vectors: FIPS 180, RIPEMD-160's home page, the genesis block. */
#include "cm.h"

#include <stdlib.h>

#include "btc_asm.h"
#include "bitcoin/rules/block.h"
#include "bitcoin/rules/hash.h"

enum kind { SHA256, SHA256D, SHA1, RIPEMD160, HASH160 };

struct row {
	enum kind kind;
	const char *text;
	const char *hex;
};

static const struct row rows[] = {
	{ SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ SHA256D, "hello", "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50" },
	{ SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ RIPEMD160, "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc" },
	{ RIPEMD160, "", "9c1185a5c5e9fc54612808977ee8f548b2258d31" },
	{ HASH160, "", "b472a266d0bd89c13706a4132ccfb16f7c3b9fcb" },
};

static void published_vectors_hold(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const uint8_t *p = (const uint8_t *)rows[i].text;
		size_t n = strlen(rows[i].text);
		uint8_t got[32], want[32];
		int size = btc_unhex(want, 32, rows[i].hex, strlen(rows[i].hex));

		switch (rows[i].kind) {
		case SHA256:
			btc_sha256(got, p, n);
			break;
		case SHA256D:
			btc_sha256d(got, p, n);
			break;
		case SHA1:
			btc_sha1(got, p, n);
			break;
		case RIPEMD160:
			btc_ripemd160(got, p, n);
			break;
		case HASH160:
			btc_hash160(got, p, n);
		}
		assert_true(size > 0);
		assert_memory_equal(got, want, (size_t)size);
	}
}

static void tags_are_hashed_twice_in_front(void **unused)
{
	static const char *const tags[] = { "TapLeaf", "TapBranch", "TapTweak", "TapSighash" };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(tags); i++) {
		uint8_t whole[67], want[32], got[32];
		struct sha256_ctx h;

		btc_sha256(whole, (const uint8_t *)tags[i], strlen(tags[i]));
		memcpy(whole + 32, whole, 32);
		memcpy(whole + 64, "abc", 3);
		btc_sha256(want, whole, sizeof(whole));
		btc_tagged_init(&h, (enum btc_tag)i);
		sha256_update(&h, 3, (const uint8_t *)"abc");
		sha256_digest(&h, 32, got);
		assert_memory_equal(got, want, 32);
	}
}

static void a_hash_is_displayed_reversed(void **unused)
{
	uint8_t raw[BTC_HEADER_SIZE], hash[32];
	char hex[BTC_HEX_SIZE];
	struct btc_header h;

	(void)unused;
	/* The header of the first block there was. */
	assert_int_equal(btc_unhex(raw, sizeof(raw),
				 "0100000000000000000000000000000000000000000000000000000000000000"
				 "000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa"
				 "4b1e5e4a29ab5f49ffff001d1dac2b7c",
				 160),
		BTC_HEADER_SIZE);
	btc_sha256d(hash, raw, sizeof(raw));
	btc_hash_hex(hex, hash);
	assert_string_equal(
		hex, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
	btc_header_parse(&h, raw);
	assert_int_equal(h.time, 1231006505);
	assert_int_equal(h.bits, 0x1d00ffff);
	assert_int_equal(h.nonce, 2083236893);
}

static void the_implementation_has_a_name(void **unused)
{
	(void)unused;
	assert_memory_equal(btc_hash_impl(), "nettle, ", 8);
	setenv("NETTLE_FAT_OVERRIDE", "none", 1);
	assert_string_equal(btc_hash_impl(), "nettle, generic");
	unsetenv("NETTLE_FAT_OVERRIDE");
}

static void a_merkle_tree_folds_and_shows_twins(void **unused)
{
	uint8_t h[5][32], again[6][32], root[32], want[32], pair[64];
	bool mutated;

	(void)unused;
	btc_merkle_root(root, &mutated, NULL, 0);
	memset(want, 0, 32);
	assert_memory_equal(root, want, 32);
	for (unsigned i = 0; i < 5; i++)
		memset(h[i], (int)i + 1, 32);
	memcpy(again, h, 3 * 32);
	btc_merkle_root(root, &mutated, again, 1);
	assert_memory_equal(root, h[0], 32);
	/* Three leaves: the third is paired with itself. */
	memcpy(again, h, 3 * 32);
	btc_merkle_root(root, &mutated, again, 3);
	assert_false(mutated);
	memcpy(pair, h, 64);
	btc_sha256d(want, pair, 64);
	memcpy(pair, h[2], 32);
	memcpy(pair + 32, h[2], 32);
	btc_sha256d(pair + 32, pair, 64);
	memcpy(pair, want, 32);
	btc_sha256d(want, pair, 64);
	assert_memory_equal(root, want, 32);
	/* CVE-2012-2459: with the third repeated the root is the same, and it shows. */
	memcpy(again, h, 3 * 32);
	memcpy(again[3], h[2], 32);
	btc_merkle_root(root, &mutated, again, 4);
	assert_true(mutated);
	assert_memory_equal(root, want, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors_hold),
		cmocka_unit_test(tags_are_hashed_twice_in_front),
		cmocka_unit_test(a_hash_is_displayed_reversed),
		cmocka_unit_test(the_implementation_has_a_name),
		cmocka_unit_test(a_merkle_tree_folds_and_shows_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
