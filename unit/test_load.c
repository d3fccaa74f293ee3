/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Whole loads over the model: numbers in code, retries, clean-up on every path, faults of ours. */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "load/private.h"

enum { PSEUDO_MAP_FD = 1, PSEUDO_MAP_VALUE = 2 };

struct file {
	void *data;
	size_t len;
};

static struct file read_file(const char *path)
{
	char full[512];
	struct file f = { 0 };
	FILE *in;
	long len;

	snprintf(full, sizeof(full), "%s/%s", BEMU_CORPUS, path);
	in = fopen(full, "rb");
	if (!in)
		fail_msg("%s cannot be read", full);
	fseek(in, 0, SEEK_END);
	len = ftell(in);
	assert_true(len >= 0);
	rewind(in);
	f.len = (size_t)len;
	f.data = malloc(f.len ? f.len : 1);
	assert_int_equal(fread(f.data, 1, f.len, in), f.len);
	fclose(in);
	return f;
}

/* ---- a kernel of the corpus, and a backend that can be told to break ---- */

struct broken {
	struct bemu_backend inner;
	struct bemu_backend_ops ops;
	uint32_t cmd; /* command that does not do what it should */
	long kret; /* its answer, for the first @times calls */
	uint32_t times;
	bool only_with_btf; /* MAP_CREATE: only those with BTF types */
	uint32_t nr_calls; /* of that command */
	uint32_t log_sizes[8]; /* PROG_LOAD: of each call */
	uint32_t nr_insn_arrays; /* maps that stand for what the model does not have */
	uint32_t entries[8]; /* orig_off of what was put into them */
	uint32_t nr_entries;
};

struct world {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_env *env;
	struct file vmlinux, modules[2];
	struct bemu_backend be;
	struct broken broken;
};

/* The other operations get the inner backend's context, so this one is found here. */
static struct broken *breaking;

static int broken_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct broken *b = breaking;
	struct bemu_attr_map_create create = { 0 };
	struct bemu_attr_prog_load load = { 0 };

	if (cmd != b->cmd)
		return b->inner.ops->bpf(ctx, cmd, attr, size, kret);
	if (cmd == BPF_MAP_CREATE)
		memcpy(&create, attr, size);
	if (cmd == BPF_PROG_LOAD) {
		memcpy(&load, attr, size);
		if (load.insn_cnt < 8) /* probes and the trial */
			return b->inner.ops->bpf(ctx, cmd, attr, size, kret);
		if (b->nr_calls < BEMU_ARRAY_SIZE(b->log_sizes))
			b->log_sizes[b->nr_calls] = load.log_size;
	}
	if (b->only_with_btf && !create.btf_key_type_id && !create.btf_value_type_id)
		return b->inner.ops->bpf(ctx, cmd, attr, size, kret);
	if (b->nr_calls++ >= b->times)
		return b->inner.ops->bpf(ctx, cmd, attr, size, kret);
	*kret = b->kret;
	return 0;
}

static void world_open(struct world *w, uint32_t kernel, const struct bemu_allocator *alloc)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };

	memset(w, 0, sizeof(*w));
	w->vmlinux = read_file("btf/mini/vmlinux.btf");
	w->modules[0] = read_file("btf/mini/m1.btf");
	w->modules[1] = read_file("btf/mini/m2.btf");
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	assert_int_equal(bemu_set_vmlinux(w->em, w->vmlinux.data, w->vmlinux.len, 0), 0);
	assert_int_equal(bemu_add_module(w->em, "m1", w->modules[0].data, w->modules[0].len, 0), 0);
	assert_int_equal(bemu_add_module(w->em, "m2", w->modules[1].data, w->modules[1].len, 0), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
	bemu_backend_sys(w->task, &w->be);
	w->env = test_env();
}

static void world_close(struct world *w)
{
	bemu_free(w->em);
	bemu_env_free(w->env);
	free(w->vmlinux.data);
	free(w->modules[0].data);
	free(w->modules[1].data);
}

static void break_command(struct world *w, uint32_t cmd, long kret, uint32_t times)
{
	w->broken = (struct broken){
		.inner = w->be, .ops = *w->be.ops, .cmd = cmd, .kret = kret, .times = times
	};
	w->broken.ops.bpf = broken_bpf;
	w->be.ops = &w->broken.ops;
	breaking = &w->broken;
}

/* Everything that was opened is closed again when the lowest free number is the first one. */
static void assert_nothing_open(struct world *w)
{
	long fd = -1, kret;

	assert_int_equal(bemu_sys_open_other(w->task, "probe", 1, &fd), 0);
	assert_int_equal(fd, BEMU_TASK_STD);
	assert_int_equal(bemu_sys_close(w->task, (int)fd, &kret), 0);
}

/* ---- one load ---- */

struct load {
	struct file file;
	struct bemu_obj *obj;
	struct bemu_load *ld;
	const struct bemu_load_result *res;
	int verdict;
};

