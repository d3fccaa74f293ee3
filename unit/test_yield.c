/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Yield points: which ones a call passes, and what another task does there to it. */
#include "life.h"

#include "audit/refs.h"

enum { MAX_SEEN = 32 };

/** struct hook - notes what it is told, and at one point does something */
struct hook {
	struct bemu_yield yield;
	struct life *w;
	uint32_t nr;
	struct {
		uint32_t point, nth;
		struct bemu_task *task;
	} seen[MAX_SEEN];
	uint32_t at, nth; /* where @act is to be called */
	void (*act)(struct hook *h);
	struct bemu_task *other;
	void *arg;
	long fd;
	int fault;
};

static int told(void *ctx, struct bemu_task *task, uint32_t point, uint32_t nth)
{
	struct hook *h = ctx;

	assert_true(h->nr < MAX_SEEN);
	h->seen[h->nr].point = point;
	h->seen[h->nr].nth = nth;
	h->seen[h->nr++].task = task;
	if (h->act && point == h->at && nth == h->nth)
		h->act(h);
	return point == h->at ? h->fault : 0;
}

static void hang_on(struct hook *h, struct life *w, uint32_t at, uint32_t nth,
		    void (*act)(struct hook *h))
{
	memset(h, 0, sizeof(*h));
	h->yield.size = sizeof(h->yield);
	h->yield.at = told;
	h->yield.ctx = h;
	h->w = w;
	h->at = at;
	h->nth = nth;
	h->act = act;
	assert_int_equal(bemu_task_fork(w->t, BEMU_FORK_FILES, &h->other), 0);
	bemu_set_yield(w->em, &h->yield);
}

static void check_refs(struct life *w)
{
	struct bemu_findings set;

	bemu_findings_init(&set, w->env);
	assert_int_equal(bemu_refs_audit(&w->em->model, 1, &set), 0);
	if (set.nr)
		fail_msg("%s", set.arr[0].summary);
	bemu_findings_fini(&set);
}

static void points_have_names(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_YIELD_NR; i++)
		assert_int_equal(bemu_yield_find(bemu_yield_name(i)), i);
	assert_int_equal(bemu_yield_find("nowhere"), -ENOENT);
	assert_null(bemu_yield_name(BEMU_YIELD_NR));
}

static void a_program_load_passes_its_points_in_order(void **state)
{
	static const struct {
		uint32_t point, nth;
	} want[] = {
		{ BEMU_YIELD_PROG_LOAD_COPIED, 1 },    { BEMU_YIELD_PROG_LOAD_FD_LOOKUP, 1 },
		{ BEMU_YIELD_PROG_LOAD_MODULE, 1 },    { BEMU_YIELD_PROG_LOAD_FD_LOOKUP, 2 },
		{ BEMU_YIELD_PROG_LOAD_VERIFIED, 1 },  { BEMU_YIELD_PROG_LOAD_PUBLIC, 1 },
		{ BEMU_YIELD_PROG_LOAD_INSTALLED, 1 },
	};
	struct life w = life_new(0);
	struct hook h;
	int32_t fds[2] = { -1, 0 };
	long m = map_new(w.t);
	const struct bpf_insn insns[] = { LD64(1, 1, m, 0), KCALL(M_KFUNC, 1), RETURN0 };
	struct prog p = { .insns = insns, .nr = 5, .type = BPF_PROG_TYPE_SCHED_CLS };
	uint32_t i;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = (int32_t)mod_fd(&w, "one");
	p.a.fd_array = ptr(fds);
	hang_on(&h, &w, 0, 0, NULL);
	assert_true(prog_load(w.t, &p) > 0);
	assert_int_equal(h.nr, BEMU_ARRAY_SIZE(want));
	for (i = 0; i < h.nr; i++) {
		assert_int_equal(h.seen[i].point, want[i].point);
		assert_int_equal(h.seen[i].nth, want[i].nth);
		assert_ptr_equal(h.seen[i].task, w.t);
	}
	bemu_set_yield(w.em, NULL);
	life_end(&w);
}

