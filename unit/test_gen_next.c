// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The newest generator, which is in no library that can be had as a package: what bpftool 7.8 made of objects of
 * the corpus, blob and loader, against what comes of them here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "helpers.h"
#include "obj/obj.h"
#include "skel/gen.h"
#include "skel/skel.h"

static void *read_file(struct bemu_env *env, const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	void *data;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size > 0);
	rewind(f);
	data = bemu_alloc(env, (size_t)size);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return data;
}

static void compare(const char *name)
{
	/* opened and loaded as 1.7 does */
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_gen_opts gopts = { .size = sizeof(gopts), .libbpf = BEMU_LIBBPF_NEXT };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_env *env = test_env();
	struct bemu_gen_result made;
	struct bemu_task *task;
	struct bemu_backend be;
	struct bemu_load *ld;
	struct bemu_skel *real;
	struct bemu_gen *gen;
	struct bemu_obj *obj;
	struct bemu *em;
	char path[512];
	void *data;
	size_t len;
	int verdict;

	snprintf(path, sizeof(path), BEMU_CORPUS "/skel/%s.1.8.lskel.h", name);
	data = read_file(env, path, &len);
	assert_int_equal(bemu_skel_read_header(env, data, len, &real), 0);
	bemu_mem_free(env, data);
	snprintf(path, sizeof(path), BEMU_CORPUS "/obj/%s.bpf.o", name);
	oopts.path = path;
	data = read_file(env, path, &len);
	assert_int_equal(bemu_obj_parse(env, data, len, &oopts, &obj), 0);
	assert_int_equal(bemu_new(NULL, &em), 0);
	assert_int_equal(bemu_seal(em), 0);
	assert_int_equal(bemu_task_new(em, &topts, &task), 0);
	bemu_backend_sys(task, &be);
	assert_int_equal(bemu_gen_new(env, &gopts, &gen), 0);
	lopts.gen = bemu_gen_recorder(gen);
	assert_int_equal(bemu_load_new(env, obj, &be, &lopts, &ld, &verdict), 0);
	assert_int_equal(verdict, 0);
	assert_int_equal(bemu_load_run(ld, &verdict), 0);
	assert_int_equal(verdict, 0);
	bemu_gen_get(gen, &made);
	print_message("%s: %u bytes, %u words\n", name, made.data_len, made.nr_insns);
	assert_int_equal(made.data_len, real->data_len);
	assert_memory_equal(made.data, real->data, made.data_len);
	assert_int_equal(made.nr_insns, real->nr_insns);
	assert_memory_equal(made.insns, real->insns, made.nr_insns * sizeof(*made.insns));
	bemu_load_free(ld);
	bemu_gen_free(gen);
	bemu_task_exit(task);
	bemu_free(em);
	bemu_obj_free(obj);
	bemu_skel_free(real);
	bemu_mem_free(env, data);
	bemu_env_free(env);
}

static void blob_and_loader_are_those_of_bpftool_7_8(void **state)
{
	char line[256], name[128], release[16];
	FILE *f = fopen(BEMU_CORPUS "/skel/MANIFEST", "r");
	uint32_t nr = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%127s %15s", name, release) != 2 || strcmp(release, "1.8"))
			continue;
		compare(name);
		nr++;
	}
	fclose(f);
	assert_true(nr >= 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blob_and_loader_are_those_of_bpftool_7_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
