// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What a running kernel is asked to do with ids. They name objects of everybody there: a scenario may open
 * its own, those whose numbers it was given when it made them, and nothing else. No other call finds an
 * object that the scenario did not make.
 */
#include <errno.h>
#include <string.h>

#include "insn/insn.h"
#include "scenario/private.h"

/* Where infos say the id, and how many bytes are enough to see it. */
static const struct {
	uint32_t create, by_id, kind, id_off;
} calls[] = {
	{ BPF_MAP_CREATE, BPF_MAP_GET_FD_BY_ID, BEMU_KIND_MAP, 4 },
	{ BPF_PROG_LOAD, BPF_PROG_GET_FD_BY_ID, BEMU_KIND_PROG, 4 },
	{ BPF_BTF_LOAD, BPF_BTF_GET_FD_BY_ID, BEMU_KIND_BTF, 12 },
	{ BPF_LINK_CREATE, BPF_LINK_GET_FD_BY_ID, BEMU_KIND_LINK, 4 },
	{ BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_GET_FD_BY_ID, BEMU_KIND_LINK, 4 },
};

enum { INFO_LEN = 16, NEVER_GIVEN = 0x7fffffff, VMLINUX_ID = 1, SYS_BPF = 166 };

static bool is_own(const struct bemu_scn_run *run, uint32_t kind, uint32_t id)
{
	uint32_t i;

	/* the kernel's own types are only read, and no object has one of the others */
	if (!id || id >= NEVER_GIVEN || (kind == BEMU_KIND_BTF && id == VMLINUX_ID))
		return true;
	for (i = 0; i < run->nr_made; i++)
		if (run->made[i].kind == kind && run->made[i].id == id)
			return true;
	return false;
}

/* A program that makes calls of its own could open anything by id. */
static bool calls_bpf(struct bemu_scn_run *run, const struct bemu_attr_prog_load *a)
{
	struct bpf_insn insn;
	uint32_t i;

	for (i = 0; i < a->insn_cnt; i++) {
		if (run->mem.ops.read(run->mem.ops.ctx, a->insns + i * sizeof(insn), &insn,
				      sizeof(insn)))
			return false;
		if (insn.code == (BPF_JMP | BPF_CALL) && !insn.src_reg && insn.imm == SYS_BPF)
			return true;
	}
	return false;
}

const char *bemu_scn_not_ours(struct bemu_scn_run *run, uint32_t cmd, const void *attr,
			      uint32_t size)
{
	struct bemu_attr_prog_load load = { 0 };
	uint32_t i, id = 0;

	memcpy(&id, attr, size < sizeof(id) ? size : sizeof(id));
	for (i = 0; i < BEMU_ARRAY_SIZE(calls); i++)
		if (cmd == calls[i].by_id)
			return is_own(run, calls[i].kind, id)
				       ? NULL
				       : "it opens an object by id that it did not make";
	if (cmd != BPF_PROG_LOAD)
		return NULL;
	memcpy(&load, attr, size < sizeof(load) ? size : sizeof(load));
	return calls_bpf(run, &load) ? "it has a program that makes calls of its own" : NULL;
}

int bemu_scn_made(struct bemu_scn_run *run, uint32_t cmd, long ret)
{
	const struct bemu_scn_kernel *kernel = run->opts->kernel;
	uint8_t info[INFO_LEN] = { 0 };
	struct bemu_attr_info a = { .bpf_fd = (uint32_t)ret,
				    .info_len = sizeof(info),
				    .info = (uint64_t)(uintptr_t)info };
	struct bemu_scn_made *made;
	uint32_t i;
	int err;

	for (i = 0; i < BEMU_ARRAY_SIZE(calls) && calls[i].create != cmd; i++)
		;
	if (ret < 0 || i == BEMU_ARRAY_SIZE(calls))
		return 0;
	if (kernel->bpf(kernel->ctx, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)))
		return 0; /* then it cannot be opened by id, which is safe */
	err = bemu_grow(run->env, &run->made, &run->cap_made, (size_t)run->nr_made + 1,
			sizeof(*made));
	if (err)
		return err;
	made = &run->made[run->nr_made++];
	made->kind = calls[i].kind;
	memcpy(&made->id, info + calls[i].id_off, sizeof(made->id));
	return 0;
}
