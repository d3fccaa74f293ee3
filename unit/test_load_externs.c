/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Externs: kconfig values, addresses of symbols, typed symbols of kernel and modules, fd_array. */
#include <errno.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "btf/encode.h"
#include "load/kconfig.h"

enum { MAX_EXTERNS = 8, KCONFIG_SIZE = 64 };

struct world {
	struct bemu *em;
	struct bemu_env *env;
	struct bemu_obj obj;
	struct bemu_obj_extern externs[MAX_EXTERNS];
	struct bemu_obj_map map; /* .kconfig */
	struct bemu_load *ld;
};

/* What a kernel or module holds; ids are positions. */
struct symbol {
	const char *name;
	bool is_func;
	uint32_t nr_params; /* of type int */
};

struct kernel {
	const char *kconfig, *kallsyms;
	struct symbol vmlinux[4], m1[4], m2[4];
};

/* 1 INT int, 2 STRUCT s, 3.. prototypes and symbols; a module has its own struct t only */
static void *make_btf(struct bemu_env *env, const struct bemu_btf *base, const struct symbol *syms,
		      size_t *len)
{
	struct bemu_btf_enc *enc;
	uint32_t i, j, id, num = 1;
	void *raw = NULL;

	assert_int_equal(bemu_btf_enc_new(env, base, &enc), 0);
	if (!base) {
		num = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
		id = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
		bemu_btf_enc_member(enc, "a", num, 0, 0);
	}
	for (i = 0; i < 4 && syms[i].name; i++) {
		if (!syms[i].is_func) {
			bemu_btf_enc_var(enc, syms[i].name, BTF_VAR_GLOBAL_ALLOCATED, num);
			continue;
		}
		id = bemu_btf_enc_func_proto(enc, num);
		for (j = 0; j < syms[i].nr_params; j++)
			bemu_btf_enc_param(enc, "p", num);
		bemu_btf_enc_func(enc, syms[i].name, BTF_FUNC_STATIC, id);
	}
	assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, len), 0);
	bemu_btf_enc_free(enc);
	return raw;
}

/* The object's side: 1 INT int, 2 STRUCT s, 3 FUNC_PROTO int(int), 4 VAR, 5 FUNC, 6 CHAR char */
enum { T_INT = 1, T_STRUCT, T_PROTO, T_VAR, T_FUNC };

static struct bemu_btf *object_btf(struct bemu_env *env)
{
	struct bemu_btf *btf = NULL;
	struct bemu_btf_enc *enc;
	void *raw;
	size_t len;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "s", 4);
	bemu_btf_enc_member(enc, "a", T_INT, 0, 0);
	bemu_btf_enc_func_proto(enc, T_INT);
	bemu_btf_enc_param(enc, "p", T_INT);
	bemu_btf_enc_var(enc, "v", BTF_VAR_GLOBAL_EXTERN, T_INT);
	bemu_btf_enc_func(enc, "f", BTF_FUNC_EXTERN, T_PROTO);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, &len), 0);
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_btf_parse(env, raw, len, NULL, 0, &btf), 0);
	bemu_mem_free(env, raw);
	return btf;
}

static void start(struct world *w, const struct kernel *k, uint32_t libbpf)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_opts opts = { .size = sizeof(opts) };
	struct bemu_btf *base = NULL;
	struct bemu_task *task;
	struct bemu_backend sys;
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = libbpf };
	const struct symbol *mods[] = { k->m1, k->m2 };
	static const char *const names[] = { "m1", "m2" };
	void *raw, *mod;
	size_t len, i;
	int verdict = -1;

	w->env = test_env();
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	raw = make_btf(w->env, NULL, k->vmlinux, &len);
	assert_int_equal(bemu_set_vmlinux(w->em, raw, len, 0), 0);
	assert_int_equal(bemu_btf_parse(w->env, raw, len, NULL, 0, &base), 0);
	bemu_mem_free(w->env, raw);
	for (i = 0; i < 2 && mods[i][0].name; i++) {
		mod = make_btf(w->env, base, mods[i], &len);
		assert_int_equal(bemu_add_module(w->em, names[i], mod, len, 0), 0);
		bemu_mem_free(w->env, mod);
	}
	bemu_btf_put(base);
	if (k->kconfig)
		assert_int_equal(bemu_set_kconfig(w->em, k->kconfig, strlen(k->kconfig)), 0);
	if (k->kallsyms)
		assert_int_equal(bemu_set_kallsyms(w->em, k->kallsyms, strlen(k->kallsyms)), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &task), 0);
	bemu_backend_sys(task, &sys);

	w->obj.env = w->env;
	w->obj.libbpf = libbpf;
	w->obj.btf = object_btf(w->env);
	w->obj.externs = w->externs;
	w->obj.arena_map_idx = UINT32_MAX;
	w->map.name = w->map.real_name = ".kconfig";
	w->map.kind = BEMU_MAP_KCONFIG;
	w->map.type = BPF_MAP_TYPE_ARRAY;
	w->map.key_size = 4;
	w->map.value_size = KCONFIG_SIZE;
	w->map.max_entries = 1;
	w->map.autocreate = true;
	w->obj.maps = &w->map;
	w->obj.nr_maps = 1;
	assert_int_equal(bemu_load_new(w->env, &w->obj, &sys, &lopts, &w->ld, &verdict), 0);
	assert_int_equal(verdict, 0);
}