static void load_open(struct world *w, struct load *l, const char *object, uint32_t libbpf)
{
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = libbpf };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = libbpf, .nr_cpus = 4 };
	char path[128];

	memset(l, 0, sizeof(*l));
	snprintf(path, sizeof(path), "obj/%s.bpf.o", object);
	l->file = read_file(path);
	assert_int_equal(bemu_obj_parse(w->env, l->file.data, l->file.len, &oopts, &l->obj), 0);
	assert_int_equal(bemu_load_new(w->env, l->obj, &w->be, &lopts, &l->ld, &l->verdict), 0);
	l->res = bemu_load_result(l->ld);
}

static void load_run(struct load *l)
{
	assert_int_equal(bemu_load_run(l->ld, &l->verdict), 0);
	assert_int_equal(l->res->err, l->verdict);
}

static void load_close(struct world *w, struct load *l)
{
	assert_int_equal(bemu_load_close(l->ld), 0);
	bemu_load_free(l->ld);
	bemu_obj_free(l->obj);
	free(l->file.data);
	assert_nothing_open(w);
	assert_int_equal(bemu_env_live(w->env), 0);
	assert_int_equal(w->env->fault, 0);
}

static uint32_t prog_named(const struct load *l, const char *name)
{
	uint32_t i;

	for (i = 0; i < l->obj->nr_progs; i++)
		if (!strcmp(l->obj->progs[i].name, name))
			return i;
	fail_msg("no program %s", name);
	return 0;
}

static uint32_t map_named(const struct load *l, const char *name)
{
	uint32_t i;

	for (i = 0; i < l->obj->nr_maps; i++)
		if (!strcmp(l->obj->maps[i].name, name))
			return i;
	fail_msg("no map %s", name);
	return 0;
}

/* ---- numbers ---- */

static void numbers_are_reserved_at_open_since_1_4(void **state)
{
	struct world w;
	struct load l;
	uint32_t i;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	assert_int_equal(l.verdict, 0);
	for (i = 0; i < l.obj->nr_maps; i++) {
		assert_int_equal(l.ld->map_fds[i], 3 + (int)i);
		assert_int_equal(l.res->maps[i].fd, -1); /* not made yet */
	}
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	for (i = 0; i < l.obj->nr_maps; i++)
		assert_int_equal(l.res->maps[i].fd, 3 + (int)i);
	load_close(&w, &l);

	load_open(&w, &l, "agent", BEMU_LIBBPF_1_1);
	assert_nothing_open(&w);
	load_close(&w, &l);
	world_close(&w);
}

/* Each map word of a final program holds the number of the map that its reference names. */
static void references_say_what_words_hold(void **state)
{
	static const uint32_t releases[] = { BEMU_LIBBPF_1_1, BEMU_LIBBPF_1_5, BEMU_LIBBPF_1_7,
					     BEMU_LIBBPF_NEXT };
	uint32_t r, p, i, nr = 0;
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	for (r = 0; r < BEMU_ARRAY_SIZE(releases); r++) {
		load_open(&w, &l, "agent", releases[r]);
		load_run(&l);
		assert_int_equal(l.verdict, 0);
		assert_int_equal(l.res->stage, BEMU_STAGE_DONE);
		for (p = 0; p < l.obj->nr_progs; p++) {
			const struct bemu_load_prog *prog = &l.res->progs[p];

			for (i = 0; i < prog->nr_refs; i++) {
				const struct bemu_load_ref *ref = &prog->refs[i];
				const struct bpf_insn *insn = &prog->insns[ref->insn_idx];

				assert_true(!i || prog->refs[i - 1].insn_idx <= ref->insn_idx);
				if (ref->kind != BEMU_RELOC_LD64 && ref->kind != BEMU_RELOC_DATA)
					continue;
				nr++;
				assert_int_equal(insn->src_reg, ref->kind == BEMU_RELOC_LD64
									? PSEUDO_MAP_FD
									: PSEUDO_MAP_VALUE);
				assert_int_equal(insn->imm, l.res->maps[ref->idx].fd);
				if (ref->kind == BEMU_RELOC_DATA)
					assert_int_equal(insn[1].imm, ref->off);
			}
		}
		load_close(&w, &l);
	}
	assert_true(nr > 16);
	world_close(&w);
}

static void low_numbers_are_moved_up(void **state)
{
	struct world w;
	struct load l;
	long kret;
	uint32_t i;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	for (i = 0; i < BEMU_TASK_STD; i++)
		assert_int_equal(bemu_sys_close(w.task, (int)i, &kret), 0);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	for (i = 0; i < l.obj->nr_maps; i++)
		assert_true(l.res->maps[i].fd > 2);
	for (i = 0; i < l.obj->nr_progs; i++)
		assert_true(l.res->progs[i].skipped || l.res->progs[i].fd > 2);
	assert_true(l.res->btf_fd > 2);
	assert_int_equal(bemu_load_close(l.ld), 0);
	bemu_load_free(l.ld);
	bemu_obj_free(l.obj);
	free(l.file.data);
	assert_int_equal(bemu_sys_open_other(w.task, "probe", 1, &kret), 0);
	assert_int_equal(kret, 0);
	world_close(&w);
}

