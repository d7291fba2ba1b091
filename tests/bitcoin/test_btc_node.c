/* Blocks from a node: whole, from the cache, and wrong in every way that a node or what is taken
 * for one can be. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "btc_dir.h"
#include "btc_http.h"
#include "btc_ride.h"

#define BLOCKS 125

static struct btc_miner miner;
static struct btc_dir cache; /* XDG_CACHE_HOME */
static struct btc_http node;

static void empty_cache(void)
{
	btc_dir_close(&cache);
	btc_dir_open(&cache, NULL);
	setenv("XDG_CACHE_HOME", cache.path, 1);
}

static int begin(void **unused)
{
	(void)unused;
	btc_dir_open(&cache, NULL);
	empty_cache();
	btc_http_open(&node, &miner);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	btc_http_close(&node);
	btc_dir_close(&cache);
	return 0;
}

static struct btc_ride_end ride(
	struct btc_ride *r, const char *from, const char *count, uint64_t most)
{
	btc_ride_init(r);
	btc_ride_set(r, "node", node.url);
	btc_ride_set(r, "from-height", from);
	btc_ride_set(r, "count", count);
	return btc_ride_to_end(r, most);
}

static void accepts(const char *from, const char *count, uint32_t tip, unsigned fetched)
{
	unsigned before = node.blocks_told;
	char hex[BTC_HEX_SIZE];
	uint8_t hash[32];
	struct btc_ride r;
	uint64_t n = strtoull(count, NULL, 10);
	struct btc_ride_end e = ride(&r, from, count, n > 0 ? n : 100);

	if (e.prepared != 0 || e.error_class != NULL)
		fail_msg("from %s count %s: %s %s", from, count, r.err.msg, btc_last_note);
	btc_sha256d(hash, miner.blocks[tip].p, BTC_HEADER_SIZE);
	btc_hash_hex(hex, hash);
	assert_string_equal(r.meter.text[BTC_M_TIP], hex);
	assert_int_equal(node.blocks_told - before, fetched);
}

static void cannot(const char *from, int code, const char *says)
{
	struct btc_ride r;
	struct btc_ride_end e = ride(&r, from, "15", 1);

	if (strstr(r.err.msg, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", r.err.msg, says);
	assert_int_equal(e.prepared, code);
}

static void the_newest_hundred_blocks_are_accepted_and_cached(void **unused)
{
	(void)unused;
	accepts("0", "0", BLOCKS - 1, 100);
	accepts("0", "0", BLOCKS - 1, 0);
	accepts("0", "5", BLOCKS - 1, 0);
	accepts("20", "10", 29, 5);
	accepts("1", "3", 3, 3);
}

static void a_fetch_broken_off_goes_on_where_it_was(void **unused)
{
	(void)unused;
	node.fault = BTC_HTTP_ERROR;
	node.fault_height = 119;
	cannot("110", -EREMOTEIO, "getblock: error -1: Can't read block from disk");
	assert_int_equal(node.blocks_told, 9);
	node.fault = BTC_HTTP_NONE;
	accepts("110", "15", 124, 6);
}

static void a_cached_block_that_was_damaged_is_fetched_again(void **unused)
{
	char name[200], hex[BTC_HEX_SIZE];
	uint8_t hash[32];

	(void)unused;
	accepts("110", "15", 124, 15);
	for (uint32_t h = 115; h < 118; h++) {
		btc_sha256d(hash, miner.blocks[h].p, BTC_HEADER_SIZE);
		btc_hash_hex(hex, hash);
		snprintf(name, sizeof(name), "benchtop/blocks/regtest/%s", hex);
		if (h == 115)
			assert_int_equal(truncate(btc_dir_file(&cache, name), 30), 0);
		else
			btc_dir_flip(&cache, name, h == 116 ? 2 : 200, 1);
	}
	accepts("110", "15", 124, 3);
	accepts("110", "15", 124, 0);
}

static void what_is_no_answer_is_refused_with_the_reason(void **unused)
{
	static const struct {
		enum btc_http_fault fault;
		int code;
		const char *says;
	} rows[] = {
		{ BTC_HTTP_NO_JSON, -EPROTO, "getblock: the reply is no JSON" },
		{ BTC_HTTP_CUT_OFF, -EIO, "http://127.0.0.1:" }, /* the rest is curl's own */
		{ BTC_HTTP_OTHER_HASH, -EPROTO, "the header has another hash than was asked for" },
		{ BTC_HTTP_NO_PREVOUT, -EPROTO, "the node keeps no undo data" },
		{ BTC_HTTP_NO_HEX, -EPROTO, "hex of a transaction: missing or malformed" },
		{ BTC_HTTP_OTHER_CALL, -EPROTO, "getblock: the reply is not to this call" },
		{ BTC_HTTP_REFUSED, -EACCES, "does not know this user and password" },
		{ BTC_HTTP_OLD, -EINVAL, "version 240100, expected Bitcoin Core 25" },
	};

	(void)unused;
	node.fault_height = 120;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		empty_cache();
		node.fault = rows[i].fault;
		cannot("110", rows[i].code, rows[i].says);
	}
	node.fault = BTC_HTTP_NONE;
	cannot("125", -EINVAL, "height 125 is not there, only up to 124");
}

static void a_coin_that_is_not_what_it_says_is_refused_in_its_block(void **unused)
{
	struct btc_ride r;
	struct btc_ride_end e;

	(void)unused;
	node.fault = BTC_HTTP_WRONG_COIN;
	node.fault_height = 120;
	e = ride(&r, "110", "15", 15);
	assert_int_equal(e.prepared, 0);
	assert_int_equal(e.done, 10);
	assert_string_equal(e.error_class, "invalid-undo-data");
}

static void a_node_of_another_network_is_refused(void **unused)
{
	struct btc_ride r;

	(void)unused;
	node.fault = BTC_HTTP_MAIN;
	btc_ride_init(&r);
	btc_ride_set(&r, "node", node.url);
	btc_ride_set(&r, "network", "regtest");
	assert_int_equal(btc_ride_board(&r), -EINVAL);
	assert_non_null(strstr(r.err.msg, "is a node of main, expected one of regtest"));
}

/* What it has are blocks of regtest: that they are taken for a signet's shows where their target is
 * looked at. */
static void a_node_tells_the_challenge_of_its_signet(void **unused)
{
	static const struct {
		const char *network, *challenge;
		int code;
		const char *says;
	} rows[] = {
		{ NULL, NULL, 0, NULL },
		{ "signet", NULL, 0, NULL },
		{ NULL, "51", 0, NULL },
		{ NULL, "52", -EINVAL, "the signet with challenge 51, expected another" },
		{ "regtest", NULL, -EINVAL, "is a node of signet, expected one of regtest" },
	};

	(void)unused;
	node.fault = BTC_HTTP_SIGNET;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_ride r;
		struct btc_ride_end e;

		btc_ride_init(&r);
		btc_ride_set(&r, "node", node.url);
		btc_ride_set(&r, "count", "5");
		if (rows[i].network != NULL)
			btc_ride_set(&r, "network", rows[i].network);
		if (rows[i].challenge != NULL)
			btc_ride_set(&r, "signet-challenge", rows[i].challenge);
		e = btc_ride_to_end(&r, 1);
		if (rows[i].says != NULL) {
			assert_int_equal(e.prepared, rows[i].code);
			assert_non_null(strstr(r.err.msg, rows[i].says));
		} else {
			assert_non_null(strstr(r.err.msg, "high-hash"));
		}
	}
}

