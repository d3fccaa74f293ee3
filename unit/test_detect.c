// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Detectors over a loader's run: a witness is told of calls that no kernel made. Each detector has a case
 * that it fires on, and a near miss that it must not.
 */
#include <errno.h>
#include <stdio.h>

#include "helpers.h"

#include "audit/witness.h"
#include "uapi/bpf.h"

/* ---- a loader's memory ---- */

enum {
	BASE = 0x10000,
	BLOB_LEN = 0x30000,
	FD_ARRAY = 0,
	ATTR = 0x28000,
	INSNS = 0x28100,
	LICENSE = 0x28200,
	INFO = 0x28210,
	CTX = 0x28400,
	SYM = 0x28500,
	LOADER_MAP = 3,
};

struct told {
	struct bemu_env *env;
	struct bemu_witness *w;
	uint8_t blob[BLOB_LEN];
	uint32_t tags[BLOB_LEN / 4];
	int insn_idx;
	int next_prog; /* number that the next program gets */
};

static int fake_read(const struct bemu_seen *seen, uint64_t addr, void *dst, size_t len)
{
	struct told *t = seen->src;

	if (addr < BASE || addr - BASE > BLOB_LEN || len > BLOB_LEN - (addr - BASE))
		return -EFAULT;
	memcpy(dst, t->blob + (addr - BASE), len);
	return 0;
}

static uint32_t fake_tag(const struct bemu_seen *seen, uint64_t addr, struct bemu_origin *origin)
{
	struct told *t = seen->src;

	if (origin)
		memset(origin, 0, sizeof(*origin));
	if (addr < BASE || addr - BASE >= BLOB_LEN || seen->insn_idx < 0)
		return 0;
	if (origin && t->tags[(addr - BASE) / 4]) {
		origin->addr = addr;
		origin->region = "__loader.map";
		origin->off = addr - BASE;
	}
	return t->tags[(addr - BASE) / 4];
}

static uint32_t fake_arg(const struct bemu_seen *seen, struct bemu_origin *origin)
{
	(void)seen;
	memset(origin, 0, sizeof(*origin));
	return 0;
}

static const char *fake_region(const struct bemu_seen *seen, uint64_t addr, uint64_t *off)
{
	if (seen->insn_idx < 0 || addr < BASE || addr - BASE >= BLOB_LEN)
		return NULL;
	*off = addr - BASE;
	return "__loader.map";
}

static const struct bemu_seen_ops ops = {
	.read = fake_read,
	.tag = fake_tag,
	.arg = fake_arg,
	.region = fake_region,
};

static void call(struct told *t, struct bemu_seen *seen, int64_t ret)
{
	static const uint8_t none[BEMU_SEEN_ATTR_LEN];
	const struct bemu_watch *watch = bemu_witness_watch(t->w);

	seen->ops = &ops;
	seen->src = t;
	if (!seen->name)
		seen->name = "";
	if (!seen->attr)
		seen->attr = none;
	if (seen->kind != BEMU_SEEN_EXIT)
		assert_int_equal(watch->begin(watch->ctx, seen), 0);
	seen->ret = ret;
	assert_int_equal(watch->end(watch->ctx, seen), 0);
}

static void put32(struct told *t, uint32_t off, uint32_t v, uint32_t tag)
{
	memcpy(t->blob + off, &v, sizeof(v));
	t->tags[off / 4] = tag;
}

static const char *result(void *ctx, uint32_t off)
{
	(void)ctx;
	return off == 0 ? "on_exec" : off == 4 ? "a_name_of_16_chars" : NULL;
}

static int type_name(void *ctx, int fd, uint32_t id, char *buf, size_t len)
{
	(void)ctx;
	snprintf(buf, len, "type_%u_of_%d", id, fd);
	return 0;
}

/* The loader's map with its blob: what it has now is what was generated. */
static void fill_blob(struct told *t)
{
	uint8_t attr[BEMU_SEEN_ATTR_LEN] = { 0 };
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF, .insn_idx = BEMU_SEEN_NATIVE };
	struct bemu_attr_map_create create = { .map_type = BPF_MAP_TYPE_ARRAY,
					       .key_size = 4,
					       .value_size = BLOB_LEN,
					       .max_entries = 1,
					       .map_name = "__loader.map" };
	uint64_t value = BASE;
	uint32_t fd = LOADER_MAP;

	memcpy(attr, &create, sizeof(create));
	seen.cmd = BPF_MAP_CREATE;
	seen.attr = attr;
	call(t, &seen, LOADER_MAP);
	memset(attr, 0, sizeof(attr));
	memcpy(attr, &fd, 4);
	memcpy(attr + 16, &value, 8);
	seen.cmd = BPF_MAP_UPDATE_ELEM;
	call(t, &seen, 0);
}

