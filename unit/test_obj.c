// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The open phase, piece by piece: images that are written here, each with one thing that matters.
 * What is refused has libbpf's errno, a reason and a position.
 */
#include <errno.h>
#include <stdio.h>

#include "btf/encode.h"
#include "obj/obj.h"
#include "obj_image.h"

#define INSN(c, d, s, o, i)                                                                 \
	{                                                                                   \
		.code = (c), .dst_reg = (d)&0xf, .src_reg = (s)&0xf, .off = (o), .imm = (i) \
	}
#define LD64(dst)    INSN(BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, 0), INSN(0, 0, 0, 0, 0)
#define EXIT	     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CALL(src, i) INSN(BPF_JMP | BPF_CALL, 0, src, 0, i)

enum { EXEC = SHF_ALLOC | SHF_EXECINSTR, DATA = SHF_ALLOC | SHF_WRITE };

/* An object with everything once; the indices are those of its parts. */
struct sample {
	struct image im;
	struct bemu_btf_enc *enc;
	uint32_t text, prog_sec, maps, data, bss, license, btf, rel_prog, rel_maps;
	uint32_t sym_prog, sym_sub, sym_inner, sym_outer, sym_x, sym_kconfig, sym_kfunc;
	uint32_t int_id, maps_sec_id, ksyms_id, kconfig_id, var_x_id, kfunc_id, cfg_id;
};

static const struct bpf_insn prog_code[] = {
	LD64(1), /* 0: outer */
	LD64(2), /* 2: x */
	LD64(3), /* 4: CONFIG_A */
	CALL(1, -1), /* 6: sub */
	CALL(0, -1), /* 7: kf */
	EXIT, /* 8 */
};
static const struct bpf_insn text_code[] = { EXIT, EXIT };

/* int (*name)[value] */
static void attr(struct bemu_btf_enc *enc, uint32_t int_id, uint32_t *ids, uint32_t value)
{
	*ids = bemu_btf_enc_ref(enc, BTF_KIND_PTR, "",
				bemu_btf_enc_array(enc, int_id, int_id, value));
}

static void sample_btf(struct sample *s, struct bemu_env *env)
{
	uint32_t type_hash, type_outer, entries, ptr_int, inner, outer, values, proto, sec;
	struct bemu_btf_enc *enc;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	s->enc = enc;
	s->int_id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	attr(enc, s->int_id, &type_hash, BPF_MAP_TYPE_HASH);
	attr(enc, s->int_id, &type_outer, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	attr(enc, s->int_id, &entries, 7);
	ptr_int = bemu_btf_enc_ref(enc, BTF_KIND_PTR, "", s->int_id);
	inner = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "", 32);
	bemu_btf_enc_member(enc, "type", type_hash, 0, 0);
	bemu_btf_enc_member(enc, "key", ptr_int, 64, 0);
	bemu_btf_enc_member(enc, "value", ptr_int, 128, 0);
	bemu_btf_enc_member(enc, "max_entries", entries, 192, 0);
	values = bemu_btf_enc_array(enc, bemu_btf_enc_ref(enc, BTF_KIND_PTR, "", inner), s->int_id,
				    0);
	outer = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "", 24);
	bemu_btf_enc_member(enc, "type", type_outer, 0, 0);
	bemu_btf_enc_member(enc, "key", ptr_int, 64, 0);
	bemu_btf_enc_member(enc, "max_entries", entries, 128, 0);
	bemu_btf_enc_member(enc, "values", values, 192, 0);
	inner = bemu_btf_enc_var(enc, "inner", BTF_VAR_GLOBAL_ALLOCATED, inner);
	outer = bemu_btf_enc_var(enc, "outer", BTF_VAR_GLOBAL_ALLOCATED, outer);
	s->var_x_id = bemu_btf_enc_var(enc, "x", BTF_VAR_GLOBAL_ALLOCATED, s->int_id);
	s->cfg_id = bemu_btf_enc_var(enc, "CONFIG_A", BTF_VAR_GLOBAL_EXTERN, s->int_id);
	proto = bemu_btf_enc_func_proto(enc, s->int_id);
	bemu_btf_enc_param(enc, "", s->int_id);
	s->kfunc_id = bemu_btf_enc_func(enc, "kf___flavour", BTF_FUNC_EXTERN, proto);
	(void)bemu_btf_enc_func(enc, "sub", BTF_FUNC_GLOBAL, proto);
	s->maps_sec_id = bemu_btf_enc_datasec(enc, ".maps", 0);
	/* the second one first: open sorts entries by the offsets that it finds in the symbols */
	bemu_btf_enc_secinfo(enc, outer, 0, 40);
	bemu_btf_enc_secinfo(enc, inner, 0, 32);
	sec = bemu_btf_enc_datasec(enc, ".data", 0);
	bemu_btf_enc_secinfo(enc, s->var_x_id, 0, 4);
	(void)sec;
	s->kconfig_id = bemu_btf_enc_datasec(enc, ".kconfig", 0);
	bemu_btf_enc_secinfo(enc, s->cfg_id, 0, 4);
	s->ksyms_id = bemu_btf_enc_datasec(enc, ".ksyms", 0);
	bemu_btf_enc_secinfo(enc, s->kfunc_id, 0, 0);
}

