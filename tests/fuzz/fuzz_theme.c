/* A theme's file: what is refused has words with the file's name and a line. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "ui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bt_manners manners;
	struct bt_err err = { .msg = "" };
	char file[64];
	int fd = btc_fuzz_file(file, data, size);

	bt_manners_init(&manners);
	if (bt_manners_read(&manners, file, &err) < 0)
		BTC_FUZZ_HOLDS(strstr(err.msg, file) != NULL);
	close(fd);
	return 0;
}