static void told_open(struct told *t)
{
	struct bemu_witness_opts opts = {
		.size = sizeof(opts), .result = result, .type_name = type_name, .named = true
	};

	memset(t, 0, sizeof(*t));
	t->env = test_env();
	t->insn_idx = 1;
	t->next_prog = 9;
	memcpy(t->blob + LICENSE, "GPL", 4);
	assert_int_equal(bemu_witness_new(t->env, &opts, &t->w), 0);
}

static void told_close(struct told *t)
{
	bemu_witness_free(t->w);
	assert_int_equal(bemu_env_live(t->env), 0);
	bemu_env_free(t->env);
}

/* Tags of the answer: of the id, and of the module's FD. */
struct found {
	uint32_t id_tag, fd_tag;
};

static struct found find(struct told *t, const char *name, uint32_t id, int fd)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_FIND_BTF,
				  .insn_idx = t->insn_idx++,
				  .name = name };

	call(t, &seen, (int64_t)fd << 32 | id);
	return (struct found){ seen.low_tag, seen.tag };
}

static struct found ksym(struct told *t, const char *name, uint64_t addr)
{
	struct bemu_seen seen = {
		.kind = BEMU_SEEN_KSYM, .insn_idx = t->insn_idx++, .name = name, .uattr = BASE + SYM
	};

	memcpy(t->blob + SYM, &addr, sizeof(addr));
	call(t, &seen, 0);
	return (struct found){ seen.low_tag, seen.tag };
}

static void set_insn(struct told *t, uint32_t idx, struct bpf_insn insn, uint32_t imm_tag)
{
	memcpy(t->blob + INSNS + 8 * (size_t)idx, &insn, sizeof(insn));
	t->tags[(INSNS + 8 * idx) / 4] = 0;
	t->tags[(INSNS + 8 * idx + 4) / 4] = imm_tag;
}

static struct bpf_insn kfunc(int16_t off, int32_t imm)
{
	return (struct bpf_insn){
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = off, .imm = imm
	};
}

static void ld64(struct told *t, uint32_t idx, unsigned int src, uint32_t low, uint32_t low_tag,
		 uint32_t high, uint32_t high_tag)
{
	set_insn(t, idx,
		 (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
				    .src_reg = src & 0xf,
				    .imm = (int32_t)low },
		 low_tag);
	set_insn(t, idx + 1, (struct bpf_insn){ .imm = (int32_t)high }, high_tag);
}

/* PROG_LOAD by the loader program; the attribute lies at @attr_off of the blob. */
static void load_at(struct told *t, const char *name, uint32_t nr_insns, uint32_t attr_off)
{
	uint8_t attr[BEMU_SEEN_ATTR_LEN] = { 0 };
	struct bemu_attr_prog_load a = { .prog_type = 1,
					 .insn_cnt = nr_insns,
					 .insns = BASE + INSNS,
					 .license = BASE + LICENSE,
					 .func_info = BASE + INFO,
					 .func_info_rec_size = 8,
					 .func_info_cnt = 1,
					 .fd_array = BASE + FD_ARRAY };
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF,
				  .insn_idx = t->insn_idx++,
				  .cmd = BPF_PROG_LOAD,
				  .uattr = BASE + attr_off,
				  .attr_len = 140,
				  .attr = attr };

	snprintf(a.prog_name, sizeof(a.prog_name), "%s", name);
	memcpy(attr, &a, sizeof(a));
	call(t, &seen, t->next_prog++);
}

static void load(struct told *t, uint32_t nr_insns)
{
	load_at(t, "on_exec", nr_insns, ATTR);
}

static void close_fd(struct told *t, int fd)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_CLOSE, .insn_idx = BEMU_SEEN_NATIVE, .fd = fd };

	call(t, &seen, 0);
}

