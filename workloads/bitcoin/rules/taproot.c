#include "bitcoin/rules/taproot.h"

#include "bitcoin/rules/hash.h"
#include "bitcoin/rules/sig.h"

void btc_tap_leaf(uint8_t out[32], uint8_t version, struct btc_span script)
{
	uint8_t head[10] = { version };
	struct sha256_ctx h;

	btc_tagged_init(&h, BTC_TAG_LEAF);
	sha256_update(&h, 1 + btc_put_compact(head + 1, script.n), head);
	sha256_update(&h, script.n, script.p);
	sha256_digest(&h, 32, out);
}

void btc_tap_branch(uint8_t out[32], const uint8_t a[32], const uint8_t b[32])
{
	bool ordered = memcmp(a, b, 32) < 0;
	struct sha256_ctx h;

	btc_tagged_init(&h, BTC_TAG_BRANCH);
	sha256_update(&h, 32, ordered ? a : b);
	sha256_update(&h, 32, ordered ? b : a);
	sha256_digest(&h, 32, out);
}

void btc_tap_tweak(uint8_t out[32], const uint8_t internal[32], const uint8_t *root)
{
	struct sha256_ctx h;

	btc_tagged_init(&h, BTC_TAG_TWEAK);
	sha256_update(&h, 32, internal);
	if (root != NULL)
		sha256_update(&h, 32, root);
	sha256_digest(&h, 32, out);
}

bool btc_tap_commits(struct btc_span control, const uint8_t leaf[32], const uint8_t program[32])
{
	uint8_t k[32];

	memcpy(k, leaf, 32);
	for (size_t at = BTC_TAP_BASE; at < control.n; at += BTC_TAP_NODE)
		btc_tap_branch(k, k, control.p + at);
	btc_tap_tweak(k, control.p + 1, k);
	return btc_taproot_tweak_ok(program, control.p[0] & 1, control.p + 1, k);
}
