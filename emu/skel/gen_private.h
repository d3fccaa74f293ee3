/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * State of a generation, shared by the gen*.c files only.
 *
 * Registers of the loader: R6 context, R7 result of the last call, R8 word that is being relocated, R9 an FD
 * or an address. Its stack, downwards from R10: btf_fd, inner_map_fd, prog_fd[32]. Its context: struct
 * bpf_loader_ctx, then a bpf_map_desc a map, then a prog_fd a program.
 *
 * Where fd_array is depends on the layout, see gen_slot.c.
 *
 * As in libbpf the first error stays and all that follows is not written.
 */
#ifndef BEMU_SKEL_GEN_PRIVATE_H
#define BEMU_SKEL_GEN_PRIVATE_H

#include "base/buf.h"
#include "base/ints.h"
#include "insn/insn.h"
#include "skel/gen.h"

enum {
	BEMU_GEN_MAX_MAPS = 64,
	BEMU_GEN_MAX_PROGS = 32,
	BEMU_GEN_MAX_KFUNCS = 256,
	BEMU_GEN_MAX_FDS = BEMU_GEN_MAX_MAPS + BEMU_GEN_MAX_KFUNCS,
	BEMU_GEN_ATTACH_LEN = 128,

	BEMU_GEN_STACK_LEN = 8 + 4 * BEMU_GEN_MAX_PROGS,
	BEMU_GEN_STACK_BTF_FD = -BEMU_GEN_STACK_LEN,
	BEMU_GEN_STACK_INNER_FD = BEMU_GEN_STACK_BTF_FD + 4,
	BEMU_GEN_STACK_PROG_FD = BEMU_GEN_STACK_BTF_FD + 8,

	/* layout aux-map only, below the rest: the map's FD, the attribute it is made from */
	BEMU_GEN_AUX_ATTR_LEN = 72,
	BEMU_GEN_STACK_AUX_FD = BEMU_GEN_STACK_BTF_FD - 8,
	BEMU_GEN_STACK_AUX_ATTR = BEMU_GEN_STACK_AUX_FD - BEMU_GEN_AUX_ATTR_LEN,

	BEMU_GEN_CTX_FLAGS = 4,
	BEMU_GEN_CTX_LOG_LEVEL = 8,
	BEMU_GEN_CTX_LOG_SIZE = 12,
	BEMU_GEN_CTX_LOG_BUF = 16,
	BEMU_GEN_CTX_LEN = 24,
	BEMU_GEN_CTX_MAP_LEN = 16,
	BEMU_GEN_CTX_MAP_FD = 0,
	BEMU_GEN_CTX_MAP_MAX_ENTRIES = 4,
	BEMU_GEN_CTX_MAP_INITIAL_VALUE = 8,
	BEMU_GEN_CTX_PROG_LEN = 4,
	BEMU_GEN_CTX_KERNEL = 1, /* flag BPF_SKEL_KERNEL */
};

/* Helpers that only a newer header names. */
enum {
	BEMU_GEN_FUNC_SYS_BPF = 166,
	BEMU_GEN_FUNC_FIND_BY_NAME_KIND = 167,
	BEMU_GEN_FUNC_SYS_CLOSE = 168,
	BEMU_GEN_FUNC_KALLSYMS_LOOKUP_NAME = 179,
};

/*
 * An address that loader words can name is an offset in the blob, or, with this bit, in the FD map. A blob
 * has fewer than 2^31 bytes.
 */
#define BEMU_GEN_IN_FD_MAP 0x80000000u

/* A symbol of the program that is being generated; mirrors struct ksym_desc. */
struct bemu_gen_desc {
	const char *name;
	uint32_t kind; /* BTF_KIND_VAR or _FUNC */
	uint32_t nr_uses;
	uint32_t insn_off; /* in the blob: the first word that it went into */
	uint32_t name_off; /* in the blob */
	uint32_t slot; /* kfuncs: number of its place */
	bool is_ld64, is_typeless;
};

struct bemu_gen {
	struct bemu_env *env;
	struct bemu_load_gen recorder;
	const struct bemu_obj *obj; /* from begin to finish */
	uint32_t libbpf;
	uint32_t layout;
	struct bemu_quirks quirks;
	bool gen_hash, any_off, unaligned, by_four;
	int error;
	struct bemu_buf data;
	uint32_t nr_adds, no_memory_at;
	bool is_lost; /* the blob: its memory could not grow, and was given back */
	bool has_btf;
	struct bpf_insn *insns;
	uint32_t nr_insns, insns_cap;
	uint32_t cleanup_idx; /* where failed checks jump to */
	uint32_t hash_idx; /* first of four ld64 with the hash */
	uint32_t last_check; /* word of the last jump to it */
	uint32_t aux_size_idx; /* word with the size of the loader's own FD map */
	uint32_t last_prog_words; /* of the last program */
	uint32_t nr_maps, nr_progs;