static void program_ends(struct told *t)
{
	struct bemu_seen seen = {
		.kind = BEMU_SEEN_EXIT, .insn_idx = t->insn_idx, .uattr = BASE + CTX, .attr_len = 8
	};

	call(t, &seen, 0);
}

/* ---- cases: each tells a story, the table says what is to be found in it ---- */

static void call_selects_the_place_of_its_module(struct told *t)
{
	struct found f = find(t, "mod_put", 77, 6);

	put32(t, FD_ARRAY + 4 * 64, 6, f.fd_tag);
	set_insn(t, 0, kfunc(64, 77), f.id_tag);
	load(t, 1);
	close_fd(t, 6);
}

static void call_selects_the_place_of_another_module(struct told *t)
{
	struct found f = find(t, "mod_put", 77, 6), g = find(t, "other", 78, 7);

	put32(t, FD_ARRAY + 4 * 64, 6, f.fd_tag);
	put32(t, FD_ARRAY + 4 * 65, 7, g.fd_tag);
	set_insn(t, 0, kfunc(65, 77), f.id_tag);
	load(t, 1);
	close_fd(t, 6);
	close_fd(t, 7);
}

static void call_of_a_module_has_off_0(struct told *t)
{
	struct found f = find(t, "mod_put", 77, 6);

	put32(t, FD_ARRAY, 6, f.fd_tag);
	set_insn(t, 0, kfunc(0, 77), f.id_tag);
	load(t, 1);
	close_fd(t, 6);
}

static void call_of_the_kernel_has_off_0(struct told *t)
{
	struct found f = find(t, "kernel_put", 77, 0);

	set_insn(t, 0, kfunc(0, 77), f.id_tag);
	load(t, 1);
}

static void index_is_cut_to_16_bits(struct told *t)
{
	struct found f = find(t, "mod_put", 77, 6);

	put32(t, FD_ARRAY + 4 * 32770, 6, f.fd_tag);
	set_insn(t, 0, kfunc((int16_t)32770, 77), f.id_tag);
	load(t, 1);
	close_fd(t, 6);
}

static void the_largest_index_that_fits(struct told *t)
{
	struct found f = find(t, "mod_put", 77, 6);

	put32(t, FD_ARRAY + 4 * 32767, 6, f.fd_tag);
	set_insn(t, 0, kfunc(32767, 77), f.id_tag);
	load(t, 1);
	close_fd(t, 6);
}

static void id_is_cut_to_16_bits(struct told *t)
{
	struct found f = find(t, "kernel_put", 0x10005, 0);

	set_insn(t, 0, kfunc(0, 5), f.id_tag);
	load(t, 1);
}

static void address_in_both_halves(struct told *t)
{
	struct found f = ksym(t, "jiffies", 0xffffffff81234567);

	ld64(t, 0, 0, 0x81234567, f.id_tag, 0xffffffff, f.fd_tag);
	load(t, 2);
}

static void address_without_its_upper_half(struct told *t)
{
	struct found f = ksym(t, "jiffies", 0xffffffff81234567);

	ld64(t, 0, 0, 0x81234567, f.id_tag, 0, 0);
	load(t, 2);
}

static void address_without_its_lower_half(struct told *t)
{
	struct found f = ksym(t, "jiffies", 0xffffffff81234567);

	ld64(t, 0, 0, 0, 0, 0xffffffff, f.fd_tag);
	load(t, 2);
}

static void variable_of_the_kernel(struct told *t)
{
	struct found f = find(t, "per_cpu", 30, 0);

	ld64(t, 0, BPF_PSEUDO_BTF_ID, 30, f.id_tag, 0, 0);
	load(t, 2);
}

static void variable_whose_word_became_a_constant(struct told *t)
{
	struct found f = find(t, "per_cpu", 30, 0);

	ld64(t, 0, 0, 30, f.id_tag, 0, 0);
	load(t, 2);
}

static void variable_of_a_module(struct told *t)
{
	struct found f = find(t, "mod_var", 30, 6);

	ld64(t, 0, BPF_PSEUDO_BTF_ID, 30, f.id_tag, 6, f.fd_tag);
	load(t, 2);
	close_fd(t, 6);
}

static void variable_of_a_module_without_its_number(struct told *t)
{
	struct found f = find(t, "mod_var", 30, 6);

	ld64(t, 0, BPF_PSEUDO_BTF_ID, 30, f.id_tag, 0, 0);
	load(t, 2);
	close_fd(t, 6);
}

