/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Quirks of the generator and the host side, each on a loader that shows it: on, its detector fires, at the
 * call that the row names; off, nothing does; and nothing on a near miss with the quirk on. Placebos change
 * loaders, and nothing fires.
 *
 * The generator is driven without an object: a shape calls the recorder as a load of one would.
 */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "audit/bounds.h"
#include "audit/witness.h"
#include "base/buf.h"
#include "btf/encode.h"
#include "skel/gen.h"
#include "skel/inject.h"
#include "skel/skel.h"
#include "skel/tamper.h"

enum { NR_KFUNCS = 260, NAME_LEN = 16 };

static char names[NR_KFUNCS][NAME_LEN];

/* ---- the kernel: f_vm, target, percpu variable v_vm; a module with k0, k1, ... ---- */

struct images {
	void *vmlinux, *module;
	size_t vmlinux_len, module_len;
	struct bemu_env *env;
};

static void make_images(struct images *im)
{
	struct bemu_btf_enc *enc;
	struct bemu_btf *base;
	uint32_t int_id, proto, var, i;

	im->env = test_env();
	assert_int_equal(bemu_btf_enc_new(im->env, NULL, &enc), 0);
	int_id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	proto = bemu_btf_enc_func_proto(enc, int_id);
	assert_int_not_equal(bemu_btf_enc_func(enc, "f_vm", BTF_FUNC_STATIC, proto), 0);
	assert_int_not_equal(bemu_btf_enc_func(enc, "target", BTF_FUNC_STATIC, proto), 0);
	var = bemu_btf_enc_var(enc, "v_vm", BTF_VAR_GLOBAL_ALLOCATED, int_id);
	assert_int_not_equal(bemu_btf_enc_datasec(enc, ".data..percpu", 4), 0);
	bemu_btf_enc_secinfo(enc, var, 0, 4);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &im->vmlinux, &im->vmlinux_len), 0);
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_btf_parse(im->env, im->vmlinux, im->vmlinux_len, NULL, 0, &base), 0);
	assert_int_equal(bemu_btf_enc_new(im->env, base, &enc), 0);
	for (i = 0; i < NR_KFUNCS; i++) {
		snprintf(names[i], NAME_LEN, "k%u", i);
		assert_int_not_equal(bemu_btf_enc_func(enc, names[i], BTF_FUNC_STATIC, proto), 0);
	}
	assert_int_equal(bemu_btf_enc_finish(enc, false, &im->module, &im->module_len), 0);
	bemu_btf_enc_free(enc);
	bemu_btf_put(base);
}

/* ---- shapes ---- */

struct shape {
	const struct bemu_load_gen *rec;
	struct bemu_obj obj;
	bool foreign_order;
};

static void begin(struct shape *s, uint32_t nr_maps, uint32_t nr_progs)
{
	s->obj = (struct bemu_obj){ .nr_maps = nr_maps,
				    .nr_progs = nr_progs,
				    .foreign_order = s->foreign_order };
	s->rec->begin(s->rec->ctx, &s->obj);
}

static void symbol(struct shape *s, const char *name, uint32_t insn_idx, bool ld64, bool weak)
{
	struct bemu_load_gen_symbol sym = { .name = name,
					    .is_weak = weak,
					    .is_ld64 = ld64,
					    .is_func = !ld64,
					    .insn_idx = insn_idx };

	s->rec->add_symbol(s->rec->ctx, &sym);
}

static void load_type(struct shape *s, const char *name, const struct bpf_insn *insns, uint32_t nr,
		      uint32_t type, uint32_t attach)
{
	struct bemu_attr_prog_load attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.insns = (uintptr_t)insns,
		.insn_cnt = nr,
		.license = (uintptr_t) "GPL",
	};

	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	s->rec->load_prog(s->rec->ctx, &attr);
}

static void load(struct shape *s, const char *name, const struct bpf_insn *insns, uint32_t nr)
{
	load_type(s, name, insns, nr, BPF_PROG_TYPE_SCHED_CLS, 0);
}

#define KFUNC                                                                \
	{                                                                    \
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}
#define RET0                                        \
	{                                           \
		.code = BPF_ALU64 | BPF_MOV | BPF_K \
	}
#define LD_VAR                                                               \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID }, \
	{                                                                    \
		0                                                            \
	}

static const struct bpf_insn nothing[] = { RET0, EXIT };
static const struct bpf_insn one_call[] = { KFUNC, EXIT };

static void map(struct shape *s, uint32_t idx)
{
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};

	snprintf(attr.map_name, sizeof(attr.map_name), "m%u", idx);
	s->rec->create_map(s->rec->ctx, &attr, idx);
}

