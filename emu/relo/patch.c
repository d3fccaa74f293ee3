// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The instruction: what it must hold before, and what it holds afterwards. */
#include "relo/private.h"

#include <errno.h>
#include <inttypes.h>

struct word {
	struct bemu_env *env;
	struct bemu_buf *lines;
	uint32_t relo_idx;
	const char *prog;
	struct bpf_insn *insn;
	uint32_t idx, nr_left; /* words from this one to the end */
	const struct bemu_core_res *res;
};

void bemu_core_poison(struct bpf_insn *insn)
{
	*insn = (struct bpf_insn){ .code = BEMU_INSN_CALL, .imm = BEMU_CORE_POISON_IMM };
}

bool bemu_core_is_poisoned(const struct bpf_insn *insn)
{
	return bemu_insn_is_call_to(insn, 0) && insn->imm == BEMU_CORE_POISON_IMM;
}

/* "prog 'x': relo #3: ..." */
#define SAY(w, fmt, ...)                                                                 \
	bemu_core_say((w)->lines, "prog '%s': relo #%u: " fmt, (w)->prog, (w)->relo_idx, \
		      __VA_ARGS__)

static int bad_form(const struct word *w, const char *what)
{
	return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_INSN_FORM, w->idx,
			 "%s: insn %u, code 0x%02x: %s", w->prog, w->idx, w->insn->code, what);
}

static int bad_value(const struct word *w, const char *class, uint64_t got, uint64_t shown)
{
	SAY(w, "unexpected insn #%u (%s) value: got %" PRIu64 ", exp %" PRIu64 " -> %" PRIu64,
	    w->idx, class, shown, w->res->orig_val, w->res->new_val);
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
		SAY(w, "substituting insn #%u w/ invalid insn", w->idx + 1);
		bemu_core_poison(w->insn + 1);
	}
	SAY(w, "substituting insn #%u w/ invalid insn", w->idx);
	bemu_core_poison(w->insn);
	return 0;
}

static int patch_alu(const struct word *w)
{
	uint64_t imm = (uint64_t)(int64_t)w->insn->imm;

	if (BPF_SRC(w->insn->code) != BPF_K)
		return bad_form(w, "the operand is a register");
	if (w->res->validate && imm != w->res->orig_val)
		return bad_value(w, "ALU/ALU64", imm, (uint32_t)w->insn->imm);
	SAY(w, "patched insn #%u (ALU/ALU64) imm %" PRIu64 " -> %" PRIu64, w->idx, imm,
	    w->res->new_val);
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

/* The access gets as wide as the target's field. */
static int patch_width(const struct word *w)
{
	const struct bemu_core_res *res = w->res;
	unsigned int width = bemu_insn_width(w->insn);
	int size = size_code(res->new_sz);

	if (width != res->orig_sz) {
		SAY(w, "insn #%u (LDX/ST/STX) unexpected mem size: got %u, exp %u", w->idx, width,
		    res->orig_sz);
		return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_WIDTH, w->idx,
				 "%s: insn %u accesses %u bytes of a field of %u", w->prog, w->idx,
				 width, res->orig_sz);
	}
	if (size < 0) {
		SAY(w, "insn #%u (LDX/ST/STX) invalid new mem size: %u", w->idx, res->new_sz);
		return bemu_fail(w->env, -EINVAL, BEMU_R_CORE_WIDTH, w->idx,
				 "%s: insn %u cannot access the %u bytes of the target", w->prog,
				 w->idx, res->new_sz);
	}
	SAY(w, "patched insn #%u (LDX/ST/STX) mem_sz %u -> %u", w->idx, res->orig_sz, res->new_sz);
	w->insn->code = (uint8_t)(BPF_MODE(w->insn->code) | size | BPF_CLASS(w->insn->code));
	return 0;
}

