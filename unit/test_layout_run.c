/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Loaders of each layout on the emulated kernel. At PROG_LOAD a watcher follows each kfunc call to the FD
 * that insn->off selects, and from there to the name that this FD was returned for: it has to be the name
 * that the call was made for.
 */
#include <bemu/bemu.h>
#include <bemu/watch.h>
#include <errno.h>

#include "layout_shape.h"
#include "skel/skel.h"

enum { NR_MANY = 300, MAX_FOUND = 700, MAX_BTF = 1 << 15 };

/* ---- a kernel with two modules ---- */

struct btf_image {
	uint32_t types[4096], nr;
	char strs[8192];
	uint32_t str_len;
	uint8_t raw[MAX_BTF];
};

static void add_func(struct btf_image *btf, uint32_t str_base, const char *name, uint32_t proto)
{
	btf->types[btf->nr++] = str_base + btf->str_len;
	btf->types[btf->nr++] = (uint32_t)BTF_KIND_FUNC << 24;
	btf->types[btf->nr++] = proto;
	memcpy(btf->strs + btf->str_len, name, strlen(name) + 1);
	btf->str_len += (uint32_t)strlen(name) + 1;
}

static uint32_t image(struct btf_image *btf)
{
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(hdr) };
	uint32_t type_len = btf->nr * 4;

	hdr.type_len = type_len;
	hdr.str_off = type_len;
	hdr.str_len = btf->str_len;
	memcpy(btf->raw, &hdr, sizeof(hdr));
	memcpy(btf->raw + sizeof(hdr), btf->types, type_len);
	memcpy(btf->raw + sizeof(hdr) + type_len, btf->strs, btf->str_len);
	return (uint32_t)sizeof(hdr) + type_len + btf->str_len;
}

/*
 * vmlinux: 1 INT, 2 FUNC_PROTO int(void), 3 FUNC f_vm. Module m1: 4 FUNC f_m1. Module m2: 4 FUNC other,
 * 5 FUNC f_m2, then k0000, k0001, ...
 */
static struct bemu *make_kernel(void)
{
	static struct btf_image vmlinux, m1, m2;
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = BEMU_KERNEL_6_18 };
	struct bemu *em;
	uint32_t base, i;

	memset(&vmlinux, 0, sizeof(vmlinux));
	memset(&m1, 0, sizeof(m1));
	memset(&m2, 0, sizeof(m2));
	memcpy(vmlinux.strs, "\0int", 5);
	vmlinux.str_len = 5;
	memcpy(vmlinux.types,
	       (const uint32_t[]){ 1, (uint32_t)BTF_KIND_INT << 24, 4, 0x01000020, 0,
				   (uint32_t)BTF_KIND_FUNC_PROTO << 24, 1 },
	       28);
	vmlinux.nr = 7;
	add_func(&vmlinux, 0, "f_vm", 2);
	base = vmlinux.str_len;
	m1.str_len = m2.str_len = 1;
	add_func(&m1, base, "f_m1", 2);
	add_func(&m2, base, "other", 2);
	add_func(&m2, base, "f_m2", 2);
	for (i = 0; i < NR_MANY; i++)
		add_func(&m2, base, shape_kfunc(i), 2);
	assert_int_equal(bemu_new(&opts, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, vmlinux.raw, image(&vmlinux), 0), 0);
	assert_int_equal(bemu_add_module(em, "m1", m1.raw, image(&m1), 0), 0);
	assert_int_equal(bemu_add_module(em, "m2", m2.raw, image(&m2), 0), 0);
	assert_int_equal(bemu_seal(em), 0);
	return em;
}

/* ---- the watcher ---- */

struct found {
	char name[16];
	uint32_t id;
	int fd; /* 0: the kernel's own */
};

struct witness {
	struct bemu_watch watch;
	uint32_t nr;
	struct found found[MAX_FOUND];
	char calls[4096]; /* of all programs: "f_m1 f_vm ", "?" for what no lookup returned */
	uint32_t nr_calls;
	int maps[64]; /* FDs that the loader was given, in order; its own FD map is not one */
	uint32_t nr_maps;
};

static const char *name_of(const struct witness *w, uint32_t id, int fd)
{
	uint32_t i;

	for (i = w->nr; i; i--)
		if (w->found[i - 1].id == id && w->found[i - 1].fd == fd)
			return w->found[i - 1].name;
	return "?";
}