static void nothing_but_a_program(struct shape *s)
{
	begin(s, 0, 1);
	load(s, "prog", nothing, 2);
}

static void empty(struct shape *s)
{
	begin(s, 0, 0);
}

static void many_kfuncs(struct shape *s, uint32_t nr)
{
	static struct bpf_insn insns[NR_KFUNCS + 2];
	uint32_t i;

	begin(s, 1, 1);
	map(s, 0);
	for (i = 0; i < nr; i++) {
		insns[i] = (struct bpf_insn)KFUNC;
		symbol(s, names[i], i, false, false);
	}
	insns[nr] = (struct bpf_insn)RET0;
	insns[nr + 1] = (struct bpf_insn)EXIT;
	load(s, "prog", insns, nr + 2);
}

static void kfuncs_224(struct shape *s)
{
	many_kfuncs(s, 224);
}

static void kfuncs_225(struct shape *s)
{
	many_kfuncs(s, 225);
}

static void kfunc_without_a_map(struct shape *s)
{
	begin(s, 0, 1);
	symbol(s, "k1", 0, false, false);
	load(s, "prog", one_call, 2);
}

static void kfunc_of_the_kernel(struct shape *s)
{
	begin(s, 0, 1);
	symbol(s, "f_vm", 0, false, false);
	load(s, "prog", one_call, 2);
}

static void three_maps(struct shape *s)
{
	begin(s, 3, 1);
	map(s, 0);
	map(s, 1);
	map(s, 2);
	load(s, "prog", nothing, 2);
}

/* A module's function, then @second, then nothing */
static void after_a_module(struct shape *s, const char *second, bool weak)
{
	static const struct bpf_insn guarded[] = {
		RET0, { .code = BPF_JMP | BPF_JEQ | BPF_K, .off = 1 }, KFUNC, EXIT
	};

	begin(s, 0, 3);
	symbol(s, "k1", 0, false, false);

	load(s, "a", one_call, 2);
	symbol(s, second, 2, false, weak);
	load(s, "b", guarded, 4);
	load(s, "c", nothing, 2);
}

static void module_then_kernel(struct shape *s)
{
	after_a_module(s, "f_vm", false);
}

static void module_then_module(struct shape *s)
{
	after_a_module(s, "k2", false);
}

static void module_then_missing(struct shape *s)
{
	after_a_module(s, "nowhere", true);
}

static void module_then_found(struct shape *s)
{
	after_a_module(s, "k2", true);
}

static void variables(struct shape *s, uint32_t nr)
{
	static const struct bpf_insn insns[] = { LD_VAR, LD_VAR, RET0, EXIT };
	uint32_t i;

	begin(s, 0, 1);
	for (i = 0; i < nr; i++)
		symbol(s, "v_vm", 2 * i, true, false);
	load(s, "prog", insns + 2 * (2 - nr), 2 * nr + 2);
}

static void variable_named_once(struct shape *s)
{
	variables(s, 1);
}

static void variable_named_twice(struct shape *s)
{
	variables(s, 2);
}

static void fentry(struct shape *s, const char *name, uint32_t type)
{
	begin(s, 0, 2);
	s->rec->attach_to(s->rec->ctx, "", "target", BTF_KIND_FUNC);
	load_type(s, "first", nothing, 2, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY);
	if (type == BPF_PROG_TYPE_TRACING)
		s->rec->attach_to(s->rec->ctx, "", "f_vm", BTF_KIND_FUNC);
	load_type(s, name, nothing, 2, type, type == BPF_PROG_TYPE_TRACING ? BPF_TRACE_FENTRY : 0);
}

static void fentry_then_tc(struct shape *s)
{
	fentry(s, "second", BPF_PROG_TYPE_SCHED_CLS);
}

static void fentry_then_fentry(struct shape *s)
{
	fentry(s, "second", BPF_PROG_TYPE_TRACING);
}

static void two_programs_one_loaded(struct shape *s)
{
	begin(s, 0, 2);
	load(s, "prog", nothing, 2);
}

static void attach_name(struct shape *s, size_t len)
{
	static char name[200];

	memset(name, 'n', len);
	name[len] = '\0';
	begin(s, 0, 1);
	s->rec->attach_to(s->rec->ctx, "", name, BTF_KIND_FUNC);
	load_type(s, "prog", nothing, 2, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY);
}

static void attach_name_127(struct shape *s)
{
	attach_name(s, 127);
}

static void attach_name_140(struct shape *s)
{
	attach_name(s, 140);
}

