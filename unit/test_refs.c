/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The recount of references: quiet while all is well, and loud about each counter that was made wrong. */
#include <stdio.h>

#include <bemu/backend.h>

#include "life.h"

#include "audit/refs.h"

static uint32_t audit(struct life *w, struct bemu_findings *set)
{
	bemu_findings_init(set, w->env);
	assert_int_equal(bemu_refs_audit(&w->em->model, 1, set), 0);
	return set->nr;
}

static void expect_quiet(struct life *w)
{
	struct bemu_findings set;

	if (audit(w, &set))
		fail_msg("%s: %s", bemu_finding_name(set.arr[0].id), set.arr[0].summary);
	bemu_findings_fini(&set);
}

static void expect_one(struct life *w, enum bemu_finding_id id, const char *text)
{
	struct bemu_findings set;

	assert_int_equal(audit(w, &set), 1);
	assert_string_equal(bemu_finding_name(set.arr[0].id), bemu_finding_name(id));
	if (!strstr(set.arr[0].summary, text))
		fail_msg("%s", set.arr[0].summary);
	bemu_findings_fini(&set);
}

/* A world in which everything holds something. */
static struct life busy(uint32_t kernel)
{
	struct life w = life_new(kernel);
	struct bpf_func_info fi = { 0, V_FUNC };
	struct prog p = { 0 };
	struct bemu_attr_raw_tp tp = { .name = ptr("demo_tp") };
	struct bemu_task *child;
	long m, outer, progs, b, fd, got;

	assert_int_equal(mod_load(&w, "demo"), 0);
	b = mod_fd(&w, "demo");
	m = map_new(w.t);
	outer = map_of(w.t, BPF_MAP_TYPE_HASH_OF_MAPS, (uint32_t)m);
	assert_int_equal(map_set(w.t, outer, 1, (uint32_t)m), 0);
	progs = map_of(w.t, BPF_MAP_TYPE_PROG_ARRAY, 0);
	{
		const struct bpf_insn insns[] = { LD64(1, 1, m, 0),	LD64(1, 1, outer, 0),
						  LD64(1, 1, progs, 0), LD64(1, 3, M_VAR, b),
						  KCALL(M_KFUNC, 1),	RETURN0 };
		const int32_t fds[] = { -1, (int32_t)b };

		p.insns = insns;
		p.nr = BEMU_ARRAY_SIZE(insns);
		p.type = BPF_PROG_TYPE_RAW_TRACEPOINT;
		p.a.fd_array = ptr(fds);
		p.a.prog_btf_fd = (uint32_t)btf_new(&w);
		p.a.func_info = ptr(&fi);
		p.a.func_info_cnt = 1;
		p.a.func_info_rec_size = 8;
		fd = prog_load(w.t, &p);
		assert_true(fd > 0);
	}
	assert_int_equal(map_set(w.t, progs, 2, (uint32_t)fd), 0);
	tp.prog_fd = (uint32_t)fd;
	assert_true(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp)) > 0);
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/p", fd), 0);
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/m", m), 0);
	assert_int_equal(bemu_sys_link(w.t, "/sys/fs/bpf/m", "/sys/fs/bpf/n", &got), 0);
	assert_int_equal(bemu_task_fork(w.t, BEMU_FORK_FILES, &child), 0);
	assert_int_equal(bemu_task_fork(w.t, 0, &child), 0);
	assert_int_equal(bemu_task_send_fd(w.t, (int)m, child, &got), 0);
	assert_int_equal(bemu_module_hold(w.em, "demo"), 0);
	return w;
}

static void references_add_up_in_a_busy_world(void **state)
{
	struct life w = busy(0);

	(void)state;
	expect_quiet(&w);
	assert_int_equal(mod_refs(&w, "demo"), 4); /* ld64, kfunc, link and what is not BPF */
	bemu_deferred_wait(w.em, 1);
	while (w.em->model.tasks) {
		bemu_task_exit(w.em->model.tasks);
		expect_quiet(&w);
	}
	while (bemu_deferred_run(w.em, 1))
		expect_quiet(&w);
	life_end(&w);
}

static struct bemu_kobj *oldest(struct life *w, uint32_t kind)
{
	return w->em->model.objs[kind].oldest;
}

