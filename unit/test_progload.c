// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* PROG_LOAD of the model: which ways through a program decide about it. */
#include "helpers.h"

#include <bemu/bemu.h>

#include "progload_side.h"

/* 1 INT int */
static const uint32_t vmlinux_types[] = { 1, BTF_KIND_INT << 24, 4, 0x01000020 };

static struct bemu *world(struct side *side, uint32_t kernel, const struct bemu_allocator *alloc)
{
	static const char strs[] = "\0int";
	struct btf_header hdr = { .magic = BTF_MAGIC,
				  .version = 1,
				  .hdr_len = sizeof(hdr),
				  .type_len = sizeof(vmlinux_types),
				  .str_off = sizeof(vmlinux_types),
				  .str_len = sizeof(strs) };
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel, .alloc = alloc };
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu *em = NULL;
	uint8_t blob[256];

	memcpy(blob, &hdr, sizeof(hdr));
	memcpy(blob + sizeof(hdr), vmlinux_types, sizeof(vmlinux_types));
	memcpy(blob + sizeof(hdr) + sizeof(vmlinux_types), strs, sizeof(strs));
	assert_int_equal(bemu_new(&opts, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, blob,
					  sizeof(hdr) + sizeof(vmlinux_types) + sizeof(strs), 0),
			 0);
	assert_int_equal(bemu_seal(em), 0);
	assert_int_equal(bemu_task_new(em, &task_opts, &side->task), 0);
	side->bpf = side_model_bpf;
	side->close = side_model_close;
	assert_true(side_begin(side));
	return em;
}

static void path_decides(void **state)
{
	const struct path_case *c = *state;
	struct side *side = calloc(1, sizeof(*side));
	uint32_t insn_idx = 999;
	struct bemu *em;
	long fd;

	assert_non_null(side);
	em = world(side, BEMU_KERNEL_DEFAULT, NULL);
	fd = path_load(side, c);
	if (c->answer == NO) {
		assert_int_equal(fd, c->err);
		assert_string_equal(side_line(side), c->line);
	} else {
		assert_true(fd >= 0);
		assert_int_equal(bemu_prog_unproven(side->task, (int)fd, &insn_idx),
				 c->answer == UNPROVEN);
		if (c->answer == UNPROVEN)
			assert_int_equal(c->insns[insn_idx].imm, POISON_IMM);
		else
			assert_int_equal(insn_idx, 999);
		side_model_close(side, fd);
	}
	side_end(side);
	bemu_free(em);
	free(side);
}

int main(void)
{
	enum { NR_PATHS = BEMU_ARRAY_SIZE(path_cases) };
	static struct CMUnitTest tests[NR_PATHS];
	uint32_t i;

	for (i = 0; i < NR_PATHS; i++)
		tests[i] =
			(struct CMUnitTest){ .name = path_cases[i].name,
					     .test_func = path_decides,
					     .initial_state = (void *)(uintptr_t)&path_cases[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