static void two_kfuncs(struct shape *s)
{
	static const struct bpf_insn insns[] = { KFUNC, KFUNC, EXIT };

	begin(s, 0, 1);
	symbol(s, "k1", 0, false, false);
	symbol(s, "k2", 1, false, false);
	load(s, "prog", insns, 3);
}

static void inner_map(struct shape *s)
{
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	begin(s, 1, 1);
	s->rec->create_map(s->rec->ctx, &attr, UINT32_MAX);
	attr.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
	s->rec->create_map(s->rec->ctx, &attr, 0);
	load(s, "prog", nothing, 2);
}

/* A map whose first contents are said to have @len bytes; of more than 2^31 none are looked at. */
static void contents(struct shape *s, uint32_t len)
{
	static const uint8_t value[64];

	begin(s, 1, 1);
	map(s, 0);
	s->rec->fill_map(s->rec->ctx, 0, value, len);
	load(s, "prog", nothing, 2);
}

static void contents_that_round_up_to_0(struct shape *s)
{
	contents(s, UINT32_MAX - 6);
}

static void contents_that_round_up_to_2_32_less_8(struct shape *s)
{
	contents(s, UINT32_MAX - 8);
}

static void other_byte_order(struct shape *s)
{
	s->foreign_order = true;
	three_maps(s);
}

static void maps_with_btf(struct shape *s)
{
	static const struct btf_header hdr = { .magic = BTF_MAGIC, .hdr_len = sizeof(hdr) };

	begin(s, 1, 1);
	s->rec->load_btf(s->rec->ctx, &hdr, sizeof(hdr));
	map(s, 0);
	load(s, "prog", nothing, 2);
}

/* ---- rows ---- */

enum { QUIET = -1 };

struct row {
	const char *name;
	uint32_t quirk, libbpf; /* enum bemu_libbpf; 0 is 1.7 */
	void (*shape)(struct shape *s); /* that shows it */
	void (*near_miss)(struct shape *s);
	/* without what the quirk needs: the same loader with and without it; NULL: it changes every loader */
	void (*untouched)(struct shape *s);
	const char *fails; /* label of the call that is made to fail, NULL for none */
	int finding; /* enum bemu_finding_id; QUIET: the verdicts below tell */
	const char *summary; /* part of it */
	/*
	 * As in the days of the quirk: the area of slots comes after the first map's attribute, and lookups are
	 * not followed by words that close, which would be too many for a jump.
	 */
	bool early;
	bool hash; /* a loader that checks its hash */
	int gen_on, gen_off; /* what generation returns */
	int gen_near; /* for the near miss */
	bool near_plain; /* which checks no hash */
	uint32_t no_memory_at; /* the segment that finds none */
	bool lost; /* a failed load returns 0 */
};

