/*
 * address.h: texts that people give coins and keys by: addresses of BIP173 and private keys in
 * wallet import format. Pure functions; any thread.
 */
#ifndef BTC_ADDRESS_H
#define BTC_ADDRESS_H

#include "bitcoin/rules/bytes.h"

#define BTC_ADDRESS_SIZE 91 /* BIP173's limit and a NUL */

/* The address of a witness program of version 0, of 20 or 32 bytes, with this prefix: "bc", "tb",
 * "bcrt". */
void btc_address_v0(char out[BTC_ADDRESS_SIZE], const char *prefix, struct btc_span program);

/*
 * Reads the private key of a compressed public key from n digits: base58check of a version, 32
 * bytes and 1. `of_main` tells whether the version is the main network's (0x80). False: it is none.
 */
bool btc_wif_read(uint8_t secret[32], bool *of_main, const char *text, size_t n);

#endif
