/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The relocation half of PROG_LOAD: fd_array, func_info, subprograms and kfuncs, line_info, ld64 and
 * opcodes. Mirrors bpf_check() up to resolve_pseudo_ldimm64(), kernel/bpf/verifier.c, v6.18.
 *
 * Differs: no control flow and no registers are looked at afterwards. Calls of helpers that do not
 * exist are refused only in a program without any jump, where every instruction up to the first exit
 * is surely reached; elsewhere they are accepted.
 */
#include <string.h>

#include "base/ints.h"
#include "sys/sys.h"

enum {
	LD64 = BPF_LD | BPF_IMM | BPF_DW,
	CALL = BPF_JMP | BPF_CALL,
	EXIT = BPF_JMP | BPF_EXIT,
	K_MAX_VAR_OFF = 1 << 29,
	INFO_REC_MAX = 252,
	FUNC_REC_SIZE_OFF = 76,
	LINE_REC_SIZE_OFF = 92,
};

struct relo {
	struct bemu_call_ctx *ctx;
	struct bemu_klog *log;
	struct bemu_prog *prog;
	uint32_t starts[BEMU_K_MAX_SUBPROGS + 2];
	uint32_t nr_starts;
};

static int use_map(struct relo *r, struct bemu_map *map)
{
	int err = bemu_prog_use_map(r->ctx->model, r->prog, map, BEMU_K_MAX_USED_MAPS);

	if (err == -E2BIG && bemu_model_has(r->ctx->model, BEMU_KF_LIMIT_TEXT))
		bemu_klog(r->log, "The total number of maps per program has reached the limit of %u\n",
			  BEMU_K_MAX_USED_MAPS);
	if (err)
		return err;
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS) {
		bemu_klog(r->log, "bpf_struct_ops map cannot be used in prog\n");
		return -EINVAL;
	}
	if (map->excl)
		return (int)bemu_unmodelled(r->ctx, "a program that uses an exclusive map");
	return 0;
}

static int use_btf(struct relo *r, struct bemu_kbtf *btf)
{
	int err = bemu_prog_use_btf(r->ctx->model, r->prog, btf);

	if (err == -E2BIG && bemu_model_has(r->ctx->model, BEMU_KF_FD_ARRAY_CNT))
		bemu_klog(r->log, "The total number of btfs per program has reached the limit of %u\n",
			  BEMU_K_MAX_USED_BTFS);
	return err;
}

/* Slot of fd_array; negative indices read before it, as the kernel does. */
static int read_slot(struct relo *r, int32_t idx, int32_t *fd)
{
	uint64_t at = r->ctx->attr.prog_load.fd_array + (uint64_t)((int64_t)idx * 4);

	return bemu_ctx_read(r->ctx, at, fd, sizeof(*fd));
}

/* Mirrors process_fd_array(). */
static int scan_fd_array(struct relo *r)
{
	uint32_t cnt = r->ctx->attr.prog_load.fd_array_cnt, i;
	struct bemu_file *file;
	int32_t fd;
	int err;

	if (cnt >= UINT32_MAX / 4) {
		bemu_klog(r->log, "fd_array_cnt is too big (%u)\n", cnt);
		return -EINVAL;
	}
	for (i = 0; i < cnt; i++) {
		if (bemu_env_step(r->ctx->env, 1))
			return -EDQUOT;
		if (!r->ctx->attr.prog_load.fd_array || read_slot(r, (int32_t)i, &fd))
			return -EFAULT;
		file = bemu_fd_find(r->ctx->task, fd);
		if (file && file->kind == BEMU_FILE_MAP) {
			err = use_map(r, (struct bemu_map *)file->obj);
		} else if (file && file->kind == BEMU_FILE_BTF) {
			err = use_btf(r, (struct bemu_kbtf *)file->obj);
		} else {
			bemu_klog(r->log, "fd %d is not pointing to valid bpf_map or btf\n", fd);
			err = file ? -EINVAL : -EBADF;
		}
		if (err)
			return err;
	}
	return 0;
}