static void stop(struct world *w)
{
	assert_int_equal(bemu_load_close(w->ld), 0);
	bemu_load_free(w->ld);
	bemu_btf_put(w->obj.btf);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_env_free(w->env);
	bemu_free(w->em);
}

static uint32_t last_reason(const struct world *w)
{
	return bemu_log_get(&w->env->log, bemu_log_count(&w->env->log) - 1)->reason;
}

static struct bemu_obj_extern *add(struct world *w, const char *name)
{
	struct bemu_obj_extern *ext = &w->externs[w->obj.nr_externs++];

	ext->name = name;
	ext->essential_len = bemu_btf_essential_len(name);
	return ext;
}

static void add_kconfig(struct world *w, const char *name, uint32_t type, uint32_t size,
			bool is_signed)
{
	struct bemu_obj_extern *ext = add(w, name);

	ext->kind = BEMU_EXT_KCONFIG;
	ext->kcfg_type = type;
	ext->kcfg_size = size;
	ext->kcfg_is_signed = is_signed;
	ext->kcfg_data_off = 8 * (w->obj.nr_externs - 1);
	ext->is_weak = true;
}

static void add_ksym(struct world *w, const char *name, bool is_func, uint32_t type_id, bool weak)
{
	struct bemu_obj_extern *ext = add(w, name);

	ext->kind = BEMU_EXT_KSYM;
	ext->is_func = is_func;
	ext->btf_id = is_func ? T_FUNC : T_VAR;
	ext->ksym_type_id = type_id;
	ext->is_weak = weak;
}

/* ---- kconfig, one variable and one line a row ---- */

struct line_case {
	const char *name;
	const char *text;
	uint32_t type, size;
	bool is_signed;
	int err;
	bool is_set;
	uint64_t value;
	uint32_t libbpf;
};

