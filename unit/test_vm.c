// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Conformance rows are text files under corpus/vm: hexadecimal words, memory, and the verdict.
 *
 *   # what the row shows
 *   insn b700000007000000 9500000000000000
 *   mem 0102030405060708                  (optional; r1 points at it, r2 is its length)
 *   ret 7                                 (decimal or 0x...)   or
 *   trap unmapped insn 3                  or
 *   refuse insn 2
 *   after 0102030405060708                (optional: the memory after the run)
 *
 * With --host each row that has a result runs on the running kernel instead, as a function of a program
 * of type SYSCALL, with the value of a map for its memory. A row that the kernel's verifier refuses is
 * counted apart. Exit 77 without the privilege.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helpers.h"

#include "vm/vm.h"

enum { MAX_ROWS = 512, MAX_WORDS = 64, MAX_MEM = 64 };

#define MEM_BASE 0x10000ull

struct row {
	char file[96];
	char name[160];
	uint8_t insns[MAX_WORDS * 8];
	uint32_t nr_insns;
	uint8_t mem[MAX_MEM], after[MAX_MEM];
	uint32_t mem_len, after_len;
	bool has_ret, has_trap, has_refuse;
	uint64_t ret;
	char trap[32];
	uint32_t at;
};

static struct row rows[MAX_ROWS];
static size_t nr_rows;

static uint32_t hex_bytes(const char *text, uint8_t *out, uint32_t len, uint32_t max)
{
	unsigned int byte;
	int used;

	for (;;) {
		text += strspn(text, " \t\n");
		if (!*text)
			return len;
		if (len >= max || sscanf(text, "%2x%n", &byte, &used) != 1 || used != 2)
			fail_msg("bad hex: %s", text);
		out[len++] = (uint8_t)byte;
		text += used;
	}
}

static void read_rows(const char *path, const char *file)
{
	struct row *row = NULL;
	char line[1024], name[160] = "";
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s: cannot be opened", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#') {
			snprintf(name, sizeof(name), "%.150s", line + strspn(line, "# "));
			row = NULL;
		} else if (!strncmp(line, "insn ", 5)) {
			if (!row) {
				assert_true(nr_rows < MAX_ROWS);
				row = &rows[nr_rows++];
				snprintf(row->file, sizeof(row->file), "%.90s", file);
				snprintf(row->name, sizeof(row->name), "%s", name);
			}
			row->nr_insns = hex_bytes(line + 5, row->insns, row->nr_insns * 8,
						  sizeof(row->insns)) /
					8;
		} else if (line[0] && !row) {
			fail_msg("%s: a row without insn: %s", path, line);
		} else if (!strncmp(line, "mem ", 4)) {
			row->mem_len = hex_bytes(line + 4, row->mem, 0, MAX_MEM);
		} else if (!strncmp(line, "after ", 6)) {
			row->after_len = hex_bytes(line + 6, row->after, 0, MAX_MEM);
		} else if (sscanf(line, "trap %31s insn %u", row ? row->trap : name,
				  row ? &row->at : (uint32_t *)name) == 2) {
			row->has_trap = true;
		} else if (row && sscanf(line, "refuse insn %u", &row->at) == 1) {
			row->has_refuse = true;
		} else if (row && !strncmp(line, "ret ", 4)) {
			row->ret = strtoull(line + 4, NULL, 0);
			row->has_ret = true;
		} else if (line[0]) {
			fail_msg("%s: not understood: %s", path, line);
		}
	}
	fclose(f);
}

/* Helper 1 adds its arguments; helper 2 runs the function whose address is r1, with r2 as its r1. */
static int test_helper(void *ctx, struct bemu_vm *vm, uint32_t id, const uint64_t args[5],
		       uint64_t *r0)
{
	uint64_t inner[5] = { args[1] };

	(void)ctx;
	if (id == 1) {
		*r0 = args[0] + args[1] + args[2] + args[3] + args[4];
		return 0;
	}
	if (id == 2)
		return bemu_vm_call(vm, bemu_vm_func_idx(vm, args[0]), inner, r0);
	return -ENOENT;
}

