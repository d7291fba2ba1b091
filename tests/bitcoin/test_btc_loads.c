/*
 * bitcoin.tx-validate, bitcoin.sig-verify and bitcoin.mempool: every verdict checked, wrong ones
 * told, nothing allocated while they run, little memory taken, threads sharing only what they read.
 */
#include "cm.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "btc_drive.h"

extern const struct bt_workload btc_tx_validate_workload, btc_sig_verify_workload,
	btc_mempool_workload, btc_block_workload;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS_ALLOCATIONS 1
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static _Atomic unsigned long allocations;

static void allocated(void)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *malloc(size_t n)
{
	allocated();
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	allocated();
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	allocated();
	return __libc_realloc(p, n);
}
#endif

static void open_load(
	struct btc_drive *d, const struct bt_workload *workload, const char *const *options)
{
	if (btc_drive_open(d, workload, 11, options) != 0)
		fail_msg("%s: %s", workload->name, d->err.msg);
}

/* Runs n operations, none of which may fail; all damaged ones must be refused. */
static void expect_right(const struct bt_workload *workload, const char *const *options, uint64_t n)
{
	struct btc_driver w;
	struct btc_drive d;

	open_load(&d, workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, n);
	if (w.failed > 0)
		fail_msg("%s: %s", workload->name, btc_last_note);
	assert_int_equal(w.done, n);
	assert_near((double)btc_driver_count(&w, "negative_planned"), 0.2 * (double)n, 0.3);
	assert_int_equal(
		btc_driver_count(&w, "negative_planned"), btc_driver_count(&w, "negative_refused"));
	btc_driver_leave(&w);
	btc_drive_close(&d);
}

static void every_verdict_is_right_and_all_damage_refused(void **unused)
{
	static const char *const types[] = { "all", "p2pkh", "p2wpkh", "p2sh", "p2wsh", "p2tr-key",
		"p2tr-script" };
	const char *tx[] = { "pool", "100", "negative", "20%", NULL };
	const char *blocks[] = { "generate", "9", "block-txs", "20", "negative", "20%", NULL };
	const char *sized[] = { "pool", "40", "negative", "20%", "tx-size", "300,2000", "mix",
		"p2wpkh=1,p2pkh=1,p2tr-script=1", NULL };

	(void)unused;
	expect_right(&btc_block_workload, blocks, 400);
	expect_right(&btc_tx_validate_workload, tx, 400);
	expect_right(&btc_tx_validate_workload, sized, 400);
	for (unsigned i = 0; i < BT_LEN(types); i++) {
		const char *sig[] = { "pool", "30", "negative", "20%", "type", types[i], NULL };

		expect_right(&btc_sig_verify_workload, sig, 400);
	}
}

static void a_signature_operation_verifies_one_input(void **unused)
{
	const char *options[] = { "pool", "50", NULL };
	struct btc_driver w;
	struct btc_drive d;

	(void)unused;
	open_load(&d, &btc_sig_verify_workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, 100);
	assert_int_equal(w.done, 100);
	assert_int_equal(btc_driver_count(&w, "inputs"), 100);
	btc_driver_leave(&w);
	btc_drive_close(&d);
}

static void a_mempool_says_what_is_known_beforehand(void **unused)
{
	/* Rounds that evict; long chains; one after the other without any of it. */
	const char *full[] = { "pool", "600", "negative", "20%", "mempool-size", "64KiB", NULL };
	const char *chains[] = { "pool", "300", "negative", "20%", "children", "95%", "conflicts",
		"5%", NULL };
	const char *plain[] = { "pool", "100", "negative", "20%", "children", "0", "conflicts", "0",
		NULL };

	(void)unused;
	expect_right(&btc_mempool_workload, full, 2500);
	expect_right(&btc_mempool_workload, chains, 1500);
	expect_right(&btc_mempool_workload, plain, 1000);
}

#define KINDS 8

static void count_kinds(
	uint64_t sum[KINDS], const char *const names[KINDS], const char *const *options, uint64_t n)
{
	struct btc_driver w;
	struct btc_drive d;

	open_load(&d, &btc_mempool_workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, n);
	assert_int_equal(w.failed, 0);
	for (unsigned i = 0; i < KINDS; i++)
		sum[i] += btc_driver_count(&w, names[i]);
	btc_driver_leave(&w);
	btc_drive_close(&d);
}

