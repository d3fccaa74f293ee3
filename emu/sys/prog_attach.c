/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a program is to be attached to. */
#include <string.h>

#include "sys/prog.h"

/* Mirrors bpf_check_attach_target() for targets that need no program. */
int bemu_verif_check_target(struct bemu_verif *v)
{
	const struct bemu_prog *prog = v->prog;
	const struct btf_type *t;
	const char *name;

	if (prog->type == BPF_PROG_TYPE_SYSCALL && !(prog->flags & BPF_F_SLEEPABLE)) {
		bemu_klog(v->log, "Syscall programs can only be sleepable\n");
		return -EINVAL;
	}
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
