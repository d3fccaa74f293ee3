// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "insn/insn.h"

#include <inttypes.h>

int bemu_insn_set_off(struct bpf_insn *insn, int64_t v)
{
	int16_t off;
	int err;

	err = bemu_s16_from_s64(v, &off);
	if (err)
		return err;
	insn->off = off;
	return 0;
}

int bemu_insn_set_imm(struct bpf_insn *insn, int64_t v)
{
	int32_t imm;
	int err;

	err = bemu_s32_from_s64(v, &imm);
	if (err)
		return err;
	insn->imm = imm;
	return 0;
}

void bemu_insn_set_off_wrap(struct bemu_env *env, struct bpf_insn *insn, uint64_t v)
{
	insn->off = bemu_wrap_s16(v);
	if ((uint64_t)(int64_t)insn->off != v)
		bemu_note(env, BEMU_R_INSN_OFF_WRAP, v,
			  "%" PRIu64 " in the 16 bits of insn->off reads back as %d", v, insn->off);
}

void bemu_insn_set_imm_wrap(struct bemu_env *env, struct bpf_insn *insn, uint64_t v)
{
	insn->imm = bemu_wrap_s32(v);
	if ((uint64_t)(int64_t)insn->imm != v && v > UINT32_MAX)
		bemu_note(env, BEMU_R_INSN_IMM_WRAP, v,
			  "0x%" PRIx64 " in the 32 bits of insn->imm reads back as 0x%" PRIx32, v,
			  bemu_wrap_u32(v));
}

void bemu_insn_set_imm64(struct bpf_insn *insn, uint64_t v)
{
	insn[0].imm = bemu_wrap_s32(v);
	insn[1].imm = bemu_wrap_s32(v >> 32);
}

uint64_t bemu_insn_imm64(const struct bpf_insn *insn)
{
	return (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn[0].imm;
}

void bemu_insn_swap(struct bpf_insn *insn)
{
	unsigned int dst = insn->dst_reg;

	insn->dst_reg = insn->src_reg;
	insn->src_reg = dst & 0xf;
	insn->off = (int16_t)bemu_swap16((uint16_t)insn->off);
	insn->imm = (int32_t)bemu_swap32((uint32_t)insn->imm);
}

unsigned int bemu_insn_width(const struct bpf_insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default: /* BPF_DW: the field has two bits */
		return 8;
	}
}
