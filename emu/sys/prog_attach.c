/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a program is to be attached to. */
#include <string.h>

#include "sys/prog.h"

/* Mirrors can_be_sleepable(), kernel/bpf/verifier.c, v6.18; the profile says what other releases let. */
static bool can_be_sleepable(const struct bemu_kprofile *prof, const struct bemu_prog *prog)
{
	if (prog->type == BPF_PROG_TYPE_TRACING)
		return prog->expected_attach_type < 64 &&
		       prof->sleep_tracing >> prog->expected_attach_type & 1;
	return prog->type < 32 && prof->sleep_types >> prog->type & 1;
}

/* Mirrors the start of check_struct_ops_btf_id(), v6.18; which structs are registered is not known. */
static int check_struct_ops(struct bemu_verif *v)
{
	if (!v->prog->gpl) {
		bemu_klog(v->log, "struct ops programs must have a GPL compatible license\n");
		return -EINVAL;
	}
	if (v->prog->attach_btf_id)
		return 0;
	if (!bemu_model_has(v->ctx->model, BEMU_KF_STRUCT_OPS_ID))
		bemu_klog(v->log, "attach_btf_id %u is not a supported struct\n", 0u);
	return -BEMU_K_ENOTSUPP;
}

/* Mirrors check_attach_btf_id(), v6.18, and bpf_check_attach_target() for what is no program. */
int bemu_verif_check_target(struct bemu_verif *v)
{
	const struct bemu_kprofile *prof = v->ctx->model->prof;
	const struct bemu_prog *prog = v->prog;
	const struct btf_type *t;
	const char *name;

	if (prog->type == BPF_PROG_TYPE_SYSCALL) {
		if (prog->flags & BPF_F_SLEEPABLE)
			return 0;
		bemu_klog(v->log, "Syscall programs can only be sleepable\n");
		return -EINVAL;
	}
	if (prog->flags & BPF_F_SLEEPABLE && !can_be_sleepable(prof, prog)) {
		bemu_klog(v->log, "%s", prof->sleep_text);
		return -EINVAL;
	}
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS)
		return check_struct_ops(v);
	if (prog->type != BPF_PROG_TYPE_TRACING && prog->type != BPF_PROG_TYPE_LSM &&
	    prog->type != BPF_PROG_TYPE_EXT)
		return 0;
	if (!prog->attach_btf_id) {
		bemu_klog(v->log, "Tracing programs must provide btf_id\n");
		return -EINVAL;
	}
	if (prog->dst_prog)
		return (int)bemu_unmodelled(v->ctx, "a program that attaches to a program");
	t = bemu_btf_type(prog->attach_btf->btf, prog->attach_btf_id);
	if (!t) {
		bemu_klog(v->log, "attach_btf_id %u is invalid\n", prog->attach_btf_id);
		return -EINVAL;
	}
	name = bemu_btf_str(prog->attach_btf->btf, t->name_off);
	if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type == BPF_TRACE_RAW_TP) {
		if (bemu_btf_kind(t) != BTF_KIND_TYPEDEF) {
			bemu_klog(v->log, "attach_btf_id %u is not a typedef\n",
				  prog->attach_btf_id);
			return -EINVAL;
		}
		if (strncmp(name, "btf_trace_", 10)) {
			bemu_klog(v->log, "attach_btf_id %u points to wrong type name %s\n",
				  prog->attach_btf_id, name);
			return -EINVAL;
		}
		return 0;
	}
	if (bemu_btf_kind(t) != BTF_KIND_FUNC) {
		bemu_klog(v->log, "attach_btf_id %u is not a function\n", prog->attach_btf_id);
		return -EINVAL;
	}
	return 0;
}
