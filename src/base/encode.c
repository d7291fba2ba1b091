#include "base/encode.h"

#include <stdlib.h>
#include <string.h>

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *bt_base64(const uint8_t *bytes, size_t n)
{
	char *text = malloc((n + 2) / 3 * 4 + 1), *at = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		size_t some = BT_MIN(n - i, (size_t)3);
		uint32_t v = (uint32_t)bytes[i] << 16 |
			(some > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
			(some > 2 ? bytes[i + 2] : 0);

		*at++ = digits64[v >> 18];
		*at++ = digits64[v >> 12 & 63];
		*at++ = some > 1 ? digits64[v >> 6 & 63] : '=';
		*at++ = some > 2 ? digits64[v & 63] : '=';
	}
	*at = '\0';
	return text;
}

uint8_t *bt_base64_read(const char *text, size_t *n)
{
	size_t len = strlen(text),
	       pad = len && text[len - 1] == '=' ? 1 + (len > 1 && text[len - 2] == '=') : 0;
	uint8_t *bytes = len % 4 ? NULL : malloc(len / 4 * 3 + 1);

	*n = 0;
	for (size_t i = 0; bytes && i < len; i += 4) {
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			const char *digit =
				i + k < len - pad ? memchr(digits64, text[i + k], 64) : digits64;

			if (!digit) {
				free(bytes);
				return NULL;
			}
			v = v << 6 | (uint32_t)(digit - digits64);
		}
		bytes[(*n)++] = (uint8_t)(v >> 16);
		bytes[(*n)++] = (uint8_t)(v >> 8);
		bytes[(*n)++] = (uint8_t)v;
	}
	*n -= bytes ? pad : 0;
	return bytes;
}

void bt_hex(char *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

int bt_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool bt_hex_read(uint8_t *out, const char *hex, size_t n)
{
	if (n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = bt_hex_digit(hex[i]), low = bt_hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}
