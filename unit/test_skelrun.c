// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * PROG_TEST_RUN of BPF_PROG_TYPE_SYSCALL programs and the helpers they call, against rows that were
 * measured on Linux 6.18.
 */
#include <errno.h>

#include <bemu/watch.h>

#include "helpers.h"

#include "model/model.h"
#include "sys/sys.h"

enum { ENOTSUPP_K = 524, MAX_INSNS = 80, STACK_LEN = 512 };

/* vmlinux: 1 INT int, 2 FUNC_PROTO int(void), 3 FUNC f, 4 STRUCT s */
static const uint32_t vmlinux_types[] = {
	1, 0x01000000, 4, 0x01000020, 0, 0x0d000000, 1, 5, 0x0c000000, 2, 7, 0x04000000, 0,
};
static const char vmlinux_strs[] = "\0int\0f\0s";
/* The module's own, from 5: FUNC g, and f once more */
static const uint32_t mod_types[] = { 10, 0x0c000000, 2, 12, 0x0c000000, 2 };
static const char mod_strs[] = "\0g\0f";

struct world {
	struct bemu *em;
	struct bemu_task *task;
	uint8_t vmlinux[256], mod[256];
};

static uint32_t make_btf(uint8_t *dst, const void *types, uint32_t type_len, const char *strs,
			 uint32_t str_len)
{
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(hdr) };

	hdr.type_len = type_len;
	hdr.str_off = type_len;
	hdr.str_len = str_len;
	memcpy(dst, &hdr, sizeof(hdr));
	memcpy(dst + sizeof(hdr), types, type_len);
	memcpy(dst + sizeof(hdr) + type_len, strs, str_len);
	return (uint32_t)sizeof(hdr) + type_len + str_len;
}

static void world_open(struct world *w, uint32_t kernel)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	uint32_t len;

	memset(w, 0, sizeof(*w));
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	len = make_btf(w->vmlinux, vmlinux_types, sizeof(vmlinux_types), vmlinux_strs,
		       sizeof(vmlinux_strs));
	assert_int_equal(bemu_set_vmlinux(w->em, w->vmlinux, len, 0), 0);
	len = make_btf(w->mod, mod_types, sizeof(mod_types), mod_strs, sizeof(mod_strs));
	assert_int_equal(bemu_add_module(w->em, "m", w->mod, len, 0), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
}

static void world_close(struct world *w)
{
	bemu_task_exit(w->task);
	assert_int_equal(bemu_env_live(w->em->env), 0);
	bemu_free(w->em);
}

static long bpf(struct world *w, uint32_t cmd, void *attr, uint32_t size)
{
	long kret = -9999;

	assert_int_equal(bemu_sys_bpf(w->task, cmd, (uint64_t)(uintptr_t)attr, size, &kret), 0);
	return kret;
}

static long array_map(struct world *w, uint32_t value)
{
	struct bemu_attr_map_create a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = value, .max_entries = 1
	};

	return bpf(w, BPF_MAP_CREATE, &a, sizeof(a));
}

/* Loads a sleepable program of type SYSCALL. */
static long load(struct world *w, const struct bpf_insn *insns, uint32_t nr)
{
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .insn_cnt = nr,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .prog_flags = BPF_F_SLEEPABLE };

	return bpf(w, BPF_PROG_LOAD, &a, sizeof(a));
}

static long run(struct world *w, long fd, void *ctx, uint32_t len, uint32_t *retval)
{
	struct bemu_attr_test a = { .prog_fd = (uint32_t)fd,
				    .retval = 0xdead,
				    .ctx_size_in = len,
				    .ctx_in = (uint64_t)(uintptr_t)ctx };
	long ret = bpf(w, BPF_PROG_TEST_RUN, &a, sizeof(a));

	if (retval)
		*retval = a.retval;
	return ret;
}

#define INSN(c, d, s, o, i)                                                         \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV_K(d, k)	 INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, k)
#define MOV_X(d, s)	 INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD_K(d, k)	 INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, k)
#define LDX(sz, d, s, o) INSN(BPF_LDX | BPF_MEM | (sz), d, s, o, 0)
#define STX(sz, d, s, o) INSN(BPF_STX | BPF_MEM | (sz), d, s, o, 0)
#define ST(sz, d, o, k)	 INSN(BPF_ST | BPF_MEM | (sz), d, 0, o, k)
#define CALL(id)	 INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT		 INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static void a_program_that_cannot_sleep_is_refused(void **state)
{
	const struct bpf_insn insns[] = { MOV_K(0, 0), EXIT };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .insn_cnt = 2,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL" };
	char log[256];
	struct world w;

	(void)state;
	world_open(&w, 0);
	a.log_level = 1;
	a.log_size = sizeof(log);
	a.log_buf = (uint64_t)(uintptr_t)log;
	assert_int_equal(bpf(&w, BPF_PROG_LOAD, &a, sizeof(a)), -EINVAL);
	assert_non_null(strstr(log, "Syscall programs can only be sleepable\n"));
	world_close(&w);
}

