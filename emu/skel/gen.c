/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A generation from begin to end: the loader's first words with its clean-up, the object's load over a
 * recorder, the results into the context.
 */
#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "skel/gen_private.h"

enum {
	HASH_MAP_OFF_LEN = 8,
	EXCL_MAP_OFF = 32, /* struct bpf_map, behind its hash */
	HASH_WORDS = BEMU_SHA256_LEN / 8,
	HASH_STEP = 7, /* instructions to compare 8 bytes */
};

/* ---- begin ---- */

/* A hash says what the map has for as long as no other program can write to it. */
static void check_exclusive(struct bemu_gen *gen, bool fixed)
{
	bemu_gen_ld64(gen, BPF_REG_1, BPF_PSEUDO_MAP_IDX, 0, 0);
	bemu_gen_load(gen, BPF_W, BPF_REG_2, BPF_REG_1, EXCL_MAP_OFF);
	bemu_gen_mov_imm(gen, BPF_REG_7, -EINVAL);
	bemu_gen_jump(gen, BPF_JNE, BPF_REG_2, 1,
		      (int64_t)gen->cleanup_idx - gen->nr_insns - fixed);
}

/*
 * The map's own hash against constants that are filled in at the end. The jump is one word short of its
 * target in 1.7: it lands behind the first load of the clean-up.
 */
static void check_hash(struct bemu_gen *gen)
{
	bool fixed = !bemu_gen_has(gen, BEMU_QUIRK_GL_SIG_JUMP_OFF1);
	uint32_t i;

	if (!bemu_gen_has(gen, BEMU_QUIRK_GL_SIGNED_NONEXCL))
		check_exclusive(gen, fixed);
	gen->hash_idx = gen->nr_insns + 3;
	for (i = 0; i < HASH_WORDS; i++) {
		bemu_gen_ld64(gen, BPF_REG_1, BPF_PSEUDO_MAP_IDX, 0, 0);
		bemu_gen_load(gen, BPF_DW, BPF_REG_2, BPF_REG_1, (int64_t)i * HASH_MAP_OFF_LEN);
		bemu_gen_ld64(gen, BPF_REG_3, 0, 0, 0);
		bemu_gen_mov_imm(gen, BPF_REG_7, -EINVAL);
		bemu_gen_insn(gen, BPF_JMP | BPF_JNE | BPF_X, BPF_REG_2, BPF_REG_3,
			      (int64_t)gen->cleanup_idx - gen->nr_insns - fixed, 0);
	}
}

/* After 1.7 the kernel compares the contents of the loader's exclusive map with the signature. */
static bool checks_hash(const struct bemu_gen *gen)
{
	return gen->gen_hash && !bemu_gen_at_least(gen, BEMU_LIBBPF_NEXT);
}

static void close_early(struct bemu_gen *gen, int64_t stack_off)
{
	bemu_gen_load(gen, BPF_W, BPF_REG_1, BPF_REG_10, stack_off);
	bemu_gen_jump(gen, BPF_JSLE, BPF_REG_1, 0, 1);
	bemu_gen_call(gen, BEMU_GEN_FUNC_SYS_CLOSE);
}