static void a_count_too_high_is_a_leak(void **state)
{
	struct life w = busy(0);
	uint32_t kind;

	(void)state;
	for (kind = 0; kind < BEMU_OBJ_NR; kind++) {
		oldest(&w, kind)->refs++;
		expect_one(&w, BEMU_FINDING_REF_LEAK, "reference count");
		oldest(&w, kind)->refs--;
	}
	w.em->model.oldest_file->refs++;
	expect_one(&w, BEMU_FINDING_REF_LEAK, "fd 0 of task 1");
	w.em->model.oldest_file->refs--;
	w.t->fds->refs++;
	expect_one(&w, BEMU_FINDING_REF_LEAK, "FD table");
	w.t->fds->refs--;
	w.em->model.bpffs.root->child->inode->refs++;
	expect_one(&w, BEMU_FINDING_REF_LEAK, "bpffs");
	w.em->model.bpffs.root->child->inode->refs--;
	((struct bemu_map *)oldest(&w, BEMU_OBJ_MAP))->usercnt++;
	expect_one(&w, BEMU_FINDING_REF_LEAK, "user count");
	((struct bemu_map *)oldest(&w, BEMU_OBJ_MAP))->usercnt--;
	((struct bemu_map *)oldest(&w, BEMU_OBJ_MAP))->writecnt++;
	expect_one(&w, BEMU_FINDING_REF_LEAK, "writers");
	((struct bemu_map *)oldest(&w, BEMU_OBJ_MAP))->writecnt--;
	w.em->model.modules->refs++;
	expect_one(&w, BEMU_FINDING_MODULE_PINNED, "module demo");
	w.em->model.modules->refs--;
	expect_quiet(&w);
	life_end(&w);
}

static void a_count_too_low_is_an_underflow(void **state)
{
	struct life w = busy(0);
	uint32_t kind;

	(void)state;
	for (kind = 0; kind < BEMU_OBJ_NR; kind++) {
		oldest(&w, kind)->refs += 100;
		expect_one(&w, BEMU_FINDING_REF_LEAK, "");
		oldest(&w, kind)->refs -= 100;
	}
	oldest(&w, BEMU_OBJ_MAP)->refs--;
	expect_one(&w, BEMU_FINDING_REF_UNDERFLOW, "map 1");
	oldest(&w, BEMU_OBJ_MAP)->refs++;
	w.em->model.modules->refs--;
	expect_one(&w, BEMU_FINDING_REF_UNDERFLOW, "module demo");
	w.em->model.modules->refs++;
	expect_quiet(&w);
	life_end(&w);
}

static void the_holders_are_named(void **state)
{
	struct life w = busy(0);
	struct bemu_findings set;
	char all[2048] = "";
	uint32_t i;

	(void)state;
	oldest(&w, BEMU_OBJ_PROG)->refs++;
	assert_int_equal(audit(&w, &set), 1);
	for (i = 0; i < set.arr[0].nr_lines; i++)
		strcat(strcat(all, set.arr[0].lines[i]), "\n");
	assert_string_equal(set.arr[0].summary,
			    "prog 1: its reference count is 5, it is held 4 times");
	assert_string_equal(all, "held    by fd 8 of task 1\n"
				 "held    by name p in bpffs\n"
				 "held    by map 3\n"
				 "held    by link 1\n"
				 "judged  by a recount of all holders\n");
	bemu_findings_fini(&set);
	oldest(&w, BEMU_OBJ_PROG)->refs--;
	life_end(&w);
}

static void what_was_freed_and_is_held_is_used_after_free(void **state)
{
	struct life w = busy(0);
	struct bemu_kobj *map = oldest(&w, BEMU_OBJ_MAP);
	struct bemu_findings set;
	uint32_t i, nr = 0;

	(void)state;
	bemu_obj_fini(&w.em->model, map); /* as if it were freed: nobody's list has it */
	assert_true(audit(&w, &set) > 3);
	for (i = 0; i < set.nr; i++)
		nr += set.arr[i].id == BEMU_FINDING_OBJECT_USE_AFTER_FREE;
	assert_true(nr >= 3); /* a number, a pin, a program, an outer map */
	assert_int_equal(set.arr[set.nr - 1].id, BEMU_FINDING_ID_STALE);
	bemu_findings_fini(&set);
	bemu_reset(w.em);
	assert_int_equal(bemu_task_new(w.em, NULL, &w.t), 0);
	expect_quiet(&w);
	life_end(&w);
}