	/* FDs: places that were taken, how many of the program's kfuncs have one now, the most so far */
	struct bemu_blob_slot *slots;
	uint32_t nr_slots, slots_cap;
	uint32_t nr_kfunc_fds, max_kfunc_fds;
	uint32_t fd_map_len;
	uint32_t fd_area; /* reserved places: offset in the blob */
	bool has_area;

	/* the map of the blob; whom the next region is for */
	struct bemu_blob_region *regions;
	uint32_t nr_regions, regions_cap;
	struct bemu_blob_write *writes;
	uint32_t nr_writes, writes_cap;
	struct bemu_blob_call *calls;
	uint32_t nr_calls, calls_cap;
	uint32_t for_map, for_prog, for_name;

	/* of the next program */
	struct bemu_load_gen_symbol *symbols;
	uint32_t nr_symbols, symbols_cap;
	struct bemu_core_relo *core_relos;
	uint32_t nr_core_relos, core_relos_cap;
	struct bemu_gen_desc *descs;
	uint32_t nr_descs, descs_cap;
	char attach_target[BEMU_GEN_ATTACH_LEN];
	uint32_t attach_kind; /* 0: none */
	uint32_t attach_fd; /* in the blob: where the target's module has its number */
};

static inline bool bemu_gen_at_least(const struct bemu_gen *gen, enum bemu_libbpf version)
{
	return gen->libbpf >= (uint32_t)version;
}

/* @quirk: a BEMU_QUIRK_ */
static inline bool bemu_gen_has(const struct bemu_gen *gen, uint32_t quirk)
{
	return bemu_quirks_has(&gen->quirks, quirk, gen->libbpf);
}

/* ---- gen_emit.c ---- */
void bemu_gen_fail(struct bemu_gen *gen, int err);
/*
 * Bytes at the end of the blob, rounded up to 8; NULL for zeroes. The offset; 0 after an error.
 * @kind: enum bemu_blob_kind
 */
uint32_t bemu_gen_add_data(struct bemu_gen *gen, uint32_t kind, const void *data, size_t len);
/* May a pass change or read @len bytes at @off? Not when generation has failed. @what: for reports */
bool bemu_gen_may_pass(struct bemu_gen *gen, uint32_t off, uint64_t len, const char *what);
/* Words of the blob in its byte order, which is the object's. */
uint32_t bemu_gen_u32(const struct bemu_gen *gen, uint32_t v);
uint64_t bemu_gen_u64(const struct bemu_gen *gen, uint64_t v);
/* The first @len bytes of @nr records at an offset of the blob are u32; brings them into its byte order. */
void bemu_gen_swap_recs(struct bemu_gen *gen, uint32_t off, uint32_t nr, uint32_t rec_size,
			uint32_t len);
/* One word. @off and @imm are cut to their fields as libbpf's initializers do. */
void bemu_gen_insn(struct bemu_gen *gen, int code, int dst, int src, int64_t off, int64_t imm);
/* ld64 of the address of a byte of the blob or FD map */
void bemu_gen_addr(struct bemu_gen *gen, int dst, uint32_t addr);
void bemu_gen_ld64(struct bemu_gen *gen, int dst, int src, uint32_t imm0, uint32_t imm1);
void bemu_gen_call(struct bemu_gen *gen, int helper_id);
void bemu_gen_mov_imm(struct bemu_gen *gen, int dst, int64_t imm);
void bemu_gen_mov(struct bemu_gen *gen, int dst, int src);
void bemu_gen_load(struct bemu_gen *gen, int size, int dst, int src, int64_t off);
void bemu_gen_store(struct bemu_gen *gen, int size, int dst, int64_t off, int src);
void bemu_gen_store_imm(struct bemu_gen *gen, int size, int dst, int64_t off, int64_t imm);
/* @op: BPF_JA with dst 0, BPF_JEQ, ... against an immediate */
void bemu_gen_jump(struct bemu_gen *gen, int op, int dst, int64_t imm, int64_t off);
/* u64 [blob + dst_off] = address of blob + src_off */
void bemu_gen_store_addr(struct bemu_gen *gen, uint32_t dst_off, uint32_t src_off);
void bemu_gen_blob_to_blob(struct bemu_gen *gen, uint32_t kind, uint32_t dst_off, uint32_t len,
			   uint32_t src_off);
