#include "bitcoin/rules/hash.h"

#include <nettle/ripemd160.h>
#include <nettle/sha1.h>
#include <stdlib.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#include "base/encode.h"

void btc_sha256(uint8_t out[32], const uint8_t *p, size_t n)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, n, p);
	sha256_digest(&ctx, 32, out);
}

void btc_sha256d_end(uint8_t out[32], struct sha256_ctx *ctx)
{
	sha256_digest(ctx, 32, out);
	/* sha256_digest leaves a fresh context behind. */
	sha256_update(ctx, 32, out);
	sha256_digest(ctx, 32, out);
}

void btc_sha256d(uint8_t out[32], const uint8_t *p, size_t n)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, n, p);
	btc_sha256d_end(out, &ctx);
}

void btc_ripemd160(uint8_t out[20], const uint8_t *p, size_t n)
{
	struct ripemd160_ctx ctx;

	ripemd160_init(&ctx);
	ripemd160_update(&ctx, n, p);
	ripemd160_digest(&ctx, 20, out);
}

void btc_hash160(uint8_t out[20], const uint8_t *p, size_t n)
{
	uint8_t mid[32];

	btc_sha256(mid, p, n);
	btc_ripemd160(out, mid, sizeof(mid));
}

void btc_sha1(uint8_t out[20], const uint8_t *p, size_t n)
{
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, n, p);
	sha1_digest(&ctx, 20, out);
}

/* SHA-256 of each tag, which BIP340 puts twice in front of what is hashed. */
static const uint8_t tag_hash[][32] = {
	/* TapLeaf */
	[BTC_TAG_LEAF] = {
		0xae, 0xea, 0x8f, 0xdc, 0x42, 0x08, 0x98, 0x31,
		0x05, 0x73, 0x4b, 0x58, 0x08, 0x1d, 0x1e, 0x26,
		0x38, 0xd3, 0x5f, 0x1c, 0xb5, 0x40, 0x08, 0xd4,
		0xd3, 0x57, 0xca, 0x03, 0xbe, 0x78, 0xe9, 0xee,
	},
	/* TapBranch */
	[BTC_TAG_BRANCH] = {
		0x19, 0x41, 0xa1, 0xf2, 0xe5, 0x6e, 0xb9, 0x5f,
		0xa2, 0xa9, 0xf1, 0x94, 0xbe, 0x5c, 0x01, 0xf7,
		0x21, 0x6f, 0x33, 0xed, 0x82, 0xb0, 0x91, 0x46,
		0x34, 0x90, 0xd0, 0x5b, 0xf5, 0x16, 0xa0, 0x15,
	},
	/* TapTweak */
	[BTC_TAG_TWEAK] = {
		0xe8, 0x0f, 0xe1, 0x63, 0x9c, 0x9c, 0xa0, 0x50,
		0xe3, 0xaf, 0x1b, 0x39, 0xc1, 0x43, 0xc6, 0x3e,
		0x42, 0x9c, 0xbc, 0xeb, 0x15, 0xd9, 0x40, 0xfb,
		0xb5, 0xc5, 0xa1, 0xf4, 0xaf, 0x57, 0xc5, 0xe9,
	},
	/* TapSighash */
	[BTC_TAG_SIGHASH] = {
		0xf4, 0x0a, 0x48, 0xdf, 0x4b, 0x2a, 0x70, 0xc8,
		0xb4, 0x92, 0x4b, 0xf2, 0x65, 0x46, 0x61, 0xed,
		0x3d, 0x95, 0xfd, 0x66, 0xa3, 0x13, 0xeb, 0x87,
		0x23, 0x75, 0x97, 0xc6, 0x28, 0xe4, 0xa0, 0x31,
	},
};

void btc_tagged_init(struct sha256_ctx *ctx, enum btc_tag tag)
{
	sha256_init(ctx);
	sha256_update(ctx, 32, tag_hash[tag]);
	sha256_update(ctx, 32, tag_hash[tag]);
}

void btc_hash_hex(char out[BTC_HEX_SIZE], const uint8_t hash[32])
{
	for (int i = 0; i < 32; i++)
		bt_hex(out + 2 * i, &hash[31 - i], 1);
}

#if defined(__x86_64__) || defined(__i386__)
static const char *accelerated(void)
{
	unsigned a, b, c, d;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29))
		return "sha_ni";
	return NULL;
}
#elif defined(__aarch64__) && defined(__linux__)
static const char *accelerated(void)
{
	return (getauxval(AT_HWCAP) & 1ul << 6) != 0 ? "armv8 sha2" : NULL;
}
#else
static const char *accelerated(void)
{
	return NULL;
}
#endif

const char *btc_hash_impl(void)
{
	/* nettle chooses by the same processor bits, unless this variable names what it may use. */
	const char *forced = getenv("NETTLE_FAT_OVERRIDE");
	const char *name = accelerated();

	if (name == NULL || (forced != NULL && strstr(forced, "sha") == NULL))
		return "nettle, generic";
	return name[0] == 's' ? "nettle, sha_ni" : "nettle, armv8 sha2";
}