static void what_waits_to_be_freed_and_is_held_is_used_after_free(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	struct bemu_kobj *map = oldest(&w, BEMU_OBJ_MAP);

	(void)state;
	bemu_deferred_wait(w.em, 1);
	map->refs = 1;
	bemu_obj_put(&w.em->model, map); /* the put too many: the FD is still there */
	expect_one(&w, BEMU_FINDING_OBJECT_USE_AFTER_FREE, "held 1 times");
	bemu_reset(w.em);
	(void)m;
	assert_int_equal(bemu_task_new(w.em, NULL, &w.t), 0);
	life_end(&w);
}

static void an_id_that_outlives_its_module_is_stale(void **state)
{
	struct life old = life_new(BEMU_KERNEL_6_6), w = life_new(0);
	long b;

	(void)state;
	assert_int_equal(mod_load(&old, "demo"), 0);
	b = mod_fd(&old, "demo");
	assert_int_equal(mod_unload(&old, "demo"), 0);
	expect_one(&old, BEMU_FINDING_ID_STALE, "btf id 2");
	assert_int_equal(sys_close(old.t, b), 0);
	expect_quiet(&old);
	assert_int_equal(mod_load(&w, "demo"), 0);
	b = mod_fd(&w, "demo");
	assert_int_equal(mod_unload(&w, "demo"), 0);
	expect_quiet(&w);
	life_end(&old);
	life_end(&w);
}

static void code_of_a_module_that_is_gone_is_found(void **state)
{
	struct life w = life_new(0);
	struct bemu_findings set;
	long b, p;

	(void)state;
	bemu_set_design(w.em, BEMU_DESIGN_KEEP_BTF);
	assert_int_equal(mod_load(&w, "demo"), 0);
	b = mod_fd(&w, "demo");
	p = PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0);
	assert_true(p > 0);
	expect_quiet(&w);
	assert_int_equal(mod_unload(&w, "demo"), 0);
	assert_int_equal(audit(&w, &set), 1);
	assert_int_equal(set.arr[0].id, BEMU_FINDING_MODULE_GONE);
	assert_string_equal(set.arr[0].summary,
			    "prog 1 was made from btf demo without an id, whose module is gone");
	bemu_findings_fini(&set);
	life_end(&w);
}

static uint32_t rnd(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(*seed >> 8) * below >> 24);
}

