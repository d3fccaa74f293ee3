/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A quirk changes the loaders of objects that have what it needs, and of no others: each object of the corpus
 * is generated with and without each quirk of the generator, all others off. What a quirk needs is looked up in
 * the object.
 */
#include <bemu/backend.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "helpers.h"

#include "base/buf.h"
#include "skel/gen.h"

#define OBJ_DIR BEMU_CORPUS "/obj/"

enum { PATH_LEN = 512, MIN_OBJECTS = 120 };

/* ---- what an object has ---- */

static uint32_t nr_symbols(const struct bemu_obj *obj, bool weak_funcs)
{
	uint32_t i, nr = 0;

	for (i = 0; i < obj->nr_externs; i++) {
		const struct bemu_obj_extern *ext = &obj->externs[i];

		nr += ext->kind == BEMU_EXT_KSYM && (!weak_funcs || (ext->is_func && ext->is_weak));
	}
	return nr;
}

static bool any(const struct bemu_obj *obj)
{
	(void)obj;
	return true;
}

static bool none(const struct bemu_obj *obj)
{
	(void)obj;
	return false;
}

static bool maps(const struct bemu_obj *obj)
{
	return obj->nr_maps;
}

static bool inner_map(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_maps; i++)
		if (obj->maps[i].type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
		    obj->maps[i].type == BPF_MAP_TYPE_HASH_OF_MAPS)
			return true;
	return false;
}

static bool function(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_externs; i++)
		if (obj->externs[i].kind == BEMU_EXT_KSYM && obj->externs[i].is_func)
			return true;
	return false;
}

static bool weak_function(const struct bemu_obj *obj)
{
	return nr_symbols(obj, true);
}

static bool typed_constant(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_externs; i++)
		if (obj->externs[i].kind == BEMU_EXT_KSYM && obj->externs[i].ksym_type_id)
			return true;
	return false;
}

static bool target(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++)
		if (obj->progs[i].attach_btf)
			return true;
	return false;
}

static bool lookup_behind_another(const struct bemu_obj *obj)
{
	return nr_symbols(obj, false) + target(obj) >= 2;
}

static bool program_that_is_not_loaded(const struct bemu_obj *obj)
{
	uint32_t i;

	for (i = 0; i < obj->nr_progs; i++)
		if (!obj->progs[i].autoload || !strcmp(obj->progs[i].sec_name, ".text"))
			return true;
	return false;
}

static bool no_btf(const struct bemu_obj *obj)
{
	return !obj->btf;
}

/* @some: objects of the corpus show the difference */
static const struct {
	uint32_t quirk;
	bool (*needs)(const struct bemu_obj *obj);
	bool some;
} rows[] = {
	{ BEMU_QUIRK_GL_FDARRAY_UNDERSIZED, any, true },
	{ BEMU_QUIRK_GL_FDARRAY_LATE_ALLOC, any, true },
	{ BEMU_QUIRK_GL_MAPFD_LEAK_ON_ERR, maps, true },
	{ BEMU_QUIRK_GL_KFUNC_STALE_SLOT, function, true },
	{ BEMU_QUIRK_GL_KSYM_COPY_CLEARS_SRC, typed_constant, true },
	{ BEMU_QUIRK_GL_ATTACH_KIND_STICKY, target, false },
	{ BEMU_QUIRK_GL_BLOB_MISALIGNED, any, true },
	{ BEMU_QUIRK_GL_NO_CLEANUP, any, true },
	{ BEMU_QUIRK_GL_PROG_COUNT_EQ, program_that_is_not_loaded, true },
	{ BEMU_QUIRK_GL_ATTACH_NAME_CUT, target, false },
	{ BEMU_QUIRK_GL_SYMFD_LEAK_ON_ERR, lookup_behind_another, true },
	{ BEMU_QUIRK_GL_WEAK_STALE_SLOT, weak_function, true },
	{ BEMU_QUIRK_GL_INNERFD_CLOSED_AGAIN, inner_map, true },
	{ BEMU_QUIRK_GL_NOBTF_NULL, no_btf, true },
	/* for loaders that are signed, sizes that no object has, memory that is short, the host side */
	{ BEMU_QUIRK_GL_SIG_JUMP_OFF1, none, false },
	{ BEMU_QUIRK_GL_SIGNED_HOST_OVERRIDE, none, false },
	{ BEMU_QUIRK_GL_SIGNED_NONEXCL, none, false },
	{ BEMU_QUIRK_GL_ADD_DATA_WRAP, none, false },
	{ BEMU_QUIRK_GL_REALLOC_DANGLING, none, false },
	{ BEMU_QUIRK_SK_ERRNO_LOST, none, false },
	{ BEMU_QUIRK_PL_CLOSE_PROG_FIRST, none, false },
};

