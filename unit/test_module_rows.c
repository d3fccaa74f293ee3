// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Rows measured with real modules on Linux 6.1 and 6.12: fd_array in memory that is there or not, programs
 * of several types, and loader programs that find module BTF themselves.
 */
#include "entry_rows.h"

enum { FIND = 167, SYS_BPF = 166, SYS_CLOSE = 168 };

/* ---- D25 to D34: where fd_array lies ---- */

enum { IN_INSNS = 256, IN_LICENSE = 512, IN_FDS = 1024, SIZE = sizeof(page) };

/* A program that calls M_KFUNC by @off, of a task that has no memory but the page. */
static long kcall_at(struct bemu_task *t, uint64_t fd_array, int16_t off, bool call)
{
	const struct bpf_insn insns[] = { KCALL(M_KFUNC, off), RETURN0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SCHED_CLS,
					 .insn_cnt = call ? 3 : 2,
					 .insns = ptr(page + IN_INSNS + (call ? 0 : 8)),
					 .license = ptr(page + IN_LICENSE),
					 .fd_array = fd_array };
	long kret = -9999;

	memcpy(page, &a, sizeof(a));
	memcpy(page + IN_INSNS, insns, sizeof(insns));
	memcpy(page + IN_LICENSE, "GPL", 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_PROG_LOAD, ptr(page), 128, &kret), 0);
	return kret;
}

static void only_the_slot_of_a_call_is_read_D25_to_D34(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops, .nr_std = 3 };
	struct life w = life_new(BEMU_KERNEL_6_1);
	const uint64_t start = ptr(page), end = start + SIZE;
	struct bemu_task *t;
	int32_t fd;
	long m;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)mod_fd(&w, "one"), t, 0, &m), 0);
	fd = (int32_t)m;
	memset(page, 0, sizeof(page));
	memcpy(page + SIZE - 4, &fd, 4);
	assert_true(kcall_at(t, end - 8, 1, true) > 0); /* D25: the last word that is there */
	assert_int_equal(kcall_at(t, end - 4, 1, true), -EFAULT); /* D26 */
	assert_int_equal(kcall_at(t, end - 6, 1, true), -EFAULT); /* D27: half of it is there */
	/* D28: the array begins where nothing is, its slot 1024 is the last word */
	assert_true(kcall_at(t, end - 4 - 4096, 1024, true) > 0);
	assert_int_equal(kcall_at(t, BAD, 1, true), -EFAULT); /* D29 */
	assert_int_equal(kcall_at(t, UINT64_MAX, 1, true), -EFAULT); /* D30 */
	assert_true(kcall_at(t, BAD, 1, false) > 0); /* D31: nobody reads it */
	/* D32: the largest index */
	assert_true(kcall_at(t, end - 4 - 4ull * 32767, 32767, true) > 0);
	/* D33: a word behind what the caller meant is read; 0 is a number like others, of a file here */
	assert_int_equal(kcall_at(t, start + IN_FDS, 1, true), -EINVAL);
	memcpy(page + IN_FDS + 5, &fd, 4);
	assert_true(kcall_at(t, start + IN_FDS + 1, 1, true) > 0); /* D34: no need to be aligned */
	life_end(&w);
}

/* ---- D49, D63, D78: other calls ---- */

static void calls_that_are_taken_D49_D63_D78(void **state)
{
	struct life w = life_new(BEMU_KERNEL_6_1);
	int32_t fds[2] = { -1, 0 };
	const struct bpf_insn dead[] = { MOV(0, 0), JMP(BPF_JEQ, 0, 0, 1), KCALL(M_FUNC, 1), EXIT };
	const struct bpf_insn live[] = { KCALL(M_KFUNC, 1), RETURN0 };
	const struct bpf_insn before[] = { LD64(1, 5, -1, 0), RETURN0 };
	struct prog p = { .insns = dead, .nr = 4, .type = BPF_PROG_TYPE_SCHED_CLS };

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = (int32_t)mod_fd(&w, "one");
	p.a.fd_array = ptr(fds);
	assert_true(prog_load(w.t, &p) > 0); /* D49: a function that is no kfunc, never reached */
	assert_int_equal(mod_refs(&w, "one"), 1);
	p.insns = live;
	p.nr = 3;
	p.type = BPF_PROG_TYPE_XDP;
	assert_true(prog_load(w.t, &p) > 0); /* D63 */
	p.insns = before;
	p.nr = 4;
	fds[0] = (int32_t)map_new(w.t);
	p.a.fd_array = ptr(fds + 1);
	assert_true(prog_load(w.t, &p) > 0); /* D78: the word in front of the array */
	life_end(&w);
}

