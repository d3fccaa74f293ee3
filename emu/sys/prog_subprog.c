/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Where subprograms start, which kernel functions are called, and that jumps stay inside. */
#include <string.h>

#include "model/quirk.h"
#include "sys/prog.h"
#include "uapi/btf.h"

static int add_start(struct bemu_verif *v, int64_t at)
{
	uint32_t i, pos;

	if (at < 0 || at >= v->prog->nr_insns) {
		bemu_klog(v->log, "call to invalid destination\n");
		return -EINVAL;
	}
	for (i = 0; i < v->nr_starts && v->starts[i] < at; i++)
		;
	if (i < v->nr_starts && v->starts[i] == at)
		return 0;
	if (v->nr_starts >= BEMU_K_MAX_SUBPROGS) {
		bemu_klog(v->log, "too many subprograms\n");
		return -E2BIG;
	}
	for (pos = v->nr_starts++; pos > i; pos--)
		v->starts[pos] = v->starts[pos - 1];
	v->starts[i] = (uint32_t)at;
	return 0;
}

/* Mirrors __find_kfunc_desc_btf(). *out is borrowed from the program's table. */
static int kfunc_btf(struct bemu_verif *v, int16_t off, struct bemu_kbtf **out)
{
	struct bemu_prog *prog = v->prog;
	struct bemu_used_btf *slot;
	struct bemu_kbtf *kbtf;
	struct bemu_file *file;
	uint32_t i;
	int32_t fd;

	for (i = 0; i < prog->nr_kfunc_btfs; i++)
		if (prog->kfunc_btfs[i].off == off) {
			*out = prog->kfunc_btfs[i].btf;
			return 0;
		}
	if (prog->nr_kfunc_btfs == BEMU_K_MAX_KFUNC_BTFS) {
		bemu_klog(v->log, "too many different module BTFs\n");
		return -E2BIG;
	}
	if (!v->ctx->attr.prog_load.fd_array) {
		bemu_klog(v->log, "kfunc offset > 0 without fd_array is invalid\n");
		return -EPROTO;
	}
	if (bemu_verif_fd_slot(v, off, &fd))
		return -EFAULT;
	file = bemu_ctx_file(v->ctx, (uint32_t)fd);
	if (!file || file->kind != BEMU_FILE_BTF) {
		bemu_klog(v->log, "invalid module BTF fd specified\n");
		return file ? -EINVAL : -EBADF;
	}
	kbtf = (struct bemu_kbtf *)file->obj;
	if (!bemu_kbtf_is_module(kbtf)) {
		bemu_klog(v->log, "BTF fd for kfunc is not a module BTF\n");
		return -EINVAL;
	}
	if (bemu_grow(v->ctx->env, &prog->kfunc_btfs, &prog->cap_kfunc_btfs,
		      (size_t)prog->nr_kfunc_btfs + 1, sizeof(*prog->kfunc_btfs)))
		return -ENOMEM;
	slot = &prog->kfunc_btfs[prog->nr_kfunc_btfs];
	if (!bemu_prog_take_module(v->ctx->model, kbtf, &slot->mod))
		return -ENXIO;
	slot->btf = kbtf;
	slot->off = off;
	prog->nr_kfunc_btfs++;
	*out = kbtf;
	return 0;
}

static int find_kfunc_btf(struct bemu_verif *v, int16_t off, struct bemu_kbtf **out)
{
	int err;

	if (!off) {
		*out = v->ctx->model->vmlinux;
		return 0;
	}
	if (off < 0) {
		bemu_klog(v->log, "negative offset disallowed for kernel module function call\n");
		err = -EINVAL;
	} else {
		err = kfunc_btf(v, off, out);
	}
	if (err)
		bemu_klog(v->log, "failed to find BTF for kernel function\n");
	return err;
}

