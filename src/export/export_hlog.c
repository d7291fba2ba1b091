/*
 * hlog: HdrHistogram's log, version 1.3: a line an interval with its latency as a V2 compressed
 * histogram (zlib, base64). Buckets are laid out as HdrHistogram lays them out, so counts go over
 * one by one.
 */
#include "base/fmt.h"
#include "export/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/text.h"
#include "base/encode.h"

#define COOKIE_V2            0x1c849303u
#define COOKIE_V2_COMPRESSED 0x1c849304u
#define COOKIE_BASE          0x10u /* of the word sizes nibble, as the encoding has it */
#define HEADER               40

struct state {
	uint8_t *plain, *packed;
	size_t plain_room, packed_room;
};

static uint8_t *put32(uint8_t *at, uint32_t v)
{
	for (int i = 3; i >= 0; i--)
		*at++ = (uint8_t)(v >> 8 * i);
	return at;
}

static uint8_t *put64(uint8_t *at, uint64_t v)
{
	return put32(put32(at, (uint32_t)(v >> 32)), (uint32_t)v);
}

/* ZigZag LEB128-64b9B: seven bits a byte, but the ninth byte has eight. */
static uint8_t *put_zigzag(uint8_t *at, int64_t v)
{
	uint64_t z = ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);

	for (int i = 0; i < 8; i++) {
		if (z < 0x80) {
			*at++ = (uint8_t)z;
			return at;
		}
		*at++ = (uint8_t)(z | 0x80);
		z >>= 7;
	}
	*at++ = (uint8_t)z;
	return at;
}

/* Counts from the first bucket to the last that is not empty; a run of n empty ones is -n. */
static uint8_t *put_counts(uint8_t *at, const struct bt_hist *h)
{
	for (unsigned i = 0; h->count && i <= h->hi; i++) {
		unsigned empty = 0;

		while (i <= h->hi && !h->c[i]) {
			empty++;
			i++;
		}
		if (empty > 1)
			at = put_zigzag(at, -(int64_t)empty);
		else if (empty)
			at = put_zigzag(at, 0);
		at = put_zigzag(at, (int64_t)h->c[i]);
	}
	return at;
}

static size_t encode(uint8_t *to, const struct bt_hist *h)
{
	uint8_t *end = put_counts(to + HEADER, h), *at = to;
	double ratio = 1;
	uint64_t bits;

	memcpy(&bits, &ratio, sizeof(bits));
	at = put32(at, COOKIE_V2 | COOKIE_BASE);
	at = put32(at, (uint32_t)(end - to - HEADER));
	at = put32(at, 0); /* offset of normalised indices */
	at = put32(at, 3); /* significant digits */
	at = put64(at, 1); /* lowest discernible value, ns */
	at = put64(at, BT_HIST_MAX_NS);
	put64(at, bits);
	return (size_t)(end - to);
}

static int hlog_begin(void *self, FILE *out, const struct bt_run_info *info, struct bt_err *err)
{
	struct state *s = self;
	char when[64];

	s->plain_room = HEADER + 9 * (size_t)BT_HIST_LEN * 2;
	s->packed_room = compressBound(s->plain_room) + 8;
	s->plain = malloc(s->plain_room);
	s->packed = malloc(s->packed_room);
	if (!s->plain || !s->packed)
		return bt_oom(err, NULL);
	bt_print(out,
		"#[benchtop: %s time of %s, ns]\n#[Histogram log format version 1.3]\n"
		"#[StartTime: %.3f (seconds since epoch), %s]\n"
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_"
		"Histogram\"\n",
		info->open_loop ? "response" : "service", info->workload,
		(double)(int64_t)info->started_wall_ns / 1e9,
		bt_fmt_utc(when, sizeof(when), info->started_wall_ns));
	return 0;
}

static int hlog_put(void *self, FILE *out, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err)
{
	struct state *s = self;
	const struct bt_hist *h = tally->info->open_loop ? &snap->response : &snap->service;
	uLongf packed = s->packed_room - 8;
	char *text;

	if (!snap->span_ns)
		return 0;
	if (compress2(s->packed + 8, &packed, s->plain, encode(s->plain, h), 9) != Z_OK)
		return bt_fail(err, -ENOMEM, "an interval cannot be compressed");
	put32(put32(s->packed, COOKIE_V2_COMPRESSED | COOKIE_BASE), (uint32_t)packed);
	text = bt_base64(s->packed, packed + 8);
	if (!text)
		return bt_oom(err, NULL);
	bt_print(out, "%.3f,%.3f,%.6f,%s\n", (double)(snap->t_ns - snap->span_ns) / 1e9,
		(double)snap->span_ns / 1e9, (double)h->max / 1e6, text);
	free(text);
	return 0;
}

static void hlog_close(void *self, FILE *out BT_UNUSED)
{
	struct state *s = self;

	free(s->plain);
	free(s->packed);
}

const struct bt_export_format bt_export_hlog = {
	.name = "hlog",
	.summary = "HdrHistogram's log 1.3, an interval a line",
	.state_size = sizeof(struct state),
	.grows = true,
	.begin = hlog_begin,
	.put = hlog_put,
	.close = hlog_close,
};
