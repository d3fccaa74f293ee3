/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Who holds what and for how long: rows L01 to L21 of Linux 6.18, the queue of frees, programs that run. */
#include "life.h"

enum {
	MAP_ID = BPF_MAP_GET_FD_BY_ID,
	PROG_ID = BPF_PROG_GET_FD_BY_ID,
	BTF_ID = BPF_BTF_GET_FD_BY_ID
};

static long raw_tp_prog(struct bemu_task *t)
{
	return prog_load(t, &(struct prog){ .insns = (const struct bpf_insn[]){ RETURN0 },
					    .nr = 2,
					    .type = BPF_PROG_TYPE_RAW_TRACEPOINT });
}

static long raw_tp(struct bemu_task *t, long prog, const char *name)
{
	struct bemu_attr_raw_tp tp = { .name = ptr(name), .prog_fd = (uint32_t)prog };

	return life_bpf(t, BPF_RAW_TRACEPOINT_OPEN, &tp, sizeof(tp));
}

static void ids_rise_and_are_not_reused_L01_L02_L03(void **state)
{
	struct life w = life_new(0);
	long a = btf_new(&w), b = btf_new(&w);
	uint32_t ida = id_of(w.t, a), idb = id_of(w.t, b);

	(void)state;
	assert_true(idb > ida);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(probe(w.t, BTF_ID, idb), -ENOENT);
	assert_true(id_of(w.t, btf_new(&w)) > idb);
	life_end(&w);
}

static void an_id_opens_another_number_L04(void **state)
{
	struct life w = life_new(0);
	long a = btf_new(&w), b = by_id(w.t, BTF_ID, id_of(w.t, a));

	(void)state;
	assert_true(b > 0 && b != a);
	assert_int_equal(id_of(w.t, a), id_of(w.t, b));
	life_end(&w);
}

static void ids_that_nothing_has_L05(void **state)
{
	static const uint32_t cmds[] = { MAP_ID, PROG_ID, BTF_ID, BPF_LINK_GET_FD_BY_ID };
	static const uint32_t ids[] = { 0, 0x7fffffff, 0xffffffff };
	struct life w = life_new(0);
	uint32_t i, k;

	(void)state;
	for (i = 0; i < 4; i++)
		for (k = 0; k < 3; k++)
			assert_int_equal(by_id(w.t, cmds[i], ids[k]), -ENOENT);
	life_end(&w);
}

static void the_next_id_L06_L07_L08_L09(void **state)
{
	struct life w = life_new(0);
	struct bemu_attr_id a = { .next_id = 77 };
	uint32_t id = id_of(w.t, btf_new(&w));

	(void)state;
	assert_int_equal(next_id(w.t, BPF_BTF_GET_NEXT_ID, id - 1), id);
	a.id = INT32_MAX - 1;
	assert_int_equal(life_bpf(w.t, BPF_BTF_GET_NEXT_ID, &a, 8), -ENOENT);
	assert_int_equal(a.next_id, 77);
	a.id = INT32_MAX;
	assert_int_equal(life_bpf(w.t, BPF_BTF_GET_NEXT_ID, &a, 8), -EINVAL);
	a.id = 0;
	assert_int_equal(life_bpf(w.t, BPF_BTF_GET_NEXT_ID, &a, 8), 0);
	assert_int_equal(a.next_id, 1);
	life_end(&w);
}

static void the_first_btf_is_vmlinux_L10(void **state)
{
	struct life w = life_new(0);
	char name[16] = "";
	struct bpf_btf_info info = { .name = ptr(name), .name_len = sizeof(name) };

	(void)state;
	assert_int_equal(info_of(w.t, by_id(w.t, BTF_ID, 1), &info, sizeof(info)), 0);
	assert_string_equal(name, "vmlinux");
	assert_int_equal(info.name_len, 7);
	assert_true(info.kernel_btf);
	life_end(&w);
}

