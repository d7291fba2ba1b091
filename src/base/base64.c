#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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

		*at++ = digits[v >> 18];
		*at++ = digits[v >> 12 & 63];
		*at++ = some > 1 ? digits[v >> 6 & 63] : '=';
		*at++ = some > 2 ? digits[v & 63] : '=';
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
				i + k < len - pad ? memchr(digits, text[i + k], 64) : digits;

			if (!digit) {
				free(bytes);
				return NULL;
			}
			v = v << 6 | (uint32_t)(digit - digits);
		}
		bytes[(*n)++] = (uint8_t)(v >> 16);
		bytes[(*n)++] = (uint8_t)(v >> 8);
		bytes[(*n)++] = (uint8_t)v;
	}
	*n -= bytes ? pad : 0;
	return bytes;
}