/* One call at random; most answer errors, which is as well. */
static void random_step(struct life *w, uint32_t *seed)
{
	static const char *const paths[] = { "/sys/fs/bpf/a", "/sys/fs/bpf/b", "/sys/fs/bpf/c" };
	static const char *const mods[] = { "one", "two" };
	struct bemu_task *t = w->em->model.tasks, *child;
	uint32_t n = rnd(seed, 3), fd = rnd(seed, 24), other = rnd(seed, 24);
	const char *path = paths[rnd(seed, 3)], *mod = mods[rnd(seed, 2)];
	struct bemu_attr_raw_tp tp = { .name = ptr("one_tp"), .prog_fd = fd };
	struct bemu_attr_three bind = { .a = fd, .b = other };
	const int32_t fds[] = { -1, (int32_t)other, (int32_t)fd };
	struct prog p = { .type = rnd(seed, 2) ? BPF_PROG_TYPE_RAW_TRACEPOINT : 0 };
	const struct bpf_insn insns[] = { LD64(1, 1, fd, 0), KCALL(M_KFUNC, 1), RETURN0 };
	long got;

	while (n-- && t->next)
		t = t->next;
	p.insns = insns;
	p.nr = 5;
	p.a.fd_array = ptr(fds);
	switch (rnd(seed, 26)) {
	case 0:
		(void)map_new(t);
		break;
	case 1:
		(void)map_of(t, BPF_MAP_TYPE_PROG_ARRAY, 0);
		break;
	case 2:
		(void)map_of(t,
			     rnd(seed, 2) ? BPF_MAP_TYPE_ARRAY_OF_MAPS : BPF_MAP_TYPE_HASH_OF_MAPS,
			     fd);
		break;
	case 3:
	case 4:
	case 5:
		(void)map_set(t, fd, rnd(seed, 4), other);
		break;
	case 6:
		(void)PROG(t, RETURN0);
		break;
	case 7:
		(void)prog_load(t, &p);
		break;
	case 8:
		p.a.fd_array_cnt = 3;
		(void)prog_load(t, &p);
		break;
	case 9:
		(void)PROG(t, LD64(1, 3, M_VAR, fd), LD64(1, 1, other, 0), RETURN0);
		break;
	case 10:
		(void)life_bpf(t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp));
		break;
	case 11:
		(void)life_bpf(t, BPF_PROG_BIND_MAP, &bind, 12);
		break;
	case 12:
		(void)pin_at(t, path, fd);
		break;
	case 13:
		(void)get_at(t, path, 0);
		break;
	case 14:
		assert_int_equal(bemu_sys_unlink(t, path, &got), 0);
		break;
	case 15:
		assert_int_equal(bemu_sys_rename(t, path, paths[rnd(seed, 3)], &got), 0);
		break;
	case 16:
		assert_int_equal(bemu_sys_link(t, path, paths[rnd(seed, 3)], &got), 0);
		break;
	case 17:
		(void)mod_load(w, mod);
		break;
	case 18:
		(void)mod_unload(w, mod);
		break;
	case 19:
		(void)by_id(t, BPF_BTF_GET_FD_BY_ID, 1 + rnd(seed, 12));
		break;
	case 20:
		if (!bemu_next_task(w->em, NULL)->next)
			assert_int_equal(bemu_task_fork(t, rnd(seed, 2), &child), 0);
		break;
	case 21:
		if (w->em->model.tasks->next)
			bemu_task_exit(t);
		break;
	case 22:
		assert_int_equal(bemu_task_send_fd(t, (int)fd, w->em->model.tasks, &got), 0);
		assert_int_equal(bemu_task_recv_fd(w->em->model.tasks, 1, &got), 0);
		break;
	case 23:
		assert_int_equal(bemu_task_exec(t), 0);
		break;
	case 24:
		(void)bemu_deferred_run(w->em, rnd(seed, 3));
		break;
	default:
		(void)sys_close(t, fd);
		break;
	}
}

static void references_add_up_whatever_is_called(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_6_1, BEMU_KERNEL_6_12, BEMU_KERNEL_6_18 };
	uint32_t seed, step;

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		struct life w = life_new(kernels[seed % 3]);
		uint32_t s = seed;

		bemu_deferred_wait(w.em, seed % 2);
		for (step = 0; step < 400; step++) {
			struct bemu_findings set;

			random_step(&w, &s);
			if (audit(&w, &set))
				fail_msg("seed %u step %u: %s: %s", seed, step,
					 bemu_finding_name(set.arr[0].id), set.arr[0].summary);
			bemu_findings_fini(&set);
		}
		life_end(&w);
	}
}

static int audit_in(struct bemu_env *env, void *arg)
{
	struct life *w = arg;
	struct bemu_findings set;
	int err;

	bemu_findings_init(&set, env);
	err = bemu_refs_audit(&w->em->model, 1, &set);
	if (!err)
		assert_int_equal(set.nr, 1);
	bemu_findings_fini(&set);
	return err;
}

static void failed_allocations_are_reported(void **state)
{
	struct life w = busy(0);

	(void)state;
	oldest(&w, BEMU_OBJ_PROG)->refs++;
	test_failure_sweep(audit_in, &w);
	oldest(&w, BEMU_OBJ_PROG)->refs--;
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_add_up_in_a_busy_world),
		cmocka_unit_test(a_count_too_high_is_a_leak),
		cmocka_unit_test(a_count_too_low_is_an_underflow),
		cmocka_unit_test(the_holders_are_named),
		cmocka_unit_test(what_was_freed_and_is_held_is_used_after_free),
		cmocka_unit_test(what_waits_to_be_freed_and_is_held_is_used_after_free),
		cmocka_unit_test(an_id_that_outlives_its_module_is_stale),
		cmocka_unit_test(code_of_a_module_that_is_gone_is_found),
		cmocka_unit_test(references_add_up_whatever_is_called),
		cmocka_unit_test(failed_allocations_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
