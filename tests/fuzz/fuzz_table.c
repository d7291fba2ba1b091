/* A table, comma-separated or libsvm's: the first byte says how many features are expected, whether
 * with names, and of what head. */
#include "fuzz.h"

#include <unistd.h>

#include "ml/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *const names[] = { "a", "0", " b c ", "\"", "label", "out0", "?", "d" };
	struct ml_columns expected = { .features = 0 };
	struct ml_table table;
	struct bt_err err = { .msg = "" };
	char file[64];
	volatile float sum = 0;
	int fd;

	if (!size)
		return 0;
	fd = btc_fuzz_file(file, data + 1, size - 1);
	expected.features = data[0] % 8;
	expected.head = data[0] / 8 % 3;
	expected.names = data[0] / 24 % 2 ? names : NULL;
	if (ml_table_read(&table, file, &expected, &err) < 0) {
		BTC_FUZZ_HOLDS(err.msg[0] != '\0');
	} else {
		BTC_FUZZ_HOLDS(!expected.features || table.features == expected.features);
		for (size_t i = 0; i < table.n * table.features; i++)
			sum += table.rows[i];
		for (size_t i = 0; i < table.n * table.outputs; i++)
			sum += table.known[i];
		for (size_t i = 0; table.labels && i < table.n; i++)
			sum += table.labels[i];
		ml_table_fini(&table);
	}
	(void)sum;
	close(fd);
	return 0;
}