static void fields_that_a_test_run_refuses(void **state)
{
	static const struct {
		uint32_t off, len;
		long want;
	} rows[] = {
		{ 8, 4, 0 },	    { 12, 4, 0 },	{ 16, 8, -EINVAL }, { 24, 8, -EINVAL },
		{ 32, 4, -EINVAL }, { 36, 4, -EINVAL }, { 40, 4, -EINVAL }, { 44, 4, -EINVAL },
		{ 48, 8, -EINVAL }, { 64, 4, -EINVAL }, { 68, 4, 0 },	    { 72, 4, -EINVAL },
	};
	const struct bpf_insn insns[] = { MOV_K(0, 1234), EXIT };
	struct bemu_attr_test a;
	static uint8_t big[65536];
	struct world w;
	uint32_t retval;
	uint64_t ptr = (uint64_t)(uintptr_t)big;
	long fd;
	size_t i;

	(void)state;
	world_open(&w, 0);
	fd = load(&w, insns, 2);
	assert_int_equal(fd, 3);
	assert_int_equal(run(&w, fd, NULL, 0, &retval), 0);
	assert_int_equal(retval, 1234);
	assert_int_equal(run(&w, fd, big, 65535, &retval), 0);
	assert_int_equal(run(&w, fd, big, 65536, &retval), -EINVAL);
	assert_int_equal(retval, 0xdead);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		memset(&a, 0, sizeof(a));
		a.prog_fd = (uint32_t)fd;
		memcpy((uint8_t *)&a + rows[i].off, &ptr, 1);
		((uint8_t *)&a)[rows[i].off] = 1;
		assert_int_equal(bpf(&w, BPF_PROG_TEST_RUN, &a, sizeof(a)), rows[i].want);
	}
	memset(&a, 0, sizeof(a));
	a.prog_fd = (uint32_t)fd;
	a.ctx_size_out = 8;
	a.ctx_out = ptr;
	assert_int_equal(bpf(&w, BPF_PROG_TEST_RUN, &a, sizeof(a)), -EINVAL);
	assert_int_equal(run(&w, 900, NULL, 0, NULL), -EBADF);
	assert_int_equal(run(&w, array_map(&w, 8), NULL, 0, NULL), -EINVAL);
	world_close(&w);
}

static void the_context_is_as_long_as_it_is_used_and_comes_back(void **state)
{
	const struct bpf_insn insns[] = { LDX(BPF_DW, 0, 1, 8), ADD_K(0, 1), STX(BPF_DW, 1, 0, 0),
					  MOV_K(0, 7), EXIT };
	/* the context is copied to r6, a branch is jumped over, and a function gets it */
	const struct bpf_insn far[] = { MOV_X(6, 1),
					INSN(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 1, 0),
					LDX(BPF_W, 0, 6, 32),
					MOV_X(1, 6),
					INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
					EXIT,
					LDX(BPF_B, 0, 1, 39),
					EXIT };
	uint64_t ctx[5] = { 1, 41, 3, 4, 5 };
	struct world w;
	uint32_t retval;
	long fd;

	(void)state;
	world_open(&w, 0);
	fd = load(&w, insns, 5);
	assert_int_equal(run(&w, fd, ctx, 15, &retval), -EINVAL);
	assert_int_equal(ctx[0], 1);
	assert_int_equal(run(&w, fd, ctx, 16, &retval), 0);
	assert_int_equal(retval, 7);
	assert_int_equal(ctx[0], 42);
	fd = load(&w, far, 8);
	assert_int_equal(fd, 4);
	assert_int_equal(run(&w, fd, ctx, 39, NULL), -EINVAL);
	assert_int_equal(run(&w, fd, ctx, 40, NULL), 0);
	world_close(&w);
}

static void other_types(void **state)
{
	const struct bpf_insn insns[] = { MOV_K(0, 0), EXIT };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_KPROBE,
					 .insn_cnt = 2,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL" };
	struct bemu_attr_test t = { 0 };
	struct world w;
	long fd, kret;

	(void)state;
	world_open(&w, 0);
	fd = bpf(&w, BPF_PROG_LOAD, &a, sizeof(a));
	assert_int_equal(run(&w, fd, NULL, 0, NULL), -ENOTSUPP_K);
	a.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	t.prog_fd = (uint32_t)bpf(&w, BPF_PROG_LOAD, &a, sizeof(a));
	assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&t, sizeof(t),
				      &kret),
			 -EOPNOTSUPP);
	world_close(&w);
}

