/* grow.h: arrays that grow one element at a time. Any thread. */
#ifndef BT_GROW_H
#define BT_GROW_H

#include "base/base.h"

/*
 * Returns the array of n elements of `size` bytes with room for one more; free(). Room is a power
 * of two, so that nobody keeps it: the array must have grown by this alone. NULL: out of memory, or
 * its bytes exceed size_t; the old array stays.
 */
void *bt_grow(void *array, size_t n, size_t size);

#endif