static void sample_init(struct sample *s, struct bemu_env *env)
{
	static const char zeroes[72];
	static const uint32_t x = 5;
	struct image *im = &s->im;

	memset(s, 0, sizeof(*s));
	sample_btf(s, env);
	image_init(im, env);
	s->text = image_sec(im, ".text", SHT_PROGBITS, EXEC, text_code, sizeof(text_code));
	s->prog_sec = image_sec(im, "?xdp", SHT_PROGBITS, EXEC, prog_code, sizeof(prog_code));
	s->maps = image_sec(im, ".maps", SHT_PROGBITS, DATA, zeroes, sizeof(zeroes));
	s->data = image_sec(im, ".data", SHT_PROGBITS, DATA, &x, sizeof(x));
	s->bss = image_sec(im, ".bss.own", SHT_NOBITS, DATA, NULL, 24);
	s->license = image_sec(im, "license", SHT_PROGBITS, DATA, "GPL", 4);
	s->sym_prog = image_sym(im, "main_prog", STB_GLOBAL, STT_FUNC, STV_DEFAULT, s->prog_sec, 0,
				sizeof(prog_code));
	s->sym_sub = image_sym(im, "sub", STB_GLOBAL, STT_FUNC, STV_HIDDEN, s->text, 8, 8);
	s->sym_inner = image_sym(im, "inner", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s->maps, 0, 32);
	s->sym_outer = image_sym(im, "outer", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s->maps, 32, 40);
	s->sym_x = image_sym(im, "x", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s->data, 0, 4);
	s->sym_kconfig = image_sym(im, "CONFIG_A", STB_WEAK, STT_NOTYPE, STV_DEFAULT, 0, 0, 0);
	s->sym_kfunc = image_sym(im, "kf___flavour", STB_GLOBAL, STT_NOTYPE, STV_DEFAULT, 0, 0, 0);
	s->rel_prog = image_rel_sec(im, ".rel?xdp", s->prog_sec);
	image_rel(im, s->rel_prog, 0, s->sym_outer);
	image_rel(im, s->rel_prog, 16, s->sym_x);
	image_rel(im, s->rel_prog, 32, s->sym_kconfig);
	image_rel(im, s->rel_prog, 48, s->sym_sub);
	image_rel(im, s->rel_prog, 56, s->sym_kfunc);
	s->rel_maps = image_rel_sec(im, ".rel.maps", s->maps);
	image_rel(im, s->rel_maps, 32 + 24 + 8, s->sym_inner);
}

/* The image with its BTF, as one block of this env. */
static void *sample_finish(struct sample *s, size_t *len)
{
	size_t btf_len;
	void *btf;

	if (s->enc) {
		assert_int_equal(bemu_btf_enc_finish(s->enc, false, &btf, &btf_len), 0);
		bemu_btf_enc_free(s->enc);
		s->btf = image_sec(&s->im, ".BTF", SHT_PROGBITS, 0, btf, btf_len);
		bemu_mem_free(s->im.env, btf);
	}
	return image_finish(&s->im, len);
}

static struct bemu_obj *open_sample(struct bemu_env *env, struct sample *s, uint32_t libbpf)
{
	struct bemu_obj_opts opts = { .size = sizeof(opts),
				      .libbpf = libbpf,
				      .path = "dir/sample_object.bpf.o" };
	struct bemu_obj *obj = NULL;
	size_t len;
	void *image = sample_finish(s, &len);

	assert_int_equal(bemu_obj_parse(env, image, len, &opts, &obj), 0);
	bemu_mem_free(env, image);
	return obj;
}