/* Which map the word selects from fd_array, "m?" for none */
static const char *map_of(const struct witness *w, const struct bemu_seen *seen, uint64_t fd_array,
			  int32_t idx, char name[16])
{
	uint32_t i;
	int32_t fd;

	if (!seen->ops->read(seen, fd_array + 4 * (uint64_t)(uint32_t)idx, &fd, 4))
		for (i = 0; i < w->nr_maps; i++)
			if (w->maps[i] == fd) {
				snprintf(name, 16, "m%u", i);
				return name;
			}
	return "m?";
}

static void note_word(struct witness *w, const char *name)
{
	if (w->nr_calls++ < 80) {
		strcat(w->calls, name);
		strcat(w->calls, " ");
	} else if (strpbrk(name, "?!")) {
		strcat(w->calls, "and more ");
	}
}

static void note_calls(struct witness *w, const struct bemu_seen *seen)
{
	struct bemu_attr_prog_load attr;
	struct bpf_insn insn;
	uint32_t i;

	memcpy(&attr, seen->attr, sizeof(attr));
	for (i = 0; i < attr.insn_cnt; i++) {
		int32_t fd = 0;
		const char *name;
		char map[16];

		assert_int_equal(seen->ops->read(seen, attr.insns + 8 * (uint64_t)i, &insn, 8), 0);
		if (insn.code == (BPF_LD | BPF_IMM | BPF_DW)) {
			note_word(w, map_of(w, seen, attr.fd_array, insn.imm, map));
			i++;
			continue;
		}
		if (insn.code != (BPF_JMP | BPF_CALL) || insn.src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		if (!insn.imm)
			name = "-"; /* not there, and weak */
		else if (insn.off < 0 ||
			 (insn.off &&
			  seen->ops->read(seen, attr.fd_array + 4 * (uint64_t)insn.off, &fd, 4)))
			name = "!";
		else
			name = name_of(w, (uint32_t)insn.imm, fd);
		note_word(w, name);
	}
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	if (seen->kind == BEMU_SEEN_BPF && seen->cmd == BPF_PROG_LOAD && seen->insn_idx >= 0)
		note_calls(ctx, seen);
	return 0;
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	struct witness *w = ctx;
	struct found *found = &w->found[w->nr];

	if (seen->kind == BEMU_SEEN_BPF && seen->cmd == BPF_MAP_CREATE && seen->insn_idx >= 0 &&
	    seen->attr_len > offsetof(struct bemu_attr_map_create, map_extra) && seen->ret >= 0 &&
	    strncmp((const char *)seen->attr + offsetof(struct bemu_attr_map_create, map_name), "m",
		    1) == 0) {
		assert_true(w->nr_maps < BEMU_ARRAY_SIZE(w->maps));
		w->maps[w->nr_maps++] = (int)seen->ret;
	}
	if (seen->kind != BEMU_SEEN_FIND_BTF || seen->ret < 0)
		return 0;
	assert_true(w->nr++ < MAX_FOUND);
	snprintf(found->name, sizeof(found->name), "%s", seen->name);
	found->id = (uint32_t)seen->ret;
	found->fd = (int)(seen->ret >> 32);
	return 0;
}

/* ---- a run ---- */

static struct witness witness;

/* What the loader returns; its calls are in witness.calls. @err: 0, or that the emulator failed with */
static int run_loader(const struct shape_run *made, const struct shape *s, int *err)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_skel_run_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_skel_result res = { 0 };
	struct bemu *em = make_kernel();
	struct bemu_task *task = NULL;
	struct bemu_skel *skel = NULL;
	struct bemu_skel_mem mem;
	struct bemu_env *env;
	struct bemu_backend be;

	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	assert_int_equal(bemu_skel_read_raw(env, made->res.data, made->res.data_len,
					    made->res.insns,
					    made->res.nr_insns * sizeof(*made->res.insns),
					    s->nr_maps, s->nr_progs, &skel),
			 0);
	skel->fd_map_len = made->blob.fd_map_len; /* aux-map: the pointer is taken as given */
	bemu_skel_mem_init(&mem, env);
	opts.mem = &mem;
	topts.mem = &mem.ops;
	assert_int_equal(bemu_task_new(em, &topts, &task), 0);
	memset(&witness, 0, sizeof(witness));
	witness.watch = (struct bemu_watch){
		.size = sizeof(witness.watch), .begin = on_begin, .end = on_end, .ctx = &witness
	};
	bemu_task_watch(task, &witness.watch);
	bemu_backend_sys(task, &be);
	*err = bemu_skel_run(skel, &be, &opts, &res);
	bemu_mem_free(env, res.ctx);
	bemu_task_exit(task);
	bemu_skel_mem_fini(&mem);
	bemu_skel_free(skel);
	bemu_env_free(env);
	bemu_free(em);
	return res.err;
}