static void close_it(struct hook *h)
{
	assert_int_equal(sys_close(h->other, h->fd), 0);
}

static void a_number_closed_before_its_look_up_is_ebadf(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long m = map_new(w.t);

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_FD_LOOKUP, 1, close_it);
	h.fd = m;
	assert_int_equal(PROG(w.t, LD64(1, 1, m, 0), RETURN0), -EBADF);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void pin_new_map(struct life *w, const char *path)
{
	long m = map_new(w->t);

	assert_int_equal(pin_at(w->t, path, m), 0);
	assert_int_equal(sys_close(w->t, m), 0);
}

static void rmdir_it(struct hook *h)
{
	assert_int_equal(bemu_sys_rmdir(h->other, h->arg, &h->fd), 0);
}

/* When the map that was replaced goes, the directory has the new name already. */
static void a_directory_is_not_empty_while_a_rename_replaces_its_pin(void **state)
{
	static char dir[] = "/sys/fs/bpf/d";
	struct life w = life_new(0);
	struct hook h;
	long kret;

	(void)state;
	assert_int_equal(bemu_sys_mkdir(w.t, dir, &kret), 0);
	pin_new_map(&w, "/sys/fs/bpf/d/new");
	pin_new_map(&w, "/sys/fs/bpf/d/old");
	hang_on(&h, &w, BEMU_YIELD_PUT_ID_GONE, 1, rmdir_it);
	h.arg = dir;
	assert_int_equal(bemu_sys_rename(w.t, "/sys/fs/bpf/d/new", "/sys/fs/bpf/d/old", &kret), 0);
	assert_int_equal(kret, 0);
	assert_true(h.nr > 0);
	assert_int_equal(h.fd, -ENOTEMPTY);
	assert_true(get_at(w.t, "/sys/fs/bpf/d/old", 0) >= 0);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void umount_it(struct hook *h)
{
	long kret;

	assert_int_equal(bemu_sys_rmdir(h->other, h->arg, &h->fd), 0);
	assert_int_equal(bemu_sys_umount(h->other, &kret), 0);
	assert_int_equal(kret, 0);
}

static void nothing_is_seen_of_a_mount_that_goes(void **state)
{
	static char dir[] = "/sys/fs/bpf/d";
	struct life w = life_new(0);
	struct hook h;
	long kret;

	(void)state;
	assert_int_equal(bemu_sys_mkdir(w.t, dir, &kret), 0);
	pin_new_map(&w, "/sys/fs/bpf/d/a");
	pin_new_map(&w, "/sys/fs/bpf/b");
	hang_on(&h, &w, BEMU_YIELD_PUT_ID_GONE, 1, umount_it);
	h.arg = dir;
	assert_int_equal(bemu_sys_umount(w.t, &kret), 0);
	assert_int_equal(kret, 0);
	assert_true(h.nr > 0);
	assert_int_equal(h.fd, -ENOENT);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void a_map_closed_after_its_look_up_is_held_by_the_program(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long m = map_new(w.t), p;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_VERIFIED, 1, close_it);
	h.fd = m;
	p = PROG(w.t, LD64(1, 1, m, 0), RETURN0);
	assert_int_equal(p, m); /* the lowest number is free now */
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	assert_int_equal(probe(w.t, BPF_MAP_GET_FD_BY_ID, 1), 0);
	life_end(&w);
}

static void replace_by_btf(struct hook *h)
{
	long kret, b = by_id(h->other, BPF_BTF_GET_FD_BY_ID, mod_btf_id(h->w, "one"));

	assert_int_equal(bemu_sys_dup2(h->other, (int)b, (int)h->fd, &kret), 0);
	assert_int_equal(kret, h->fd);
}

/* The window between two look-ups of one slot: here there is one look-up, so either object is seen whole. */
static void a_slot_is_looked_up_once(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	int32_t fds[1];
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[0] = (int32_t)map_new(w.t);
	p.a.fd_array = ptr(fds);
	p.a.fd_array_cnt = 1;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_FD_LOOKUP, 2, replace_by_btf);
	h.fd = fds[0];
	assert_true(prog_load(w.t, &p) > 0);
	assert_int_equal(mod_refs(&w, "one"), 0);
	h.nth = 1;
	assert_true(prog_load(w.t, &p) > 0);
	assert_int_equal(mod_refs(&w, "one"), 1);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void unload(struct hook *h)
{
	assert_int_equal(mod_unload(h->w, "one"), 0);
}

static void a_module_that_goes_before_it_is_taken_is_enxio(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	int32_t fds[2] = { -1, 0 };
	struct prog p = { .insns = (const struct bpf_insn[]){ KCALL(M_KFUNC, 1), RETURN0 },
			  .nr = 3,
			  .type = BPF_PROG_TYPE_SCHED_CLS };

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = (int32_t)mod_fd(&w, "one");
	p.a.fd_array = ptr(fds);
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_MODULE, 1, unload);
	assert_int_equal(prog_load(w.t, &p), -ENXIO);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, mod_fd(&w, "one")), RETURN0), -ENXIO);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void open_by_id(struct hook *h)
{
	h->fd = by_id(h->other, BPF_PROG_GET_FD_BY_ID, 1);
	assert_true(h->fd > 0);
}