static const struct row rows[] = {
	{ .name = "fd_array_undersized",
	  .quirk = BEMU_QUIRK_GL_FDARRAY_UNDERSIZED,
	  .shape = kfuncs_225,
	  .untouched = nothing_but_a_program,
	  .near_miss = kfuncs_224,
	  .early = true,
	  .finding = BEMU_FINDING_LAYOUT_OVERLAP,
	  .summary = "license: byte 0 was generated as 0x47" },
	{ .name = "fd_array_late_alloc",
	  .quirk = BEMU_QUIRK_GL_FDARRAY_LATE_ALLOC,
	  .shape = kfunc_without_a_map,
	  .near_miss = kfunc_of_the_kernel,
	  .finding = BEMU_FINDING_INSN_OFF_ALIAS,
	  .summary = "k1: fd_array[64]" },
	{ .name = "map_fds_leak_on_error",
	  .quirk = BEMU_QUIRK_GL_MAPFD_LEAK_ON_ERR,
	  .shape = three_maps,
	  .untouched = nothing_but_a_program,
	  .near_miss = nothing_but_a_program,
	  .fails = "PROG_LOAD prog",
	  .finding = BEMU_FINDING_FD_LEAK,
	  .summary = "(map m0) is still open" },
	{ .name = "kfunc_stale_slot",
	  .quirk = BEMU_QUIRK_GL_KFUNC_STALE_SLOT,
	  .shape = module_then_kernel,
	  .untouched = fentry_then_tc,
	  .near_miss = module_then_module,
	  .finding = BEMU_FINDING_FD_RECYCLED,
	  .summary = "closed prog b instead of" },
	{ .name = "weak_stale_slot",
	  .quirk = BEMU_QUIRK_GL_WEAK_STALE_SLOT,
	  .shape = module_then_missing,
	  .untouched = kfunc_without_a_map,
	  .near_miss = module_then_found,
	  .finding = BEMU_FINDING_FD_RECYCLED,
	  .summary = "closed prog b instead of" },
	{ .name = "ksym_copy_clears_src",
	  .quirk = BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC,
	  .shape = variable_named_twice,
	  .untouched = two_kfuncs,
	  .near_miss = variable_named_once,
	  .finding = BEMU_FINDING_CORE_WRONG_PATCH,
	  .summary = "v_vm: id 5 is left behind as a constant" },
	{ .name = "attach_kind_sticky",
	  .quirk = BEMU_QUIRK_GL_ATTACH_KIND_STICKY,
	  .shape = fentry_then_tc,
	  .untouched = fentry_then_fentry,
	  .near_miss = fentry_then_fentry,
	  .finding = BEMU_FINDING_ATTR_STRAY,
	  .summary = "PROG_LOAD of second: attach_btf_id 4" },
	{ .name = "sig_jump_off1",
	  .quirk = BEMU_QUIRK_GL_SIG_JUMP_OFF1,
	  .shape = three_maps,
	  .untouched = three_maps,
	  .hash = true,
	  .finding = BEMU_FINDING_JUMP_ASTRAY,
	  .summary = "5 error branches land on insn 8" },
	{ .name = "signed_host_override",
	  .quirk = BEMU_QUIRK_GL_SIGNED_HOST_OVERRIDE,
	  .shape = three_maps,
	  .untouched = nothing_but_a_program,
	  .near_miss = nothing_but_a_program,
	  .hash = true,
	  .finding = BEMU_FINDING_LAYOUT_UNSIGNED,
	  .summary = "map m0 gets the max_entries of the context, 1 or 5" },
	{ .name = "signed_nonexcl",
	  .quirk = BEMU_QUIRK_GL_SIGNED_NONEXCL,
	  .shape = three_maps,
	  .untouched = three_maps,
	  .near_miss = empty,
	  .hash = true,
	  .finding = BEMU_FINDING_LAYOUT_UNSIGNED,
	  .summary = "of the blob, changed after it was hashed, decides command 0 m0" },
	{ .name = "blob_misaligned",
	  .quirk = BEMU_QUIRK_GL_BLOB_MISALIGNED,
	  .shape = three_maps,
	  .untouched = empty,
	  .finding = BEMU_FINDING_LAYOUT_MISALIGNED,
	  .summary = "is no multiple of 8" },
	{ .name = "no_cleanup",
	  .quirk = BEMU_QUIRK_GL_NO_CLEANUP,
	  .shape = three_maps,
	  .near_miss = nothing_but_a_program,
	  .fails = "PROG_LOAD prog",
	  .finding = BEMU_FINDING_FD_LEAK,
	  .summary = "(map m0) is still open" },
	{ .name = "symbol_fds_leak_on_error",
	  .quirk = BEMU_QUIRK_GL_SYMFD_LEAK_ON_ERR,
	  .shape = two_kfuncs,
	  .untouched = kfunc_without_a_map,
	  .near_miss = kfunc_without_a_map,
	  .fails = "find_by_name k2",
	  .finding = BEMU_FINDING_FD_LEAK,
	  .summary = "(btf of k1) is still open" },
	{ .name = "inner_fd_closed_again",
	  .quirk = BEMU_QUIRK_GL_INNERFD_CLOSED_AGAIN,
	  .shape = inner_map,
	  .untouched = three_maps,
	  .near_miss = three_maps,
	  .fails = "PROG_LOAD prog",
	  .finding = BEMU_FINDING_FD_DOUBLE_CLOSE },
	{ .name = "prog_count_eq",
	  .quirk = BEMU_QUIRK_GL_PROG_COUNT_EQ,
	  .shape = two_programs_one_loaded,
	  .untouched = nothing_but_a_program,
	  .near_miss = nothing_but_a_program,
	  .finding = QUIET,
	  .gen_on = -EFAULT },
	{ .name = "attach_name_cut",
	  .quirk = BEMU_QUIRK_GL_ATTACH_NAME_CUT,
	  .shape = attach_name_140,
	  .untouched = attach_name_127,
	  .near_miss = attach_name_127,
	  .finding = QUIET,
	  .gen_off = -ENOSPC },
	{ .name = "errno_lost",
	  .quirk = BEMU_QUIRK_SK_ERRNO_LOST,
	  .shape = three_maps,
	  .untouched = three_maps,
	  .fails = "PROG_LOAD prog",
	  .finding = QUIET,
	  .lost = true },
	{ .name = "add_data_wrap",
	  .quirk = BEMU_QUIRK_GL_ADD_DATA_WRAP,
	  .shape = contents_that_round_up_to_0,
	  .untouched = inner_map,
	  .near_miss = contents_that_round_up_to_2_32_less_8,
	  .finding = BEMU_FINDING_LAYOUT_OVERLAP,
	  .summary = "the blob is written to outside of its",
	  .gen_on = -EFAULT,
	  .gen_off = -ERANGE,
	  .gen_near = -ERANGE },
	{ .name = "realloc_dangling_hash",
	  .quirk = BEMU_QUIRK_GL_REALLOC_DANGLING,
	  .shape = three_maps,
	  .untouched = inner_map,
	  .near_miss = three_maps,
	  .near_plain = true,
	  .hash = true,
	  .no_memory_at = 3,
	  .finding = BEMU_FINDING_OBJECT_USE_AFTER_FREE,
	  .summary = "the blob, to hash it is read after it was freed",
	  .gen_on = -ENOMEM,
	  .gen_off = -ENOMEM,
	  .gen_near = -ENOMEM },
	{ .name = "realloc_dangling_swap",
	  .quirk = BEMU_QUIRK_GL_REALLOC_DANGLING,
	  .shape = other_byte_order,
	  .untouched = other_byte_order,
	  .near_miss = three_maps,
	  .no_memory_at = 3,
	  .finding = BEMU_FINDING_OBJECT_USE_AFTER_FREE,
	  .summary = "the blob, to swap its words is read after it was freed",
	  .gen_on = -ENOMEM,
	  .gen_off = -ENOMEM,
	  .gen_near = -ENOMEM },
	{ .name = "no_btf_null",
	  .quirk = BEMU_QUIRK_GL_NOBTF_NULL,
	  .shape = three_maps,
	  .untouched = maps_with_btf,
	  .near_miss = maps_with_btf,
	  .finding = BEMU_FINDING_NULL_DEREF,
	  .summary = "the number of the object's BTF",
	  .gen_on = -EFAULT },
	{ .name = "placebo_padded",
	  .quirk = BEMU_QUIRK_PL_BLOB_PADDED,
	  .shape = module_then_kernel,
	  .untouched = empty,
	  .near_miss = inner_map,
	  .finding = QUIET },
	{ .name = "placebo_idle_word",
	  .quirk = BEMU_QUIRK_PL_IDLE_WORD,
	  .shape = module_then_kernel,
	  .untouched = empty,
	  .near_miss = three_maps,
	  .finding = QUIET },
	{ .name = "placebo_close_order",
	  .quirk = BEMU_QUIRK_PL_CLOSE_PROG_FIRST,
	  .shape = module_then_kernel,
	  .untouched = inner_map,
	  .near_miss = three_maps,
	  .finding = QUIET },
};

