/* What a history holds of a run, read back: its description, states, slow operations, segments,
 * histograms, and its report printed. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "report/report.h"
#include "store/store_impl.h"

static void read_text(const char *text)
{
	static struct bt_snapshot snap;
	struct bt_run_info info = { 0 };
	struct bt_segment_record segment;
	struct bt_slow slow[BT_ROW_SLOW];
	struct bt_pool pool = { 0 };
	json_t *object = json_loads(text, 0, NULL);
	FILE *out = fopen("/dev/null", "w");

	BTC_FUZZ_HOLDS(out != NULL);
	bt_json_read_info(&info, &pool, object, NULL);
	BTC_FUZZ_HOLDS(info.n_metrics <= BT_METRICS_MAX);
	memset(&segment, 0, sizeof(segment));
	if (object)
		bt_json_read_segment(&segment, object);
	bt_state_read(&snap, &segment, &info, text);
	BTC_FUZZ_HOLDS(bt_slow_read(slow, BT_ROW_SLOW, text) <= BT_ROW_SLOW);
	bt_report_print(out, text, NULL);
	fclose(out);
	json_decref(object);
	bt_pool_fini(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_hist *hist;
	char *text;

	if (!hist && (hist = calloc(1, sizeof(*hist))) != NULL)
		bt_hist_init(hist);
	BTC_FUZZ_HOLDS(hist != NULL);
	bt_hist_reset(hist);
	if (bt_hist_decode(hist, data, size, NULL) == 0 && hist->count)
		BTC_FUZZ_HOLDS(bt_hist_quantile(hist, 0.5) <= hist->max);
	text = malloc(size + 1);
	BTC_FUZZ_HOLDS(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_text(text);
	free(text);
	return 0;
}