static void a_map_keeps_its_btf_L11(void **state)
{
	struct life w = life_new(0);
	long b = btf_new(&w), m;
	uint32_t btf = id_of(w.t, b), map;
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .btf_fd = (uint32_t)b,
					  .btf_key_type_id = V_INT,
					  .btf_value_type_id = V_INT };

	(void)state;
	m = life_bpf(w.t, BPF_MAP_CREATE, &a, sizeof(a));
	map = id_of(w.t, m);
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(probe(w.t, BTF_ID, btf), 0);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT); /* at once, L15 */
	assert_int_equal(probe(w.t, BTF_ID, btf), 0); /* with the map's memory, in a worker */
	assert_int_equal(bemu_deferred_run(w.em, 1), 1);
	assert_int_equal(probe(w.t, BTF_ID, btf), -ENOENT);
	life_end(&w);
}

/* The tag that Linux 6.18 gave, and the SHA-1 of the same bytes. */
static void a_tag_is_the_hash_of_instructions_without_map_numbers(void **state)
{
	static const struct {
		uint32_t kernel;
		uint8_t tag[8];
	} rows[] = {
		{ BEMU_KERNEL_6_12, { 0x48, 0xd6, 0x61, 0x4f, 0x46, 0xe8, 0x30, 0x46 } },
		{ BEMU_KERNEL_6_18, { 0x26, 0x76, 0x73, 0x8f, 0xf1, 0x1d, 0x68, 0x72 } },
	};
	uint32_t i, j;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct life w = life_new(rows[i].kernel);

		for (j = 0; j < 2; j++) { /* two maps of different numbers */
			struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
							  .key_size = 4,
							  .value_size = 4,
							  .max_entries = 1 };
			struct bpf_prog_info info = { 0 };
			long m = life_bpf(w.t, BPF_MAP_CREATE, &a, sizeof(a)), p;

			p = PROG(w.t, LD64(1, 1, m, 0), LD64(2, 2, m, 0), LD64(3, 0, 5, 6),
				 RETURN0);
			assert_true(p > 0);
			assert_int_equal(info_of(w.t, p, &info, sizeof(info)), 0);
			assert_memory_equal(info.tag, rows[i].tag, sizeof(rows[i].tag));
		}
		life_end(&w);
	}
}

static void a_global_function_of_a_void_pointer_is_refused_before_6_8(void **state)
{
	static const char want[] =
		"arg#0 reference type('UNKNOWN ') size cannot be determined: -22\n";
	static const uint32_t kernels[] = { BEMU_KERNEL_6_1, BEMU_KERNEL_6_12 };
	static const struct bpf_insn insns[] = { MOV(1, 0), SUBCALL(1), EXIT, RETURN0 };
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++) {
		struct life w = life_new(kernels[i]);
		struct bpf_func_info fi[] = { { 0, 5 }, { 3, 6 } };
		struct bemu_attr_btf_load load = { 0 };
		struct prog p = { .insns = insns, .nr = BEMU_ARRAY_SIZE(insns) };
		struct bemu_btf_enc *enc;
		struct bytes btf;
		char log[1024] = "";

		assert_int_equal(bemu_btf_enc_new(w.env, NULL, &enc), 0);
		bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED); /* 1 */
		bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, 0);
		bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 2);
		bemu_btf_enc_func_proto(enc, 1); /* 4 */
		bemu_btf_enc_param(enc, "p", 3);
		bemu_btf_enc_func(enc, "prog", BTF_FUNC_GLOBAL, 4);
		bemu_btf_enc_func(enc, "sub", BTF_FUNC_GLOBAL, 4);
		btf = life_finish(enc);
		load.btf = ptr(btf.data);
		load.btf_size = (uint32_t)btf.len;
		p.a.prog_btf_fd = (uint32_t)life_bpf(w.t, BPF_BTF_LOAD, &load, sizeof(load));
		p.a.func_info = ptr(fi);
		p.a.func_info_cnt = 2;
		p.a.func_info_rec_size = 8;
		p.a.log_buf = ptr(log);
		p.a.log_size = sizeof(log);
		p.a.log_level = 1;
		if (i) {
			assert_true(prog_load(w.t, &p) > 0);
		} else {
			assert_int_equal(prog_load(w.t, &p), -EINVAL);
			assert_non_null(strstr(log, want));
		}
		bemu_mem_free(w.env, btf.data);
		life_end(&w);
	}
}

