/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Programs: helper fall-backs, the attribute of PROG_LOAD, its retries with a log, PROG_BIND_MAP.
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include <bemu/quirks.h>

#include "load/private.h"

enum {
	LOG_SIZE = UINT32_MAX >> 8, /* mirrors BPF_LOG_BUF_SIZE */
	ATTACH_TRACE_UPROBE_MULTI = 48,
};

struct bind_attr {
	uint32_t prog_fd;
	uint32_t map_fd;
	uint32_t flags;
};

/* ---- helpers ---- */

/* Mirrors bpf_object__sanitize_prog() for one word: 1 when the kernel lacks the helper's new form. */
static int fall_back(struct bemu_load *ld, struct bpf_insn *insn)
{
	int old, ret;

	if (!bemu_insn_is_call_to(insn, 0) || insn->dst_reg)
		return 0;
	switch (insn->imm) {
	case BPF_FUNC_probe_read_kernel:
	case BPF_FUNC_probe_read_user:
		old = BPF_FUNC_probe_read;
		break;
	case BPF_FUNC_probe_read_kernel_str:
	case BPF_FUNC_probe_read_user_str:
		old = BPF_FUNC_probe_read_str;
		break;
	default:
		return 0;
	}
	ret = bemu_load_feature(ld, BEMU_FEAT_PROBE_READ_KERN);
	if (ret < 0)
		return ret;
	if (!ret)
		bemu_insn_set_imm_wrap(ld->env, insn, (uint32_t)old);
	return 0;
}

static int sanitize_progs(struct bemu_load *ld)
{
	uint32_t i, j;
	int err = 0;

	for (i = 0; i < ld->obj->nr_progs && !err; i++) {
		struct bemu_load_text *text = &ld->texts[i];

		err = bemu_env_step(ld->env, text->nr_insns);
		for (j = 0; j < text->nr_insns && !err; j++)
			err = fall_back(ld, &text->insns[j]);
	}
	return err;
}

/* ---- one program ---- */

static bool is_usdt(const char *sec_name)
{
	return !strncmp(sec_name, "usdt", 4) &&
	       (!sec_name[4] || sec_name[4] == '/' ||
		(!strncmp(sec_name + 4, ".s", 2) && (!sec_name[6] || sec_name[6] == '/')));
}

/* Mirrors libbpf_prepare_prog_load(). */
static int prepare(struct bemu_load *ld, uint32_t prog_idx, struct bemu_attr_prog_load *attr)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	struct bemu_load_text *text = &ld->texts[prog_idx];
	int ret;

	if (prog->exp_attach_type_optional) {
		ret = bemu_load_feature(ld, BEMU_FEAT_EXP_ATTACH_TYPE);
		if (ret < 0)
			return ret;
		if (!ret)
			attr->expected_attach_type = 0;
	}
	if (is_usdt(prog->sec_name) && bemu_load_at_least(ld, BEMU_LIBBPF_1_5)) {
		ret = bemu_load_feature(ld, BEMU_FEAT_UPROBE_MULTI_LINK);
		if (ret < 0)
			return ret;
		if (ret) {
			text->expected_attach_type = ATTACH_TRACE_UPROBE_MULTI;
			attr->expected_attach_type = ATTACH_TRACE_UPROBE_MULTI;
		}
	}
	if (!prog->attach_btf || text->attach_btf_id)
		return 0;
	ret = bemu_load_attach_target(ld, prog_idx);
	if (ret)
		return ret;
	attr->attach_btf_id = text->attach_btf_id;
	attr->attach_prog_fd = (uint32_t)text->attach_btf_obj_fd;
	return 0;
}