/* ---- C22, C33, C41, C42 ---- */

static void what_an_ldimm64_of_module_btf_asks_for_C22_C33_C41_C42(void **state)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,
					  BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_KPROBE,
					  BPF_PROG_TYPE_SYSCALL };
	struct life w = life_new(BEMU_KERNEL_6_1);
	long one, two, at0;
	struct prog p = { .nr = 4 };
	size_t i;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "two"), 0);
	one = mod_fd(&w, "one");
	two = mod_fd(&w, "two");
	{
		/* C22: the ids of modules overlap, so that it is just another type */
		const struct bpf_insn var[] = { LD64(1, 3, M_VAR, two), RETURN0 };
		const struct bpf_insn past[] = { LD64(1, 3, M_END, one), RETURN0 };

		p.insns = past;
		assert_int_equal(prog_load(w.t, &p), -ENOENT);
		p.insns = var;
		assert_true(prog_load(w.t, &p) > 0);
		assert_int_equal(mod_refs(&w, "two"), 1);
		assert_int_equal(mod_refs(&w, "one"), 0);
		for (i = 0; i < BEMU_ARRAY_SIZE(types); i++) { /* C41 */
			p.type = types[i];
			p.a.prog_flags = types[i] == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
			assert_true(prog_load(w.t, &p) > 0);
		}
		p.type = 0;
		p.a.prog_flags = 0;
		p.a.license = ptr("Proprietary");
		assert_true(prog_load(w.t, &p) > 0); /* C42 */
	}
	assert_int_equal(bemu_sys_dup2(w.t, (int)one, 0, &at0), 0);
	assert_int_equal(at0, 0);
	{
		/* C33: number 0 is open on a module, and means vmlinux all the same */
		const struct bpf_insn mod[] = { LD64(1, 3, M_VAR, 0), RETURN0 };
		const struct bpf_insn vmlinux[] = { LD64(1, 3, V_VAR, 0), RETURN0 };

		p.insns = mod;
		assert_int_equal(prog_load(w.t, &p), -ENOENT);
		p.insns = vmlinux;
		assert_true(prog_load(w.t, &p) > 0);
	}
	life_end(&w);
}

/* ---- A29, C29: the files of BTFs ---- */

static void files_of_btfs_are_for_everybody_A29_C29(void **state)
{
	struct life w = life_new(BEMU_KERNEL_6_1);
	struct bemu_attr_id next = { .id = 1 };
	long fd;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	bemu_task_set_caps(w.t, 0);
	assert_int_equal(life_bpf(w.t, BPF_BTF_GET_NEXT_ID, &next, 8), -EPERM);
	assert_int_equal(bemu_sys_open(w.t, "/sys/kernel/btf/one", 0, &fd), 0);
	assert_true(fd > 0); /* A29 */
	bemu_task_set_caps(w.t, UINT32_MAX);
	/* C29: and none of these files is a descriptor of a BTF */
	assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, fd), RETURN0), -EINVAL);
	life_end(&w);
}

/* ---- L01, L02, L05: a loader program ---- */

enum {
	V_ATTR = 0, /* of PROG_LOAD */
	V_FDS = 256, /* fd_array; what it is meant to hold ends at slot 2 */
	V_INSNS = 384,
	V_LICENSE = 448,
	V_KSYM = 464, /* a name */
	V_SIZE = 512,
	CMD_RET = 0,
	CLOSE_RET = 8,
	CTX = 16,
};

/** struct loader - a map value, and the program that loads another out of it */
struct loader {
	struct life *w;
	uint8_t value[V_SIZE];
	uint32_t slot; /* of fd_array, where the number goes */
	uint64_t fd_array; /* 0: V_FDS */
	bool log;
	int64_t ctx[2];
};

/*
 * Finds the function by name, puts the number into fd_array and the id into the instruction, loads the
 * program and closes the number.
 */