static void a_program_lets_its_own_btf_go_at_once_L12(void **state)
{
	struct life w = life_new(0);
	struct bpf_func_info fi = { 0, V_FUNC };
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	uint32_t btf;
	long fd;

	(void)state;
	p.a.prog_btf_fd = (uint32_t)btf_new(&w);
	btf = id_of(w.t, p.a.prog_btf_fd);
	p.a.func_info = ptr(&fi);
	p.a.func_info_cnt = 1;
	p.a.func_info_rec_size = 8;
	fd = prog_load(w.t, &p);
	assert_int_equal(sys_close(w.t, p.a.prog_btf_fd), 0);
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(probe(w.t, BTF_ID, btf), 0);
	assert_int_equal(sys_close(w.t, fd), 0);
	assert_int_equal(probe(w.t, BTF_ID, btf), -ENOENT);
	/* the BTF came into the queue first, and then the program has two steps */
	assert_int_equal(bemu_deferred_nr(w.em), 2);
	assert_int_equal(bemu_deferred_run(w.em, SIZE_MAX), 3);
	life_end(&w);
}

static void a_program_keeps_its_maps_until_a_worker_ran_L13_L16(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t), p = PROG(w.t, LD64(1, 1, m, 0), RETURN0);
	uint32_t map = id_of(w.t, m), prog = id_of(w.t, p);

	(void)state;
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(probe(w.t, PROG_ID, prog), -ENOENT);
	assert_int_equal(probe(w.t, MAP_ID, map), 0);
	assert_int_equal(bemu_deferred_run(w.em, 1), 1); /* the grace period */
	assert_int_equal(probe(w.t, MAP_ID, map), 0);
	assert_int_equal(bemu_deferred_run(w.em, 1), 1); /* the worker */
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
	life_end(&w);
}

static void a_bound_map_is_held_once_L14(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t), p = PROG(w.t, RETURN0);
	struct bemu_attr_three a = { .a = (uint32_t)p, .b = (uint32_t)m };
	uint32_t map = id_of(w.t, m);

	(void)state;
	assert_int_equal(life_bpf(w.t, BPF_PROG_BIND_MAP, &a, 12), 0);
	assert_int_equal(life_bpf(w.t, BPF_PROG_BIND_MAP, &a, 12), 0);
	a.c = 1;
	assert_int_equal(life_bpf(w.t, BPF_PROG_BIND_MAP, &a, 12), -EINVAL);
	assert_int_equal(w.em->model.objs[BEMU_OBJ_MAP].oldest->refs, 2);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
	life_end(&w);
}

static void a_rejected_program_keeps_nothing_L17(void **state)
{
	struct life w = life_new(0);
	long m = map_new(w.t);
	uint32_t map = id_of(w.t, m);

	(void)state;
	bemu_deferred_wait(w.em, 1);
	assert_true(PROG(w.t, LD64(1, 1, m, 0), CALL(9999), RETURN0) < 0);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
	life_end(&w);
}

static void an_fd_array_with_a_count_is_held_L18(void **state)
{
	struct life w = life_new(0);
	int32_t fds[2] = { (int32_t)map_new(w.t), (int32_t)btf_new(&w) };
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	uint32_t map = id_of(w.t, fds[0]), btf = id_of(w.t, fds[1]);
	long fd;

	(void)state;
	p.a.fd_array = ptr(fds);
	p.a.fd_array_cnt = 2;
	fd = prog_load(w.t, &p);
	assert_true(fd > 0);
	assert_int_equal(sys_close(w.t, fds[0]), 0);
	assert_int_equal(sys_close(w.t, fds[1]), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), 0);
	assert_int_equal(probe(w.t, BTF_ID, btf), 0);
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, fd), 0);
	assert_int_equal(bemu_deferred_run(w.em, 2), 2);
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
	assert_int_equal(probe(w.t, BTF_ID, btf), -ENOENT);
	life_end(&w);
}

