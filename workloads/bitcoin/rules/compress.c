#include "bitcoin/rules/compress.h"

#include <secp256k1.h>

#include "bitcoin/rules/script.h"

/* Known forms by number: the hashes and the keys' first bytes stand for the whole script. */
enum form {
	FORM_P2PKH,
	FORM_P2SH,
	FORM_KEY_EVEN,
	FORM_KEY_ODD,
	FORM_FULL_EVEN,
	FORM_FULL_ODD,
	FORMS
};

uint64_t btc_read_varint(struct btc_reader *r, uint64_t max)
{
	size_t start = r->at;
	uint64_t v = 0;

	for (;;) {
		uint8_t byte = btc_read_u8(r);

		if (r->why != NULL)
			break;
		if (v > max >> 7) {
			btc_read_fail(r, "number too large");
			break;
		}
		v = v << 7 | (byte & 0x7f);
		if ((byte & 0x80) == 0)
			return v;
		/* Each further byte counts from one, so that every number has one form. */
		if (v == max) {
			btc_read_fail(r, "number too large");
			break;
		}
		v++;
	}
	r->at = start;
	return 0;
}

size_t btc_put_varint(uint8_t *p, uint64_t v)
{
	uint8_t digits[BTC_VARINT_MAX];
	size_t n = 0;

	digits[n++] = v & 0x7f;
	while (v > 0x7f) {
		v = (v >> 7) - 1;
		digits[n++] = (uint8_t)(0x80 | (v & 0x7f));
	}
	for (size_t i = 0; i < n; i++)
		p[i] = digits[n - 1 - i];
	return n;
}

/* Trailing zeros of the decimal amount are counted, up to nine, and its last digit that is not zero
 * stands apart. */
uint64_t btc_amount_compress(uint64_t v)
{
	unsigned zeros = 0;
	uint64_t digit;

	if (v == 0)
		return 0;
	for (; v % 10 == 0 && zeros < 9; zeros++)
		v /= 10;
	if (zeros == 9)
		return 1 + (v - 1) * 10 + 9;
	digit = v % 10;
	return 1 + (v / 10 * 9 + digit - 1) * 10 + zeros;
}

uint64_t btc_amount_decompress(uint64_t x)
{
	unsigned zeros;
	uint64_t v;

	if (x == 0)
		return 0;
	x--;
	zeros = x % 10;
	x /= 10;
	v = zeros == 9 ? x + 1 : x / 9 * 10 + x % 9 + 1;
	while (zeros-- > 0)
		v *= 10;
	return v;
}

static size_t put_hash(uint8_t *s, const uint8_t *hash, bool script_hash)
{
	size_t n = 0;

	if (!script_hash)
		s[n++] = OP_DUP;
	s[n++] = OP_HASH160;
	s[n++] = 20;
	memcpy(s + n, hash, 20);
	n += 20;
	if (!script_hash) {
		s[n++] = OP_EQUALVERIFY;
		s[n++] = OP_CHECKSIG;
	} else {
		s[n++] = OP_EQUAL;
	}
	return n;
}

/* The key whose X this is, in the wanted size; no bytes when there is none. */
static size_t put_key(uint8_t *s, const uint8_t x[32], bool odd, bool full)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	size_t n = full ? 65 : 33;
	secp256k1_pubkey key;

	s[0] = (uint8_t)n;
	s[1] = odd ? 3 : 2;
	memcpy(s + 2, x, 32);
	if (full) {
		if (!secp256k1_ec_pubkey_parse(ctx, &key, s + 1, 33))
			return 0;
		secp256k1_ec_pubkey_serialize(ctx, s + 1, &n, &key, SECP256K1_EC_UNCOMPRESSED);
	}
	s[n + 1] = OP_CHECKSIG;
	return n + 2;
}

static struct btc_span known(struct btc_reader *r, unsigned form, uint8_t *room)
{
	size_t n = form <= FORM_P2SH ? 20 : 32;
	const uint8_t *p = btc_read_bytes(r, n);

	if (p == NULL)
		return (struct btc_span){ .n = 0 };
	if (form <= FORM_P2SH)
		n = put_hash(room, p, form == FORM_P2SH);
	else
		n = put_key(room, p, (form & 1) != 0, form >= FORM_FULL_EVEN);
	return (struct btc_span){ .p = room, .n = n };
}

struct btc_span btc_script_decompress(struct btc_reader *r, uint8_t room[BTC_SCRIPT_KNOWN_MAX])
{
	uint64_t n = btc_read_varint(r, UINT32_MAX);
	const uint8_t *p;

	if (n < FORMS)
		return known(r, (unsigned)n, room);
	n -= FORMS;
	p = btc_read_bytes(r, n);
	if (n <= BTC_MAX_SCRIPT)
		return (struct btc_span){ .p = p, .n = p != NULL ? n : 0 };
	room[0] = OP_RETURN;
	return (struct btc_span){ .p = room, .n = 1 };
}

static bool is_p2pkh(struct btc_span s)
{
	return s.n == 25 && s.p[0] == OP_DUP && s.p[1] == OP_HASH160 && s.p[2] == 20 &&
		s.p[23] == OP_EQUALVERIFY && s.p[24] == OP_CHECKSIG;
}

static bool is_key(struct btc_span s, size_t size)
{
	return s.n == size + 2 && s.p[0] == size && s.p[size + 1] == OP_CHECKSIG;
}

/* Which form stands for a script, or FORMS. */
static enum form form_of(struct btc_span s)
{
	secp256k1_pubkey key;

	if (is_p2pkh(s))
		return FORM_P2PKH;
	if (btc_script_is_p2sh(s))
		return FORM_P2SH;
	if (is_key(s, 33) && (s.p[1] == 2 || s.p[1] == 3))
		return s.p[1] == 2 ? FORM_KEY_EVEN : FORM_KEY_ODD;
	if (is_key(s, 65) && s.p[1] == 4 &&
		secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, s.p + 1, 65))
		return (s.p[65] & 1) == 0 ? FORM_FULL_EVEN : FORM_FULL_ODD;
	return FORMS;
}

size_t btc_script_compress(uint8_t *p, struct btc_span script)
{
	static const uint8_t from[] = { 3, 2, 2, 2, 2, 2 };
	enum form form = form_of(script);
	size_t n;

	if (form == FORMS) {
		n = btc_put_varint(p, script.n + FORMS);
		if (script.n > 0)
			memcpy(p + n, script.p, script.n);
		return n + script.n;
	}
	n = form <= FORM_P2SH ? 20 : 32;
	p[0] = (uint8_t)form;
	memcpy(p + 1, script.p + from[form], n);
	return 1 + n;
}