static const struct line_case lines[] = {
	{ "y makes a bool true", "CONFIG_X=y\n", BEMU_KCFG_BOOL, 1, false, 0, true, 1, 0 },
	{ "n makes a bool false, and set", "CONFIG_X=n\n", BEMU_KCFG_BOOL, 1, false, 0, true, 0,
	  0 },
	{ "m is no bool", "CONFIG_X=m\n", BEMU_KCFG_BOOL, 1, false, -EINVAL, false, 0, 0 },
	{ "m is 2 in a tristate", "CONFIG_X=m\n", BEMU_KCFG_TRISTATE, 4, false, 0, true, 2, 0 },
	{ "y is 1 in a tristate", "CONFIG_X=y\n", BEMU_KCFG_TRISTATE, 4, false, 0, true, 1, 0 },
	{ "a char keeps the letter", "CONFIG_X=m\n", BEMU_KCFG_CHAR, 1, true, 0, true, 'm', 0 },
	{ "only the first letter counts", "CONFIG_X=yes\n", BEMU_KCFG_BOOL, 1, false, 0, true, 1,
	  0 },
	{ "y is no integer", "CONFIG_X=y\n", BEMU_KCFG_INT, 4, true, -EINVAL, false, 0, 0 },
	{ "a number is no bool", "CONFIG_X=1\n", BEMU_KCFG_BOOL, 1, false, -EINVAL, false, 0, 0 },
	{ "a char takes a number", "CONFIG_X=65\n", BEMU_KCFG_CHAR, 1, true, 0, true, 65, 0 },
	{ "hexadecimal", "CONFIG_X=0xfF\n", BEMU_KCFG_INT, 1, false, 0, true, 255, 0 },
	{ "octal", "CONFIG_X=017\n", BEMU_KCFG_INT, 4, false, 0, true, 15, 0 },
	{ "zero alone", "CONFIG_X=0", BEMU_KCFG_INT, 8, false, 0, true, 0, 0 },
	{ "no digit behind 0x", "CONFIG_X=0x\n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0, 0 },
	{ "a digit that octal has not", "CONFIG_X=08\n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0,
	  0 },
	{ "a letter behind the number", "CONFIG_X=12z\n", BEMU_KCFG_INT, 4, false, -EINVAL, false,
	  0, 0 },
	{ "blanks before the number", "CONFIG_X= +7\n", BEMU_KCFG_INT, 4, false, 0, true, 7, 0 },
	{ "blanks alone", "CONFIG_X= \n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0, 0 },
	{ "the largest signed byte", "CONFIG_X=127\n", BEMU_KCFG_INT, 1, true, 0, true, 127, 0 },
	{ "one above it", "CONFIG_X=128\n", BEMU_KCFG_INT, 1, true, -ERANGE, false, 0, 0 },
	{ "the smallest signed byte", "CONFIG_X=-128\n", BEMU_KCFG_INT, 1, true, 0, true, 0x80, 0 },
	{ "one below it", "CONFIG_X=-129\n", BEMU_KCFG_INT, 1, true, -ERANGE, false, 0, 0 },
	{ "the largest unsigned half", "CONFIG_X=65535\n", BEMU_KCFG_INT, 2, false, 0, true, 65535,
	  0 },
	{ "one above it is refused", "CONFIG_X=65536\n", BEMU_KCFG_INT, 2, false, -ERANGE, false, 0,
	  0 },
	{ "a negative number in an unsigned word", "CONFIG_X=-1\n", BEMU_KCFG_INT, 4, false,
	  -ERANGE, false, 0, 0 },
	{ "eight bytes take any 64 bits", "CONFIG_X=-1\n", BEMU_KCFG_INT, 8, false, 0, true,
	  UINT64_MAX, 0 },
	{ "the largest number", "CONFIG_X=18446744073709551615\n", BEMU_KCFG_INT, 8, false, 0, true,
	  UINT64_MAX, 0 },
	{ "one above 64 bits", "CONFIG_X=18446744073709551616\n", BEMU_KCFG_INT, 8, false, -ERANGE,
	  false, 0, 0 },
	{ "a string", "CONFIG_X=\"abc\"\n", BEMU_KCFG_CHAR_ARR, 8, false, 0, true, 0x636261, 0 },
	{ "a string as long as its room but one", "CONFIG_X=\"abc\"\n", BEMU_KCFG_CHAR_ARR, 4,
	  false, 0, true, 0x636261, 0 },
	{ "a longer string is cut", "CONFIG_X=\"abcd\"\n", BEMU_KCFG_CHAR_ARR, 4, false, 0, true,
	  0x636261, 0 },
	{ "an empty string", "CONFIG_X=\"\"\n", BEMU_KCFG_CHAR_ARR, 4, false, 0, true, 0, 0 },
	{ "a string that does not end", "CONFIG_X=\"ab\n", BEMU_KCFG_CHAR_ARR, 4, false, -EINVAL,
	  false, 0, 0 },
	{ "a string is no integer", "CONFIG_X=\"1\"\n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0,
	  0 },
	{ "an integer is no string", "CONFIG_X=1\n", BEMU_KCFG_CHAR_ARR, 4, false, -EINVAL, false,
	  0, 0 },
	{ "a lone quote is refused since 1.7", "CONFIG_X=\"\n", BEMU_KCFG_CHAR_ARR, 4, false,
	  -EINVAL, false, 0, BEMU_LIBBPF_1_7 },
	{ "a lone quote was its own end up to 1.5", "CONFIG_X=\"\n", BEMU_KCFG_CHAR_ARR, 4, false,
	  0, true, 0, BEMU_LIBBPF_1_5 },
	{ "and copied what an earlier line had left", "CONFIG_YYYZABC=1\nCONFIG_X=\"\n",
	  BEMU_KCFG_CHAR_ARR, 4, false, 0, true, 0x420000, BEMU_LIBBPF_1_5 },
	{ "the first value of a name counts", "CONFIG_X=1\nCONFIG_X=y\n", BEMU_KCFG_INT, 4, false,
	  0, true, 1, 0 },
	{ "other lines are skipped", "# CONFIG_X=1\nX=2\n CONFIG_X=3\n", BEMU_KCFG_INT, 4, false, 0,
	  false, 0, 0 },
	{ "other names are skipped", "CONFIG_XY=1\nCONFIG_=2\n", BEMU_KCFG_INT, 4, false, 0, false,
	  0, 0 },
	{ "no '='", "CONFIG_X\n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0, 0 },
	{ "no value", "CONFIG_X=\n", BEMU_KCFG_INT, 4, false, -EINVAL, false, 0, 0 },
	{ "no value of another name is an error too", "CONFIG_OTHER=\n", BEMU_KCFG_INT, 4, false,
	  -EINVAL, false, 0, 0 },
};

static void run_line(void **state)
{
	static const struct kernel none;
	const struct line_case *c = *state;
	struct world w = { 0 };

	add_kconfig(&w, "CONFIG_X", c->type, c->size, c->is_signed);
	start(&w, &none, c->libbpf ? c->libbpf : BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_kconfig_text(w.ld, c->text, strlen(c->text)), c->err);
	if (c->err)
		assert_int_equal(last_reason(&w), BEMU_R_LOAD_KCONFIG);
	assert_int_equal(w.ld->externs[0].is_set, c->is_set);
	assert_int_equal(w.ld->externs[0].value, c->value);
	stop(&w);
}

static void a_line_longer_than_the_buffer_is_read_in_pieces(void **state)
{
	static const struct kernel none;
	struct world w = { 0 };
	char text[4096 + 64];

	(void)state;
	memset(text, 'z', sizeof(text));
	memcpy(text, "# ", 2);
	memcpy(text + 4095, "CONFIG_X=7\n", sizeof("CONFIG_X=7\n"));
	add_kconfig(&w, "CONFIG_X", BEMU_KCFG_INT, 4, false);
	start(&w, &none, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_kconfig_text(w.ld, text, strlen(text)), 0);
	assert_int_equal(w.ld->externs[0].value, 7);
	stop(&w);
}

static void callers_text_comes_first_and_the_file_only_when_needed(void **state)
{
	static const struct kernel k = { .kconfig = "CONFIG_A=1\nCONFIG_B=bad\n" };
	struct world w = { 0 };

	(void)state;
	add_kconfig(&w, "CONFIG_A", BEMU_KCFG_INT, 4, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	w.ld->opts.kconfig = "CONFIG_A=5\n";
	assert_int_equal(bemu_load_externs(w.ld), 0);
	assert_int_equal(w.ld->externs[0].value, 5);
	stop(&w);

	memset(&w, 0, sizeof(w));
	add_kconfig(&w, "CONFIG_A", BEMU_KCFG_INT, 4, false);
	add_kconfig(&w, "CONFIG_B", BEMU_KCFG_INT, 4, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	w.ld->opts.kconfig = "CONFIG_A=5\n";
	assert_int_equal(bemu_load_externs(w.ld), -EINVAL);
	assert_int_equal(w.ld->externs[0].value, 5);
	stop(&w);
}

static void kernel_without_configuration_is_refused(void **state)
{
	static const struct kernel k;
	struct world w = { 0 };

	(void)state;
	add_kconfig(&w, "CONFIG_A", BEMU_KCFG_INT, 4, false);
	start(&w, &k, BEMU_LIBBPF_1_1);
	assert_int_equal(bemu_load_externs(w.ld), -EINVAL);
	assert_int_equal(last_reason(&w), BEMU_R_LOAD_NO_KCONFIG);
	stop(&w);
}

static void compressed_configuration_is_a_fault_of_ours(void **state)
{
	static const struct kernel k = { .kconfig = "\x1f\x8b\x08" };
	struct world w = { 0 };

	(void)state;
	add_kconfig(&w, "CONFIG_A", BEMU_KCFG_INT, 4, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld), -EOPNOTSUPP);
	assert_true(bemu_load_faulted(w.ld));
	w.ld->fault = 0;
	stop(&w);
}

static void virtual_variables(void **state)
{
	static const struct kernel k;
	struct world w = { 0 };

	(void)state;
	add_kconfig(&w, "LINUX_KERNEL_VERSION", BEMU_KCFG_INT, 4, false);
	add_kconfig(&w, "LINUX_HAS_BPF_COOKIE", BEMU_KCFG_BOOL, 1, false);
	add_kconfig(&w, "LINUX_OF_A_LATER_DAY", BEMU_KCFG_INT, 2, false);
	w.externs[0].is_weak = w.externs[1].is_weak = false;
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld), 0);
	assert_int_equal(w.ld->externs[0].value, (6 << 16) + (18 << 8) + 44);
	assert_int_equal(w.ld->externs[1].value, 1);
	assert_true(w.ld->externs[2].is_set);
	assert_int_equal(w.ld->externs[2].value, 0);
	stop(&w);

	memset(&w, 0, sizeof(w));
	add_kconfig(&w, "LINUX_OF_A_LATER_DAY", BEMU_KCFG_INT, 2, false);
	w.externs[0].is_weak = false;
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld), -EINVAL);
	stop(&w);

	memset(&w, 0, sizeof(w));
	add_kconfig(&w, "OTHER", BEMU_KCFG_INT, 2, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld), -EINVAL);
	stop(&w);

	memset(&w, 0, sizeof(w));
	add_kconfig(&w, "LINUX_KERNEL_VERSION", BEMU_KCFG_INT, 2, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld),
			 -ERANGE); /* not one of the steps that say -EINVAL */
	stop(&w);
}