static void every_kind_of_refusal_comes_up_in_a_mempool(void **unused)
{
	static const char *const names[KINDS] = { "accepted", "replaced", "evicted", "refused_fee",
		"refused_missing", "refused_conflict", "refused_chain", "blocks" };
	const char *chains[] = { "pool", "300", "children", "98%", "conflicts", "2%", NULL };
	const char *full[] = { "pool", "600", "mempool-size", "64KiB", "conflicts", "10%", NULL };
	uint64_t sum[KINDS] = { 0 };

	(void)unused;
	count_kinds(sum, names, chains, 700);
	count_kinds(sum, names, full, 1300);
	for (unsigned i = 0; i < KINDS; i++)
		if (sum[i] == 0)
			fail_msg("%s: 0", names[i]);
}

#define COIN(expect)                                                                       \
	"{\"name\":\"mine\",\"tx\":\"0100000001000000000000000000000000000000000000000000" \
	"00000000000000000000000000000000ffffffff010100000000000000015100000000\","        \
	"\"prevouts\":[{\"amount\":1,\"script\":\"00\"}],\"flags\":[\"P2SH\"],"            \
	"\"expect\":\"" expect "\"}\n"

static const char *file_of(const char *text)
{
	static char path[CM_TEMP];
	FILE *out;

	out = fdopen(mkstemp(cm_temp(path, "benchtop-load")), "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	return path;
}

static void a_wrong_verdict_is_told_with_name_expected_and_got(void **unused)
{
	const char *options[] = { "corpus", file_of(COIN("EVAL_FALSE") COIN("valid")), NULL };
	struct btc_driver w;
	struct btc_drive d;

	(void)unused;
	open_load(&d, &btc_tx_validate_workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, 6); /* three times round the file */
	assert_int_equal(w.done, 3);
	assert_int_equal(w.failed, 3);
	assert_string_equal(btc_last_note, "mine: expected valid, got EVAL_FALSE (input 0)");
	btc_driver_leave(&w);
	btc_drive_close(&d);
	unlink(options[1]);
}

static void what_cannot_run_is_refused_before_it_runs(void **unused)
{
	const char *mix[] = { "mix", "p2x=1", NULL };
	const char *none[] = { "corpus", "/nowhere/at-all", NULL };
	const char *cut[] = { "corpus", NULL, NULL };
	const char *undamaged[] = { "corpus", NULL, "negative", "5%", NULL };
	const char *shares[] = { "children", "60%", "conflicts", "50%", NULL };
	struct btc_drive d;

	(void)unused;
	assert_int_equal(btc_drive_open(&d, &btc_tx_validate_workload, 1, mix), -EINVAL);
	assert_int_equal(btc_drive_open(&d, &btc_tx_validate_workload, 1, none), -ENOENT);
	undamaged[1] = file_of(COIN("EVAL_FALSE"));
	assert_int_equal(btc_drive_open(&d, &btc_tx_validate_workload, 1, undamaged), -EINVAL);
	assert_memory_equal(d.err.msg, "--negative: no valid transaction", 32);
	unlink(undamaged[1]);
	cut[1] = file_of(COIN("valid") "{\"name\":\n");
	assert_int_equal(btc_drive_open(&d, &btc_tx_validate_workload, 1, cut), -EINVAL);
	assert_non_null(strstr(d.err.msg, ": line 2: no JSON: "));
	unlink(cut[1]);
	assert_int_equal(btc_drive_open(&d, &btc_mempool_workload, 1, shares), -EINVAL);
}

#ifdef COUNTS_ALLOCATIONS
/* The first 600 operations have seen every case. */
static void expect_no_allocation(const struct bt_workload *workload, const char *const *options)
{
	struct btc_driver w;
	struct btc_drive d;
	unsigned long before, taken;

	open_load(&d, workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, 600);
	before = atomic_load(&allocations);
	btc_driver_run(&w, 600, 2000);
	taken = atomic_load(&allocations) - before;
	print_message("%s: %lu allocations in 2,000 operations\n", workload->name, taken);
	assert_int_equal(w.failed, 0);
	assert_int_equal(taken, 0);
	btc_driver_leave(&w);
	btc_drive_close(&d);
}
#endif

static void nothing_is_allocated_once_it_runs(void **unused)
{
#ifdef COUNTS_ALLOCATIONS
	const char *options[] = { "pool", "200", "negative", "5%", NULL };
	const char *block[] = { "generate", "9", "block-txs", "20", "negative", "5%", NULL };
	const char *threads[] = { "generate", "9", "block-txs", "20", "threads-per-block", "2",
		NULL };
	const char *cache[] = { "pool", "200", "sig-cache", "64KiB", NULL };

	(void)unused;
	expect_no_allocation(&btc_tx_validate_workload, options);
	expect_no_allocation(&btc_tx_validate_workload, cache);
	expect_no_allocation(&btc_sig_verify_workload, options);
	expect_no_allocation(&btc_mempool_workload, options);
	expect_no_allocation(&btc_block_workload, block);
	expect_no_allocation(&btc_block_workload, threads);
#else
	(void)unused;
	print_message("skipped: allocations are not counted in this build\n");
	skip();
#endif
}

static double resident_mib(void)
{
	FILE *in = fopen("/proc/self/statm", "r");
	unsigned long size, resident;

	if (in == NULL)
		return -1;
	assert_int_equal(fscanf(in, "%lu %lu", &size, &resident), 2);
	fclose(in);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* The bounds: less than 100 MB while, less than 10 MB after. */
static void ten_thousand_validations_take_little_memory_and_give_it_back(void **unused)
{
	const char *options[] = { "pool", "1000", "negative", "2%", NULL };
	double start = resident_mib(), during, after;
	struct btc_driver w;
	struct btc_drive d;

	(void)unused;
#ifdef SANITIZED
	print_message("skipped: a sanitizer keeps what is freed\n");
	skip();
#endif
	if (start < 0) {
		print_message("skipped: no /proc/self/statm\n");
		skip();
	}
	open_load(&d, &btc_tx_validate_workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, 10000);
	during = resident_mib() - start;
	assert_int_equal(w.failed, 0);
	btc_driver_leave(&w);
	btc_drive_close(&d);
	after = resident_mib() - start;
	print_message("10,000 validations: %.1f MiB while, %.1f MiB after\n", during, after);
	assert_true(during < 95.3); /* 100 MB */
	assert_true(after < 9.5);   /* 10 MB */
}

struct thread {
	pthread_t id;
	const struct btc_drive *drive;
	struct btc_driver w;
};

static void *work(void *arg)
{
	struct thread *t = arg;

	btc_driver_enter(&t->w, t->drive);
	btc_driver_run(&t->w, 0, 300);
	btc_driver_leave(&t->w);
	return NULL;
}

static void threads_share_only_what_they_read(void **unused)
{
	static const struct bt_workload *const all[] = { &btc_tx_validate_workload,
		&btc_sig_verify_workload, &btc_mempool_workload };
	const char *options[] = { "pool", "100", "negative", "10%", NULL };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(all); i++) {
		static struct thread threads[2];
		struct btc_drive d;

		open_load(&d, all[i], options);
		for (unsigned k = 0; k < BT_LEN(threads); k++) {
			threads[k].drive = &d;
			assert_int_equal(
				pthread_create(&threads[k].id, NULL, work, &threads[k]), 0);
		}
		for (unsigned k = 0; k < BT_LEN(threads); k++) {
			pthread_join(threads[k].id, NULL);
			assert_int_equal(threads[k].w.done, 300);
		}
		btc_drive_close(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: what others free and the allocator keeps would hide what this one
		 * takes. */
		cmocka_unit_test(ten_thousand_validations_take_little_memory_and_give_it_back),
		cmocka_unit_test(every_verdict_is_right_and_all_damage_refused),
		cmocka_unit_test(a_signature_operation_verifies_one_input),
		cmocka_unit_test(a_mempool_says_what_is_known_beforehand),
		cmocka_unit_test(every_kind_of_refusal_comes_up_in_a_mempool),
		cmocka_unit_test(a_wrong_verdict_is_told_with_name_expected_and_got),
		cmocka_unit_test(what_cannot_run_is_refused_before_it_runs),
		cmocka_unit_test(nothing_is_allocated_once_it_runs),
		cmocka_unit_test(threads_share_only_what_they_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
