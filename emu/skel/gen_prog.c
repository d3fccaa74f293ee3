/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A program of the object: its parts in the blob, what it is attached to, PROG_LOAD. */
#include <errno.h>
#include <string.h>

#include "skel/gen_private.h"

#define FIELD(field) ((uint32_t)offsetof(struct bemu_attr_prog_load, field))

enum { PROG_ATTR_LEN = 140 }; /* up to core_relo_rec_size */

void bemu_gen_add_core_relo(void *ctx, const struct bemu_core_relo *relo)
{
	struct bemu_gen *gen = ctx;

	if (bemu_grow(gen->env, &gen->core_relos, &gen->core_relos_cap, gen->nr_core_relos + 1u,
		      sizeof(*relo)))
		bemu_gen_fail(gen, gen->env->fault);
	else
		gen->core_relos[gen->nr_core_relos++] = *relo;
}

/* Mirrors bpf_gen__record_attach_target(), which cuts the name before it says so. */
void bemu_gen_attach_to(void *ctx, const char *prefix, const char *name, uint32_t kind)
{
	struct bemu_gen *gen = ctx;
	size_t prefix_len = strlen(prefix), len = strlen(name);

	gen->attach_kind = kind;
	if (prefix_len + len >= sizeof(gen->attach_target)) {
		len = sizeof(gen->attach_target) - 1 - prefix_len;
		if (!bemu_gen_has(gen, BEMU_QUIRK_GL_ATTACH_NAME_CUT))
			bemu_gen_fail(gen,
				      bemu_fail(gen->env, -ENOSPC, BEMU_R_SKEL_GEN_NAME, 0,
						"attach target %s%s has more than %d characters",
						prefix, name, BEMU_GEN_ATTACH_LEN - 1));
	}
	memcpy(gen->attach_target, prefix, prefix_len);
	memcpy(gen->attach_target + prefix_len, name, len);
	gen->attach_target[prefix_len + len] = '\0';
}

/* Mirrors emit_find_attach_target() and the stores behind it. */
static void find_target(struct bemu_gen *gen, uint32_t at)
{
	gen->attach_fd = at + FIELD(attach_prog_fd);
	(void)bemu_gen_find(gen, gen->attach_target, gen->attach_kind);
	bemu_gen_check(gen);
	bemu_gen_addr(gen, BPF_REG_0, at);
	bemu_gen_store(gen, BPF_W, BPF_REG_0, FIELD(attach_btf_id), BPF_REG_7);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_7, 0, 0, 32);
	bemu_gen_store(gen, BPF_W, BPF_REG_0, FIELD(attach_prog_fd), BPF_REG_7);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_SYMBOL, at + FIELD(attach_btf_id), 4);
	bemu_gen_note_write(gen, BEMU_BLOB_WRITE_FD, at + FIELD(attach_prog_fd), 4);
}

static const void *native(uint64_t ptr)
{
	return (const void *)(uintptr_t)ptr;
}

static void swap_insns(struct bemu_gen *gen, uint32_t off, uint32_t nr)
{
	struct bpf_insn insn;
	uint32_t i;

	if (!gen->obj->foreign_order || !bemu_gen_may_pass(gen, off, (uint64_t)nr * sizeof(insn),
							   "the blob, to swap its words"))
		return;
	for (i = 0; i < nr; i++) {
		char *p = gen->data.data + off + i * sizeof(insn);

		memcpy(&insn, p, sizeof(insn));
		bemu_insn_swap(&insn);
		memcpy(p, &insn, sizeof(insn));
	}
}

/*
 * The load names a map by its number, which is its place in fd_array when places of maps follow each other.
 * Under the sparse layout they do not.
 */
static void name_map_places(struct bemu_gen *gen, uint32_t off, uint32_t nr)
{
	struct bpf_insn insn;
	uint32_t i;

	if (gen->error || gen->layout != BEMU_LAYOUT_SPARSE)
		return;
	for (i = 0; i < nr; i++) {
		char *p = gen->data.data + off + (size_t)i * sizeof(insn);

		memcpy(&insn, p, sizeof(insn));
		if (!bemu_insn_is_ld64(&insn))
			continue;
		if ((insn.src_reg == BPF_PSEUDO_MAP_IDX ||
		     insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE) &&
		    (uint32_t)insn.imm < gen->nr_maps) {
			bemu_insn_set_imm_wrap(gen->env, &insn,
					       bemu_gen_map_idx(gen, (uint32_t)insn.imm));
			memcpy(p, &insn, sizeof(insn));
		}
		i++;
	}
}

