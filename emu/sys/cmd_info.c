/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* OBJ_GET_INFO_BY_FD. */
#include <string.h>

#include "base/sha256.h"
#include "insn/insn.h"
#include "sys/sys.h"

enum { K_PAGE_SIZE = 4096, INFO_MAX = 232, INFO_LEN_OFF = 4, LINK_COOKIE_OFF = 32 };

/* where the code of helpers begins, which the JIT counts from: the kernel's own text */
#define K_CALL_BASE 0xffffffff81000000ull

union info {
	uint8_t raw[INFO_MAX];
	struct bpf_btf_info btf;
	struct bpf_map_info map;
	struct bpf_prog_info prog;
	struct bpf_link_info link;
};

/* Mirrors bpf_check_uarg_tail_zero() and the copy that follows it. */
static int read_info(struct bemu_call_ctx *ctx, uint32_t known, uint32_t full, union info *info,
		     uint32_t *len)
{
	const struct bemu_attr_info *a = &ctx->attr.info;
	uint8_t tail[K_PAGE_SIZE];
	uint32_t i;

	memset(info, 0, sizeof(*info));
	if (a->info_len > K_PAGE_SIZE)
		return -E2BIG;
	if (a->info_len > known) {
		if (bemu_ctx_read(ctx, a->info + known, tail, a->info_len - known))
			return -EFAULT;
		for (i = 0; i < a->info_len - known; i++)
			if (tail[i])
				return -E2BIG;
	}
	*len = a->info_len < full ? a->info_len : full;
	return bemu_ctx_read(ctx, a->info, info, *len);
}

static int write_info(struct bemu_call_ctx *ctx, const union info *info, uint32_t len)
{
	if (bemu_ctx_write(ctx, ctx->attr.info.info, info, len) ||
	    bemu_ctx_put_attr(ctx, INFO_LEN_OFF, &len, sizeof(len)))
		return -EFAULT;
	return 0;
}

/* Mirrors btf_get_info_by_fd(). */
static long btf_info(struct bemu_call_ctx *ctx, const struct bemu_kbtf *kbtf)
{
	const struct bemu_kprofile *prof = ctx->model->prof;
	uint32_t len, name_len = (uint32_t)strlen(kbtf->name), room, copy;
	const char nul = '\0';
	union info info;
	const void *raw;
	size_t raw_len;
	int err, ret = 0;

	err = read_info(ctx, prof->btf_info_len, prof->btf_info_len, &info, &len);
	if (err)
		return err;
	info.btf.id = kbtf->obj.id;
	raw = bemu_btf_raw(kbtf->btf, &raw_len);
	copy = info.btf.btf_size < raw_len ? info.btf.btf_size : (uint32_t)raw_len;
	if (bemu_ctx_write(ctx, info.btf.btf, raw, copy))
		return -EFAULT;
	info.btf.btf_size = (uint32_t)raw_len;
	info.btf.kernel_btf = kbtf->kernel;
	room = info.btf.name_len;
	if (!info.btf.name != !room)
		return -EINVAL;
	info.btf.name_len = name_len;
	if (info.btf.name) {
		copy = room > name_len ? name_len : room - 1;
		if (bemu_ctx_write(ctx, info.btf.name, kbtf->name, copy) ||
		    bemu_ctx_write(ctx, info.btf.name + copy, &nul, 1))
			return -EFAULT;
		if (room <= name_len)
			ret = -ENOSPC;
	}
	err = write_info(ctx, &info, len);
	return err ? err : ret;
}

/* Mirrors array_map_get_hash() and the request for it, v6.18. */
static long map_hash(struct bemu_call_ctx *ctx, struct bemu_map *map, uint64_t to, uint32_t size)
{
	if (map->type != BPF_MAP_TYPE_ARRAY || size != BEMU_SHA256_LEN)
		return -EINVAL;
	if (!map->frozen)
		return -EPERM;
	if (bemu_map_touch(ctx->model, map))
		return -ENOMEM;
	bemu_sha256(map->data, (size_t)map->stride * map->max_entries, map->head.sha);
	return bemu_ctx_write(ctx, to, map->head.sha, size);
}