/* ---- typeless symbols ---- */

struct kallsyms_case {
	const char *name;
	const char *text;
	uint32_t libbpf;
	int err;
	bool is_set;
	uint64_t addr;
};

static const struct kallsyms_case kallsyms[] = {
	{ "an address of 64 bits", "ffffffff81000000 T other\nffffffff82000040 D sym\n",
	  BEMU_LIBBPF_1_7, 0, true, 0xffffffff82000040 },
	{ "the module's name is skipped", "ffffffffc0000000 t sym\t[m1]\n", BEMU_LIBBPF_1_1, 0,
	  true, 0xffffffffc0000000 },
	{ "twice at one address", "10 T sym\n10 t sym\n", BEMU_LIBBPF_1_7, 0, true, 0x10 },
	{ "twice at two addresses", "10 T sym\n20 t sym\n", BEMU_LIBBPF_1_7, -EINVAL, true, 0x10 },
	{ "address 0 is an address", "0 A sym\n", BEMU_LIBBPF_1_7, 0, true, 0 },
	{ "a compiler's suffix of data is dropped since 1.5", "30 d sym.llvm.123\n",
	  BEMU_LIBBPF_1_5, 0, true, 0x30 },
	{ "a compiler's suffix was part of the name before", "30 d sym.llvm.123\n", BEMU_LIBBPF_1_1,
	  0, false, 0 },
	{ "a suffix of what is no local data stays", "30 D sym.llvm.123\n", BEMU_LIBBPF_1_7, 0,
	  false, 0 },
	{ "no symbol of that name", "10 T symb\n20 T sy\n", BEMU_LIBBPF_1_7, 0, false, 0 },
};

