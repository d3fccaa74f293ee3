/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Processes: fork, exec, exit, FDs that are passed on, limits and reserved numbers. */
#include <stdio.h>

#include "life.h"

static struct bemu_task *forked(struct bemu_task *t, unsigned int flags)
{
	struct bemu_task *child = NULL;

	assert_int_equal(bemu_task_fork(t, flags, &child), 0);
	return child;
}

static void a_child_has_the_numbers_of_its_parent(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	struct bemu_task *child = forked(w.t, 0);
	struct bemu_fd_info mine, theirs;
	uint32_t v = 0;

	(void)state;
	assert_int_equal(bemu_task_pid(child), 2);
	assert_int_equal(bemu_task_fd(w.t, (int)m, &mine), 0);
	assert_int_equal(bemu_task_fd(child, (int)m, &theirs), 0);
	assert_true(mine.file == theirs.file);
	assert_true(theirs.cloexec);
	assert_int_equal(map_set(child, m, 0, 77), 0);
	assert_int_equal(sys_close(child, m), 0);
	assert_int_equal(map_get(w.t, m, 0, &v), 0); /* B15 */
	assert_int_equal(v, 77);
	assert_int_equal(map_get(child, m, 0, &v), -EBADF);
	life_end(&w);
}

static void what_a_child_holds_outlives_its_parent(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	uint32_t id = id_of(w.t, m);
	struct bemu_task *child = forked(w.t, 0);

	(void)state;
	bemu_task_exit(w.t);
	assert_int_equal(probe(child, BPF_MAP_GET_FD_BY_ID, id), 0);
	assert_int_equal(sys_close(child, m), 0);
	assert_int_equal(probe(child, BPF_MAP_GET_FD_BY_ID, id), -ENOENT);
	life_end(&w);
}

static void a_shared_table_is_one_table(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *child = forked(w.t, BEMU_FORK_FILES);
	long m = map_new(child);

	(void)state;
	assert_int_equal(id_of(w.t, m), 1);
	bemu_task_exit(child);
	assert_int_equal(id_of(w.t, m), 1);
	child = forked(w.t, BEMU_FORK_FILES);
	assert_int_equal(sys_close(child, m), 0);
	assert_int_equal(sys_close(w.t, m), -EBADF);
	assert_int_equal(bemu_task_fork(w.t, 2, &child), -EINVAL);
	life_end(&w);
}

static void exec_closes_what_says_so(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t), d = sys_dup(w.t, m), other, e;
	struct bemu_fd_info info;

	(void)state;
	assert_int_equal(bemu_sys_open_other(w.t, "memfd:x", 0, &other), 0);
	assert_int_equal(bemu_sys_dupfd(w.t, (int)m, 10, 1, &e), 0);
	assert_int_equal(bemu_task_exec(w.t), 0);
	assert_int_equal(bemu_task_fd(w.t, (int)m, &info), -EBADF);
	assert_int_equal(bemu_task_fd(w.t, (int)e, &info), -EBADF);
	assert_int_equal(bemu_task_fd(w.t, (int)d, &info), 0);
	assert_int_equal(info.kind, BEMU_KIND_MAP);
	assert_string_equal(bemu_kind_name(info.kind), "map");
	assert_int_equal(bemu_task_fd(w.t, (int)other, &info), 0);
	assert_string_equal(info.name, "memfd:x");
	life_end(&w);
}

static void exec_leaves_a_shared_table_alone(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *child = forked(w.t, BEMU_FORK_FILES);
	long m = map_new(w.t);

	(void)state;
	assert_int_equal(bemu_task_exec(child), 0);
	assert_int_equal(sys_close(child, m), -EBADF);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(sys_close(child, 0), 0);
	assert_int_equal(sys_close(w.t, 0), 0);
	life_end(&w);
}

/* F12 */
static void a_passed_fd_is_the_same_file_at_the_lowest_number(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *to;
	struct bemu_fd_info mine, theirs;
	long m = map_new(w.t), got, i;
	uint32_t v = 0;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, NULL, &to), 0);
	assert_int_equal(map_set(w.t, m, 0, 77), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)m, to, 0, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(bemu_task_fd(w.t, (int)m, &mine), 0);
	assert_int_equal(bemu_task_fd(to, 0, &theirs), 0);
	assert_true(mine.file == theirs.file);
	assert_false(theirs.cloexec);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)m, to, 1, &got), 0);
	assert_int_equal(bemu_task_fd(to, (int)got, &theirs), 0);
	assert_true(theirs.cloexec);
	bemu_task_exit(w.t);
	assert_int_equal(map_get(to, 0, 0, &v), 0);
	assert_int_equal(v, 77);
	assert_int_equal(bemu_task_pass_fd(to, 9, to, 0, &got), 0);
	assert_int_equal(got, -EBADF);
	for (i = 0; i < 2; i++)
		assert_int_equal(sys_close(to, i), 0);
	life_end(&w);
}

