#include "web5/key.h"

#include <errno.h>
#include <gmp.h>
#include <string.h>

#include "base/rng.h"
#include "web5/multibase.h"

/* Codes of multicodec's table: 0xed, 0xec, 0xe7, 0x1200, 0x1201. */
const struct w5_curve_row w5_curves[W5_CURVES] = {
	[W5_ED25519] = { "Ed25519", "OKP", { 0xed, 0x01 }, 32, 32 },
	[W5_X25519] = { "X25519", "OKP", { 0xec, 0x01 }, 32, 32 },
	[W5_SECP256K1] = { "secp256k1", "EC", { 0xe7, 0x01 }, 32, 33 },
	[W5_P256] = { "P-256", "EC", { 0x80, 0x24 }, 32, 33 },
	[W5_P384] = { "P-384", "EC", { 0x81, 0x24 }, 48, 49 },
};

/* y^2 = x^3 + a x + b modulo p; every p here is 3 modulo 4 (SEC 2; FIPS 186-4, D.1.2). a is 0 or p
 * - 3. */
static const struct {
	const char *p, *b;
	int a;
} weierstrass[W5_CURVES] = {
	[W5_SECP256K1] = { "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", "7",
		0 },
	[W5_P256] = { "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", -3 },
	[W5_P384] = { "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000"
		      "000000000000"
		      "ffffffff",
		"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a"
		"85c8edd3ec2aef",
		-3 },
};

static bool is_ec(enum w5_curve curve)
{
	return weierstrass[curve].p != NULL;
}

static void put(uint8_t *out, size_t size, const mpz_t v)
{
	size_t n = (mpz_sizeinbase(v, 2) + 7) / 8;

	memset(out, 0, size);
	if (mpz_sgn(v) != 0)
		mpz_export(out + size - n, NULL, 1, 1, 1, 0, v);
}

/* x^3 + a x + b */
static void right_side(mpz_t out, const mpz_t x, const mpz_t p, enum w5_curve curve)
{
	mpz_t b;

	mpz_init_set_str(b, weierstrass[curve].b, 16);
	mpz_mul(out, x, x);
	if (weierstrass[curve].a)
		mpz_sub_ui(out, out, 3);
	mpz_mul(out, out, x);
	mpz_add(out, out, b);
	mpz_mod(out, out, p);
	mpz_clear(b);
}

/* The y of this x whose last bit is `odd`. False: x is no coordinate of a point. */
static bool find_y(uint8_t *out, const uint8_t *in, enum w5_curve curve, bool odd)
{
	size_t size = w5_curves[curve].size;
	mpz_t p, x, y, z, e;
	bool ok;

	mpz_init_set_str(p, weierstrass[curve].p, 16);
	mpz_inits(x, y, z, e, NULL);
	mpz_import(x, size, 1, 1, 1, 0, in);
	ok = mpz_cmp(x, p) < 0;
	right_side(z, x, p, curve);
	mpz_add_ui(e, p, 1);
	mpz_fdiv_q_2exp(e, e, 2);
	mpz_powm(y, z, e, p);
	mpz_mul(e, y, y);
	mpz_mod(e, e, p);
	ok &= mpz_cmp(e, z) == 0;
	if (ok && mpz_odd_p(y) != odd)
		mpz_sub(y, p, y);
	put(out, size, y);
	mpz_clears(p, x, y, z, e, NULL);
	return ok;
}

/* 2^255 - 19 */
static void field_25519(mpz_t p)
{
	mpz_init(p);
	mpz_setbit(p, 255);
	mpz_sub_ui(p, p, 19);
}

/* The y coordinate of an Ed25519 key, its sign bit left out (RFC 8032, 5.1.3). False: no point has
 * it. */