static void run_loader(struct loader *l)
{
	struct bemu_attr_map_create mc = { .map_type = BPF_MAP_TYPE_ARRAY,
					   .key_size = 4,
					   .value_size = V_SIZE,
					   .max_entries = 1 };
	long map = life_bpf(l->w->t, BPF_MAP_CREATE, &mc, sizeof(mc)), fd;
	uint32_t key = 0;
	struct bemu_attr_elem set = { .map_fd = (uint32_t)map,
				      .key = ptr(&key),
				      .value = ptr(l->value) };
	const struct bpf_insn insns[] = {
		MOVX(6, 1),
		LD64(7, 2, map, 0),
		MOVX(1, 7),
		ALU(0, 1, V_KSYM),
		MOV(2, (int32_t)strlen((const char *)l->value + V_KSYM) + 1),
		MOV(3, BTF_KIND_FUNC),
		MOV(4, 0),
		CALL(FIND),
		MOVX(8, 0),
		STX(W, 7, 8, V_INSNS + 4), /* the id */
		ALU(0x70, 8, 32), /* >>= */
		STX(W, 7, 8, (int16_t)(V_FDS + 4 * l->slot)),
		MOVX(1, 7),
		ALU(0, 1, V_INSNS),
		STX(DW, 7, 1, V_ATTR + 8),
		MOVX(1, 7),
		ALU(0, 1, V_LICENSE),
		STX(DW, 7, 1, V_ATTR + 16),
		MOVX(1, 7),
		ALU(0, 1, V_FDS),
		JMP(BPF_JEQ, 9, 0, 0),
		STX(DW, 7, 1, V_ATTR + 120),
		MOVX(1, 7),
		ALU(0, 1, V_FDS),
		STX(DW, 7, 1, V_ATTR + 32), /* log_buf, which counts when its size does */
		MOV(1, BPF_PROG_LOAD),
		MOVX(2, 7),
		MOV(3, 128),
		CALL(SYS_BPF),
		STX(DW, 6, 0, CMD_RET),
		MOVX(1, 8),
		CALL(SYS_CLOSE),
		STX(DW, 6, 0, CLOSE_RET),
		RETURN0,
	};
	struct bpf_insn copy[BEMU_ARRAY_SIZE(insns)];
	struct prog p = { .insns = copy,
			  .nr = BEMU_ARRAY_SIZE(insns),
			  .type = BPF_PROG_TYPE_SYSCALL };
	struct bemu_attr_test run = { .ctx_in = ptr(l->ctx), .ctx_size_in = CTX };

	memcpy(copy, insns, sizeof(insns));
	copy[21] = (struct bpf_insn)JA(0); /* no register is read that nobody wrote */
	if (l->fd_array) { /* a number in place of the address */
		copy[19] = (struct bpf_insn)MOV(1, (int32_t)l->fd_array);
		copy[20] = (struct bpf_insn)JA(0);
	}
	if (!l->log)
		copy[25] = (struct bpf_insn)JA(0);
	assert_int_equal(life_bpf(l->w->t, BPF_MAP_UPDATE_ELEM, &set, sizeof(set)), 0);
	p.a.prog_flags = BPF_F_SLEEPABLE;
	fd = prog_load(l->w->t, &p);
	assert_true(fd > 0);
	run.prog_fd = (uint32_t)fd;
	assert_int_equal(life_bpf(l->w->t, BPF_PROG_TEST_RUN, &run, 80), 0);
	assert_int_equal(sys_close(l->w->t, fd), 0);
	assert_int_equal(sys_close(l->w->t, map), 0);
}

/* Native memory of a process, to which kernel addresses are bad. */
static int low_read(void *ctx, uint64_t at, void *dst, size_t len)
{
	(void)ctx;
	if (at >> 63)
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)at, len);
	return 0;
}

static int low_write(void *ctx, uint64_t at, const void *src, size_t len)
{
	(void)ctx;
	if (at >> 63)
		return -EFAULT;
	memcpy((void *)(uintptr_t)at, src, len);
	return 0;
}