static void add_call(const struct bemu_load_gen *rec, uint32_t idx, const char *name, bool weak)
{
	const struct bemu_load_gen_symbol sym = {
		.name = name, .insn_idx = idx, .is_func = true, .is_weak = weak
	};

	rec->add_symbol(rec->ctx, &sym);
}

/* Calls, then calls that are jumped over, then calls; the words of the second begin at @nr + 2. */
static void add_prog(const struct bemu_load_gen *rec, uint32_t nr, uint32_t nr_dead,
		     uint32_t nr_last)
{
	static struct bpf_insn insns[SHAPE_MAX_KFUNCS + 4];
	const struct bemu_attr_prog_load attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = nr + nr_dead + nr_last + 4,
		.license = (uintptr_t) "GPL",
	};
	uint32_t i, all = attr.insn_cnt - 2;

	for (i = 0; i < all; i++)
		insns[i] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					      .src_reg = BPF_PSEUDO_KFUNC_CALL };
	insns[nr] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1 };
	insns[nr + 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_JEQ | BPF_K,
					   .dst_reg = BPF_REG_1,
					   .off = (int16_t)nr_dead };
	insns[all] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[all + 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	rec->load_prog(rec->ctx, &attr);
}

/* Programs that call functions of both modules and of the kernel, one of them twice. */
static void generate_calls(struct shape_run *made, const struct shape *s)
{
	const struct bemu_load_gen *rec = shape_begin(made, s);
	uint32_t i;

	shape_maps(rec, s);
	for (i = 0; i < s->nr_progs; i++) {
		add_call(rec, 0, "f_m1", false);
		add_call(rec, 1, "f_vm", false);
		add_call(rec, 2, "f_m2", false);
		add_call(rec, 5, "gone", true);
		add_call(rec, 6, "f_m1", false);
		add_prog(rec, 3, 1, 1);
	}
	shape_finish(made, rec);
	assert_int_equal(made->err, 0);
}

#define ONE_PROG "f_m1 f_vm f_m2 - f_m1 "

/* ---- tests ---- */

static void calls_reach_what_they_name_in_every_layout(void **state)
{
	struct shape s = { .nr_maps = 3, .nr_data = 2, .data_len = 40, .nr_progs = 2 };
	struct shape_run made;
	int err;

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
		generate_calls(&made, &s);
		assert_int_equal(run_loader(&made, &s, &err), 0);
		assert_int_equal(err, 0);
		assert_string_equal(witness.calls, ONE_PROG ONE_PROG);
		shape_end(&made);
	}
}

/* @nr maps of which the last has contents of @len bytes; one program with the words of all */
static void generate_map_words(struct shape_run *made, const struct shape *s)
{
	static struct bpf_insn insns[2 * 64 + 2];
	const struct bemu_load_gen *rec = shape_begin(made, s);
	const struct bemu_attr_prog_load attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2 * s->nr_maps + 2,
		.license = (uintptr_t) "GPL",
	};
	uint32_t i;

	assert_true(attr.insn_cnt <= BEMU_ARRAY_SIZE(insns));
	memset(insns, 0, sizeof(insns));
	for (i = 0; i < s->nr_maps; i++)
		insns[2 * i] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
						  .dst_reg = BPF_REG_1,
						  .src_reg = i & 1 ? BPF_PSEUDO_MAP_IDX_VALUE
								   : BPF_PSEUDO_MAP_IDX,
						  .imm = (int32_t)i };
	insns[2 * i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[2 * i + 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	shape_maps(rec, s);
	rec->load_prog(rec->ctx, &attr);
	shape_finish(made, rec);
	assert_int_equal(made->err, 0);
}

/* Places of maps follow each other everywhere but under sparse. */
static void words_of_maps_select_them_in_every_layout(void **state)
{
	static const struct {
		uint32_t nr_maps, data_len;
	} rows[] = { { 1, 8 }, { 3, 40 }, { 59, 65536 }, { 59, 200000 } };
	struct shape s = { .nr_data = 1, .nr_progs = 1 };
	struct shape_run made;
	char want[512], name[16];
	uint32_t k;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		s.nr_maps = rows[i].nr_maps;
		s.data_len = rows[i].data_len;
		want[0] = '\0';
		for (k = 0; k < s.nr_maps; k++) {
			snprintf(name, sizeof(name), "m%u ", k);
			strcat(want, name);
		}
		for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
			generate_map_words(&made, &s);
			assert_int_equal(run_loader(&made, &s, &err), 0);
			assert_int_equal(err, 0);
			assert_string_equal(witness.calls, want);
			shape_end(&made);
		}
	}
}