/* Mirrors add_kfunc_call(). */
static int add_kfunc(struct bemu_verif *v, uint32_t id, int16_t off)
{
	struct bemu_prog *prog = v->prog;
	const struct btf_type *t, *proto;
	struct bemu_kbtf *kbtf = NULL;
	const char *name;
	uint64_t addr;
	uint32_t i;
	int err;

	if (!prog->nr_kfuncs) {
		if (!v->ctx->model->vmlinux) {
			bemu_klog(
				v->log,
				"calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF\n");
			return -BEMU_K_ENOTSUPP;
		}
		if (!prog->gpl) {
			bemu_klog(v->log,
				  "cannot call kernel function from non-GPL compatible program\n");
			return -EINVAL;
		}
	}
	if (!bemu_model_has(v->ctx->model, BEMU_KF_KFUNC_MODULE))
		off = 0;
	if (!id && !off && !bemu_model_quirk(v->ctx->model, BEMU_QUIRK_K_KFUNC_ZERO_EARLY))
		return 0;
	err = find_kfunc_btf(v, off, &kbtf);
	if (err)
		return err;
	for (i = 0; i < prog->nr_kfuncs; i++)
		if (prog->kfuncs[i].func_id == id && prog->kfuncs[i].off == off)
			return 0;
	if (prog->nr_kfuncs == BEMU_K_MAX_KFUNC_DESCS) {
		bemu_klog(v->log, "too many different kernel function calls\n");
		return -E2BIG;
	}
	t = bemu_btf_type(kbtf->btf, id);
	if (!t || !id || bemu_btf_kind(t) != BTF_KIND_FUNC) {
		bemu_klog(v->log, "kernel btf_id %u is not a function\n", id);
		return -EINVAL;
	}
	proto = bemu_btf_type(kbtf->btf, t->type);
	if (!proto || bemu_btf_kind(proto) != BTF_KIND_FUNC_PROTO) {
		bemu_klog(v->log, "kernel function btf_id %u does not have a valid func_proto\n",
			  id);
		return -EINVAL;
	}
	name = bemu_btf_str(kbtf->btf, t->name_off);
	if (!bemu_ksym_find(v->ctx->model, kbtf, name, &addr)) {
		bemu_klog(v->log, "cannot find address for kernel function %s\n", name);
		return -EINVAL;
	}
	if (bemu_grow(v->ctx->env, &prog->kfuncs, &prog->cap_kfuncs, (size_t)prog->nr_kfuncs + 1,
		      sizeof(*prog->kfuncs)))
		return -ENOMEM;
	prog->kfuncs[prog->nr_kfuncs++] = (struct bemu_kfunc){ id, off, addr };
	return 0;
}

/*
 * The function that a tag of the main function names as the one to call for exceptions; 0: none. Mirrors
 * bpf_find_exception_callback_insn_off(), v6.7.
 */
static int find_exception_callback(struct bemu_verif *v, uint32_t *start)
{
	static const char tag[] = "exception_callback:";
	const struct bemu_prog *prog = v->prog;
	const char *name = NULL, *text;
	const struct btf_type *t;
	uint32_t id, i;

	for (id = 1; (t = bemu_btf_type(prog->btf->btf, id)); id++) {
		if (bemu_env_step(v->ctx->env, 1))
			return -EDQUOT;
		if (bemu_btf_kind(t) != BTF_KIND_DECL_TAG ||
		    t->type != prog->func_info[0].type_id ||
		    bemu_btf_decl_tag(t)->component_idx != -1)
			continue;
		text = bemu_btf_str(prog->btf->btf, t->name_off);
		if (strncmp(text, tag, strlen(tag)))
			continue;
		if (name) {
			bemu_klog(v->log, "multiple exception callback tags for main subprog\n");
			return -EEXIST;
		}
		name = text + strlen(tag);
	}
	if (!name)
		return 0;
	id = bemu_btf_find(prog->btf->btf, name, BTF_KIND_FUNC, false);
	if (!id) {
		bemu_klog(v->log, "exception callback '%s' could not be found in BTF\n", name);
		return -ENOENT;
	}
	if (bemu_btf_vlen(bemu_btf_type(prog->btf->btf, id)) != BTF_FUNC_GLOBAL) {
		bemu_klog(v->log, "exception callback '%s' must have global linkage\n", name);
		return -EINVAL;
	}
	for (i = 0; i < prog->nr_func_info; i++)
		if (prog->func_info[i].type_id == id) {
			*start = prog->func_info[i].insn_off;
			if (*start)
				continue;
			bemu_klog(v->log, "invalid exception callback insn_off in func_info: 0\n");
			return -EINVAL;
		}
	if (*start)
		return 0;
	bemu_klog(v->log, "exception callback type id not found in func_info\n");
	return -EINVAL;
}