/* A program that hands 96 bytes of its context to bpf_sys_bpf(). ctx: cmd, result, 12 words of attribute */
static long load_generic(struct world *w, int32_t size)
{
	struct bpf_insn insns[MAX_INSNS] = { MOV_X(6, 1) };
	const struct bpf_insn tail[] = { LDX(BPF_DW, 1, 6, 0), MOV_X(2, 10), ADD_K(2, -96),
					 MOV_K(3, size),       CALL(166),    STX(BPF_DW, 6, 0, 8),
					 MOV_K(0, 0),	       EXIT };
	uint32_t n = 1;
	int16_t i;

	for (i = 0; i < 96; i = (int16_t)(i + 8)) {
		insns[n++] = (struct bpf_insn)LDX(BPF_DW, 2, 6, (int16_t)(16 + i));
		insns[n++] = (struct bpf_insn)STX(BPF_DW, 10, 2, (int16_t)(-96 + i));
	}
	memcpy(&insns[n], tail, sizeof(tail));
	return load(w, insns, n + (uint32_t)BEMU_ARRAY_SIZE(tail));
}

static long via(struct world *w, long prog, uint64_t cmd, const void *attr, uint32_t len)
{
	uint64_t ctx[14] = { cmd };
	int64_t ret;

	memcpy(&ctx[2], attr, len);
	assert_int_equal(run(w, prog, ctx, sizeof(ctx), NULL), 0);
	memcpy(&ret, &ctx[1], sizeof(ret));
	return (long)ret;
}

static void commands_that_a_program_may_give(void **state)
{
	static const struct {
		uint32_t cmd, off;
		long want, old; /* 6.18; 5.15 */
	} rows[] = {
		{ BPF_MAP_LOOKUP_ELEM, 0, -EINVAL, -EINVAL },
		{ BPF_MAP_GET_NEXT_KEY, 0, -EINVAL, -EINVAL },
		{ BPF_OBJ_PIN, 0, -EINVAL, -EINVAL },
		{ BPF_OBJ_GET, 0, -EINVAL, -EINVAL },
		{ BPF_PROG_TEST_RUN, 0, -EINVAL, -EINVAL },
		{ BPF_PROG_GET_NEXT_ID, 0, -EINVAL, -EINVAL },
		{ BPF_OBJ_GET_INFO_BY_FD, 0, -EINVAL, -EINVAL },
		{ BPF_BTF_GET_FD_BY_ID, 0, -EINVAL, -EINVAL },
		{ BPF_PROG_BIND_MAP, 0, -EINVAL, -EINVAL },
		{ 9999, 0, -EINVAL, -EINVAL },
		{ BPF_MAP_FREEZE, 0, -EBADF, -EBADF },
		{ BPF_MAP_GET_FD_BY_ID, UINT32_MAX, -ENOENT, -EINVAL },
		{ BPF_RAW_TRACEPOINT_OPEN, 8, -EBADF, -EINVAL },
		{ BPF_LINK_CREATE, 0, -EBADF, -EINVAL },
		{ BPF_PROG_LOAD, UINT32_MAX, -E2BIG, -EFAULT }, /* the licence came first */
		{ BPF_BTF_LOAD, UINT32_MAX, -EFAULT, -EFAULT },
	};
	static const uint32_t map[4] = { BPF_MAP_TYPE_ARRAY, 4, 8, 1 };
	struct bemu_attr_elem a = { 0 };
	uint8_t attr[96], value[8] = { 0 };
	uint32_t closed = 900, key = 0;
	struct world w;
	size_t i;
	int old;
	long g, fd;

	(void)state;
	for (old = 0; old < 2; old++) {
		world_open(&w, old ? BEMU_KERNEL_5_15 : BEMU_KERNEL_6_18);
		g = load_generic(&w, 96);
		assert_int_equal(g, 3);
		for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
			memset(attr, 0, sizeof(attr));
			if (rows[i].off != UINT32_MAX)
				memcpy(attr + rows[i].off, &closed, 4);
			assert_int_equal(via(&w, g, rows[i].cmd, attr, sizeof(attr)),
					 old ? rows[i].old : rows[i].want);
		}
		fd = via(&w, g, BPF_MAP_CREATE, map, sizeof(map));
		assert_int_equal(fd, 4);
		a.map_fd = (uint32_t)fd;
		a.key = (uint64_t)(uintptr_t)&key;
		a.value = (uint64_t)(uintptr_t)value;
		assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &a, 32), 0);
		/* key and value of the task are no addresses of the kernel */
		assert_int_equal(via(&w, g, BPF_MAP_UPDATE_ELEM, &a, 32), -EFAULT);
		assert_int_equal(via(&w, g, BPF_MAP_FREEZE, &fd, 4), 0);
		assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &a, 32), -EPERM);
		g = load_generic(&w, 8);
		assert_int_equal(via(&w, g, BPF_MAP_CREATE, map, sizeof(map)), -EINVAL);
		world_close(&w);
	}
}

