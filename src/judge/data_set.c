#include "judge/data_set.h"

#include <math.h>

static bool is_level(const struct bt_segment_record *s)
{
	return s->plan.data_items && s->plan.mode != BT_FILL && s->result.state == BT_SEG_CLOSED;
}

bool bt_bytes_per_item(
	struct bt_slope *resident, struct bt_slope *counted, const struct bt_tally *tally)
{
	struct bt_volume v = { .n = 0 };

	for (unsigned i = 0; i < tally->n_segments && v.n < BT_VOLUME_LEVELS; i++) {
		const struct bt_segment_record *s = &tally->segments[i];

		if (!is_level(s))
			continue;
		v.level[v.n++] = (struct bt_volume_level){
			.items = (double)s->plan.data_items,
			.before_bytes = s->result.rss_before_bytes,
			.loaded_bytes = s->result.rss_bytes,
			.counted_bytes = s->result.counted_bytes,
		};
	}
	bt_volume_resident(resident, &v);
	bt_volume_counted(counted, &v);
	return v.n > 0;
}

double bt_bytes_unreleased(const struct bt_tally *tally)
{
	uint64_t before = 0, after = 0;

	for (unsigned i = 0; i < tally->n_segments; i++) {
		const struct bt_segment_record *s = &tally->segments[i];

		if (!s->plan.data_items)
			continue;
		if (!before)
			before = s->result.rss_before_bytes;
		if (s->result.rss_after_bytes)
			after = s->result.rss_after_bytes;
	}
	return before && after ? (double)after - (double)before : NAN;
}