/* Mirrors bpf_map_get_info_by_fd(). */
static long map_info(struct bemu_call_ctx *ctx, struct bemu_map *map)
{
	const struct bemu_kprofile *prof = ctx->model->prof;
	uint64_t hash = 0;
	uint32_t hash_size = 0, len;
	union info info;
	int err = read_info(ctx, prof->map_info_end, prof->map_info_len, &info, &len);

	if (err)
		return err;
	if (bemu_model_has(ctx->model, BEMU_KF_EXCL)) {
		memcpy(&hash, info.raw + 88, sizeof(hash));
		memcpy(&hash_size, info.raw + 96, sizeof(hash_size));
	}
	if (hash) {
		long res = map_hash(ctx, map, hash, hash_size);

		if (res)
			return res;
	} else if (hash_size) {
		return -EINVAL;
	}
	memset(&info, 0, sizeof(info));
	info.map.type = map->type;
	info.map.id = map->obj.id;
	info.map.key_size = map->key_size;
	info.map.value_size = map->value_size;
	info.map.max_entries = map->max_entries;
	info.map.map_flags = map->flags;
	info.map.map_extra = map->extra;
	memcpy(info.map.name, map->name, sizeof(map->name));
	if (map->btf) {
		info.map.btf_id = map->btf->obj.id;
		info.map.btf_key_type_id = map->key_type_id;
		info.map.btf_value_type_id = map->value_type_id;
	}
	info.map.btf_vmlinux_value_type_id = map->vmlinux_value_type_id;
	memcpy(info.raw + 88, &hash, sizeof(hash));
	memcpy(info.raw + 96, &hash_size, sizeof(hash_size));
	return write_info(ctx, &info, len);
}

/* Records of @size bytes to a buffer of @want of them. Nothing is copied when the buffer is absent. */
static int copy_records(struct bemu_call_ctx *ctx, uint64_t to, uint32_t want, const void *recs,
			uint32_t have, uint32_t size)
{
	uint32_t nr = want < have ? want : have;

	return recs ? bemu_ctx_write(ctx, to, recs, (size_t)nr * size) : 0;
}

/* Mirrors what fixup_kfunc_call() leaves: the distance from where helpers are, as far as 32 bits hold it. */
static void show_kfunc(struct bemu_call_ctx *ctx, const struct bemu_prog *prog,
		       struct bpf_insn *insn)
{
	uint32_t i;

	for (i = 0; i < prog->nr_kfuncs; i++)
		if (prog->kfuncs[i].func_id == (uint32_t)insn->imm &&
		    prog->kfuncs[i].off == insn->off)
			break;
	if (i < prog->nr_kfuncs)
		bemu_insn_set_imm_wrap(ctx->env, insn, prog->kfuncs[i].addr - K_CALL_BASE);
}

/* Mirrors bpf_insn_prepare_dump() for what the model keeps: ld64 of maps get their IDs back. */
static int write_insns(struct bemu_call_ctx *ctx, const struct bemu_prog *prog, uint64_t to,
		       uint32_t len)
{
	struct bpf_insn *insns = bemu_memdup(ctx->env, prog->insns, (size_t)prog->nr_insns * 8);
	uint32_t i, m;
	int err;

	if (!insns)
		return -ENOMEM;
	for (i = 0; i + 1 < prog->nr_insns; i++) {
		uint64_t v;

		if (bemu_insn_is_call_to(&insns[i], BPF_PSEUDO_KFUNC_CALL))
			show_kfunc(ctx, prog, &insns[i]);
		if (!bemu_insn_is_ld64(&insns[i]))
			continue;
		v = bemu_insn_imm64(&insns[i]);
		for (m = 0; m < prog->nr_used_maps; m++) {
			const struct bemu_map *map = prog->used_maps[m];
			uint64_t bytes = map->type == BPF_MAP_TYPE_ARRAY ? map->value_size : 0;
			bool value = v >= map->vaddr && v - map->vaddr < bytes;

			if (v != map->kaddr && !value)
				continue;
			insns[i].src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
			bemu_insn_set_imm_wrap(ctx->env, &insns[i], map->obj.id);
			bemu_insn_set_imm_wrap(ctx->env, &insns[i + 1], value ? v - map->vaddr : 0);
			break;
		}
		i++;
	}
	err = bemu_ctx_write(ctx, to, insns, len);
	bemu_mem_free(ctx->env, insns);
	return err;
}