static void close_sample(struct bemu_env *env, struct bemu_obj *obj)
{
	bemu_obj_free(obj);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void programs_are_sorted_and_typed_by_section(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	obj = open_sample(env, &s, 0);
	assert_string_equal(obj->name, "sample_object");
	assert_string_equal(obj->license, "GPL");
	assert_int_equal(obj->nr_progs, 2);
	assert_string_equal(obj->progs[0].name, "sub");
	assert_true(obj->progs[0].is_subprog);
	assert_true(obj->progs[0].hidden);
	assert_int_equal(obj->progs[0].sec_insn_off, 1);
	assert_string_equal(obj->progs[1].name, "main_prog");
	assert_string_equal(obj->progs[1].sec_name, "xdp");
	assert_false(obj->progs[1].autoload);
	assert_int_equal(obj->progs[1].type, BPF_PROG_TYPE_XDP);
	assert_int_equal(obj->progs[1].expected_attach_type, BPF_XDP);
	assert_true(obj->progs[1].exp_attach_type_optional);
	assert_memory_equal(obj->progs[1].insns, prog_code, sizeof(prog_code));
	close_sample(env, obj);
}

static void maps_come_as_user_data_kconfig(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	obj = open_sample(env, &s, 0);
	assert_int_equal(obj->nr_maps, 5);
	assert_string_equal(obj->maps[0].name, "inner");
	assert_int_equal(obj->maps[0].type, BPF_MAP_TYPE_HASH);
	assert_int_equal(obj->maps[0].max_entries, 7);
	assert_int_equal(obj->maps[0].btf_key_type_id, s.int_id);
	assert_string_equal(obj->maps[1].name, "outer");
	assert_int_equal(obj->maps[1].sec_off, 32);
	assert_int_equal(obj->maps[1].value_size, 4);
	assert_string_equal(obj->maps[1].inner->name, "outer.inner");
	assert_int_equal(obj->maps[1].inner->type, BPF_MAP_TYPE_HASH);
	assert_int_equal(obj->maps[1].nr_slots, 2);
	assert_int_equal(obj->maps[1].slots[0], BEMU_OBJ_NO_SLOT);
	assert_int_equal(obj->maps[1].slots[1], 0);
	assert_string_equal(obj->maps[2].name, "sample_o.data");
	assert_int_equal(obj->maps[2].map_flags, BPF_F_MMAPABLE);
	assert_int_equal(*(const uint32_t *)obj->maps[2].data, 5);
	assert_string_equal(obj->maps[3].name, ".bss.own");
	assert_int_equal(obj->maps[3].value_size, 24);
	assert_int_equal(obj->maps[3].map_flags, 0);
	assert_null(obj->maps[3].data);
	assert_string_equal(obj->maps[4].name, "sample_.kconfig");
	assert_int_equal(obj->maps[4].map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	assert_int_equal(obj->kconfig_map_idx, 4);
	close_sample(env, obj);
}

static void relocations_are_classified_by_instruction_and_symbol(void **state)
{
	static const struct bemu_obj_reloc expect[] = {
		{ .kind = BEMU_RELOC_LD64, .insn_idx = 0, .map_idx = 1 },
		{ .kind = BEMU_RELOC_DATA, .insn_idx = 2, .map_idx = 2 },
		{ .kind = BEMU_RELOC_EXTERN_LD64, .insn_idx = 4, .ext_idx = 0 },
		{ .kind = BEMU_RELOC_CALL, .insn_idx = 6, .sym_off = 8 },
		{ .kind = BEMU_RELOC_EXTERN_CALL, .insn_idx = 7, .ext_idx = 1 },
	};
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	obj = open_sample(env, &s, 0);
	assert_int_equal(obj->progs[1].nr_relocs, BEMU_ARRAY_SIZE(expect));
	assert_memory_equal(obj->progs[1].relocs, expect, sizeof(expect));
	assert_true(obj->has_subcalls);
	close_sample(env, obj);
}

/* .ksyms and .kconfig as libbpf will upload them, with the dummy variable behind the last type. */
static void extern_sections_become_variables(void **state)
{
	struct bemu_env *env = test_env();
	const struct btf_var_secinfo *entry;
	const struct btf_type *t;
	struct bemu_obj *obj;
	struct sample s;
	uint32_t dummy;

	(void)state;
	sample_init(&s, env);
	obj = open_sample(env, &s, 0);
	assert_int_equal(obj->nr_externs, 2);
	assert_string_equal(obj->externs[0].name, "CONFIG_A");
	assert_true(obj->externs[0].is_weak);
	assert_int_equal(obj->externs[0].kcfg_type, BEMU_KCFG_INT);
	assert_true(obj->externs[0].kcfg_is_signed);
	assert_true(obj->externs[1].is_func);
	assert_int_equal(obj->externs[1].essential_len, 2);
	dummy = bemu_btf_nr_types(obj->btf) - 1;
	assert_string_equal(bemu_btf_name(obj->btf, dummy), "dummy_ksym");
	assert_int_equal(bemu_btf_type(obj->btf, dummy)->type, s.int_id);
	t = bemu_btf_type(obj->btf, s.ksyms_id);
	entry = bemu_btf_secinfos(t);
	assert_int_equal(t->size, 4);
	assert_int_equal(entry->type, dummy);
	assert_int_equal(entry->size, 4);
	t = bemu_btf_type(obj->btf, s.kfunc_id);
	assert_int_equal(bemu_btf_vlen(t), BTF_FUNC_GLOBAL);
	t = bemu_btf_type(obj->btf, t->type);
	assert_string_equal(bemu_btf_str(obj->btf, bemu_btf_params(t)->name_off), "dummy_ksym");
	t = bemu_btf_type(obj->btf, s.kconfig_id);
	assert_int_equal(t->size, 4);
	assert_int_equal(bemu_btf_var(bemu_btf_type(obj->btf, s.cfg_id))->linkage,
			 BTF_VAR_GLOBAL_ALLOCATED);
	/* the hidden subprogram is a static one */
	assert_int_equal(bemu_btf_vlen(bemu_btf_type(
				 obj->btf, bemu_btf_find(obj->btf, "sub", BTF_KIND_FUNC, false))),
			 BTF_FUNC_STATIC);
	close_sample(env, obj);
}

static void flavours_of_externs_are_unknown_to_1_1(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	obj = open_sample(env, &s, BEMU_LIBBPF_1_1);
	assert_int_equal(obj->externs[1].essential_len, strlen("kf___flavour"));
	close_sample(env, obj);
}

static void a_function_alone_in_text_is_an_entry_until_1_5(void **state)
{
	static const uint32_t versions[] = { BEMU_LIBBPF_1_1, BEMU_LIBBPF_1_5, BEMU_LIBBPF_1_7 };
	struct bemu_obj *obj;
	struct sample s;
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(versions); i++) {
		struct bemu_env *env = test_env();

		memset(&s, 0, sizeof(s));
		image_init(&s.im, env);
		s.text =
			image_sec(&s.im, ".text", SHT_PROGBITS, EXEC, text_code, sizeof(text_code));
		image_sym(&s.im, "only", STB_GLOBAL, STT_FUNC, STV_DEFAULT, s.text, 0, 16);
		obj = open_sample(env, &s, versions[i]);
		assert_int_equal(obj->progs[0].is_subprog, versions[i] != BEMU_LIBBPF_1_1);
		close_sample(env, obj);
	}
}

/* Two names of one function: qsort() gets no order for them, and glibc's leaves the later one first. */
static void aliases_change_places(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	memset(&s, 0, sizeof(s));
	image_init(&s.im, env);
	s.text = image_sec(&s.im, ".text", SHT_PROGBITS, EXEC, text_code, sizeof(text_code));
	image_sym(&s.im, "first", STB_GLOBAL, STT_FUNC, STV_DEFAULT, s.text, 0, 16);
	image_sym(&s.im, "second", STB_GLOBAL, STT_FUNC, STV_DEFAULT, s.text, 0, 16);
	obj = open_sample(env, &s, 0);
	assert_string_equal(obj->progs[0].name, "second");
	assert_string_equal(obj->progs[1].name, "first");
	close_sample(env, obj);
}

/* ---- section names ---- */

struct sec_case {
	const char *name;
	uint32_t libbpf, type, attach;
	bool sleepable;
};

static const struct sec_case sec_cases[] = {
	{ "kprobe", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_KPROBE, 0, false },
	{ "kprobe/do_exit", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_KPROBE, 0, false },
	{ "kprobe+", BEMU_LIBBPF_1_7, 0, 0, false },
	{ "kprobes", BEMU_LIBBPF_1_7, 0, 0, false },
	{ "tc", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_SCHED_CLS, 0, false },
	{ "tc/ingress", BEMU_LIBBPF_1_1, 0, 0, false },
	{ "tc/ingress", BEMU_LIBBPF_1_5, BPF_PROG_TYPE_SCHED_CLS, 46, false },
	{ "usdt.s", BEMU_LIBBPF_1_1, 0, 0, false },
	{ "usdt.s/a:b:c", BEMU_LIBBPF_1_5, BPF_PROG_TYPE_KPROBE, 0, true },
	{ "fsession/x", BEMU_LIBBPF_1_5, 0, 0, false },
	{ "fsession/x", BEMU_LIBBPF_1_7, BPF_PROG_TYPE_TRACING, 58, false },
	{ "fentry.s/x", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, true },
	{ "lsm_cgroup/x", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP, false },
	{ "cgroup/getpeername_unix", BEMU_LIBBPF_1_5, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 52, false },
	{ "netfilter", BEMU_LIBBPF_1_7, BEMU_BPF_PROG_TYPE_NETFILTER, 45, false },
	{ "struct_ops.s/x", BEMU_LIBBPF_1_1, 0, 0, false },
	{ "syscall", BEMU_LIBBPF_1_1, BPF_PROG_TYPE_SYSCALL, 0, true },
	{ "xdp/more", BEMU_LIBBPF_1_7, 0, 0, false },
};

static void names_give_types_by_release(void **state)
{
	struct bemu_obj *obj;
	struct sample s;
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(sec_cases); i++) {
		const struct sec_case *c = &sec_cases[i];
		struct bemu_env *env = test_env();
		uint32_t sec;

		memset(&s, 0, sizeof(s));
		image_init(&s.im, env);
		sec = image_sec(&s.im, c->name, SHT_PROGBITS, EXEC, text_code, sizeof(text_code));
		image_sym(&s.im, "p", STB_GLOBAL, STT_FUNC, STV_DEFAULT, sec, 0, 16);
		obj = open_sample(env, &s, c->libbpf);
		if (obj->progs[0].type != c->type ||
		    obj->progs[0].expected_attach_type != c->attach ||
		    obj->progs[0].prog_flags != (c->sleepable ? (uint32_t)BPF_F_SLEEPABLE : 0))
			fail_msg("%s (libbpf %u): type %u, attach %u, flags %u", c->name, c->libbpf,
				 obj->progs[0].type, obj->progs[0].expected_attach_type,
				 obj->progs[0].prog_flags);
		assert_int_equal(obj->progs[0].sec_def_found, c->type != 0);
		close_sample(env, obj);
	}
}