/* ---- one loader, made and run ---- */

struct outcome {
	int gen, err;
	uint32_t nr_roots;
	struct bemu_finding first;
	uint32_t fd, fail_nr;
};

static const char *result_name(void *ctx, uint32_t off)
{
	const struct bemu_skel *const *skel = ctx;

	return bemu_skel_result_name(*skel, off);
}

struct machine {
	struct bemu *em;
	struct bemu_env *env;
	struct bemu_quirks quirks;
};

/* @other: a context with sizes of its own; NULL for none, and then nothing is compared. */
static void watch_run(struct machine *m, const struct bemu_skel *skel, uint32_t fail_nr,
		      const struct bemu_skel_override *other, const struct bemu_tamper *tamper,
		      struct bemu_inject *inject, struct bemu_skel_result *res,
		      struct bemu_witness **witness)
{
	struct bemu_skel_mem mem;
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_skel_run_opts opts = { .size = sizeof(opts),
					   .mem = &mem,
					   .quirks = m->quirks,
					   .tamper = tamper,
					   .nr_overrides = other && skel->nr_maps ? 1 : 0,
					   .overrides = other };
	struct bemu_witness_opts wopts = { .size = sizeof(wopts),
					   .result = result_name,
					   .ctx = &skel };
	struct bemu_backend be;
	struct bemu_task *task;

	bemu_skel_mem_init(&mem, m->env);
	topts.mem = &mem.ops;
	assert_int_equal(bemu_task_new(m->em, &topts, &task), 0);
	assert_int_equal(bemu_witness_new(m->env, &wopts, witness), 0);
	bemu_inject_init(inject, m->env, bemu_witness_watch(*witness), fail_nr);
	bemu_task_watch(task, &inject->watch);
	bemu_backend_sys(task, &be);
	assert_int_equal(bemu_skel_run(skel, &be, &opts, res), 0);
	bemu_task_watch(task, NULL);
	assert_int_equal(bemu_witness_end(*witness), 0);
	bemu_mem_free(m->env, res->ctx);
	bemu_task_exit(task);
	bemu_skel_mem_fini(&mem);
}

