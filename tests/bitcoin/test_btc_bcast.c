/* bitcoin.broadcast without a node, and the texts that keys and addresses are given by. What a node
 * does is in tests/cli/bcoin.t. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/rules/address.h"
#include "base/encode.h"
#include "cm.h"
#include "sim_run.h"

extern const struct bt_workload btc_broadcast_workload;

static uint64_t counter(const struct sim_run *r, const char *name)
{
	struct bt_metric rows[BT_METRICS_MAX];
	unsigned n = bt_metric_rows(rows, btc_broadcast_workload.metrics);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return r->last->metrics[i].u;
	fail_msg("no metric %s", name);
	return 0;
}

#define RUN(r, ...)                                                                   \
	do {                                                                          \
		static const char *const args_[] = { "--seed=5", __VA_ARGS__, NULL }; \
		sim_run(r, &btc_broadcast_workload, "load", args_, NULL, NULL);       \
	} while (0)

static void all_are_sent_once_accepted_and_found(void **state BT_UNUSED)
{
	struct sim_run r;

	RUN(&r, "--count=300");
	assert_int_equal(r.last->total.offered, 300);
	assert_int_equal(r.last->total.completed, 300);
	assert_int_equal(r.last->total.units, 300);
	assert_int_equal(counter(&r, "accepted"), 300);
	assert_int_equal(counter(&r, "seen"), 300);
	assert_int_equal(counter(&r, "blocks"), 0);
	sim_run_fini(&r);
}

/* An acceptance executes scripts: no processor verifies a signature in 5 us, so that less is a time
 * that was read too early. */
static void the_time_of_an_acceptance_is_in_its_operation(void **state BT_UNUSED)
{
	struct sim_run r;

	RUN(&r, "--count=100");
	assert_int_equal(r.last->total_service.count, 100);
	assert_true(bt_hist_quantile(r.service, 0.5) > 5 * BT_NS_PER_US);
	sim_run_fini(&r);
}

static void a_batch_is_an_operation_of_many_transactions(void **state BT_UNUSED)
{
	struct sim_run r;

	RUN(&r, "--count=50", "--batch=20", "--concurrency=4");
	assert_int_equal(r.last->total.completed, 3); /* 20, 20 and 10 */
	assert_int_equal(r.last->total.units, 50);
	assert_int_equal(counter(&r, "accepted"), 50);
	sim_run_fini(&r);
}

/* Where a profile wants more than there are, a block takes them and they are sent again. */
static void a_block_takes_all_and_they_are_sent_again(void **state BT_UNUSED)
{
	struct sim_run r;

	RUN(&r, "--count=20", "--warmup=100ms");
	assert_int_equal(r.last->total.completed, 20);
	assert_true(counter(&r, "accepted") == counter(&r, "seen"));
	assert_true(counter(&r, "accepted") > 20);
	assert_true(counter(&r, "blocks") >= 1);
	sim_run_fini(&r);
}

static void options_that_cannot_be_meant_are_refused(void **state BT_UNUSED)
{
	static const struct {
		const char *args[3], *words;
	} rows[] = {
		{ { "--target=nowhere" }, "expected embedded or http" },
		{ { "--tx-file=x" }, "--tx-file: expected --target" },
		{ { "--funding-key-file=x" }, "--funding-key-file: expected --target" },
		{ { "--cookie-file=x" }, "--cookie-file: expected --target" },
		{ { "--target=http://127.0.0.1:1/", "--tx-file=x", "--funding-key-file=y" },
			"not both" },
		{ { "--target=http://127.0.0.1:1/", "--cookie-file=x", "--user=y" }, "not two" },
		{ { "--target=http://me:secret@127.0.0.1:1/" }, "name or password" },
		{ { "--mix=p2xx=1" }, "expected one of" },
		{ { "--count=10", "--ops=11" }, "has 10 operations" },
	};
	struct bt_err err;

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		const char *args[4] = { rows[i].args[0], rows[i].args[1], rows[i].args[2], NULL };

		assert_int_equal(
			sim_run_refused(&btc_broadcast_workload, "load", args, &err), -EINVAL);
		if (!strstr(err.msg, rows[i].words))
			fail_msg("%s: lacks '%s'", err.msg, rows[i].words);
	}
}

/* BIP173's examples, and one of bcoin's regtest. */
static void addresses_are_bip173s(void **state BT_UNUSED)
{
	static const struct {
		const char *prefix, *program, *address;
	} rows[] = {
		{ "bc", "751e76e8199196d454941c45d1b3a323f1433bd6",
			"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" },
		{ "tb", "751e76e8199196d454941c45d1b3a323f1433bd6",
			"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx" },
		{ "tb", "1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
			"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7" },
		{ "rb", "0101010101010101010101010101010101010101",
			"rb1qqyqszqgpqyqszqgpqyqszqgpqyqszqgpefl3jh" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		char address[BTC_ADDRESS_SIZE];
		size_t n = strlen(rows[i].program);
		uint8_t program[32];

		assert_true(bt_hex_read(program, rows[i].program, n));
		btc_address_v0(address, rows[i].prefix, (struct btc_span){ program, n / 2 });
		assert_string_equal(address, rows[i].address);
	}
}

static bool reads(const char *text, uint8_t secret[32], bool *of_main)
{
	return btc_wif_read(secret, of_main, text, strlen(text));
}

static void keys_are_read_in_wallet_import_format(void **state BT_UNUSED)
{
	static const char one[] = "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn",
			  test[] = "cMahea7zqjxrtgAbB7LSGbcQUr1uX1ojuat9jZodMN87JcbXMTcA",
			  uncompressed[] = "5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAnchuDf";
	static const uint8_t want[32] = { [31] = 1 };
	char broken[sizeof(one)];
	uint8_t secret[32];
	bool of_main;

	assert_true(reads(one, secret, &of_main) && of_main);
	assert_memory_equal(secret, want, 32);
	assert_true(reads(test, secret, &of_main) && !of_main);
	assert_memory_equal(secret, want, 32);
	assert_false(reads(uncompressed, secret, &of_main));
	assert_false(reads("", secret, &of_main));
	for (size_t i = 0; i < sizeof(one) - 1; i++) { /* the checksum finds every other letter */
		memcpy(broken, one, sizeof(one));
		broken[i] = broken[i] == 'z' ? 'y' : 'z';
		assert_false(reads(broken, secret, &of_main));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_sent_once_accepted_and_found),
		cmocka_unit_test(the_time_of_an_acceptance_is_in_its_operation),
		cmocka_unit_test(a_batch_is_an_operation_of_many_transactions),
		cmocka_unit_test(a_block_takes_all_and_they_are_sent_again),
		cmocka_unit_test(options_that_cannot_be_meant_are_refused),
		cmocka_unit_test(addresses_are_bip173s),
		cmocka_unit_test(keys_are_read_in_wallet_import_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
