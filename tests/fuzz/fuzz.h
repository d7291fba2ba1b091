/*
 * fuzz.h: what the fuzz targets share. Each target is one file with LLVMFuzzerTestOneInput, linked
 * with libFuzzer, or with standalone.c, which runs it over files. seeds.c makes the files to begin
 * with.
 */
#ifndef BTC_FUZZ_H
#define BTC_FUZZ_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bitcoin/rules/bytes.h"

/* Where the block target's chain begins: coins that a block makes and spends itself are of this
 * height. */
#define BTC_FUZZ_HEIGHT 500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where a property does not hold, whether or not asserts are compiled in. */
#define BTC_FUZZ_HOLDS(condition)         \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

/* The same bytes as a file; its descriptor, to be closed. */
static inline int btc_fuzz_file(char path[64], const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	BTC_FUZZ_HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
