/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the tests of emu/relo share: a small kernel with two modules, instructions in short, and one
 * relocation from its record to the patched word.
 */
#ifndef BEMU_UNIT_RELO_SAMPLE_H
#define BEMU_UNIT_RELO_SAMPLE_H

#include <errno.h>
#include <stdio.h>

#include "btf_sample.h"

#include "relo/core.h"

/* clang-format off */
#define LDX(size, dst, src, o) \
	{ .code = BPF_LDX | BPF_MEM | (size), .dst_reg = (dst), .src_reg = (src), .off = (o) }
#define STX(size, dst, src, o) \
	{ .code = BPF_STX | BPF_MEM | (size), .dst_reg = (dst), .src_reg = (src), .off = (o) }
#define ST(size, dst, o, i) \
	{ .code = BPF_ST | BPF_MEM | (size), .dst_reg = (dst), .off = (o), .imm = (i) }
#define MOV(dst, i) { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (dst), .imm = (i) }
#define ADD32(dst, i) { .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = (dst), .imm = (i) }
#define LD64(dst, v) \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = (dst), .imm = (int32_t)(uint32_t)(v) }, \
	{ .imm = (int32_t)(uint32_t)((uint64_t)(v) >> 32) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }
#define POISONED { .code = BPF_JMP | BPF_CALL, .imm = 0x0bad2310 }
/* clang-format on */

enum kernel_id {
	K_INT = 1,
	K_U32,
	K_ULONG,
	K_LONG,
	K_CHAR,
	K_U8,
	K_BOOL,
	K_VOID_PTR,
	K_CHAR_PTR,
	K_COMM,
	K_INNER,
	K_INNERS,
	K_UA,
	K_LEAD,
	K_REC,
	K_REC_PTR,
	K_BITS,
	K_COLOR,
	K_BIG,
	K_AMB,
	K_AMB2,
	K_FLAV_OLD,
	K_FLAV,
	K_REC_T,
	K_PROTO,
	K_KF_VM,
	K_KF_VM2,
	K_VM_CTR,
	K_VM_REC,
	K_PERCPU,
	K_WIDE,
	K_FLEX,
	K_TAIL,
	K_END,
};

static inline void kernel_structs(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "inner", 12);
	bemu_btf_enc_member(enc, "pad0", K_INT, 0, 0);
	bemu_btf_enc_member(enc, "x", K_INT, 32, 0);
	bemu_btf_enc_member(enc, "y", K_INT, 64, 0);
	bemu_btf_enc_array(enc, K_INNER, K_U32, 4);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, NULL, 8);
	bemu_btf_enc_member(enc, "ua", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "uw", K_ULONG, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, NULL, 16);
	bemu_btf_enc_member(enc, "lead", K_ULONG, 0, 0);
	bemu_btf_enc_member(enc, NULL, K_UA, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec", 136);
	bemu_btf_enc_member(enc, "flags", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "id", K_ULONG, 64, 0);
	bemu_btf_enc_member(enc, "comm", K_COMM, 128, 0);
	bemu_btf_enc_member(enc, "in", K_INNERS, 256, 0);
	bemu_btf_enc_member(enc, "next", K_REC_PTR, 640, 0);
	bemu_btf_enc_member(enc, NULL, K_LEAD, 704, 0);
	bemu_btf_enc_member(enc, "sg", K_LONG, 832, 0);
	bemu_btf_enc_member(enc, "tiny", K_U8, 896, 0);
	bemu_btf_enc_member(enc, "self", K_INNER, 928, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, K_REC);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "bits", 16);
	bemu_btf_enc_member(enc, "lead", K_U32, 0, 9);
	bemu_btf_enc_member(enc, "a", K_U32, 9, 3);
	bemu_btf_enc_member(enc, "b", K_U32, 12, 5);
	bemu_btf_enc_member(enc, "c", K_INT, 17, 7);
	bemu_btf_enc_member(enc, "d", K_U32, 32, 20);
	bemu_btf_enc_member(enc, "e", K_U8, 60, 8);
	bemu_btf_enc_member(enc, "plain", K_U32, 96, 0);
}