static void an_fd_on_its_way_keeps_its_object(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *to;
	long m = map_new(w.t), res;
	uint32_t id = id_of(w.t, m);

	(void)state;
	assert_int_equal(bemu_task_new(w.em, NULL, &to), 0);
	assert_int_equal(bemu_task_send_fd(w.t, (int)m, to, &res), 0);
	assert_int_equal(res, 0);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, 0, to, 0, &res), 0);
	assert_int_equal(res, -EBUSY);
	assert_int_equal(bemu_task_recv_fd(to, 0, &res), 0);
	assert_int_equal(res, 0);
	assert_int_equal(bemu_task_recv_fd(to, 0, &res), 0);
	assert_int_equal(res, -EAGAIN);
	/* and a receiver that ends without asking gives it up */
	assert_int_equal(bemu_task_send_fd(to, 0, w.t, &res), 0);
	bemu_task_exit(to);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), 0);
	bemu_task_exit(w.t);
	assert_int_equal(bemu_task_new(w.em, NULL, &w.t), 0);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, id), -ENOENT);
	life_end(&w);
}

/* F13 */
static void without_a_free_number_nothing_is_made(void **state)
{
	struct life w = life_new(0);
	long m, p = PROG(w.t, RETURN0), d;
	struct bemu_attr_raw_tp tp = { .name = ptr("tp") };
	uint32_t id;

	(void)state;
	bemu_task_set_nofile(w.t, 4);
	m = map_new(w.t);
	assert_int_equal(m, -EMFILE);
	assert_int_equal(PROG(w.t, RETURN0), -EMFILE);
	assert_int_equal(btf_new(&w), -EMFILE);
	assert_int_equal(bemu_sys_dup(w.t, (int)p, &d), 0);
	assert_int_equal(d, -EMFILE);
	assert_int_equal(sys_close(w.t, p), 0);
	p = prog_load(w.t, &(struct prog){ .insns = (const struct bpf_insn[]){ RETURN0 },
					   .nr = 2,
					   .type = BPF_PROG_TYPE_RAW_TRACEPOINT });
	tp.prog_fd = (uint32_t)p;
	assert_int_equal(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp)), -EMFILE);
	assert_int_equal(next_id(w.t, BPF_LINK_GET_NEXT_ID, 0), 0);
	bemu_task_set_nofile(w.t, 64);
	/* IDs were given for a moment; the one of a link was not */
	assert_int_equal(id_of(w.t, map_new(w.t)), 2);
	assert_int_equal(id_of(w.t, p), 3);
	id = id_of(w.t, btf_new(&w));
	assert_int_equal(id, 3);
	assert_int_equal(id_of(w.t, life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp))), 1);
	life_end(&w);
}

static void too_many_files_come_after_too_many_numbers(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *poor = forked(w.t, 0);

	(void)state;
	bemu_task_set_caps(poor, BEMU_CAP_BPF);
	bemu_set_max_files(w.em, 3);
	assert_int_equal(map_new(poor), -ENFILE);
	bemu_task_set_nofile(poor, 3);
	assert_int_equal(map_new(poor), -EMFILE);
	assert_int_equal(map_new(w.t), 3); /* CAP_SYS_ADMIN */
	bemu_set_max_files(w.em, UINT64_MAX);
	life_end(&w);
}

static long prog_of(struct bemu_task *t, uint32_t type, uint32_t nr, const struct bpf_insn *insns)
{
	return prog_load(t, &(struct prog){ .insns = insns, .nr = nr, .type = type });
}