static int test_kfunc(void *ctx, struct bemu_vm *vm, int32_t imm, int16_t off,
		      const uint64_t args[5], uint64_t *r0)
{
	(void)ctx;
	(void)vm;
	(void)args;
	*r0 = (uint64_t)(int64_t)imm * 1000 + (uint64_t)(int64_t)off;
	return 0;
}

static const struct bemu_vm_ops test_ops = { .helper = test_helper, .kfunc = test_kfunc };

static uint32_t trap_by_word(const char *word)
{
	static const char *const words[] = { "none",	   "unmapped", "crosses-end", "permission",
					     "misaligned", "budget",   "call-depth",  "helper" };
	uint32_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], word))
			return i;
	fail_msg("no such trap: %s", word);
	return 0;
}

static void run_row(void **state)
{
	const struct row *row = *state;
	struct bemu_env *env = test_env();
	struct bemu_vm_prog *prog = NULL;
	struct bemu_vm_trap trap = { 0 };
	struct bemu_vm *vm = NULL;
	struct bpf_insn insns[MAX_WORDS];
	uint8_t *mem = malloc(row->mem_len ? row->mem_len : 1);
	uint64_t ret = 77;
	int err;

	assert_non_null(mem);
	memcpy(mem, row->mem, row->mem_len);
	memcpy(insns, row->insns, row->nr_insns * 8);
	err = bemu_vm_decode(env, insns, row->nr_insns, &prog);
	if (row->has_refuse) {
		assert_int_equal(err, -EINVAL);
		assert_null(prog);
		assert_int_equal(bemu_log_last(&env->log)->pos, row->at);
		assert_int_equal(bemu_log_last(&env->log)->layer, BEMU_LAYER_VM);
		goto out;
	}
	assert_int_equal(err, 0);
	assert_int_equal(bemu_vm_new(env, &test_ops, &vm), 0);
	if (row->mem_len) {
		struct bemu_vm_region region = { .base = MEM_BASE,
						 .len = row->mem_len,
						 .host = mem,
						 .perm = BEMU_VM_READ | BEMU_VM_WRITE,
						 .name = "mem" };
		struct bemu_vm_region ro = { .base = MEM_BASE * 2,
					     .len = 8,
					     .host = insns,
					     .perm = BEMU_VM_READ,
					     .name = "ro" };

		assert_int_equal(bemu_vm_map(vm, &region), 0);
		assert_int_equal(bemu_vm_map(vm, &ro), 0);
		assert_int_equal(bemu_vm_map(vm, &region), -EEXIST);
	}
	err = bemu_vm_run(vm, prog, MEM_BASE, 10000, &ret, &trap);
	if (row->has_trap) {
		assert_int_equal(err, -EFAULT);
		assert_int_equal(trap.reason, trap_by_word(row->trap));
		assert_int_equal(trap.insn_idx, row->at);
		assert_int_equal(ret, 77);
	} else {
		assert_true(row->has_ret);
		assert_int_equal(err, 0);
		assert_int_equal(ret, row->ret);
	}
	if (row->after_len) {
		assert_int_equal(row->after_len, row->mem_len);
		assert_memory_equal(mem, row->after, row->mem_len);
	}
out:
	bemu_vm_free(vm);
	bemu_vm_prog_free(env, prog);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
	free(mem);
}

static int decode_and_run(struct bemu_env *env, void *arg)
{
	const struct row *row = arg;
	struct bemu_vm_prog *prog = NULL;
	struct bemu_vm_trap trap;
	struct bemu_vm *vm = NULL;
	struct bpf_insn insns[MAX_WORDS];
	uint64_t ret;
	int err;

	memcpy(insns, row->insns, row->nr_insns * 8);
	err = bemu_vm_decode(env, insns, row->nr_insns, &prog);
	if (!err)
		err = bemu_vm_new(env, &test_ops, &vm);
	if (!err)
		err = bemu_vm_run(vm, prog, 0, 1000, &ret, &trap);
	bemu_vm_free(vm);
	bemu_vm_prog_free(env, prog);
	return err;
}

