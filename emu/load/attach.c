/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The kernel function, hook or trace point that a section names, found in the kernel's BTF or a module's.
 * Mirrors comments without a path mean tools/lib/bpf/libbpf.c of libbpf 1.7.
 */
#include <string.h>

#include "load/private.h"

enum { BTF_MAX_NAME = 128 };

enum {
	ATTACH_TRACE_RAW_TP = 23,
	ATTACH_LSM_MAC = 27,
	ATTACH_TRACE_ITER = 28,
	ATTACH_LSM_CGROUP = 43,
};

/* Mirrors btf_get_kernel_prefix_kind(). */
static const char *kernel_prefix(uint32_t attach_type, uint32_t *kind)
{
	*kind = BTF_KIND_FUNC;
	switch (attach_type) {
	case ATTACH_TRACE_RAW_TP:
		*kind = BTF_KIND_TYPEDEF;
		return "btf_trace_";
	case ATTACH_LSM_MAC:
	case ATTACH_LSM_CGROUP:
		return "bpf_lsm_";
	case ATTACH_TRACE_ITER:
		return "bpf_iter_";
	default:
		return "";
	}
}

/* Mirrors find_attach_btf_id(), base included: 0 and the id, -ENOENT, -ENAMETOOLONG. */
static int find_in(const struct bemu_btf *btf, const char *name, uint32_t attach_type, uint32_t *id)
{
	char full[BTF_MAX_NAME];
	uint32_t kind;
	const char *prefix = kernel_prefix(attach_type, &kind);
	size_t prefix_len = strlen(prefix), len = strlen(name);

	if (prefix_len + len >= sizeof(full))
		return -ENAMETOOLONG;
	memcpy(full, prefix, prefix_len);
	memcpy(full + prefix_len, name, len + 1);
	if (!strcmp(full, "void")) {
		*id = 0; /* btf__find_by_name_kind() says "type 0", which is taken for an answer */
		return 0;
	}
	*id = bemu_btf_find(btf, full, kind, false);
	return *id ? 0 : -ENOENT;
}

/* A module's name fits when it begins with the prefix that was given. */
static bool prefix_fits(const char *owner, const char *mod, size_t mod_len)
{
	return !mod || !strncmp(owner, mod, mod_len);
}

/* Mirrors find_kernel_btf_id(); "module:function" since 1.2. */
static int find_kernel_target(struct bemu_load *ld, uint32_t prog_idx, const char *target)
{
	struct bemu_load_text *text = &ld->texts[prog_idx];
	struct bemu_load_prog *prog = &ld->progs[prog_idx];
	const char *mod = NULL, *name = target, *colon = strchr(target, ':');
	size_t mod_len = 0;
	uint32_t i, id;
	int err;

	if (colon && bemu_load_at_least(ld, BEMU_LIBBPF_1_5)) {
		mod = target;
		mod_len = (size_t)(colon - target);
		name = colon + 1;
	}
	if (ld->kernel_btf && (!mod || !strncmp(mod, "vmlinux", mod_len))) {
		err = find_in(ld->kernel_btf, name, text->expected_attach_type, &id);
		if (!err) {
			text->attach_btf_id = id;
			text->attach_btf_obj_fd = 0;
			prog->attach_owner = "vmlinux";
			return 0;
		}
		if (err != -ENOENT)
			return err;
	}
	err = bemu_load_module_btfs(ld);
	if (err)
		return err;
	for (i = 0; i < ld->nr_modules; i++) {
		if (!prefix_fits(ld->modules[i].name, mod, mod_len))
			continue;
		err = find_in(ld->modules[i].btf, name, text->expected_attach_type, &id);
		if (!err) {
			text->attach_btf_id = id;
			text->attach_btf_obj_fd = id ? ld->modules[i].fd : 0;
			prog->attach_owner = ld->modules[i].name;
			return 0;
		}
		if (err != -ENOENT)
			return err;
	}
	return -ESRCH;
}

int bemu_load_attach_target(struct bemu_load *ld, uint32_t prog_idx)
{
	const struct bemu_obj_prog *prog = &ld->obj->progs[prog_idx];
	const char *target = strchr(prog->sec_name, '/'), *prefix;
	uint32_t kind;
	int err;

	if (!target)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_ATTACH, prog_idx,
				 "%s: section %s names no attach target", prog->name,
				 prog->sec_name);
	target++;
	/* another program as the target has to be set by the caller, who is none here */
	if (prog->type == BPF_PROG_TYPE_EXT)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_ATTACH, prog_idx,
				 "%s: no program was named whose %s it replaces", prog->name,
				 target);
	if (ld->opts.gen) {
		prefix = kernel_prefix(ld->texts[prog_idx].expected_attach_type, &kind);
		ld->opts.gen->attach_to(ld->opts.gen->ctx, prefix, target, kind);
		ld->texts[prog_idx].attach_btf_id = 1; /* anything but 0: the loader finds it */
		return 0;
	}
	err = find_kernel_target(ld, prog_idx, target);
	if (err && !bemu_load_faulted(ld))
		return bemu_fail(ld->env, err, BEMU_R_LOAD_ATTACH, prog_idx,
				 "%s: attach target %s is not in the kernel's BTF", prog->name,
				 target);
	if (!err)
		ld->progs[prog_idx].attach_btf_id = ld->texts[prog_idx].attach_btf_id;
	return err;
}
