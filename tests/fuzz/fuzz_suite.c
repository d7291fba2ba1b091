/* A suite's file, to the options of its sections: what is refused has words with the file's
 * name. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "cli/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_suite suite;
	struct bt_err err = { .msg = "" };
	char file[64];
	int fd = btc_fuzz_file(file, data, size);

	if (bt_suite_read(&suite, file, &err) < 0)
		BTC_FUZZ_HOLDS(err.msg[0] != '\0');
	else
		for (size_t i = 0; i < suite.n; i++)
			BTC_FUZZ_HOLDS(suite.sections[i].missing || suite.sections[i].o);
	bt_suite_fini(&suite);
	close(fd);
	return 0;
}