static bool read_ed25519(mpz_t y, const mpz_t p, const uint8_t key[32])
{
	uint8_t bytes[32];
	mpz_t u, v, d;
	bool ok;

	memcpy(bytes, key, 32);
	bytes[31] &= 0x7f;
	mpz_import(y, 32, -1, 1, 1, 0, bytes);
	ok = mpz_cmp(y, p) < 0;
	/* x^2 = (y^2 - 1) / (d y^2 + 1), d = -121665 / 121666, has to be a square. */
	mpz_inits(u, v, d, NULL);
	mpz_set_ui(d, 121666);
	mpz_invert(d, d, p);
	mpz_mul_si(d, d, -121665);
	mpz_mod(d, d, p);
	mpz_mul(u, y, y);
	mpz_mul(v, u, d);
	mpz_add_ui(v, v, 1);
	mpz_sub_ui(u, u, 1);
	mpz_mod(v, v, p);
	mpz_mod(u, u, p);
	ok &= mpz_invert(v, v, p) != 0;
	mpz_mul(u, u, v);
	mpz_mod(u, u, p);
	if (mpz_sgn(u) == 0)
		ok &= !(key[31] & 0x80); /* x = 0 has no sign */
	else
		ok &= mpz_legendre(u, p) == 1;
	mpz_clears(u, v, d, NULL);
	return ok;
}

static bool is_ed25519(const uint8_t key[32])
{
	mpz_t p, y;
	bool ok;

	field_25519(p);
	mpz_init(y);
	ok = read_ed25519(y, p, key);
	mpz_clears(p, y, NULL);
	return ok;
}

static int no_point(struct bt_err *err, enum w5_curve curve)
{
	return bt_fail(err, -EINVAL, "the key is no point of %s", w5_curves[curve].name);
}

int w5_key_unpack(
	struct w5_key *key, enum w5_curve curve, const uint8_t *bytes, size_t n, struct bt_err *err)
{
	const struct w5_curve_row *row = &w5_curves[curve];

	memset(key, 0, sizeof(*key));
	key->curve = curve;
	if (n != row->packed)
		return bt_fail(err, -EINVAL, "a key of %s has %u bytes, this one %zu", row->name,
			row->packed, n);
	if (!is_ec(curve)) {
		memcpy(key->x, bytes, 32);
		return curve == W5_ED25519 && !is_ed25519(bytes) ? no_point(err, curve) : 0;
	}
	if (bytes[0] != 2 && bytes[0] != 3)
		return bt_fail(err, -EINVAL, "the key of %s is not compressed", row->name);
	memcpy(key->x, bytes + 1, row->size);
	return find_y(key->y, key->x, curve, bytes[0] == 3) ? 0 : no_point(err, curve);
}

size_t w5_key_pack(uint8_t out[49], const struct w5_key *key)
{
	const struct w5_curve_row *row = &w5_curves[key->curve];

	if (is_ec(key->curve))
		out[0] = 2 + (key->y[row->size - 1] & 1);
	memcpy(out + is_ec(key->curve), key->x, row->size);
	return row->packed;
}

void w5_key_multibase(char *out, const struct w5_key *key)
{
	uint8_t bytes[W5_BYTES_MAX];

	memcpy(bytes, w5_curves[key->curve].codec, 2);
	out[0] = 'z';
	w5_base58(out + 1, bytes, 2 + w5_key_pack(bytes + 2, key));
}

int w5_key_read(struct w5_key *key, const char *text, size_t len, struct bt_err *err)
{
	uint8_t bytes[W5_BYTES_MAX];
	int n;

	if (len < 2 || text[0] != 'z')
		return bt_fail(err, -EINVAL, "expected z and base58btc");
	n = w5_base58_read(bytes, text + 1, len - 1);
	if (n < 2)
		return bt_fail(err, -EINVAL, "what follows z is not base58btc of a key");
	for (unsigned curve = 0; curve < W5_CURVES; curve++)
		if (memcmp(bytes, w5_curves[curve].codec, 2) == 0)
			return w5_key_unpack(
				key, (enum w5_curve)curve, bytes + 2, (size_t)n - 2, err);
	return bt_fail(err, -EINVAL,
		"multicodec 0x%02x%02x: expected a key of Ed25519, X25519, secp256k1, P-256 or "
		"P-384",
		bytes[0], bytes[1]);
}

static int set_coordinate(json_t *jwk, const char *name, const uint8_t *v, size_t size)
{
	char text[W5_TEXT_MAX];

	w5_base64(text, v, size);
	return json_object_set_new(jwk, name, json_string(text));
}

