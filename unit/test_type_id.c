// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The id of a type of the target in a 64-bit constant, as libbpf writes it and as a patch of December 2020 would
 * have (design type-id-target=fd-high-half): object core_type_id, whose words 4, 6, 8 and 10 are a struct, a
 * typedef, an enum and a union, and whose word 12 is of a type that is nowhere.
 */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include <bemu/backend.h>
#include <bemu/bemu.h>
#include <bemu/module.h>

#include "load/load.h"
#include "scenario/lex.h"
#include "scenario/types.h"

enum { FIRST = 4, LAST = 10, NOWHERE = 12 };

struct world {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_env *env;
	void *obj_data, *custom; /* the file outlives the world */
	struct bemu_obj *obj;
	struct bemu_load *ld;
	const struct bemu_load_result *res;
	long closes, refused; /* of close(2) */
	struct bemu_backend_ops ops;
	struct bemu_backend be, inner;
};

static struct world *counting;

static int count_close(void *ctx, int fd, long *kret)
{
	int err = counting->inner.ops->close(ctx, fd, kret);

	counting->closes++;
	counting->refused += !err && *kret == -EBADF;
	return err;
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	void *data = malloc(1 << 20);

	assert_non_null(f);
	assert_non_null(data);
	*len = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

static void *types(struct bemu_env *env, const char *text, const struct bemu_btf *base, size_t *len)
{
	struct bemu_scn_str block = { .len = (uint32_t)strlen(text), .line = 1, .col = 1 };
	struct bemu_scn scn = { .env = env, .text = (char *)(uintptr_t)text, .len = strlen(text) };
	void *raw = NULL;

	assert_int_equal(bemu_scn_types(env, &scn, NULL, &block, base, &raw, len), 0);
	return raw;
}

static const char wanted[] = "struct inner { unsigned int x; };"
			     "typedef struct { unsigned int a; } anon_td;"
			     "enum colour { COLOUR_RED };"
			     "union overlay { unsigned int word; };";
static const char unwanted[] = "struct task_struct { int pid; int tgid; };";

/* A kernel, a module of it, and a file with types for btf_custom_path. */
static void open_world(struct world *w, const char *kernel, const char *module)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = BEMU_KERNEL_6_18 };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_btf *base = NULL;
	void *raw, *mod;
	size_t len, mod_len;

	memset(w, 0, sizeof(*w));
	w->env = test_env();
	raw = types(w->env, kernel, NULL, &len);
	assert_int_equal(bemu_btf_parse(w->env, raw, len, NULL, 0, &base), 0);
	mod = types(w->env, module, base, &mod_len);
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	assert_int_equal(bemu_set_vmlinux(w->em, raw, len, 0), 0);
	assert_int_equal(bemu_add_module(w->em, "demo", mod, mod_len, 0), 0);
	bemu_mem_free(w->env, mod);
	w->custom = types(w->env, wanted, NULL, &mod_len);
	assert_int_equal(bemu_file_add(w->em, "/tmp/custom.btf", w->custom, mod_len), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
	bemu_mem_free(w->env, raw);
	bemu_btf_put(base);
	bemu_backend_sys(w->task, &w->be);
	w->inner = w->be;
	w->ops = *w->be.ops;
	w->ops.close = count_close;
	w->be.ops = &w->ops;
	counting = w;
}

static void load(struct world *w, bool type_id_fd, const char *custom)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_1_1 };
	struct bemu_load_opts lopts = { .size = sizeof(lopts),
					.libbpf = BEMU_LIBBPF_1_1,
					.btf_custom_path = custom,
					.type_id_fd = type_id_fd };
	int verdict = 0;
	size_t len;

	w->obj_data = read_file(BEMU_CORPUS "/obj/core_type_id.bpf.o", &len);
	assert_int_equal(bemu_obj_parse(w->env, w->obj_data, len, &oopts, &w->obj), 0);
	assert_int_equal(bemu_load_new(w->env, w->obj, &w->be, &lopts, &w->ld, &verdict), 0);
	assert_int_equal(bemu_load_run(w->ld, &verdict), 0);
	assert_int_equal(verdict, 0);
	w->res = bemu_load_result(w->ld);
}

static void close_world(struct world *w)
{
	assert_int_equal(bemu_load_close(w->ld), 0);
	bemu_load_free(w->ld);
	bemu_obj_free(w->obj);
	free(w->obj_data);
	bemu_mem_free(w->env, w->custom);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_free(w->em);
	bemu_env_free(w->env);
}

/* Each of the four constants has an id in its lower half and @high above it; the fifth is 0. */
static void assert_constants(const struct world *w, uint32_t first_id, uint32_t high)
{
	const struct bpf_insn *insns = w->res->progs[0].insns;
	uint32_t i;

	for (i = FIRST; i <= LAST; i += 2) {
		assert_int_equal(insns[i].code, BEMU_INSN_LD64);
		assert_true((uint32_t)insns[i].imm >= first_id);
		assert_int_equal((uint32_t)insns[i + 1].imm, high);
	}
	assert_int_equal(insns[NOWHERE].imm, 0);
	assert_int_equal(insns[NOWHERE + 1].imm, 0);
}

static void as_it_is_the_upper_half_is_0(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, unwanted, wanted);
	load(&w, false, NULL);
	assert_int_equal(w.res->nr_modules, 1);
	assert_constants(&w, bemu_btf_start_id(w.res->modules[0].btf), 0);
	assert_int_equal(w.refused, 0);
	close_world(&w);
}

static void with_the_patch_it_is_the_fd_of_the_module(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, unwanted, wanted);
	load(&w, true, NULL);
	assert_int_equal(w.res->nr_modules, 1);
	assert_true(w.res->modules[0].fd > 0);
	assert_constants(&w, bemu_btf_start_id(w.res->modules[0].btf),
			 (uint32_t)w.res->modules[0].fd);
	/* and that FD was closed once more */
	assert_int_equal(w.refused, 1);
	close_world(&w);
}

static void with_the_patch_types_of_the_kernel_have_0_above_them(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, wanted, unwanted);
	load(&w, true, NULL);
	assert_constants(&w, 1, 0);
	close_world(&w);
}

static void with_the_patch_types_of_a_file_have_all_ones_above_them(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, unwanted, unwanted);
	load(&w, true, "/tmp/custom.btf");
	assert_constants(&w, 1, UINT32_MAX);
	assert_int_equal(w.res->nr_modules, 0);
	assert_int_equal(w.refused, 0);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is_the_upper_half_is_0),
		cmocka_unit_test(with_the_patch_it_is_the_fd_of_the_module),
		cmocka_unit_test(with_the_patch_types_of_the_kernel_have_0_above_them),
		cmocka_unit_test(with_the_patch_types_of_a_file_have_all_ones_above_them),
	};

	return cmocka_run_group_tests_name("type_id", tests, NULL, NULL);
}