/* ---- ring buffers ---- */

static void ring_buffers_grow_to_a_power_of_two_of_pages(void **state)
{
	static const uint32_t sizes[][2] = {
		{ 0, 0 },
		{ 1, 4096 },
		{ 4096, 4096 },
		{ 4097, 8192 },
		{ 12288, 16384 },
		{ 0x80000000, 0x80000000 },
		{ 0x7fffffff, 0x80000000 },
		{ 0x80000001, 0x80000001 },
	};
	struct bemu_btf_enc *enc;
	struct bemu_obj *obj;
	struct sample s;
	uint32_t type, entries, int_id, def;
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(sizes); i++) {
		struct bemu_env *env = test_env();

		memset(&s, 0, sizeof(s));
		assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
		s.enc = enc;
		int_id = bemu_btf_enc_int(enc, "int", 4, 0);
		attr(enc, int_id, &type, BPF_MAP_TYPE_RINGBUF);
		attr(enc, int_id, &entries, sizes[i][0]);
		def = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "", 16);
		bemu_btf_enc_member(enc, "type", type, 0, 0);
		bemu_btf_enc_member(enc, "max_entries", entries, 64, 0);
		def = bemu_btf_enc_var(enc, "ring", BTF_VAR_GLOBAL_ALLOCATED, def);
		(void)bemu_btf_enc_datasec(enc, ".maps", 16);
		bemu_btf_enc_secinfo(enc, def, 0, 16);
		image_init(&s.im, env);
		s.maps = image_sec(&s.im, ".maps", SHT_NOBITS, DATA, NULL, 16);
		image_sym(&s.im, "ring", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s.maps, 0, 16);
		obj = open_sample(env, &s, 0);
		assert_int_equal(obj->maps[0].max_entries, sizes[i][1]);
		close_sample(env, obj);
	}
}

/* ---- struct_ops: only the first variable of a '?' section is not created by default ---- */

static void question_mark_counts_for_the_first_struct_ops_only(void **state)
{
	static const char zeroes[16];
	struct bemu_env *env = test_env();
	struct bemu_btf_enc *enc;
	struct bemu_obj *obj;
	struct sample s;
	uint32_t def, a, b, sec, proto, ptr;

	(void)state;
	memset(&s, 0, sizeof(s));
	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	s.enc = enc;
	proto = bemu_btf_enc_func_proto(enc, 0);
	ptr = bemu_btf_enc_ref(enc, BTF_KIND_PTR, "", proto);
	def = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "ops", 8);
	bemu_btf_enc_member(enc, "run", ptr, 0, 0);
	a = bemu_btf_enc_var(enc, "a", BTF_VAR_GLOBAL_ALLOCATED, def);
	b = bemu_btf_enc_var(enc, "b", BTF_VAR_GLOBAL_ALLOCATED, def);
	(void)bemu_btf_enc_datasec(enc, "?.struct_ops.link", 16);
	bemu_btf_enc_secinfo(enc, a, 0, 8);
	bemu_btf_enc_secinfo(enc, b, 8, 8);
	image_init(&s.im, env);
	sec = image_sec(&s.im, "struct_ops/run", SHT_PROGBITS, EXEC, text_code, sizeof(text_code));
	image_sym(&s.im, "run", STB_GLOBAL, STT_FUNC, STV_DEFAULT, sec, 8, 8);
	s.data = image_sec(&s.im, "?.struct_ops.link", SHT_PROGBITS, DATA, zeroes, sizeof(zeroes));
	image_sym(&s.im, "a", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s.data, 0, 8);
	image_sym(&s.im, "b", STB_GLOBAL, STT_OBJECT, STV_DEFAULT, s.data, 8, 8);
	image_rel(&s.im, image_rel_sec(&s.im, ".rel?.struct_ops.link", s.data), 8, 1);
	obj = open_sample(env, &s, 0);
	assert_int_equal(obj->nr_maps, 2);
	assert_false(obj->maps[0].autocreate);
	assert_true(obj->maps[1].autocreate);
	assert_int_equal(obj->maps[1].map_flags, 1u << 13);
	assert_int_equal(obj->maps[0].nr_members, 0);
	assert_int_equal(obj->maps[1].nr_members, 1);
	assert_int_equal(obj->maps[1].funcs[0].member_idx, 0);
	assert_int_equal(obj->maps[1].funcs[0].prog_idx, 0);
	close_sample(env, obj);
}