/* ---- what is left out ---- */

static void a_map_that_is_not_made_poisons_its_words(void **state)
{
	struct world w;
	struct load l;
	uint32_t map, p;
	bool poisoned = false;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	map = map_named(&l, "started");
	assert_int_equal(bemu_load_set_autocreate(l.ld, map, false), 0);
	assert_int_equal(bemu_load_set_autocreate(l.ld, l.obj->nr_maps, false), -EINVAL);
	load_run(&l);
	for (p = 0; p < l.obj->nr_progs; p++) {
		const struct bemu_load_prog *prog = &l.res->progs[p];
		uint32_t i;

		for (i = 0; i < prog->nr_refs; i++) {
			const struct bpf_insn *insn = &prog->insns[prog->refs[i].insn_idx];

			if (prog->refs[i].kind != BEMU_RELOC_LD64 || prog->refs[i].idx != map)
				continue;
			poisoned = true;
			assert_true(prog->poisoned);
			assert_int_equal(insn[0].code, BEMU_INSN_CALL);
			assert_int_equal(insn[0].imm, 2001000000 + (int)map);
			assert_memory_equal(&insn[0], &insn[1], sizeof(*insn));
		}
	}
	assert_true(poisoned);
	assert_int_equal(l.res->maps[map].fd, -1);
	assert_int_equal(bemu_load_set_autocreate(l.ld, map, true), -EBUSY);
	load_close(&w, &l);
	world_close(&w);
}

static void a_program_that_stays_out_is_not_relocated(void **state)
{
	struct world w;
	struct load l;
	uint32_t out, in;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	out = prog_named(&l, "on_exit");
	in = prog_named(&l, "on_exec");
	assert_int_equal(bemu_load_set_autoload(l.ld, out, false), 0);
	assert_int_equal(bemu_load_set_autoload(l.ld, l.obj->nr_progs, false), -EINVAL);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	assert_true(l.res->progs[out].skipped);
	assert_int_equal(l.res->progs[out].fd, -1);
	assert_int_equal(l.res->progs[out].nr_core, 0);
	assert_null(l.res->progs[out].insns);
	assert_false(l.res->progs[in].skipped);
	assert_int_equal(l.res->progs[in].nr_core, l.res->nr_core);
	assert_int_equal(bemu_load_set_autoload(l.ld, out, true), -EINVAL);
	load_close(&w, &l);
	world_close(&w);
}

/* ---- CO-RE ---- */

static void records_are_counted_and_kept_with_their_program(void **state)
{
	struct bemu_load_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_7 };
	uint32_t i, prog, nr_core, nr_matched, with_records;
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	prog = prog_named(&l, "on_exit");
	nr_core = l.res->progs[prog].nr_core;
	nr_matched = l.res->progs[prog].nr_core_matched;
	assert_int_equal(nr_core, 3);
	assert_int_equal(nr_matched, 2); /* task_struct___old.state is nowhere */
	assert_true(l.res->progs[prog].poisoned);
	with_records = l.res->nr_core;
	assert_true(with_records > nr_core);
	for (i = 0; i < with_records; i++) {
		const struct bemu_core_record *rec = &l.res->core[i];
		const struct bemu_load_prog *p = &l.res->progs[l.res->core_prog[i]];

		assert_true(rec->patched);
		assert_int_equal(rec->err, 0);
		assert_memory_equal(&rec->after[0], &p->insns[rec->insn_idx],
				    sizeof(rec->after[0]));
		if (rec->res.poison)
			assert_int_equal(rec->insn_idx, p->poison_insn_idx);
	}
	load_close(&w, &l);

	/* without accounts the counts are the same */
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_close(l.ld), 0);
	bemu_load_free(l.ld);
	opts.no_core_records = true;
	assert_int_equal(bemu_load_new(w.env, l.obj, &w.be, &opts, &l.ld, &l.verdict), 0);
	l.res = bemu_load_result(l.ld);
	load_run(&l);
	assert_int_equal(l.res->nr_core, 0);
	assert_int_equal(l.res->progs[prog].nr_core, nr_core);
	assert_int_equal(l.res->progs[prog].nr_core_matched, nr_matched);
	load_close(&w, &l);
	world_close(&w);
}

static void a_width_that_cannot_follow_is_told_as_poison(void **state)
{
	uint32_t i, nr_poisoned = 0, nr_found = 0;
	struct load l;
	struct world w;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "core_width_bad", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.res->nr_core, 5);
	for (i = 0; i < l.res->nr_core; i++) {
		const struct bemu_core_record *rec = &l.res->core[i];

		assert_int_equal(rec->err, 0);
		assert_int_equal(rec->res.poison, bemu_core_is_poisoned(&rec->after[0]));
		nr_poisoned += rec->res.poison;
		nr_found += rec->res.poison && rec->nr_matched;
	}
	assert_int_equal(nr_poisoned, 4);
	assert_int_equal(nr_found, 2); /* the others are of another kind there */
	assert_int_equal(l.res->progs[0].nr_core_matched, 1);
	load_close(&w, &l);
	world_close(&w);
}