static void generate(struct told *t)
{
	set_insn(t, 0, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 5 }, 0);
	set_insn(t, 1, kfunc(0, 0), 0);
	ld64(t, 2, BPF_PSEUDO_BTF_ID, 0, 0, 0, 0);
	ld64(t, 4, 0, 0, 0, 0, 0);
	ld64(t, 6, 0, 0x1234, 0, 0, 0);
	fill_blob(t);
}

static void what_the_kernel_knows_is_filled_in(struct told *t)
{
	generate(t);
	set_insn(t, 1, kfunc(64, 77), 0);
	ld64(t, 2, BPF_PSEUDO_BTF_ID, 30, 0, 6, 0);
	ld64(t, 4, 0, 0x81234567, 0, 0xffffffff, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void license_is_written_over(struct told *t)
{
	generate(t);
	put32(t, LICENSE, 6, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void records_are_written_over(struct told *t)
{
	generate(t);
	put32(t, INFO + 4, 6, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void bytes_beside_a_record_are_written(struct told *t)
{
	generate(t);
	put32(t, INFO + 8, 6, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void an_instruction_is_written_over(struct told *t)
{
	generate(t);
	set_insn(t, 0, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 6 }, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void a_constant_is_written_over(struct told *t)
{
	generate(t);
	ld64(t, 6, 0, 0x1235, 0, 0, 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void the_registers_of_a_call_are_written(struct told *t)
{
	generate(t);
	set_insn(t, 1, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL },
		 0);
	load(t, 8);
	close_fd(t, LOADER_MAP);
}

static void an_attribute_at_an_odd_place(struct told *t)
{
	generate(t);
	load_at(t, "on_exec", 1, ATTR + 3);
	close_fd(t, LOADER_MAP);
}

static void object_at_0_is_left(struct told *t)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF,
				  .insn_idx = BEMU_SEEN_NATIVE,
				  .cmd = BPF_BTF_LOAD };

	call(t, &seen, 0);
}

static void object_at_0_is_closed(struct told *t)
{
	object_at_0_is_left(t);
	close_fd(t, 0);
}

static void result_is_0(struct told *t)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF, .insn_idx = 3, .cmd = BPF_BTF_LOAD };

	call(t, &seen, 0);
	put32(t, CTX, 0, seen.tag);
	program_ends(t);
}

static void returns(struct told *t, uint32_t slot, const char *name)
{
	load_at(t, name, 1, ATTR);
	put32(t, CTX + 4 * slot, 9, 1);
	program_ends(t);
}

static void result_under_its_own_name(struct told *t)
{
	returns(t, 0, "on_exec");
}

static void result_under_a_name_that_was_cut(struct told *t)
{
	returns(t, 1, "a_name_of_16_ch");
}

static void result_under_the_name_of_another(struct told *t)
{
	returns(t, 0, "on_exit");
}

static void copy(struct told *t, int fd, bool cloexec, int to)
{
	struct bemu_seen seen = {
		.kind = BEMU_SEEN_DUP, .insn_idx = BEMU_SEEN_NATIVE, .fd = fd, .cloexec = cloexec
	};

	call(t, &seen, to);
}

static void open_file(struct told *t, int fd)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_OPEN,
				  .insn_idx = BEMU_SEEN_NATIVE,
				  .name = "file" };

	call(t, &seen, fd);
}

static void load_native(struct told *t, int fd)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF,
				  .insn_idx = BEMU_SEEN_NATIVE,
				  .cmd = BPF_BTF_LOAD };

	call(t, &seen, fd);
}

static void a_copy_crosses_an_exec(struct told *t)
{
	load_native(t, 4);
	copy(t, 4, false, 5);
	assert_int_equal(bemu_witness_exec(t->w), 0);
	close_fd(t, 5);
}

static void a_copy_closes_on_exec(struct told *t)
{
	load_native(t, 4);
	copy(t, 4, true, 5);
	open_file(t, 6);
	assert_int_equal(bemu_witness_exec(t->w), 0);
	close_fd(t, 6);
}

/* A host loads a loader whose jumps @insns are; no branch leaves it. */
static void load_loader(struct told *t, const struct bpf_insn insns[], uint32_t nr)
{
	uint8_t attr[BEMU_SEEN_ATTR_LEN] = { 0 };
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .insn_cnt = nr,
					 .insns = BASE + INSNS };
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF,
				  .insn_idx = BEMU_SEEN_NATIVE,
				  .cmd = BPF_PROG_LOAD,
				  .attr_len = 140,
				  .attr = attr };
	uint32_t i;

	for (i = 0; i < nr; i++)
		set_insn(t, i, insns[i], 0);
	memcpy(attr, &a, sizeof(a));
	call(t, &seen, 5);
	close_fd(t, 5);
}