static int get_prog_btf(struct relo *r)
{
	const struct bemu_attr_prog_load *a = &r->ctx->attr.prog_load;
	struct bemu_kobj *obj;
	int err;

	if (!a->func_info_cnt && !a->line_info_cnt)
		return 0;
	err = bemu_ctx_fd(r->ctx, a->prog_btf_fd, BEMU_FILE_BTF, NULL, &obj);
	if (err)
		return err;
	if (((struct bemu_kbtf *)obj)->kernel)
		return -EACCES;
	bemu_obj_get(r->ctx->model, obj);
	r->prog->btf = (struct bemu_kbtf *)obj;
	return 0;
}

/* One record of @rec_size bytes, of which @known are understood; the rest must be zero. */
static int read_rec(struct relo *r, uint64_t at, uint32_t rec_size, void *dst, uint32_t known,
		    uint32_t attr_off, const char *what)
{
	uint8_t buf[INFO_REC_MAX];
	uint32_t i;

	if (bemu_env_step(r->ctx->env, 1))
		return -EDQUOT;
	if (bemu_ctx_read(r->ctx, at, buf, rec_size))
		return -EFAULT;
	for (i = known; i < rec_size; i++)
		if (buf[i]) {
			bemu_klog(r->log, "nonzero tailing record in %s", what);
			return bemu_ctx_put_attr(r->ctx, attr_off, &known, sizeof(known)) ?
				       -EFAULT : -E2BIG;
		}
	memcpy(dst, buf, known);
	return 0;
}

