/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where FDs are kept, which is what the layouts differ in. A place is named twice: by its address for the
 * loader's own words, and by its distance from the begin of fd_array, in units of 4, in insn->off.
 *
 *   reserved    the blob begins with 64 places for maps and 256 for kfuncs, which every program uses anew;
 *               one more kfunc gets a place at the end of the blob
 *   sparse      every place is at the end of the blob as it is then, and fd_array begins with the first: so
 *               the distance grows with all that was put in between
 *   second-map  one place after the other in a map of their own, none is used twice; 0 is not for kfuncs,
 *               as insn->off 0 means vmlinux
 *   aux-map     the same map, but made by the loader, and programs use the kfuncs' places anew
 *
 * What the sparse layout's addresses are is not known when the first words need them: until the end they
 * are those of a map of places, one after the other.
 */
#include <errno.h>

#include "skel/gen_private.h"

enum { PLACE_LEN = sizeof(uint32_t) };

/* Begin of fd_array, until the end is known */
#define BASE (BEMU_GEN_IN_FD_MAP | 0x7ffffffcu)

static bool has_fd_map(const struct bemu_gen *gen)
{
	return gen->layout == BEMU_LAYOUT_SECOND_MAP || gen->layout == BEMU_LAYOUT_AUX_MAP;
}

static uint32_t nr_reserved(const struct bemu_gen *gen)
{
	return bemu_gen_has(gen, BEMU_QUIRK_GL_FDARRAY_UNDERSIZED)
		       ? BEMU_GEN_MAX_PROGS + BEMU_GEN_MAX_KFUNCS
		       : BEMU_GEN_MAX_FDS;
}

static void reserve(struct bemu_gen *gen)
{
	if (gen->layout != BEMU_LAYOUT_RESERVED || gen->has_area)
		return;
	gen->fd_area = bemu_gen_add_data(gen, BEMU_BLOB_UNUSED, NULL,
					 (size_t)nr_reserved(gen) * PLACE_LEN);
	gen->has_area = true;
}

void bemu_gen_begin_slots(struct bemu_gen *gen)
{
	if (!bemu_gen_has(gen, BEMU_QUIRK_GL_FDARRAY_LATE_ALLOC))
		reserve(gen);
}

uint32_t bemu_gen_slot_addr(const struct bemu_gen *gen, uint32_t slot)
{
	if (gen->layout == BEMU_LAYOUT_SPARSE)
		return BEMU_GEN_IN_FD_MAP | slot * PLACE_LEN;
	if (slot >= gen->nr_slots)
		return 0; /* after an error */
	return gen->slots[slot].off | (has_fd_map(gen) ? BEMU_GEN_IN_FD_MAP : 0);
}

/* Also of one that is not there yet: maps come first, in order. */
uint32_t bemu_gen_map_addr(const struct bemu_gen *gen, uint32_t map_idx)
{
	uint32_t off = map_idx * PLACE_LEN;

	return gen->layout == BEMU_LAYOUT_RESERVED ? gen->fd_area + off : BEMU_GEN_IN_FD_MAP | off;
}

/* Maps take the first places, in order. */
uint32_t bemu_gen_map_idx(const struct bemu_gen *gen, uint32_t map_idx)
{
	return gen->slots[map_idx].idx;
}

uint32_t bemu_gen_base_addr(const struct bemu_gen *gen)
{
	return gen->layout == BEMU_LAYOUT_RESERVED ? gen->fd_area : BASE;
}

static uint32_t add_slot(struct bemu_gen *gen, const struct bemu_blob_slot *slot)
{
	if (gen->error)
		return 0;
	if (bemu_grow(gen->env, &gen->slots, &gen->slots_cap, gen->nr_slots + 1u, sizeof(*slot))) {
		bemu_gen_fail(gen, gen->env->fault);
		return 0;
	}
	gen->slots[gen->nr_slots] = *slot;
	if (has_fd_map(gen) && slot->off + PLACE_LEN > gen->fd_map_len)
		gen->fd_map_len = slot->off + PLACE_LEN;
	return gen->nr_slots++;
}

static uint32_t sparse_idx(const struct bemu_gen *gen, uint32_t off)
{
	return gen->nr_slots ? (off - gen->slots[0].off) / PLACE_LEN : 0;
}

void bemu_gen_take_map_slot(struct bemu_gen *gen, uint32_t map_idx)
{
	struct bemu_blob_slot slot = { .off = map_idx * PLACE_LEN,
				       .idx = map_idx,
				       .map = map_idx,
				       .prog = BEMU_BLOB_NONE,
				       .name_off = BEMU_BLOB_NONE };

	if (gen->layout == BEMU_LAYOUT_SPARSE) {
		slot.off = bemu_gen_add_data(gen, BEMU_BLOB_FD_SLOT, NULL, PLACE_LEN);
		slot.idx = sparse_idx(gen, slot.off);
	}
	reserve(gen);
	slot.off += gen->fd_area;
	add_slot(gen, &slot);
}

/* Mirrors add_kfunc_btf_fd(): when the reserved places are used up, one at the end of the blob. */
static uint32_t reserved_off(struct bemu_gen *gen)
{
	if (gen->nr_kfunc_fds == BEMU_GEN_MAX_KFUNCS)
		return bemu_gen_add_data(gen, BEMU_BLOB_FD_SLOT, NULL, PLACE_LEN);
	return gen->fd_area + (BEMU_GEN_MAX_MAPS + gen->nr_kfunc_fds++) * PLACE_LEN;
}