/* sysctl kernel.unprivileged_bpf_disabled */
static void what_a_task_without_capabilities_may(void **state)
{
	static const struct bpf_insn plain[] = { RETURN0 };
	static const struct bpf_insn call[] = { SUBCALL(1), EXIT, RETURN0 };
	static const struct bpf_insn loop[] = { MOV(0, 0), JA(-2), EXIT };
	struct life w = life_new(0);
	uint32_t types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_CGROUP_SKB,
			     BPF_PROG_TYPE_SYSCALL };
	struct bpf_insn *many = calloc(5000, sizeof(*many));
	long m = map_new(w.t);
	uint32_t i;

	(void)state;
	for (i = 0; i < 4999; i++)
		many[i] = (struct bpf_insn)MOV(0, 0);
	many[4999] = (struct bpf_insn)EXIT;
	bemu_task_set_caps(w.t, 0);
	assert_int_equal(bemu_task_caps(w.t), 0);
	assert_int_equal(map_new(w.t), -EPERM);
	assert_int_equal(prog_of(w.t, types[0], 2, plain), -EPERM);
	bemu_set_unprivileged_bpf(w.em, 0);
	assert_true(map_new(w.t) > 0);
	assert_int_equal(map_of(w.t, BPF_MAP_TYPE_LRU_HASH, 0), -EPERM);
	assert_true(prog_of(w.t, types[0], 2, plain) > 0);
	assert_int_equal(prog_of(w.t, types[2], 2, plain), -EPERM);
	assert_int_equal(prog_of(w.t, BPF_PROG_TYPE_XDP, 2, plain), -EPERM);
	assert_int_equal(prog_of(w.t, types[0], 4, call), -EPERM);
	assert_int_equal(prog_of(w.t, types[0], 3, loop), -EINVAL);
	assert_int_equal(prog_of(w.t, types[0], 5000, many), -E2BIG);
	assert_int_equal(btf_new(&w), -EPERM);
	assert_int_equal(by_id(w.t, BPF_MAP_GET_FD_BY_ID, 1), -EPERM);
	/* what somebody else opened may be used and pinned */
	assert_int_equal(map_set(w.t, m, 0, 1), 0);
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/m", m), 0);
	bemu_task_set_caps(w.t, BEMU_CAP_BPF);
	assert_true(prog_of(w.t, types[0], 5000, many) > 0);
	assert_true(prog_of(w.t, types[0], 4, call) > 0);
	free(many);
	life_end(&w);
}

static void old_kernels_shut_them_out_at_the_entry(void **state)
{
	struct life a = life_new(BEMU_KERNEL_5_15), b = life_new(BEMU_KERNEL_6_1);
	long m = map_new(a.t), n = map_new(b.t);
	uint32_t v;

	(void)state;
	bemu_task_set_caps(a.t, 0);
	bemu_task_set_caps(b.t, 0);
	assert_int_equal(map_get(a.t, m, 0, &v), -EPERM);
	assert_int_equal(map_get(b.t, n, 0, &v), 0);
	/* before the attribute is looked at */
	assert_int_equal(life_bpf(b.t, BPF_MAP_CREATE, NULL, 5000), -EPERM);
	assert_int_equal(life_bpf(b.t, BPF_MAP_LOOKUP_ELEM, NULL, 5000), -E2BIG);
	life_end(&a);
	life_end(&b);
}

struct fd_row {
	const char *name;
	char call; /* d dup, 2 dup2, 3 dup3, f F_DUPFD */
	int a, b, flags;
	long want;
};

/* Numbers 0 to 5 are open, and the limit is 6; answers of Linux 6.18. */
static const struct fd_row fd_rows[] = {
	{ "dup at the limit", 'd', 0, 0, 0, -EMFILE },
	{ "dup2 onto the limit", '2', 0, 6, 0, -EBADF },
	{ "dup2 onto an open number", '2', 0, 5, 0, 5 },
	{ "dup3 onto the limit", '3', 0, 6, 0, -EBADF },
	{ "dup3 of a number onto itself", '3', 0, 0, 0, -EINVAL },
	{ "dup3 with unknown flags", '3', 0, 5, 1, -EINVAL },
	{ "F_DUPFD from the limit", 'f', 0, 6, 0, -EINVAL },
	{ "F_DUPFD from the last number", 'f', 0, 5, 0, -EMFILE },
	{ "F_DUPFD from 0", 'f', 0, 0, 0, -EMFILE },
	{ "F_DUPFD from -1", 'f', 0, -1, 0, -EINVAL },
	{ "F_DUPFD of a closed number", 'f', 99, 99, 0, -EBADF },
	{ "dup2 of a closed number onto itself", '2', 99, 99, 0, -EBADF },
	{ "dup2 of a number onto itself", '2', 5, 5, 0, 5 },
	{ "dup3 of a closed number onto itself, unknown flags", '3', 99, 99, 1, -EINVAL },
	{ "dup3 of a closed number, unknown flags", '3', 99, 98, 1, -EINVAL },
	{ "dup2 onto a negative number", '2', 0, -1, 0, -EBADF },
};

