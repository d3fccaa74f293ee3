/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* How far a blob is from what ends it, and which end an object would meet first if it grew. */
#include "skel/blob.h"

enum {
	MAX_MAPS = 64,
	MAX_KFUNCS = 256, /* MAX_KFUNC_DESCS, kernel/bpf/verifier.c */
	MAX_PROGS = 32,

	/* words of the loader */
	KFUNC_WORDS = 30,
	MAP_WORDS = 15 + 6, /* created; closed by the clean-up */
	PROG_CLEANUP_WORDS = 3,

	/* bytes of the blob */
	CALL_LEN = 8,
	NAME_LEN = 8,
	MAP_ATTR_LEN = 72,
};

static uint32_t place_len(const struct bemu_blob *blob)
{
	return blob->unaligned ? 4 : 8;
}

static uint64_t max_idx(const struct bemu_blob *blob)
{
	uint64_t max = 0;
	uint32_t i;

	/* the first one's name and place would be where the blob ends */
	if (blob->layout == BEMU_LAYOUT_SPARSE && !blob->nr_kfuncs && blob->nr_slots)
		return (blob->data_len - blob->base) / 4;

	for (i = 0; i < blob->nr_slots; i++)
		if (blob->slots[i].map == BEMU_BLOB_NONE && blob->slots[i].idx > max)
			max = blob->slots[i].idx;
	return max;
}

bool bemu_blob_limit(const struct bemu_blob *blob, uint32_t limit, uint64_t *used, uint64_t *max)
{
	switch (limit) {
	case BEMU_BLOB_LIMIT_MAPS:
		*used = blob->nr_maps;
		*max = MAX_MAPS;
		return blob->layout == BEMU_LAYOUT_RESERVED;
	case BEMU_BLOB_LIMIT_KFUNCS:
		*used = blob->nr_kfuncs;
		*max = MAX_KFUNCS;
		return true;
	case BEMU_BLOB_LIMIT_PROGS:
		*used = blob->nr_progs;
		*max = MAX_PROGS;
		return true;
	case BEMU_BLOB_LIMIT_SLOT:
		*used = max_idx(blob);
		*max = INT16_MAX;
		return true;
	case BEMU_BLOB_LIMIT_JUMP:
		*used = blob->last_check ? blob->last_check - blob->cleanup + 1u : 0;
		*max = -INT16_MIN;
		return true;
	case BEMU_BLOB_LIMIT_SIZE:
		*used = blob->data_len;
		*max = INT32_MAX;
		return true;
	default:
		return false;
	}
}

/* ---- growth ---- */

/* What one more costs; 0: nothing. */
struct cost {
	uint64_t by[BEMU_NR_BLOB_LIMITS];
};

static uint32_t bytes_of_last_prog(const struct bemu_blob *blob)
{
	uint32_t bytes = 0, i;
	bool is_last = false;

	for (i = 0; i < blob->nr_regions; i++) {
		const struct bemu_blob_region *region = &blob->regions[i];

		/* padding goes with what is before it */
		if (region->kind != BEMU_BLOB_PADDING)
			is_last = region->prog != BEMU_BLOB_NONE &&
				  region->prog + 1 == blob->nr_progs;
		bytes += is_last ? region->len : 0;
	}
	return bytes;
}

static uint32_t kfuncs_of_last_prog(const struct bemu_blob *blob)
{
	uint32_t nr = 0, i;

	for (i = 0; i < blob->nr_slots; i++)
		nr += blob->slots[i].prog != BEMU_BLOB_NONE &&
		      blob->slots[i].prog + 1 == blob->nr_progs;
	return nr;
}

/* Places lie among the data: all of them, or those for which none was reserved. */
static bool places_move(const struct bemu_blob *blob)
{
	return blob->layout == BEMU_LAYOUT_SPARSE ||
	       (blob->layout == BEMU_LAYOUT_RESERVED && blob->nr_kfuncs > MAX_KFUNCS);
}