static void open_and_close_by_id(struct hook *h)
{
	open_by_id(h);
	close_it(h);
}

static void a_program_can_be_opened_before_its_loader_has_its_number(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long p;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_PUBLIC, 1, open_by_id);
	p = PROG(w.t, RETURN0);
	assert_true(h.fd > 0 && p > h.fd);
	assert_int_equal(id_of(w.t, p), id_of(w.t, h.fd));
	check_refs(&w);
	bemu_set_yield(w.em, NULL);
	life_end(&w);
}

static void and_closed_again_it_still_lives(void **state)
{
	struct life w = life_new(0);
	struct hook h;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_PUBLIC, 1, open_and_close_by_id);
	assert_int_equal(id_of(w.t, PROG(w.t, RETURN0)), 1);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void fill_table(struct hook *h)
{
	while (map_new(h->other) >= 0)
		;
}

/* Whoever shares the table may take the last numbers, and what was built is taken back. */
static void the_last_number_may_be_taken_meanwhile(void **state)
{
	struct life w = life_new(0);
	struct hook h;

	(void)state;
	bemu_task_set_nofile(w.t, 200);
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_PUBLIC, 1, fill_table);
	assert_int_equal(PROG(w.t, RETURN0), -EMFILE);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 0);
	life_end(&w);
}

static void close_all(struct hook *h)
{
	struct bemu_fd_info info;
	int fd = 2;

	while (!bemu_task_next_fd(h->other, fd, &info)) {
		fd = info.fd;
		assert_int_equal(sys_close(h->other, fd), 0);
	}
}

static void a_number_closed_as_soon_as_it_exists(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long p;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_INSTALLED, 1, close_all);
	p = PROG(w.t, RETURN0);
	assert_true(p > 0); /* what it names is gone */
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 0);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void scribble(struct hook *h)
{
	memset(h->arg, 0xff, 24);
}

static void what_btf_load_has_copied_cannot_be_changed(void **state)
{
	struct life w = life_new(0);
	uint8_t copy[1024];
	struct bemu_attr_btf_load a = { .btf = ptr(copy), .btf_size = (uint32_t)w.vmlinux.len };
	struct hook h;

	(void)state;
	memcpy(copy, w.vmlinux.data, w.vmlinux.len);
	hang_on(&h, &w, BEMU_YIELD_BTF_LOAD_COPIED, 1, scribble);
	h.arg = copy;
	assert_true(life_bpf(w.t, BPF_BTF_LOAD, &a, sizeof(a)) > 0);
	memcpy(copy, w.vmlinux.data, w.vmlinux.len);
	h.at = BEMU_YIELD_BTF_LOAD_FETCH;
	assert_int_equal(life_bpf(w.t, BPF_BTF_LOAD, &a, sizeof(a)), -EINVAL);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

static void look_for_it(struct hook *h)
{
	h->fd = probe(h->other, BPF_MAP_GET_FD_BY_ID, 1);
}

static void an_id_is_gone_before_the_rest(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long m = map_new(w.t);

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PUT_ID_GONE, 1, look_for_it);
	h.fd = -1;
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(h.fd, -ENOENT);
	bemu_set_yield(w.em, NULL);
	life_end(&w);
}