static void a_prog_array_is_emptied_when_no_process_has_it_L19(void **state)
{
	struct life w = life_new(0);
	long m = map_of(w.t, BPF_MAP_TYPE_PROG_ARRAY, 0), p = PROG(w.t, RETURN0), user;
	uint32_t v = 0, map = id_of(w.t, m), prog = id_of(w.t, p);

	(void)state;
	assert_int_equal(map_set(w.t, m, 1, (uint32_t)p), 0);
	assert_int_equal(map_get(w.t, m, 1, &v), 0);
	assert_int_equal(v, prog);
	user = PROG(w.t, LD64(1, 1, m, 0), RETURN0);
	assert_true(user > 0);
	assert_int_equal(sys_close(w.t, p), 0);
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(probe(w.t, PROG_ID, prog), 0); /* the worker has not run */
	assert_int_equal(bemu_deferred_run(w.em, 1), 1);
	assert_int_equal(probe(w.t, PROG_ID, prog), -ENOENT);
	m = by_id(w.t, MAP_ID, map);
	assert_int_equal(map_get(w.t, m, 1, &v), -ENOENT);
	life_end(&w);
}

static void a_prog_array_and_its_user_are_no_circle(void **state)
{
	struct life w = life_new(0);
	long m = map_of(w.t, BPF_MAP_TYPE_PROG_ARRAY, 0);
	long p = PROG(w.t, LD64(1, 1, m, 0), RETURN0);

	(void)state;
	assert_int_equal(map_set(w.t, m, 0, (uint32_t)p), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 1);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(next_id(w.t, BPF_PROG_GET_NEXT_ID, 0), 0);
	assert_int_equal(next_id(w.t, BPF_MAP_GET_NEXT_ID, 0), 0);
	life_end(&w);
}

static void a_link_keeps_its_program_L20(void **state)
{
	struct life w = life_new(0), old = life_new(BEMU_KERNEL_6_1);
	long p = raw_tp_prog(w.t), l = raw_tp(w.t, p, "tp"), l2;
	uint32_t prog = id_of(w.t, p), link = id_of(w.t, l);

	(void)state;
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(probe(w.t, PROG_ID, prog), 0);
	l2 = by_id(w.t, BPF_LINK_GET_FD_BY_ID, link);
	assert_true(l2 > 0);
	assert_int_equal(sys_close(w.t, l), 0);
	assert_int_equal(probe(w.t, BPF_LINK_GET_FD_BY_ID, link), 0); /* K19 */
	assert_int_equal(sys_close(w.t, l2), 0);
	assert_int_equal(probe(w.t, BPF_LINK_GET_FD_BY_ID, link), -ENOENT);
	assert_int_equal(probe(w.t, PROG_ID, prog), 0);
	assert_int_equal(bemu_deferred_run(w.em, 1), 1);
	assert_int_equal(probe(w.t, PROG_ID, prog), -ENOENT);
	/* Linux 6.1 let it go at once */
	bemu_deferred_wait(old.em, 1);
	p = raw_tp_prog(old.t);
	l = raw_tp(old.t, p, "tp");
	assert_int_equal(sys_close(old.t, p), 0);
	assert_int_equal(sys_close(old.t, l), 0);
	assert_int_equal(next_id(old.t, BPF_PROG_GET_NEXT_ID, 0), 0);
	life_end(&w);
	life_end(&old);
}

static void raw_tracepoints_by_name_L21(void **state)
{
	struct life w = life_new(0);
	long p = raw_tp_prog(w.t);

	(void)state;
	assert_int_equal(raw_tp(w.t, p, "nothing"), -ENOENT);
	assert_int_equal(raw_tp(w.t, p, NULL), -EFAULT);
	assert_int_equal(raw_tp(w.t, PROG(w.t, RETURN0), "tp"), -EINVAL); /* K09 */
	assert_true(raw_tp(w.t, p, "tp") > 0); /* K10 */
	assert_true(raw_tp(w.t, p, "tp") > 0);
	life_end(&w);
}