static uint32_t fd_map_off(struct bemu_gen *gen)
{
	uint32_t first = gen->nr_maps ? gen->nr_maps : 1;

	return (first + gen->nr_kfunc_fds++) * PLACE_LEN;
}

uint32_t bemu_gen_take_kfunc_slot(struct bemu_gen *gen, const struct bemu_gen_desc *desc)
{
	struct bemu_blob_slot slot = { .map = BEMU_BLOB_NONE,
				       .prog = gen->for_prog,
				       .name_off = desc->name_off };

	reserve(gen);
	gen->for_name = desc->name_off;
	if (gen->layout == BEMU_LAYOUT_RESERVED)
		slot.off = reserved_off(gen);
	else if (gen->layout == BEMU_LAYOUT_SPARSE)
		slot.off = bemu_gen_add_data(gen, BEMU_BLOB_FD_SLOT, NULL, PLACE_LEN);
	else
		slot.off = fd_map_off(gen);
	gen->for_name = BEMU_BLOB_NONE;
	slot.idx = gen->layout == BEMU_LAYOUT_SPARSE ? sparse_idx(gen, slot.off)
						     : (slot.off - gen->fd_area) / PLACE_LEN;
	if (!gen->error && slot.idx > INT16_MAX && !gen->any_off)
		bemu_gen_fail(gen, bemu_fail(gen->env, -E2BIG, BEMU_R_SKEL_GEN_FD_ARRAY, slot.idx,
					     "%s: index %u into fd_array does not fit insn->off",
					     desc->name, slot.idx));
	return add_slot(gen, &slot);
}

void bemu_gen_leave_slot(struct bemu_gen *gen, uint32_t slot)
{
	bool again = gen->layout == BEMU_LAYOUT_RESERVED || gen->layout == BEMU_LAYOUT_AUX_MAP;

	if (gen->layout == BEMU_LAYOUT_RESERVED && slot < gen->nr_slots &&
	    gen->slots[slot].idx >= nr_reserved(gen))
		return;
	if (again && gen->nr_kfunc_fds)
		gen->nr_kfunc_fds--;
}

void bemu_gen_make_aux_map(struct bemu_gen *gen)
{
	enum { TYPE = 0, KEY_SIZE = 4, VALUE_SIZE = 8, MAX_ENTRIES = 12 };
	const int64_t attr = BEMU_GEN_STACK_AUX_ATTR;

	if (gen->layout != BEMU_LAYOUT_AUX_MAP)
		return;
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_10, attr + TYPE, BPF_MAP_TYPE_ARRAY);
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_10, attr + KEY_SIZE, sizeof(uint32_t));
	gen->aux_size_idx = gen->nr_insns;
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_10, attr + VALUE_SIZE, 0);
	bemu_gen_store_imm(gen, BPF_W, BPF_REG_10, attr + MAX_ENTRIES, 1);
	bemu_gen_mov_imm(gen, BPF_REG_1, BPF_MAP_CREATE);
	bemu_gen_mov(gen, BPF_REG_2, BPF_REG_10);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, attr);
	bemu_gen_mov_imm(gen, BPF_REG_3, BEMU_GEN_AUX_ATTR_LEN);
	bemu_gen_call(gen, BEMU_GEN_FUNC_SYS_BPF);
	bemu_gen_mov(gen, BPF_REG_7, BPF_REG_0);
	bemu_gen_check(gen);
	bemu_gen_store(gen, BPF_W, BPF_REG_10, BEMU_GEN_STACK_AUX_FD, BPF_REG_7);
}

/* Both words of an address that only now is known. */
static void settle_addr(struct bemu_gen *gen, struct bpf_insn *insn)
{
	uint32_t addr = (uint32_t)insn[1].imm | BEMU_GEN_IN_FD_MAP;
	bool in_blob = gen->layout == BEMU_LAYOUT_SPARSE;
	uint32_t off;

	if (addr == BASE) {
		/* without a place nothing is read from it */
		in_blob = in_blob || !gen->fd_map_len;
		off = in_blob && gen->nr_slots ? gen->slots[0].off : 0;
	} else if (in_blob) {
		off = gen->slots[(addr & ~BEMU_GEN_IN_FD_MAP) / PLACE_LEN].off;
	} else {
		return;
	}
	insn[0].imm = in_blob ? 0 : 1;
	insn[1].imm = (int32_t)off;
}

void bemu_gen_finish_slots(struct bemu_gen *gen)
{
	uint32_t i;

	if (gen->error || gen->layout == BEMU_LAYOUT_RESERVED)
		return;
	if (gen->layout == BEMU_LAYOUT_AUX_MAP) {
		if (!gen->fd_map_len)
			gen->fd_map_len = PLACE_LEN;
		gen->insns[gen->aux_size_idx].imm = (int32_t)gen->fd_map_len;
	}
	for (i = 0; i + 1 < gen->nr_insns; i++) {
		struct bpf_insn *insn = &gen->insns[i];

		if (insn->code == BEMU_INSN_LD64 && insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE &&
		    insn->imm)
			settle_addr(gen, insn);
	}
}
