/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The pass that replaces numbers in ld64 by addresses and knows every opcode. */
#include "base/ints.h"
#include "model/quirk.h"
#include "sys/prog.h"

enum { K_MAX_VAR_OFF = 1 << 29 };

static void set_imm64(struct bpf_insn *insn, uint64_t v)
{
	insn[0].imm = bemu_wrap_s32(v);
	insn[1].imm = bemu_wrap_s32(v >> 32);
}

/* Mirrors check_pseudo_btf_id(). */
static int relo_btf_id(struct bemu_verif *v, struct bpf_insn *insn)
{
	struct bemu_kbtf *kbtf = v->ctx->model->vmlinux;
	uint32_t id = (uint32_t)insn[0].imm, kind;
	bool funcs = bemu_model_has(v->ctx->model, BEMU_KF_LDIMM64_FUNC);
	const struct btf_type *t;
	struct bemu_kobj *obj;
	const char *name;
	uint64_t addr;

	if (insn[1].imm) {
		if (bemu_ctx_fd(v->ctx, (uint32_t)insn[1].imm, BEMU_FILE_BTF, NULL, &obj)) {
			bemu_klog(v->log, "invalid module BTF object FD specified.\n");
			return -EINVAL;
		}
		kbtf = (struct bemu_kbtf *)obj;
	} else if (!kbtf) {
		bemu_klog(
			v->log,
			"kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is specified in Kconfig.\n");
		return -EINVAL;
	}
	t = bemu_btf_type(kbtf->btf, id);
	if (!t) {
		bemu_klog(v->log, "ldimm64 insn specifies invalid btf_id %d.\n", insn[0].imm);
		return -ENOENT;
	}
	kind = id ? bemu_btf_kind(t) : 0;
	if (kind != BTF_KIND_VAR && !(funcs && kind == BTF_KIND_FUNC)) {
		bemu_klog(v->log,
			  funcs ? "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\n"
				: "pseudo btf_id %d in ldimm64 isn't KIND_VAR.\n",
			  insn[0].imm);
		return -EINVAL;
	}
	name = bemu_btf_str(kbtf->btf, t->name_off);
	if (!bemu_ksym_find(v->ctx->model, kbtf, name, &addr)) {
		bemu_klog(v->log, "ldimm64 failed to find the address for kernel symbol '%s'.\n",
			  name);
		return -ENOENT;
	}
	set_imm64(insn, addr);
	return bemu_verif_use_btf(v, kbtf);
}

/*
 * Of no kernel: design btf-ptr=obj-fd. The FD of a BTF is replaced by the address of the object, which the
 * program holds from then on; errors are those of check_pseudo_btf_id().
 */
static int relo_btf_obj(struct bemu_verif *v, struct bpf_insn *insn)
{
	struct bemu_kbtf *kbtf;
	struct bemu_kobj *obj;

	if (bemu_ctx_fd(v->ctx, (uint32_t)insn[0].imm, BEMU_FILE_BTF, NULL, &obj)) {
		bemu_klog(v->log, "invalid module BTF object FD specified.\n");
		return -EINVAL;
	}
	kbtf = (struct bemu_kbtf *)obj;
	set_imm64(insn, bemu_kbtf_kaddr(kbtf));
	return bemu_verif_use_btf(v, kbtf);
}

static int map_value(struct bemu_verif *v, const struct bemu_map *map, uint32_t off, uint64_t *addr)
{
	if (off >= K_MAX_VAR_OFF) {
		bemu_klog(v->log, "direct value offset of %u is not allowed\n", off);
		return -EINVAL;
	}
	if (map->type == BEMU_BPF_MAP_TYPE_ARENA) { /* arena_map_direct_value_addr() */
		*addr = map->user_start + off;
		if (off <= map->user_end - map->user_start)
			return 0;
		bemu_klog(v->log, "invalid access to map value pointer, value_size=%u off=%u\n",
			  map->value_size, off);
		return -ERANGE;
	}
	if (map->type != BPF_MAP_TYPE_ARRAY) {
		bemu_klog(v->log, "no direct value access support for this map type\n");
		return -EINVAL;
	}
	if (map->max_entries != 1 || off >= map->value_size) {
		bemu_klog(v->log, "invalid access to map value pointer, value_size=%u off=%u\n",
			  map->value_size, off);
		return map->max_entries != 1 ? -BEMU_K_ENOTSUPP : -EINVAL;
	}
	*addr = map->vaddr + off;
	return 0;
}

/*
 * K-DOUBLE-FDPUT: the look-up has let the file go on its error, and so does its caller. A file is only held
 * meanwhile where the table is shared: fdget().
 */