static void the_record_that_failed_is_kept_without_records_too(void **state)
{
	struct bemu_load_opts opts = { .size = sizeof(opts),
				       .libbpf = BEMU_LIBBPF_1_7,
				       .no_core_records = true };
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "core_ambiguous", BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_close(l.ld), 0);
	bemu_load_free(l.ld);
	assert_int_equal(bemu_load_new(w.env, l.obj, &w.be, &opts, &l.ld, &l.verdict), 0);
	l.res = bemu_load_result(l.ld);
	load_run(&l);
	assert_int_equal(l.verdict, -EINVAL);
	assert_int_equal(l.res->stage, BEMU_STAGE_RELOCATE);
	assert_int_equal(l.res->nr_core, 1);
	assert_int_equal(l.res->core[0].err, -EINVAL);
	assert_true(l.res->core[0].nr_tried > 1);
	assert_int_equal(l.res->err_prog_idx, l.res->core_prog[0]);
	load_close(&w, &l);
	world_close(&w);
}

/* ---- subprograms ---- */

/* A caller's functions stand behind it in the order in which a walk meets them, each once. */
static void subprograms_follow_their_main_program(void **state)
{
	struct world w;
	struct load l;
	uint32_t p, i, nr_calls = 0;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "core_subprog", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	for (p = 0; p < l.obj->nr_progs; p++) {
		const struct bemu_load_prog *prog = &l.res->progs[p];
		const struct bemu_load_text *text = &l.ld->texts[p];
		uint32_t end = l.obj->progs[p].nr_insns;

		if (prog->skipped)
			continue;
		for (i = 0; i < text->nr_subs; i++) {
			assert_int_equal(text->subs[i].insn_off, end);
			end += l.obj->progs[text->subs[i].prog_idx].nr_insns;
		}
		assert_int_equal(prog->nr_insns, end);
		for (i = 0; i < prog->nr_refs; i++) {
			const struct bemu_load_ref *ref = &prog->refs[i];
			uint32_t target, s;

			if (ref->kind != BEMU_RELOC_CALL)
				continue;
			nr_calls++;
			target = ref->insn_idx + 1 + (uint32_t)prog->insns[ref->insn_idx].imm;
			for (s = 0; text->subs[s].insn_off != target; s++)
				assert_true(s + 1 < text->nr_subs);
			assert_int_equal(text->subs[s].prog_idx, ref->idx);
		}
	}
	assert_true(nr_calls > 1);
	load_close(&w, &l);
	world_close(&w);
}

/* ---- retries ---- */

static void a_map_is_tried_again_without_btf(void **state)
{
	struct world w;
	struct load l;
	uint32_t map;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	break_command(&w, BPF_MAP_CREATE, -EINVAL, UINT32_MAX);
	w.broken.only_with_btf = true;
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	map = map_named(&l, "started");
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	assert_true(w.broken.nr_calls > 1);
	assert_true(l.res->maps[map].created);
	assert_int_equal(l.res->maps[map].key_type_id, 0);
	assert_int_equal(l.res->maps[map].value_type_id, 0);
	load_close(&w, &l);
	world_close(&w);
}

static void a_program_is_tried_again_with_a_log(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	break_command(&w, BPF_PROG_LOAD, -EACCES, UINT32_MAX);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, -EACCES);
	assert_int_equal(l.res->stage, BEMU_STAGE_PROGS);
	assert_int_equal(l.res->err_prog_idx, prog_named(&l, "on_exec"));
	assert_int_equal(l.res->progs[l.res->err_prog_idx].err, -EACCES);
	assert_int_equal(w.broken.nr_calls, 2);
	assert_int_equal(w.broken.log_sizes[0], 0);
	assert_int_equal(w.broken.log_sizes[1], UINT32_MAX >> 8);
	assert_int_equal(bemu_log_last(&w.env->log)->reason, BEMU_R_LOAD_PROG);
	load_close(&w, &l);
	world_close(&w);
}

static void a_log_that_is_too_small_is_doubled(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	break_command(&w, BPF_PROG_LOAD, -ENOSPC, 3);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	assert_int_equal(w.broken.log_sizes[0], 0);
	assert_int_equal(w.broken.log_sizes[1], UINT32_MAX >> 8);
	assert_int_equal(w.broken.log_sizes[2], (UINT32_MAX >> 8) * 2);
	assert_int_equal(w.broken.log_sizes[3], (UINT32_MAX >> 8) * 4);
	assert_int_equal(w.broken.log_sizes[4], 0); /* the next program */
	load_close(&w, &l);
	world_close(&w);
}

static void a_busy_verifier_is_asked_five_times(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	break_command(&w, BPF_PROG_LOAD, -EAGAIN, UINT32_MAX);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, -EAGAIN);
	assert_int_equal(w.broken.nr_calls, 10); /* five without, five with a log */
	load_close(&w, &l);
	world_close(&w);
}

