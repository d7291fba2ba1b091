/*
 * A blk*.dat: eight bytes of key, then the file, as a regtest file by itself. Whatever is found
 * lies in the file, does not reach into what follows, and what was skipped is no more than the file
 * has.
 */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bitcoin/source/blkset.h"

static void scan(const char *path, const uint8_t *key, size_t size)
{
	struct btc_dat_record record;
	struct btc_datfile f;
	uint64_t at = 0, end = 0;
	int rc = btc_datfile_open(&f, &btc_dat_blocks, path, "blk00000.dat", key, NULL);

	BTC_FUZZ_HOLDS(rc == 0);
	f.params = btc_chainparams(BTC_REGTEST);
	while ((rc = btc_datfile_next(&f, &record, &at, NULL)) == 1) {
		BTC_FUZZ_HOLDS(record.at >= end + BTC_DAT_FRAME_SIZE);
		end = record.at + record.n;
		BTC_FUZZ_HOLDS(end <= size && at == end);
		rc = btc_datfile_check(&f, record.at, record.n, NULL);
		BTC_FUZZ_HOLDS(rc >= 0 && !(record.damaged && rc == 1));
	}
	BTC_FUZZ_HOLDS(rc == 0 && f.skipped <= size && (f.places > 0) == (f.fault[0] != '\0'));
	btc_datfile_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btc_progress progress = { .report = NULL };
	struct btc_blkset set;
	struct bt_err err;
	char path[64];
	int fd, rc;

	if (size < BTC_DAT_KEY_SIZE)
		return 0;
	fd = memfd_create("blk", MFD_CLOEXEC);
	size -= BTC_DAT_KEY_SIZE;
	BTC_FUZZ_HOLDS(fd >= 0 && write(fd, data + BTC_DAT_KEY_SIZE, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	scan(path, data, size);
	rc = btc_blkset_open(&set, path, btc_chainparams(BTC_REGTEST), &progress, &err);
	BTC_FUZZ_HOLDS(rc == 0 ? set.n > 0 : set.n == 0);
	btc_blkset_close(&set);
	close(fd);
	return 0;
}