static void put_again(struct bemu_verif *v, int32_t fd)
{
	struct bemu_task *task = v->ctx->task;

	if (task->fds->refs > 1)
		bemu_file_put(task->model, bemu_fd_find(task, fd));
}

static int relo_map(struct bemu_verif *v, struct bpf_insn *insn)
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
		if (!v->ctx->attr.prog_load.fd_array) {
			bemu_klog(v->log, "fd_idx without fd_array is invalid\n");
			return -EPROTO;
		}
		if (bemu_verif_fd_slot(v, insn[0].imm, &fd))
			return -EFAULT;
	}
	err = bemu_ctx_fd(v->ctx, (uint32_t)fd, BEMU_FILE_MAP, NULL, &obj);
	if (err) {
		bemu_klog(v->log, "fd %d is not pointing to valid bpf_map\n", fd);
		if (err == -EINVAL && bemu_model_quirk(v->ctx->model, BEMU_QUIRK_K_DOUBLE_FDPUT))
			put_again(v, fd);
		return err;
	}
	map = (struct bemu_map *)obj;
	err = bemu_verif_use_map(v, map);
	if (err)
		return err;
	addr = map->kaddr;
	if (value) {
		err = map_value(v, map, (uint32_t)insn[1].imm, &addr);
		if (err)
			return err;
	}
	set_imm64(insn, addr);
	return 0;
}

static int relo_ld64(struct bemu_verif *v, uint32_t i)
{
	struct bpf_insn *insn = &v->prog->insns[i];

	if (i + 1 == v->prog->nr_insns || insn[1].code || insn[1].dst_reg || insn[1].src_reg ||
	    insn[1].off) {
		bemu_klog(v->log, "invalid bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	v->ctx->number.is_read = false;
	switch (insn->src_reg) {
	case 0:
	case BPF_PSEUDO_FUNC:
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return relo_btf_id(v, insn);
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (!insn[1].imm)
			return relo_map(v, insn);
		break;
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return relo_map(v, insn);
	case BEMU_PSEUDO_BTF_OBJ:
		if (v->ctx->model->design & BEMU_DESIGN_BTF_PTR_OBJ_FD && !insn[1].imm)
			return relo_btf_obj(v, insn);
		break;
	default:
		break;
	}
	bemu_klog(v->log, "unrecognized bpf_ld_imm64 insn\n");
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
		return op <= BPF_JSLE ||
		       (op == 0xe0 && !src && bemu_model_has(model, BEMU_KF_TOKEN));
	case BPF_JMP32:
		if (op == BPF_JA)
			return v4 && !src;
		return op <= BPF_JSLE && op != BPF_CALL && op != BPF_EXIT;
	case BPF_STX:
		return mode == BPF_MEM ||
		       (mode == BPF_ATOMIC && (size == BPF_W || size == BPF_DW ||
					       bemu_model_has(model, BEMU_KF_TAG_KFLAG)));
	case BPF_ST:
		return mode == BPF_MEM;
	case BPF_LDX:
		return mode == BPF_MEM || (mode == BEMU_BPF_MEMSX && v4 && size != BPF_DW);
	default:
		return code == BEMU_INSN_LD64 ||
		       ((mode == BPF_ABS || mode == BPF_IND) && size != BPF_DW);
	}
}

/* Mirrors resolve_pseudo_ldimm64(). */
int bemu_verif_resolve_insns(struct bemu_verif *v)
{
	struct bemu_prog *prog = v->prog;
	uint32_t i;
	int err;

	for (i = 0; i < prog->nr_insns; i++) {
		struct bpf_insn *insn = &prog->insns[i];
		uint32_t mode = BPF_MODE(insn->code);

		if (BPF_CLASS(insn->code) == BPF_LDX &&
		    ((mode != BPF_MEM && mode != BEMU_BPF_MEMSX) || insn->imm)) {
			bemu_klog(v->log, "BPF_LDX uses reserved fields\n");
			return -EINVAL;
		}
		if (insn->code == BEMU_INSN_LD64) {
			err = relo_ld64(v, i);
			if (err)
				return err;
			i++;
		} else if (!opcode_known(v->ctx->model, insn->code)) {
			bemu_klog(v->log, "unknown opcode %02x\n", insn->code);
			return -EINVAL;
		}
	}
	return 0;
}

/* Mirrors convert_pseudo_ld_imm64(): numbers are gone, and so is what said that they were numbers. */
void bemu_verif_clear_pseudo(struct bemu_prog *prog)
{
	uint32_t i;

	if (!prog->nr_used_maps && !prog->nr_used_btfs)
		return;
	for (i = 0; i < prog->nr_insns; i++)
		if (prog->insns[i].code == BEMU_INSN_LD64 &&
		    prog->insns[i].src_reg != BPF_PSEUDO_FUNC)
			prog->insns[i].src_reg = 0;
}