static void an_outer_map_keeps_its_inner_ones(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS };
	uint32_t i, map;
	long in, out;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct life w = life_new(0);

		in = map_new(w.t);
		map = id_of(w.t, in);
		out = map_of(w.t, types[i], (uint32_t)in);
		assert_int_equal(sys_close(w.t, in), 0);
		assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT); /* a template is none */
		in = map_new(w.t);
		map = id_of(w.t, in);
		assert_int_equal(map_set(w.t, out, 1, (uint32_t)in), 0);
		assert_int_equal(sys_close(w.t, in), 0);
		assert_int_equal(probe(w.t, MAP_ID, map), 0);
		in = map_new(w.t);
		assert_int_equal(map_set(w.t, out, 1, (uint32_t)in), 0);
		assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
		assert_int_equal(sys_close(w.t, out), 0);
		life_end(&w);
	}
}

/* A program that is for another holds it; a link takes that over. */
static void a_target_program_is_held_and_passed_on(void **state)
{
	struct life w = life_new(0);
	struct bpf_func_info fi = { 0, V_FUNC };
	struct bemu_attr_raw_tp open = { 0 };
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	long dst, fd, link;
	uint32_t id;

	(void)state;
	p.a.prog_btf_fd = (uint32_t)btf_new(&w);
	p.a.func_info = ptr(&fi);
	p.a.func_info_cnt = 1;
	p.a.func_info_rec_size = 8;
	dst = prog_load(w.t, &p);
	id = id_of(w.t, dst);
	p.type = BPF_PROG_TYPE_TRACING;
	p.a.expected_attach_type = BPF_TRACE_FENTRY;
	p.a.attach_prog_fd = (uint32_t)dst;
	p.a.attach_btf_id = V_INT;
	assert_int_equal(prog_load(w.t, &p), -EINVAL); /* Subprog int doesn't exist */
	p.a.attach_btf_id = V_FUNC;
	fd = prog_load(w.t, &p);
	assert_true(fd > 0);
	assert_int_equal(sys_close(w.t, dst), 0);
	assert_int_equal(probe(w.t, PROG_ID, id), 0);
	open.prog_fd = (uint32_t)fd;
	link = life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open));
	assert_true(link > 0);
	assert_int_equal(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open)), -EBUSY);
	assert_int_equal(sys_close(w.t, link), 0);
	assert_int_equal(probe(w.t, PROG_ID, id), -ENOENT);
	assert_int_equal(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open)), -EINVAL);
	life_end(&w);
}