/* The attribute as bpf_object_load_prog() hands it on; the log is the attempt's. */
static int fill_attr(struct bemu_load *ld, uint32_t prog_idx, struct bemu_attr_prog_load *attr)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	const struct bemu_load_text *text = &ld->texts[prog_idx];
	int ret;

	ret = bemu_load_feature(ld, BEMU_FEAT_PROG_NAME);
	if (ret < 0)
		return ret;
	if (ret)
		memcpy(attr->prog_name, prog->name,
		       strnlen(prog->name, sizeof(attr->prog_name) - 1));
	attr->prog_type = prog->type;
	attr->expected_attach_type = text->expected_attach_type;
	attr->insn_cnt = text->nr_insns;
	attr->insns = (uintptr_t)text->insns;
	attr->license = (uintptr_t)ld->obj->license;
	attr->kern_version = ld->kern_version;
	attr->prog_flags = prog->prog_flags;
	attr->attach_btf_id = text->attach_btf_id;
	attr->attach_prog_fd =
		(uint32_t)(text->attach_prog_fd ? text->attach_prog_fd : text->attach_btf_obj_fd);
	attr->fd_array = (uintptr_t)ld->fd_array;
	if (ld->token_fd > 0) {
		attr->prog_flags |= BEMU_BPF_F_TOKEN_FD;
		attr->prog_token_fd = ld->token_fd;
	}
	if (ld->obj->btf && ld->btf_fd >= 0) {
		ret = bemu_load_feature(ld, BEMU_FEAT_BTF_FUNC);
		if (ret < 0)
			return ret;
		if (ret) {
			attr->prog_btf_fd = (uint32_t)ld->btf_fd;
			attr->func_info = (uintptr_t)text->func_info;
			attr->func_info_rec_size = text->func_info_rec_size;
			attr->func_info_cnt = text->nr_func_info;
			attr->line_info = (uintptr_t)text->line_info;
			attr->line_info_rec_size = text->line_info_rec_size;
			attr->line_info_cnt = text->nr_line_info;
		}
	}
	return prog->sec_def_found ? prepare(ld, prog_idx, attr) : 0;
}

static int keep_log(struct bemu_load *ld, uint32_t prog_idx, const char *log)
{
	if (!log || !*log)
		return 0;
	ld->progs[prog_idx].kernel_log = bemu_strdup(ld->env, log);
	return ld->progs[prog_idx].kernel_log ? 0 : -ENOMEM;
}

/*
 * First without a log, then with one, which grows while the kernel says that it is too small. Returns the FD
 * or the errno of the last attempt.
 */
static int attempts(struct bemu_load *ld, uint32_t prog_idx, const struct bemu_attr_prog_load *attr)
{
	struct bemu_attr_prog_load call = *attr;
	uint64_t log_size = LOG_SIZE;
	char *log;
	int fd, err;

	fd = bemu_load_prog_load(ld, &call, NULL, 0);
	while (fd < 0 && !bemu_load_faulted(ld) && log_size <= UINT32_MAX) {
		log = bemu_alloc(ld->env, log_size);
		if (!log)
			return -ENOMEM;
		log[0] = '\0';
		call = *attr;
		call.log_level = 1;
		fd = bemu_load_prog_load(ld, &call, log, (uint32_t)log_size);
		if (fd == -ENOSPC && log_size <= UINT32_MAX / 2) {
			bemu_mem_free(ld->env, log);
			log_size *= 2;
			continue;
		}
		log[log_size - 1] = '\0';
		err = fd < 0 && !bemu_load_faulted(ld) ? keep_log(ld, prog_idx, log) : 0;
		bemu_mem_free(ld->env, log);
		if (err)
			return err;
		break;
	}
	return fd;
}

/* Binds each read-only data map to the program; nobody looks at the answer. */
static int bind_rodata(struct bemu_load *ld, int prog_fd)
{
	bool any = false;
	uint32_t i;
	int ret;

	for (i = 0; i < ld->obj->nr_maps && !any; i++)
		any = ld->obj->maps[i].kind == BEMU_MAP_RODATA;
	if (!any)
		return 0;
	ret = bemu_load_feature(ld, BEMU_FEAT_PROG_BIND_MAP);
	if (ret <= 0)
		return ret;
	for (i = 0; i < ld->obj->nr_maps; i++) {
		struct bind_attr attr = {
			.prog_fd = (uint32_t)prog_fd,
			.map_fd = (uint32_t)ld->map_fds[i],
		};

		if (ld->obj->maps[i].kind != BEMU_MAP_RODATA)
			continue;
		ret = bemu_load_bpf_ret(ld, BPF_PROG_BIND_MAP, (union bpf_attr *)(void *)&attr,
					sizeof(attr));
		if (bemu_load_faulted(ld))
			return ret;
		if (ret)
			bemu_note(ld->env, BEMU_R_LOAD_PROG, i, "map %s was not bound: %d",
				  ld->obj->maps[i].name, ret);
	}
	return 0;
}