/* ---- what is refused ---- */

struct refusal {
	const char *name;
	void (*edit)(struct sample *s);
	uint32_t libbpf;
	int err;
	enum bemu_reason reason;
	uint64_t pos;
};

static void edit_class(struct sample *s)
{
	s->im.hdr.e_ident[EI_CLASS] = ELFCLASS32;
}

static void edit_machine(struct sample *s)
{
	s->im.hdr.e_machine = EM_X86_64;
}

static void edit_shstrndx(struct sample *s)
{
	s->im.hdr.e_shstrndx = 99;
}

static void edit_no_symtab(struct sample *s)
{
	s->im.hdrs[2].sh_type = SHT_PROGBITS;
}

static void edit_strtab_link(struct sample *s)
{
	s->im.hdrs[2].sh_link = 0;
	image_sym_at(&s->im, s->sym_prog)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
	image_sym_at(&s->im, s->sym_sub)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
}

static void edit_symbol_size(struct sample *s)
{
	s->im.hdrs[2].sh_entsize = 16;
}

static void edit_sec_name(struct sample *s)
{
	s->im.hdrs[s->data].sh_name = 0x10000;
}

static void edit_license(struct sample *s)
{
	s->im.hdrs[s->license].sh_type = SHT_NOBITS;
}

static void edit_legacy_maps(struct sample *s)
{
	image_sec(&s->im, "maps", SHT_PROGBITS, DATA, "12345678", 8);
}

static void edit_version(struct sample *s)
{
	image_sec(&s->im, "version", SHT_PROGBITS, DATA, "12345678", 8);
}

static void edit_prog_name(struct sample *s)
{
	image_sym_at(&s->im, s->sym_prog)->st_name = 0x10000;
}

static void edit_prog_end(struct sample *s)
{
	image_sym_at(&s->im, s->sym_prog)->st_size += 8;
}

static void edit_prog_wrap(struct sample *s)
{
	image_sym_at(&s->im, s->sym_prog)->st_value = UINT64_MAX - 7;
}

static void edit_prog_static(struct sample *s)
{
	image_sym_at(&s->im, s->sym_prog)->st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
}

static void edit_prog_odd(struct sample *s)
{
	image_sym_at(&s->im, s->sym_prog)->st_size -= 4;
}

static void edit_rel_entsize(struct sample *s)
{
	s->im.hdrs[s->rel_prog].sh_entsize = 24;
}

static void edit_rel_symbol(struct sample *s)
{
	image_rel(&s->im, s->rel_prog, 0, 1000);
}

static void edit_rel_absolute(struct sample *s)
{
	image_sym_at(&s->im, s->sym_x)->st_shndx = SHN_ABS;
}

static void edit_rel_offset(struct sample *s)
{
	image_rel(&s->im, s->rel_prog, 4, s->sym_x);
}

static void edit_rel_exit(struct sample *s)
{
	image_rel(&s->im, s->rel_prog, 64, s->sym_x);
}

static void edit_rel_license(struct sample *s)
{
	image_sym_at(&s->im, s->sym_x)->st_shndx = (uint16_t)s->license;
}

static void edit_rel_map_inside(struct sample *s)
{
	/* a symbol of its own, so that the definition stays where BTF has it */
	image_rel(&s->im, s->rel_prog, 0,
		  image_sym(&s->im, "", STB_LOCAL, STT_OBJECT, STV_DEFAULT, s->maps, 8, 8));
}

static void edit_call_elsewhere(struct sample *s)
{
	image_sym_at(&s->im, s->sym_sub)->st_shndx = (uint16_t)s->data;
}

static void edit_weak_sub_addr(struct sample *s)
{
	image_sym_at(&s->im, s->sym_sub)->st_info = ELF64_ST_INFO(STB_WEAK, STT_FUNC);
	image_rel(&s->im, s->rel_prog, 0, s->sym_sub);
}

static void edit_no_btf(struct sample *s)
{
	bemu_btf_enc_free(s->enc);
	s->enc = NULL;
}

static void edit_extern_unknown(struct sample *s)
{
	image_sym(&s->im, "unheard_of", STB_GLOBAL, STT_NOTYPE, STV_DEFAULT, 0, 0, 0);
}

/* add_dummy_ksym_var() comes first, so that this name finds a VAR of the wrong linkage */
static void edit_extern_dummy(struct sample *s)
{
	image_sym(&s->im, "dummy_ksym", STB_GLOBAL, STT_NOTYPE, STV_DEFAULT, 0, 0, 0);
}

static void edit_extern_unused(struct sample *s)
{
	image_sym_at(&s->im, s->sym_kfunc)->st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE);
	bemu_btf_enc_free(s->enc);
	sample_btf(s, s->im.env);
	/* .ksyms is only rewritten when some extern is in it */
	s->cfg_id = bemu_btf_enc_var(s->enc, "used", BTF_VAR_GLOBAL_EXTERN, s->int_id);
	(void)bemu_btf_enc_datasec(s->enc, ".ksyms", 0);
	bemu_btf_enc_secinfo(s->enc, s->cfg_id, 0, 0);
	bemu_btf_enc_secinfo(s->enc, s->kfunc_id, 0, 0);
	image_sym(&s->im, "used", STB_GLOBAL, STT_NOTYPE, STV_DEFAULT, 0, 0, 0);
}

static void edit_variable_gone(struct sample *s)
{
	image_sym_at(&s->im, s->sym_x)->st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
}

static void edit_symbol_name(struct sample *s)
{
	image_sym_at(&s->im, s->sym_x)->st_name = 0x10000;
}