json_t *w5_key_jwk(const struct w5_key *key)
{
	const struct w5_curve_row *row = &w5_curves[key->curve];
	json_t *jwk = json_pack("{ss ss}", "kty", row->kty, "crv", row->name);

	if (!jwk)
		return NULL;
	if (set_coordinate(jwk, "x", key->x, row->size) == 0 &&
		(!is_ec(key->curve) || set_coordinate(jwk, "y", key->y, row->size) == 0))
		return jwk;
	json_decref(jwk);
	return NULL;
}

static bool read_coordinate(uint8_t *out, size_t size, const json_t *jwk, const char *name)
{
	const json_t *text = json_object_get(jwk, name);

	return json_is_string(text) &&
		w5_base64_read(out, size, json_string_value(text), json_string_length(text)) ==
		(long)size;
}

int w5_key_of_jwk(struct w5_key *key, const json_t *jwk, struct bt_err *err)
{
	const char *crv = json_string_value(json_object_get(jwk, "crv"));
	const char *kty = json_string_value(json_object_get(jwk, "kty"));
	const struct w5_curve_row *row;
	uint8_t packed[49], y[48];
	unsigned curve = 0;
	int r;

	while (curve < W5_CURVES && (!crv || strcmp(w5_curves[curve].name, crv) != 0))
		curve++;
	if (curve == W5_CURVES)
		return bt_fail(err, -EINVAL,
			"JWK: crv %.20s: expected Ed25519, X25519, secp256k1, P-256 or P-384",
			crv ? crv : "not given");
	row = &w5_curves[curve];
	if (!kty || strcmp(kty, row->kty) != 0)
		return bt_fail(err, -EINVAL, "JWK: kty of %s: expected %s", row->name, row->kty);
	if (json_object_get(jwk, "d"))
		return bt_fail(err, -EINVAL, "JWK: a private key, which nobody may publish");
	memset(key, 0, sizeof(*key));
	key->curve = (enum w5_curve)curve;
	if (!read_coordinate(key->x, row->size, jwk, "x") ||
		(is_ec(key->curve) && !read_coordinate(key->y, row->size, jwk, "y")))
		return bt_fail(err, -EINVAL,
			"JWK: a coordinate of %s: expected %u bytes in base64url", row->name,
			row->size);
	memcpy(y, key->y, sizeof(y));
	r = w5_key_unpack(key, key->curve, packed, w5_key_pack(packed, key), err);
	if (r == 0 && memcmp(y, key->y, sizeof(y)) != 0)
		r = no_point(err, key->curve);
	return r;
}

int w5_key_agreement(struct w5_key *out, const struct w5_key *ed25519, struct bt_err *err)
{
	mpz_t p, y, u, v;
	uint8_t bytes[32];
	bool ok;

	field_25519(p);
	mpz_inits(y, u, v, NULL);
	ok = read_ed25519(y, p, ed25519->x);
	/* u = (1 + y) / (1 - y) */
	mpz_add_ui(u, y, 1);
	mpz_ui_sub(v, 1, y);
	mpz_mod(v, v, p);
	ok = ok && mpz_invert(v, v, p) != 0;
	mpz_mul(u, u, v);
	mpz_mod(u, u, p);
	put(bytes, sizeof(bytes), u);
	mpz_clears(p, y, u, v, NULL);
	if (!ok)
		return no_point(err, W5_X25519);
	memset(out, 0, sizeof(*out));
	out->curve = W5_X25519;
	for (unsigned i = 0; i < 32; i++)
		out->x[i] = bytes[31 - i];
	return 0;
}

void w5_key_draw(struct w5_key *key, enum w5_curve curve, uint64_t seed, uint64_t n)
{
	struct bt_rng rng;
	uint8_t bytes[49];
	struct bt_err err;

	bt_rng_init(&rng, seed ^ (n * W5_CURVES + curve) * UINT64_C(0x9e3779b97f4a7c15));
	do {
		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)bt_rng_next(&rng);
		if (is_ec(curve))
			bytes[0] = 2 + (bytes[0] & 1);
	} while (w5_key_unpack(key, curve, bytes, w5_curves[curve].packed, &err) < 0);
}