static void a_run_survives_the_failure_sweep(void **state)
{
	struct row row = { .nr_insns = 2, .insns = { 0xb7, 0, 0, 0, 7, 0, 0, 0, 0x95 } };

	(void)state;
	test_failure_sweep(decode_and_run, &row);
}

/* Helper 1 gives FD 6 with tag 61 in the high half; helper 2 wants to see @seen's tags. */
struct prov_seen {
	uint32_t arg, mem[4];
	uint32_t from, by; /* of the argument: offset in the 16 bytes + 1, storing instruction */
};

static int prov_helper(void *ctx, struct bemu_vm *vm, uint32_t id, const uint64_t args[5],
		       uint64_t *r0)
{
	struct prov_seen *seen = ctx;
	struct bemu_vm_place place;
	unsigned int i;

	if (id == 1) {
		*r0 = 6ull << 32 | 99;
		bemu_vm_tag_r0(vm, 0, 61);
		return 0;
	}
	seen->arg = bemu_vm_arg_tag(vm, 0);
	for (i = 0; i < 4; i++)
		seen->mem[i] = bemu_vm_mem_tag(vm, args[1] + i * 4);
	place = bemu_vm_arg_place(vm, 0);
	seen->from = place.addr ? (uint32_t)(place.addr - args[1]) + 1 : 0;
	seen->by = place.stored_by;
	*r0 = 0;
	return 0;
}

struct prov_case {
	const char *name;
	struct bpf_insn insns[6]; /* r7 = result of helper 1; r1 and the stack are looked at after */
	struct prov_seen want; /* mem: the 16 bytes below r10 */
};

#define ALU64_X(op, d, s)                                                        \
	{                                                                        \
		.code = BPF_ALU64 | (op) | BPF_X, .dst_reg = (d), .src_reg = (s) \
	}
#define ALU64_K(op, d, k)                                                    \
	{                                                                    \
		.code = BPF_ALU64 | (op) | BPF_K, .dst_reg = (d), .imm = (k) \
	}
#define STORE(sz, o, s)                                                                     \
	{                                                                                   \
		.code = BPF_STX | BPF_MEM | (sz), .dst_reg = 10, .src_reg = (s), .off = (o) \
	}
#define LOAD(sz, d, o)                                                                      \
	{                                                                                   \
		.code = BPF_LDX | BPF_MEM | (sz), .dst_reg = (d), .src_reg = 10, .off = (o) \
	}
#define NOP ALU64_X(BPF_MOV, 9, 9)

