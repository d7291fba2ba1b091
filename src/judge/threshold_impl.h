/* threshold_impl.h: what the files of threshold.h share: the fields of the report that a threshold can be of, by row. */
#ifndef BT_THRESHOLD_ROOM_H
#define BT_THRESHOLD_ROOM_H

#include "judge/threshold.h"

enum field {
	THROUGHPUT,
	UNITS_PER_S,
	ERROR_RATE,
	OFFERED,
	COMPLETED,
	FAILED,
	EXPIRED,
	UNITS,
	RSS_GROWTH,
	RSS_PEAK,
	CPU_USAGE,
	CPU_SECONDS,
	PEAK_THROUGHPUT,
	IN_FLIGHT,
	RSS_START,
	LEAKED,
	FINDING,
	STEPS_BROKEN,
	LEAK_PER_H,
	BYTES_PER_ITEM,
	UNRELEASED,
};

#endif