/* The distance to the first map's place is measured in bytes of other data. */
static void far_places_are_missed_under_sparse_and_only_there(void **state)
{
	struct shape s = { .nr_maps = 2, .nr_data = 1, .nr_progs = 1, .any_off = true };
	struct shape_run made;
	int err;

	(void)state;
	s.data_len = 131072;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
		generate_calls(&made, &s);
		if (s.layout == BEMU_LAYOUT_SPARSE) {
			assert_int_equal(run_loader(&made, &s, &err), -EINVAL);
			assert_string_equal(witness.calls, "! f_vm ! - ! ");
		} else {
			assert_int_equal(run_loader(&made, &s, &err), 0);
			assert_string_equal(witness.calls, ONE_PROG);
		}
		assert_int_equal(err, 0);
		shape_end(&made);
	}
}

static void without_a_map_the_first_kfunc_of_sparse_is_taken_for_the_kernels(void **state)
{
	struct shape s = { .layout = BEMU_LAYOUT_SPARSE, .nr_progs = 1 };
	struct shape_run made;
	uint64_t sel;
	int err;

	(void)state;
	generate_calls(&made, &s);
	assert_int_equal(made.blob.slots[0].idx, 0);
	assert_int_equal(bemu_blob_hit(&made.blob, &made.blob.calls[0], &sel),
			 BEMU_BLOB_HIT_KERNEL);
	/* id 4 of vmlinux: there is none */
	assert_int_equal(run_loader(&made, &s, &err), -EINVAL);
	assert_string_equal(witness.calls, "? f_vm f_m2 - ? ");
	shape_end(&made);

	/* one map, and it is gone */
	s.nr_maps = 1;
	generate_calls(&made, &s);
	assert_int_equal(run_loader(&made, &s, &err), 0);
	assert_string_equal(witness.calls, ONE_PROG);
	shape_end(&made);
}

/* Rows of the truncation table as the kernel answers them. The map is full of zeroes: FD 0 is no BTF. */
static void the_kernel_answers_a_cut_index_as_the_table_says(void **state)
{
	static const struct {
		uint32_t gap;
		int err;
		const char *calls;
	} rows[] = {
		{ 131068, 0, "f_m1 " },	   { 131072, -EINVAL, "! " }, { 131080, -EINVAL, "! " },
		{ 196608, -EINVAL, "! " }, { 262140, -EINVAL, "! " }, { 262144, -EINVAL, "? " },
		{ 262148, -EINVAL, "? " }, { 262400, -EINVAL, "? " }, { 393216, -EINVAL, "! " },
		{ 524288, -EINVAL, "? " },
	};
	struct shape s = { .layout = BEMU_LAYOUT_SPARSE,
			   .nr_maps = 2,
			   .nr_data = 1,
			   .nr_progs = 1,
			   .any_off = true,
			   .unaligned = true };
	uint32_t fixed = 0;
	size_t i;

	(void)state;
	/* the first round finds out what is always in between */
	for (i = 0; i <= BEMU_ARRAY_SIZE(rows); i++) {
		const struct bemu_load_gen *rec;
		struct shape_run made;
		int err;

		s.data_len = i ? rows[i - 1].gap - fixed : 1;
		rec = shape_begin(&made, &s);
		shape_maps(rec, &s);
		add_call(rec, 0, "f_m1", false);
		add_prog(rec, 1, 0, 0);
		shape_finish(&made, rec);
		assert_int_equal(made.err, 0);
		if (!i) {
			fixed = made.blob.slots[2].off - made.blob.base - s.data_len;
		} else {
			assert_int_equal(made.blob.slots[2].off - made.blob.base, rows[i - 1].gap);
			assert_int_equal(run_loader(&made, &s, &err), rows[i - 1].err);
			assert_int_equal(err, 0);
			assert_string_equal(witness.calls, rows[i - 1].calls);
		}
		shape_end(&made);
	}
}