static void run_kallsyms(void **state)
{
	const struct kallsyms_case *c = *state;
	struct kernel k = { .kallsyms = c->text };
	struct world w = { 0 };

	add_ksym(&w, "sym", false, 0, true);
	start(&w, &k, c->libbpf);
	assert_int_equal(bemu_load_externs(w.ld), c->err);
	assert_int_equal(w.ld->externs[0].is_set, c->is_set);
	assert_int_equal(w.ld->externs[0].value, c->addr);
	if (c->err)
		assert_int_equal(last_reason(&w), BEMU_R_LOAD_KALLSYMS);
	stop(&w);
}

static void strong_symbol_without_an_address_is_esrch(void **state)
{
	static const struct kernel k = { .kallsyms = "10 T other\n" };
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "sym", false, 0, false);
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_externs(w.ld), -ESRCH);
	assert_int_equal(last_reason(&w), BEMU_R_LOAD_KSYM);
	stop(&w);
}

static void typed_variable_also_gets_an_address_when_the_list_is_read(void **state)
{
	static const struct kernel k = { .kallsyms = "10 D sym\n20 D typed\n" };
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "sym", false, 0, false);
	add_ksym(&w, "typed", false, T_INT, true);
	start(&w, &k, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_kernel_btf(w.ld), 0);
	assert_int_equal(bemu_load_externs(w.ld), 0);
	assert_true(w.ld->externs[1].is_set);
	assert_int_equal(w.ld->externs[1].value, 0x20);
	assert_int_equal(w.ld->externs[1].kernel_btf_id, 0);
	stop(&w);
}