static inline void kernel_types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "unsigned int", 4, 0);
	bemu_btf_enc_int(enc, "long unsigned int", 8, 0);
	bemu_btf_enc_int(enc, "long int", 8, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "char", 1, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "unsigned char", 1, 0);
	bemu_btf_enc_int(enc, "_Bool", 1, BTF_INT_BOOL);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, K_CHAR);
	bemu_btf_enc_array(enc, K_CHAR, K_U32, 16);
	kernel_structs(enc);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "color", 4, true);
	bemu_btf_enc_enumerator(enc, "RED", 10);
	bemu_btf_enc_enumerator(enc, "GREEN", -20);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "big", 40008);
	bemu_btf_enc_member(enc, "near", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "lim", K_U8, 8 * 32767, 0);
	bemu_btf_enc_member(enc, "over", K_U8, 8 * 32768, 0);
	bemu_btf_enc_member(enc, "far", K_U32, 8 * 40000, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "amb", 8);
	bemu_btf_enc_member(enc, "p", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "q", K_U32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "amb", 12);
	bemu_btf_enc_member(enc, "p", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "r", K_U32, 32, 0);
	bemu_btf_enc_member(enc, "q", K_U32, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flav___old", 8);
	bemu_btf_enc_member(enc, "o", K_U32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flav", 16);
	bemu_btf_enc_member(enc, "n", K_U32, 96, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "rec_t", K_REC);
	bemu_btf_enc_func_proto(enc, K_INT);
	bemu_btf_enc_param(enc, "v", K_INT);
	bemu_btf_enc_func(enc, "kf_vm", BTF_FUNC_STATIC, K_PROTO);
	bemu_btf_enc_func(enc, "kf_vm2", BTF_FUNC_STATIC, K_PROTO);
	bemu_btf_enc_var(enc, "vm_ctr", BTF_VAR_GLOBAL_ALLOCATED, K_INT);
	bemu_btf_enc_var(enc, "vm_rec", BTF_VAR_GLOBAL_ALLOCATED, K_REC);
	bemu_btf_enc_datasec(enc, ".data..percpu", 256);
	bemu_btf_enc_secinfo(enc, K_VM_CTR, 0, 4);
	bemu_btf_enc_secinfo(enc, K_VM_REC, 8, 136);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "wide", 8, false);
	bemu_btf_enc_enumerator(enc, "W_BIG", 20015998343868);
	bemu_btf_enc_enumerator(enc, "W_SMALL", 7);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flex", 4);
	bemu_btf_enc_member(enc, "n", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "tail", K_TAIL, 32, 0);
	bemu_btf_enc_array(enc, K_U32, K_U32, 0);
}

static inline void m1_types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "modonly", 8);
	bemu_btf_enc_member(enc, "a", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "b", K_U32, 32, 0);
}

static inline void m2_types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_func(enc, "kf_m2", BTF_FUNC_STATIC, K_PROTO);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "modonly", 12);
	bemu_btf_enc_member(enc, "z", K_U32, 0, 0);
	bemu_btf_enc_member(enc, "a", K_U32, 32, 0);
	bemu_btf_enc_member(enc, "b", K_U32, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "m2only", 4);
	bemu_btf_enc_member(enc, "k", K_U32, 0, 0);
}

/** struct relo_world - object, kernel and modules of one test; cands of one root type */
struct relo_world {
	struct bemu_env *env;
	struct bemu_btf *object, *kernel, *mods[2];
	struct bemu_core_cands cands;
	struct bemu_core_relo relo;
	struct bemu_core_record rec;
};

