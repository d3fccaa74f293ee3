/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Arenas: their creation, their mappings and programs that use them, as measured on Linux 6.18. */
#include <errno.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "insn/insn.h"
#include "model/model.h"
#include "sys/sys.h"

enum {
	PAGE = 4096,
	SIZE = 4 * PAGE,
	RD = 1,
	RDWR = 3,
	EXEC = 4,
	CAST = BPF_ALU64 | BPF_MOV | BPF_X,
	EXTRA_AT = 44, /* bit of map_extra */
};

struct world {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_backend be;
	char log[512];
};

static void setup(struct world *w, uint32_t kernel, uint32_t no_caps)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu_task_opts topts = { .size = sizeof(topts),
					.nr_std = BEMU_TASK_STD,
					.no_caps = no_caps };

	memset(w, 0, sizeof(*w));
	assert_int_equal(bemu_new(&opts, &w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
	bemu_backend_sys(w->task, &w->be);
}

static void teardown(struct world *w)
{
	bemu_task_exit(w->task);
	assert_int_equal(bemu_env_live(w->em->env), 0);
	bemu_free(w->em);
}

static long bpf(struct world *w, uint32_t cmd, const void *attr, uint32_t size)
{
	long kret = -9999;

	assert_int_equal(bemu_sys_bpf(w->task, cmd, (uint64_t)(uintptr_t)attr, size, &kret), 0);
	return kret;
}

static long arena(struct world *w, uint32_t max, uint64_t extra)
{
	struct bemu_attr_map_create a = { .map_type = BEMU_BPF_MAP_TYPE_ARENA,
					  .map_flags = BPF_F_MMAPABLE,
					  .max_entries = max,
					  .map_extra = extra };

	return bpf(w, BPF_MAP_CREATE, &a, sizeof(a));
}

static long map_at(struct world *w, long fd, size_t len, int prot, void **addr)
{
	long kret = -9999;

	*addr = NULL;
	assert_int_equal(w->be.ops->mmap(w->be.ctx, (int)fd, len, prot, addr, &kret), 0);
	return kret;
}

static long map_it(struct world *w, long fd, size_t len, int prot)
{
	void *addr;

	return map_at(w, fd, len, prot, &addr);
}

static void unmap(struct world *w, void *addr)
{
	long kret = -9999;

	assert_int_equal(w->be.ops->munmap(w->be.ctx, addr, SIZE, &kret), 0);
	assert_int_equal(kret, 0);
}

static long freeze(struct world *w, long fd)
{
	struct bemu_attr_elem a = { .map_fd = (uint32_t)fd };

	return bpf(w, BPF_MAP_FREEZE, &a, 4);
}

/* The program's words, and the end that every one needs. */
static long load(struct world *w, const struct bpf_insn *words, uint32_t nr)
{
	struct bpf_insn insns[16] = { 0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .prog_flags = BPF_F_SLEEPABLE,
					 .insn_cnt = nr + 2,
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .log_buf = (uint64_t)(uintptr_t)w->log,
					 .log_size = sizeof(w->log),
					 .log_level = 1 };

	memcpy(insns, words, nr * sizeof(*words));
	insns[nr].code = BPF_ALU64 | BPF_MOV | BPF_K;
	insns[nr + 1].code = BPF_JMP | BPF_EXIT;
	w->log[0] = '\0';
	return bpf(w, BPF_PROG_LOAD, &a, sizeof(a));
}

static struct bpf_insn ld64(long fd, bool value)
{
	return (struct bpf_insn){ .code = BEMU_INSN_LD64,
				  .dst_reg = 1,
				  .src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD,
				  .imm = (int32_t)fd };
}

static long load_fd(struct world *w, long fd)
{
	struct bpf_insn words[2] = { ld64(fd, false), { 0 } };

	return load(w, words, 2);
}

static long load_value(struct world *w, long fd, int32_t off)
{
	struct bpf_insn words[2] = { ld64(fd, true), { .imm = off } };

	return load(w, words, 2);
}

static long load_cast(struct world *w, long fd, uint8_t code, int32_t imm)
{
	struct bpf_insn words[4] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 5 },
		{ .code = code, .dst_reg = 1, .src_reg = 1, .off = 1, .imm = imm },
		ld64(fd, false),
	};

	return load(w, words, fd < 0 ? 2 : 4);
}