static void a_running_program_holds_up_what_was_let_go_meanwhile(void **state)
{
	struct life w = life_new(0);
	struct bemu_running *run;
	long m = map_new(w.t), p = PROG(w.t, LD64(1, 1, m, 0), RETURN0), other, kret;
	uint32_t map = id_of(w.t, m), prog = id_of(w.t, p);

	(void)state;
	assert_int_equal(bemu_prog_enter(w.t, 900, &run, &kret), 0);
	assert_int_equal(kret, -EBADF);
	assert_int_equal(bemu_prog_enter(w.t, (int)m, &run, &kret), 0);
	assert_int_equal(kret, -EINVAL);
	assert_int_equal(bemu_prog_enter(w.t, (int)p, &run, &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(sys_close(w.t, m), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(probe(w.t, PROG_ID, prog), -ENOENT); /* its ID is gone */
	assert_int_equal(bemu_deferred_run(w.em, SIZE_MAX), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), 0); /* and it can still reach its map */
	/* a map that was in no other needs no grace period */
	assert_int_equal(sys_close(w.t, map_new(w.t)), 0);
	assert_int_equal(bemu_deferred_nr(w.em), 1);
	bemu_prog_leave(run);
	assert_int_equal(bemu_deferred_nr(w.em), 0);
	assert_int_equal(probe(w.t, MAP_ID, map), -ENOENT);
	/* who comes later is waited for no more */
	other = PROG(w.t, RETURN0);
	bemu_deferred_wait(w.em, 1);
	p = PROG(w.t, RETURN0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(bemu_prog_enter(w.t, (int)other, &run, &kret), 0);
	assert_int_equal(bemu_deferred_run(w.em, SIZE_MAX), 2);
	bemu_prog_leave(run);
	bemu_prog_leave(NULL);
	life_end(&w);
}

static void an_inner_map_outlives_the_run_that_may_have_it(void **state)
{
	struct life w = life_new(0);
	struct bemu_running *run;
	long in = map_new(w.t), out = map_of(w.t, BPF_MAP_TYPE_ARRAY_OF_MAPS, (uint32_t)in), p,
	     kret;

	(void)state;
	assert_int_equal(map_set(w.t, out, 0, (uint32_t)in), 0);
	assert_int_equal(sys_close(w.t, in), 0);
	p = PROG(w.t, LD64(1, 1, out, 0), RETURN0);
	assert_int_equal(bemu_prog_enter(w.t, (int)p, &run, &kret), 0);
	in = map_new(w.t);
	assert_int_equal(map_set(w.t, out, 0, (uint32_t)in), 0);
	assert_int_equal(bemu_deferred_nr(w.em), 1);
	assert_int_equal(probe(w.t, MAP_ID, 1), -ENOENT);
	bemu_prog_leave(run);
	assert_int_equal(bemu_deferred_nr(w.em), 0);
	life_end(&w);
}

static void a_sleeper_holds_up_sleepers_alone(void **state)
{
	struct life w = life_new(0);
	struct bemu_running *run;
	struct prog sleeper = { .insns = (const struct bpf_insn[]){ RETURN0 },
				.nr = 2,
				.type = BPF_PROG_TYPE_SYSCALL,
				.a = { .prog_flags = BPF_F_SLEEPABLE } };
	long s = prog_load(w.t, &sleeper), s2 = prog_load(w.t, &sleeper), p = PROG(w.t, RETURN0),
	     kret;

	(void)state;
	assert_int_equal(bemu_prog_enter(w.t, (int)p, &run, &kret), 0);
	assert_int_equal(sys_close(w.t, s2), 0); /* the grace period of sleepers, not of others */
	assert_int_equal(bemu_deferred_nr(w.em), 0);
	bemu_prog_leave(run);
	s2 = prog_load(w.t, &sleeper);
	assert_int_equal(bemu_prog_enter(w.t, (int)s, &run, &kret), 0);
	assert_int_equal(sys_close(w.t, s2), 0);
	assert_int_equal(bemu_deferred_nr(w.em), 1);
	bemu_prog_leave(run);
	assert_int_equal(bemu_deferred_nr(w.em), 0);
	life_end(&w);
}

static void objects_are_listed_by_age(void **state)
{
	struct life w = life_new(0);
	struct bemu_object_info info;
	long a = map_new(w.t);
	uint64_t first;

	(void)state;
	(void)map_new(w.t);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_MAP, 0, &info), 0);
	first = info.serial;
	assert_int_equal(info.id, 1);
	assert_int_equal(info.refs, 1);
	assert_int_equal(info.type, BPF_MAP_TYPE_ARRAY);
	assert_false(info.dying);
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, a), 0);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_MAP, 0, &info), 0);
	assert_int_equal(info.serial, first);
	assert_int_equal(info.id, 0);
	assert_true(info.dying);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_MAP, first, &info), 0);
	assert_int_equal(info.id, 2);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_MAP, info.serial, &info), -ENOENT);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_OTHER, 0, &info), -ENOENT);
	assert_int_equal(bemu_next_object(w.em, BEMU_KIND_BTF, 0, &info), 0);
	assert_string_equal(info.name, "vmlinux");
	assert_int_equal(info.type, 1);
	life_end(&w);
}

