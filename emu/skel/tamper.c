// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "skel/tamper.h"

#include <stdio.h>
#include <string.h>

#include "insn/insn.h"

enum { BITS = 8, TEST_RUN_LEN = 80 };

/* Which bits are turned over goes round with the byte, so that none is spared everywhere. */
bool bemu_tamper_nth(const struct bemu_skel *skel, uint32_t nth, struct bemu_tamper *out)
{
	uint32_t len = skel->data_len, nr = len < BEMU_TAMPER_RUNS ? len : BEMU_TAMPER_RUNS;
	uint32_t at = nr ? nth % nr : 0;

	if (!nr || nth / nr >= BEMU_NR_TAMPERS - 1)
		return false;
	out->how = BEMU_TAMPER_BEFORE + nth / nr;
	out->off = nr < len ? (uint32_t)((uint64_t)at * len / nr) : at;
	out->mask = (uint8_t)(1u << out->off % BITS);
	return true;
}

void bemu_tamper_text(const struct bemu_tamper *tamper, char *buf, size_t len)
{
	(void)snprintf(buf, len, "byte %u of the blob, changed %s it was hashed", tamper->off,
		       tamper->how == BEMU_TAMPER_AFTER ? "after" : "before");
}

static int load_writer(const struct bemu_backend *be, struct bemu_skel_mem *mem, int map_fd,
		       const struct bemu_tamper *tamper, long *fd)
{
	static const char license[] = "GPL";
	const struct bpf_insn insns[] = {
		{ .code = BEMU_INSN_LD64,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map_fd },
		{ .imm = (int32_t)tamper->off },
		{ .code = BPF_LDX | BPF_MEM | BPF_B, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1 },
		{ .code = BPF_ALU64 | BPF_XOR | BPF_K, .dst_reg = BPF_REG_2, .imm = tamper->mask },
		{ .code = BPF_STX | BPF_MEM | BPF_B, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					    .insns = (uintptr_t)insns,
					    .insn_cnt = BEMU_ARRAY_SIZE(insns),
					    .license = (uintptr_t)license,
					    .prog_flags = BPF_F_SLEEPABLE,
					    .prog_name = "writer" };
	uint32_t nr = mem ? mem->nr : 0;
	int err = bemu_skel_mem_add(mem, insns, sizeof(insns));

	if (!err)
		err = bemu_skel_mem_add(mem, license, sizeof(license));
	if (!err)
		err = bemu_skel_mem_add(mem, &attr, sizeof(attr));
	if (!err)
		err = be->ops->bpf(be->ctx, BPF_PROG_LOAD, &attr,
				   offsetof(struct bemu_attr_prog_load, fd_array) + 8, fd);
	bemu_skel_mem_cut(mem, nr);
	return err;
}

int bemu_tamper_write(const struct bemu_backend *be, struct bemu_skel_mem *mem, int map_fd,
		      const struct bemu_tamper *tamper, long *kret)
{
	uint8_t attr[TEST_RUN_LEN] = { 0 };
	uint32_t nr = mem ? mem->nr : 0;
	long fd, closed;
	int err = load_writer(be, mem, map_fd, tamper, &fd), closing;

	*kret = fd;
	if (err || fd < 0)
		return err;
	memcpy(attr, &(uint32_t){ (uint32_t)fd }, sizeof(uint32_t));
	err = bemu_skel_mem_add(mem, attr, sizeof(attr));
	if (!err)
		err = be->ops->bpf(be->ctx, BPF_PROG_TEST_RUN, attr, sizeof(attr), kret);
	bemu_skel_mem_cut(mem, nr);
	closing = be->ops->close(be->ctx, (int)fd, &closed);
	return err ? err : closing;
}