/*
 * The worst row: index 65536 + 64 is the first kfunc's place. 255 weak symbols that are not there use up
 * the others, so that the kernel has little to count; the 257th is taken for a function of the other module,
 * and the program loads.
 */
static void a_cut_index_can_load_the_wrong_function(void **state)
{
	struct shape s = { .layout = BEMU_LAYOUT_RESERVED,
			   .nr_maps = 1,
			   .nr_data = 1,
			   .nr_progs = 1,
			   .any_off = true };
	uint32_t round, fixed = 0, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		const struct bemu_load_gen *rec;
		struct shape_run made;
		int err;

		s.data_len = round ? 4 * (65536 + 64) - fixed : 8;
		rec = shape_begin(&made, &s);
		shape_maps(rec, &s);
		add_call(rec, 0, "f_m1", false);
		for (i = 0; i < 255; i++) {
			static char gone[255][8];

			snprintf(gone[i], sizeof(gone[i]), "x%u", i);
			add_call(rec, 3 + i, gone[i], true);
		}
		add_call(rec, 3 + i, "other", false);
		add_prog(rec, 1, 255, 1);
		shape_finish(&made, rec);
		assert_int_equal(made.err, 0);
		if (!round) {
			fixed = made.blob.slots[257].off - s.data_len;
		} else {
			assert_int_equal(made.blob.slots[257].idx, 65600);
			assert_int_equal(made.blob.calls[256].off, 64);
			/* no errno; but "other" has the id of f_m1, and so that is what is called */
			assert_int_equal(run_loader(&made, &s, &err), 0);
			assert_string_equal(witness.found[witness.nr - 1].name, "other");
			assert_int_equal(witness.found[0].id, witness.found[witness.nr - 1].id);
			assert_string_equal(name_of(&witness, 4, witness.found[0].fd), "f_m1");
		}
		shape_end(&made);
	}
}

static void the_kernel_counts_256_kfuncs_whatever_the_layout(void **state)
{
	struct shape s = { .nr_maps = 1, .nr_progs = 1, .strong = true };
	struct shape_run made;
	int err;

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++)
		for (s.nr_kfuncs = 256; s.nr_kfuncs <= 257; s.nr_kfuncs++) {
			shape_generate(&made, &s);
			assert_int_equal(made.err, 0);
			assert_int_equal(run_loader(&made, &s, &err),
					 s.nr_kfuncs == 256 ? 0 : -E2BIG);
			shape_end(&made);
		}
}

/* The generator does not count programs: the 33rd number would be above the stack of the loader. */
static void the_33rd_program_has_no_place_on_the_stack(void **state)
{
	struct shape s = { 0 };
	struct shape_run made;
	int err;

	(void)state;
	for (s.nr_progs = 32; s.nr_progs <= 33; s.nr_progs++) {
		shape_generate(&made, &s);
		assert_int_equal(made.err, 0);
		assert_int_equal(run_loader(&made, &s, &err), 0);
		/* what the verifier would refuse, the emulator does not run */
		assert_int_equal(err, s.nr_progs == 32 ? 0 : -EOPNOTSUPP);
		shape_end(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_reach_what_they_name_in_every_layout),
		cmocka_unit_test(words_of_maps_select_them_in_every_layout),
		cmocka_unit_test(far_places_are_missed_under_sparse_and_only_there),
		cmocka_unit_test(without_a_map_the_first_kfunc_of_sparse_is_taken_for_the_kernels),
		cmocka_unit_test(the_kernel_answers_a_cut_index_as_the_table_says),
		cmocka_unit_test(a_cut_index_can_load_the_wrong_function),
		cmocka_unit_test(the_33rd_program_has_no_place_on_the_stack),
		cmocka_unit_test(the_kernel_counts_256_kfuncs_whatever_the_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
