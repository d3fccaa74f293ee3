/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Instructions that the verifier refuses as soon as it gets there, whatever registers hold. Relocations
 * poison a word by making one of these of it. Mirrors the checks of do_check(), kernel/bpf/verifier.c,
 * v6.18, that look at the instruction alone.
 */
#include "sys/prog.h"

enum { BTF_LINKAGE_STATIC = 0 };

enum {
	HELPER_SYS_BPF = 166,
	HELPER_BTF_FIND_BY_NAME_KIND = 167,
	HELPER_SYS_CLOSE = 168,
	HELPER_KALLSYMS_LOOKUP_NAME = 179,
};

static const char *bad_call(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) != BPF_K || BPF_CLASS(insn->code) == BPF_JMP32 || insn->dst_reg ||
	    insn->src_reg > BPF_PSEUDO_KFUNC_CALL ||
	    (insn->off && insn->src_reg != BPF_PSEUDO_KFUNC_CALL))
		return "BPF_CALL uses reserved fields\n";
	/* a call that a loader left empty may only be dead; the kernel tells after verification */
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL && !insn->imm && !insn->off &&
	    bemu_model_has(v->ctx->model, BEMU_KF_KFUNC_MODULE))
		return "invalid kernel function call not eliminated in verifier pass\n";
	return NULL;
}

static const char *bad_jump(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	bool is32 = BPF_CLASS(insn->code) == BPF_JMP32;

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return bad_call(v, insn);
	case BPF_JA:
		if (BPF_SRC(insn->code) != BPF_K || insn->src_reg || insn->dst_reg ||
		    (is32 ? insn->off : insn->imm))
			return "BPF_JA uses reserved fields\n";
		return NULL;
	case BPF_EXIT:
		if (BPF_SRC(insn->code) != BPF_K || insn->imm || insn->src_reg || insn->dst_reg ||
		    is32)
			return "BPF_EXIT uses reserved fields\n";
		return NULL;
	case BEMU_BPF_JCOND:
		return NULL;
	default:
		if (BPF_SRC(insn->code) == BPF_X ? insn->imm : insn->src_reg)
			return "BPF_JMP/JMP32 uses reserved fields\n";
		return NULL;
	}
}

/* v6.6 brought moves that extend a sign, v6.9 those that change the address space. */
static const char *bad_mov(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	int16_t off = insn->off;

	if (BPF_SRC(insn->code) != BPF_X)
		return insn->src_reg || off ? "BPF_MOV uses reserved fields\n" : NULL;
	if (is64 && off == 1 && bemu_model_has(v->ctx->model, BEMU_KF_TOKEN)) {
		if (insn->imm != 1 && insn->imm != 1 << 16)
			return "addr_space_cast insn can only convert between address space 1 and 0\n";
		return bemu_verif_arena(v)
			       ? NULL
			       : "addr_space_cast insn can only be used in a program that has an "
				 "associated arena\n";
	}
	if (insn->imm || (off && !(bemu_model_has(v->ctx->model, BEMU_KF_ISA_V4) &&
				   (off == 8 || off == 16 || (off == 32 && is64)))))
		return "BPF_MOV uses reserved fields\n";
	return NULL;
}

static const char *bad_alu(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64, src = BPF_SRC(insn->code) == BPF_X;
	bool v4 = bemu_model_has(v->ctx->model, BEMU_KF_ISA_V4);
	uint32_t op = BPF_OP(insn->code);

	switch (op) {
	case BPF_NEG:
		return src || insn->src_reg || insn->off || insn->imm
			       ? "BPF_NEG uses reserved fields\n"
			       : NULL;
	case BPF_END:
		return insn->src_reg || insn->off ||
				       (insn->imm != 16 && insn->imm != 32 && insn->imm != 64) ||
				       (is64 && src)
			       ? "BPF_END uses reserved fields\n"
			       : NULL;
	case BPF_MOV:
		return bad_mov(v, insn);
	default:
		/* a signed quotient has 1 in its offset */
		if ((src ? insn->imm : insn->src_reg) ||
		    (insn->off && !(v4 && insn->off == 1 && (op == BPF_DIV || op == BPF_MOD))))
			return "BPF_ALU uses reserved fields\n";
		return NULL;
	}
}

static const char *bad_ld(const struct bemu_verif *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	const struct bemu_prog *prog = v->prog;
	const struct btf_type *t;
	uint32_t i;

	if (!bemu_insn_is_ld64(insn)) {
		if (insn->dst_reg || insn->off ||
		    (BPF_MODE(insn->code) == BPF_ABS && insn->src_reg))
			return "BPF_LD_[ABS|IND] uses reserved fields\n";
		return NULL;
	}
	if (insn->off)
		return "BPF_LD_IMM64 uses reserved fields\n";
	if (insn->src_reg != BPF_PSEUDO_FUNC)
		return NULL;
	if (!prog->nr_func_info)
		return "missing btf func_info\n";
	for (i = 0; i < prog->nr_func_info; i++) {
		if (prog->func_info[i].insn_off != (uint32_t)((int64_t)at + insn->imm + 1))
			continue;
		t = bemu_btf_type(prog->btf->btf, prog->func_info[i].type_id);
		if (t && bemu_btf_vlen(t) != BTF_LINKAGE_STATIC)
			return "callback function not static\n";
	}
	return NULL;
}