static void pointers_of_a_program_are_the_kernels(void **state)
{
	const struct bpf_insn insns[] = {
		MOV_X(6, 1),
		ST(BPF_DW, 10, -8, 0),
		ST(BPF_DW, 10, -16, 99),
		LDX(BPF_DW, 2, 6, 0),
		STX(BPF_DW, 10, 2, -48),
		MOV_X(3, 10),
		ADD_K(3, -8),
		STX(BPF_DW, 10, 3, -40),
		MOV_X(3, 10),
		ADD_K(3, -16),
		STX(BPF_DW, 10, 3, -32),
		ST(BPF_DW, 10, -24, 0),
		MOV_K(1, BPF_MAP_UPDATE_ELEM),
		MOV_X(2, 10),
		ADD_K(2, -48),
		MOV_K(3, 32),
		CALL(166),
		STX(BPF_DW, 6, 0, 8),
		MOV_K(0, 0),
		EXIT,
	};
	struct bemu_attr_elem a = { 0 };
	uint64_t ctx[2], value = 0;
	uint32_t key = 0;
	struct world w;
	long map, prog;

	(void)state;
	world_open(&w, 0);
	map = array_map(&w, 8);
	prog = load(&w, insns, BEMU_ARRAY_SIZE(insns));
	ctx[0] = (uint64_t)map;
	ctx[1] = 77;
	assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), 0);
	assert_int_equal(ctx[1], 0);
	a.map_fd = (uint32_t)map;
	a.key = (uint64_t)(uintptr_t)&key;
	a.value = (uint64_t)(uintptr_t)&value;
	assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &a, 32), 0);
	assert_int_equal(value, 99);
	world_close(&w);
}

/* Values of a map through the index of an fd_array, as a loader reaches its blob. */
static void a_value_by_the_index_of_an_fd_array(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX_VALUE, 0, 0),
		INSN(0, 0, 0, 0, 4), /* second word: offset in the value */
		LDX(BPF_W, 0, 1, 0),
		ADD_K(0, 1),
		STX(BPF_W, 1, 0, 0),
		EXIT,
	};
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .insn_cnt = 6,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .prog_flags = BPF_F_SLEEPABLE };
	struct bemu_attr_elem e = { 0 };
	uint32_t value[2] = { 1, 41 }, key = 0, retval;
	struct world w;
	int32_t fds[1];
	long prog;

	(void)state;
	world_open(&w, 0);
	fds[0] = (int32_t)array_map(&w, 8);
	e.map_fd = (uint32_t)fds[0];
	e.key = (uint64_t)(uintptr_t)&key;
	e.value = (uint64_t)(uintptr_t)value;
	assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &e, 32), 0);
	assert_int_equal(bpf(&w, BPF_MAP_FREEZE, &e, 4), 0); /* keeps only the task from writing */
	assert_int_equal(bpf(&w, BPF_PROG_LOAD, &a, 128), -EPROTO);
	a.fd_array = (uint64_t)(uintptr_t)fds;
	prog = bpf(&w, BPF_PROG_LOAD, &a, 128);
	assert_int_equal(prog, 4);
	assert_int_equal(run(&w, prog, NULL, 0, &retval), 0);
	assert_int_equal(retval, 42);
	assert_int_equal(bpf(&w, BPF_MAP_LOOKUP_ELEM, &e, 32), 0);
	assert_int_equal(value[0], 1);
	assert_int_equal(value[1], 42);
	world_close(&w);
}

/* helper(r1 .. r5) with the name at r10-16; ctx: r2, r3, r4, result, word at r10-24 */
static long named(struct world *w, int32_t helper, const char *name, const uint64_t in[3],
		  uint64_t *word)
{
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 0),
		INSN(0, 0, 0, 0, 0),
		STX(BPF_DW, 10, 2, -16),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 0),
		INSN(0, 0, 0, 0, 0),
		STX(BPF_DW, 10, 2, -8),
		ST(BPF_DW, 10, -24, 55),
		MOV_X(1, 10),
		ADD_K(1, -16),
		LDX(BPF_DW, 2, 6, 0),
		LDX(BPF_DW, 3, 6, 8),
		LDX(BPF_DW, 4, 6, 16),
		INSN(BPF_JMP | BPF_JNE, 10, 0, 2,
		     0), /* always; bpf_kallsyms_lookup_name() has r4 = r10 - 24 */
		MOV_X(4, 10),
		ADD_K(4, -24),
		CALL(helper),
		STX(BPF_DW, 6, 0, 24),
		LDX(BPF_DW, 1, 10, -24),
		STX(BPF_DW, 6, 1, 32),
		MOV_K(0, 0),
		EXIT,
	};
	uint64_t ctx[5] = { in[0], in[1], in[2] };
	char text[16] = { 0 };
	int64_t ret;
	long prog;

	memcpy(text, name, strlen(name));
	memcpy(&insns[1].imm, text, 4);
	memcpy(&insns[2].imm, text + 4, 4);
	memcpy(&insns[4].imm, text + 8, 4);
	memcpy(&insns[5].imm, text + 12, 4);
	if (helper == 179)
		insns[13].off = 0;
	prog = load(w, insns, BEMU_ARRAY_SIZE(insns));
	assert_true(prog >= 0);
	assert_int_equal(run(w, prog, ctx, sizeof(ctx), NULL), 0);
	memcpy(&ret, &ctx[3], sizeof(ret));
	if (word)
		*word = ctx[4];
	assert_int_equal(bemu_sys_close(w->task, (int)prog, &prog), 0);
	return (long)ret;
}

