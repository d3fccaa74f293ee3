// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The instruction: what it must hold before, and what it holds afterwards. */
#include "relo/private.h"

#include <errno.h>
#include <inttypes.h>

struct word {
	struct bemu_env *env;
	const char *prog;
	struct bpf_insn *insn;
	uint32_t idx, nr_left; /* words from this one to the end */
	const struct bemu_core_res *res;
};

void bemu_core_poison(struct bpf_insn *insn)
{
	*insn = (struct bpf_insn){ .code = BEMU_INSN_CALL, .imm = BEMU_CORE_POISON_IMM };
}

static int bad_form(const struct word *w, const char *what)
{
	return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_INSN_FORM, w->idx,
			 "%s: insn %u, code 0x%02x: %s", w->prog, w->idx, w->insn->code, what);
}

static int bad_value(const struct word *w, uint64_t got)
{
	return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_INSN_VALUE, w->idx,
			 "%s: insn %u holds %" PRId64 ", expected %" PRIu64
			 " to be replaced by %" PRIu64,
			 w->prog, w->idx, (int64_t)got, w->res->orig_val, w->res->new_val);
}

static int poison(const struct word *w)
{
	if (bemu_insn_is_ld64(w->insn)) {
		if (w->nr_left < 2)
			return bad_form(w, "the second half is missing");
		bemu_core_poison(w->insn + 1);
	}
	bemu_core_poison(w->insn);
	return 0;
}

static int patch_alu(const struct word *w)
{
	uint64_t imm = (uint64_t)(int64_t)w->insn->imm;

	if (BPF_SRC(w->insn->code) != BPF_K)
		return bad_form(w, "the operand is a register");
	if (w->res->validate && imm != w->res->orig_val)
		return bad_value(w, imm);
	/* No range check here: bpf_core_patch_insn() keeps the low 32 bits. */
	bemu_insn_set_imm_wrap(w->env, w->insn, w->res->new_val);
	return 0;
}

static int size_code(uint32_t bytes)
{
	switch (bytes) {
	case 8:
		return BPF_DW;
	case 4:
		return BPF_W;
	case 2:
		return BPF_H;
	case 1:
		return BPF_B;
	default:
		return -1;
	}
}

static int patch_mem(const struct word *w)
{
	const struct bemu_core_res *res = w->res;
	uint64_t off = (uint64_t)(int64_t)w->insn->off;
	unsigned int width = bemu_insn_width(w->insn);
	int size = size_code(res->new_sz), err;

	if (res->validate && off != res->orig_val)
		return bad_value(w, off);
	if (res->new_val > INT16_MAX)
		return bemu_fail(w->env, -ERANGE, BEMU_R_CORE_OFF_RANGE, w->idx,
				 "%s: insn %u: offset %" PRIu64 " is above %d", w->prog, w->idx,
				 res->new_val, INT16_MAX);
	if (res->fail_memsz_adjust) {
		bemu_note(w->env, BEMU_R_CORE_WIDTH, w->idx,
			  "%s: insn %u: %u bytes here, %u in the target, and not both pointers or "
			  "unsigned integers",
			  w->prog, w->idx, res->orig_sz, res->new_sz);
		return poison(w);
	}
	if (res->new_sz != res->orig_sz && width != res->orig_sz)
		return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_WIDTH, w->idx,
				 "%s: insn %u accesses %u bytes of a field of %u", w->prog, w->idx,
				 width, res->orig_sz);
	if (res->new_sz != res->orig_sz && size < 0)
		return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_WIDTH, w->idx,
				 "%s: insn %u cannot access the %u bytes of the target", w->prog,
				 w->idx, res->new_sz);
	err = bemu_insn_set_off(w->insn, (int64_t)res->new_val);
	if (err)
		return err;
	if (res->new_sz != res->orig_sz)
		w->insn->code =
			(uint8_t)(BPF_MODE(w->insn->code) | size | BPF_CLASS(w->insn->code));
	return 0;
}

static int patch_ld64(const struct word *w)
{
	const struct bpf_insn *hi = w->insn + 1;

	if (!bemu_insn_is_ld64(w->insn))
		return bad_form(w, "a load that is no ldimm64");
	if (w->nr_left < 2)
		return bad_form(w, "the second half is missing");
	if (w->insn->src_reg || w->insn->off)
		return bad_form(w, "the ldimm64 refers to something");
	if (hi->code || hi->dst_reg || hi->src_reg || hi->off)
		return bad_form(w, "the second half of the ldimm64 has more than a constant");
	if (w->res->validate && bemu_insn_imm64(w->insn) != w->res->orig_val)
		return bad_value(w, bemu_insn_imm64(w->insn));
	bemu_insn_set_imm64(w->insn, w->res->new_val);
	return 0;
}

int bemu_core_patch(struct bemu_env *env, uint32_t rules BEMU_UNUSED, const char *prog,
		    struct bpf_insn *insns, uint32_t nr_insns, uint32_t insn_idx,
		    const struct bemu_core_relo *relo BEMU_UNUSED, const struct bemu_core_res *res)
{
	struct word w = { env, prog ? prog : "", NULL, insn_idx, 0, res };

	if (insn_idx >= nr_insns)
		return bemu_fail(env, -EINVAL, BEMU_R_CORE_INSN_IDX, insn_idx, "%s: insn %u of %u",
				 w.prog, insn_idx, nr_insns);
	w.insn = &insns[insn_idx];
	w.nr_left = nr_insns - insn_idx;
	if (res->poison)
		return poison(&w);
	switch (BPF_CLASS(w.insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return patch_alu(&w);
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return patch_mem(&w);
	case BPF_LD:
		return patch_ld64(&w);
	default:
		return bad_form(&w, "jumps, calls and exits take no relocated value");
	}
}