/* Runs in which something differs that no signature covers, until one of them is a finding. */
static void run_unsigned(struct machine *m, const struct bemu_skel *skel,
			 struct bemu_witness *witness)
{
	static const struct bemu_skel_override other = { .max_entries = 5 };
	const uint32_t before = bemu_witness_findings(witness)->nr;
	struct bemu_skel_result unused = { 0 };
	struct bemu_witness *second;
	struct bemu_tamper tamper;
	struct bemu_inject none;
	char text[64];
	uint32_t i;

	watch_run(m, skel, 0, &other, NULL, &none, &unused, &second);
	assert_int_equal(bemu_witness_compare(witness, second, NULL), 0);
	bemu_witness_free(second);
	bemu_inject_fini(&none);
	for (i = 0;
	     bemu_witness_findings(witness)->nr == before && bemu_tamper_nth(skel, i, &tamper);
	     i++) {
		watch_run(m, skel, 0, NULL, &tamper, &none, &unused, &second);
		bemu_tamper_text(&tamper, text, sizeof(text));
		assert_int_equal(bemu_witness_compare(witness, second, text), 0);
		bemu_witness_free(second);
		bemu_inject_fini(&none);
	}
}

/* @fail_nr: the call that fails, 0 for none; *nr_of receives the number of the call with label @fails. */
static void run(struct machine *m, const struct bemu_skel *skel, const struct row *row,
		uint32_t fail_nr, uint32_t *nr_of, struct outcome *out)
{
	struct bemu_skel_result res = { 0 };
	const struct bemu_findings *findings;
	struct bemu_witness *witness;
	struct bemu_inject inject;
	uint32_t i;

	watch_run(m, skel, fail_nr, NULL, NULL, &inject, &res, &witness);
	for (i = 0; row->fails && i < inject.nr; i++)
		if (!strcmp(inject.calls[i].label, row->fails))
			*nr_of = i + 1;
	if (skel->is_exclusive)
		run_unsigned(m, skel, witness);
	findings = bemu_witness_findings(witness);
	out->err = res.err;
	out->nr_roots = bemu_findings_roots(findings);
	if (findings->nr)
		out->first = findings->arr[0];
	bemu_inject_fini(&inject);
	bemu_witness_free(witness);
}

/* What the generation itself did beyond its bounds */
static void judge_bounds(struct machine *m, struct outcome *out)
{
	struct bemu_findings findings;
	uint32_t seen = 0;

	bemu_findings_init(&findings, m->env);
	assert_int_equal(bemu_bounds_audit(&m->env->guard, &seen, 1, &findings), 0);
	out->nr_roots = bemu_findings_roots(&findings);
	if (findings.nr)
		out->first = findings.arr[0];
	bemu_findings_fini(&findings);
}

static void make_and_run(struct machine *m, const struct row *row, void (*tell)(struct shape *s),
			 bool hash, struct outcome *out)
{
	struct bemu_gen_opts opts = { .size = sizeof(opts),
				      .libbpf = row->libbpf,
				      .gen_hash = hash,
				      .no_memory_at = row->no_memory_at,
				      .quirks = m->quirks };
	struct bemu_gen_result made;
	struct bemu_skel *skel = NULL;
	struct bemu_gen *gen;
	struct shape shape = { 0 };
	uint32_t nr_of = 0;

	memset(out, 0, sizeof(*out));
	assert_int_equal(bemu_gen_new(m->env, &opts, &gen), 0);
	shape.rec = bemu_gen_recorder(gen);
	tell(&shape);
	out->gen = shape.rec->finish(shape.rec->ctx);
	judge_bounds(m, out);
	if (!out->gen) {
		bemu_gen_get(gen, &made);
		assert_int_equal(bemu_skel_read_raw(m->env, made.data, made.data_len, made.insns,
						    made.nr_insns * 8, shape.obj.nr_maps,
						    shape.obj.nr_progs, &skel),
				 0);
		skel->is_exclusive = hash;
		run(m, skel, row, 0, &nr_of, out);
		if (nr_of)
			run(m, skel, row, nr_of, &nr_of, out);
	}
	bemu_skel_free(skel);
	bemu_gen_free(gen);
}