static void btf_by_name_and_kind(void **state)
{
	static const struct {
		const char *name;
		uint64_t in[3]; /* length, kind, flags */
		long want;
	} rows[] = {
		{ "s", { 2, BTF_KIND_STRUCT, 0 }, 4 },
		{ "s", { 2, BTF_KIND_UNION, 0 }, -ENOENT },
		{ "none", { 5, BTF_KIND_STRUCT, 0 }, -ENOENT },
		{ "s", { 2, BTF_KIND_STRUCT, 1 }, -EINVAL },
		{ "none", { 4, BTF_KIND_STRUCT, 0 }, -EINVAL },
		{ "s", { 1, BTF_KIND_STRUCT, 0 }, -EINVAL },
		{ "s", { 0, BTF_KIND_STRUCT, 0 }, -EINVAL },
		{ "f",
		  { 16, BTF_KIND_FUNC, 0 },
		  3 }, /* vmlinux before the module, NULs do not matter */
	};
	static const uint64_t g[3] = { 2, BTF_KIND_FUNC, 0 };
	struct world w;
	long ret, kret;
	size_t i;

	(void)state;
	world_open(&w, 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++)
		assert_int_equal(named(&w, 167, rows[i].name, rows[i].in, NULL), rows[i].want);
	/* a module's: its id below a new FD, each time another one; the program itself is FD 3 */
	ret = named(&w, 167, "g", g, NULL);
	assert_int_equal(ret & 0xffffffff, 5);
	assert_int_equal(ret >> 32, 4);
	ret = named(&w, 167, "g", g, NULL);
	assert_int_equal(ret >> 32, 5);
	assert_int_equal(bemu_sys_close(w.task, 4, &kret), 0);
	assert_int_equal(kret, 0);
	world_close(&w);
}

static void symbols_by_name(void **state)
{
	static const struct {
		const char *name;
		uint64_t in[3]; /* length, flags */
		long want;
		bool found;
	} rows[] = {
		{ "f", { 2, 0, 0 }, 0, true },
		{ "none", { 5, 0, 0 }, -ENOENT, false },
		{ "f", { 2, 1, 0 }, -EINVAL, false },
		{ "none", { 4, 0, 0 }, -EINVAL, false },
	};
	struct world w;
	uint64_t word;
	size_t i;

	(void)state;
	world_open(&w, 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		assert_int_equal(named(&w, 179, rows[i].name, rows[i].in, &word), rows[i].want);
		assert_int_equal(word != 0, rows[i].found);
	}
	world_close(&w);
}

static void reads_that_fail_clear_what_they_should_fill(void **state)
{
	static uint64_t user = 5;
	const struct {
		int32_t helper;
		uint64_t addr;
		int64_t ret;
		uint64_t word;
	} rows[] = {
		{ 113, 0, -ERANGE, 0 },
		{ 113, (uint64_t)(uintptr_t)&user, -ERANGE, 0 },
		{ 113, 0xffff800000000000ull, -EFAULT, 0 },
		{ 148, 0, -EFAULT, 0 },
		{ 148, (uint64_t)(uintptr_t)&user, 0, 5 },
	};
	struct world w;
	size_t i;

	(void)state;
	world_open(&w, 0);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		const struct bpf_insn insns[] = {
			MOV_X(6, 1),
			ST(BPF_DW, 10, -8, 0x55),
			MOV_X(1, 10),
			ADD_K(1, -8),
			MOV_K(2, 8),
			LDX(BPF_DW, 3, 6, 0),
			CALL(rows[i].helper),
			STX(BPF_DW, 6, 0, 0),
			LDX(BPF_DW, 1, 10, -8),
			STX(BPF_DW, 6, 1, 8),
			MOV_K(0, 0),
			EXIT,
		};
		uint64_t ctx[2] = { rows[i].addr, 0 };
		long prog = load(&w, insns, BEMU_ARRAY_SIZE(insns));

		assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), 0);
		assert_int_equal((int64_t)ctx[0], rows[i].ret);
		assert_int_equal(ctx[1], rows[i].word);
	}
	world_close(&w);
}