static const char *bad_words(const struct bemu_verif *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return bad_alu(v, insn);
	case BPF_JMP:
	case BPF_JMP32:
		return bad_jump(v, insn);
	case BPF_LD:
		return bad_ld(v, at);
	case BPF_ST:
		return insn->src_reg ? "BPF_ST uses reserved fields\n" : NULL;
	case BPF_STX:
		return BPF_MODE(insn->code) == BPF_MEM && insn->imm
			       ? "BPF_STX uses reserved fields\n"
			       : NULL;
	default:
		return NULL;
	}
}

static bool unknown_helper(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	return bemu_insn_is_call_to(insn, 0) &&
	       (insn->imm < 0 || (uint32_t)insn->imm > v->ctx->model->prof->max_helper);
}

/* Helpers that only programs of type SYSCALL have; which type has which of the others is not looked at. */
static bool denied_helper(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	uint32_t type = v->prog->type;

	if (!bemu_insn_is_call_to(insn, 0) || type == BPF_PROG_TYPE_SYSCALL ||
	    type == BPF_PROG_TYPE_EXT)
		return false;
	switch (insn->imm) {
	case HELPER_SYS_BPF:
	case HELPER_BTF_FIND_BY_NAME_KIND:
	case HELPER_SYS_CLOSE:
	case HELPER_KALLSYMS_LOOKUP_NAME:
		return true;
	default:
		return false;
	}
}

static int deny_helper(struct bemu_verif *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	const char *name = bemu_insn_helper_name((uint32_t)insn->imm);

	bemu_klog(v->log, "%u: (%02x) call bpf_%s#%d\n", at, insn->code, name, insn->imm);
	bemu_klog(v->log,
		  bemu_model_has(v->ctx->model, BEMU_KF_TOKEN)
			  ? "program of this type cannot use helper bpf_%s#%d\n"
			  : "unknown func bpf_%s#%d\n",
		  name, insn->imm);
	return -EINVAL;
}

static const struct bemu_kbtf *kfunc_btf(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	uint32_t i;

	for (i = 0; insn->off && i < v->prog->nr_kfunc_btfs; i++)
		if (v->prog->kfunc_btfs[i].off == insn->off)
			return v->prog->kfunc_btfs[i].btf;
	return v->ctx->model->vmlinux;
}

/*
 * The name of a kernel function that is none for programs; NULL: it is one, or nothing tells. Since v6.9
 * only functions of marked sets can be, and pahole tags these where it was asked to tag any.
 */
static const char *no_kfunc(const struct bemu_verif *v, const struct bpf_insn *insn)
{
	static const char tag[] = "bpf_kfunc";
	const struct bemu_kbtf *kbtf;
	struct bemu_btf_essential_iter it;
	bool any = false;
	uint32_t id;

	if (!bemu_insn_is_call_to(insn, BPF_PSEUDO_KFUNC_CALL) || !insn->imm ||
	    !bemu_model_has(v->ctx->model, BEMU_KF_TOKEN))
		return NULL;
	kbtf = kfunc_btf(v, insn);
	if (!kbtf)
		return NULL;
	bemu_btf_essential_begin(&it, kbtf->btf, tag, sizeof(tag) - 1, BTF_KIND_DECL_TAG);
	while ((id = bemu_btf_essential_next(&it))) {
		if (bemu_btf_type(kbtf->btf, id)->type == (uint32_t)insn->imm)
			return NULL;
		any = true;
	}
	return any ? bemu_btf_name(kbtf->btf, (uint32_t)insn->imm) : NULL;
}

bool bemu_verif_refuses(const struct bemu_verif *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];

	return unknown_helper(v, insn) || denied_helper(v, insn) || bad_words(v, at) ||
	       no_kfunc(v, insn);
}

int bemu_verif_refuse(struct bemu_verif *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	const char *text = bad_words(v, at), *name = text ? NULL : no_kfunc(v, insn);

	if (name) {
		bemu_klog(v->log, "calling kernel function %s is not allowed\n", name);
		return -EACCES;
	}
	if (!text && denied_helper(v, insn))
		return deny_helper(v, at);
	if (!text) {
		/* loaders look for these two lines to tell a relocation without a target */
		bemu_klog(v->log, "%u: (%02x) call unknown#%d\n", at, insn->code, insn->imm);
		bemu_klog(v->log, "invalid func unknown#%d\n", insn->imm);
	} else {
		bemu_klog(v->log, "%s", text);
	}
	return -EINVAL;
}