static const char *file_of(const char *name, const char *text)
{
	FILE *f = fopen(btc_dir_file(&cache, name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return btc_dir_file(&cache, name);
}

static void the_password_comes_from_a_file(void **unused)
{
	char cookie[128], password[128];
	struct btc_ride r;

	(void)unused;
	snprintf(cookie, sizeof(cookie), "%s", file_of("cookie", "__cookie__:0123"));
	snprintf(password, sizeof(password), "%s", file_of("password", "secret\n"));
	node.authorization = "Authorization: Basic X19jb29raWVfXzowMTIz\r\n";
	cannot("110", -EACCES, "status 401");
	btc_ride_init(&r);
	btc_ride_set(&r, "node", node.url);
	btc_ride_set(&r, "cookie-file", cookie);
	assert_int_equal(btc_ride_to_end(&r, 1).prepared, 0);
	node.authorization = "Authorization: Basic bWU6c2VjcmV0\r\n";
	btc_ride_init(&r);
	btc_ride_set(&r, "node", node.url);
	btc_ride_set(&r, "rpc-user", "me");
	assert_int_equal(btc_ride_board(&r), -EINVAL);
	btc_ride_set(&r, "rpc-password-file", password);
	assert_int_equal(btc_ride_to_end(&r, 1).prepared, 0);
	btc_ride_set(&r, "rpc-password-file", file_of("lines", "secret\nsecond line\n"));
	assert_int_equal(btc_ride_board(&r), -EINVAL);
	btc_ride_set(&r, "rpc-password-file", password);
	btc_ride_set(&r, "cookie-file", cookie);
	assert_int_equal(btc_ride_board(&r), -EINVAL);
	btc_ride_set(&r, "rpc-password-file", "/nonexistent/password");
	btc_ride_set(&r, "cookie-file", NULL);
	assert_int_equal(btc_ride_board(&r), -ENOENT);
}

static void an_address_that_cannot_be_meant_is_refused(void **unused)
{
	static const struct {
		const char *url;
		int code;
		const char *says;
	} rows[] = {
		{ "localhost:8332", -EINVAL, "expected http://HOST:PORT" },
		{ "http://127.0.0.1:1", -ECONNREFUSED, "http://127.0.0.1:1: " },
	};
	struct btc_ride r;

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		btc_ride_init(&r);
		btc_ride_set(&r, "node", rows[i].url);
		assert_int_equal(btc_ride_board(&r), rows[i].code);
		assert_non_null(strstr(r.err.msg, rows[i].says));
		assert_null(strstr(r.err.msg, "secret"));
	}
	btc_ride_set(&r, "blocks", "/nonexistent");
	assert_int_equal(btc_ride_board(&r), -EINVAL);
}

static int mine(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_dir_mine(&miner, BLOCKS);
	return 0;
}

static int drop(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_newest_hundred_blocks_are_accepted_and_cached, begin, end),
		cmocka_unit_test_setup_teardown(
			a_fetch_broken_off_goes_on_where_it_was, begin, end),
		cmocka_unit_test_setup_teardown(
			a_cached_block_that_was_damaged_is_fetched_again, begin, end),
		cmocka_unit_test_setup_teardown(
			what_is_no_answer_is_refused_with_the_reason, begin, end),
		cmocka_unit_test_setup_teardown(
			a_coin_that_is_not_what_it_says_is_refused_in_its_block, begin, end),
		cmocka_unit_test_setup_teardown(
			a_node_tells_the_challenge_of_its_signet, begin, end),
		cmocka_unit_test_setup_teardown(a_node_of_another_network_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(the_password_comes_from_a_file, begin, end),
		cmocka_unit_test_setup_teardown(
			an_address_that_cannot_be_meant_is_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, mine, drop);
}