static void what_the_kernel_says_of_a_program_is_kept(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "hostile/rel_last_word", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, -EINVAL);
	assert_non_null(l.res->progs[0].kernel_log);
	assert_non_null(strstr(l.res->progs[0].kernel_log, "last insn is not an exit or jmp"));
	load_close(&w, &l);
	world_close(&w);
}

/* ---- pins ---- */

/* Leaves a map of @max_entries at the path, and no descriptor. */
static void pin_map(struct world *w, const char *path, const struct bemu_obj_map *like,
		    uint32_t max_entries)
{
	struct bemu_attr_map_create create = {
		.map_type = like->type,
		.key_size = like->key_size,
		.value_size = like->value_size,
		.max_entries = max_entries,
		.map_flags = like->map_flags,
	};
	struct {
		uint64_t pathname;
		uint32_t bpf_fd, file_flags;
	} pin = { .pathname = (uintptr_t)path };
	long fd = -1, kret = -1;

	assert_int_equal(bemu_sys_bpf(w->task, BPF_MAP_CREATE, (uintptr_t)&create,
				      offsetof(struct bemu_attr_map_create, map_ifindex), &fd),
			 0);
	assert_true(fd > 2);
	pin.bpf_fd = (uint32_t)fd;
	assert_int_equal(bemu_sys_bpf(w->task, BPF_OBJ_PIN, (uintptr_t)&pin, sizeof(pin), &kret),
			 0);
	assert_int_equal(kret, 0);
	assert_int_equal(bemu_sys_close(w->task, (int)fd, &kret), 0);
}

static bool is_pinned(struct world *w, const char *path)
{
	long kret = -1;

	assert_int_equal(w->be.ops->access(w->be.ctx, path, &kret), 0);
	return !kret;
}

static uint32_t pinned_map(const struct load *l)
{
	uint32_t i;

	for (i = 0; i < l->obj->nr_maps; i++)
		if (l->obj->maps[i].pinned)
			return i;
	fail_msg("no pinned map");
	return 0;
}

static void a_pinned_map_is_reused(void **state)
{
	struct world w;
	struct load l;
	uint32_t map;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "map_pinned", BEMU_LIBBPF_1_7);
	map = pinned_map(&l);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	assert_true(l.res->maps[map].created);
	assert_true(is_pinned(&w, l.obj->maps[map].pin_path));
	load_close(&w, &l);

	load_open(&w, &l, "map_pinned", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(l.verdict, 0);
	assert_true(l.res->maps[map].reused);
	assert_false(l.res->maps[map].created);
	assert_int_equal(l.res->maps[map].fd, l.ld->map_fds[map]);
	assert_true(l.res->maps[map].fd > 2);
	load_close(&w, &l);
	world_close(&w);
}

static void a_pinned_map_of_another_size_is_refused(void **state)
{
	struct world w;
	struct load l;
	uint32_t map;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "map_pinned", BEMU_LIBBPF_1_7);
	map = pinned_map(&l);
	pin_map(&w, l.obj->maps[map].pin_path, &l.obj->maps[map], l.obj->maps[map].max_entries + 1);
	load_run(&l);
	assert_int_equal(l.verdict, -EINVAL);
	assert_int_equal(l.res->stage, BEMU_STAGE_MAPS);
	assert_int_equal(bemu_log_last(&w.env->log)->reason, BEMU_R_LOAD_MAP_PIN);
	assert_int_equal(bemu_log_last(&w.env->log)->pos, map);
	assert_true(is_pinned(&w, l.obj->maps[map].pin_path)); /* it was not ours */
	load_close(&w, &l);
	world_close(&w);
}

static void a_load_that_fails_takes_its_pins_back(void **state)
{
	struct world w;
	struct load l;
	uint32_t map;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "map_pinned", BEMU_LIBBPF_1_7);
	map = pinned_map(&l);
	l.obj->progs[prog_named(&l, l.obj->progs[0].name)].type = BPF_PROG_TYPE_UNSPEC;
	load_run(&l);
	assert_int_equal(l.verdict, -EINVAL);
	assert_int_equal(l.res->stage, BEMU_STAGE_PROGS);
	assert_true(l.res->maps[map].created);
	assert_false(is_pinned(&w, l.obj->maps[map].pin_path));
	load_close(&w, &l);
	world_close(&w);
}

/* ---- answers before anything is asked ---- */

static void an_object_is_loaded_once(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent", BEMU_LIBBPF_1_7);
	load_run(&l);
	assert_int_equal(bemu_load_run(l.ld, &l.verdict), 0);
	assert_int_equal(l.verdict, -EINVAL);
	assert_int_equal(l.res->err, 0); /* the first answer stays */
	assert_int_equal(bemu_log_last(&w.env->log)->reason, BEMU_R_LOAD_TWICE);
	load_close(&w, &l);
	world_close(&w);
}

static void the_other_byte_order_opens_and_does_not_load(void **state)
{
	struct world w;
	struct load l;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	load_open(&w, &l, "agent.be", BEMU_LIBBPF_1_5);
	assert_int_equal(l.verdict, 0);
	load_run(&l);
	assert_int_equal(l.verdict, -BEMU_LIBBPF_ERR_ENDIAN);
	assert_int_equal(bemu_log_last(&w.env->log)->reason, BEMU_R_LOAD_ENDIAN);
	load_close(&w, &l);
	world_close(&w);
}