static void edit_map_hidden(struct sample *s)
{
	image_sym_at(&s->im, s->sym_inner)->st_other = STV_HIDDEN;
}

static void edit_map_past_end(struct sample *s)
{
	image_sym_at(&s->im, s->sym_outer)->st_value = 40;
}

static void edit_slot_map(struct sample *s)
{
	image_rel(&s->im, s->rel_maps, 68, s->sym_inner);
}

static void edit_slot_target(struct sample *s)
{
	image_rel(&s->im, s->rel_maps, 64, s->sym_x);
}

static void edit_slot_not_values(struct sample *s)
{
	image_rel(&s->im, s->rel_maps, 32, s->sym_inner);
}

static void edit_slot_hash(struct sample *s)
{
	image_rel(&s->im, s->rel_maps, 0, s->sym_inner);
}

static void edit_bss_4g(struct sample *s)
{
	s->im.hdrs[s->bss].sh_size = 1ull << 32;
}

/* Sections, symbols, types and instructions have the numbers that struct sample gives them. */
static const struct refusal refusals[] = {
	{ "32 bits", edit_class, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_CLASS, ELFCLASS32 },
	{ "machine", edit_machine, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_TYPE, EM_X86_64 },
	{ "section names nowhere", edit_shstrndx, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_SEC_STRINGS, 99 },
	{ "no symbol table", edit_no_symtab, 0, -ENOENT, BEMU_R_OBJ_SYMTAB, 0 },
	{ "symbol names nowhere", edit_strtab_link, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_SYM_STRINGS, 0 },
	{ "symbols of 16 bytes", edit_symbol_size, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SYMTAB,
	  2 },
	{ "section name", edit_sec_name, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SECTION, 6 },
	{ "license of no bytes", edit_license, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_LICENSE, 8 },
	{ "legacy maps", edit_legacy_maps, 0, -ENOTSUP, BEMU_R_OBJ_LEGACY_MAPS, 11 },
	{ "version of 8 bytes", edit_version, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_VERSION, 11 },
	{ "program name", edit_prog_name, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_PROG_NAME, 1 },
	{ "program past the end", edit_prog_end, 0, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_PROG_BOUNDS,
	  1 },
	{ "program that wraps around", edit_prog_wrap, BEMU_LIBBPF_1_1, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_PROG_BOUNDS, 1 },
	{ "static program", edit_prog_static, 0, -ENOTSUP, BEMU_R_OBJ_PROG_STATIC, 1 },
	{ "program of odd size", edit_prog_odd, 0, -EINVAL, BEMU_R_OBJ_PROG_SIZE, 1 },
	{ "relocations of 24 bytes", edit_rel_entsize, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_REL_SECTION, 9 },
	{ "relocation without symbol", edit_rel_symbol, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_REL_ENTRY, 5 },
	{ "relocation inside an instruction", edit_rel_offset, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_REL_ENTRY, 5 },
	{ "relocation against an absolute symbol", edit_rel_absolute, 0, -BEMU_LIBBPF_ERR_FORMAT,
	  BEMU_R_OBJ_REL_ENTRY, 1 },
	{ "relocation of an exit", edit_rel_exit, 0, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_REL_INSN,
	  8 },
	{ "relocation against license", edit_rel_license, 0, -BEMU_LIBBPF_ERR_RELOC,
	  BEMU_R_OBJ_REL_TARGET, 2 },
	{ "relocation into a map", edit_rel_map_inside, 0, -BEMU_LIBBPF_ERR_RELOC,
	  BEMU_R_OBJ_REL_TARGET, 0 },
	{ "call into data", edit_call_elsewhere, 0, -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_REL_TARGET,
	  6 },
	{ "address of a weak function, 1.1", edit_weak_sub_addr, BEMU_LIBBPF_1_1,
	  -BEMU_LIBBPF_ERR_RELOC, BEMU_R_OBJ_REL_TARGET, 0 },
	{ "maps without BTF", edit_no_btf, 0, -ENOENT, BEMU_R_OBJ_BTF_NEEDED, 5 },
	{ "extern that BTF does not have", edit_extern_unknown, 0, -ENOENT, BEMU_R_OBJ_EXT_BTF, 8 },
	{ "extern with the dummy's name", edit_extern_dummy, 0, -EINVAL, BEMU_R_OBJ_EXT_LINKAGE,
	  24 },
	{ "entry of .ksyms without symbol", edit_extern_unused, 0, -ESRCH, BEMU_R_OBJ_EXT_SYMBOL,
	  18 },
	{ "variable without symbol", edit_variable_gone, 0, -ENOENT, BEMU_R_OBJ_DATASEC_SYMBOL,
	  15 },
	{ "variable behind a symbol without name", edit_symbol_name, 0, -ENOENT,
	  BEMU_R_OBJ_DATASEC_SYMBOL, 15 },
	{ "hidden map", edit_map_hidden, 0, -EOPNOTSUPP, BEMU_R_OBJ_MAP_VAR, 13 },
	{ "map past the end", edit_map_past_end, 0, -EINVAL, BEMU_R_OBJ_MAP_VAR, 14 },
	{ "value outside of the maps", edit_slot_map, 0, -EINVAL, BEMU_R_OBJ_SLOT_MAP, 1 },
	{ "value that is no map", edit_slot_target, 0, -BEMU_LIBBPF_ERR_RELOC,
	  BEMU_R_OBJ_SLOT_TARGET, 1 },
	{ "value in front of values", edit_slot_not_values, 0, -EINVAL, BEMU_R_OBJ_SLOT_PLACE, 1 },
	{ "value of a hash", edit_slot_hash, 0, -EINVAL, BEMU_R_OBJ_SLOT_PLACE, 1 },
	{ "data map of 0 bytes in 32 bits", edit_bss_4g, 0, -EINVAL, BEMU_R_OBJ_DATA_MAP, 7 },
};

