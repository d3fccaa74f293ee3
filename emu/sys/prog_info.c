/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* prog_btf_fd, func_info and line_info. */
#include <string.h>

#include "sys/prog.h"

enum {
	INFO_REC_MAX = 252,
	FUNC_REC_SIZE_OFF = 76,
	LINE_REC_SIZE_OFF = 92,
};

int bemu_verif_get_btf(struct bemu_verif *v)
{
	const struct bemu_attr_prog_load *a = &v->ctx->attr.prog_load;
	struct bemu_kobj *obj;
	int err;

	if (!a->func_info_cnt && !a->line_info_cnt)
		return 0;
	err = bemu_ctx_fd(v->ctx, a->prog_btf_fd, BEMU_FILE_BTF, NULL, &obj);
	if (err)
		return err;
	if (((struct bemu_kbtf *)obj)->kernel)
		return -EACCES;
	bemu_obj_get(v->ctx->model, obj);
	v->prog->btf = (struct bemu_kbtf *)obj;
	return 0;
}

/* Mirrors bpf_check_uarg_tail_zero() and the copy behind it. */
int bemu_verif_read_rec(struct bemu_verif *v, uint64_t at, uint32_t rec_size, void *dst,
			uint32_t known, uint32_t attr_off, const char *what)
{
	uint8_t buf[INFO_REC_MAX];
	uint32_t i;

	if (bemu_env_step(v->ctx->env, 1))
		return -EDQUOT;
	if (bemu_ctx_read(v->ctx, at, buf, rec_size))
		return -EFAULT;
	for (i = known; i < rec_size; i++)
		if (buf[i]) {
			bemu_klog(v->log, "nonzero tailing record in %s", what);
			return bemu_ctx_put_attr(v->ctx, attr_off, &known, sizeof(known)) ? -EFAULT
											  : -E2BIG;
		}
	memcpy(dst, buf, known);
	return 0;
}

/* Mirrors check_btf_func_early(). */
int bemu_verif_read_func_info(struct bemu_verif *v)
{
	const struct bemu_attr_prog_load *a = &v->ctx->attr.prog_load;
	struct bemu_prog *prog = v->prog;
	uint32_t i, prev = 0;
	int err;

	if (!a->func_info_cnt)
		return 0;
	if (a->func_info_rec_size < 8 || a->func_info_rec_size > INFO_REC_MAX ||
	    a->func_info_rec_size % 4) {
		bemu_klog(v->log, "invalid func info rec size %u", a->func_info_rec_size);
		return -EINVAL;
	}
	if (a->func_info_cnt > prog->nr_insns) {
		/* more records than instructions cannot have rising offsets: read one too many */
		prog->func_info = bemu_zalloc_array(v->ctx->env, (size_t)prog->nr_insns + 1, 8);
	} else {
		prog->func_info = bemu_zalloc_array(v->ctx->env, a->func_info_cnt, 8);
	}
	if (!prog->func_info)
		return -ENOMEM;
	for (i = 0; i < a->func_info_cnt; i++) {
		struct bpf_func_info rec;
		const struct btf_type *t;

		err = bemu_verif_read_rec(v, a->func_info + (uint64_t)i * a->func_info_rec_size,
					  a->func_info_rec_size, &rec, 8, FUNC_REC_SIZE_OFF,
					  "func info");
		if (err)
			return err;
		if (!i && rec.insn_off) {
			bemu_klog(v->log, "nonzero insn_off %u for the first func info record",
				  rec.insn_off);
			return -EINVAL;
		}
		if (i && rec.insn_off <= prev) {
			bemu_klog(
				v->log,
				"same or smaller insn offset (%u) than previous func info record (%u)",
				rec.insn_off, prev);
			return -EINVAL;
		}
		t = bemu_btf_type(prog->btf->btf, rec.type_id);
		if (!t || !rec.type_id || bemu_btf_kind(t) != BTF_KIND_FUNC) {
			bemu_klog(v->log, "invalid type id %u in func info", rec.type_id);
			return -EINVAL;
		}
		if (i > prog->nr_insns)
			return -EINVAL;
		prog->func_info[i] = rec;
		prog->nr_func_info = i + 1;
		prev = rec.insn_off;
	}
	return 0;
}

/* Why a function may return from its middle: it loads from the packet, or calls another program. */
static const char *leaves_early(const struct bemu_verif *v, uint32_t func)
{
	const struct bpf_insn *insn;
	uint32_t i;

	for (i = v->starts[func]; i < v->starts[func + 1]; i++) {
		insn = &v->prog->insns[i];
		if (bemu_insn_is_call_to(insn, 0) && insn->imm == BPF_FUNC_tail_call)
			return "tail_call";
		if (BPF_CLASS(insn->code) == BPF_LD &&
		    (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND))
			return "LD_ABS";
	}
	return NULL;
}

