/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Words of the loader and segments of its blob. */
#include <errno.h>
#include <string.h>

#include "skel/gen_private.h"

void bemu_gen_fail(struct bemu_gen *gen, int err)
{
	if (!gen->error)
		gen->error = err;
}

/* ---- blob ---- */

/* @align: a power of 2 */
static size_t round_up(size_t len, size_t align)
{
	return (len + align - 1) & ~(align - 1);
}

/*
 * Mirrors realloc_data_buf() and the copy behind it. Before the size was looked at first, it was rounded up
 * in 32 bits: one that ends within 7 of 2^32 needs no room at all then.
 */
static bool has_room(struct bemu_gen *gen, size_t len, size_t align)
{
	size_t off = gen->data.len, room = round_up(len, align);

	if (bemu_gen_has(gen, BEMU_QUIRK_GL_ADD_DATA_WRAP))
		room = bemu_wrap_u32(room);
	if (room > INT32_MAX || off + room > INT32_MAX) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -ERANGE, BEMU_R_SKEL_GEN_SIZE, off,
					     "%zu more bytes of blob are too many", len));
		return false;
	}
	if (++gen->nr_adds == gen->no_memory_at) {
		gen->is_lost = true;
		bemu_gen_fail(gen, bemu_fail(gen->env, -ENOMEM, BEMU_R_SKEL_GEN_MEMORY, off,
					     "no memory for %zu more bytes of blob", len));
		return false;
	}
	if (!bemu_guard_ok(&gen->env->guard, BEMU_GUARD_BUFFER, true, (int64_t)off, len, off + room,
			   "the blob")) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -EFAULT, BEMU_R_SKEL_GEN_MEMORY, off,
					     "%zu bytes go where %zu have room", len, room));
		return false;
	}
	return true;
}

uint32_t bemu_gen_add_data(struct bemu_gen *gen, uint32_t kind, const void *data, size_t len)
{
	static const uint8_t zeroes[16];
	size_t align = bemu_gen_has(gen, BEMU_QUIRK_PL_BLOB_PADDED) ? 16 : 8;
	size_t off = gen->data.len, padded;

	if (gen->error || !has_room(gen, len, align))
		return 0;
	padded = gen->unaligned ? len : round_up(len, gen->by_four ? 4 : align);
	if (len)
		bemu_buf_add(&gen->data, data, len);
	if (padded != len)
		bemu_buf_add(&gen->data, zeroes, padded - len);
	if (gen->data.err)
		bemu_gen_fail(gen, gen->data.err);
	bemu_gen_note_region(gen, kind, (uint32_t)off, (uint32_t)len);
	bemu_gen_note_region(gen, BEMU_BLOB_PADDING, (uint32_t)(off + len),
			     (uint32_t)(padded - len));
	return (uint32_t)off;
}

/* Memory that is gone was still gone over, from where it began to where the next segment would have been. */
bool bemu_gen_may_pass(struct bemu_gen *gen, uint32_t off, uint64_t len, const char *what)
{
	if (!gen->error)
		return true;
	if (gen->is_lost && len && bemu_gen_has(gen, BEMU_QUIRK_GL_REALLOC_DANGLING))
		(void)bemu_guard_ok(&gen->env->guard, BEMU_GUARD_FREED, false, off, len, 0, "%s",
				    what);
	return false;
}

uint32_t bemu_gen_u32(const struct bemu_gen *gen, uint32_t v)
{
	return gen->obj->foreign_order ? bemu_swap32(v) : v;
}

uint64_t bemu_gen_u64(const struct bemu_gen *gen, uint64_t v)
{
	return gen->obj->foreign_order ? bemu_swap64(v) : v;
}

void bemu_gen_swap_recs(struct bemu_gen *gen, uint32_t off, uint32_t nr, uint32_t rec_size,
			uint32_t len)
{
	uint32_t i, at, v;

	if (!gen->obj->foreign_order || len > rec_size ||
	    !bemu_gen_may_pass(gen, off, (uint64_t)nr * rec_size, "the blob, to swap its records"))
		return;
	for (i = 0; i < nr; i++) {
		for (at = 0; at + sizeof(v) <= len; at += (uint32_t)sizeof(v)) {
			char *p = gen->data.data + off + (size_t)i * rec_size + at;

			memcpy(&v, p, sizeof(v));
			v = bemu_swap32(v);
			memcpy(p, &v, sizeof(v));
		}
	}
}

/* ---- single words ---- */