/* Mirrors bpf_prog_get_info_by_fd(); run statistics and JITed code do not exist. */
static long prog_info(struct bemu_call_ctx *ctx, const struct bemu_prog *prog)
{
	const struct bemu_kprofile *prof = ctx->model->prof;
	struct bpf_prog_info *p;
	uint32_t len, i, room, insn_len = prog->nr_insns * 8;
	union info info;
	struct bpf_prog_info in;
	int err = read_info(ctx, prof->prog_info_end, prof->prog_info_len, &info, &len);

	if (err)
		return err;
	p = &info.prog;
	in = info.prog;
	memset(&info, 0, sizeof(info));
	p->type = prog->type;
	p->id = prog->obj.id;
	p->gpl_compatible = prog->gpl;
	memcpy(p->tag, prog->tag, sizeof(prog->tag));
	memcpy(p->name, prog->name, sizeof(prog->name));
	p->map_ids = in.map_ids;
	p->nr_map_ids = prog->nr_used_maps;
	for (i = 0; i < prog->nr_used_maps && i < in.nr_map_ids; i++)
		if (bemu_ctx_write(ctx, in.map_ids + 4ull * i, &prog->used_maps[i]->obj.id, 4))
			return -EFAULT;
	if (((in.nr_func_info || in.func_info_rec_size) && in.func_info_rec_size != 8) ||
	    ((in.nr_line_info || in.line_info_rec_size) && in.line_info_rec_size != 16) ||
	    ((in.nr_jited_line_info || in.jited_line_info_rec_size) &&
	     in.jited_line_info_rec_size != 8))
		return -EINVAL;
	p->func_info_rec_size = 8;
	p->line_info_rec_size = 16;
	p->jited_line_info_rec_size = 8;
	p->verified_insns = 0;
	p->btf_id = prog->btf ? prog->btf->obj.id : 0;
	p->xlated_prog_insns = in.xlated_prog_insns;
	p->xlated_prog_len = insn_len;
	room = in.xlated_prog_len < insn_len ? in.xlated_prog_len : insn_len;
	if (room) {
		err = write_insns(ctx, prog, in.xlated_prog_insns, room);
		if (err)
			return err;
	}
	p->attach_btf_obj_id = prog->attach_btf ? prog->attach_btf->obj.id : 0;
	p->attach_btf_id = prog->attach_btf_id;
	p->func_info = in.func_info;
	p->line_info = in.line_info;
	p->nr_func_info = prog->nr_func_info;
	p->nr_line_info = prog->nr_line_info;
	if (copy_records(ctx, in.func_info, in.nr_func_info, prog->func_info, prog->nr_func_info,
			 8) ||
	    copy_records(ctx, in.line_info, in.nr_line_info, prog->line_info, prog->nr_line_info,
			 16))
		return -EFAULT;
	p->nr_jited_ksyms = prog->nr_subprogs ? prog->nr_subprogs : 1;
	p->nr_jited_func_lens = p->nr_jited_ksyms;
	p->nr_prog_tags = p->nr_jited_ksyms;
	return write_info(ctx, &info, len);
}

/* Mirrors bpf_link_get_info_by_fd(), bpf_raw_tp_link_fill_link_info(). */
static long link_info(struct bemu_call_ctx *ctx, const struct bemu_link *link)
{
	uint32_t full = ctx->model->prof->link_info_len, len, room, want, copy;
	union info info;
	uint64_t name;
	int err = read_info(ctx, full, full, &info, &len);

	if (err)
		return err;
	info.link.type = link->type;
	info.link.id = link->obj.id;
	info.link.prog_id = link->prog->obj.id;
	if (link->type != BEMU_LINK_ITER && bemu_model_has(ctx->model, BEMU_KF_LINK_COOKIE))
		memcpy(info.raw + LINK_COOKIE_OFF, &link->cookie, sizeof(link->cookie));
	if (link->type != BEMU_LINK_RAW_TRACEPOINT) {
		info.link.tracing.attach_type = link->attach_type;
		info.link.tracing.target_obj_id = link->target_obj_id;
		info.link.tracing.target_btf_id = link->target_btf_id;
		return write_info(ctx, &info, len);
	}
	name = info.link.raw_tracepoint.tp_name;
	room = info.link.raw_tracepoint.tp_name_len;
	want = (uint32_t)strlen(link->tp_name) + 1;
	if (!name != !room)
		return -EINVAL;
	info.link.raw_tracepoint.tp_name_len = want;
	if (name) {
		copy = room < want ? room - 1 : want;
		if (bemu_ctx_write(ctx, name, link->tp_name, copy))
			return -EFAULT;
		if (room < want)
			return bemu_ctx_write(ctx, name + copy, "", 1) ? -EFAULT : -ENOSPC;
	}
	return write_info(ctx, &info, len);
}

/* Mirrors bpf_obj_get_info_by_fd(): a closed number is EBADFD here, and only here. */
long bemu_cmd_info(struct bemu_call_ctx *ctx)
{
	const struct bemu_file *file = bemu_fd_find(ctx->task, (int)ctx->attr.info.bpf_fd);

	if (!file)
		return -EBADFD;
	switch (file->kind) {
	case BEMU_FILE_MAP:
		return map_info(ctx, (struct bemu_map *)file->obj);
	case BEMU_FILE_PROG:
		return prog_info(ctx, (const struct bemu_prog *)file->obj);
	case BEMU_FILE_BTF:
		return btf_info(ctx, (const struct bemu_kbtf *)file->obj);
	case BEMU_FILE_LINK:
		return link_info(ctx, (const struct bemu_link *)file->obj);
	default:
		return -EINVAL;
	}
}
