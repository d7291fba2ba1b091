#include "bitcoin/rules/script.h"

#include <errno.h>

bool btc_script_next(struct btc_span script, size_t *at, struct btc_op *op)
{
	size_t left = script.n - *at, head = 1, n = 0;
	const uint8_t *p;

	if (left == 0)
		return false;
	p = script.p + *at;
	op->code = p[0];
	op->data = (struct btc_span){ .p = NULL };
	if (p[0] > OP_PUSHDATA4) {
		*at += 1;
		return true;
	}
	if (p[0] >= OP_PUSHDATA1)
		head += (size_t)1 << (p[0] - OP_PUSHDATA1);
	if (left < head)
		return false;
	switch (p[0]) {
	case OP_PUSHDATA1:
		n = p[1];
		break;
	case OP_PUSHDATA2:
		n = btc_le16(p + 1);
		break;
	case OP_PUSHDATA4:
		n = btc_le32(p + 1);
		break;
	default:
		n = p[0];
	}
	if (left - head < n)
		return false;
	op->data = (struct btc_span){ .p = p + head, .n = n };
	*at += head + n;
	return true;
}

bool btc_script_is_p2sh(struct btc_span s)
{
	return s.n == 23 && s.p[0] == OP_HASH160 && s.p[1] == 20 && s.p[22] == OP_EQUAL;
}

bool btc_script_is_push_only(struct btc_span s)
{
	struct btc_op op;
	size_t at = 0;

	while (btc_script_next(s, &at, &op))
		if (op.code > OP_16)
			return false;
	return at == s.n;
}

bool btc_script_is_unspendable(struct btc_span s)
{
	return s.n > BTC_MAX_SCRIPT || (s.n > 0 && s.p[0] == OP_RETURN);
}

bool btc_script_is_minimal_push(const struct btc_op *op)
{
	size_t n = op->data.n;

	if (n == 0)
		return op->code == OP_0;
	if (n == 1 && ((op->data.p[0] >= 1 && op->data.p[0] <= 16) || op->data.p[0] == 0x81))
		return false; /* there is an opcode for it */
	if (n < OP_PUSHDATA1)
		return op->code == n;
	if (n <= 0xff)
		return op->code == OP_PUSHDATA1;
	return n > 0xffff || op->code == OP_PUSHDATA2;
}

bool btc_script_is_op_success(uint8_t c)
{
	return c == 80 || c == 98 || (c >= 126 && c <= 129) || (c >= 131 && c <= 134) ||
		(c >= 137 && c <= 138) || (c >= 141 && c <= 142) || (c >= 149 && c <= 153) ||
		(c >= 187 && c <= 254);
}

bool btc_script_witness_program(struct btc_span s, int *version, struct btc_span *program)
{
	if (s.n < 4 || s.n > 42 || (size_t)s.p[1] + 2 != s.n)
		return false;
	if (s.p[0] != OP_0 && (s.p[0] < OP_1 || s.p[0] > OP_16))
		return false;
	*version = s.p[0] == OP_0 ? 0 : s.p[0] - OP_1 + 1;
	*program = (struct btc_span){ .p = s.p + 2, .n = s.n - 2 };
	return true;
}

unsigned btc_script_sigops(struct btc_span s, bool accurate)
{
	struct btc_op op;
	uint8_t last = OP_INVALIDOPCODE;
	unsigned n = 0;

	for (size_t at = 0; btc_script_next(s, &at, &op); last = op.code) {
		if (op.code == OP_CHECKSIG || op.code == OP_CHECKSIGVERIFY)
			n++;
		else if (op.code != OP_CHECKMULTISIG && op.code != OP_CHECKMULTISIGVERIFY)
			continue;
		else if (accurate && last >= OP_1 && last <= OP_16)
			n += last - OP_1 + 1u;
		else
			n += BTC_MAX_MULTISIG;
	}
	return n;
}

/* The last thing a scriptSig pushes. False when it is cut off or does more than push. */
static bool last_push(struct btc_span script_sig, struct btc_span *data)
{
	struct btc_op op = { .code = OP_0 };
	size_t at = 0;

	while (btc_script_next(script_sig, &at, &op))
		if (op.code > OP_16)
			return false;
	*data = op.data;
	return at == script_sig.n;
}

unsigned btc_script_sigops_p2sh(struct btc_span script_pubkey, struct btc_span script_sig)
{
	struct btc_span redeem;

	if (!btc_script_is_p2sh(script_pubkey) || !last_push(script_sig, &redeem))
		return 0;
	return btc_script_sigops(redeem, true);
}

