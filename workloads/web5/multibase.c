#include "web5/multibase.h"

#include <string.h>

static const char digits58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t w5_base58(char *out, const uint8_t *bytes, size_t n)
{
	uint8_t digits[W5_TEXT_MAX];
	size_t len = 0, zeros = 0;

	while (zeros < n && bytes[zeros] == 0)
		zeros++;
	for (size_t i = zeros; i < n; i++) {
		unsigned carry = bytes[i];

		for (size_t k = 0; k < len || carry; k++) {
			if (k == len)
				digits[len++] = 0;
			carry += 256u * digits[k];
			digits[k] = (uint8_t)(carry % 58);
			carry /= 58;
		}
	}
	memset(out, digits58[0], zeros);
	for (size_t k = 0; k < len; k++)
		out[zeros + k] = digits58[digits[len - 1 - k]];
	out[zeros + len] = '\0';
	return zeros + len;
}

int w5_base58_read(uint8_t *out, const char *text, size_t len)
{
	uint8_t bytes[W5_BYTES_MAX];
	size_t n = 0, zeros = 0;

	while (zeros < len && text[zeros] == digits58[0])
		zeros++;
	for (size_t i = zeros; i < len; i++) {
		const char *digit = text[i] ? strchr(digits58, text[i]) : NULL;
		unsigned carry = digit ? (unsigned)(digit - digits58) : 0;

		if (!digit)
			return -1;
		for (size_t k = 0; k < n || carry; k++) {
			if (k == W5_BYTES_MAX)
				return -1;
			if (k == n)
				bytes[n++] = 0;
			carry += 58u * bytes[k];
			bytes[k] = (uint8_t)carry;
			carry >>= 8;
		}
	}
	if (zeros + n > W5_BYTES_MAX)
		return -1;
	memset(out, 0, zeros);
	for (size_t k = 0; k < n; k++)
		out[zeros + k] = bytes[n - 1 - k];
	return (int)(zeros + n);
}

size_t w5_base64(char *out, const uint8_t *bytes, size_t n)
{
	char *at = out;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = BT_MIN(n - i, 3);
		uint32_t word = (uint32_t)bytes[i] << 16;

		word |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		word |= have > 2 ? bytes[i + 2] : 0;
		for (size_t k = 0; k <= have; k++)
			*at++ = digits64[word >> (18 - 6 * k) & 63];
	}
	*at = '\0';
	return (size_t)(at - out);
}

long w5_base64_read(uint8_t *out, size_t room, const char *text, size_t len)
{
	size_t n = 0;
	uint32_t word = 0;
	unsigned bits = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] ? strchr(digits64, text[i]) : NULL;

		if (!digit)
			return -1;
		word = word << 6 | (uint32_t)(digit - digits64);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == room)
			return -1;
		out[n++] = (uint8_t)(word >> bits);
		word &= (1u << bits) - 1;
	}
	return word ? -1 : (long)n; /* bits that belong to no byte are zero */
}