static void cost_of_kfunc(const struct bemu_blob *blob, struct cost *cost)
{
	uint32_t place = place_len(blob);

	cost->by[BEMU_BLOB_LIMIT_KFUNCS] = 1;
	cost->by[BEMU_BLOB_LIMIT_JUMP] = KFUNC_WORDS;
	cost->by[BEMU_BLOB_LIMIT_SIZE] = CALL_LEN + NAME_LEN;
	if (places_move(blob)) {
		cost->by[BEMU_BLOB_LIMIT_SIZE] += place;
		cost->by[BEMU_BLOB_LIMIT_SLOT] = CALL_LEN + NAME_LEN + place;
	} else if (blob->layout != BEMU_LAYOUT_RESERVED) {
		cost->by[BEMU_BLOB_LIMIT_SLOT] = 4;
	}
}

static void cost_of_prog(const struct bemu_blob *blob, struct cost *cost)
{
	uint32_t nr_kfuncs = kfuncs_of_last_prog(blob);

	cost->by[BEMU_BLOB_LIMIT_PROGS] = 1;
	cost->by[BEMU_BLOB_LIMIT_JUMP] = blob->last_prog_words + PROG_CLEANUP_WORDS;
	cost->by[BEMU_BLOB_LIMIT_SIZE] = bytes_of_last_prog(blob);
	if (nr_kfuncs && places_move(blob))
		cost->by[BEMU_BLOB_LIMIT_SLOT] = bytes_of_last_prog(blob);
	else if (blob->layout == BEMU_LAYOUT_SECOND_MAP)
		cost->by[BEMU_BLOB_LIMIT_SLOT] = 4 * nr_kfuncs;
}

static void cost_of_map(const struct bemu_blob *blob, struct cost *cost)
{
	uint32_t len = MAP_ATTR_LEN;

	if (blob->layout == BEMU_LAYOUT_SPARSE)
		len += place_len(blob);
	cost->by[BEMU_BLOB_LIMIT_MAPS] = 1;
	cost->by[BEMU_BLOB_LIMIT_JUMP] = MAP_WORDS;
	cost->by[BEMU_BLOB_LIMIT_SIZE] = len;
	if (places_move(blob))
		cost->by[BEMU_BLOB_LIMIT_SLOT] = len;
	else if (blob->layout != BEMU_LAYOUT_RESERVED)
		cost->by[BEMU_BLOB_LIMIT_SLOT] = 4;
}

/* What is left of a limit, in the unit of costs: of the index it is bytes. */
static uint64_t rest_of(const struct bemu_blob *blob, uint32_t limit)
{
	uint64_t used, max, rest;

	if (!bemu_blob_limit(blob, limit, &used, &max))
		return UINT64_MAX;
	rest = used < max ? max - used : 0;
	return limit == BEMU_BLOB_LIMIT_SLOT ? 4 * rest : rest;
}

uint64_t bemu_blob_room(const struct bemu_blob *blob, uint32_t growth, uint32_t *limit)
{
	/* bytes come in eights, but for the time before there was a rounding */
	uint32_t unit = growth == BEMU_BLOB_GROW_DATA && !blob->unaligned ? 8 : 1, i;
	struct cost cost = { 0 };
	uint64_t room = UINT64_MAX;

	switch (growth) {
	case BEMU_BLOB_GROW_KFUNCS:
		cost_of_kfunc(blob, &cost);
		break;
	case BEMU_BLOB_GROW_PROGS:
		cost_of_prog(blob, &cost);
		break;
	case BEMU_BLOB_GROW_MAPS:
		cost_of_map(blob, &cost);
		break;
	default:
		cost.by[BEMU_BLOB_LIMIT_SIZE] = 1;
		cost.by[BEMU_BLOB_LIMIT_SLOT] = places_move(blob);
	}
	/* an index that nothing needs yet does not end anything */
	if (!blob->nr_kfuncs && growth != BEMU_BLOB_GROW_KFUNCS)
		cost.by[BEMU_BLOB_LIMIT_SLOT] = 0;
	for (i = 0; i < BEMU_NR_BLOB_LIMITS; i++) {
		uint64_t more = cost.by[i] ? rest_of(blob, i) / cost.by[i] : UINT64_MAX;

		more -= more == UINT64_MAX ? 0 : more % unit;
		if (more < room) {
			room = more;
			*limit = i;
		}
	}
	return room;
}
