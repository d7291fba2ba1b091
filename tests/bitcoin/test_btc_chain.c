/* The shipped chain through the workload, whole and damaged. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"
#include "btc_mine.h"
#include "btc_ride.h"
#include "base/encode.h"

#define BLOCKS 2017
#define TIP    "0000000089d757fd95d79f7fcc2bc25ca7fc16492dca9aa610730ea05d9d3de9"

static uint8_t *shipped;
static size_t shipped_n;
static size_t start_of[BLOCKS + 1]; /* where each record begins; the last is the end of the file */
static char damaged[CM_TEMP];

static int board(struct btc_ride *r, const char *path, const char *network)
{
	btc_ride_init(r);
	if (path != NULL)
		btc_ride_set(r, "blocks", path);
	btc_ride_set(r, "network", network);
	return btc_ride_board(r);
}

static struct btc_ride_end run_to_end(const char *path, uint64_t most)
{
	struct btc_ride r;

	btc_ride_init(&r);
	btc_ride_set(&r, "blocks", path);
	return btc_ride_to_end(&r, most);
}

/* A file that holds these bytes; its path. */
static const char *file_of(const uint8_t *p, size_t n)
{
	FILE *f = fopen(damaged, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return damaged;
}

/* The record that holds this byte of the file. */
static unsigned record_with(size_t at)
{
	unsigned i = 0;

	while (start_of[i + 1] <= at)
		i++;
	return i;
}

static void the_shipped_chain_is_accepted_to_its_tip_again_and_again(void **unused)
{
	struct btc_ride r;
	uint64_t units = 0;

	(void)unused;
	assert_int_equal(board(&r, NULL, "auto"), 0);
	for (unsigned lap = 1; lap <= 3; lap++) {
		for (unsigned i = 0; i < BLOCKS; i++) {
			struct bt_result result = btc_ride_op(&r, i);

			assert_int_equal(result.outcome, BT_DONE);
			units += result.units;
		}
		assert_string_equal(r.meter.text[BTC_M_TIP], TIP);
		assert_int_equal(r.meter.count[BTC_M_BLOCKS], lap * BLOCKS);
		assert_int_equal(r.meter.count[BTC_M_TRANSACTIONS], lap * 2958);
		assert_int_equal(units, lap * 2958);
	}
	assert_int_equal(r.meter.count[BTC_M_BYTES], 3 * (shipped_n - 8 * BLOCKS));
	assert_memory_equal(r.meter.text[BTC_M_HASH], "nettle, ", 8);
	btc_ride_leave(&r);
}

static void cut_at(size_t cut)
{
	unsigned whole = record_with(cut);
	struct btc_ride_end end;

	if (start_of[whole] == cut)
		return; /* a shorter chain, and nothing wrong with it */
	end = run_to_end(file_of(shipped, cut), BLOCKS);
	if (whole == 0) {
		assert_int_equal(end.prepared, -EINVAL);
		return;
	}
	assert_int_equal(end.prepared, 0);
	assert_int_equal(end.done, whole);
	assert_string_equal(end.error_class, "malformed-block");
}

static void a_file_cut_off_is_refused_where_it_ends(void **unused)
{
	(void)unused;
	for (size_t cut = 1; cut < start_of[4]; cut += 7)
		cut_at(cut);
	for (size_t i = 1; i < 20; i++)
		cut_at(i * shipped_n / 20);
	cut_at(shipped_n - 1);
}

/* Flips a bit somewhere between two records; the file goes up to the second. */
static void flip_one(uint8_t *copy, uint64_t random, unsigned from, unsigned to)
{
	size_t at = start_of[from] + (size_t)(random >> 16) % (start_of[to] - start_of[from]);
	unsigned block = record_with(at);
	uint8_t bit = (uint8_t)(1 << (random >> 60 & 7));
	struct btc_ride_end end;

	copy[at] ^= bit;
	end = run_to_end(file_of(copy, start_of[to]), to + 1);
	copy[at] ^= bit;
	if (end.prepared != 0)
		assert_int_equal(block, 0);
	else if (end.error_class == NULL || end.done != block)
		fail_msg("bit %02x flipped at %zu, in block %u: %llu blocks connected, %s", bit, at,
			block, (unsigned long long)end.done, btc_last_note);
}

static void a_bit_flipped_anywhere_is_refused_in_its_block(void **unused)
{
	uint8_t *copy = malloc(shipped_n);
	uint64_t random = 1;

	(void)unused;
	assert_non_null(copy);
	memcpy(copy, shipped, shipped_n);
	for (unsigned i = 0; i < 320; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (i % 16 == 0)
			flip_one(copy, random, 0, BLOCKS);
		else
			flip_one(copy, random, 0, 200);
	}
	free(copy);
}

static void a_fault_stays_a_fault(void **unused)
{
	struct btc_ride r;

	(void)unused;
	assert_int_equal(board(&r, file_of(shipped, start_of[3] + 20), "auto"), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(btc_ride_op(&r, i).outcome, BT_DONE);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(btc_ride_op(&r, i).outcome, BT_FATAL);
	btc_ride_leave(&r);
}

static void a_gap_ends_the_run_as_a_missing_parent(void **unused)
{
	size_t from = start_of[5], to = start_of[6];
	uint8_t *copy = malloc(shipped_n);
	struct btc_ride_end end;

	(void)unused;
	assert_non_null(copy);
	memcpy(copy, shipped, from);
	memcpy(copy + from, shipped + to, shipped_n - to);
	end = run_to_end(file_of(copy, shipped_n - (to - from)), BLOCKS + 1);
	assert_int_equal(end.done, 5);
	assert_string_equal(end.error_class, "missing-parent");
	/* Without genesis there is nothing to begin with. */
	end = run_to_end(file_of(shipped + start_of[1], shipped_n - start_of[1]), BLOCKS + 1);
	assert_int_equal(end.done, 0);
	assert_string_equal(end.error_class, "missing-parent");
	free(copy);
}

static void blocks_may_stand_in_any_order_and_zeros_at_the_end(void **unused)
{
	uint8_t *copy = calloc(1, shipped_n + 5000);
	size_t n = 0;
	struct btc_ride_end end;

	(void)unused;
	assert_non_null(copy);
	for (unsigned i = 0; i < BLOCKS; i++) {
		size_t at = start_of[BLOCKS - 1 - i], size = 8 + btc_le32(shipped + at + 4);

		memcpy(copy + n, shipped + at, size);
		n += size;
	}
	end = run_to_end(file_of(copy, shipped_n + 5000), BLOCKS + 1);
	assert_int_equal(end.done, BLOCKS + 1);
	assert_null(end.error_class);
	free(copy);
}

static void a_block_beside_the_chain_is_left_out(void **unused)
{
	struct btc_mine_block b;
	struct btc_miner m;
	struct btc_span side;
	uint8_t copy[8192];
	size_t n = 0;

	(void)unused;
	btc_mine_init(&m);
	btc_mine_base(&m, 5);
	btc_mine_begin(&m, &b);
	side = btc_mine_seal(&m, &b);
	b.header.time++;
	btc_mine_extend(&m, &b, btc_mine_seal(&m, &b));
	btc_mine_begin(&m, &b);
	btc_mine_extend(&m, &b, btc_mine_seal(&m, &b));
	for (unsigned i = 0; i <= m.height; i++) {
		struct btc_span s = i < m.height ? m.blocks[i] : side;

		memcpy(copy + n, btc_chainparams(BTC_REGTEST)->magic, 4);
		btc_put_le32(copy + n + 4, (uint32_t)s.n);
		memcpy(copy + n + 8, s.p, s.n);
		n += 8 + s.n;
	}
	assert_int_equal(run_to_end(file_of(copy, n), 14).done, 14);
	btc_mine_fini(&m);
}

static void a_file_without_a_readable_block_cannot_be_run(void **unused)
{
	static const uint8_t zeros[100];
	uint8_t start[100];
	struct btc_ride r;

	(void)unused;
	assert_int_equal(board(&r, "/nonexistent/blk00000.dat", "auto"), -ENOENT);
	assert_non_null(strstr(r.err.msg, "/nonexistent/blk00000.dat"));
	assert_int_equal(board(&r, file_of(zeros, 0), "auto"), -EINVAL);
	assert_int_equal(board(&r, file_of(zeros, sizeof(zeros)), "auto"), -EINVAL);
	assert_int_equal(
		board(&r, file_of((const uint8_t *)"no blocks here", 14), "auto"), -EINVAL);
	assert_non_null(strstr(r.err.msg, "message start"));
	assert_int_equal(board(&r, "/tmp", "auto"), -EINVAL);
	memcpy(start, shipped, sizeof(start)); /* of genesis, which is longer */
	assert_int_equal(board(&r, file_of(start, sizeof(start)), "auto"), -EINVAL);
	assert_non_null(strstr(r.err.msg, "only 92 are left"));
}

static void a_network_named_must_be_the_one_in_the_file(void **unused)
{
	struct btc_ride r;

	(void)unused;
	assert_int_equal(board(&r, file_of(shipped, shipped_n), "testnet3"), 0);
	btc_ride_leave(&r);
	assert_int_equal(board(&r, damaged, "main"), -EINVAL);
}

/* Block 1 of the signet whose challenge is OP_1: its proof of work is real, its solution empty. */
static const char own_signet_1[] =
	"00000020f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e9739881080000000101811a"
	"9245cfae75af3f2fb5ebebb35ee25dfee53b74afac6a45be242bbab458914d5fae77031e537d7700"
	"01020000000001010000000000000000000000000000000000000000000000000000000000000000"
	"ffffffff025100ffffffff0200f2052a0100000001510000000000000000266a24aa21a9ede2f61c"
	"3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf90120000000000000000000"
	"000000000000000000000000000000000000000000000000000000";

/* Genesis of the signets is the shipped one but for its time, target and nonce. */
static size_t own_signet(uint8_t *out)
{
	static const uint8_t magic[] = { 0x54, 0xd2, 0x6f, 0xbd };
	size_t genesis = btc_le32(shipped + 4), n = 8, size = strlen(own_signet_1) / 2;

	memcpy(out, magic, 4);
	btc_put_le32(out + 4, (uint32_t)genesis);
	memcpy(out + n, shipped + 8, genesis);
	btc_put_le32(out + n + 68, 1598918400);
	btc_put_le32(out + n + 72, 0x1e0377ae);
	btc_put_le32(out + n + 76, 52613770);
	n += genesis;
	memcpy(out + n, magic, 4);
	btc_put_le32(out + n + 4, (uint32_t)size);
	assert_true(bt_hex_read(out + n + 8, own_signet_1, 2 * size));
	return n + 8 + size;
}

static void a_signet_of_its_own_is_told_by_its_challenge(void **unused)
{
	uint8_t bytes[1000];
	struct btc_ride r;
	struct btc_ride_end e;

	(void)unused;
	file_of(bytes, own_signet(bytes));
	assert_int_equal(board(&r, damaged, "auto"), -EINVAL);
	assert_non_null(strstr(r.err.msg, "expected the message start of a Bitcoin network"));
	assert_int_equal(board(&r, damaged, "signet"), -EINVAL);
	for (unsigned i = 0; i < 2; i++) {
		btc_ride_init(&r);
		btc_ride_set(&r, "blocks", damaged);
		btc_ride_set(&r, "network", i == 0 ? "auto" : "signet");
		btc_ride_set(&r, "signet-challenge", "51");
		e = btc_ride_to_end(&r, 2);
		assert_int_equal(e.done, 2);
	}
	assert_string_equal(r.meter.text[BTC_M_TIP],
		"00000256acac8b50a582f7dba02c5b03b994588ae6eb5d87967101b0e1347c03");
	btc_ride_init(&r);
	btc_ride_set(&r, "blocks", damaged);
	btc_ride_set(&r, "signet-challenge", "52");
	assert_int_equal(btc_ride_board(&r), -EINVAL);
	assert_non_null(strstr(r.err.msg, "message start 54d26fbd, expected "));
}

static int load_shipped(void **unused)
{
	char path[4096];
	FILE *f;
	int fd = mkstemp(cm_temp(damaged, "btc-test"));

	(void)unused;
	if (fd < 0 || bt_data_path(path, sizeof(path), "testnet3-blocks-0-2016.dat", NULL) != 0)
		return -1;
	close(fd);
	f = fopen(path, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		return -1;
	shipped_n = (size_t)ftell(f);
	shipped = malloc(shipped_n);
	rewind(f);
	if (shipped == NULL || fread(shipped, 1, shipped_n, f) != shipped_n)
		return -1;
	for (unsigned i = 0; i < BLOCKS; i++)
		start_of[i + 1] = start_of[i] + 8 + btc_le32(shipped + start_of[i] + 4);
	return fclose(f);
}

static int drop_shipped(void **unused)
{
	(void)unused;
	free(shipped);
	return unlink(damaged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_chain_is_accepted_to_its_tip_again_and_again),
		cmocka_unit_test(a_file_cut_off_is_refused_where_it_ends),
		cmocka_unit_test(a_bit_flipped_anywhere_is_refused_in_its_block),
		cmocka_unit_test(a_fault_stays_a_fault),
		cmocka_unit_test(a_gap_ends_the_run_as_a_missing_parent),
		cmocka_unit_test(blocks_may_stand_in_any_order_and_zeros_at_the_end),
		cmocka_unit_test(a_block_beside_the_chain_is_left_out),
		cmocka_unit_test(a_file_without_a_readable_block_cannot_be_run),
		cmocka_unit_test(a_signet_of_its_own_is_told_by_its_challenge),
		cmocka_unit_test(a_network_named_must_be_the_one_in_the_file),
	};

	return cmocka_run_group_tests(tests, load_shipped, drop_shipped);
}