/* ---- typed symbols ---- */

static const struct kernel three = {
	.vmlinux = { { "kf", true, 1 }, { "kv", false, 0 }, { "both", true, 1 } },
	.m1 = { { "mf", true, 1 }, { "mv", false, 0 }, { "both", true, 1 }, { "mg", true, 1 } },
	.m2 = { { "nf", true, 1 }, { "mf", true, 1 }, { "two", true, 2 } },
};

static void resolve(struct world *w, uint32_t libbpf, int want)
{
	start(w, &three, libbpf);
	assert_int_equal(bemu_load_kernel_btf(w->ld), 0);
	assert_int_equal(bemu_load_externs(w->ld), want);
}

static void functions_get_one_place_a_module_in_order_of_use(void **state)
{
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "kf", true, T_PROTO, false);
	add_ksym(&w, "nf", true, T_PROTO, false);
	add_ksym(&w, "mf", true, T_PROTO, false);
	add_ksym(&w, "mg", true, T_PROTO, false);
	add_ksym(&w, "both", true, T_PROTO, false);
	resolve(&w, BEMU_LIBBPF_1_7, 0);
	assert_string_equal(w.ld->externs[0].owner, "vmlinux");
	assert_int_equal(w.ld->externs[0].fd_array_idx, 0);
	assert_int_equal(w.ld->externs[0].kernel_btf_id, 4);
	assert_string_equal(w.ld->externs[1].owner, "m2");
	assert_int_equal(w.ld->externs[1].fd_array_idx, 1);
	assert_string_equal(w.ld->externs[2].owner, "m1");
	assert_int_equal(w.ld->externs[2].fd_array_idx, 2);
	assert_int_equal(w.ld->externs[3].fd_array_idx, 2);
	assert_string_equal(w.ld->externs[4].owner, "vmlinux");
	assert_int_equal(w.ld->nr_fd_array, 3);
	assert_int_equal(w.ld->fd_array[0], 0);
	assert_int_equal(w.ld->fd_array[1], w.ld->modules[1].fd);
	assert_int_equal(w.ld->fd_array[2], w.ld->modules[0].fd);
	assert_int_equal(w.ld->externs[2].btf_fd, w.ld->modules[0].fd);
	stop(&w);
}

static void address_of_a_module_function_has_its_fd(void **state)
{
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "mf", true, T_PROTO, false);
	resolve(&w, BEMU_LIBBPF_1_1, 0);
	assert_int_equal(w.ld->externs[0].fd_array_idx, 1);
	assert_int_equal(w.ld->externs[0].btf_fd, w.ld->modules[0].fd);
	stop(&w);
}

static void variable_of_a_module_takes_no_place(void **state)
{
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "kv", false, T_INT, false);
	add_ksym(&w, "mv", false, T_INT, false);
	resolve(&w, BEMU_LIBBPF_1_7, 0);
	assert_int_equal(w.ld->externs[0].btf_fd, 0);
	assert_string_equal(w.ld->externs[1].owner, "m1");
	assert_int_equal(w.ld->externs[1].btf_fd, w.ld->modules[0].fd);
	assert_int_equal(w.ld->nr_fd_array, 0);
	stop(&w);
}

static void modules_are_not_read_when_the_kernel_has_all(void **state)
{
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "kf", true, T_PROTO, false);
	resolve(&w, BEMU_LIBBPF_1_7, 0);
	assert_false(w.ld->modules_tried);
	stop(&w);
}

struct typed_case {
	const char *name;
	const char *sym;
	bool is_func;
	uint32_t type_id;
	bool weak;
	uint32_t libbpf;
	int err;
	bool is_set;
	const char *owner;
};