static void ids_come_round_behind_the_largest(void **state)
{
	struct life w = life_new(0);
	struct bemu_idr *idr = &w.em->model.ids[BEMU_OBJ_BTF];
	long a, b, c, d;

	(void)state;
	a = btf_new(&w); /* 2 */
	idr->next = INT32_MAX - 1;
	b = btf_new(&w);
	assert_int_equal(id_of(w.t, b), INT32_MAX - 1);
	c = btf_new(&w);
	assert_int_equal(id_of(w.t, c), 3); /* 1 and 2 are taken */
	assert_int_equal(sys_close(w.t, a), 0);
	assert_int_equal(next_id(w.t, BPF_BTF_GET_NEXT_ID, 1), 3);
	idr->next = 2;
	d = btf_new(&w);
	assert_int_equal(id_of(w.t, d), 2);
	assert_int_equal(next_id(w.t, BPF_BTF_GET_NEXT_ID, 1), 2);
	assert_int_equal(next_id(w.t, BPF_BTF_GET_NEXT_ID, 3), INT32_MAX - 1);
	assert_int_equal(probe(w.t, BTF_ID, 3), 0);
	life_end(&w);
}

static void ids_are_found_among_gaps(void **state)
{
	struct life w = life_new(0);
	long fds[600];
	uint32_t i, id, nr = 0;

	(void)state;
	for (i = 0; i < 600; i++)
		fds[i] = map_new(w.t);
	for (i = 0; i < 600; i++)
		if (i % 7)
			assert_int_equal(sys_close(w.t, fds[i]), 0);
	for (i = 0; i < 70; i++)
		fds[i % 7 ? i : 1] = map_new(w.t); /* makes the table close up */
	for (id = 0; (id = next_id(w.t, BPF_MAP_GET_NEXT_ID, id));) {
		assert_int_equal(probe(w.t, MAP_ID, id), 0);
		nr++;
	}
	assert_int_equal(nr, 86 + 70);
	for (i = 1; i <= 600; i++)
		assert_int_equal(probe(w.t, MAP_ID, i), (i - 1) % 7 ? -ENOENT : 0);
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_rise_and_are_not_reused_L01_L02_L03),
		cmocka_unit_test(an_id_opens_another_number_L04),
		cmocka_unit_test(ids_that_nothing_has_L05),
		cmocka_unit_test(the_next_id_L06_L07_L08_L09),
		cmocka_unit_test(the_first_btf_is_vmlinux_L10),
		cmocka_unit_test(a_map_keeps_its_btf_L11),
		cmocka_unit_test(a_tag_is_the_hash_of_instructions_without_map_numbers),
		cmocka_unit_test(a_global_function_of_a_void_pointer_is_refused_before_6_8),
		cmocka_unit_test(a_program_lets_its_own_btf_go_at_once_L12),
		cmocka_unit_test(a_program_keeps_its_maps_until_a_worker_ran_L13_L16),
		cmocka_unit_test(a_bound_map_is_held_once_L14),
		cmocka_unit_test(a_rejected_program_keeps_nothing_L17),
		cmocka_unit_test(an_fd_array_with_a_count_is_held_L18),
		cmocka_unit_test(a_prog_array_is_emptied_when_no_process_has_it_L19),
		cmocka_unit_test(a_prog_array_and_its_user_are_no_circle),
		cmocka_unit_test(a_link_keeps_its_program_L20),
		cmocka_unit_test(raw_tracepoints_by_name_L21),
		cmocka_unit_test(an_outer_map_keeps_its_inner_ones),
		cmocka_unit_test(a_target_program_is_held_and_passed_on),
		cmocka_unit_test(a_running_program_holds_up_what_was_let_go_meanwhile),
		cmocka_unit_test(an_inner_map_outlives_the_run_that_may_have_it),
		cmocka_unit_test(a_sleeper_holds_up_sleepers_alone),
		cmocka_unit_test(objects_are_listed_by_age),
		cmocka_unit_test(ids_come_round_behind_the_largest),
		cmocka_unit_test(ids_are_found_among_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