/* An object with the types that @add writes, and the strings that records refer to. */
static inline struct bemu_btf *object_parse(struct bemu_env *env,
					    void (*add)(struct bemu_btf_enc *enc),
					    const char *access, uint32_t *access_off)
{
	struct bemu_btf_enc *enc = NULL;
	struct bemu_btf *btf = NULL;
	void *bytes = NULL;
	size_t len;
	int err;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	add(enc);
	*access_off = bemu_btf_enc_str(enc, access);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &bytes, &len), 0);
	err = bemu_btf_parse(env, bytes, len, NULL, 0, &btf);
	if (err)
		fail_msg("%d: %s", err, bemu_log_last(&env->log)->text);
	bemu_mem_free(env, bytes);
	bemu_btf_enc_free(enc);
	return btf;
}

/* @add_kernel NULL: the kernel and modules above */
static inline void world_init(struct relo_world *w, void (*add_object)(struct bemu_btf_enc *enc),
			      void (*add_kernel)(struct bemu_btf_enc *enc), uint32_t root,
			      uint32_t kind, const char *access)
{
	memset(w, 0, sizeof(*w));
	w->env = test_env();
	w->object = object_parse(w->env, add_object, access, &w->relo.access_str_off);
	w->relo.type_id = root;
	w->relo.kind = kind;
	w->kernel = sample_parse(w->env, NULL, add_kernel ? add_kernel : kernel_types, false);
	if (!add_kernel) {
		w->mods[0] = sample_parse(w->env, w->kernel, m1_types, false);
		w->mods[1] = sample_parse(w->env, w->kernel, m2_types, false);
	}
}

static inline void world_fini(struct relo_world *w)
{
	bemu_core_record_fini(w->env, &w->rec);
	bemu_core_cands_fini(w->env, &w->cands);
	bemu_btf_put(w->object);
	bemu_btf_put(w->mods[0]);
	bemu_btf_put(w->mods[1]);
	bemu_btf_put(w->kernel);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_env_free(w->env);
}

/* As loaders do it: modules are asked when the kernel has no candidate. */
static inline int world_cands(struct relo_world *w)
{
	static const char *const names[] = { "m1", "m2" };
	uint32_t i;
	int err;

	if (w->relo.kind == BEMU_CORE_TYPE_ID_LOCAL)
		return 0;
	err = bemu_core_add_cands(w->env, w->object, w->relo.type_id, w->kernel, "vmlinux", 1,
				  &w->cands);
	for (i = 0; !err && i < 2 && w->mods[i] && !(w->cands.nr && i == 0); i++)
		err = bemu_core_add_cands(w->env, w->object, w->relo.type_id, w->mods[i], names[i],
					  2 + i, &w->cands);
	return err;
}

static inline int world_calc(struct relo_world *w, uint32_t rules, struct bemu_core_res *res)
{
	int err = world_cands(w);

	return err ? err
		   : bemu_core_calc(w->env, rules, w->object, &w->relo, &w->cands, "p", res,
				    &w->rec);
}

/* -errno of the first step that fails, with the words patched in place. */
static inline int world_relocate(struct relo_world *w, uint32_t rules, struct bpf_insn *insns,
				 uint32_t nr)
{
	struct bemu_core_res res;
	int err = world_calc(w, rules, &res);

	return err ? err
		   : bemu_core_patch(w->env, rules, "p", insns, nr, w->relo.insn_off / 8, &w->relo,
				     &res);
}

static inline uint32_t last_reason(const struct bemu_env *env)
{
	const struct bemu_log_record *rec = bemu_log_last(&env->log);

	return rec ? rec->reason : BEMU_R_NONE;
}

/* Every row a test of its own. */
#define RUN_ROWS(rows, fn)                                                           \
	do {                                                                         \
		size_t row_;                                                         \
                                                                                     \
		for (row_ = 0; row_ < BEMU_ARRAY_SIZE(rows); row_++) {               \
			assert(nr_tests < BEMU_ARRAY_SIZE(tests));                   \
			tests[nr_tests++] = (struct CMUnitTest){                     \
				.name = (rows)[row_].name,                           \
				.test_func = (fn),                                   \
				.initial_state = (void *)(uintptr_t) & (rows)[row_], \
			};                                                           \
		}                                                                    \
	} while (0)

#endif
