/*
 * btc_asm.h: scripts written as words, in the notation of Bitcoin Core's script_tests.json: decimal
 * numbers, opcode names with or without OP_, 'text' that is pushed, 0x… bytes that are taken as
 * they are.
 */
#ifndef BTC_ASM_H
#define BTC_ASM_H

#include "bitcoin/rules/script.h"

/* Writes the script to out (at most cap bytes) and returns its length, or -EINVAL for a word it
 * does not know. */
int btc_asm(uint8_t *out, size_t cap, const char *words);

/* Bytes written as hex digits. Returns how many, or -EINVAL. */
int btc_unhex(uint8_t *out, size_t cap, const char *hex, size_t n);

/* Flags by name, separated by commas: "P2SH,WITNESS". Aborts on an unknown one. */
uint32_t btc_flags_of(const char *names);

#endif
