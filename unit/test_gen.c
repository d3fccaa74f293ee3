// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The generator by itself: its limits, and what it says when one is met. Bytes are compared with libbpf's. */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "base/sha256.h"
#include "skel/gen.h"

struct fixture {
	struct bemu_env *env;
	struct bemu_gen *gen;
	const struct bemu_load_gen *rec;
	struct bemu_obj obj;
};

static void start(struct fixture *f, const struct bemu_gen_opts *opts, uint32_t nr_maps,
		  uint32_t nr_progs)
{
	assert_int_equal(bemu_env_new(NULL, NULL, &f->env), 0);
	assert_int_equal(bemu_gen_new(f->env, opts, &f->gen), 0);
	f->rec = bemu_gen_recorder(f->gen);
	f->obj = (struct bemu_obj){ .nr_maps = nr_maps, .nr_progs = nr_progs };
	f->rec->begin(f->rec->ctx, &f->obj);
}

static void end(struct fixture *f)
{
	bemu_gen_free(f->gen);
	bemu_env_free(f->env);
}

static const struct bemu_gen_opts newest = { .size = sizeof(newest) };

static void add_map(struct fixture *f, uint32_t map_idx)
{
	const struct bemu_attr_map_create attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	f->rec->create_map(f->rec->ctx, &attr, map_idx);
}

static void add_prog(struct fixture *f)
{
	static const struct bpf_insn insns[2];
	const struct bemu_attr_prog_load attr = {
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};

	f->rec->load_prog(f->rec->ctx, &attr);
}

static char names[300][16];

/* @nr calls of weak kfuncs, all of different names */
static void add_kfuncs(struct fixture *f, uint32_t nr)
{
	struct bemu_load_gen_symbol sym = { .is_weak = true, .is_func = true };
	uint32_t i;

	for (i = 0; i < nr; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "k%u", i);
		sym.name = names[i];
		f->rec->add_symbol(f->rec->ctx, &sym);
	}
}

static uint32_t last_reason(const struct fixture *f)
{
	const struct bemu_log *log = &f->env->log;

	return bemu_log_get(log, bemu_log_count(log) - 1)->reason;
}

static void an_object_of_nothing_is_init_cleanup_and_exit(void **state)
{
	struct bemu_gen_result made;
	struct fixture f;

	(void)state;
	start(&f, &newest, 0, 0);
	assert_int_equal(f.rec->finish(f.rec->ctx), 0);
	bemu_gen_get(f.gen, &made);
	assert_int_equal(made.data_len, 4 * 320);
	/* 7 words, 2 numbers of the stack, leave; close the BTF, leave */
	assert_int_equal(made.nr_insns, 7 + 2 * 3 + 2 + 4 + 2);
	assert_int_equal(made.insns[6].off, 2 * 3 + 2);
	end(&f);
}

static void maps_come_in_the_order_of_their_numbers(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, &newest, 2, 0);
	add_map(&f, 1);
	assert_int_equal(last_reason(&f), BEMU_R_SKEL_GEN_MAPS);
	assert_int_equal(f.rec->finish(f.rec->ctx), -EFAULT);
	end(&f);
}

static void the_65th_map_is_one_too_many(void **state)
{
	struct fixture f;
	uint32_t i, nr;

	(void)state;
	for (nr = 64; nr <= 65; nr++) {
		start(&f, &newest, nr, 0);
		for (i = 0; i < nr; i++)
			add_map(&f, i);
		assert_int_equal(f.rec->finish(f.rec->ctx), nr == 64 ? 0 : -EFAULT);
		end(&f);
	}
}

static void a_map_that_was_not_made_fails_the_end(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, &newest, 2, 0);
	add_map(&f, 0);
	assert_int_equal(f.rec->finish(f.rec->ctx), -EFAULT);
	end(&f);
}

static void an_attach_target_has_127_characters(void **state)
{
	char name[129];
	struct fixture f;
	size_t len;

	(void)state;
	for (len = 127; len <= 128; len++) {
		memset(name, 'x', len);
		name[len] = '\0';
		start(&f, &newest, 0, 1);
		f.rec->attach_to(f.rec->ctx, "", name, BTF_KIND_FUNC);
		add_prog(&f);
		assert_int_equal(f.rec->finish(f.rec->ctx), len == 127 ? 0 : -ENOSPC);
		end(&f);
	}
}

static void a_check_beyond_a_jump_is_erange(void **state)
{
	struct fixture f;
	uint32_t i, nr;

	(void)state;
	/* about 29 words a kfunc with its close */
	for (nr = 4; nr <= 5; nr++) {
		start(&f, &newest, 0, nr);
		for (i = 0; i < nr; i++) {
			add_kfuncs(&f, 256);
			add_prog(&f);
		}
		assert_int_equal(f.rec->finish(f.rec->ctx), nr == 4 ? 0 : -ERANGE);
		if (nr == 5)
			assert_int_equal(last_reason(&f), BEMU_R_SKEL_GEN_JUMP);
		end(&f);
	}
}