static void an_arena_has_at_most_4_gib_in_one_piece_of_addresses(void **state)
{
	struct world w;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	assert_int_equal(arena(&w, 0, 0), -EINVAL);
	assert_int_equal(arena(&w, (1u << 20) + 1, 0), -E2BIG);
	assert_int_equal(arena(&w, 4, 0x10000000123), -EINVAL);
	assert_int_equal(arena(&w, 4, 0xfffff000), -ERANGE);
	assert_int_equal(arena(&w, 4, 1ull << EXTRA_AT), 3);
	assert_int_equal(arena(&w, 1u << 20, 0), 4);
	teardown(&w);
}

static void there_are_none_before_6_9(void **state)
{
	struct world w;

	(void)state;
	setup(&w, BEMU_KERNEL_6_6, 0);
	assert_int_equal(arena(&w, 4, 0), -EINVAL);
	teardown(&w);
}

static void the_first_mapping_says_where_and_how_long(void **state)
{
	struct world w;
	void *addr, *again;
	long fd;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 4, 0);
	assert_int_equal(map_it(&w, fd, 0, RDWR), -EINVAL);
	assert_int_equal(map_it(&w, fd, (1ull << 32) + 1, RDWR), -E2BIG);
	assert_int_equal(map_it(&w, fd, SIZE, RDWR | EXEC), -EPERM);
	assert_int_equal(map_at(&w, fd, SIZE, RDWR, &addr), 0);
	((char *)addr)[SIZE - 1] = 7;
	assert_int_equal(map_it(&w, fd, SIZE, RDWR), -EINVAL);
	assert_int_equal(map_it(&w, fd, PAGE, RDWR), -EINVAL);
	assert_int_equal(map_it(&w, fd, SIZE + 1, RDWR), -E2BIG);
	unmap(&w, addr);

	fd = arena(&w, 4, 0);
	assert_int_equal(map_it(&w, fd, 2 * SIZE, RDWR), 0);
	fd = arena(&w, 4, 0);
	assert_int_equal(map_it(&w, fd, 100, RD), 0);
	assert_int_equal(map_it(&w, fd, SIZE, RD), -E2BIG);

	fd = arena(&w, 4, 1ull << EXTRA_AT);
	assert_int_equal(map_it(&w, fd, PAGE, RDWR), -EINVAL);
	assert_int_equal(map_it(&w, fd, SIZE + 1, RDWR), -E2BIG);
	assert_int_equal(map_at(&w, fd, SIZE, RDWR, &addr), 0);
	((char *)addr)[5] = 7;
	assert_int_equal(map_at(&w, fd, SIZE, RDWR, &again), 0);
	assert_int_equal(((char *)again)[5], 7);
	assert_int_equal(freeze(&w, fd), -EBUSY);
	unmap(&w, again); /* the second took the first's place */
	assert_int_equal(freeze(&w, fd), 0);
	teardown(&w);
}

static void a_frozen_arena_is_mapped_for_reading_only(void **state)
{
	struct world w;
	long fd;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 4, 0);
	assert_int_equal(freeze(&w, fd), 0);
	assert_int_equal(map_it(&w, fd, SIZE, RDWR), -EPERM);
	assert_int_equal(map_it(&w, fd, SIZE, RD), 0);
	teardown(&w);
}

static void what_is_too_large_for_us_is_a_fault_and_changes_nothing(void **state)
{
	const struct bemu_log *log;
	struct world w;
	void *addr = NULL;
	long fd, kret = -9999;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 1u << 20, 0);
	assert_int_equal(w.be.ops->mmap(w.be.ctx, (int)fd, (size_t)PAGE << 20, RDWR, &addr, &kret),
			 -EOPNOTSUPP);
	assert_null(addr);
	assert_int_equal(kret, -9999);
	log = bemu_get_log(w.em);
	assert_int_equal(bemu_log_count(log), 1);
	assert_int_equal(bemu_log_get(log, 0)->reason, BEMU_R_SYS_UNMODELLED);
	assert_int_equal(load_fd(&w, fd), -EINVAL); /* still not mapped */
	assert_int_equal(map_it(&w, fd, SIZE, RDWR), 0);
	teardown(&w);
}

static void a_program_needs_an_arena_with_an_address(void **state)
{
	struct world w;
	long fd;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 4, 0);
	assert_int_equal(load_fd(&w, fd), -EINVAL);
	assert_non_null(strstr(w.log, "arena's user address must be set via map_extra or mmap()"));
	assert_int_equal(map_it(&w, fd, SIZE, RDWR), 0);
	assert_true(load_fd(&w, fd) > 0);
	assert_true(load_value(&w, arena(&w, 4, 1ull << EXTRA_AT), PAGE) > 0);
	teardown(&w);
}

