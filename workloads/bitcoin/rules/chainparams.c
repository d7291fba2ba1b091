#include "bitcoin/rules/chainparams.h"

#include "bitcoin/rules/hash.h"

#define DAY UINT32_C(86400)

/* From this height on a coinbase of the main chain may repeat a height that one from before BIP34
 * had written. */
#define BIP34_IMPLIES_BIP30_UNTIL 1983702

/* P2SH was not enforced in one block of each old chain, taproot not in one of the main chain. */
static const struct btc_flag_exception main_exceptions[] = {
	{ "00000000000002dc756eebf4f49723ed8d30cc28a5f108eb94b1ba88ac4f9c22", BTC_VERIFY_NONE },
	{ "0000000000000000000f14c35b2d841e986ab5441de8c585d5ffe55ea1e395ad",
		BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS },
};

static const struct btc_flag_exception testnet3_exceptions[] = {
	{ "00000000dd30457c001f4095d208cc1296b0eed002427aa599874af7a432b105", BTC_VERIFY_NONE },
};

/* Two coinbases of the main chain are copies of earlier ones. */
static const struct btc_fixed_block main_repeats[] = {
	{ 91842, "00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec" },
	{ 91880, "00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721" },
};

/* The default signet's: one signature of two keys. Its hash begins with the network's message
 * start. */
static const uint8_t signet_challenge[] = { 0x51, 0x21, 0x03, 0xad, 0x5e, 0x0e, 0xda, 0xd1, 0x8c,
	0xb1, 0xf0, 0xfc, 0x0d, 0x28, 0xa3, 0xd4, 0xf1, 0xf3, 0xe4, 0x45, 0x64, 0x03, 0x37, 0x48,
	0x9a, 0xbb, 0x10, 0x40, 0x4f, 0x2d, 0x1e, 0x08, 0x6b, 0xe4, 0x30, 0x21, 0x03, 0x59, 0xef,
	0x50, 0x21, 0x96, 0x4f, 0xe2, 0x2d, 0x6f, 0x8e, 0x05, 0xb2, 0x46, 0x3c, 0x95, 0x40, 0xce,
	0x96, 0x88, 0x3f, 0xe3, 0xb2, 0x78, 0x76, 0x0f, 0x04, 0x8f, 0x51, 0x89, 0xf2, 0xe6, 0xc4,
	0x52, 0xae };

/* clang-format off */
static const struct btc_chainparams networks[] = {
	[BTC_MAIN] = {
		.name = "main",
		.magic = { 0xf9, 0xbe, 0xb4, 0xd9 },
		.pow_limit = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x00000000ffffffff) } },
		.genesis = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
		.spacing = 600,
		.timespan = 14 * DAY,
		.period = 2016,
		.halving = 210000,
		.bip34 = 227931,
		.bip65 = 388381,
		.bip66 = 363725,
		.csv = 419328,
		.segwit = 481824,
		.bip34_block = { 227931, "000000000000024b89b42a942fe0d9fea3bb44ab7bd1b19115dd6a759c0808b8" },
		.exceptions = main_exceptions,
		.n_exceptions = BT_LEN(main_exceptions),
		.bip30_repeats = main_repeats,
		.n_bip30_repeats = BT_LEN(main_repeats),
	},
	[BTC_TESTNET3] = {
		.name = "testnet3",
		.magic = { 0x0b, 0x11, 0x09, 0x07 },
		.pow_limit = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x00000000ffffffff) } },
		.genesis = "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
		.spacing = 600,
		.timespan = 14 * DAY,
		.period = 2016,
		.halving = 210000,
		.min_difficulty = true,
		.bip34 = 21111,
		.bip65 = 581885,
		.bip66 = 330776,
		.csv = 770112,
		.segwit = 834624,
		.bip34_block = { 21111, "0000000023b3a96d3484e5abb3755c413e7d41500f8e2a5c3f0dd01299cd8ef8" },
		.exceptions = testnet3_exceptions,
		.n_exceptions = BT_LEN(testnet3_exceptions),
	},
	[BTC_TESTNET4] = {
		.name = "testnet4",
		.magic = { 0x1c, 0x16, 0x3f, 0x28 },
		.pow_limit = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x00000000ffffffff) } },
		.genesis = "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
		.spacing = 600,
		.timespan = 14 * DAY,
		.period = 2016,
		.halving = 210000,
		.min_difficulty = true,
		.bip94 = true,
		.bip34 = 1,
		.bip65 = 1,
		.bip66 = 1,
		.csv = 1,
		.segwit = 1,
	},
	[BTC_SIGNET] = {
		.name = "signet",
		.magic = { 0x0a, 0x03, 0xcf, 0x40 },
		.pow_limit = { { 0, 0, 0, UINT64_C(0x00000377ae000000) } },
		.genesis = "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
		.spacing = 600,
		.timespan = 14 * DAY,
		.period = 2016,
		.halving = 210000,
		.bip34 = 1,
		.bip65 = 1,
		.bip66 = 1,
		.csv = 1,
		.segwit = 1,
		.challenge = { .p = signet_challenge, .n = sizeof(signet_challenge) },
	},
	[BTC_REGTEST] = {
		.name = "regtest",
		.magic = { 0xfa, 0xbf, 0xb5, 0xda },
		.pow_limit = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_C(0x7fffffffffffffff) } },
		.genesis = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
		.spacing = 600,
		.timespan = DAY,
		.period = 144,
		.halving = 150,
		.min_difficulty = true,
		.no_retarget = true,
		.bip34 = 1,
		.bip65 = 1,
		.bip66 = 1,
		.csv = 1,
		.segwit = 0,
	},
};
/* clang-format on */

