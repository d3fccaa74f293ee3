/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From the verifier's entry to its verdict, in the kernel's order. Mirrors bpf_check(),
 * kernel/bpf/verifier.c, v6.18.
 *
 * Differs: what registers hold is not looked at, beyond what prog_value.c knows.
 */
#include "sys/prog.h"

int bemu_prog_relocate(struct bemu_call_ctx *ctx, struct bemu_klog *log, struct bemu_prog *prog)
{
	const struct bemu_attr_prog_load *a = &ctx->attr.prog_load;
	struct bemu_verif v = { .ctx = ctx, .log = log, .prog = prog };
	bool early = bemu_model_has(ctx->model, BEMU_KF_EARLY_BTF);
	bool late = bemu_model_has(ctx->model, BEMU_KF_ATTACH_LATE);
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
	if (!err)
		err = bemu_verif_apply_core(&v);
	if (!err && !late)
		err = bemu_verif_check_target(&v);
	if (!err)
		err = bemu_verif_calc_tag(&v);
	if (!err)
		err = bemu_verif_resolve_insns(&v);
	if (!err)
		err = bemu_verif_check_cfg(&v);
	if (!err && late)
		err = bemu_verif_check_target(&v);
	if (!err)
		err = bemu_verif_check_globals(&v);
	if (!err)
		err = bemu_verif_reach(&v);
	if (!err)
		bemu_verif_clear_pseudo(prog);
	return err;
}