static void machine_open(struct machine *m, const struct images *im, const struct row *row, bool on)
{
	struct bemu_opts opts = { .size = sizeof(opts) };
	uint32_t i;

	memset(m, 0, sizeof(*m));
	m->env = test_env();
	assert_int_equal(bemu_new(&opts, &m->em), 0);
	assert_int_equal(bemu_set_vmlinux(m->em, im->vmlinux, im->vmlinux_len, BEMU_BTF_BORROW), 0);
	assert_int_equal(
		bemu_add_module(m->em, "many", im->module, im->module_len, BEMU_BTF_BORROW), 0);
	assert_int_equal(bemu_seal(m->em), 0);
	/* what the release has of its own is off: one thing at a time */
	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		bemu_quirks_set(&m->quirks, i, false);
	bemu_quirks_set(&m->quirks, BEMU_QUIRK_GL_SYMFD_LEAK_ON_ERR, row->early);
	bemu_quirks_set(&m->quirks, BEMU_QUIRK_GL_FDARRAY_LATE_ALLOC, row->early);
	bemu_quirks_set(&m->quirks, row->quirk, on);
}

static void machine_close(struct machine *m)
{
	assert_int_equal(bemu_env_live(m->env), 0);
	bemu_env_free(m->env);
	bemu_free(m->em);
}

static void assert_quiet(const struct outcome *out, const char *when)
{
	if (out->nr_roots)
		fail_msg("%s: %s: %s", when, bemu_finding_name(out->first.id), out->first.summary);
}

/* The bytes of a loader, blob first; @on: with the row's quirk */
static void bytes_of(const struct images *im, const struct row *row, bool on, struct bemu_buf *out)
{
	const bool plain = row->quirk == BEMU_QUIRK_GL_SIG_JUMP_OFF1 ||
			   row->quirk == BEMU_QUIRK_GL_SIGNED_NONEXCL;
	struct bemu_gen_opts opts = { .size = sizeof(opts),
				      .libbpf = row->libbpf,
				      .gen_hash = row->hash && !plain };
	struct bemu_gen_result made;
	struct shape shape = { 0 };
	struct bemu_gen *gen;
	struct machine m;

	machine_open(&m, im, row, on);
	opts.quirks = m.quirks;
	assert_int_equal(bemu_gen_new(m.env, &opts, &gen), 0);
	shape.rec = bemu_gen_recorder(gen);
	row->untouched(&shape);
	assert_int_equal(shape.rec->finish(shape.rec->ctx), 0);
	bemu_gen_get(gen, &made);
	bemu_buf_add(out, made.data, made.data_len);
	bemu_buf_add(out, made.insns, made.nr_insns * sizeof(*made.insns));
	assert_int_equal(out->err, 0);
	bemu_gen_free(gen);
	machine_close(&m);
}

static void assert_untouched(const struct images *im, const struct row *row)
{
	struct bemu_buf off, on;

	bemu_buf_init(&off, im->env);
	bemu_buf_init(&on, im->env);
	bytes_of(im, row, false, &off);
	bytes_of(im, row, true, &on);
	assert_int_equal(on.len, off.len);
	assert_memory_equal(on.data, off.data, off.len);
	bemu_buf_fini(&off);
	bemu_buf_fini(&on);
}

static void run_row(void **state)
{
	const struct row *row = *state;
	struct images im = { 0 };
	struct outcome out;
	struct machine m;

	make_images(&im);
	machine_open(&m, &im, row, false);
	make_and_run(&m, row, row->shape, row->hash, &out);
	assert_int_equal(out.gen, row->gen_off);
	assert_quiet(&out, "off");
	assert_int_equal(out.err, row->fails && !out.gen && out.err ? out.err : 0);
	machine_close(&m);

	machine_open(&m, &im, row, true);
	make_and_run(&m, row, row->shape, row->hash, &out);
	assert_int_equal(out.gen, row->gen_on);
	if (row->lost)
		assert_int_equal(out.err, 0);
	if (row->finding == QUIET) {
		assert_quiet(&out, "on");
	} else {
		assert_true(out.nr_roots > 0);
		assert_int_equal(out.first.id, row->finding);
		if (row->summary && !strstr(out.first.summary, row->summary))
			fail_msg("%s", out.first.summary);
		/* the table names the detector that it takes */
		assert_string_equal(bemu_quirk_info(row->quirk)->detector,
				    bemu_finding_name(out.first.id));
	}
	machine_close(&m);

	machine_open(&m, &im, row, true);
	if (row->near_miss) {
		make_and_run(&m, row, row->near_miss, row->hash && !row->near_plain, &out);
		assert_int_equal(out.gen, row->gen_near);
		assert_quiet(&out, "near miss");
	}
	machine_close(&m);
	if (row->untouched)
		assert_untouched(&im, row);
	bemu_mem_free(im.env, im.vmlinux);
	bemu_mem_free(im.env, im.module);
	assert_int_equal(bemu_env_live(im.env), 0);
	bemu_env_free(im.env);
}