static void a_value_lies_in_the_arena_or_right_behind_it(void **state)
{
	struct bpf_prog_info info = { 0 };
	struct bpf_insn out[4];
	struct bemu_attr_info a = { .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)&info };
	struct world w;
	long fd, prog;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 4, 1ull << EXTRA_AT);
	assert_int_equal(load_value(&w, fd, SIZE + 1), -ERANGE);
	assert_non_null(
		strstr(w.log, "invalid access to map value pointer, value_size=0 off=16385"));
	assert_int_equal(load_value(&w, fd, 1 << 29), -EINVAL);
	prog = load_value(&w, fd, SIZE);
	assert_true(prog > 0);

	a.bpf_fd = (uint32_t)prog;
	info.xlated_prog_insns = (uint64_t)(uintptr_t)out;
	info.xlated_prog_len = sizeof(out);
	assert_int_equal(bpf(&w, BPF_OBJ_GET_INFO_BY_FD, &a, 16), 0);
	assert_int_equal(out[0].src_reg, 0);
	assert_int_equal(out[0].imm, SIZE);
	assert_int_equal(out[1].imm, 1 << (EXTRA_AT - 32));
	teardown(&w);
}

static void a_program_has_one_arena(void **state)
{
	struct bpf_insn words[4] = { 0 };
	struct world w;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	words[0] = ld64(arena(&w, 4, 1ull << EXTRA_AT), false);
	words[2] = words[0];
	assert_true(load(&w, words, 4) > 0);
	words[2] = ld64(arena(&w, 4, 2ull << EXTRA_AT), false);
	assert_int_equal(load(&w, words, 4), -EBUSY);
	assert_non_null(strstr(w.log, "Only one arena per program"));
	teardown(&w);
}

static void arenas_take_two_capabilities(void **state)
{
	struct world w;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, BEMU_CAP_SYS_ADMIN | BEMU_CAP_PERFMON);
	assert_int_equal(load_fd(&w, arena(&w, 4, 1ull << EXTRA_AT)), -EPERM);
	assert_non_null(strstr(w.log, "CAP_BPF and CAP_PERFMON are required to use arena"));
	teardown(&w);
	setup(&w, BEMU_KERNEL_6_18, BEMU_CAP_SYS_ADMIN);
	assert_true(load_fd(&w, arena(&w, 4, 1ull << EXTRA_AT)) > 0);
	teardown(&w);
}

static void a_cast_needs_an_arena_and_two_address_spaces(void **state)
{
	struct world w;
	long fd;

	(void)state;
	setup(&w, BEMU_KERNEL_6_18, 0);
	fd = arena(&w, 4, 1ull << EXTRA_AT);
	assert_true(load_cast(&w, fd, CAST, 1) > 0);
	assert_true(load_cast(&w, fd, CAST, 1 << 16) > 0);
	assert_int_equal(load_cast(&w, fd, CAST, 0), -EINVAL);
	assert_non_null(strstr(w.log, "addr_space_cast insn can only convert between"));
	assert_int_equal(load_cast(&w, fd, CAST, 2), -EINVAL);
	assert_int_equal(load_cast(&w, fd, BPF_ALU | BPF_MOV | BPF_X, 0), -EINVAL);
	assert_non_null(strstr(w.log, "BPF_MOV uses reserved fields"));
	assert_int_equal(load_cast(&w, -1, CAST, 1), -EINVAL);
	assert_non_null(strstr(w.log, "in a program that has an associated arena"));
	teardown(&w);

	setup(&w, BEMU_KERNEL_6_6, 0);
	assert_int_equal(load_cast(&w, -1, CAST, 1), -EINVAL);
	assert_non_null(strstr(w.log, "BPF_MOV uses reserved fields"));
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_has_at_most_4_gib_in_one_piece_of_addresses),
		cmocka_unit_test(there_are_none_before_6_9),
		cmocka_unit_test(the_first_mapping_says_where_and_how_long),
		cmocka_unit_test(a_frozen_arena_is_mapped_for_reading_only),
		cmocka_unit_test(what_is_too_large_for_us_is_a_fault_and_changes_nothing),
		cmocka_unit_test(a_program_needs_an_arena_with_an_address),
		cmocka_unit_test(a_value_lies_in_the_arena_or_right_behind_it),
		cmocka_unit_test(a_program_has_one_arena),
		cmocka_unit_test(arenas_take_two_capabilities),
		cmocka_unit_test(a_cast_needs_an_arena_and_two_address_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
