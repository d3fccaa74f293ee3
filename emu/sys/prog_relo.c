/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The relocation half of PROG_LOAD, in the kernel's order. Mirrors bpf_check() up to
 * resolve_pseudo_ldimm64(), kernel/bpf/verifier.c, v6.18.
 *
 * Differs: no control flow and no registers are looked at afterwards. Calls of helpers that do not
 * exist are refused only in a program without any jump, where every instruction up to the first exit
 * is surely reached; elsewhere they are accepted.
 */
#include "sys/prog.h"

/* See the head of this file. */
static int check_helpers(struct bemu_verif *v)
{
	const struct bemu_prog *prog = v->prog;
	uint32_t i;

	if (v->nr_starts != 1)
		return 0;
	for (i = 0; i < prog->nr_insns; i++) {
		uint32_t cls = BPF_CLASS(prog->insns[i].code), op = BPF_OP(prog->insns[i].code);

		if ((cls == BPF_JMP || cls == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT)
			return 0;
	}
	for (i = 0; i < prog->nr_insns && prog->insns[i].code != BEMU_VERIF_EXIT; i++) {
		const struct bpf_insn *insn = &prog->insns[i];

		if (insn->code == BEMU_INSN_LD64) {
			i++;
		} else if (insn->code == BEMU_INSN_CALL && !insn->src_reg &&
			   (insn->imm <= 0 ||
			    (uint32_t)insn->imm > v->ctx->model->prof->max_helper)) {
			bemu_klog(v->log, "invalid func unknown#%d\n", insn->imm);
			return -EINVAL;
		}
	}
	return 0;
}

int bemu_prog_relocate(struct bemu_call_ctx *ctx, struct bemu_klog *log, struct bemu_prog *prog)
{
	const struct bemu_attr_prog_load *a = &ctx->attr.prog_load;
	bool info = a->func_info_cnt || a->line_info_cnt;
	struct bemu_verif v = { .ctx = ctx, .log = log, .prog = prog };
	bool early = bemu_model_has(ctx->model, BEMU_KF_EARLY_BTF);
	int err = 0;

	if (a->fd_array_cnt)
		err = bemu_verif_fd_array(&v);
	if (!err && early)
		err = bemu_verif_get_btf(&v);
	if (!err && early)
		err = bemu_verif_read_func_info(&v);
	if (!err)
		err = bemu_verif_find_subprogs(&v);
	if (!err)
		err = bemu_verif_check_subprogs(&v);
	if (!err && !early)
		err = bemu_verif_get_btf(&v);
	if (!err && !early)
		err = bemu_verif_read_func_info(&v);
	if (!err)
		err = bemu_verif_check_func_info(&v);
	if (!err)
		err = bemu_verif_read_line_info(&v);
	if (!err && info && a->core_relo_cnt)
		return (int)bemu_unmodelled(ctx, "core_relos of PROG_LOAD");
	if (!err)
		err = bemu_verif_resolve_insns(&v);
	if (!err)
		err = bemu_verif_check_target(&v);
	if (!err)
		err = check_helpers(&v);
	if (!err)
		bemu_verif_clear_pseudo(prog);
	return err;
}