void bemu_gen_insn(struct bemu_gen *gen, int code, int dst, int src, int64_t off, int64_t imm)
{
	struct bpf_insn insn = {
		.code = (uint8_t)code,
		.dst_reg = (unsigned int)dst & 0xf,
		.src_reg = (unsigned int)src & 0xf,
	};

	if (gen->error)
		return;
	if (gen->nr_insns >= INT32_MAX / sizeof(insn)) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -ERANGE, BEMU_R_SKEL_GEN_SIZE, gen->nr_insns,
					     "%u words of loader are too many", gen->nr_insns));
		return;
	}
	if (bemu_env_step(gen->env, 1) ||
	    bemu_grow(gen->env, &gen->insns, &gen->insns_cap, gen->nr_insns + 1u, sizeof(insn))) {
		bemu_gen_fail(gen, gen->env->fault);
		return;
	}
	bemu_insn_set_off_wrap(gen->env, &insn, (uint64_t)off);
	bemu_insn_set_imm_wrap(gen->env, &insn, (uint64_t)imm);
	gen->insns[gen->nr_insns++] = insn;
}

void bemu_gen_ld64(struct bemu_gen *gen, int dst, int src, uint32_t imm0, uint32_t imm1)
{
	bemu_gen_insn(gen, BEMU_INSN_LD64, dst, src, 0, imm0);
	bemu_gen_insn(gen, 0, 0, 0, 0, imm1);
}

void bemu_gen_addr(struct bemu_gen *gen, int dst, uint32_t addr)
{
	bool in_fd_map = addr & BEMU_GEN_IN_FD_MAP;

	bemu_gen_ld64(gen, dst, BPF_PSEUDO_MAP_IDX_VALUE, in_fd_map, addr & ~BEMU_GEN_IN_FD_MAP);
}

void bemu_gen_call(struct bemu_gen *gen, int helper_id)
{
	bemu_gen_insn(gen, BEMU_INSN_CALL, 0, 0, 0, helper_id);
}