static void closing(void **state)
{
	const struct bpf_insn insns[] = { MOV_X(6, 1),		LDX(BPF_DW, 1, 6, 0), CALL(168),
					  STX(BPF_DW, 6, 0, 8), MOV_K(0, 0),	      EXIT };
	uint64_t ctx[2];
	struct world w;
	long prog, map, kret;

	(void)state;
	world_open(&w, 0);
	prog = load(&w, insns, BEMU_ARRAY_SIZE(insns));
	map = array_map(&w, 8);
	ctx[0] = (uint64_t)map;
	assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), 0);
	assert_int_equal(ctx[1], 0);
	assert_int_equal(bemu_sys_close(w.task, (int)map, &kret), 0);
	assert_int_equal(kret, -EBADF);
	ctx[0] = 900;
	assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), 0);
	assert_int_equal((int64_t)ctx[1], -EBADF);
	/* its own: it runs to the end nevertheless, and is gone then */
	ctx[0] = (uint64_t)prog;
	assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), 0);
	assert_int_equal(ctx[1], 0);
	assert_int_equal(run(&w, prog, ctx, sizeof(ctx), NULL), -EBADF);
	world_close(&w);
}

/* What the kernel's verifier keeps out ends the call as not modelled, with the place in the log. */
static void a_program_that_no_verifier_lets_pass(void **state)
{
	const struct bpf_insn wild[] = { MOV_K(0, 0), LDX(BPF_DW, 0, 0, 0), EXIT };
	const struct bpf_insn unknown[] = { MOV_K(0, 0), INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0),
					    CALL(150), EXIT };
	struct bemu_attr_test a = { 0 };
	struct world w;
	long kret = 77;

	(void)state;
	world_open(&w, 0);
	a.prog_fd = (uint32_t)load(&w, wild, 3);
	assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&a, sizeof(a),
				      &kret),
			 -EOPNOTSUPP);
	assert_int_equal(kret, 77);
	assert_int_equal(bemu_log_last(&w.em->env->log)->reason, BEMU_R_SYS_TRAP);
	assert_int_equal(bemu_log_last(&w.em->env->log)->pos, 1);
	a.prog_fd = (uint32_t)load(&w, unknown, 4);
	assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&a, sizeof(a),
				      &kret),
			 -EOPNOTSUPP);
	assert_int_equal(bemu_log_last(&w.em->env->log)->reason, BEMU_R_SYS_UNMODELLED);
	world_close(&w);
}

static void a_run_without_end_uses_up_the_budget(void **state)
{
	const struct bpf_insn insns[] = { MOV_K(0, 0), INSN(BPF_JMP | BPF_JA, 0, 0, -1, 0) };
	struct bemu_opts opts = { .size = sizeof(opts), .limits = { .max_steps = 10000 } };
	struct bemu_attr_test a = { 0 };
	struct world w = { 0 };
	long kret = 77;

	(void)state;
	assert_int_equal(bemu_new(&opts, &w.em), 0);
	assert_int_equal(bemu_seal(w.em), 0);
	assert_int_equal(bemu_task_new(w.em, NULL, &w.task), 0);
	a.prog_fd = (uint32_t)load(&w, insns, 2);
	assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&a, sizeof(a),
				      &kret),
			 -EDQUOT);
	assert_int_equal(kret, 77);
	world_close(&w);
}

/* ---- watching ---- */

struct event {
	uint32_t kind;
	int32_t insn_idx;
	bool end;
	int64_t ret;
	uint32_t tag; /* of the closed number */
	uint64_t from; /* where it was kept: offset in its region */
	uint32_t by;
};

struct events {
	struct event arr[32];
	uint32_t nr;
	int fail_at;
};

static int note(struct events *ev, const struct bemu_seen *seen, bool end)
{
	struct event *e = &ev->arr[ev->nr++];
	struct bemu_origin origin = { 0 };

	assert_true(ev->nr < BEMU_ARRAY_SIZE(ev->arr));
	e->kind = seen->kind;
	e->insn_idx = seen->insn_idx;
	e->end = end;
	e->ret = end ? seen->ret : 0;
	if (seen->kind == BEMU_SEEN_CLOSE) {
		e->tag = seen->ops->arg(seen, &origin);
		e->from = origin.off;
		e->by = origin.stored_by;
	}
	return ev->fail_at && (int)ev->nr == ev->fail_at ? -ENOMEM : 0;
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	return note(ctx, seen, false);
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	if (seen->kind == BEMU_SEEN_FIND_BTF && seen->ret > 0)
		seen->tag = 600 + (uint32_t)(seen->ret >> 32);
	return note(ctx, seen, true);
}

