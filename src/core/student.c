#include "core/student.h"

#include <math.h>

#include "base/base.h"

double bt_student95(unsigned freedom)
{
	/* To three digits, as every table has them. */
	static const double few[] = { INFINITY, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
		2.306, 2.262, 2.228 };
	const double z = 1.959964, n = freedom, zz = z * z;

	if (freedom < BT_LEN(few))
		return few[freedom];
	/* The first terms of the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5). */
	return z *
		(1 + (zz + 1) / (4 * n) + ((5 * zz + 16) * zz + 3) / (96 * n * n) +
			(((3 * zz + 19) * zz + 17) * zz - 15) / (384 * n * n * n));
}
