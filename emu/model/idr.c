/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include <string.h>

#include "model/model.h"

/*
 * First slot whose ID is at least @id. IDs rise by one or more a slot, so that it is where it would be
 * without gaps, which is nearly always the place, or in front of that.
 */
static uint32_t lower_bound(const struct bemu_idr *idr, uint32_t id)
{
	uint32_t lo, hi, step = 1;

	if (!idr->nr || id <= idr->arr[0].id)
		return 0;
	hi = id - idr->arr[0].id < idr->nr ? id - idr->arr[0].id : idr->nr;
	while (step < hi && idr->arr[hi - step].id >= id)
		step *= 2;
	lo = step < hi ? hi - step + 1 : 1;
	hi -= step / 2;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (idr->arr[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The dead slots in front of @idx know of a run that @idx was part of. */
static void forget_skips(struct bemu_idr *idr, uint32_t idx)
{
	while (idx-- > 0 && !idr->arr[idx].obj)
		idr->arr[idx].skip = 1;
}

static void compact(struct bemu_idr *idr)
{
	uint32_t i, to = idr->sealed_nr;

	forget_skips(idr, to); /* of a run that gets shorter here */
	for (i = idr->sealed_nr; i < idr->nr; i++)
		if (idr->arr[i].obj)
			idr->arr[to++] = idr->arr[i];
	idr->nr = to;
	idr->nr_dead = 0;
}

int bemu_idr_prepare(struct bemu_env *env, struct bemu_idr *idr)
{
	if (idr->nr_dead > 64 && idr->nr_dead > idr->nr / 2)
		compact(idr);
	return bemu_grow(env, &idr->arr, &idr->cap, (size_t)idr->nr + 1, sizeof(*idr->arr));
}

/* Mirrors idr_alloc_cyclic(): from the last ID on, and after INT_MAX - 1 from 1 again. */
void bemu_idr_add(struct bemu_idr *idr, struct bemu_kobj *obj)
{
	uint32_t id = idr->next ? idr->next : 1;
	uint32_t idx;

	if (id >= INT32_MAX)
		id = 1;
	idx = lower_bound(idr, id);
	while (idx < idr->nr && idr->arr[idx].id == id && idr->arr[idx].obj) {
		idx++;
		id++;
	}
	forget_skips(idr, idx); /* also at the end: the array may have been longer */
	if (idx < idr->nr && idr->arr[idx].id == id) {
		if (idx >= idr->sealed_nr)
			idr->nr_dead--; /* a number that comes round again */
	} else {
		memmove(&idr->arr[idx + 1], &idr->arr[idx],
			(size_t)(idr->nr - idx) * sizeof(*idr->arr));
		idr->nr++;
		idr->moved |= idx < idr->sealed_nr;
	}
	idr->arr[idx].id = id;
	idr->arr[idx].obj = obj;
	idr->next = id + 1;
	obj->id = id;
}

void bemu_idr_remove(struct bemu_idr *idr, struct bemu_kobj *obj)
{
	uint32_t idx = lower_bound(idr, obj->id);

	if (idx < idr->nr && idr->arr[idx].obj == obj) {
		idr->arr[idx].obj = NULL;
		idr->arr[idx].skip = 1;
		if (idx >= idr->sealed_nr)
			idr->nr_dead++;
		while (idr->nr > idr->sealed_nr && !idr->arr[idr->nr - 1].obj) {
			idr->nr--;
			idr->nr_dead--;
		}
	}
	obj->id = 0;
}

struct bemu_kobj *bemu_idr_find(const struct bemu_idr *idr, uint32_t id)
{
	uint32_t idx = lower_bound(idr, id);

	return idx < idr->nr && idr->arr[idx].id == id ? idr->arr[idx].obj : NULL;
}

uint32_t bemu_idr_next(struct bemu_idr *idr, uint32_t id)
{
	uint32_t first = id == UINT32_MAX ? idr->nr : lower_bound(idr, id + 1), idx = first;

	while (idx < idr->nr && !idr->arr[idx].obj)
		idx += idr->arr[idx].skip;
	if (idx > first && idx < idr->nr)
		idr->arr[first].skip = idx - first;
	return idx < idr->nr ? idr->arr[idx].id : 0;
}

void bemu_idr_restore(struct bemu_idr *idr, struct bemu_kobj *obj, uint32_t id)
{
	uint32_t idx = lower_bound(idr, id);

	idr->arr[idx].obj = obj;
	obj->id = id;
}