static int patch_mem(const struct word *w)
{
	const struct bemu_core_res *res = w->res;
	uint64_t off = (uint64_t)(int64_t)w->insn->off;
	int err;

	if (res->validate && off != res->orig_val)
		return bad_value(w, "LDX/ST/STX", off, (uint32_t)off);
	if (res->new_val > INT16_MAX) {
		SAY(w, "insn #%u (LDX/ST/STX) value too big: %" PRIu64, w->idx, res->new_val);
		return bemu_fail(w->env, -ERANGE, BEMU_R_CORE_OFF_RANGE, w->idx,
				 "%s: insn %u: offset %" PRIu64 " is above %d", w->prog, w->idx,
				 res->new_val, INT16_MAX);
	}
	if (res->fail_memsz_adjust) {
		SAY(w,
		    "insn #%u (LDX/ST/STX) accesses field incorrectly. Make sure you are accessing "
		    "pointers, unsigned integers, or fields of matching type and size.",
		    w->idx);
		bemu_note(w->env, BEMU_R_CORE_WIDTH, w->idx,
			  "%s: insn %u: %u bytes here, %u in the target, and not both pointers or "
			  "unsigned integers",
			  w->prog, w->idx, res->orig_sz, res->new_sz);
		return poison(w);
	}
	SAY(w, "patched insn #%u (LDX/ST/STX) off %" PRIu64 " -> %" PRIu64, w->idx, off,
	    res->new_val);
	if (res->new_sz != res->orig_sz) {
		err = patch_width(w);
		if (err)
			return err;
	}
	return bemu_insn_set_off(w->insn, (int64_t)res->new_val);
}

/* NULL, or what is wrong with a load of a constant. */
static const char *ld64_fault(const struct word *w)
{
	const struct bpf_insn *hi = w->insn + 1;

	if (!bemu_insn_is_ld64(w->insn))
		return "a load that is no ldimm64";
	if (w->nr_left < 2)
		return "the second half is missing";
	if (w->insn->src_reg || w->insn->off)
		return "the ldimm64 refers to something";
	if (hi->code || hi->dst_reg || hi->src_reg || hi->off)
		return "the second half of the ldimm64 has more than a constant";
	return NULL;
}

static int patch_ld64(const struct word *w)
{
	const char *fault = ld64_fault(w);
	uint64_t imm;

	if (fault) {
		SAY(w, "insn #%u (LDIMM64) has unexpected form", w->idx);
		return bad_form(w, fault);
	}
	imm = bemu_insn_imm64(w->insn);
	if (bemu_env_quirk(w->env, BEMU_QUIRK_CORE_IMM64_SIGNEXT, BEMU_LIBBPF_DEFAULT))
		imm = ((uint64_t)(uint32_t)w->insn[1].imm << 32) + (uint64_t)(int64_t)w->insn->imm;
	if (w->res->validate && imm != w->res->orig_val)
		return bad_value(w, "LDIMM64", imm, imm);
	SAY(w, "patched insn #%u (LDIMM64) imm64 %" PRIu64 " -> %" PRIu64, w->idx, imm,
	    w->res->new_val);
	bemu_insn_set_imm64(w->insn, w->res->new_val);
	return 0;
}

int bemu_core_patch_lines(struct bemu_env *env, const char *prog, struct bpf_insn *insns,
			  uint32_t nr_insns, uint32_t insn_idx, uint32_t relo_idx,
			  const struct bemu_core_res *res, struct bemu_buf *lines)
{
	struct word w = { .env = env,
			  .lines = lines,
			  .relo_idx = relo_idx,
			  .prog = prog ? prog : "",
			  .idx = insn_idx,
			  .res = res };

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
		SAY(&w,
		    "trying to relocate unrecognized insn #%u, code:0x%x, src:0x%x, dst:0x%x, "
		    "off:0x%x, imm:0x%x",
		    insn_idx, w.insn->code, w.insn->src_reg, w.insn->dst_reg, (uint32_t)w.insn->off,
		    (uint32_t)w.insn->imm);
		return bad_form(&w, "jumps, calls and exits take no relocated value");
	}
}

int bemu_core_patch(struct bemu_env *env, uint32_t rules BEMU_UNUSED, const char *prog,
		    struct bpf_insn *insns, uint32_t nr_insns, uint32_t insn_idx,
		    const struct bemu_core_relo *relo BEMU_UNUSED, const struct bemu_core_res *res)
{
	return bemu_core_patch_lines(env, prog, insns, nr_insns, insn_idx, 0, res, NULL);
}
