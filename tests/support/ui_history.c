#include "cm.h"

#include <math.h>

#include "ui_history.h"
#include "base/rng.h"

static void take(struct bt_history *history, struct bt_run_row *rows, size_t n)
{
	struct bt_run_list list = { .rows = rows, .n = n };

	history->has_store = true;
	assert_int_equal(bt_history_take(history, &list, FAKE_NOW, NULL), 0);
}

void fake_history(struct bt_history *history, size_t n)
{
	static const char *const workloads[] = { "bitcoin.block", "sim", "null",
		"net.http.a-long-name" };
	static const char *const verdicts[] = { "valid", "degraded", "valid", "invalid" };
	static const char *const statuses[] = { "ended", "stopped", "ended", "interrupted" };
	static const char *const commits[] = { "0a1b2c3d4e5f", "", "99887766aabb" };
	struct bt_run_row *rows = calloc(n + 1, sizeof(*rows));
	size_t i;

	assert_non_null(rows);
	for (i = 0; i < n; i++) {
		rows[i] = (struct bt_run_row){ .id = n - i,
			.workload = workloads[i % 4],
			.started_wall_ns = UINT64_C(1763878321000000000) - i * 7231 * BT_NS_PER_S,
			.duration_ns = (60 + i * 37) * BT_NS_PER_S,
			.profile = i % 4 ? "load" : "stress",
			.status = i ? statuses[i % 4] : "running",
			.verdict = verdicts[i % 4],
			.tags = i % 3   ? ""
				: i % 2 ? "release=0.1 host=ci"
					: "release=0.2",
			.host = i % 5 ? "bench" : "laptop",
			.commit = commits[i % 3],
			.kind = i % 4,
			.open_loop = true,
			.throughput = 1234.5 + 13.7 * (double)i,
			.error_rate = i % 3 ? 0 : 0.0123,
			.peak_rate = i % 5 ? 1500.0 + (double)i : NAN,
			.p50_ns = 8.1e5,
			.p99_ns = 2.3e6 * (1 + (double)(i % 7)),
			.rss_peak_bytes = 4e7 };
		rows[i].finding = i % 4 ? "" : "limit 1.40k op/s";
	}
	take(history, rows, n);
}

void fake_course(struct bt_history *history, size_t n)
{
	struct bt_run_row *rows = calloc(n + 1, sizeof(*rows));
	struct bt_rng rng;

	assert_non_null(rows);
	bt_rng_init(&rng, 11);
	for (size_t i = 0; i < n; i++) {
		size_t age = n - 1 - i; /* the list has the newest first */
		bool slow = age >= n / 3 && age < 2 * n / 3;

		rows[i] = (struct bt_run_row){ .id = n - i,
			.workload = "bitcoin.block",
			.started_wall_ns = FAKE_NOW - (i + 1) * UINT64_C(86400) * BT_NS_PER_S,
			.duration_ns = 60 * BT_NS_PER_S,
			.profile = "load",
			.status = i == 3 ? "stopped" : "ended",
			.verdict = i == 5 ? "invalid" : "valid",
			.tags = "nightly=yes",
			.host = i % 9 == 4 ? "laptop" : "bench",
			.commit = slow ? "bad0bad0bad0" : "600d600d600d",
			.kind = 1,
			.open_loop = true,
			.throughput = 1000 + 5 * bt_rng_normal(&rng),
			.error_rate = 0,
			.peak_rate = 1100,
			.p50_ns = 8.1e5,
			.p99_ns = (slow ? 4.6e6 : 2.3e6) * exp(0.05 * bt_rng_normal(&rng)),
			.rss_peak_bytes = 4e7 };
	}
	take(history, rows, n);
}