static unsigned program_sigops(
	int version, struct btc_span program, const struct btc_span *witness, size_t n_witness)
{
	if (version != 0)
		return 0; /* BIP342 budgets by weight instead */
	if (program.n == 20)
		return 1;
	if (program.n == 32 && n_witness > 0)
		return btc_script_sigops(witness[n_witness - 1], true);
	return 0;
}

unsigned btc_script_sigops_witness(struct btc_span script_pubkey, struct btc_span script_sig,
	const struct btc_span *witness, size_t n_witness)
{
	struct btc_span program, redeem;
	int version;

	if (btc_script_witness_program(script_pubkey, &version, &program))
		return program_sigops(version, program, witness, n_witness);
	if (btc_script_is_p2sh(script_pubkey) && last_push(script_sig, &redeem) &&
		btc_script_witness_program(redeem, &version, &program))
		return program_sigops(version, program, witness, n_witness);
	return 0;
}

unsigned btc_script_find_and_delete(
	uint8_t *out, size_t *out_n, struct btc_span script, struct btc_span needle)
{
	size_t at = 0, from = 0, n = 0;
	struct btc_op op;
	unsigned found = 0;

	*out_n = script.n;
	if (script.n == 0)
		return 0;
	if (needle.n == 0) {
		memmove(out, script.p, script.n);
		return 0;
	}
	do {
		memmove(out + n, script.p + from, at - from);
		n += at - from;
		/* Repeats count at once, without a look at operations in between. */
		while (script.n - at >= needle.n &&
			memcmp(script.p + at, needle.p, needle.n) == 0) {
			at += needle.n;
			found++;
		}
		from = at;
	} while (btc_script_next(script, &at, &op));
	memmove(out + n, script.p + from, script.n - from);
	*out_n = n + script.n - from;
	return found;
}

int btc_scriptnum_read(int64_t *v, struct btc_span b, size_t max, bool minimal)
{
	uint64_t u = 0;

	*v = 0;
	if (b.n > max)
		return -EINVAL;
	if (b.n == 0)
		return 0;
	if (minimal && (b.p[b.n - 1] & 0x7f) == 0 && (b.n == 1 || (b.p[b.n - 2] & 0x80) == 0))
		return -EINVAL;
	for (size_t i = 0; i < b.n; i++)
		u |= (uint64_t)b.p[i] << 8 * i;
	u &= ~(UINT64_C(0x80) << 8 * (b.n - 1));
	*v = (b.p[b.n - 1] & 0x80) != 0 ? -(int64_t)u : (int64_t)u;
	return 0;
}

size_t btc_scriptnum_write(uint8_t out[BTC_SCRIPTNUM_MAX], int64_t v)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t n = 0;

	for (; u != 0; u >>= 8)
		out[n++] = (uint8_t)u;
	if (n > 0 && (out[n - 1] & 0x80) != 0)
		out[n++] = 0;
	if (v < 0)
		out[n - 1] |= 0x80;
	return n;
}

size_t btc_script_put_num(uint8_t *out, int64_t v)
{
	if (v == 0)
		out[0] = OP_0;
	else if (v == -1 || (v >= 1 && v <= 16))
		out[0] = (uint8_t)(OP_1 - 1 + v);
	else
		out[0] = (uint8_t)btc_scriptnum_write(out + 1, v);
	return v == 0 || out[0] > BTC_SCRIPTNUM_MAX ? 1 : 1u + out[0];
}

size_t btc_script_put_push(uint8_t *out, struct btc_span data)
{
	size_t head = 1;

	if (data.n < OP_PUSHDATA1) {
		out[0] = (uint8_t)data.n;
	} else if (data.n <= 0xff) {
		out[0] = OP_PUSHDATA1;
		out[1] = (uint8_t)data.n;
		head = 2;
	} else if (data.n <= 0xffff) {
		out[0] = OP_PUSHDATA2;
		out[1] = (uint8_t)data.n;
		out[2] = (uint8_t)(data.n >> 8);
		head = 3;
	} else {
		out[0] = OP_PUSHDATA4;
		btc_put_le32(out + 1, (uint32_t)data.n);
		head = 5;
	}
	if (data.n > 0)
		memcpy(out + head, data.p, data.n);
	return head + data.n;
}

bool btc_script_truth(struct btc_span b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != 0)
			return i + 1 != b.n || b.p[i] != 0x80;
	return false;
}
