#include "btc_asm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "bitcoin/rules/scripterr.h"

/* From OP_NOP on, in the order of their codes. */
static const char *const names[] = {
	"NOP",
	"VER",
	"IF",
	"NOTIF",
	"VERIF",
	"VERNOTIF",
	"ELSE",
	"ENDIF",
	"VERIFY",
	"RETURN",
	"TOALTSTACK",
	"FROMALTSTACK",
	"2DROP",
	"2DUP",
	"3DUP",
	"2OVER",
	"2ROT",
	"2SWAP",
	"IFDUP",
	"DEPTH",
	"DROP",
	"DUP",
	"NIP",
	"OVER",
	"PICK",
	"ROLL",
	"ROT",
	"SWAP",
	"TUCK",
	"CAT",
	"SUBSTR",
	"LEFT",
	"RIGHT",
	"SIZE",
	"INVERT",
	"AND",
	"OR",
	"XOR",
	"EQUAL",
	"EQUALVERIFY",
	"RESERVED1",
	"RESERVED2",
	"1ADD",
	"1SUB",
	"2MUL",
	"2DIV",
	"NEGATE",
	"ABS",
	"NOT",
	"0NOTEQUAL",
	"ADD",
	"SUB",
	"MUL",
	"DIV",
	"MOD",
	"LSHIFT",
	"RSHIFT",
	"BOOLAND",
	"BOOLOR",
	"NUMEQUAL",
	"NUMEQUALVERIFY",
	"NUMNOTEQUAL",
	"LESSTHAN",
	"GREATERTHAN",
	"LESSTHANOREQUAL",
	"GREATERTHANOREQUAL",
	"MIN",
	"MAX",
	"WITHIN",
	"RIPEMD160",
	"SHA1",
	"SHA256",
	"HASH160",
	"HASH256",
	"CODESEPARATOR",
	"CHECKSIG",
	"CHECKSIGVERIFY",
	"CHECKMULTISIG",
	"CHECKMULTISIGVERIFY",
	"NOP1",
	"CHECKLOCKTIMEVERIFY",
	"CHECKSEQUENCEVERIFY",
	"NOP4",
	"NOP5",
	"NOP6",
	"NOP7",
	"NOP8",
	"NOP9",
	"NOP10",
	"CHECKSIGADD",
};

int btc_unhex(uint8_t *out, size_t cap, const char *hex, size_t n)
{
	return n / 2 <= cap && bt_hex_read(out, hex, n) ? (int)(n / 2) : -EINVAL;
}

static int opcode(uint8_t *out, const char *word, size_t n)
{
	if (n > 3 && memcmp(word, "OP_", 3) == 0) {
		word += 3;
		n -= 3;
	}
	if (n == 8 && memcmp(word, "RESERVED", n) == 0) {
		out[0] = OP_RESERVED;
		return 1;
	}
	if (n == 4 && (memcmp(word, "NOP2", n) == 0 || memcmp(word, "NOP3", n) == 0)) {
		/* Names from before BIP65 and BIP112. */
		out[0] = (uint8_t)(OP_NOP1 + word[3] - '1');
		return 1;
	}
	for (unsigned i = 0; i < BT_LEN(names); i++) {
		if (strlen(names[i]) == n && memcmp(names[i], word, n) == 0) {
			out[0] = (uint8_t)(OP_NOP + i);
			return 1;
		}
	}
	return -EINVAL;
}

static int word_of(uint8_t *out, size_t cap, const char *word, size_t n)
{
	char *end;
	long long v;

	if (n > 2 && word[0] == '0' && word[1] == 'x')
		return btc_unhex(out, cap, word + 2, n - 2);
	if (n >= 2 && word[0] == '\'' && word[n - 1] == '\'' && n + 5 <= cap)
		return (int)btc_script_put_push(
			out, (struct btc_span){ .p = (const uint8_t *)word + 1, .n = n - 2 });
	v = strtoll(word, &end, 10);
	if (end == word + n && cap >= 10)
		return (int)btc_script_put_num(out, v);
	return cap > 0 ? opcode(out, word, n) : -EINVAL;
}

int btc_asm(uint8_t *out, size_t cap, const char *words)
{
	size_t at = 0;

	while (*words != '\0') {
		size_t n = strcspn(words, " ");
		int rc = n > 0 ? word_of(out + at, cap - at, words, n) : 0;

		if (rc < 0)
			return rc;
		at += (size_t)rc;
		words += n;
		words += *words == ' ';
	}
	return (int)at;
}

uint32_t btc_flags_of(const char *list)
{
	uint32_t flags = 0, flag;
	char name[64];

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		snprintf(name, sizeof(name), "%.*s", (int)n, list);
		if (strcmp(name, "NONE") != 0) {
			if (btc_verify_flag_find(&flag, name) != 0)
				abort();
			flags |= flag;
		}
		list += n;
		list += *list == ',';
	}
	return flags;
}