static void refuses(void **state)
{
	const struct refusal *r = *state;
	struct bemu_obj_opts opts = { .size = sizeof(opts), .libbpf = r->libbpf };
	struct bemu_obj *untouched = (struct bemu_obj *)&opts, *obj = untouched;
	struct bemu_env *env = test_env();
	const struct bemu_log_record *rec;
	struct sample s;
	size_t len;
	void *image;
	int err;

	sample_init(&s, env);
	r->edit(&s);
	image = sample_finish(&s, &len);
	err = bemu_obj_parse(env, image, len, &opts, &obj);
	bemu_mem_free(env, image);
	rec = bemu_log_last(&env->log);
	assert_non_null(rec);
	if (err != r->err || rec->reason != (uint32_t)r->reason || rec->pos != r->pos)
		fail_msg("%d %s at %llu: %s", err, bemu_reason_name(rec->reason),
			 (unsigned long long)rec->pos, rec->text);
	assert_int_equal(rec->err, r->err);
	assert_ptr_equal(obj, untouched);
	assert_int_equal(env->fault, 0);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void names_that_are_out_of_bounds_are_told_with_both_numbers(void **state)
{
	static const struct {
		void (*edit)(struct sample *s);
		const char *text;
	} rows[] = {
		{ edit_sec_name, "sh_name 65536 is not in the " },
		{ edit_symbol_name, "whose st_name 65536 is not in the " },
		{ edit_variable_gone, "has no symbol among " },
	};
	size_t len, i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct bemu_env *env = test_env();
		struct bemu_obj *obj;
		struct sample s;
		void *image;

		sample_init(&s, env);
		rows[i].edit(&s);
		image = sample_finish(&s, &len);
		assert_int_not_equal(bemu_obj_parse(env, image, len, NULL, &obj), 0);
		bemu_mem_free(env, image);
		if (!strstr(bemu_log_last(&env->log)->text, rows[i].text))
			fail_msg("not \"%s\": %s", rows[i].text, bemu_log_last(&env->log)->text);
		bemu_env_free(env);
	}
}

static void weak_functions_have_addresses_since_1_5(void **state)
{
	struct bemu_env *env = test_env();
	struct bemu_obj *obj;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	edit_weak_sub_addr(&s);
	obj = open_sample(env, &s, BEMU_LIBBPF_1_5);
	assert_int_equal(obj->progs[1].nr_relocs, 6);
	assert_int_equal(obj->progs[1].relocs[0].kind, BEMU_RELOC_LD64);
	assert_int_equal(obj->progs[1].relocs[1].kind, BEMU_RELOC_SUBPROG_ADDR);
	close_sample(env, obj);
}

/* ---- memory and damage ---- */

struct bytes {
	const void *data;
	size_t len;
};

static int parse_once(struct bemu_env *env, void *arg)
{
	const struct bytes *in = arg;
	struct bemu_obj *untouched = (struct bemu_obj *)arg, *obj = untouched;
	int err = bemu_obj_parse(env, in->data, in->len, NULL, &obj);

	if (err)
		assert_ptr_equal(obj, untouched);
	else
		bemu_obj_free(obj);
	return err;
}

static void failed_allocations_leave_nothing(void **state)
{
	struct bemu_env *env = test_env();
	struct bytes in;
	struct sample s;

	(void)state;
	sample_init(&s, env);
	in.data = sample_finish(&s, &in.len);
	test_failure_sweep(parse_once, &in);
	bemu_mem_free(env, (void *)(uintptr_t)in.data);
	bemu_env_free(env);
}

/* Each byte in turn is wrong in three ways; and the image ends at each byte. */
static void damage_is_an_error_or_an_object(void **state)
{
	static const uint8_t masks[] = { 0xff, 0x01, 0x80 };
	struct bemu_env *env = test_env(), *work = test_env();
	unsigned long refused = 0, opened = 0;
	struct sample s;
	uint8_t *image, *exact;
	struct bytes in;
	size_t len, i, m;

	(void)state;
	sample_init(&s, env);
	image = sample_finish(&s, &len);
	for (m = 0; m <= BEMU_ARRAY_SIZE(masks); m++) {
		for (i = 0; i < len; i++) {
			in.len = m < BEMU_ARRAY_SIZE(masks) ? len : i;
			exact = malloc(in.len ? in.len : 1);
			assert_non_null(exact);
			memcpy(exact, image, in.len);
			if (m < BEMU_ARRAY_SIZE(masks))
				exact[i] ^= masks[m];
			in.data = exact;
			if (parse_once(work, &in))
				refused++;
			else
				opened++;
			free(exact);
			/* huge sizes may be more than this env holds; nothing else is a fault */
			assert_true(work->fault == 0 || work->fault == -ENOMEM);
			work->fault = 0;
			assert_int_equal(bemu_env_live(work), 0);
		}
	}
	assert_true(refused > len);
	assert_true(opened > 0);
	bemu_mem_free(env, image);
	bemu_env_free(work);
	bemu_env_free(env);
}

/* ---- the rest of the interface ---- */

static void errors_have_names(void **state)
{
	(void)state;
	assert_string_equal(bemu_obj_errno_name(-EINVAL), "-EINVAL");
	assert_string_equal(bemu_obj_errno_name(-ENOTSUP), "-EOPNOTSUPP");
	assert_string_equal(bemu_obj_errno_name(-BEMU_LIBBPF_ERR_RELOC), "-LIBBPF_ERRNO__RELOC");
	assert_string_equal(bemu_obj_errno_name(-4010), "-LIBBPF_ERRNO__PROGTYPE");
	assert_null(bemu_obj_errno_name(-4999));
	assert_null(bemu_obj_errno_name(0));
}

/* ---- what the reasons say: libelf has one sentence for all of this ---- */

struct damage {
	uint32_t keep; /* bytes of the image; 0 for all but @cut */
	uint32_t cut;
	void (*harm)(Elf64_Ehdr *hdr);
	const char *text; /* part of the reason */
};

static void harm_shnum(Elf64_Ehdr *hdr)
{
	hdr->e_shnum = 0xffff;
}

static void harm_shoff(Elf64_Ehdr *hdr)
{
	hdr->e_shoff = 1ull << 63;
}