static void a_watcher_follows_a_number_from_its_birth_to_its_close(void **state)
{
	const struct bpf_insn insns[] = {
		/* 0 */ ST(BPF_W, 10, -16, 'g'),
		MOV_X(1, 10),
		ADD_K(1, -16),
		MOV_K(2, 2),
		/* 4 */ MOV_K(3, BTF_KIND_FUNC),
		MOV_K(4, 0),
		CALL(167),
		MOV_X(7, 0),
		/* 8 */ INSN(BPF_ALU64 | BPF_RSH | BPF_K, 7, 0, 0, 32),
		STX(BPF_W, 10, 7, -8),
		/* 10 */ LDX(BPF_W, 1, 10, -8),
		CALL(168),
		MOV_K(0, 0),
		EXIT,
	};
	static const struct event want[] = {
		{ BEMU_SEEN_BPF, -1, false, 0, 0, 0, 0 },
		{ BEMU_SEEN_FIND_BTF, 6, false, 0, 0, 0, 0 },
		{ BEMU_SEEN_FIND_BTF, 6, true, 4ll << 32 | 5, 0, 0, 0 },
		{ BEMU_SEEN_CLOSE, 11, false, 0, 604, STACK_LEN - 8, 9 },
		{ BEMU_SEEN_CLOSE, 11, true, 0, 604, STACK_LEN - 8, 9 },
		{ BEMU_SEEN_EXIT, 13, true, 0, 0, 0, 0 },
		{ BEMU_SEEN_BPF, -1, true, 0, 0, 0, 0 },
	};
	struct bemu_watch watch = { .size = sizeof(watch), .begin = on_begin, .end = on_end };
	struct events ev = { 0 };
	struct world w;
	size_t i;
	long prog;

	(void)state;
	world_open(&w, 0);
	prog = load(&w, insns, BEMU_ARRAY_SIZE(insns));
	watch.ctx = &ev;
	bemu_task_watch(w.task, &watch);
	assert_int_equal(run(&w, prog, NULL, 0, NULL), 0);
	assert_int_equal(ev.nr, BEMU_ARRAY_SIZE(want));
	for (i = 0; i < ev.nr; i++) {
		assert_int_equal(ev.arr[i].kind, want[i].kind);
		assert_int_equal(ev.arr[i].insn_idx, want[i].insn_idx);
		assert_int_equal(ev.arr[i].end, want[i].end);
		assert_int_equal(ev.arr[i].ret, want[i].ret);
		assert_int_equal(ev.arr[i].tag, want[i].tag);
		assert_int_equal(ev.arr[i].from, want[i].from);
		assert_int_equal(ev.arr[i].by, want[i].by);
	}
	bemu_task_watch(w.task, NULL);
	world_close(&w);
}

static void what_a_watcher_fails_with_comes_out_of_the_call(void **state)
{
	const struct bpf_insn insns[] = { MOV_K(1, 900), CALL(168), MOV_K(0, 0), EXIT };
	struct bemu_watch watch = { .size = sizeof(watch), .begin = on_begin, .end = on_end };
	struct bemu_attr_test a = { 0 };
	struct world w;
	int at;

	(void)state;
	world_open(&w, 0);
	a.prog_fd = (uint32_t)load(&w, insns, 4);
	for (at = 1; at <= 6; at++) {
		struct events ev = { .fail_at = at };
		long kret = 77;

		watch.ctx = &ev;
		bemu_task_watch(w.task, &watch);
		assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&a,
					      sizeof(a), &kret),
				 at == 6 ? 0 : -ENOMEM);
		assert_int_equal(kret, at == 6 ? 0 : 77);
		bemu_task_watch(w.task, NULL);
		assert_int_equal(run(&w, a.prog_fd, NULL, 0, NULL), 0);
	}
	world_close(&w);
}

/* Answers the n-th question that it is asked; @asked counts them. */
struct liar {
	struct events ev;
	uint32_t asked, nr;
	int64_t ret;
};

static bool lie(void *ctx, const struct bemu_seen *seen, int64_t *ret)
{
	struct liar *liar = ctx;

	assert_true(seen->kind != BEMU_SEEN_PRINTK && seen->kind != BEMU_SEEN_EXIT);
	if (++liar->asked != liar->nr)
		return false;
	*ret = liar->ret;
	return true;
}

static void a_watcher_may_answer_in_the_place_of_the_kernel(void **state)
{
	const struct bpf_insn insns[] = {
		ST(BPF_W, 10, -16, 'g'),
		MOV_X(1, 10),
		ADD_K(1, -16),
		MOV_K(2, 2),
		MOV_K(3, BTF_KIND_FUNC),
		MOV_K(4, 0),
		CALL(167),
		MOV_X(1, 0),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 1, 0, 0, 32),
		CALL(168),
		EXIT,
	};
	struct bemu_watch watch = {
		.size = sizeof(watch), .begin = on_begin, .end = on_end, .answer = lie
	};
	struct bemu_attr_test a = { 0 };
	uint32_t nr;
	struct world w;

	(void)state;
	world_open(&w, 0);
	a.prog_fd = (uint32_t)load(&w, insns, BEMU_ARRAY_SIZE(insns));
	/* 1 is the test run, 2 the lookup that opens 4, 3 the close of that; there is no fourth */
	for (nr = 1; nr <= 4; nr++) {
		struct liar liar = { .nr = nr, .ret = nr == 2 ? -ENOENT : -EPERM };
		long kret = 77, closed;

		watch.ctx = &liar;
		bemu_task_watch(w.task, &watch);
		assert_int_equal(bemu_sys_bpf(w.task, BPF_PROG_TEST_RUN, (uint64_t)(uintptr_t)&a,
					      sizeof(a), &kret),
				 0);
		assert_int_equal(kret, nr == 1 ? -EPERM : 0);
		assert_int_equal(liar.asked, nr == 1 ? 1 : 3);
		bemu_task_watch(w.task, NULL);
		/* a close that was answered did not happen, a lookup that was answered opened nothing */
		assert_int_equal(bemu_sys_close(w.task, 4, &closed), 0);
		assert_int_equal(closed, nr == 3 ? 0 : -EBADF);
	}
	world_close(&w);
}