#define WORD                                        \
	{                                           \
		.code = BPF_ALU64 | BPF_MOV | BPF_K \
	}
#define BACK(dist)                                                 \
	{                                                          \
		.code = BPF_JMP | BPF_JSLT | BPF_K, .off = -(dist) \
	}
#define BACK32(dist)                                                 \
	{                                                            \
		.code = BPF_JMP32 | BPF_JSLT | BPF_K, .off = -(dist) \
	}
#define GOTOL(dist)                                        \
	{                                                  \
		.code = BPF_JMP32 | BPF_JA, .imm = -(dist) \
	}

static void an_error_branch_lands_beside_two_others(struct told *t)
{
	const struct bpf_insn insns[] = { WORD, WORD, WORD, BACK(4), BACK(5), BACK(5) };

	load_loader(t, insns, BEMU_ARRAY_SIZE(insns));
}

static void error_branches_of_other_codes_land_beside_one(struct told *t)
{
	const struct bpf_insn insns[] = { WORD, WORD, WORD, BACK32(2), GOTOL(3), BACK(6) };

	load_loader(t, insns, BEMU_ARRAY_SIZE(insns));
}

/* The second has two ways back; the third begins next to the fourth. */
static void a_loader_with_loops(struct told *t)
{
	const struct bpf_insn insns[] = { WORD,	   BACK(2), WORD, WORD,	     BACK(2),
					  BACK(3), WORD,    WORD, BACK32(2), GOTOL(4) };

	load_loader(t, insns, BEMU_ARRAY_SIZE(insns));
}

struct story {
	const char *name;
	void (*tell)(struct told *t);
	int found; /* enum bemu_finding_id; -1: nothing */
	const char *summary; /* part of it; NULL for any */
};

#define STORY(tell, found, summary)            \
	{                                      \
#tell, (tell), found, summary, \
	}