static void an_unknown_release_is_not_replayed(void **state)
{
	struct bemu_load_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_NEXT + 1 };
	struct bemu_load *ld = (void *)&opts;
	struct bemu_obj obj = { 0 };
	struct world w;
	int verdict = 77;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	assert_int_equal(bemu_load_new(w.env, &obj, &w.be, &opts, &ld, &verdict), -EOPNOTSUPP);
	assert_int_equal(verdict, 77);
	assert_ptr_equal(ld, (void *)&opts);
	assert_int_equal(bemu_log_last(&w.env->log)->reason, BEMU_R_LOAD_UNMODELLED);
	world_close(&w);
}

static void a_file_that_is_not_there_does_not_open(void **state)
{
	struct bemu_load_opts opts = { .size = sizeof(opts), .path = "/nowhere.bpf.o" };
	struct bemu_obj obj = { 0 };
	struct bemu_load *ld = NULL;
	struct world w;
	int verdict = 77;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	assert_int_equal(bemu_load_new(w.env, &obj, &w.be, &opts, &ld, &verdict), 0);
	assert_int_equal(verdict, -ENOENT);
	assert_int_equal(bemu_load_result(ld)->err, -ENOENT);
	assert_int_equal(bemu_load_result(ld)->stage, BEMU_STAGE_OPEN);
	assert_int_equal(bemu_load_run(ld, &verdict), 0);
	assert_int_equal(verdict, -EINVAL);
	assert_int_equal(bemu_load_close(ld), 0);
	bemu_load_free(ld);
	assert_nothing_open(&w);
	world_close(&w);
}

/* ---- jump tables: no compiler at hand makes them, so the object is written here ---- */

/* The model has no instruction arrays: an array of 16-byte values stands for one. */
static int jump_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct broken *b = breaking;
	struct bemu_attr_map_create create = { 0 };
	struct {
		uint32_t map_fd, pad;
		uint64_t key, value, flags;
	} elem;

	if (cmd == BPF_MAP_CREATE) {
		memcpy(&create, attr, size);
		if (create.map_type == BEMU_BPF_MAP_TYPE_INSN_ARRAY) {
			b->nr_insn_arrays++;
			create.map_type = BPF_MAP_TYPE_ARRAY;
			return b->inner.ops->bpf(ctx, cmd, &create, size, kret);
		}
	}
	if (cmd == BPF_MAP_UPDATE_ELEM && size == sizeof(elem)) {
		memcpy(&elem, attr, size);
		memcpy(&b->entries[b->nr_entries++ % 8], (void *)(uintptr_t)elem.value, 4);
	}
	return b->inner.ops->bpf(ctx, cmd, attr, size, kret);
}