const char *const btc_network_choices[] = { "auto", "main", "testnet3", "testnet4", "signet",
	"regtest", NULL };

const struct btc_chainparams *btc_chainparams(enum btc_network network)
{
	assert((unsigned)network < BT_LEN(networks));
	return &networks[network];
}

void btc_chainparams_signet(struct btc_chainparams *params, struct btc_span challenge)
{
	struct sha256_ctx ctx;
	uint8_t head[9], hash[32];

	*params = networks[BTC_SIGNET];
	params->challenge = challenge;
	sha256_init(&ctx);
	sha256_update(&ctx, btc_put_compact(head, challenge.n), head);
	sha256_update(&ctx, challenge.n, challenge.p);
	btc_sha256d_end(hash, &ctx);
	memcpy(params->magic, hash, sizeof(params->magic));
}

const struct btc_chainparams *btc_chainparams_by_magic(const uint8_t magic[4])
{
	for (unsigned i = 0; i < BT_LEN(networks); i++)
		if (memcmp(networks[i].magic, magic, 4) == 0)
			return &networks[i];
	return NULL;
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

bool btc_hash_is(const uint8_t hash[32], const char *hex)
{
	for (int i = 0; i < 32; i++)
		if (hash[31 - i] != (digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1])))
			return false;
	return true;
}

uint32_t btc_block_flags(
	const struct btc_chainparams *params, uint32_t height, const uint8_t hash[32])
{
	/* Blocks that kept to P2SH, segwit and taproot before they were rules are all but the
	 * exceptions. */
	uint32_t flags = BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS | BTC_VERIFY_TAPROOT;

	for (unsigned i = 0; i < params->n_exceptions; i++)
		if (btc_hash_is(hash, params->exceptions[i].hash))
			flags = params->exceptions[i].flags;
	if (height >= params->bip66)
		flags |= BTC_VERIFY_DERSIG;
	if (height >= params->bip65)
		flags |= BTC_VERIFY_CHECKLOCKTIMEVERIFY;
	if (height >= params->csv)
		flags |= BTC_VERIFY_CHECKSEQUENCEVERIFY;
	if (height >= params->segwit)
		flags |= BTC_VERIFY_NULLDUMMY;
	return flags;
}

bool btc_bip30_applies(const struct btc_chainparams *params, uint32_t height,
	const uint8_t hash[32], bool on_bip34_chain)
{
	for (unsigned i = 0; i < params->n_bip30_repeats; i++)
		if (params->bip30_repeats[i].height == height &&
			btc_hash_is(hash, params->bip30_repeats[i].hash))
			return false;
	return !on_bip34_chain || height >= BIP34_IMPLIES_BIP30_UNTIL;
}

int64_t btc_subsidy(const struct btc_chainparams *params, uint32_t height)
{
	uint32_t halvings = height / params->halving;

	return halvings >= 64 ? 0 : INT64_C(5000000000) >> halvings;
}