void bemu_gen_mov_imm(struct bemu_gen *gen, int dst, int64_t imm)
{
	bemu_gen_insn(gen, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

void bemu_gen_mov(struct bemu_gen *gen, int dst, int src)
{
	bemu_gen_insn(gen, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

void bemu_gen_load(struct bemu_gen *gen, int size, int dst, int src, int64_t off)
{
	bemu_gen_insn(gen, BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

void bemu_gen_store(struct bemu_gen *gen, int size, int dst, int64_t off, int src)
{
	bemu_gen_insn(gen, BPF_STX | BPF_MEM | size, dst, src, off, 0);
}

void bemu_gen_store_imm(struct bemu_gen *gen, int size, int dst, int64_t off, int64_t imm)
{
	bemu_gen_insn(gen, BPF_ST | BPF_MEM | size, dst, 0, off, imm);
}

void bemu_gen_jump(struct bemu_gen *gen, int op, int dst, int64_t imm, int64_t off)
{
	bemu_gen_insn(gen, BPF_JMP | op | BPF_K, dst, 0, off, imm);
}

/* ---- moves between blob, context and stack ---- */

static int size_of(uint32_t len)
{
	switch (len) {
	case 8:
		return BPF_DW;
	case 4:
		return BPF_W;
	case 2:
		return BPF_H;
	default:
		return BPF_B;
	}
}

void bemu_gen_store_addr(struct bemu_gen *gen, uint32_t dst_off, uint32_t src_off)
{
	bemu_gen_addr(gen, BPF_REG_0, src_off);
	bemu_gen_addr(gen, BPF_REG_1, dst_off);
	bemu_gen_store(gen, BPF_DW, BPF_REG_1, 0, BPF_REG_0);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_POINTER, dst_off, 8);
}

void bemu_gen_blob_to_blob(struct bemu_gen *gen, uint32_t kind, uint32_t dst_off, uint32_t len,
			   uint32_t src_off)
{
	bemu_gen_note_write(gen, kind, dst_off, len);
	bemu_gen_addr(gen, BPF_REG_2, src_off);
	bemu_gen_load(gen, size_of(len), BPF_REG_0, BPF_REG_2, 0);
	bemu_gen_addr(gen, BPF_REG_1, dst_off);
	bemu_gen_store(gen, size_of(len), BPF_REG_1, 0, BPF_REG_0);
}

void bemu_gen_blob_to_ctx(struct bemu_gen *gen, uint32_t ctx_off, uint32_t len, uint32_t blob_off)
{
	bemu_gen_addr(gen, BPF_REG_1, blob_off);
	bemu_gen_load(gen, size_of(len), BPF_REG_0, BPF_REG_1, 0);
	bemu_gen_store(gen, size_of(len), BPF_REG_6, ctx_off, BPF_REG_0);
}

void bemu_gen_ctx_to_blob(struct bemu_gen *gen, uint32_t blob_off, uint32_t len, uint32_t ctx_off,
			  bool unless_zero)
{
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_CONTEXT, blob_off, len);
	bemu_gen_load(gen, size_of(len), BPF_REG_0, BPF_REG_6, ctx_off);
	if (unless_zero)
		bemu_gen_jump(gen, BPF_JEQ, BPF_REG_0, 0, 3);
	bemu_gen_addr(gen, BPF_REG_1, blob_off);
	bemu_gen_store(gen, size_of(len), BPF_REG_1, 0, BPF_REG_0);
}

void bemu_gen_stack_to_blob(struct bemu_gen *gen, uint32_t blob_off, uint32_t len,
			    int64_t stack_off)
{
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_FD, blob_off, len);
	bemu_gen_load(gen, size_of(len), BPF_REG_0, BPF_REG_10, stack_off);
	bemu_gen_addr(gen, BPF_REG_1, blob_off);
	bemu_gen_store(gen, size_of(len), BPF_REG_1, 0, BPF_REG_0);
}

void bemu_gen_stack_to_ctx(struct bemu_gen *gen, uint32_t ctx_off, uint32_t len, int64_t stack_off)
{
	bemu_gen_load(gen, size_of(len), BPF_REG_0, BPF_REG_10, stack_off);
	bemu_gen_store(gen, size_of(len), BPF_REG_6, ctx_off, BPF_REG_0);
}

/* ---- calls ---- */

void bemu_gen_sys_bpf(struct bemu_gen *gen, int cmd, uint32_t attr_off, uint32_t attr_len)
{
	if (bemu_gen_has(gen, BEMU_QUIRK_PL_IDLE_WORD))
		bemu_gen_mov(gen, BPF_REG_6, BPF_REG_6);
	bemu_gen_mov_imm(gen, BPF_REG_1, cmd);
	bemu_gen_addr(gen, BPF_REG_2, attr_off);
	bemu_gen_mov_imm(gen, BPF_REG_3, attr_len);
	bemu_gen_call(gen, BEMU_GEN_FUNC_SYS_BPF);
	bemu_gen_mov(gen, BPF_REG_7, BPF_REG_0);
}

/* The first generator's: nothing is cleaned up. */
static void check_and_exit(struct bemu_gen *gen)
{
	bemu_gen_jump(gen, BPF_JSGE, BPF_REG_7, 0, 2);
	bemu_gen_mov(gen, BPF_REG_0, BPF_REG_7);
	bemu_gen_insn(gen, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

int64_t bemu_gen_check_len(const struct bemu_gen *gen)
{
	return bemu_gen_has(gen, BEMU_QUIRK_GL_NO_CLEANUP) ? 3 : 1;
}

/* Mirrors emit_check_err(): the clean-up is at the front, within the reach of a jump or not at all. */
void bemu_gen_check(struct bemu_gen *gen)
{
	int64_t off = (int64_t)gen->cleanup_idx - gen->nr_insns - 1;

	if (gen->error)
		return;
	if (bemu_gen_has(gen, BEMU_QUIRK_GL_NO_CLEANUP)) {
		check_and_exit(gen);
		return;
	}
	if (off < INT16_MIN) {
		bemu_gen_fail(gen, bemu_fail(gen->env, -ERANGE, BEMU_R_SKEL_GEN_JUMP, gen->nr_insns,
					     "clean-up is %lld words back, a jump reaches %d",
					     (long long)-off, -INT16_MIN));
		return;
	}
	gen->last_check = gen->nr_insns;
	bemu_gen_jump(gen, BPF_JSLT, BPF_REG_7, 0, off);
}

/* R1 has the number; 0 is none. */
static void close_r1(struct bemu_gen *gen)
{
	bemu_gen_jump(gen, BPF_JSLE, BPF_REG_1, 0, 2);
	bemu_gen_mov(gen, BPF_REG_9, BPF_REG_1);
	bemu_gen_call(gen, BEMU_GEN_FUNC_SYS_CLOSE);
}

void bemu_gen_close_stack(struct bemu_gen *gen, int64_t stack_off)
{
	bemu_gen_load(gen, BPF_W, BPF_REG_1, BPF_REG_10, stack_off);
	close_r1(gen);
}

void bemu_gen_close_blob(struct bemu_gen *gen, uint32_t blob_off)
{
	bemu_gen_addr(gen, BPF_REG_0, blob_off);
	bemu_gen_load(gen, BPF_W, BPF_REG_1, BPF_REG_0, 0);
	close_r1(gen);
}