/* The reserved places are used again by each program; the 257th is at the end of the blob. */
static void data_in_between_matters_only_beyond_256_kfuncs(void **state)
{
	static const struct {
		uint32_t nr_kfuncs, data_len;
		int err;
	} rows[] = {
		{ 256, 140000, 0 },
		{ 257, 100, 0 },
		{ 257, 140000, -E2BIG },
	};
	static uint8_t data[140000];
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		start(&f, &newest, 1, 1);
		add_map(&f, 0);
		f.rec->fill_map(f.rec->ctx, 0, data, rows[i].data_len);
		add_kfuncs(&f, rows[i].nr_kfuncs);
		add_prog(&f);
		assert_int_equal(f.rec->finish(f.rec->ctx), rows[i].err);
		if (rows[i].err)
			assert_int_equal(last_reason(&f), BEMU_R_SKEL_GEN_FD_ARRAY);
		end(&f);
	}
}

static void the_hash_is_that_of_the_blob(void **state)
{
	const struct bemu_gen_opts opts = { .size = sizeof(opts), .gen_hash = true };
	uint8_t want[BEMU_SHA256_LEN], have[BEMU_SHA256_LEN];
	struct bemu_gen_result made;
	struct fixture f;
	uint32_t i, at;

	(void)state;
	start(&f, &opts, 0, 1);
	add_prog(&f);
	assert_int_equal(f.rec->finish(f.rec->ctx), 0);
	bemu_gen_get(f.gen, &made);
	bemu_sha256(made.data, made.data_len, want);
	at = 7 + 3 * 3 + 2 + 3; /* init, clean-up, load of the map and its word */
	for (i = 0; i < 4; i++, at += 7) {
		memcpy(&have[8 * i], &made.insns[at].imm, 4);
		memcpy(&have[8 * i + 4], &made.insns[at + 1].imm, 4);
	}
	assert_memory_equal(have, want, sizeof(want));
	end(&f);
}

static void after_1_7_the_kernel_checks_and_the_context_is_not_read(void **state)
{
	static const struct {
		uint32_t libbpf;
		bool hash;
		uint32_t nr_checks;
	} rows[] = {
		{ BEMU_LIBBPF_1_7, false, 0 },
		{ BEMU_LIBBPF_1_7, true, 4 },
		{ BEMU_LIBBPF_NEXT, false, 0 },
		{ BEMU_LIBBPF_NEXT, true, 0 },
	};
	uint32_t nr_words[4], nr_checks, i, k;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct bemu_gen_opts opts = { .size = sizeof(opts),
						    .libbpf = rows[i].libbpf,
						    .gen_hash = rows[i].hash };
		struct bemu_gen_result made;
		struct fixture f;

		start(&f, &opts, 1, 1);
		add_map(&f, 0);
		add_prog(&f);
		assert_int_equal(f.rec->finish(f.rec->ctx), 0);
		bemu_gen_get(f.gen, &made);
		for (k = nr_checks = 0; k < made.nr_insns; k++)
			nr_checks += made.insns[k].code == (BPF_JMP | BPF_JNE | BPF_X);
		assert_int_equal(nr_checks, rows[i].nr_checks);
		nr_words[i] = made.nr_insns;
		end(&f);
	}
	assert_int_equal(nr_words[0], nr_words[2]);
	assert_int_equal(nr_words[1], nr_words[0] + 4 * 7); /* 1.7 reads max_entries all the same */
	assert_int_equal(nr_words[3],
			 nr_words[2] - 5); /* max_entries of the context is not taken */
}

static void what_is_not_modelled_is_refused(void **state)
{
	const struct bemu_gen_opts next = { .size = sizeof(next), .libbpf = BEMU_LIBBPF_NEXT + 1 };
	const struct bemu_gen_opts hash = { .size = sizeof(hash),
					    .libbpf = BEMU_LIBBPF_1_5,
					    .gen_hash = true };
	struct bemu_gen *gen = NULL;
	struct bemu_env *env;

	(void)state;
	assert_int_equal(bemu_env_new(NULL, NULL, &env), 0);
	assert_int_equal(bemu_gen_new(env, &next, &gen), -EOPNOTSUPP);
	assert_int_equal(bemu_gen_new(env, &hash, &gen), -EOPNOTSUPP);
	assert_null(gen);
	bemu_env_free(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_of_nothing_is_init_cleanup_and_exit),
		cmocka_unit_test(maps_come_in_the_order_of_their_numbers),
		cmocka_unit_test(the_65th_map_is_one_too_many),
		cmocka_unit_test(a_map_that_was_not_made_fails_the_end),
		cmocka_unit_test(an_attach_target_has_127_characters),
		cmocka_unit_test(a_check_beyond_a_jump_is_erange),
		cmocka_unit_test(data_in_between_matters_only_beyond_256_kfuncs),
		cmocka_unit_test(the_hash_is_that_of_the_blob),
		cmocka_unit_test(after_1_7_the_kernel_checks_and_the_context_is_not_read),
		cmocka_unit_test(what_is_not_modelled_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