static void find_btf(struct hook *h)
{
	h->fd = probe(h->other, BPF_BTF_GET_FD_BY_ID, *(const uint32_t *)h->arg);
}

static void the_id_of_module_btf_goes_between_going_and_gone(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	uint32_t id = 2;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_MODULE_COMING, 1, find_btf);
	h.arg = &id;
	h.fd = -1;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(h.fd, 0);
	assert_null(h.seen[0].task);
	h.at = BEMU_YIELD_MODULE_GOING;
	h.fd = -1;
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(h.fd, 0);
	id = 3;
	assert_int_equal(mod_load(&w, "one"), 0);
	h.at = BEMU_YIELD_MODULE_GONE;
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(h.fd, -ENOENT);
	bemu_set_yield(w.em, NULL);
	life_end(&w);
}

static void pin_is_closed(struct hook *h)
{
	close_it(h);
}

static void a_pin_holds_its_object_before_it_has_a_name(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	long m = map_new(w.t);

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_OBJ_PIN_PATH, 1, pin_is_closed);
	h.fd = m;
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/m", m), 0);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	assert_true(get_at(w.t, "/sys/fs/bpf/m", 0) > 0);
	life_end(&w);
}

static void a_fault_of_the_hook_ends_the_call(void **state)
{
	struct life w = life_new(0);
	struct hook h;
	static const struct bpf_insn insns[] = { RETURN0 };
	struct bemu_attr_prog_load a = {
		.prog_type = 1, .insns = ptr(insns), .insn_cnt = 2, .license = ptr("GPL")
	};
	long kret = -9999;

	(void)state;
	hang_on(&h, &w, BEMU_YIELD_PROG_LOAD_COPIED, 0, NULL);
	h.fault = -EDQUOT;
	assert_int_equal(bemu_sys_bpf(w.t, BPF_PROG_LOAD, ptr(&a), sizeof(a), &kret), -EDQUOT);
	assert_int_equal(kret, -9999);
	bemu_set_yield(w.em, NULL);
	check_refs(&w);
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_have_names),
		cmocka_unit_test(a_program_load_passes_its_points_in_order),
		cmocka_unit_test(a_number_closed_before_its_look_up_is_ebadf),
		cmocka_unit_test(a_directory_is_not_empty_while_a_rename_replaces_its_pin),
		cmocka_unit_test(nothing_is_seen_of_a_mount_that_goes),
		cmocka_unit_test(a_map_closed_after_its_look_up_is_held_by_the_program),
		cmocka_unit_test(a_slot_is_looked_up_once),
		cmocka_unit_test(a_module_that_goes_before_it_is_taken_is_enxio),
		cmocka_unit_test(a_program_can_be_opened_before_its_loader_has_its_number),
		cmocka_unit_test(and_closed_again_it_still_lives),
		cmocka_unit_test(the_last_number_may_be_taken_meanwhile),
		cmocka_unit_test(a_number_closed_as_soon_as_it_exists),
		cmocka_unit_test(what_btf_load_has_copied_cannot_be_changed),
		cmocka_unit_test(an_id_is_gone_before_the_rest),
		cmocka_unit_test(the_id_of_module_btf_goes_between_going_and_gone),
		cmocka_unit_test(a_pin_holds_its_object_before_it_has_a_name),
		cmocka_unit_test(a_fault_of_the_hook_ends_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
