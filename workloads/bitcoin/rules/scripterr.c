#include "bitcoin/rules/scripterr.h"

#include <errno.h>
#include <string.h>

#define ERR_NAME(tail, name) [BTC_SCRIPT_ERR_##tail] = (name),
#define FLAG_NAME(name)      [BTC_BIT_##name] = #name,

static const char *const err_names[] = { BTC_SCRIPT_ERRORS(ERR_NAME) };
static const char *const flag_names[] = { BTC_VERIFY_FLAGS(FLAG_NAME) };

const char *btc_script_err_name(enum btc_script_err err)
{
	assert((unsigned)err < BT_LEN(err_names));
	return err_names[err];
}

int btc_script_err_find(enum btc_script_err *err, const char *name)
{
	for (unsigned i = 0; i < BT_LEN(err_names); i++) {
		if (strcmp(name, err_names[i]) == 0) {
			*err = (enum btc_script_err)i;
			return 0;
		}
	}
	return -EINVAL;
}

int btc_verify_flag_find(uint32_t *flag, const char *name)
{
	for (unsigned i = 0; i < BT_LEN(flag_names); i++) {
		if (strcmp(name, flag_names[i]) == 0) {
			*flag = UINT32_C(1) << i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *btc_verify_bit_name(unsigned bit)
{
	assert(bit < BT_LEN(flag_names));
	return flag_names[bit];
}

uint32_t btc_verify_flags_fill(uint32_t flags)
{
	if ((flags & BTC_VERIFY_CLEANSTACK) != 0)
		flags |= BTC_VERIFY_WITNESS;
	if ((flags & BTC_VERIFY_WITNESS) != 0)
		flags |= BTC_VERIFY_P2SH;
	return flags;
}
