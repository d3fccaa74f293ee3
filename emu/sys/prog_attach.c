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

bool bemu_code_owner(struct bemu_model *model, const char *name, struct bemu_module **mod)
{
	*mod = NULL;
	if (model->vmlinux && bemu_btf_find(model->vmlinux->btf, name, BTF_KIND_FUNC, false))
		return true;
	for (*mod = model->modules; *mod; *mod = (*mod)->next)
		if ((*mod)->btf && bemu_btf_find((*mod)->btf->btf, name, BTF_KIND_FUNC, true))
			return true;
	return false;
}

/*
 * The code of a function, which since v6.6 is looked for in the module whose BTF names it, and the module
 * held; before, it is the first of that name anywhere.
 */
static int find_code(struct bemu_verif *v, const char *name)
{
	struct bemu_model *model = v->ctx->model;
	struct bemu_prog *prog = v->prog;
	struct bemu_kbtf *btf = prog->attach_btf;
	struct bemu_module *mod = NULL;
	uint64_t addr;
	bool found;

	if (bemu_kbtf_is_module(btf) && bemu_model_has(model, BEMU_KF_ATTACH_MODULE)) {
		(void)bemu_yield(model, BEMU_YIELD_PROG_LOAD_MODULE);
		mod = bemu_kbtf_get_module(model, btf);
		found = mod && bemu_btf_find(btf->btf, name, BTF_KIND_FUNC, true) &&
			bemu_ksym_find(model, btf, name, &addr);
		if (!found || model->design & BEMU_DESIGN_KEEP_BTF) {
			bemu_module_put(model, mod);
			mod = NULL;
		}
	} else {
		found = bemu_ksym_find(model, NULL, name, &addr);
	}
	prog->attach_mod = mod;
	if (found)
		return 0;
	bemu_klog(v->log, "The address of function %s cannot be found\n", name);
	return -ENOENT;
}

/* Mirrors the part of bpf_check_attach_target() that is about a program as target. */
static int check_dst_prog(struct bemu_verif *v, uint32_t type_id, const char *name)
{
	const struct bemu_prog *prog = v->prog, *dst = prog->dst_prog;
	uint32_t i;

	for (i = 0; i < dst->nr_func_info && dst->func_info[i].type_id != type_id; i++)
		;
	if (i == dst->nr_func_info) {
		bemu_klog(v->log, "Subprog %s doesn't exist\n", name);
		return -EINVAL;
	}
	if (prog->type == BPF_PROG_TYPE_EXT)
		return (int)bemu_unmodelled(v->ctx,
					    "a program that replaces a function of another");
	if (prog->type == dst->type) {
		bemu_klog(v->log, "Cannot recursively attach\n");
		return -EINVAL;
	}
	if (prog->expected_attach_type == BPF_TRACE_FENTRY ||
	    prog->expected_attach_type == BPF_TRACE_FEXIT)
		return 0;
	if (prog->expected_attach_type == BPF_TRACE_RAW_TP) {
		bemu_klog(v->log, "Only FENTRY/FEXIT progs are attachable to another BPF prog\n");
		return -EINVAL;
	}
	return (int)bemu_unmodelled(v->ctx, "this way of attaching to a program");
}

/*
 * Mirrors bpf_iter_prog_supported(), kernel/bpf/bpf_iter.c, v6.18. What iterates is registered when the kernel
 * starts, which a BTF does not tell; it does tell which functions DEFINE_BPF_ITER_FUNC() made for that: an int
 * from a bpf_iter_meta and more.
 */
static bool is_iter_target(const struct bemu_btf *btf, const struct btf_type *func,
			   const char *name)
{
	const struct btf_type *proto = bemu_btf_type(btf, func->type), *t;

	if (strncmp(name, "bpf_iter_", 9) != 0 || !proto || !bemu_btf_vlen(proto))
		return false;
	t = bemu_btf_type(btf, proto->type);
	if (!t || bemu_btf_kind(t) != BTF_KIND_INT)
		return false;
	t = bemu_btf_type(btf, bemu_btf_params(proto)->type);
	if (!t || bemu_btf_kind(t) != BTF_KIND_PTR)
		return false;
	t = bemu_btf_type(btf, t->type);
	return t && bemu_btf_kind(t) == BTF_KIND_STRUCT &&
	       !strcmp(bemu_btf_str(btf, t->name_off), "bpf_iter_meta");
}

static int check_tracepoint(struct bemu_verif *v, const struct btf_type *t, const char *name)
{
	uint32_t id = v->prog->attach_btf_id;

	if (bemu_btf_kind(t) != BTF_KIND_TYPEDEF) {
		bemu_klog(v->log, "attach_btf_id %u is not a typedef\n", id);
		return -EINVAL;
	}
	if (strncmp(name, "btf_trace_", 10)) {
		bemu_klog(v->log, "attach_btf_id %u points to wrong type name %s\n", id, name);
		return -EINVAL;
	}
	return 0;
}

/* Mirrors bpf_check_attach_target(), v6.18. */
static int check_target(struct bemu_verif *v)
{
	const struct bemu_prog *prog = v->prog;
	const struct bemu_kbtf *kbtf = prog->dst_prog ? prog->dst_prog->btf : prog->attach_btf;
	uint32_t id = prog->attach_btf_id;
	const struct btf_type *t;
	const char *name;

	if (!id) {
		bemu_klog(v->log, "Tracing programs must provide btf_id\n");
		return -EINVAL;
	}
	if (!kbtf) {
		bemu_klog(
			v->log,
			"FENTRY/FEXIT program can only be attached to another program annotated with BTF\n");
		return -EINVAL;
	}
	t = bemu_btf_type(kbtf->btf, id);
	if (!t) {
		bemu_klog(v->log, "attach_btf_id %u is invalid\n", id);
		return -EINVAL;
	}
	name = bemu_btf_str(kbtf->btf, t->name_off);
	if (prog->dst_prog)
		return check_dst_prog(v, id, name);
	if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type == BPF_TRACE_RAW_TP)
		return check_tracepoint(v, t, name);
	if (bemu_btf_kind(t) != BTF_KIND_FUNC) {
		bemu_klog(v->log, "attach_btf_id %u is not a function\n", id);
		return -EINVAL;
	}
	if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type == BPF_TRACE_ITER)
		return is_iter_target(kbtf->btf, t, name) ? 0 : -EINVAL;
	return find_code(v, name);
}

/* Mirrors check_attach_btf_id(), v6.18. */
int bemu_verif_check_target(struct bemu_verif *v)
{
	const struct bemu_kprofile *prof = v->ctx->model->prof;
	const struct bemu_prog *prog = v->prog;

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
	return check_target(v);
}
