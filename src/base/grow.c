#include "base/grow.h"

#include <stdlib.h>

void *bt_grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* full only when n is a power of two, or nothing */
		return array;
	n = n ? 2 * n : 1;
	return n > SIZE_MAX / size ? NULL : realloc(array, n * size);
}