static void a_jump_table_becomes_a_map_of_places(void **state)
{
	static struct bpf_insn main_insns[] = {
		{ .code = BEMU_INSN_LD64, .dst_reg = 1 },
		{ 0 },
		{ .code = BEMU_INSN_LD64, .dst_reg = 2 },
		{ 0 },
		{ .code = BEMU_INSN_CALL, .src_reg = 1, .imm = -1 },
		{ .code = 0x95 },
	};
	static struct bpf_insn sub_insns[] = {
		{ .code = BEMU_INSN_LD64, .dst_reg = 1 },
		{ 0 },
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	/* byte offsets into the sections: words 2 and 4 of main, then 3 and 2 of the function */
	static const uint64_t tables[] = { 16 + 80, 32 + 80, 24 + 40, 16 + 40 };
	struct bemu_obj_reloc main_relocs[] = {
		{ .kind = BEMU_RELOC_INSN_ARRAY, .insn_idx = 0, .sym_off = 0, .sym_size = 16 },
		{ .kind = BEMU_RELOC_INSN_ARRAY, .insn_idx = 2, .sym_off = 0, .sym_size = 16 },
		{ .kind = BEMU_RELOC_CALL, .insn_idx = 4, .sym_off = 40 },
	};
	struct bemu_obj_reloc sub_relocs[] = {
		{ .kind = BEMU_RELOC_INSN_ARRAY, .insn_idx = 0, .sym_off = 16, .sym_size = 16 },
	};
	struct bemu_obj_prog progs[] = {
		{ .name = "sub",
		  .sec_name = ".text",
		  .sec_idx = 1,
		  .sec_insn_off = 5,
		  .nr_insns = 4,
		  .insns = sub_insns,
		  .nr_relocs = 1,
		  .relocs = sub_relocs,
		  .is_subprog = true,
		  .autoload = true },
		{ .name = "main",
		  .sec_name = "socket",
		  .sec_idx = 2,
		  .sec_insn_off = 10,
		  .nr_insns = 6,
		  .insns = main_insns,
		  .nr_relocs = 3,
		  .relocs = main_relocs,
		  .autoload = true,
		  .sec_def_found = true,
		  .type = BPF_PROG_TYPE_SOCKET_FILTER },
	};
	struct bemu_obj obj = {
		.libbpf = BEMU_LIBBPF_1_7,
		.name = "jump",
		.license = "GPL",
		.nr_progs = 2,
		.progs = progs,
		.text_sec_idx = 1,
		.kconfig_map_idx = UINT32_MAX,
		.arena_map_idx = UINT32_MAX,
		.jumptables = tables,
		.jumptables_len = sizeof(tables),
	};
	struct bemu_load_opts opts = { .size = sizeof(opts), .libbpf = BEMU_LIBBPF_1_7 };
	const struct bemu_load_prog *prog;
	struct bemu_load *ld;
	struct world w;
	int verdict;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	break_command(&w, BPF_MAP_CREATE, 0, 0);
	w.broken.ops.bpf = jump_bpf;
	assert_int_equal(bemu_load_new(w.env, &obj, &w.be, &opts, &ld, &verdict), 0);
	assert_int_equal(bemu_load_run(ld, &verdict), 0);
	assert_int_equal(w.broken.nr_insn_arrays, 2); /* the main program's two words share one */
	assert_int_equal(w.broken.nr_entries, 4);
	assert_int_equal(w.broken.entries[0], 2);
	assert_int_equal(w.broken.entries[1], 4);
	assert_int_equal(w.broken.entries[2], 6 + 3); /* the function stands behind six words */
	assert_int_equal(w.broken.entries[3], 6 + 2);
	prog = &bemu_load_result(ld)->progs[1];
	assert_int_equal(prog->nr_insns, 10);
	assert_int_equal(prog->insns[0].src_reg, PSEUDO_MAP_VALUE);
	assert_int_equal(prog->insns[0].imm, prog->insns[2].imm);
	assert_int_not_equal(prog->insns[0].imm, prog->insns[6].imm);
	assert_int_equal(prog->insns[4].imm, 1);
	assert_int_equal(bemu_load_close(ld), 0);
	bemu_load_free(ld);
	assert_nothing_open(&w);
	world_close(&w);
}

/* ---- faults of ours ---- */

struct sweep {
	const char *object;
	uint32_t libbpf;
	struct file file;
	struct world w;
	int err;
};

/* As test_failure_sweep() wants it: the world's memory is not the loader's. */
static int load_all(struct bemu_env *env, void *arg)
{
	struct sweep *s = arg;
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = s->libbpf };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = s->libbpf };
	struct bemu_load *ld = NULL;
	struct bemu_obj *obj = NULL;
	int err, verdict = 0, close_err;

	err = bemu_obj_parse(env, s->file.data, s->file.len, &oopts, &obj);
	if (err) {
		env->fault = -ENOMEM; /* whoever parses looks at it; the sweep wants to see it */
		return err;
	}
	err = bemu_load_new(env, obj, &s->w.be, &lopts, &ld, &verdict);
	if (!err) {
		err = bemu_load_run(ld, &verdict);
		if (!err)
			s->err = verdict;
		close_err = bemu_load_close(ld);
		err = err ? err : close_err;
		bemu_load_free(ld);
	}
	bemu_obj_free(obj);
	assert_nothing_open(&s->w);
	if (err) {
		assert_int_equal(env->fault, 0); /* reported, so forgotten */
		env->fault = -ENOMEM;
	}
	return err;
}

static const struct {
	const char *name, *object;
	uint32_t libbpf;
	int verdict;
} sweeps[] = {
	{ "agent, 1.1", "agent", BEMU_LIBBPF_1_1, 0 },
	{ "agent, 1.7", "agent", BEMU_LIBBPF_1_7, 0 },
	{ "kfuncs of modules, 1.7", "kfunc_modules", BEMU_LIBBPF_1_7, 0 },
	{ "maps in maps, 1.5", "map_inner", BEMU_LIBBPF_1_5, 0 },
	{ "subprograms, 1.7", "core_subprog", BEMU_LIBBPF_1_7, 0 },
	{ "a refusal, 1.7", "core_ambiguous", BEMU_LIBBPF_1_7, -EINVAL },
};

static void memory_that_runs_out_is_never_a_verdict(void **state)
{
	const size_t row = (size_t)(uintptr_t)*state;
	struct sweep s = { .object = sweeps[row].object, .libbpf = sweeps[row].libbpf };
	char path[128];

	world_open(&s.w, BEMU_KERNEL_6_18, NULL);
	snprintf(path, sizeof(path), "obj/%s.bpf.o", s.object);
	s.file = read_file(path);
	test_failure_sweep(load_all, &s);
	assert_int_equal(s.err, sweeps[row].verdict);
	free(s.file.data);
	world_close(&s.w);
}