static int add_exception_callback(struct bemu_verif *v)
{
	uint32_t start = 0;
	int err;

	if (!v->prog->nr_func_info || !bemu_model_has(v->ctx->model, BEMU_KF_EARLY_BTF))
		return 0;
	err = find_exception_callback(v, &start);
	if (err || !start)
		return err;
	v->exception_start = start;
	return add_start(v, start);
}

static bool names_function(const struct bpf_insn *insn)
{
	if (insn->code == BEMU_INSN_CALL)
		return insn->src_reg == BPF_PSEUDO_CALL || insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
	return insn->code == BEMU_INSN_LD64 && insn->src_reg == BPF_PSEUDO_FUNC;
}

/* Mirrors add_subprog_and_kfunc(). */
int bemu_verif_find_subprogs(struct bemu_verif *v)
{
	const struct bpf_insn *insns = v->prog->insns;
	uint32_t i;
	int err;

	v->starts[0] = 0;
	v->nr_starts = 1;
	for (i = 0; i < v->prog->nr_insns; i++) {
		err = 0;
		if (names_function(&insns[i]) && !bemu_task_capable(v->ctx->task, BEMU_CAP_BPF)) {
			bemu_klog(
				v->log,
				"loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN\n");
			return -EPERM;
		}
		if ((insns[i].code == BEMU_INSN_CALL && insns[i].src_reg == BPF_PSEUDO_CALL) ||
		    (insns[i].code == BEMU_INSN_LD64 && insns[i].src_reg == BPF_PSEUDO_FUNC))
			err = add_start(v, (int64_t)i + insns[i].imm + 1);
		else if (insns[i].code == BEMU_INSN_CALL &&
			 insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL)
			err = add_kfunc(v, (uint32_t)insns[i].imm, insns[i].off);
		if (err)
			return err;
	}
	err = add_exception_callback(v);
	if (err)
		return err;
	for (i = 0; i < v->nr_starts && v->log->level & 2; i++)
		bemu_klog(v->log, "func#%u @%u\n", i, v->starts[i]);
	v->prog->nr_subprogs = v->nr_starts;
	v->starts[v->nr_starts] = v->prog->nr_insns;
	return 0;
}

/* Mirrors check_subprogs(). */
int bemu_verif_check_subprogs(struct bemu_verif *v)
{
	const struct bpf_insn *insns = v->prog->insns;
	uint32_t i, cur;

	for (i = 0, cur = 0; i < v->prog->nr_insns; i++) {
		uint32_t start = v->starts[cur], end = v->starts[cur + 1];
		uint32_t cls = BPF_CLASS(insns[i].code), op = BPF_OP(insns[i].code);
		int64_t to;

		if ((cls == BPF_JMP || cls == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT) {
			to = (int64_t)i + 1 +
			     (cls == BPF_JMP32 && op == BPF_JA ? insns[i].imm : insns[i].off);
			if (to < start || to >= end) {
				bemu_klog(v->log, "jump out of range from insn %u to %lld\n", i,
					  (long long)to);
				return -EINVAL;
			}
		}
		if (i != end - 1)
			continue;
		if (insns[i].code != BEMU_VERIF_EXIT && insns[i].code != (BPF_JMP | BPF_JA) &&
		    insns[i].code != (BPF_JMP32 | BPF_JA)) {
			bemu_klog(v->log, "last insn is not an exit or jmp\n");
			return -EINVAL;
		}
		cur++;
	}
	return 0;
}