/* What a signed loader compares: the hash that was asked for last stands at the head of the map's object. */
static void the_hash_of_a_frozen_map(void **state)
{
	static const uint8_t zeroes[32] = { 0xaf, 0x55, 0x70, 0xf5, 0xa1, 0x81, 0x0b, 0x7a,
					    0xf7, 0x8c, 0xaf, 0x4b, 0xc7, 0x0a, 0x66, 0x0f,
					    0x0d, 0xf5, 0x1e, 0x42, 0xba, 0xf9, 0x1d, 0x4d,
					    0xe5, 0xb2, 0x32, 0x8d, 0xe0, 0xe8, 0x3d, 0xfc };
	static const uint8_t fives[32] = { 0x63, 0x99, 0x5c, 0x5d, 0x04, 0xa7, 0x8f, 0x00,
					   0x16, 0x0f, 0x8c, 0x01, 0x35, 0x2b, 0x31, 0x13,
					   0x49, 0x52, 0x99, 0xae, 0x81, 0x3a, 0x76, 0x3e,
					   0xab, 0x4f, 0xf5, 0x9b, 0x7f, 0x85, 0x74, 0x36 };
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 0),
		INSN(0, 0, 0, 0, 0),
		LDX(BPF_W, 0, 1, 28),
		EXIT,
	};
	struct bpf_insn copy[BEMU_ARRAY_SIZE(insns)];
	uint8_t info[104], hash[32], value[56];
	struct bemu_attr_info a = { .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)info };
	struct bemu_attr_elem e = { 0 };
	uint64_t to = (uint64_t)(uintptr_t)hash;
	uint32_t len = sizeof(hash), key = 0, word, retval;
	struct world w;
	long map;
	int round;

	(void)state;
	world_open(&w, 0);
	for (round = 0; round < 2; round++) {
		memset(info, 0, sizeof(info));
		memset(value, 5, sizeof(value));
		map = array_map(&w, round ? 56 : 8);
		a.bpf_fd = (uint32_t)map;
		e.map_fd = a.bpf_fd;
		e.key = (uint64_t)(uintptr_t)&key;
		e.value = (uint64_t)(uintptr_t)value;
		if (round)
			assert_int_equal(bpf(&w, BPF_MAP_UPDATE_ELEM, &e, 32), 0);
		memcpy(info + 96, &len, sizeof(len));
		assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &a, 16), -EINVAL);
		memcpy(info + 88, &to, sizeof(to));
		assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &a, 16), -EPERM);
		assert_int_equal(bpf(&w, BPF_MAP_FREEZE, &e, 4), 0);
		info[96] = 31;
		assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &a, 16), -EINVAL);
		info[96] = 32;
		assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &a, 16), 0);
		assert_memory_equal(hash, round ? fives : zeroes, sizeof(hash));
		memcpy(copy, insns, sizeof(insns));
		copy[0].imm = (int32_t)map;
		assert_int_equal(run(&w, load(&w, copy, 4), NULL, 0, &retval), 0);
		memcpy(&word, hash + 28, sizeof(word));
		assert_int_equal(retval, word);
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_cannot_sleep_is_refused),
		cmocka_unit_test(fields_that_a_test_run_refuses),
		cmocka_unit_test(the_context_is_as_long_as_it_is_used_and_comes_back),
		cmocka_unit_test(other_types),
		cmocka_unit_test(commands_that_a_program_may_give),
		cmocka_unit_test(pointers_of_a_program_are_the_kernels),
		cmocka_unit_test(a_value_by_the_index_of_an_fd_array),
		cmocka_unit_test(btf_by_name_and_kind),
		cmocka_unit_test(symbols_by_name),
		cmocka_unit_test(reads_that_fail_clear_what_they_should_fill),
		cmocka_unit_test(closing),
		cmocka_unit_test(the_hash_of_a_frozen_map),
		cmocka_unit_test(a_program_that_no_verifier_lets_pass),
		cmocka_unit_test(a_run_without_end_uses_up_the_budget),
		cmocka_unit_test(a_watcher_follows_a_number_from_its_birth_to_its_close),
		cmocka_unit_test(what_a_watcher_fails_with_comes_out_of_the_call),
		cmocka_unit_test(a_watcher_may_answer_in_the_place_of_the_kernel),
	};

	return cmocka_run_group_tests_name("skelrun", tests, NULL, NULL);
}
