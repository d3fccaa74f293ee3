/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Signatures of global functions, which are verified by themselves for any arguments that fit. Until v6.7
 * all of them are, before the main program. Mirrors btf_prepare_func_args(), kernel/bpf/btf.c, v6.1.
 *
 * Differs: since v6.8 a global function is looked at where it is called, and tags of its arguments are
 * read; nothing is refused for its signature then.
 */
#include "sys/prog.h"

enum { MAX_ARGS = 5 };

static const struct btf_type *skip_mods(const struct bemu_btf *btf, uint32_t id)
{
	return bemu_btf_skip_mods(btf, id, true, NULL);
}

static bool is_scalar(const struct btf_type *t)
{
	uint32_t kind = t ? bemu_btf_kind(t) : BTF_KIND_UNKN;

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

/* A structure is the context or memory of its size: both are fine. */
static int check_arg(struct bemu_verif *v, const char *func, uint32_t i, uint32_t type_id)
{
	const struct bemu_btf *btf = v->prog->btf->btf;
	const struct btf_type *t = skip_mods(btf, type_id);
	int64_t size;
	int err;

	if (is_scalar(t))
		return 0;
	if (!t)
		return -EINVAL;
	if (bemu_btf_kind(t) != BTF_KIND_PTR) {
		bemu_klog(v->log, "Arg#%u type %s in %s() is not supported yet.\n", i,
			  bemu_btf_kind_name(bemu_btf_kind(t)), func);
		return -EINVAL;
	}
	err = bemu_btf_resolve_size(btf, t->type, &size);
	if (!err)
		return 0;
	t = skip_mods(btf, t->type);
	if (!t)
		return -EINVAL;
	bemu_klog(v->log, "arg#%u reference type('%s %s') size cannot be determined: %d\n", i,
		  bemu_btf_kind_name(bemu_btf_kind(t)),
		  t->name_off ? bemu_btf_str(btf, t->name_off) : "", err);
	return -EINVAL;
}

static int check_signature(struct bemu_verif *v, uint32_t subprog, const struct btf_type *func)
{
	const struct bemu_btf *btf = v->prog->btf->btf;
	const struct btf_type *proto = bemu_btf_type(btf, func->type);
	const char *name = bemu_btf_str(btf, func->name_off);
	uint32_t nr, i;
	int err = 0;

	if (!proto || bemu_btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return -EINVAL;
	nr = bemu_btf_vlen(proto);
	if (v->log->level & 3)
		bemu_klog(v->log, "Validating %s() func#%u...\n", name, subprog);
	if (nr > MAX_ARGS) {
		bemu_klog(v->log, "Global function %s() with %u > %d args. Buggy compiler.\n", name,
			  nr, MAX_ARGS);
		return -EINVAL;
	}
	if (!is_scalar(skip_mods(btf, proto->type))) {
		bemu_klog(v->log,
			  "Global function %s() doesn't return scalar. Only those are supported.\n",
			  name);
		return -EINVAL;
	}
	for (i = 0; !err && i < nr; i++)
		err = check_arg(v, name, i, bemu_btf_params(proto)[i].type);
	return err;
}

int bemu_verif_check_globals(struct bemu_verif *v)
{
	const struct bemu_prog *prog = v->prog;
	const struct btf_type *t;
	uint32_t i;
	int err = 0;

	if (bemu_model_has(v->ctx->model, BEMU_KF_LAZY_GLOBALS))
		return 0;
	for (i = 1; !err && i < v->nr_starts && i < prog->nr_func_info; i++) {
		t = bemu_btf_type(prog->btf->btf, prog->func_info[i].type_id);
		if (bemu_btf_vlen(t) == BTF_FUNC_GLOBAL)
			err = check_signature(v, i, t);
	}
	return err;
}