static void run_fd_row(void **state)
{
	const struct fd_row *r = *state;
	struct life w = life_new(0);
	long got = -9999;

	while (sys_dup(w.t, 0) < 5)
		;
	bemu_task_set_nofile(w.t, 6);
	if (r->call == 'd')
		assert_int_equal(bemu_sys_dup(w.t, r->a, &got), 0);
	else if (r->call == '2')
		assert_int_equal(bemu_sys_dup2(w.t, r->a, r->b, &got), 0);
	else if (r->call == '3')
		assert_int_equal(bemu_sys_dup3(w.t, r->a, r->b, r->flags, &got), 0);
	else
		assert_int_equal(bemu_sys_dupfd(w.t, r->a, r->b, 0, &got), 0);
	assert_int_equal(got, r->want);
	life_end(&w);
}

static void a_reserved_number_is_nobodys(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *child;
	struct bemu_fd_info info;
	long got;

	(void)state;
	assert_int_equal(bemu_task_reserve_fd(w.t, 3, &got), 0);
	assert_int_equal(got, 3);
	assert_int_equal(bemu_task_reserve_fd(w.t, -1, &got), 0);
	assert_int_equal(got, 4);
	assert_int_equal(bemu_task_reserve_fd(w.t, 3, &got), 0);
	assert_int_equal(got, -EBUSY);
	assert_int_equal(bemu_task_reserve_fd(w.t, 1 << 30, &got), 0);
	assert_int_equal(got, -EMFILE);
	assert_int_equal(map_new(w.t), 5);
	assert_int_equal(sys_close(w.t, 3), -EBADF);
	assert_int_equal(bemu_sys_dup2(w.t, 5, 3, &got), 0);
	assert_int_equal(got, -EBUSY);
	assert_int_equal(bemu_task_next_fd(w.t, 2, &info), 0);
	assert_int_equal(info.fd, 3);
	assert_true(info.reserved);
	child = forked(w.t, 0);
	assert_int_equal(map_new(child), 3);
	assert_int_equal(bemu_task_exec(w.t), 0);
	assert_int_equal(bemu_task_release_fd(w.t, 3), 0);
	assert_int_equal(bemu_task_release_fd(w.t, 3), -EBADF);
	assert_int_equal(bemu_task_release_fd(w.t, 0), -EBADF);
	assert_int_equal(map_new(w.t), 3);
	life_end(&w);
}

static void the_lowest_number_comes_first_in_a_large_table(void **state)
{
	static const int holes[] = { 9999, 4096, 4095, 64, 63, 3, 5000 };
	struct life w = life_new(0);
	long i, last = 0;

	(void)state;
	for (i = 0; i < 10000; i++)
		last = sys_dup(w.t, 0);
	assert_int_equal(last, 10002);
	for (i = 0; i < 7; i++)
		assert_int_equal(sys_close(w.t, holes[i]), 0);
	for (i = 0, last = -1; i < 7; i++) {
		long fd = sys_dup(w.t, 0);

		assert_true(fd > last && fd < 10000);
		last = fd;
	}
	assert_int_equal(sys_dup(w.t, 0), 10003);
	life_end(&w);
}

static void tasks_are_listed_by_age(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *b = forked(w.t, 0), *c = forked(b, 0);

	(void)state;
	assert_ptr_equal(bemu_next_task(w.em, NULL), w.t);
	assert_ptr_equal(bemu_next_task(w.em, w.t), b);
	bemu_task_exit(b);
	assert_ptr_equal(bemu_next_task(w.em, w.t), c);
	assert_null(bemu_next_task(w.em, c));
	assert_int_equal(bemu_task_pid(c), 3);
	life_end(&w);
}