/* Whatever segment finds no memory: -ENOMEM, and nothing of the blob is looked at any more. */
static void each_segment_without_memory(void **state)
{
	static const struct row row = { .quirk = BEMU_QUIRK_GL_REALLOC_DANGLING };
	struct images im = { 0 };
	uint32_t nr, last = 0;
	struct machine m;
	int on, foreign;

	(void)state;
	make_images(&im);
	for (on = 0; on < 2; on++)
		for (foreign = 0; foreign < 2; foreign++) {
			machine_open(&m, &im, &row, on);
			for (nr = 1;; nr++) {
				struct bemu_gen_opts opts = { .size = sizeof(opts),
							      .gen_hash = true,
							      .no_memory_at = nr,
							      .quirks = m.quirks };
				struct shape shape = { .foreign_order = foreign };
				struct bemu_gen *gen;
				int err;

				m.env->guard.nr = 0;
				assert_int_equal(bemu_gen_new(m.env, &opts, &gen), 0);
				shape.rec = bemu_gen_recorder(gen);
				three_maps(&shape);
				err = shape.rec->finish(shape.rec->ctx);
				bemu_gen_free(gen);
				if (!err)
					break;
				assert_int_equal(err, -ENOMEM);
				assert_int_equal(m.env->fault, 0);
				/* of an empty blob nothing is read */
				assert_int_equal(m.env->guard.nr != 0, on && (nr > 1 || foreign));
			}
			assert_true(nr > 5);
			assert_true(!last || last == nr);
			last = nr;
			machine_close(&m);
		}
	bemu_mem_free(im.env, im.vmlinux);
	bemu_mem_free(im.env, im.module);
	bemu_env_free(im.env);
}

/* ---- the table ---- */

static void every_line_of_the_table_is_whole(void **state)
{
	uint32_t i, id, found;

	(void)state;
	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		const struct bemu_quirk_info *q = bemu_quirk_info(i);

		assert_int_equal(bemu_quirk_find(q->id, &found), 0);
		assert_int_equal(found, i);
		assert_int_equal(q->cls == BEMU_QUIRK_PLACEBO, !q->detector[0]);
		assert_true(q->first <= q->last);
		for (id = 0; id < BEMU_FINDING_NR; id++)
			if (!strcmp(bemu_finding_name(id), q->detector))
				break;
		assert_true(id < BEMU_FINDING_NR || !q->detector[0]);
	}
	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		const char *name = bemu_quirk_info(i)->id;

		if (strncmp(name, "GL-", 3) != 0 && strncmp(name, "SK-", 3) != 0 &&
		    strncmp(name, "PL-", 3) != 0)
			continue;
		for (id = 0; id < BEMU_ARRAY_SIZE(rows) && rows[id].quirk != i; id++)
			;
		if (id == BEMU_ARRAY_SIZE(rows))
			fail_msg("%s has no row", name);
	}
	assert_null(bemu_quirk_info(BEMU_NR_QUIRKS));
	assert_int_equal(bemu_quirk_find("GL-NONE", &found), -ENOENT);
}

static void the_last_word_counts(void **state)
{
	struct bemu_quirks set = { 0 };
	const uint32_t quirk = BEMU_QUIRK_GL_KFUNC_STALE_SLOT;

	(void)state;
	assert_true(bemu_quirks_has(&set, quirk, BEMU_LIBBPF_1_1));
	assert_false(bemu_quirks_has(&set, quirk, BEMU_LIBBPF_1_5));
	bemu_quirks_set(&set, quirk, true);
	assert_true(bemu_quirks_has(&set, quirk, BEMU_LIBBPF_1_5));
	bemu_quirks_set(&set, quirk, false);
	assert_false(bemu_quirks_has(&set, quirk, BEMU_LIBBPF_1_1));
	assert_false(bemu_quirks_has(&set, BEMU_NR_QUIRKS, BEMU_LIBBPF_1_1));
}

int main(void)
{
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(rows) + 3] = {
		[BEMU_ARRAY_SIZE(rows) + 2] = cmocka_unit_test(each_segment_without_memory),
		[BEMU_ARRAY_SIZE(rows)] = cmocka_unit_test(every_line_of_the_table_is_whole),
		[BEMU_ARRAY_SIZE(rows) + 1] = cmocka_unit_test(the_last_word_counts),
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = run_row,
						.initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