/* What later checks jump to: everything is closed. */
static void add_cleanup(struct bemu_gen *gen)
{
	bool aux = gen->layout == BEMU_LAYOUT_AUX_MAP;
	uint32_t nr_stack = 2 + gen->obj->nr_progs, nr_maps = gen->obj->nr_maps, i;

	if (bemu_gen_has(gen, BEMU_QUIRK_GL_MAPFD_LEAK_ON_ERR) ||
	    bemu_gen_has(gen, BEMU_QUIRK_GL_FDARRAY_LATE_ALLOC))
		nr_maps = 0; /* of the second, whose places have no address yet */
	bemu_gen_jump(gen, BPF_JA, 0, 0, 3 * ((int64_t)nr_stack + aux) + 6 * (int64_t)nr_maps + 2);

	gen->cleanup_idx = gen->nr_insns;
	for (i = 0; i < nr_stack; i++)
		close_early(gen, BEMU_GEN_STACK_BTF_FD + 4 * (int64_t)i);
	if (aux)
		close_early(gen, BEMU_GEN_STACK_AUX_FD);
	for (i = 0; i < nr_maps; i++)
		bemu_gen_close_blob(gen, bemu_gen_map_addr(gen, i));
	bemu_gen_mov(gen, BPF_REG_0, BPF_REG_7);
	bemu_gen_insn(gen, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Mirrors bpf_gen__init(): R6 = context, the stack zeroed by a read that fails, clean-up for later jumps. */
static void begin(void *ctx, const struct bemu_obj *obj)
{
	struct bemu_gen *gen = ctx;
	bool aux = gen->layout == BEMU_LAYOUT_AUX_MAP;
	int64_t stack_len = aux ? -BEMU_GEN_STACK_AUX_ATTR : BEMU_GEN_STACK_LEN;

	gen->obj = obj;

	bemu_gen_begin_slots(gen);
	bemu_gen_mov(gen, BPF_REG_6, BPF_REG_1);
	bemu_gen_mov(gen, BPF_REG_1, BPF_REG_10);
	bemu_gen_insn(gen, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -stack_len);
	bemu_gen_mov_imm(gen, BPF_REG_2, stack_len);
	bemu_gen_mov_imm(gen, BPF_REG_3, 0);
	bemu_gen_call(gen, BPF_FUNC_probe_read_kernel);
	if (!bemu_gen_has(gen, BEMU_QUIRK_GL_NO_CLEANUP))
		add_cleanup(gen);
	if (checks_hash(gen))
		check_hash(gen);
	bemu_gen_make_aux_map(gen);
}

/* ---- end ---- */

static void fill_hash(struct bemu_gen *gen)
{
	uint8_t hash[BEMU_SHA256_LEN];
	uint64_t word;
	uint32_t i;

	bemu_sha256(gen->data.data, gen->data.len, hash);
	for (i = 0; i < HASH_WORDS; i++) {
		memcpy(&word, &hash[8 * (size_t)i], sizeof(word));
		bemu_insn_set_imm64(&gen->insns[gen->hash_idx + i * HASH_STEP],
				    bemu_gen_u64(gen, word));
	}
}

/*
 * Nothing was loaded here, so no object has a number: mirrors the end of bpf_object_load(). Of an object's
 * BTF there is one only where there is BTF.
 */
static void reset_numbers(struct bemu_gen *gen)
{
	if (!gen->has_btf && !bemu_gen_has(gen, BEMU_QUIRK_GL_NOBTF_NULL))
		return;
	if (!bemu_guard_ok(&gen->env->guard, BEMU_GUARD_NULL, true, 0, sizeof(int32_t),
			   gen->has_btf ? sizeof(int32_t) : 0, "the number of the object's BTF"))
		gen->error = bemu_fail(gen->env, -EFAULT, BEMU_R_SKEL_GEN_MEMORY, 0,
				       "an object without BTF has no number to reset");
}

/* Mirrors bpf_gen__finish(): what was loaded is the caller's now. */
static int finish(void *ctx)
{
	struct bemu_gen *gen = ctx;
	uint32_t nr_maps = gen->obj->nr_maps, nr_progs = gen->obj->nr_progs, i;

	if (nr_progs < gen->nr_progs || nr_maps != gen->nr_maps ||
	    (nr_progs != gen->nr_progs && bemu_gen_has(gen, BEMU_QUIRK_GL_PROG_COUNT_EQ))) {
		if (gen->env->fault)
			return gen->env->fault;
		gen->error = bemu_fail(gen->env, -EFAULT, BEMU_R_SKEL_GEN_MAPS, gen->nr_maps,
				       "%u of %u maps and %u of %u programs were generated",
				       gen->nr_maps, nr_maps, gen->nr_progs, nr_progs);
		return gen->error;
	}
	bemu_gen_close_stack(gen, BEMU_GEN_STACK_BTF_FD);
	for (i = 0; i < gen->nr_progs; i++)
		bemu_gen_stack_to_ctx(gen,
				      BEMU_GEN_CTX_LEN + BEMU_GEN_CTX_MAP_LEN * gen->nr_maps +
					      BEMU_GEN_CTX_PROG_LEN * i,
				      4, BEMU_GEN_STACK_PROG_FD + 4 * (int64_t)i);
	for (i = 0; i < gen->nr_maps; i++)
		bemu_gen_blob_to_ctx(
			gen, BEMU_GEN_CTX_LEN + BEMU_GEN_CTX_MAP_LEN * i + BEMU_GEN_CTX_MAP_FD, 4,
			bemu_gen_map_addr(gen, i));
	if (gen->layout == BEMU_LAYOUT_AUX_MAP)
		bemu_gen_close_stack(gen, BEMU_GEN_STACK_AUX_FD);
	bemu_gen_mov_imm(gen, BPF_REG_0, 0);
	bemu_gen_insn(gen, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	bemu_gen_finish_slots(gen);
	bemu_gen_finish_regions(gen);
	if (checks_hash(gen) && bemu_gen_may_pass(gen, 0, gen->data.len, "the blob, to hash it"))
		fill_hash(gen);
	for (i = 0; i < gen->nr_insns && gen->obj->foreign_order; i++)
		bemu_insn_swap(&gen->insns[i]);
	if (!gen->error)
		reset_numbers(gen);
	return gen->error;
}

/* ---- the recorder ---- */

int bemu_gen_new(struct bemu_env *env, const struct bemu_gen_opts *opts, struct bemu_gen **out)
{
	struct bemu_gen_opts full = { 0 };
	struct bemu_gen *gen;

	memcpy(&full, opts, opts->size < sizeof(full) ? opts->size : sizeof(full));
	if (!full.libbpf)
		full.libbpf = BEMU_LIBBPF_1_7;
	if (full.libbpf > BEMU_LIBBPF_NEXT)
		return bemu_fail(env, -EOPNOTSUPP, BEMU_R_SKEL_UNMODELLED, full.libbpf,
				 "the generator of libbpf %u is not known", full.libbpf);
	if (full.gen_hash && full.libbpf < BEMU_LIBBPF_1_7)
		return bemu_fail(env, -EOPNOTSUPP, BEMU_R_SKEL_UNMODELLED, full.libbpf,
				 "before libbpf 1.7 no loader is signed");
	if (full.layout >= BEMU_NR_LAYOUTS)
		return bemu_fail(env, -EINVAL, BEMU_R_SKEL_UNMODELLED, full.layout,
				 "layout %u is not known", full.layout);
	gen = bemu_zalloc(env, sizeof(*gen));
	if (!gen)
		return -ENOMEM;
	gen->env = env;
	gen->libbpf = full.libbpf;
	gen->layout = full.layout;
	gen->gen_hash = full.gen_hash;
	gen->any_off = full.any_off;
	gen->by_four = full.by_four;
	gen->no_memory_at = full.no_memory_at;
	gen->unaligned = full.unaligned ||
			 bemu_quirks_has(&full.quirks, BEMU_QUIRK_GL_BLOB_MISALIGNED, full.libbpf);
	gen->for_map = gen->for_prog = gen->for_name = BEMU_BLOB_NONE;
	gen->quirks = full.quirks;
	if (full.stable_6_1 && !(full.quirks.on & 1ull << BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC))
		bemu_quirks_set(&gen->quirks, BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC, false);
	bemu_buf_init(&gen->data, env);
	gen->recorder = (struct bemu_load_gen){
		.ctx = gen,
		.begin = begin,
		.load_btf = bemu_gen_load_btf,
		.create_map = bemu_gen_create_map,
		.fill_map = bemu_gen_fill_map,
		.freeze_map = bemu_gen_freeze_map,
		.fill_slot = bemu_gen_fill_slot,
		.add_symbol = bemu_gen_add_symbol,
		.add_core_relo = bemu_gen_add_core_relo,
		.attach_to = bemu_gen_attach_to,
		.load_prog = bemu_gen_load_prog,
		.finish = finish,
	};
	*out = gen;
	return 0;
}

void bemu_gen_free(struct bemu_gen *gen)
{
	struct bemu_env *env;

	if (!gen)
		return;
	env = gen->env;
	bemu_buf_fini(&gen->data);
	bemu_mem_free(env, gen->insns);
	bemu_mem_free(env, gen->symbols);
	bemu_mem_free(env, gen->core_relos);
	bemu_mem_free(env, gen->descs);
	bemu_mem_free(env, gen->slots);
	bemu_mem_free(env, gen->regions);
	bemu_mem_free(env, gen->writes);
	bemu_mem_free(env, gen->calls);
	bemu_mem_free(env, gen);
}

const struct bemu_load_gen *bemu_gen_recorder(const struct bemu_gen *gen)
{
	return &gen->recorder;
}

void bemu_gen_get(const struct bemu_gen *gen, struct bemu_gen_result *out)
{
	*out = (struct bemu_gen_result){
		.data = gen->data.data,
		.data_len = (uint32_t)gen->data.len,
		.fd_map_len = gen->layout == BEMU_LAYOUT_SECOND_MAP ? gen->fd_map_len : 0,
		.insns = gen->insns,
		.nr_insns = gen->nr_insns,
	};
}
