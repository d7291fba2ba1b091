/* base.h: the few macros everything else leans on. */
#ifndef BT_BASE_H
#define BT_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BT_LEN(a)        (sizeof(a) / sizeof((a)[0]))
#define BT_MIN(a, b)     ((a) < (b) ? (a) : (b))
#define BT_MAX(a, b)     ((a) > (b) ? (a) : (b))
#define BT_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define BT_UNUSED        __attribute__((unused))
#define BT_LIKELY(x)     __builtin_expect(!!(x), 1)
#define BT_UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define BT_CACHE_LINE    64
#define BT_CACHE_ALIGNED _Alignas(BT_CACHE_LINE)

__extension__ typedef unsigned __int128 bt_u128; /* products of two 64-bit numbers */

#define BT_NS_PER_S  UINT64_C(1000000000)
#define BT_NS_PER_MS UINT64_C(1000000)
#define BT_NS_PER_US UINT64_C(1000)

/*
 * Converts a real to a whole number, rounded towards zero: 0 below zero and for NaN, UINT64_MAX
 * above the range, where a cast is undefined.
 */
static inline uint64_t bt_u64(double v)
{
	return v >= 0x1p64 ? UINT64_MAX : v > 0 ? (uint64_t)v : 0;
}

/* Tells the processor that this is a spin. */
static inline void bt_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