void bemu_gen_blob_to_ctx(struct bemu_gen *gen, uint32_t ctx_off, uint32_t len, uint32_t blob_off);
void bemu_gen_ctx_to_blob(struct bemu_gen *gen, uint32_t blob_off, uint32_t len, uint32_t ctx_off,
			  bool unless_zero);
void bemu_gen_stack_to_blob(struct bemu_gen *gen, uint32_t blob_off, uint32_t len,
			    int64_t stack_off);
void bemu_gen_stack_to_ctx(struct bemu_gen *gen, uint32_t ctx_off, uint32_t len, int64_t stack_off);
void bemu_gen_sys_bpf(struct bemu_gen *gen, int cmd, uint32_t attr_off, uint32_t attr_len);
/* if R7 is negative, close everything and return it */
void bemu_gen_check(struct bemu_gen *gen);
/* its words */
int64_t bemu_gen_check_len(const struct bemu_gen *gen);
void bemu_gen_close_stack(struct bemu_gen *gen, int64_t stack_off);
void bemu_gen_close_blob(struct bemu_gen *gen, uint32_t blob_off);

/* ---- gen_slot.c: where FDs are kept ---- */
/* Places at the front of the blob */
void bemu_gen_begin_slots(struct bemu_gen *gen);
/* The map's place is taken now */
void bemu_gen_take_map_slot(struct bemu_gen *gen, uint32_t map_idx);
uint32_t bemu_gen_map_addr(const struct bemu_gen *gen, uint32_t map_idx);
/* Where fd_array has a map that was created: index of its place */
uint32_t bemu_gen_map_idx(const struct bemu_gen *gen, uint32_t map_idx);
/* A place for a kfunc of the program; its number. -E2BIG in gen->error when insn->off cannot name it. */
uint32_t bemu_gen_take_kfunc_slot(struct bemu_gen *gen, const struct bemu_gen_desc *desc);
uint32_t bemu_gen_slot_addr(const struct bemu_gen *gen, uint32_t slot);
/* The kfunc's place can be taken again, where the layout has it so */
void bemu_gen_leave_slot(struct bemu_gen *gen, uint32_t slot);
/* Where fd_array begins */
uint32_t bemu_gen_base_addr(const struct bemu_gen *gen);
/* The loader's own FD map: made, closed; nothing in other layouts */
void bemu_gen_make_aux_map(struct bemu_gen *gen);
/* Addresses and sizes that only the end knows */
void bemu_gen_finish_slots(struct bemu_gen *gen);

/* ---- gen_blob.c: the map of the blob ---- */
void bemu_gen_note_region(struct bemu_gen *gen, uint32_t kind, uint32_t off, uint32_t len);
/* The loader writes @len bytes at an address; @kind: enum bemu_blob_write_kind */
void bemu_gen_note_write(struct bemu_gen *gen, uint32_t kind, uint32_t addr, uint32_t len);
void bemu_gen_note_call(struct bemu_gen *gen, uint32_t insn_idx, uint32_t insn_off, uint32_t slot,
			bool repeat);
/* The reserved places told apart */
void bemu_gen_finish_regions(struct bemu_gen *gen);

/* ---- gen_ksym.c ---- */
/* R7 = id of @name, and above it the FD of its BTF. Returns where the name is in the blob. */
uint32_t bemu_gen_find(struct bemu_gen *gen, const char *name, uint32_t kind);
void bemu_gen_add_symbol(void *ctx, const struct bemu_load_gen_symbol *sym);
/* Lookups and patches of all symbols; @insns_off: the program in the blob */
void bemu_gen_relocate(struct bemu_gen *gen, uint32_t insns_off);
/* FDs of modules closed, lists emptied; mirrors cleanup_relos() */
void bemu_gen_close_symbols(struct bemu_gen *gen);

/* ---- gen_map.c, gen_prog.c: the recorder's members ---- */
void bemu_gen_load_btf(void *ctx, const void *raw, size_t len);
void bemu_gen_create_map(void *ctx, const struct bemu_attr_map_create *attr, uint32_t map_idx);
void bemu_gen_fill_map(void *ctx, uint32_t map_idx, const void *value, uint32_t len);
void bemu_gen_freeze_map(void *ctx, uint32_t map_idx);
void bemu_gen_fill_slot(void *ctx, uint32_t map_idx, uint32_t slot, uint32_t inner_idx);
void bemu_gen_add_core_relo(void *ctx, const struct bemu_core_relo *relo);
void bemu_gen_attach_to(void *ctx, const char *prefix, const char *name, uint32_t kind);
void bemu_gen_load_prog(void *ctx, const struct bemu_attr_prog_load *attr);

#endif