static const struct prov_case prov_cases[] = {
	{ "a_tag_in_the_high_half_comes_down_with_a_shift",
	  { ALU64_X(BPF_MOV, 1, 7), ALU64_K(BPF_RSH, 1, 32), NOP, NOP, NOP, NOP },
	  { .arg = 61 } },
	{ "a_shift_by_31_drops_it",
	  { ALU64_X(BPF_MOV, 1, 7), ALU64_K(BPF_RSH, 1, 31), NOP, NOP, NOP, NOP },
	  { .arg = 0 } },
	{ "an_addition_drops_it",
	  { ALU64_X(BPF_MOV, 1, 7), ALU64_K(BPF_RSH, 1, 32), ALU64_K(BPF_ADD, 1, 1), NOP, NOP,
	    NOP },
	  { .arg = 0 } },
	{ "an_8_byte_store_tags_the_upper_word",
	  { STORE(BPF_DW, -16, 7), NOP, NOP, NOP, NOP, NOP },
	  { .mem = { 0, 61, 0, 0 } } },
	{ "a_4_byte_load_brings_it_back",
	  { STORE(BPF_DW, -16, 7), LOAD(BPF_W, 1, -12), NOP, NOP, NOP, NOP },
	  { .arg = 61, .mem = { 0, 61, 0, 0 }, .from = 5, .by = 4 } },
	{ "a_move_after_the_load_keeps_the_place",
	  { STORE(BPF_DW, -16, 7), LOAD(BPF_W, 3, -12), ALU64_X(BPF_MOV, 1, 3), NOP, NOP, NOP },
	  { .arg = 61, .mem = { 0, 61, 0, 0 }, .from = 5, .by = 4 } },
	{ "the_last_store_is_the_one_that_counts",
	  { STORE(BPF_DW, -16, 7), LOAD(BPF_W, 3, -12), STORE(BPF_W, -4, 3), LOAD(BPF_W, 1, -4),
	    NOP, NOP },
	  { .arg = 61, .mem = { 0, 61, 0, 61 }, .from = 13, .by = 6 } },
	{ "a_copy_through_memory_keeps_it",
	  { ALU64_X(BPF_MOV, 1, 7), ALU64_K(BPF_RSH, 1, 32), STORE(BPF_W, -8, 1),
	    LOAD(BPF_W, 2, -8), STORE(BPF_W, -4, 2), ALU64_K(BPF_MOV, 1, 0) },
	  { .mem = { 0, 0, 61, 61 } } },
	{ "a_byte_store_into_the_word_drops_it",
	  { STORE(BPF_DW, -16, 7), STORE(BPF_B, -11, 7), NOP, NOP, NOP, NOP },
	  { .mem = { 0, 0, 0, 0 } } },
	{ "a_byte_load_carries_nothing",
	  { STORE(BPF_DW, -16, 7), LOAD(BPF_B, 1, -12), NOP, NOP, NOP, NOP },
	  { .arg = 0, .mem = { 0, 61, 0, 0 } } },
};

static void run_prov(void **state)
{
	const struct prov_case *c = *state;
	struct bpf_insn insns[16] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = 1 },
		ALU64_X(BPF_MOV, 7, 0),
		ALU64_K(BPF_MOV, 1, 0),
		NOP,
	};
	const struct bpf_insn tail[] = {
		ALU64_X(BPF_MOV, 2, 10),
		ALU64_K(BPF_ADD, 2, -16),
		{ .code = BPF_JMP | BPF_CALL, .imm = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct prov_seen seen = { 0 };
	struct bemu_vm_ops ops = { .helper = prov_helper, .ctx = &seen };
	struct bemu_env *env = test_env();
	struct bemu_vm_prog *prog = NULL;
	struct bemu_vm_trap trap;
	struct bemu_vm *vm = NULL;
	uint64_t ret;
	int round;

	memcpy(&insns[4], c->insns, sizeof(c->insns));
	memcpy(&insns[10], tail, sizeof(tail));
	assert_int_equal(bemu_vm_decode(env, insns, 14, &prog), 0);
	assert_int_equal(bemu_vm_new(env, &ops, &vm), 0);
	assert_int_equal(bemu_vm_track(vm), 0);
	for (round = 0; round < 2; round++) {
		memset(&seen, 0xee, sizeof(seen));
		assert_int_equal(bemu_vm_run(vm, prog, 0, 100, &ret, &trap), 0);
		assert_memory_equal(&seen, &c->want, sizeof(seen));
	}
	bemu_vm_free(vm);
	bemu_vm_prog_free(env, prog);
	assert_int_equal(bemu_env_live(env), 0);
	bemu_env_free(env);
}

/* ---- the running kernel ---- */

static long host_bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static long host_map(const struct row *row)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = row->mem_len ? row->mem_len : 8,
				.max_entries = 1 };
	long fd = host_bpf(BPF_MAP_CREATE, &attr);
	uint32_t key = 0;

	if (fd < 0 || !row->mem_len)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)fd;
	attr.key = (uint64_t)(uintptr_t)&key;
	attr.value = (uint64_t)(uintptr_t)row->mem;
	return host_bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -EIO : fd;
}

