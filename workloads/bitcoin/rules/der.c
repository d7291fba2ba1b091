#include "bitcoin/rules/der.h"

#define TAG_SEQUENCE 0x30
#define TAG_INTEGER  0x02

/* BIP66: an integer of one to 33 bytes, not negative, without padding that is not needed. */
static bool strict_integer(const uint8_t *p, size_t n)
{
	if (n == 0 || (p[0] & 0x80) != 0)
		return false;
	return n == 1 || p[0] != 0 || (p[1] & 0x80) != 0;
}

bool btc_der_is_strict(struct btc_span s)
{
	const uint8_t *p = s.p;
	size_t len_r, len_s;

	if (s.n < 9 || s.n > 73 || p[0] != TAG_SEQUENCE || p[1] != s.n - 3)
		return false;
	len_r = p[3];
	if (len_r + 5 >= s.n)
		return false;
	len_s = p[5 + len_r];
	if (len_r + len_s + 7 != s.n)
		return false;
	return p[2] == TAG_INTEGER && strict_integer(p + 4, len_r) && p[4 + len_r] == TAG_INTEGER &&
		strict_integer(p + 6 + len_r, len_s);
}

/* A length in short or long form, of at most three bytes that count. */
static bool lax_length(struct btc_reader *r, size_t *len)
{
	uint8_t first = btc_read_u8(r);
	size_t bytes = first & 0x7f;

	*len = first;
	if ((first & 0x80) == 0)
		return r->why == NULL;
	if (bytes > btc_read_left(r))
		return false;
	while (bytes > 0 && r->p[r->at] == 0) {
		r->at++;
		bytes--;
	}
	if (bytes >= 4)
		return false;
	for (*len = 0; bytes > 0; bytes--)
		*len = *len << 8 | btc_read_u8(r);
	return r->why == NULL;
}

static bool lax_integer(struct btc_reader *r, struct btc_span *number)
{
	size_t len;

	if (btc_read_u8(r) != TAG_INTEGER || !lax_length(r, &len))
		return false;
	number->p = btc_read_bytes(r, len);
	number->n = len;
	while (r->why == NULL && number->n > 0 && number->p[0] == 0) {
		number->p++;
		number->n--;
	}
	return r->why == NULL;
}

/* The length of the sequence is stepped over, whatever it says. */
static bool lax_sequence(struct btc_reader *r)
{
	uint8_t first;

	if (btc_read_u8(r) != TAG_SEQUENCE)
		return false;
	first = btc_read_u8(r);
	if ((first & 0x80) != 0)
		btc_read_bytes(r, first & 0x7f);
	return r->why == NULL;
}

bool btc_der_parse_lax(secp256k1_ecdsa_signature *out, struct btc_span sig)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	struct btc_reader rd = { .p = sig.p, .size = sig.n };
	struct btc_span r, s;
	uint8_t compact[64] = { 0 };

	if (!lax_sequence(&rd) || !lax_integer(&rd, &r) || !lax_integer(&rd, &s))
		return false;
	if (r.n <= 32 && s.n <= 32) {
		if (r.n > 0)
			memcpy(compact + 32 - r.n, r.p, r.n);
		if (s.n > 0)
			memcpy(compact + 64 - s.n, s.p, s.n);
		if (secp256k1_ecdsa_signature_parse_compact(ctx, out, compact))
			return true;
		memset(compact, 0, sizeof(compact));
	}
	/* Zero is in range for the parser and out of range for the verifier. */
	return secp256k1_ecdsa_signature_parse_compact(ctx, out, compact) == 1;
}