/* Mirrors bpf_gen__prog_load(). */
void bemu_gen_load_prog(void *ctx, const struct bemu_attr_prog_load *attr)
{
	struct bemu_gen *gen = ctx;
	const char *license = native(attr->license);
	struct bemu_attr_prog_load blob = {
		.prog_type = bemu_gen_u32(gen, attr->prog_type),
		.insn_cnt = bemu_gen_u32(gen, attr->insn_cnt),
		.prog_flags = bemu_gen_u32(gen, attr->prog_flags),
		.expected_attach_type = bemu_gen_u32(gen, attr->expected_attach_type),
		.func_info_rec_size = bemu_gen_u32(gen, attr->func_info_rec_size),
		.func_info_cnt = bemu_gen_u32(gen, attr->func_info_cnt),
		.line_info_rec_size = bemu_gen_u32(gen, attr->line_info_rec_size),
		.line_info_cnt = bemu_gen_u32(gen, attr->line_info_cnt),
		.attach_btf_id = bemu_gen_u32(gen, attr->attach_btf_id),
		.core_relo_cnt = bemu_gen_u32(gen, gen->nr_core_relos),
		.core_relo_rec_size = bemu_gen_u32(gen, sizeof(struct bemu_core_relo)),
	};
	uint32_t license_off, insns_off, func_off, line_off, core_off, at, first = gen->nr_insns;

	memcpy(blob.prog_name, attr->prog_name, sizeof(blob.prog_name));
	gen->for_prog = gen->nr_progs;
	license_off = bemu_gen_add_data(gen, BEMU_BLOB_LICENSE, license, strlen(license) + 1);
	insns_off = bemu_gen_add_data(gen, BEMU_BLOB_INSNS, native(attr->insns),
				      (size_t)attr->insn_cnt * sizeof(struct bpf_insn));
	name_map_places(gen, insns_off, attr->insn_cnt);
	swap_insns(gen, insns_off, attr->insn_cnt);
	func_off = bemu_gen_add_data(gen, BEMU_BLOB_FUNC_INFO, native(attr->func_info),
				     (size_t)attr->func_info_cnt * attr->func_info_rec_size);
	bemu_gen_swap_recs(gen, func_off, attr->func_info_cnt, attr->func_info_rec_size,
			   sizeof(struct bpf_func_info));
	line_off = bemu_gen_add_data(gen, BEMU_BLOB_LINE_INFO, native(attr->line_info),
				     (size_t)attr->line_info_cnt * attr->line_info_rec_size);
	bemu_gen_swap_recs(gen, line_off, attr->line_info_cnt, attr->line_info_rec_size,
			   sizeof(struct bpf_line_info));
	core_off = bemu_gen_add_data(gen, BEMU_BLOB_CORE_RELOS, gen->core_relos,
				     (size_t)gen->nr_core_relos * sizeof(*gen->core_relos));
	bemu_gen_swap_recs(gen, core_off, gen->nr_core_relos, sizeof(*gen->core_relos),
			   sizeof(*gen->core_relos));
	at = bemu_gen_add_data(gen, BEMU_BLOB_PROG_ATTR, &blob, PROG_ATTR_LEN);
	bemu_gen_store_addr(gen, at + FIELD(license), license_off);
	bemu_gen_store_addr(gen, at + FIELD(insns), insns_off);
	bemu_gen_store_addr(gen, at + FIELD(func_info), func_off);
	bemu_gen_store_addr(gen, at + FIELD(line_info), line_off);
	bemu_gen_store_addr(gen, at + FIELD(core_relos), core_off);
	bemu_gen_store_addr(gen, at + FIELD(fd_array), bemu_gen_base_addr(gen));
	bemu_gen_ctx_to_blob(gen, at + FIELD(log_level), 4, BEMU_GEN_CTX_LOG_LEVEL, false);
	bemu_gen_ctx_to_blob(gen, at + FIELD(log_size), 4, BEMU_GEN_CTX_LOG_SIZE, false);
	bemu_gen_ctx_to_blob(gen, at + FIELD(log_buf), 8, BEMU_GEN_CTX_LOG_BUF, false);
	bemu_gen_stack_to_blob(gen, at + FIELD(prog_btf_fd), 4, BEMU_GEN_STACK_BTF_FD);
	if (gen->attach_kind)
		find_target(gen, at);
	bemu_gen_relocate(gen, insns_off);
	bemu_gen_sys_bpf(gen, BPF_PROG_LOAD, at, PROG_ATTR_LEN);
	/* whatever it answered */
	bemu_gen_close_symbols(gen);
	gen->nr_core_relos = 0;
	if (gen->attach_kind) {
		bemu_gen_close_blob(gen, at + FIELD(attach_prog_fd));
		if (!bemu_gen_has(gen, BEMU_QUIRK_GL_ATTACH_KIND_STICKY))
			gen->attach_kind = 0;
	}
	bemu_gen_check(gen);
	bemu_gen_store(gen, BPF_W, BPF_REG_10, BEMU_GEN_STACK_PROG_FD + 4 * (int64_t)gen->nr_progs,
		       BPF_REG_7);
	gen->nr_progs++;
	gen->last_prog_words = gen->nr_insns - first;
	gen->for_prog = BEMU_BLOB_NONE;
}
