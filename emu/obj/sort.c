// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * libbpf sorts programs, externs and DATASEC entries with qsort(), some of them with comparisons that
 * are no order: two programs at one offset are each "greater", and offsets are compared by a
 * subtraction that overflows. What comes out is then the work of the algorithm, so this is the one of
 * glibc (2.36 and most others): halves of n/2 and n - n/2 elements, merged, the left one taken when
 * the comparison says <= 0.
 */
#include "obj/private.h"

static void msort(char *base, size_t nr, size_t size, int (*cmp)(const void *, const void *),
		  char *tmp)
{
	size_t nr_left = nr / 2, nr_right = nr - nr_left;
	char *left = base, *right = base + nr_left * size, *to = tmp;

	if (nr <= 1)
		return;
	msort(left, nr_left, size, cmp, tmp);
	msort(right, nr_right, size, cmp, tmp);
	while (nr_left && nr_right) {
		if (cmp(left, right) <= 0) {
			memcpy(to, left, size);
			left += size;
			nr_left--;
		} else {
			memcpy(to, right, size);
			right += size;
			nr_right--;
		}
		to += size;
	}
	memcpy(to, left, nr_left * size);
	/* what is left of the right half is in its place already */
	memcpy(base, tmp, (nr - nr_right) * size);
}

int bemu_obj_sort(struct bemu_env *env, void *base, size_t nr, size_t size,
		  int (*cmp)(const void *, const void *))
{
	char *tmp;

	if (nr < 2)
		return 0;
	tmp = bemu_alloc(env, nr * size);
	if (!tmp)
		return -ENOMEM;
	msort(base, nr, size, cmp, tmp);
	bemu_mem_free(env, tmp);
	return 0;
}
