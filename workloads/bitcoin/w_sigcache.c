#include "bitcoin/w_sigcache.h"

#include <errno.h>
#include <unistd.h>

const struct bt_opt btc_sigcache_opts[] = {
	{ .name = "sig-cache",
		.type = BT_OPT_SIZE,
		.dflt = "0",
		.arg = "SIZE",
		.max = 1e12,
		.help = "cache of valid signatures, which then are not verified again; 0: none",
		.man = "Keeps signatures that verified in a cache of this size, which all workers "
		       "share; see {Sx The signature cache}. 0 means there is none." },
	BT_OPT_END,
};

const struct bt_metric btc_sigcache_metrics[] = {
	{ .name = "signature_cache_bytes",
		.unit = "bytes",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "size of the signature cache; 0: there is none" },
	{ .name = "signature_cache_lookups",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "signatures looked for in it" },
	{ .name = "signature_cache_hits",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "those found, which were not verified" },
	{ .name = NULL },
};

int btc_sigcache_check(uint64_t bytes, struct bt_err *err)
{
	if (bytes == 0 || bytes >= BTC_SIGCACHE_LEAST)
		return 0;
	return bt_fail(err, -EINVAL, "--sig-cache %llu: expected 0 (none) or at least %d bytes",
		(unsigned long long)bytes, BTC_SIGCACHE_LEAST);
}

int btc_sigcache_make(
	struct btc_sigcache **cache, uint64_t bytes, uint64_t seed, struct bt_err *err)
{
	uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;

	*cache = NULL;
	if (bytes == 0)
		return 0;
	if (bytes > most)
		return bt_fail(err, -ENOMEM,
			"--sig-cache %llu: expected at most half of the memory (%llu MiB)",
			(unsigned long long)bytes, (unsigned long long)most >> 20);
	*cache = btc_sigcache_new(bytes, seed);
	if (*cache != NULL)
		return 0;
	return bt_oom(err, "--sig-cache %llu", (unsigned long long)bytes);
}

void btc_sigcache_tell_size(struct bt_meter *meter, unsigned row, const struct btc_sigcache *cache)
{
	bt_meter_set(meter, row, cache == NULL ? 0 : (double)btc_sigcache_bytes(cache));
}

void btc_sigcache_tell_use(struct bt_meter *meter, unsigned row, struct btc_sigcache_use *told,
	struct btc_sigcache_use now)
{
	bt_meter_add(meter, row + 1, now.lookups - told->lookups);
	bt_meter_add(meter, row + 2, now.hits - told->hits);
	*told = now;
}
