/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The generator's own account of its blob: every segment, every byte that the loader writes, every call. */
#include <string.h>

#include "skel/gen_private.h"

void bemu_gen_note_region(struct bemu_gen *gen, uint32_t kind, uint32_t off, uint32_t len)
{
	if (gen->error || !len)
		return;
	if (bemu_grow(gen->env, &gen->regions, &gen->regions_cap, gen->nr_regions + 1u,
		      sizeof(*gen->regions))) {
		bemu_gen_fail(gen, gen->env->fault);
		return;
	}
	gen->regions[gen->nr_regions++] = (struct bemu_blob_region){
		.off = off,
		.len = len,
		.kind = kind,
		.map = gen->for_map,
		.prog = gen->for_prog,
		.name_off = gen->for_name,
	};
}

void bemu_gen_note_write(struct bemu_gen *gen, uint32_t kind, uint32_t addr, uint32_t len)
{
	if (gen->error)
		return;
	if (addr & BEMU_GEN_IN_FD_MAP) {
		if (gen->layout != BEMU_LAYOUT_SPARSE)
			return; /* nothing but FDs is there */
		addr = gen->slots[(addr & ~BEMU_GEN_IN_FD_MAP) / sizeof(uint32_t)].off;
	}
	if (bemu_grow(gen->env, &gen->writes, &gen->writes_cap, gen->nr_writes + 1u,
		      sizeof(*gen->writes))) {
		bemu_gen_fail(gen, gen->env->fault);
		return;
	}
	gen->writes[gen->nr_writes++] = (struct bemu_blob_write){
		.off = addr,
		.len = len,
		.kind = kind,
	};
}

void bemu_gen_note_call(struct bemu_gen *gen, uint32_t insn_idx, uint32_t insn_off, uint32_t slot,
			bool repeat)
{
	int16_t off = 0;

	if (gen->error)
		return;
	if (bemu_grow(gen->env, &gen->calls, &gen->calls_cap, gen->nr_calls + 1u,
		      sizeof(*gen->calls))) {
		bemu_gen_fail(gen, gen->env->fault);
		return;
	}
	if (slot != BEMU_BLOB_NONE)
		off = bemu_wrap_s16(gen->slots[slot].idx);
	gen->calls[gen->nr_calls++] = (struct bemu_blob_call){
		.prog = gen->for_prog,
		.insn_idx = insn_idx,
		.insn_off = insn_off,
		.slot = slot,
		.off = off,
		.repeat = repeat,
	};
}

/* ---- the reserved places ---- */

/* At *at, which moves on; places from @off that nobody took as one region. */
static void put_places(struct bemu_blob_region **at, uint32_t off, uint32_t nr, uint32_t nr_taken,
		       bool maps)
{
	struct bemu_blob_region region = { .map = BEMU_BLOB_NONE,
					   .prog = BEMU_BLOB_NONE,
					   .name_off = BEMU_BLOB_NONE };
	uint32_t i;

	for (i = 0; i < nr_taken; i++) {
		region.off = off + 4 * i;
		region.len = 4;
		region.kind = BEMU_BLOB_FD_SLOT;
		region.map = maps ? i : BEMU_BLOB_NONE;
		*(*at)++ = region;
	}
	if (nr_taken == nr)
		return;
	region.off = off + 4 * nr_taken;
	region.len = 4 * (nr - nr_taken);
	region.kind = BEMU_BLOB_UNUSED;
	region.map = BEMU_BLOB_NONE;
	*(*at)++ = region;
}

/* At the front, but for the quirk that makes the area when it is needed first. */
static uint32_t find_area(const struct bemu_gen *gen)
{
	uint32_t i;

	for (i = 0; i < gen->nr_regions; i++)
		if (gen->regions[i].off == gen->fd_area && gen->regions[i].kind == BEMU_BLOB_UNUSED)
			break;
	return i;
}

void bemu_gen_finish_regions(struct bemu_gen *gen)
{
	uint32_t nr_kfuncs = gen->max_kfunc_fds, area, max, nr_places;
	struct bemu_blob_region *at;

	if (gen->error || gen->layout != BEMU_LAYOUT_RESERVED || !gen->has_area)
		return;
	area = find_area(gen);
	max = gen->regions[area].len / 4 - BEMU_GEN_MAX_MAPS;
	if (nr_kfuncs > max)
		nr_kfuncs = max;
	nr_places =
		gen->nr_maps + (gen->nr_maps < BEMU_GEN_MAX_MAPS) + nr_kfuncs + (nr_kfuncs < max);
	if (bemu_grow(gen->env, &gen->regions, &gen->regions_cap,
		      (size_t)gen->nr_regions + nr_places, sizeof(*gen->regions))) {
		bemu_gen_fail(gen, gen->env->fault);
		return;
	}
	/* in the place of the whole area */
	memmove(&gen->regions[area + nr_places], &gen->regions[area + 1],
		(gen->nr_regions - area - 1u) * sizeof(*gen->regions));
	at = &gen->regions[area];
	put_places(&at, gen->fd_area, BEMU_GEN_MAX_MAPS, gen->nr_maps, true);
	put_places(&at, gen->fd_area + 4 * BEMU_GEN_MAX_MAPS, max, nr_kfuncs, false);
	gen->nr_regions += nr_places - 1;
}

void bemu_gen_blob(const struct bemu_gen *gen, struct bemu_blob *out)
{
	*out = (struct bemu_blob){
		.layout = gen->layout,
		.nr_regions = gen->nr_regions,
		.nr_writes = gen->nr_writes,
		.nr_slots = gen->nr_slots,
		.nr_calls = gen->nr_calls,
		.regions = gen->regions,
		.writes = gen->writes,
		.slots = gen->slots,
		.calls = gen->calls,
		.data_len = (uint32_t)gen->data.len,
		.base = gen->layout == BEMU_LAYOUT_SPARSE && gen->nr_slots ? gen->slots[0].off : 0,
		.fd_map_len = gen->fd_map_len,
		.nr_maps = gen->nr_maps,
		.nr_progs = gen->nr_progs,
		.nr_kfuncs = gen->max_kfunc_fds,
		.nr_words = gen->nr_insns,
		.cleanup = gen->cleanup_idx,
		.last_check = gen->last_check,
		.last_prog_words = gen->last_prog_words,
		.unaligned = gen->unaligned,
	};
}