/* ---- generation ---- */

/* Mirrors bpf_program_record_relos(). */
static void record_relocs(struct bemu_load *ld, uint32_t prog_idx)
{
	const struct bemu_load_gen *gen = ld->opts.gen;
	const struct bemu_load_text *text = &ld->texts[prog_idx];
	const struct bemu_obj_extern *ext;
	struct bemu_core_relo core;
	uint32_t i;

	for (i = 0; i < text->nr_relocs; i++) {
		const struct bemu_obj_reloc *reloc = &text->relocs[i];

		switch (reloc->kind) {
		case BEMU_RELOC_EXTERN_LD64:
		case BEMU_RELOC_EXTERN_CALL:
			ext = &ld->obj->externs[reloc->ext_idx];
			if (ext->kind == BEMU_EXT_KSYM)
				gen->add_symbol(gen->ctx, &(struct bemu_load_gen_symbol){
								  .name = ext->name,
								  .is_weak = ext->is_weak,
								  .is_typeless = !ext->ksym_type_id,
								  .is_ld64 = reloc->kind ==
									     BEMU_RELOC_EXTERN_LD64,
								  .is_func = ext->is_func,
								  .insn_idx = reloc->insn_idx,
							  });
			break;
		case BEMU_RELOC_CORE:
			bemu_load_core_relo(ld, reloc, &core);
			gen->add_core_relo(gen->ctx, &core);
			break;
		default:
			break;
		}
	}
}

/* Mirrors bpf_object_load_prog(). */
static int load_prog(struct bemu_load *ld, uint32_t prog_idx)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	struct bemu_attr_prog_load attr = { 0 };
	int err, fd;

	if (prog->type == BPF_PROG_TYPE_UNSPEC)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_PROG_TYPE, prog_idx,
				 "%s: section %s says no program type", prog->name, prog->sec_name);
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS && bemu_load_at_least(ld, BEMU_LIBBPF_1_5) &&
	    !ld->texts[prog_idx].attach_btf_id)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_PROG_TYPE, prog_idx,
				 "%s: no struct_ops variable refers to it", prog->name);
	err = fill_attr(ld, prog_idx, &attr);
	if (err)
		return err;
	if (ld->opts.gen) {
		ld->opts.gen->load_prog(ld->opts.gen->ctx, &attr);
		return 0;
	}
	fd = attempts(ld, prog_idx, &attr);
	if (fd < 0) {
		if (bemu_load_faulted(ld))
			return fd;
		return bemu_fail(ld->env, fd, BEMU_R_LOAD_PROG, prog_idx, "%s is refused",
				 prog->name);
	}
	ld->progs[prog_idx].fd = fd;
	return bind_rodata(ld, fd);
}

/* Mirrors bpf_object__load_progs(), and bpf_object_prepare_progs() that was its first half until 1.5. */
int bemu_load_progs(struct bemu_load *ld)
{
	uint32_t i;
	int err = sanitize_progs(ld);

	/* numbers are in code, and nothing keeps what they mean: the maps are collected */
	for (i = 0; i < ld->obj->nr_maps && !err; i++)
		if (bemu_load_quirk(ld, BEMU_QUIRK_CIL_MAP_GC_CLOSE))
			err = bemu_load_zclose(ld, &ld->map_fds[i]);

	for (i = 0; i < ld->obj->nr_progs && !err; i++) {
		struct bemu_load_prog *prog = &ld->progs[i];

		prog->attach_btf_id = ld->texts[i].attach_btf_id;
		if (ld->obj->progs[i].is_subprog || !ld->texts[i].autoload)
			continue;
		if (ld->opts.gen)
			record_relocs(ld, i);
		err = load_prog(ld, i);
		prog->err = err;
		if (err)
			ld->res.err_prog_idx = (int)i;
	}
	return err;
}
