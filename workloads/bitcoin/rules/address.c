#include "bitcoin/rules/address.h"

#include "bitcoin/rules/hash.h"

#define VALUES_MOST 64 /* of five bits: 52 of a program, its version, and the checksum */
#define CHECKSUM    6
#define WIF_BYTES   38 /* version, key, 1, four bytes of a double hash */
#define WIF_MAIN    0x80

static uint32_t polymod(uint32_t c, uint8_t value)
{
	static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = c >> 25;

	c = (c & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		c ^= top >> i & 1 ? generator[i] : 0;
	return c;
}

/* Version and program in groups of five bits, the last filled up with zeros. */
static size_t groups(uint8_t out[VALUES_MOST], struct btc_span program)
{
	size_t n = 0;
	uint32_t acc = 0;
	unsigned bits = 0;

	out[n++] = 0;
	for (size_t i = 0; i < program.n; i++) {
		acc = acc << 8 | program.p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			out[n++] = acc >> (bits - 5) & 31;
	}
	if (bits > 0)
		out[n++] = acc << (5 - bits) & 31;
	return n;
}

static void checksum(uint8_t out[CHECKSUM], const char *prefix, const uint8_t *values, size_t n)
{
	uint32_t c = 1;

	for (const char *p = prefix; *p != '\0'; p++)
		c = polymod(c, (uint8_t)*p >> 5);
	c = polymod(c, 0);
	for (const char *p = prefix; *p != '\0'; p++)
		c = polymod(c, *p & 31);
	for (size_t i = 0; i < n; i++)
		c = polymod(c, values[i]);
	for (unsigned i = 0; i < CHECKSUM; i++)
		c = polymod(c, 0);
	c ^= 1;
	for (unsigned i = 0; i < CHECKSUM; i++)
		out[i] = c >> 5 * (CHECKSUM - 1 - i) & 31;
}

void btc_address_v0(char out[BTC_ADDRESS_SIZE], const char *prefix, struct btc_span program)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	uint8_t values[VALUES_MOST];
	char *at = stpcpy(out, prefix);
	size_t n;

	assert(program.n == 20 || program.n == 32);
	n = groups(values, program);
	checksum(values + n, prefix, values, n);
	*at++ = '1';
	for (size_t i = 0; i < n + CHECKSUM; i++)
		*at++ = digits[values[i]];
	*at = '\0';
}

/* The number that the digits are, in so many bytes; false: it is none, or of more or fewer
 * bytes. */
static bool base58(uint8_t out[WIF_BYTES], const char *text, size_t n)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

	memset(out, 0, WIF_BYTES);
	for (size_t i = 0; i < n; i++) {
		const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
		uint32_t carry = digit != NULL ? (uint32_t)(digit - digits) : 0;

		if (digit == NULL)
			return false;
		for (size_t k = WIF_BYTES; k-- > 0; carry >>= 8) {
			carry += 58 * (uint32_t)out[k];
			out[k] = (uint8_t)carry;
		}
		if (carry != 0)
			return false;
	}
	return out[0] != 0;
}

bool btc_wif_read(uint8_t secret[32], bool *of_main, const char *text, size_t n)
{
	uint8_t bytes[WIF_BYTES], hash[32];
	bool ok = base58(bytes, text, n) && bytes[33] == 1;

	btc_sha256d(hash, bytes, WIF_BYTES - 4);
	ok = ok && memcmp(hash, bytes + WIF_BYTES - 4, 4) == 0;
	if (ok)
		memcpy(secret, bytes + 1, 32);
	*of_main = bytes[0] == WIF_MAIN;
	explicit_bzero(bytes, sizeof(bytes));
	return ok;
}