/* Mirrors check_btf_func_early(). */
static int read_func_info(struct relo *r)
{
	const struct bemu_attr_prog_load *a = &r->ctx->attr.prog_load;
	struct bemu_prog *prog = r->prog;
	uint32_t i, prev = 0;
	int err;

	if (!a->func_info_cnt)
		return 0;
	if (a->func_info_rec_size < 8 || a->func_info_rec_size > INFO_REC_MAX ||
	    a->func_info_rec_size % 4) {
		bemu_klog(r->log, "invalid func info rec size %u", a->func_info_rec_size);
		return -EINVAL;
	}
	if (a->func_info_cnt > prog->nr_insns) {
		/* more records than instructions cannot have rising offsets: read one too many */
		prog->func_info = bemu_zalloc_array(r->ctx->env, (size_t)prog->nr_insns + 1, 8);
	} else {
		prog->func_info = bemu_zalloc_array(r->ctx->env, a->func_info_cnt, 8);
	}
	if (!prog->func_info)
		return -ENOMEM;
	for (i = 0; i < a->func_info_cnt; i++) {
		struct bpf_func_info rec;
		const struct btf_type *t;

		err = read_rec(r, a->func_info + (uint64_t)i * a->func_info_rec_size,
			       a->func_info_rec_size, &rec, 8, FUNC_REC_SIZE_OFF, "func info");
		if (err)
			return err;
		if (!i && rec.insn_off) {
			bemu_klog(r->log, "nonzero insn_off %u for the first func info record",
				  rec.insn_off);
			return -EINVAL;
		}
		if (i && rec.insn_off <= prev) {
			bemu_klog(r->log,
				  "same or smaller insn offset (%u) than previous func info record (%u)",
				  rec.insn_off, prev);
			return -EINVAL;
		}
		t = bemu_btf_type(prog->btf->btf, rec.type_id);
		if (!t || !rec.type_id || bemu_btf_kind(t) != BTF_KIND_FUNC) {
			bemu_klog(r->log, "invalid type id %u in func info", rec.type_id);
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

static int add_start(struct relo *r, int64_t at)
{
	uint32_t i, pos;

	if (at < 0 || at >= r->prog->nr_insns) {
		bemu_klog(r->log, "call to invalid destination\n");
		return -EINVAL;
	}
	for (i = 0; i < r->nr_starts && r->starts[i] < at; i++)
		;
	if (i < r->nr_starts && r->starts[i] == at)
		return 0;
	if (r->nr_starts >= BEMU_K_MAX_SUBPROGS) {
		bemu_klog(r->log, "too many subprograms\n");
		return -E2BIG;
	}
	for (pos = r->nr_starts++; pos > i; pos--)
		r->starts[pos] = r->starts[pos - 1];
	r->starts[i] = (uint32_t)at;
	return 0;
}

/* Mirrors __find_kfunc_desc_btf(). *out is borrowed from the program's table. */
static int kfunc_btf(struct relo *r, int16_t off, struct bemu_kbtf **out)
{
	struct bemu_prog *prog = r->prog;
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
		bemu_klog(r->log, "too many different module BTFs\n");
		return -E2BIG;
	}
	if (!r->ctx->attr.prog_load.fd_array) {
		bemu_klog(r->log, "kfunc offset > 0 without fd_array is invalid\n");
		return -EPROTO;
	}
	if (read_slot(r, off, &fd))
		return -EFAULT;
	file = bemu_fd_find(r->ctx->task, fd);
	if (!file || file->kind != BEMU_FILE_BTF) {
		bemu_klog(r->log, "invalid module BTF fd specified\n");
		return file ? -EINVAL : -EBADF;
	}
	kbtf = (struct bemu_kbtf *)file->obj;
	if (!bemu_kbtf_is_module(kbtf)) {
		bemu_klog(r->log, "BTF fd for kfunc is not a module BTF\n");
		return -EINVAL;
	}
	if (bemu_grow(r->ctx->env, &prog->kfunc_btfs, &prog->cap_kfunc_btfs,
		      (size_t)prog->nr_kfunc_btfs + 1, sizeof(*prog->kfunc_btfs)))
		return -ENOMEM;
	slot = &prog->kfunc_btfs[prog->nr_kfunc_btfs];
	bemu_obj_get(r->ctx->model, &kbtf->obj);
	slot->mod = bemu_kbtf_get_module(r->ctx->model, kbtf);
	if (!slot->mod) {
		bemu_obj_put(r->ctx->model, &kbtf->obj);
		return -ENXIO;
	}
	slot->btf = kbtf;
	slot->off = off;
	prog->nr_kfunc_btfs++;
	*out = kbtf;
	return 0;
}

static int find_kfunc_btf(struct relo *r, int16_t off, struct bemu_kbtf **out)
{
	int err;

	if (!off) {
		*out = r->ctx->model->vmlinux;
		return 0;
	}
	if (off < 0) {
		bemu_klog(r->log, "negative offset disallowed for kernel module function call\n");
		err = -EINVAL;
	} else {
		err = kfunc_btf(r, off, out);
	}
	if (err)
		bemu_klog(r->log, "failed to find BTF for kernel function\n");
	return err;
}

/* Mirrors add_kfunc_call(). */
static int add_kfunc(struct relo *r, uint32_t id, int16_t off)
{
	struct bemu_prog *prog = r->prog;
	const struct btf_type *t, *proto;
	struct bemu_kbtf *kbtf = NULL;
	const char *name;
	uint64_t addr;
	uint32_t i;
	int err;

	if (!prog->nr_kfuncs) {
		if (!r->ctx->model->vmlinux) {
			bemu_klog(r->log,
				  "calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF\n");
			return -BEMU_K_ENOTSUPP;
		}
		if (!prog->gpl) {
			bemu_klog(r->log,
				  "cannot call kernel function from non-GPL compatible program\n");
			return -EINVAL;
		}
	}
	if (!bemu_model_has(r->ctx->model, BEMU_KF_KFUNC_MODULE))
		off = 0;
	else if (!id && !off)
		return 0;
	err = find_kfunc_btf(r, off, &kbtf);
	if (err)
		return err;
	for (i = 0; i < prog->nr_kfuncs; i++)
		if (prog->kfuncs[i].func_id == id && prog->kfuncs[i].off == off)
			return 0;
	if (prog->nr_kfuncs == BEMU_K_MAX_KFUNC_DESCS) {
		bemu_klog(r->log, "too many different kernel function calls\n");
		return -E2BIG;
	}
	t = bemu_btf_type(kbtf->btf, id);
	if (!t || !id || bemu_btf_kind(t) != BTF_KIND_FUNC) {
		bemu_klog(r->log, "kernel btf_id %u is not a function\n", id);
		return -EINVAL;
	}
	proto = bemu_btf_type(kbtf->btf, t->type);
	if (!proto || bemu_btf_kind(proto) != BTF_KIND_FUNC_PROTO) {
		bemu_klog(r->log, "kernel function btf_id %u does not have a valid func_proto\n", id);
		return -EINVAL;
	}
	name = bemu_btf_str(kbtf->btf, t->name_off);
	if (!bemu_ksym_find(r->ctx->model, kbtf, name, &addr)) {
		bemu_klog(r->log, "cannot find address for kernel function %s\n", name);
		return -EINVAL;
	}
	if (bemu_grow(r->ctx->env, &prog->kfuncs, &prog->cap_kfuncs, (size_t)prog->nr_kfuncs + 1,
		      sizeof(*prog->kfuncs)))
		return -ENOMEM;
	prog->kfuncs[prog->nr_kfuncs++] = (struct bemu_kfunc){ id, off, addr };
	return 0;
}

/* Mirrors add_subprog_and_kfunc(). */
static int find_subprogs(struct relo *r)
{
	const struct bpf_insn *insns = r->prog->insns;
	uint32_t i;
	int err;

	r->starts[0] = 0;
	r->nr_starts = 1;
	for (i = 0; i < r->prog->nr_insns; i++) {
		err = 0;
		if ((insns[i].code == CALL && insns[i].src_reg == BPF_PSEUDO_CALL) ||
		    (insns[i].code == LD64 && insns[i].src_reg == BPF_PSEUDO_FUNC))
			err = add_start(r, (int64_t)i + insns[i].imm + 1);
		else if (insns[i].code == CALL && insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL)
			err = add_kfunc(r, (uint32_t)insns[i].imm, insns[i].off);
		if (err)
			return err;
	}
	r->prog->nr_subprogs = r->nr_starts;
	r->starts[r->nr_starts] = r->prog->nr_insns;
	return 0;
}

/* Mirrors check_subprogs(). */
static int check_layout(struct relo *r)
{
	const struct bpf_insn *insns = r->prog->insns;
	uint32_t i, cur;

	for (i = 0, cur = 0; i < r->prog->nr_insns; i++) {
		uint32_t start = r->starts[cur], end = r->starts[cur + 1];
		uint32_t cls = BPF_CLASS(insns[i].code), op = BPF_OP(insns[i].code);
		int64_t to;

		if ((cls == BPF_JMP || cls == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT) {
			to = (int64_t)i + 1 + (cls == BPF_JMP32 && op == BPF_JA ? insns[i].imm :
									      insns[i].off);
			if (to < start || to >= end) {
				bemu_klog(r->log, "jump out of range from insn %u to %lld\n", i,
					  (long long)to);
				return -EINVAL;
			}
		}
		if (i != end - 1)
			continue;
		if (insns[i].code != EXIT && insns[i].code != (BPF_JMP | BPF_JA) &&
		    insns[i].code != (BPF_JMP32 | BPF_JA)) {
			bemu_klog(r->log, "last insn is not an exit or jmp\n");
			return -EINVAL;
		}
		cur++;
	}
	return 0;
}

/* Mirrors check_btf_func(). */
static int check_func_info(struct relo *r)
{
	uint32_t i;

	if (!r->ctx->attr.prog_load.func_info_cnt)
		return 0;
	if (r->prog->nr_func_info != r->nr_starts) {
		bemu_klog(r->log, "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	for (i = 0; i < r->nr_starts; i++)
		if (r->prog->func_info[i].insn_off != r->starts[i]) {
			bemu_klog(r->log,
				  "func_info BTF section doesn't match subprog layout in BPF program\n");
			return -EINVAL;
		}
	return 0;
}

/* Mirrors check_btf_line(). */
static int read_line_info(struct relo *r)
{
	const struct bemu_attr_prog_load *a = &r->ctx->attr.prog_load;
	struct bemu_prog *prog = r->prog;
	uint32_t i, sub = 0, prev = 0, cnt = a->line_info_cnt;
	int err;

	if (!cnt)
		return 0;
	if (cnt > INT32_MAX / 16 || a->line_info_rec_size < 16 ||
	    a->line_info_rec_size > INFO_REC_MAX || a->line_info_rec_size % 4)
		return -EINVAL;
	prog->line_info = bemu_zalloc_array(r->ctx->env, cnt < prog->nr_insns ? cnt :
					    (size_t)prog->nr_insns + 1, 16);
	if (!prog->line_info)
		return -ENOMEM;
	for (i = 0; i < cnt; i++) {
		struct bpf_line_info rec;

		err = read_rec(r, a->line_info + (uint64_t)i * a->line_info_rec_size,
			       a->line_info_rec_size, &rec, 16, LINE_REC_SIZE_OFF, "line_info");
		if (err)
			return err;
		if ((i && rec.insn_off <= prev) || rec.insn_off >= prog->nr_insns) {
			bemu_klog(r->log, "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n",
				  i, rec.insn_off, prev, prog->nr_insns);
			return -EINVAL;
		}
		if (!prog->insns[rec.insn_off].code) {
			bemu_klog(r->log, "Invalid insn code at line_info[%u].insn_off\n", i);
			return -EINVAL;
		}
		if (!bemu_btf_str(prog->btf->btf, rec.line_off) ||
		    !bemu_btf_str(prog->btf->btf, rec.file_name_off)) {
			bemu_klog(r->log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
			return -EINVAL;
		}
		if (sub != r->nr_starts) {
			if (rec.insn_off == r->starts[sub]) {
				sub++;
			} else if (r->starts[sub] < rec.insn_off) {
				bemu_klog(r->log, "missing bpf_line_info for func#%u\n", sub);
				return -EINVAL;
			}
		}
		prog->line_info[i] = rec;
		prog->nr_line_info = i + 1;
		prev = rec.insn_off;
	}
	if (sub != r->nr_starts) {
		bemu_klog(r->log, "missing bpf_line_info for %u funcs starting from func#%u\n",
			  r->nr_starts - sub, sub);
		return -EINVAL;
	}
	return 0;
}

static void set_imm64(struct bpf_insn *insn, uint64_t v)
{
	insn[0].imm = bemu_wrap_s32(v);
	insn[1].imm = bemu_wrap_s32(v >> 32);
}

/* Mirrors check_pseudo_btf_id(). */
static int relo_btf_id(struct relo *r, struct bpf_insn *insn)
{
	struct bemu_kbtf *kbtf = r->ctx->model->vmlinux;
	uint32_t id = (uint32_t)insn[0].imm, kind;
	bool funcs = bemu_model_has(r->ctx->model, BEMU_KF_LDIMM64_FUNC);
	const struct btf_type *t;
	struct bemu_kobj *obj;
	const char *name;
	uint64_t addr;

	if (insn[1].imm) {
		if (bemu_ctx_fd(r->ctx, (uint32_t)insn[1].imm, BEMU_FILE_BTF, NULL, &obj)) {
			bemu_klog(r->log, "invalid module BTF object FD specified.\n");
			return -EINVAL;
		}
		kbtf = (struct bemu_kbtf *)obj;
	} else if (!kbtf) {
		bemu_klog(r->log,
			  "kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is specified in Kconfig.\n");
		return -EINVAL;
	}
	t = bemu_btf_type(kbtf->btf, id);
	if (!t) {
		bemu_klog(r->log, "ldimm64 insn specifies invalid btf_id %d.\n", insn[0].imm);
		return -ENOENT;
	}
	kind = id ? bemu_btf_kind(t) : 0;
	if (kind != BTF_KIND_VAR && !(funcs && kind == BTF_KIND_FUNC)) {
		bemu_klog(r->log, funcs ? "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\n" :
					  "pseudo btf_id %d in ldimm64 isn't KIND_VAR.\n",
			  insn[0].imm);
		return -EINVAL;
	}
	name = bemu_btf_str(kbtf->btf, t->name_off);
	if (!bemu_ksym_find(r->ctx->model, kbtf, name, &addr)) {
		bemu_klog(r->log, "ldimm64 failed to find the address for kernel symbol '%s'.\n", name);
		return -ENOENT;
	}
	set_imm64(insn, addr);
	return use_btf(r, kbtf);
}

static int map_value(struct relo *r, const struct bemu_map *map, uint32_t off, uint64_t *addr)
{
	if (off >= K_MAX_VAR_OFF) {
		bemu_klog(r->log, "direct value offset of %u is not allowed\n", off);
		return -EINVAL;
	}
	if (map->type == BEMU_BPF_MAP_TYPE_ARENA)
		return (int)bemu_unmodelled(r->ctx, "values of an arena in a program");
	if (map->type != BPF_MAP_TYPE_ARRAY) {
		bemu_klog(r->log, "no direct value access support for this map type\n");
		return -EINVAL;
	}
	if (map->max_entries != 1 || off >= map->value_size) {
		bemu_klog(r->log, "invalid access to map value pointer, value_size=%u off=%u\n",
			  map->value_size, off);
		return map->max_entries != 1 ? -BEMU_K_ENOTSUPP : -EINVAL;
	}
	*addr = map->vaddr + off;
	return 0;
}

static int relo_map(struct relo *r, struct bpf_insn *insn)
{
	bool value = insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
		     insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	bool by_idx = insn->src_reg == BPF_PSEUDO_MAP_IDX ||
		      insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	int32_t fd = insn[0].imm;
	struct bemu_map *map;
	struct bemu_kobj *obj;
	uint64_t addr;
	int err;

	if (by_idx) {
		if (!r->ctx->attr.prog_load.fd_array) {
			bemu_klog(r->log, "fd_idx without fd_array is invalid\n");
			return -EPROTO;
		}
		if (read_slot(r, insn[0].imm, &fd))
			return -EFAULT;
	}
	err = bemu_ctx_fd(r->ctx, (uint32_t)fd, BEMU_FILE_MAP, NULL, &obj);
	if (err) {
		bemu_klog(r->log, "fd %d is not pointing to valid bpf_map\n", fd);
		return err;
	}
	map = (struct bemu_map *)obj;
	err = use_map(r, map);
	if (err)
		return err;
	addr = map->kaddr;
	if (value) {
		err = map_value(r, map, (uint32_t)insn[1].imm, &addr);
		if (err)
			return err;
	}
	set_imm64(insn, addr);
	return 0;
}

static int relo_ld64(struct relo *r, uint32_t i)
{
	struct bpf_insn *insn = &r->prog->insns[i];

	if (i + 1 == r->prog->nr_insns || insn[1].code || insn[1].dst_reg || insn[1].src_reg ||
	    insn[1].off) {
		bemu_klog(r->log, "invalid bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	switch (insn->src_reg) {
	case 0:
	case BPF_PSEUDO_FUNC:
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return relo_btf_id(r, insn);
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (!insn[1].imm)
			return relo_map(r, insn);
		break;
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return relo_map(r, insn);
	default:
		break;
	}
	bemu_klog(r->log, "unrecognized bpf_ld_imm64 insn\n");
	return -EINVAL;
}

/* Mirrors bpf_opcode_in_insntable(), kernel/bpf/core.c. */
static bool opcode_known(const struct bemu_model *model, uint8_t code)
{
	uint32_t op = BPF_OP(code), mode = BPF_MODE(code), size = BPF_SIZE(code);
	bool v4 = bemu_model_has(model, BEMU_KF_ISA_V4), src = code & BPF_X;

	switch (BPF_CLASS(code)) {
	case BPF_ALU64:
		if (op == BPF_END)
			return v4 && !src;
		return op == BPF_NEG ? !src : op <= BPF_ARSH;
	case BPF_ALU:
		return op == BPF_NEG ? !src : op <= BPF_END;
	case BPF_JMP:
		if (op == BPF_JA || op == BPF_EXIT)
			return !src;
		if (op == BPF_CALL)
			return !src;
		return op <= BPF_JSLE || (op == 0xe0 && !src && bemu_model_has(model,
								      BEMU_KF_TOKEN));
	case BPF_JMP32:
		if (op == BPF_JA)
			return v4 && !src;
		return op <= BPF_JSLE && op != BPF_CALL && op != BPF_EXIT;
	case BPF_STX:
		return mode == BPF_MEM || (mode == BPF_ATOMIC &&
					   (size == BPF_W || size == BPF_DW ||
					    bemu_model_has(model, BEMU_KF_TAG_KFLAG)));
	case BPF_ST:
		return mode == BPF_MEM;
	case BPF_LDX:
		return mode == BPF_MEM || (mode == BEMU_BPF_MEMSX && v4 && size != BPF_DW);
	default:
		return code == LD64 || ((mode == BPF_ABS || mode == BPF_IND) && size != BPF_DW);
	}
}

/* Mirrors resolve_pseudo_ldimm64(). */
static int relo_insns(struct relo *r)
{
	struct bemu_prog *prog = r->prog;
	uint32_t i;
	int err;

	for (i = 0; i < prog->nr_insns; i++) {
		struct bpf_insn *insn = &prog->insns[i];
		uint32_t mode = BPF_MODE(insn->code);

		if (BPF_CLASS(insn->code) == BPF_LDX &&
		    ((mode != BPF_MEM && mode != BEMU_BPF_MEMSX) || insn->imm)) {
			bemu_klog(r->log, "BPF_LDX uses reserved fields\n");
			return -EINVAL;
		}
		if (insn->code == LD64) {
			err = relo_ld64(r, i);
			if (err)
				return err;
			i++;
		} else if (!opcode_known(r->ctx->model, insn->code)) {
			bemu_klog(r->log, "unknown opcode %02x\n", insn->code);
			return -EINVAL;
		}
	}
	return 0;
}

/* Mirrors convert_pseudo_ld_imm64(): numbers are gone, and so is what said that they were numbers. */
static void clear_pseudo(struct bemu_prog *prog)
{
	uint32_t i;

	if (!prog->nr_used_maps && !prog->nr_used_btfs)
		return;
	for (i = 0; i < prog->nr_insns; i++)
		if (prog->insns[i].code == LD64 && prog->insns[i].src_reg != BPF_PSEUDO_FUNC)
			prog->insns[i].src_reg = 0;
}

/* See the head of this file. */
static int check_helpers(struct relo *r)
{
	const struct bemu_prog *prog = r->prog;
	uint32_t i;

	if (r->nr_starts != 1)
		return 0;
	for (i = 0; i < prog->nr_insns; i++) {
		uint32_t cls = BPF_CLASS(prog->insns[i].code), op = BPF_OP(prog->insns[i].code);

		if ((cls == BPF_JMP || cls == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT)
			return 0;
	}
	for (i = 0; i < prog->nr_insns && prog->insns[i].code != EXIT; i++) {
		const struct bpf_insn *insn = &prog->insns[i];

		if (insn->code == LD64) {
			i++;
		} else if (insn->code == CALL && !insn->src_reg &&
			   (insn->imm <= 0 ||
			    (uint32_t)insn->imm > r->ctx->model->prof->max_helper)) {
			bemu_klog(r->log, "invalid func unknown#%d\n", insn->imm);
			return -EINVAL;
		}
	}
	return 0;
}

/* Mirrors bpf_check_attach_target() for targets that need no program. */
static int check_target(struct relo *r)
{
	const struct bemu_prog *prog = r->prog;
	const struct btf_type *t;
	const char *name;

	if (prog->type == BPF_PROG_TYPE_SYSCALL && !(prog->flags & BPF_F_SLEEPABLE)) {
		bemu_klog(r->log, "Syscall programs can only be sleepable\n");
		return -EINVAL;
	}
	if (prog->type != BPF_PROG_TYPE_TRACING && prog->type != BPF_PROG_TYPE_LSM &&
	    prog->type != BPF_PROG_TYPE_EXT)
		return 0;
	if (!prog->attach_btf_id) {
		bemu_klog(r->log, "Tracing programs must provide btf_id\n");
		return -EINVAL;
	}
	if (prog->dst_prog)
		return (int)bemu_unmodelled(r->ctx, "a program that attaches to a program");
	t = bemu_btf_type(prog->attach_btf->btf, prog->attach_btf_id);
	if (!t) {
		bemu_klog(r->log, "attach_btf_id %u is invalid\n", prog->attach_btf_id);
		return -EINVAL;
	}
	name = bemu_btf_str(prog->attach_btf->btf, t->name_off);
	if (prog->type == BPF_PROG_TYPE_TRACING &&
	    prog->expected_attach_type == BPF_TRACE_RAW_TP) {
		if (bemu_btf_kind(t) != BTF_KIND_TYPEDEF) {
			bemu_klog(r->log, "attach_btf_id %u is not a typedef\n",
				  prog->attach_btf_id);
			return -EINVAL;
		}
		if (strncmp(name, "btf_trace_", 10)) {
			bemu_klog(r->log, "attach_btf_id %u points to wrong type name %s\n",
				  prog->attach_btf_id, name);
			return -EINVAL;
		}
		return 0;
	}
	if (bemu_btf_kind(t) != BTF_KIND_FUNC) {
		bemu_klog(r->log, "attach_btf_id %u is not a function\n", prog->attach_btf_id);
		return -EINVAL;
	}
	return 0;
}

int bemu_prog_relocate(struct bemu_call_ctx *ctx, struct bemu_klog *log, struct bemu_prog *prog)
{
	const struct bemu_attr_prog_load *a = &ctx->attr.prog_load;
	bool info = a->func_info_cnt || a->line_info_cnt;
	struct relo r = { .ctx = ctx, .log = log, .prog = prog };
	bool early = bemu_model_has(ctx->model, BEMU_KF_EARLY_BTF);
	int err = 0;

	if (a->fd_array_cnt)
		err = scan_fd_array(&r);
	if (!err && early)
		err = get_prog_btf(&r);
	if (!err && early)
		err = read_func_info(&r);
	if (!err)
		err = find_subprogs(&r);
	if (!err)
		err = check_layout(&r);
	if (!err && !early)
		err = get_prog_btf(&r);
	if (!err && !early)
		err = read_func_info(&r);
	if (!err)
		err = check_func_info(&r);
	if (!err)
		err = read_line_info(&r);
	if (!err && info && a->core_relo_cnt)
		return (int)bemu_unmodelled(ctx, "core_relos of PROG_LOAD");
	if (!err)
		err = relo_insns(&r);
	if (!err)
		err = check_target(&r);
	if (!err)
		err = check_helpers(&r);
	if (!err)
		clear_pseudo(prog);
	return err;
}
