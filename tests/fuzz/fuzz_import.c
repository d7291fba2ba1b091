/* A file to import, ndjson or json: what is taken in can be read back and written, what is refused
 * has words and leaves nothing. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/import.h"
#include "store/store.h"

static char path[64];

static void remove_history(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	for (size_t i = 0; i < BT_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static struct bt_store *history(void)
{
	static struct bt_store *store;

	if (!store) {
		snprintf(path, sizeof(path), "/dev/shm/benchtop-fuzz.%ld", (long)getpid());
		BTC_FUZZ_HOLDS(bt_store_open(&store, path, BT_STORE_WRITE, NULL) == 0);
		atexit(remove_history);
	}
	return store;
}

static void read_back(struct bt_store *store, uint64_t id)
{
	struct bt_source *source;
	char *report;

	BTC_FUZZ_HOLDS(bt_store_report(store, id, &report, NULL) == 0);
	free(report);
	BTC_FUZZ_HOLDS(bt_store_source(store, id, &source, NULL) == 0);
	while (!source->ended)
		source->ops->next(source);
	bt_source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bt_store *store = history();
	struct bt_imported out = { 0 };
	struct bt_err err = { .msg = "" };
	struct bt_run_list list;
	char file[64];
	int fd = btc_fuzz_file(file, data, size);
	int r = bt_import(&out, store, file, &err);

	close(fd);
	BTC_FUZZ_HOLDS(r == 0 || err.msg[0] != '\0');
	BTC_FUZZ_HOLDS(bt_store_list(store, &list, NULL, 0, NULL) == 0);
	BTC_FUZZ_HOLDS(list.n == out.runs);
	for (size_t i = 0; i < list.n; i++) {
		size_t kept;

		read_back(store, list.rows[i].id);
		BTC_FUZZ_HOLDS(bt_store_delete(store, &kept, &list.rows[i].id, 1, NULL) == 0);
	}
	bt_run_list_fini(&list);
	return 0;
}