static void set_value(struct loader *l, struct life *w, uint32_t slot)
{
	const struct bpf_insn insns[] = { KCALL(0, (int16_t)slot), RETURN0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SCHED_CLS, .insn_cnt = 3 };

	memset(l, 0, sizeof(*l));
	l->w = w;
	l->slot = slot;
	memcpy(l->value + V_ATTR, &a, 128);
	memcpy(l->value + V_INSNS, insns, sizeof(insns));
	memcpy(l->value + V_LICENSE, "GPL", 4);
	memcpy(l->value + V_KSYM, "bpf_one_kfunc", 14);
}

static void a_loader_program_finds_module_btf_L01_L02(void **state)
{
	const struct bemu_mem_ops ops = { .read = low_read, .write = low_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops, .nr_std = 3 };
	struct life w = life_new(BEMU_KERNEL_6_1);
	struct bemu_fd_info info;
	struct loader l;
	uint32_t level = 1, log_size = 128;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(bemu_task_new(w.em, &opts, &w.t), 0);
	set_value(&l, &w, 1);
	run_loader(&l);
	assert_true(l.ctx[0] > 0);
	assert_int_equal(l.ctx[1], 0);
	assert_int_equal(bemu_task_fd(w.t, (int)l.ctx[0], &info), 0);
	assert_int_equal(info.kind, BEMU_KIND_PROG);
	assert_int_equal(bemu_task_next_fd(w.t, 2, &info), 0); /* one number more, and no other */
	assert_int_equal(info.fd, l.ctx[0]);
	assert_int_equal(bemu_task_next_fd(w.t, info.fd, &info), -ENOENT);
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(sys_close(w.t, l.ctx[0]), 0); /* L02 */
	assert_int_equal(mod_refs(&w, "one"), 0);
	set_value(&l, &w, 7); /* behind the array that was meant, within the value */
	run_loader(&l);
	assert_true(l.ctx[0] > 0);
	set_value(&l, &w, 1);
	l.fd_array = BAD;
	run_loader(&l);
	assert_int_equal(l.ctx[0], -EFAULT);
	set_value(&l, &w, 1); /* a log buffer is an address of the task, whoever calls */
	l.log = true;
	memcpy(l.value + 24, &level, 4);
	memcpy(l.value + 28, &log_size, 4);
	run_loader(&l);
	assert_int_equal(l.ctx[0], -EFAULT);
	life_end(&w);
}

static void commands_that_a_loader_program_may_not_give_L05(void **state)
{
	static const uint32_t cmds[] = {
		BPF_BTF_GET_FD_BY_ID, BPF_BTF_GET_NEXT_ID, BPF_OBJ_GET_INFO_BY_FD,
		BPF_MAP_LOOKUP_ELEM,  BPF_OBJ_PIN,	   BPF_PROG_TEST_RUN
	};
	struct life w = life_new(BEMU_KERNEL_6_1);
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(cmds); i++) {
		const struct bpf_insn insns[] = {
			MOVX(6, 1),	   ST(DW, 10, -16, 1),
			ST(DW, 10, -8, 0), MOV(1, (int32_t)cmds[i]),
			MOVX(2, 10),	   ALU(0, 2, -16),
			MOV(3, 16),	   CALL(SYS_BPF),
			STX(DW, 6, 0, 0),  RETURN0,
		};
		struct prog p = { .insns = insns,
				  .nr = BEMU_ARRAY_SIZE(insns),
				  .type = BPF_PROG_TYPE_SYSCALL };
		int64_t ctx = 0;
		struct bemu_attr_test run = { .ctx_in = ptr(&ctx), .ctx_size_in = sizeof(ctx) };

		p.a.prog_flags = BPF_F_SLEEPABLE;
		run.prog_fd = (uint32_t)prog_load(w.t, &p);
		assert_int_equal(life_bpf(w.t, BPF_PROG_TEST_RUN, &run, 80), 0);
		assert_int_equal(ctx, -EINVAL);
	}
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_slot_of_a_call_is_read_D25_to_D34),
		cmocka_unit_test(calls_that_are_taken_D49_D63_D78),
		cmocka_unit_test(what_an_ldimm64_of_module_btf_asks_for_C22_C33_C41_C42),
		cmocka_unit_test(files_of_btfs_are_for_everybody_A29_C29),
		cmocka_unit_test(a_loader_program_finds_module_btf_L01_L02),
		cmocka_unit_test(commands_that_a_loader_program_may_not_give_L05),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
