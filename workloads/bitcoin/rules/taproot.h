/*
 * taproot.h: BIP341's commitments: leaves, branches, and the tweak that puts a tree of scripts into
 * a key. Pure functions; any thread.
 */
#ifndef BTC_TAPROOT_H
#define BTC_TAPROOT_H

#include "bitcoin/rules/bytes.h"

#define BTC_TAP_BASE      33  /* of a control block: leaf version with parity, internal key */
#define BTC_TAP_NODE      32  /* each step of its path */
#define BTC_TAP_DEEP      128 /* steps at most */
#define BTC_TAP_LEAF_MASK 0xfe
#define BTC_TAP_LEAF      0xc0 /* version of leaves that hold tapscript (BIP342) */
#define BTC_TAP_ANNEX     0x50 /* the first byte of an annex */

void btc_tap_leaf(uint8_t out[32], uint8_t version, struct btc_span script);

/* The hash of two nodes, whatever their order. out may be one of them. */
void btc_tap_branch(uint8_t out[32], const uint8_t a[32], const uint8_t b[32]);

/* What the internal key is tweaked by; root NULL: no scripts. */
void btc_tap_tweak(uint8_t out[32], const uint8_t internal[32], const uint8_t *root);

/* Does the path in a control block of valid size lead from the leaf to the root that makes the
 * program of its key? */
bool btc_tap_commits(struct btc_span control, const uint8_t leaf[32], const uint8_t program[32]);

#endif
