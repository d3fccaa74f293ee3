// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Every object of corpus/obj against its MANIFEST, in both byte orders: what libbpf 1.1 answers to
 * open. One test an object; the name says which.
 */
#include <stdio.h>

#include "helpers.h"
#include "obj/obj.h"

#define OBJ_DIR BEMU_CORPUS "/obj/"

struct object {
	char name[80];
	char expect[64]; /* of open: "ok" or "-ERRNO" */
};

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size ? (size_t)size : 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return data;
}

static const char *open_verdict(struct bemu_env *env, const char *path, uint32_t libbpf)
{
	struct bemu_obj_opts opts = { .size = sizeof(opts), .libbpf = libbpf, .path = path };
	struct bemu_obj *untouched = (struct bemu_obj *)&opts, *obj = untouched;
	const char *verdict = "ok";
	size_t len;
	void *data = read_file(path, &len);
	int err = bemu_obj_parse(env, data, len, &opts, &obj);

	free(data);
	assert_int_equal(env->fault, 0);
	if (err) {
		assert_ptr_equal(obj, untouched);
		assert_non_null(bemu_log_last(&env->log));
		assert_int_equal(bemu_log_last(&env->log)->err, err);
		verdict = bemu_obj_errno_name(err);
		assert_non_null(verdict);
	} else {
		bemu_obj_free(obj);
	}
	assert_int_equal(bemu_env_live(env), 0);
	return verdict;
}

static void opens_as_the_manifest_says(void **state)
{
	const struct object *object = *state;
	struct bemu_env *env = test_env();
	char path[512];
	const char *verdict;

	snprintf(path, sizeof(path), OBJ_DIR "%s.bpf.o", object->name);
	verdict = open_verdict(env, path, BEMU_LIBBPF_1_1);
	if (strcmp(verdict, object->expect))
		fail_msg("%s and not %s: %s", verdict, object->expect,
			 bemu_log_last(&env->log) ? bemu_log_last(&env->log)->text : "");
	bemu_env_free(env);
}

/* 1.1 knows only the host's byte order; since 1.5 both, with the same verdict as the twin's. */
static void other_byte_order_opens_since_1_5(void **state)
{
	const struct object *object = *state;
	struct bemu_env *env = test_env();
	char path[512], little[64], big[64];
	FILE *f;

	/* a swapped BTF header has to have 24 bytes; that is asked before it has to be there */
	if (!strcmp(object->name, "bad_btf_hdr_len")) {
		snprintf(path, sizeof(path), OBJ_DIR "%s.be.bpf.o", object->name);
		assert_string_equal(open_verdict(env, path, BEMU_LIBBPF_1_7), "-EOPNOTSUPP");
		bemu_env_free(env);
		return;
	}

	snprintf(path, sizeof(path), OBJ_DIR "%s.be.bpf.o", object->name);
	f = fopen(path, "rb");
	if (!f) {
		bemu_env_free(env);
		skip();
	}
	fclose(f);
	snprintf(big, sizeof(big), "%s", open_verdict(env, path, BEMU_LIBBPF_1_7));
	snprintf(path, sizeof(path), OBJ_DIR "%s.bpf.o", object->name);
	snprintf(little, sizeof(little), "%s", open_verdict(env, path, BEMU_LIBBPF_1_7));
	if (strcmp(little, big))
		fail_msg("little endian %s, big endian %s: %s", little, big,
			 bemu_log_last(&env->log) ? bemu_log_last(&env->log)->text : "");
	bemu_env_free(env);
}

static struct object *read_manifest(size_t *nr)
{
	struct object *objects = NULL;
	char line[256], folder[64], verdict[64];
	FILE *f = fopen(OBJ_DIR "MANIFEST", "r");

	*nr = 0;
	while (f && fgets(line, sizeof(line), f)) {
		struct object *o;

		objects = realloc(objects, (*nr + 1) * sizeof(*objects));
		if (!objects)
			break;
		o = &objects[*nr];
		if (sscanf(line, "%79s %63s %63s", o->name, folder, verdict) != 3)
			continue;
		snprintf(o->expect, sizeof(o->expect), "%s",
			 strncmp(verdict, "open:", 5) ? "ok" : verdict + 5);
		++*nr;
	}
	if (f)
		fclose(f);
	return objects;
}

int main(void)
{
	struct CMUnitTest *tests;
	struct object *objects;
	size_t nr, i;
	int bad;

	objects = read_manifest(&nr);
	tests = nr ? calloc(nr * 2, sizeof(*tests)) : NULL;
	if (!tests) {
		fprintf(stderr, OBJ_DIR "MANIFEST: no object\n");
		return 1;
	}
	for (i = 0; i < nr; i++) {
		tests[i] = (struct CMUnitTest){ .name = objects[i].name,
						.test_func = opens_as_the_manifest_says,
						.initial_state = &objects[i] };
		tests[nr + i] = (struct CMUnitTest){ .name = objects[i].name,
						     .test_func = other_byte_order_opens_since_1_5,
						     .initial_state = &objects[i] };
	}
	bad = _cmocka_run_group_tests("obj_corpus", tests, nr * 2, NULL, NULL);
	free(tests);
	free(objects);
	return bad;
}