static void a_reset_forgets_tasks_and_what_they_hold(void **state)
{
	struct life w = life_new(0);
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	long got, m = map_new(w.t);
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct bemu_task *child = forked(w.t, BEMU_FORK_FILES);

		assert_int_equal(bemu_task_send_fd(w.t, (int)m, child, &got), 0);
		assert_int_equal(pin_at(child, "/sys/fs/bpf/m", m), 0);
		assert_int_equal(bemu_task_reserve_fd(w.t, 20, &got), 0);
		bemu_deferred_wait(w.em, 1);
		assert_int_equal(sys_close(w.t, map_new(w.t)), 0);
		assert_int_equal(bemu_deferred_nr(w.em), 1);
		bemu_reset(w.em);
		assert_int_equal(bemu_deferred_nr(w.em), 0);
		assert_null(bemu_next_task(w.em, NULL));
		assert_int_equal(bemu_task_new(w.em, &topts, &w.t), 0);
		assert_int_equal(bemu_task_pid(w.t), 1);
		m = map_new(w.t);
		assert_int_equal(m, 3);
		assert_int_equal(id_of(w.t, m), 1);
		assert_int_equal(get_at(w.t, "/sys/fs/bpf/m", 0), -ENOENT);
	}
	life_end(&w);
}

/* Fork, exec, send, receive, reserve: each stops at the first fault. */
static int everything(struct life *w)
{
	struct bemu_task *child, *other;
	long got;
	int err;

	err = bemu_sys_open_other(w->t, "memfd:x", 1, &got);
	if (!err)
		err = bemu_task_fork(w->t, 0, &child);
	if (!err)
		err = bemu_task_fork(child, BEMU_FORK_FILES, &other);
	if (!err)
		err = bemu_task_exec(other);
	if (!err)
		err = bemu_task_send_fd(w->t, 3, child, &got);
	if (!err)
		err = bemu_task_recv_fd(child, 0, &got);
	if (!err)
		err = bemu_task_pass_fd(w->t, 3, other, 0, &got);
	if (!err)
		err = bemu_task_reserve_fd(w->t, 5000, &got);
	return err;
}

static void failed_allocations_leave_no_trace(void **state)
{
	unsigned long n;

	(void)state;
	for (n = 1; n < 10000; n++) {
		struct test_alloc a;
		struct life w;
		int err;

		test_alloc_init(&a, n);
		w = life_new_with(0, &a.ops);
		if (w.t) {
			err = everything(&w);
			if (a.nr_calls < n) {
				assert_int_equal(err, 0);
				life_end(&w);
				assert_int_equal(a.live, 0);
				return;
			}
			assert_int_equal(err, -ENOMEM);
			life_check_empty(&w);
			assert_int_equal(bemu_env_live(w.em->env), 0);
		}
		bemu_free(w.em);
		bemu_btf_put(w.base);
		bemu_env_free(w.env);
		assert_int_equal(a.live, 0);
	}
	fail_msg("the sweep never came to an end");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_the_numbers_of_its_parent),
		cmocka_unit_test(what_a_child_holds_outlives_its_parent),
		cmocka_unit_test(a_shared_table_is_one_table),
		cmocka_unit_test(exec_closes_what_says_so),
		cmocka_unit_test(exec_leaves_a_shared_table_alone),
		cmocka_unit_test(a_passed_fd_is_the_same_file_at_the_lowest_number),
		cmocka_unit_test(an_fd_on_its_way_keeps_its_object),
		cmocka_unit_test(without_a_free_number_nothing_is_made),
		cmocka_unit_test(too_many_files_come_after_too_many_numbers),
		cmocka_unit_test(what_a_task_without_capabilities_may),
		cmocka_unit_test(old_kernels_shut_them_out_at_the_entry),
		cmocka_unit_test(a_reserved_number_is_nobodys),
		cmocka_unit_test(the_lowest_number_comes_first_in_a_large_table),
		cmocka_unit_test(tasks_are_listed_by_age),
		cmocka_unit_test(a_reset_forgets_tasks_and_what_they_hold),
		cmocka_unit_test(failed_allocations_leave_no_trace),
	};
	struct CMUnitTest rows[BEMU_ARRAY_SIZE(fd_rows)];
	size_t i;
	int failed;

	for (i = 0; i < BEMU_ARRAY_SIZE(fd_rows); i++)
		rows[i] = (struct CMUnitTest){ .name = fd_rows[i].name,
					       .test_func = run_fd_row,
					       .initial_state = (void *)(uintptr_t)&fd_rows[i] };
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("rows", rows, NULL, NULL);
}