/* The emulated kernel's own memory runs out: as well a fault, and what was made is closed again. */
static void a_kernel_without_memory_is_no_verdict(void **state)
{
	struct file file = read_file("obj/agent.bpf.o");
	unsigned long n, base;
	struct test_alloc alloc;
	struct world w;
	bool failed = true;

	(void)state;
	test_alloc_init(&alloc, 0);
	world_open(&w, BEMU_KERNEL_6_18, &alloc.ops);
	base = alloc.nr_calls;
	world_close(&w);
	for (n = 1; failed; n++) {
		struct bemu_obj_opts oopts = { .size = sizeof(oopts) };
		struct bemu_load_opts lopts = { .size = sizeof(lopts) };
		struct bemu_load *ld = NULL;
		struct bemu_obj *obj = NULL;
		int err, verdict = 77;

		test_alloc_init(&alloc, base + n);
		world_open(&w, BEMU_KERNEL_6_18, &alloc.ops);
		assert_int_equal(bemu_obj_parse(w.env, file.data, file.len, &oopts, &obj), 0);
		err = bemu_load_new(w.env, obj, &w.be, &lopts, &ld, &verdict);
		if (!err)
			err = bemu_load_run(ld, &verdict);
		failed = alloc.nr_calls >= base + n;
		if (failed && err) {
			assert_int_equal(err, -ENOMEM);
			assert_true(verdict == 77 || verdict == 0); /* open may have answered */
		} else {
			assert_int_equal(err, 0);
			assert_int_equal(verdict, 0);
		}
		if (ld)
			assert_int_equal(bemu_load_close(ld), 0);
		bemu_load_free(ld);
		bemu_obj_free(obj);
		assert_int_equal(bemu_env_live(w.env), 0);
		alloc.fail_at = 0;
		assert_nothing_open(&w);
		world_close(&w);
		assert_int_equal(alloc.live, 0);
	}
	assert_true(n > 1);
	free(file.data);
}

static void a_budget_that_runs_out_is_no_verdict(void **state)
{
	struct bemu_limits limits = { .max_steps = 1 };
	struct bemu_load_opts lopts = { .size = sizeof(lopts) };
	struct bemu_obj_opts oopts = { .size = sizeof(oopts) };
	struct file file = read_file("obj/agent.bpf.o");
	struct bemu_load *ld = NULL;
	struct bemu_obj *obj = NULL;
	struct bemu_env *env;
	uint64_t steps;
	struct world w;
	int err = -EDQUOT, verdict;

	(void)state;
	world_open(&w, BEMU_KERNEL_6_18, NULL);
	assert_int_equal(bemu_obj_parse(w.env, file.data, file.len, &oopts, &obj), 0);
	for (steps = 1; err; steps *= 2) {
		limits.max_steps = steps;
		assert_int_equal(bemu_env_new(NULL, &limits, &env), 0);
		verdict = 77;
		err = bemu_load_new(env, obj, &w.be, &lopts, &ld, &verdict);
		if (!err) {
			err = bemu_load_run(ld, &verdict);
			assert_int_equal(bemu_load_close(ld), 0);
			bemu_load_free(ld);
		}
		assert_true(!err || err == -EDQUOT);
		assert_int_equal(env->fault, 0);
		assert_int_equal(bemu_env_live(env), 0);
		assert_nothing_open(&w);
		bemu_env_free(env);
	}
	assert_true(steps > 16);
	assert_int_equal(verdict, 0);
	bemu_obj_free(obj);
	free(file.data);
	world_close(&w);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_reserved_at_open_since_1_4),
		TEST(references_say_what_words_hold),
		TEST(low_numbers_are_moved_up),
		TEST(a_map_that_is_not_made_poisons_its_words),
		TEST(a_program_that_stays_out_is_not_relocated),
		TEST(records_are_counted_and_kept_with_their_program),
		TEST(a_width_that_cannot_follow_is_told_as_poison),
		TEST(the_record_that_failed_is_kept_without_records_too),
		TEST(subprograms_follow_their_main_program),
		TEST(a_map_is_tried_again_without_btf),
		TEST(a_program_is_tried_again_with_a_log),
		TEST(a_log_that_is_too_small_is_doubled),
		TEST(a_busy_verifier_is_asked_five_times),
		TEST(what_the_kernel_says_of_a_program_is_kept),
		TEST(a_pinned_map_is_reused),
		TEST(a_pinned_map_of_another_size_is_refused),
		TEST(a_load_that_fails_takes_its_pins_back),
		TEST(an_object_is_loaded_once),
		TEST(the_other_byte_order_opens_and_does_not_load),
		TEST(an_unknown_release_is_not_replayed),
		TEST(a_file_that_is_not_there_does_not_open),
		TEST(a_jump_table_becomes_a_map_of_places),
		TEST(a_kernel_without_memory_is_no_verdict),
		TEST(a_budget_that_runs_out_is_no_verdict),
	};
	struct CMUnitTest rows[BEMU_ARRAY_SIZE(sweeps)];
	size_t i;
	int failed;

	for (i = 0; i < BEMU_ARRAY_SIZE(sweeps); i++)
		rows[i] = (struct CMUnitTest){ .name = sweeps[i].name,
					       .test_func = memory_that_runs_out_is_never_a_verdict,
					       .initial_state = (void *)(uintptr_t)i };
	failed = cmocka_run_group_tests_name("load", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("load: memory", rows, NULL, NULL);
}