/* ---- generation ---- */

/* Verdict, blob and words into @out; @quirk: BEMU_NR_QUIRKS for none */
static void generate(struct bemu *em, const struct bemu_obj *obj, uint32_t quirk,
		     struct bemu_buf *out)
{
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_gen_opts gen_opts = { .size = sizeof(gen_opts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_gen_result res;
	struct bemu_task *task = NULL;
	struct bemu_load *ld = NULL;
	struct bemu_gen *gen = NULL;
	struct bemu_backend be;
	int verdict = 0;
	uint32_t i;

	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		bemu_quirks_set(&gen_opts.quirks, i, i == quirk);
	assert_int_equal(bemu_task_new(em, &task_opts, &task), 0);
	bemu_backend_sys(task, &be);
	assert_int_equal(bemu_gen_new(obj->env, &gen_opts, &gen), 0);
	opts.gen = bemu_gen_recorder(gen);
	assert_int_equal(bemu_load_new(obj->env, obj, &be, &opts, &ld, &verdict), 0);
	if (!verdict)
		assert_int_equal(bemu_load_run(ld, &verdict), 0);
	bemu_buf_add(out, &verdict, sizeof(verdict));
	if (!verdict) {
		bemu_gen_get(gen, &res);
		bemu_buf_add(out, res.data, res.data_len);
		bemu_buf_add(out, res.insns, res.nr_insns * sizeof(*res.insns));
	}
	assert_int_equal(out->err, 0);
	bemu_load_free(ld);
	bemu_gen_free(gen);
	bemu_task_exit(task);
}

static void compare(struct bemu *em, const struct bemu_obj *obj, const char *name,
		    uint32_t nr_changed[])
{
	struct bemu_buf plain, quirky;
	size_t i;

	bemu_buf_init(&plain, obj->env);
	generate(em, obj, BEMU_NR_QUIRKS, &plain);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		bool same;

		bemu_buf_init(&quirky, obj->env);
		generate(em, obj, rows[i].quirk, &quirky);
		same = quirky.len == plain.len && !memcmp(quirky.data, plain.data, plain.len);
		nr_changed[i] += !same;
		if (!same && !rows[i].needs(obj))
			fail_msg("%s changes the loader of %s, which has nothing for it",
				 bemu_quirk_info(rows[i].quirk)->id, name);
		bemu_buf_fini(&quirky);
	}
	bemu_buf_fini(&plain);
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	void *data;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
	(void)fclose(f);
	*len = (size_t)size;
	return data;
}

static bool compare_file(struct bemu *em, const char *name, uint32_t nr_changed[])
{
	struct bemu_obj_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_env *env = test_env();
	struct bemu_obj *obj = NULL;
	char path[PATH_LEN];
	size_t len;
	void *data;
	bool is_obj;

	(void)snprintf(path, sizeof(path), OBJ_DIR "%s", name);
	opts.path = path;
	data = read_file(path, &len);
	is_obj = !bemu_obj_parse(env, data, len, &opts, &obj);
	if (is_obj)
		compare(em, obj, name, nr_changed);
	bemu_obj_free(obj);
	free(data);
	bemu_env_free(env);
	return is_obj;
}

static void quirks_change_what_has_something_for_them(void **state)
{
	uint32_t nr_changed[BEMU_ARRAY_SIZE(rows)] = { 0 }, nr = 0;
	struct bemu_opts opts = { .size = sizeof(opts) };
	DIR *dir = opendir(OBJ_DIR);
	struct dirent *entry;
	struct bemu *em;
	size_t i;

	(void)state;
	assert_non_null(dir);
	assert_int_equal(bemu_new(&opts, &em), 0);
	assert_int_equal(bemu_seal(em), 0);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		/* the other byte order is the same generator, and damaged ones are not generated */
		if (len < 6 || strcmp(entry->d_name + len - 6, ".bpf.o") ||
		    strstr(entry->d_name, ".be.") || !strncmp(entry->d_name, "bad_", 4))
			continue;
		nr += compare_file(em, entry->d_name, nr_changed);
	}
	closedir(dir);
	bemu_free(em);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		print_message("%-24s %3u of %u loaders\n", bemu_quirk_info(rows[i].quirk)->id,
			      nr_changed[i], nr);
		if (rows[i].some && !nr_changed[i])
			fail_msg("%s", bemu_quirk_info(rows[i].quirk)->id);
	}
	assert_true(nr >= MIN_OBJECTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirks_change_what_has_something_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