static const struct story stories[] = {
	STORY(call_selects_the_place_of_its_module, -1, NULL),
	STORY(call_selects_the_place_of_another_module, BEMU_FINDING_INSN_OFF_ALIAS,
	      "mod_put: fd_array[65] is fd 7, btf of other, whose id 77 is type_77_of_7"),
	STORY(call_of_a_module_has_off_0, BEMU_FINDING_INSN_OFF_ALIAS,
	      "mod_put: off 0 is the kernel's own BTF, whose id 77 is type_77_of_0"),
	STORY(call_of_the_kernel_has_off_0, -1, NULL),
	STORY(index_is_cut_to_16_bits, BEMU_FINDING_INSN_OFF_TRUNCATED,
	      "mod_put: index 32770 does not fit insn->off, which has -32766"),
	STORY(the_largest_index_that_fits, -1, NULL),
	STORY(id_is_cut_to_16_bits, BEMU_FINDING_IMM_TRUNCATED, "id 65541 was found"),
	STORY(address_in_both_halves, -1, NULL),
	STORY(address_without_its_upper_half, BEMU_FINDING_IMM_TRUNCATED,
	      "the word has 0x81234567"),
	STORY(address_without_its_lower_half, BEMU_FINDING_IMM_TRUNCATED, "0xffffffff00000000"),
	STORY(variable_of_the_kernel, -1, NULL),
	STORY(variable_whose_word_became_a_constant, BEMU_FINDING_CORE_WRONG_PATCH,
	      "per_cpu: id 30 is left behind as a constant"),
	STORY(variable_of_a_module, -1, NULL),
	STORY(variable_of_a_module_without_its_number, BEMU_FINDING_CORE_WRONG_PATCH,
	      "mod_var: id 30 is looked up in fd 0, where it is type_30_of_0"),
	STORY(what_the_kernel_knows_is_filled_in, -1, NULL),
	STORY(license_is_written_over, BEMU_FINDING_LAYOUT_OVERLAP,
	      "license: byte 0 was generated as 0x47 and is 0x06"),
	STORY(records_are_written_over, BEMU_FINDING_LAYOUT_OVERLAP, "func_info: byte 4"),
	STORY(bytes_beside_a_record_are_written, -1, NULL),
	STORY(an_instruction_is_written_over, BEMU_FINDING_LAYOUT_OVERLAP,
	      "instructions: byte 4 was generated as 0x05"),
	STORY(a_constant_is_written_over, BEMU_FINDING_LAYOUT_OVERLAP, "instructions: byte 52"),
	STORY(the_registers_of_a_call_are_written, BEMU_FINDING_LAYOUT_OVERLAP,
	      "instructions: byte 9"),
	STORY(an_attribute_at_an_odd_place, BEMU_FINDING_LAYOUT_MISALIGNED,
	      "offset 163843 of the blob"),
	STORY(object_at_0_is_left, BEMU_FINDING_FD_STD, "fd 0 (btf (loaded)) is still open"),
	STORY(object_at_0_is_closed, -1, NULL),
	STORY(result_is_0, BEMU_FINDING_FD_STD, "the result on_exec is fd 0"),
	STORY(result_under_its_own_name, -1, NULL),
	STORY(result_under_a_name_that_was_cut, -1, NULL),
	STORY(result_under_the_name_of_another, BEMU_FINDING_FD_MISNAMED_RESULT,
	      "the result on_exec is fd 9, which is prog on_exit"),
	STORY(a_copy_crosses_an_exec, BEMU_FINDING_FD_CLOEXEC,
	      "fd 5 (copy of 4) has no close-on-exec"),
	STORY(a_copy_closes_on_exec, -1, NULL),
	STORY(an_error_branch_lands_beside_two_others, BEMU_FINDING_JUMP_ASTRAY,
	      "1 error branches land on insn 1, 2 on insn 0"),
	STORY(error_branches_of_other_codes_land_beside_one, BEMU_FINDING_JUMP_ASTRAY,
	      "2 error branches land on insn 2, 1 on insn 0"),
	STORY(a_loader_with_loops, -1, NULL),
};

static void run_story(void **state)
{
	static struct told t; /* its blob is large */
	const struct story *story = *state;
	const struct bemu_findings *findings;

	told_open(&t);
	story->tell(&t);
	if (t.next_prog > 9 && story->tell != result_under_its_own_name &&
	    story->tell != result_under_a_name_that_was_cut &&
	    story->tell != result_under_the_name_of_another)
		close_fd(&t, 9);
	assert_int_equal(bemu_witness_end(t.w), 0);
	findings = bemu_witness_findings(t.w);
	assert_int_equal(findings->nr, story->found < 0 ? 0 : 1);
	if (story->found >= 0) {
		assert_int_equal(findings->arr[0].id, story->found);
		if (story->summary && !strstr(findings->arr[0].summary, story->summary))
			fail_msg("%s", findings->arr[0].summary);
	}
	told_close(&t);
}

static void loads_btf(struct told *t, uint32_t times)
{
	struct bemu_seen seen = { .kind = BEMU_SEEN_BPF, .insn_idx = 3, .cmd = BPF_BTF_LOAD };

	while (times--)
		call(t, &seen, -EINVAL);
}

/* Of two runs that differ in the context only, one stops early. */
static void a_run_that_ends_before_the_other(void **state)
{
	static const uint32_t other[] = { 2, 1, 3 };
	static struct told a, b;
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(other); i++) {
		told_open(&a);
		told_open(&b);
		loads_btf(&a, 2);
		loads_btf(&b, other[i]);
		assert_int_equal(bemu_witness_compare(a.w, b.w, NULL), 0);
		assert_int_equal(bemu_witness_findings(a.w)->nr, other[i] != 2);
		if (other[i] != 2)
			assert_int_equal(bemu_witness_findings(a.w)->arr[0].id,
					 BEMU_FINDING_LAYOUT_UNSIGNED);
		told_close(&a);
		told_close(&b);
	}
}

int main(void)
{
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(stories) + 1];
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(stories); i++)
		tests[i] = (struct CMUnitTest){ .name = stories[i].name,
						.test_func = run_story,
						.initial_state = (void *)(uintptr_t)&stories[i] };
	tests[i] = (struct CMUnitTest)cmocka_unit_test(a_run_that_ends_before_the_other);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