static bool returns_scalar(const struct bemu_verif *v, uint32_t func)
{
	const struct bemu_btf *btf = v->prog->btf->btf;
	const struct btf_type *t = bemu_btf_type(btf, v->prog->func_info[func].type_id);

	t = t ? bemu_btf_type(btf, t->type) : NULL;
	t = t && t->type ? bemu_btf_skip_mods(btf, t->type, true, NULL) : NULL;
	return t && (bemu_btf_kind(t) == BTF_KIND_INT || bemu_btf_is_any_enum(t));
}

/* Mirrors check_abnormal_return() and its twin in check_btf_func(). */
static int check_returns(struct bemu_verif *v, uint32_t func)
{
	const char *why = leaves_early(v, func);
	bool types = v->ctx->attr.prog_load.func_info_cnt || v->ctx->attr.prog_load.line_info_cnt;

	if (!why || !func)
		return 0;
	if (!types) {
		bemu_klog(v->log, "%s is not allowed in subprogs without BTF\n", why);
		return -EINVAL;
	}
	if (v->prog->nr_func_info && !returns_scalar(v, func)) {
		bemu_klog(v->log, "%s is only allowed in functions that return 'int'.\n", why);
		return -EINVAL;
	}
	return 0;
}

/* Mirrors check_btf_func(). */
int bemu_verif_check_func_info(struct bemu_verif *v)
{
	bool info = v->ctx->attr.prog_load.func_info_cnt;
	uint32_t i;
	int err = 0;

	if (info && v->prog->nr_func_info != v->nr_starts) {
		bemu_klog(v->log,
			  "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	for (i = 0; i < v->nr_starts && !err; i++) {
		if (info && v->prog->func_info[i].insn_off != v->starts[i]) {
			bemu_klog(
				v->log,
				"func_info BTF section doesn't match subprog layout in BPF program\n");
			return -EINVAL;
		}
		err = check_returns(v, i);
	}
	return err;
}

/* Mirrors check_btf_line(). */
int bemu_verif_read_line_info(struct bemu_verif *v)
{
	const struct bemu_attr_prog_load *a = &v->ctx->attr.prog_load;
	struct bemu_prog *prog = v->prog;
	uint32_t i, sub = 0, prev = 0, cnt = a->line_info_cnt;
	int err;

	if (!cnt)
		return 0;
	if (cnt > INT32_MAX / 16 || a->line_info_rec_size < 16 ||
	    a->line_info_rec_size > INFO_REC_MAX || a->line_info_rec_size % 4)
		return -EINVAL;
	prog->line_info = bemu_zalloc_array(
		v->ctx->env, cnt < prog->nr_insns ? cnt : (size_t)prog->nr_insns + 1, 16);
	if (!prog->line_info)
		return -ENOMEM;
	for (i = 0; i < cnt; i++) {
		struct bpf_line_info rec;

		err = bemu_verif_read_rec(v, a->line_info + (uint64_t)i * a->line_info_rec_size,
					  a->line_info_rec_size, &rec, 16, LINE_REC_SIZE_OFF,
					  "line_info");
		if (err)
			return err;
		if ((i && rec.insn_off <= prev) || rec.insn_off >= prog->nr_insns) {
			bemu_klog(
				v->log,
				"Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n",
				i, rec.insn_off, prev, prog->nr_insns);
			return -EINVAL;
		}
		if (!prog->insns[rec.insn_off].code) {
			bemu_klog(v->log, "Invalid insn code at line_info[%u].insn_off\n", i);
			return -EINVAL;
		}
		if (!bemu_btf_str(prog->btf->btf, rec.line_off) ||
		    !bemu_btf_str(prog->btf->btf, rec.file_name_off)) {
			bemu_klog(v->log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
			return -EINVAL;
		}
		if (sub != v->nr_starts) {
			if (rec.insn_off == v->starts[sub]) {
				sub++;
			} else if (v->starts[sub] < rec.insn_off) {
				bemu_klog(v->log, "missing bpf_line_info for func#%u\n", sub);
				return -EINVAL;
			}
		}
		prog->line_info[i] = rec;
		prog->nr_line_info = i + 1;
		prev = rec.insn_off;
	}
	if (sub != v->nr_starts) {
		bemu_klog(v->log, "missing bpf_line_info for %u funcs starting from func#%u\n",
			  v->nr_starts - sub, sub);
		return -EINVAL;
	}
	return 0;
}