static const struct typed_case typed[] = {
	{ "a flavour is dropped since 1.3", "kf___old", true, T_PROTO, false, BEMU_LIBBPF_1_5, 0,
	  true, "vmlinux" },
	{ "a flavour was part of the name before", "kf___old", true, T_PROTO, false,
	  BEMU_LIBBPF_1_1, -EINVAL, false, NULL },
	{ "a variable's flavour is part of its name", "kv___old", false, T_INT, false,
	  BEMU_LIBBPF_1_7, -EINVAL, false, NULL },
	{ "missing weak function", "nowhere", true, T_PROTO, true, BEMU_LIBBPF_1_7, 0, false,
	  NULL },
	{ "missing weak variable", "nowhere", false, T_INT, true, BEMU_LIBBPF_1_1, 0, false, NULL },
	{ "missing strong function", "nowhere", true, T_PROTO, false, BEMU_LIBBPF_1_7, -EINVAL,
	  false, NULL },
	{ "weak function of another prototype is missing since 1.3", "two", true, T_PROTO, true,
	  BEMU_LIBBPF_1_5, 0, false, "m2" },
	{ "weak function of another prototype was an error before", "two", true, T_PROTO, true,
	  BEMU_LIBBPF_1_1, -EINVAL, false, "m2" },
	{ "strong function of another prototype", "two", true, T_PROTO, false, BEMU_LIBBPF_1_7,
	  -EINVAL, false, "m2" },
	{ "variable of another type, even if weak", "kv", false, T_STRUCT, true, BEMU_LIBBPF_1_7,
	  -EINVAL, false, "vmlinux" },
	{ "a variable is no function", "kv", true, T_PROTO, true, BEMU_LIBBPF_1_7, 0, false, NULL },
	{ "void is no symbol", "void", true, T_PROTO, true, BEMU_LIBBPF_1_7, 0, false, NULL },
};

static void run_typed(void **state)
{
	const struct typed_case *c = *state;
	struct world w = { 0 };

	add_ksym(&w, c->sym, c->is_func, c->type_id, c->weak);
	resolve(&w, c->libbpf, c->err);
	assert_int_equal(w.ld->externs[0].is_set, c->is_set);
	if (!c->is_set)
		assert_int_equal(w.ld->externs[0].kernel_btf_id, 0);
	if (c->owner)
		assert_string_equal(w.ld->externs[0].owner, c->owner);
	else
		assert_null(w.ld->externs[0].owner);
	if (c->err)
		assert_int_equal(last_reason(&w), BEMU_R_LOAD_KSYM);
	stop(&w);
}

static void index_past_what_an_instruction_holds_is_refused(void **state)
{
	struct world w = { 0 };

	(void)state;
	add_ksym(&w, "mf", true, T_PROTO, false);
	start(&w, &three, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_kernel_btf(w.ld), 0);
	w.ld->nr_fd_array = INT16_MAX;
	assert_int_equal(bemu_load_externs(w.ld), -EINVAL);
	assert_int_equal(last_reason(&w), BEMU_R_LOAD_FD_ARRAY);
	assert_false(w.ld->externs[0].is_set);
	w.ld->nr_fd_array = INT16_MAX - 1;
	assert_int_equal(bemu_load_externs(w.ld), 0);
	assert_int_equal(w.ld->externs[0].fd_array_idx, INT16_MAX - 1);
	stop(&w);
}

#define ROWS(rows, fn)                                                   \
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)                      \
		tests[nr++] = (struct CMUnitTest)                        \
		{                                                        \
			.name = (rows)[i].name, .test_func = (fn),       \
			.initial_state = (void *)(uintptr_t) & (rows)[i] \
		}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_line_longer_than_the_buffer_is_read_in_pieces),
		cmocka_unit_test(callers_text_comes_first_and_the_file_only_when_needed),
		cmocka_unit_test(kernel_without_configuration_is_refused),
		cmocka_unit_test(compressed_configuration_is_a_fault_of_ours),
		cmocka_unit_test(virtual_variables),
		cmocka_unit_test(strong_symbol_without_an_address_is_esrch),
		cmocka_unit_test(typed_variable_also_gets_an_address_when_the_list_is_read),
		cmocka_unit_test(functions_get_one_place_a_module_in_order_of_use),
		cmocka_unit_test(address_of_a_module_function_has_its_fd),
		cmocka_unit_test(variable_of_a_module_takes_no_place),
		cmocka_unit_test(modules_are_not_read_when_the_kernel_has_all),
		cmocka_unit_test(index_past_what_an_instruction_holds_is_refused),
	};
	static struct CMUnitTest tests[BEMU_ARRAY_SIZE(lines) + BEMU_ARRAY_SIZE(kallsyms) +
				       BEMU_ARRAY_SIZE(typed) + BEMU_ARRAY_SIZE(others)];
	size_t i, nr = 0;

	ROWS(lines, run_line);
	ROWS(kallsyms, run_kallsyms);
	ROWS(typed, run_typed);
	memcpy(tests + nr, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