/* main: calls the row with its memory in r1, and stores the whole of r0 in the context. */
static long host_load(const struct row *row, long map)
{
	struct bpf_insn insns[MAX_WORDS + 8] = {
		ALU64_X(BPF_MOV, 6, 1),
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE },
		{ 0 },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 3 },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 6, .src_reg = 0 },
		ALU64_K(BPF_MOV, 0, 0),
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { 0 };

	insns[1].imm = (int32_t)map;
	memcpy(&insns[7], row->insns, row->nr_insns * 8);
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.insn_cnt = row->nr_insns + 7;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.license = (uint64_t)(uintptr_t) "GPL";
	attr.prog_flags = BPF_F_SLEEPABLE;
	return host_bpf(BPF_PROG_LOAD, &attr);
}

/* 1 when the kernel agrees, 0 when its verifier refuses the row, -1 when it has another result. */
static int host_row(const struct row *row)
{
	union bpf_attr attr = { 0 };
	uint8_t after[MAX_MEM] = { 0 };
	uint64_t ctx = 0;
	uint32_t key = 0;
	long map = host_map(row), prog = map < 0 ? map : host_load(row, map);
	int verdict = 0;

	if (prog >= 0) {
		attr.test.prog_fd = (uint32_t)prog;
		attr.test.ctx_in = (uint64_t)(uintptr_t)&ctx;
		attr.test.ctx_size_in = sizeof(ctx);
		verdict = host_bpf(BPF_PROG_TEST_RUN, &attr) || ctx != row->ret ? -1 : 1;
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = (uint32_t)map;
		attr.key = (uint64_t)(uintptr_t)&key;
		attr.value = (uint64_t)(uintptr_t)after;
		if (row->after_len && (host_bpf(BPF_MAP_LOOKUP_ELEM, &attr) ||
				       memcmp(after, row->after, row->after_len) != 0))
			verdict = -1;
		close((int)prog);
	}
	if (map >= 0)
		close((int)map);
	return verdict;
}

static int run_on_host(void)
{
	unsigned int same = 0, refused = 0, differ = 0;
	size_t i;

	if (host_map(&rows[0]) == -EPERM) {
		fprintf(stderr, "vm: no privilege for bpf(2)\n");
		return 77;
	}
	for (i = 0; i < nr_rows; i++) {
		int verdict = rows[i].has_ret ? host_row(&rows[i]) : 2;

		same += verdict == 1;
		refused += verdict == 0;
		differ += verdict == -1;
		if (verdict == -1)
			printf("%s: the running kernel has another result\n", rows[i].name);
	}
	printf("vm: %u rows are as on the running kernel, %u differ, its verifier refuses %u\n",
	       same, differ, refused);
	return differ || !same;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MAX_ROWS + BEMU_ARRAY_SIZE(prov_cases) + 1];
	char *files[64], path[4096];
	size_t nr_files = 0, i;
	struct dirent *entry;
	DIR *dir = opendir(BEMU_CORPUS "/vm");

	if (!dir) {
		fprintf(stderr, "no conformance rows in %s\n", BEMU_CORPUS "/vm");
		return 1;
	}
	while ((entry = readdir(dir)) && nr_files < BEMU_ARRAY_SIZE(files))
		if (strstr(entry->d_name, ".vm"))
			files[nr_files++] = strdup(entry->d_name);
	closedir(dir);
	qsort(files, nr_files, sizeof(files[0]), by_name);
	for (i = 0; i < nr_files; i++) {
		snprintf(path, sizeof(path), "%s/vm/%s", BEMU_CORPUS, files[i]);
		read_rows(path, files[i]);
		free(files[i]);
	}
	if (argc > 1 && !strcmp(argv[1], "--host"))
		return run_on_host();
	for (i = 0; i < nr_rows; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = run_row,
						.initial_state = &rows[i] };
	for (i = 0; i < BEMU_ARRAY_SIZE(prov_cases); i++)
		tests[nr_rows + i] =
			(struct CMUnitTest){ .name = prov_cases[i].name,
					     .test_func = run_prov,
					     .initial_state = (void *)(uintptr_t)&prov_cases[i] };
	tests[nr_rows + i] = (struct CMUnitTest)cmocka_unit_test(a_run_survives_the_failure_sweep);
	return nr_rows ? _cmocka_run_group_tests("vm", tests, nr_rows + i + 1, NULL, NULL) : 1;
}