static void harm_no_table(Elf64_Ehdr *hdr)
{
	hdr->e_shoff = 0;
	hdr->e_shnum = 0;
}

static void harm_order(Elf64_Ehdr *hdr)
{
	hdr->e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
}

static void harm_names(Elf64_Ehdr *hdr)
{
	hdr->e_shstrndx = 50;
}

static void harm_type(Elf64_Ehdr *hdr)
{
	hdr->e_type = ET_EXEC;
	hdr->e_machine = EM_X86_64;
}

static void harm_magic(Elf64_Ehdr *hdr)
{
	hdr->e_ident[0] = 'E';
}

static void harm_version(Elf64_Ehdr *hdr)
{
	hdr->e_ident[EI_VERSION] = 9;
}

static void the_reason_has_the_numbers_of_the_header(void **state)
{
	static const struct damage damages[] = {
		{ 64, 0, NULL, "e_shoff 112 + e_shnum 3 * e_shentsize 64 is past the 64 bytes" },
		{ 200, 0, NULL, "e_shoff 112 + e_shnum 3 * e_shentsize 64 is past the 200 bytes" },
		{ 0, 1, NULL, "e_shoff 112 + e_shnum 3 * e_shentsize 64 is past the 303 bytes" },
		{ 0, 0, harm_shnum,
		  "e_shoff 112 + e_shnum 65535 * e_shentsize 64 is past the 304" },
		{ 0, 0, harm_shoff, "e_shoff 9223372036854775808 + e_shnum 3 * e_shentsize 64 is" },
		{ 0, 0, harm_no_table, "e_shoff is 0" },
		{ 0, 0, harm_order, "e_version is 0x1000000, not 1: EI_DATA" },
		{ 0, 0, harm_names, "e_shstrndx 50 is not below e_shnum 3" },
		{ 0, 0, harm_type,
		  "e_type 2 and e_machine 62 (x86-64), wanted a relocatable object (1)" },
		{ 0, 0, harm_magic, "no ELF magic in the 304 bytes" },
		{ 40, 0, NULL, "the file has 40 bytes, an ELF header 64" },
		{ 0, 0, harm_version, "EI_VERSION 9" },
	};
	struct bemu_obj_opts opts = { .size = sizeof(opts), .path = "damaged.bpf.o" };
	struct bemu_env *env = test_env();
	struct bemu_obj *obj = NULL;
	struct image im;
	uint8_t *image;
	size_t len, i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(damages); i++) {
		const struct damage *d = &damages[i];
		const struct bemu_log_record *rec;

		image_init(&im, env); /* no more than the two tables: 304 bytes */
		image = image_finish(&im, &len);
		if (d->harm)
			d->harm((Elf64_Ehdr *)(void *)image);
		assert_int_equal(bemu_obj_parse(env, image, d->keep ? d->keep : len - d->cut, &opts,
						&obj),
				 -BEMU_LIBBPF_ERR_FORMAT);
		rec = bemu_log_last(&env->log);
		if (!strstr(rec->text, d->text))
			fail_msg("%s\nis not in\n%s", d->text, rec->text);
		bemu_mem_free(env, image);
	}
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

static void btf_section_is_read_from_any_elf(void **state)
{
	struct bemu_env *env = test_env();
	struct image im;
	size_t len, out_len = 77;
	void *image, *out = &im;

	(void)state;
	image_init(&im, env);
	image_sec(&im, ".BTF", SHT_PROGBITS, 0, "some bytes", 10);
	im.hdr.e_machine = EM_X86_64;
	image = image_finish(&im, &len);
	assert_int_equal(bemu_obj_read_btf_elf(env, image, len, &out, &out_len), 0);
	assert_int_equal(out_len, 10);
	assert_memory_equal(out, "some bytes", 10);
	bemu_mem_free(env, out);
	bemu_mem_free(env, image);

	image_init(&im, env);
	image = image_finish(&im, &len);
	out = &im;
	assert_int_equal(bemu_obj_read_btf_elf(env, image, len, &out, &out_len), -ENODATA);
	assert_int_equal(bemu_obj_read_btf_elf(env, image, 20, &out, &out_len),
			 -BEMU_LIBBPF_ERR_FORMAT);
	assert_ptr_equal(out, &im);
	bemu_mem_free(env, image);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(programs_are_sorted_and_typed_by_section),
		cmocka_unit_test(maps_come_as_user_data_kconfig),
		cmocka_unit_test(relocations_are_classified_by_instruction_and_symbol),
		cmocka_unit_test(extern_sections_become_variables),
		cmocka_unit_test(flavours_of_externs_are_unknown_to_1_1),
		cmocka_unit_test(a_function_alone_in_text_is_an_entry_until_1_5),
		cmocka_unit_test(aliases_change_places),
		cmocka_unit_test(names_give_types_by_release),
		cmocka_unit_test(ring_buffers_grow_to_a_power_of_two_of_pages),
		cmocka_unit_test(question_mark_counts_for_the_first_struct_ops_only),
		cmocka_unit_test(names_that_are_out_of_bounds_are_told_with_both_numbers),
		cmocka_unit_test(weak_functions_have_addresses_since_1_5),
		cmocka_unit_test(failed_allocations_leave_nothing),
		cmocka_unit_test(damage_is_an_error_or_an_object),
		cmocka_unit_test(errors_have_names),
		cmocka_unit_test(the_reason_has_the_numbers_of_the_header),
		cmocka_unit_test(btf_section_is_read_from_any_elf),
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(refusals)];
	size_t i;
	int bad;

	for (i = 0; i < BEMU_ARRAY_SIZE(refusals); i++)
		tests[i] = (struct CMUnitTest){ .name = refusals[i].name,
						.test_func = refuses,
						.initial_state = (void *)(uintptr_t)&refusals[i] };
	bad = cmocka_run_group_tests_name("obj", fixed, NULL, NULL);
	return bad + cmocka_run_group_tests_name("obj_refusals", tests, NULL, NULL);
}
