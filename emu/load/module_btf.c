/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF of the kernel's modules: found by id, read, and their descriptors kept until the load is over.
 * Mirrors load_module_btfs() in tools/lib/bpf/libbpf.c and btf_get_from_fd() in tools/lib/bpf/btf.c.
 */
#include <errno.h>
#include <string.h>

#include "load/private.h"

enum {
	FIRST_READ = 4096, /* btf_get_from_fd() guesses before it knows the size */
	MODULE_NAME_LEN = 64,
};

/* One OBJ_GET_INFO_BY_FD of a BTF; the verdict. */
static int btf_info(struct bemu_load *ld, int fd, struct bpf_btf_info *info)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (uintptr_t)info;
	return bemu_load_bpf_ret(ld, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.info));
}

/* Reads the bytes behind an FD: a guess, then once more with the size that the kernel named. */
static int read_btf(struct bemu_load *ld, int fd, void **out, uint32_t *len)
{
	uint32_t room = FIRST_READ;
	struct bpf_btf_info info;
	void *data = NULL;
	int err, i;

	for (i = 0; i < 2; i++) {
		bemu_mem_free(ld->env, data);
		data = bemu_zalloc(ld->env, room);
		if (!data)
			return -ENOMEM;
		memset(&info, 0, sizeof(info));
		info.btf = (uintptr_t)data;
		info.btf_size = room;
		err = btf_info(ld, fd, &info);
		if (err || info.btf_size <= room)
			break;
		if (i == 0)
			room = info.btf_size;
	}
	if (!err && info.btf_size > room)
		err = -E2BIG;
	if (err) {
		bemu_mem_free(ld->env, data);
		return err;
	}
	*out = data;
	*len = info.btf_size;
	return 0;
}

/* Mirrors btf_get_from_fd(). */
static int module_btf(struct bemu_load *ld, int fd, uint32_t id, struct bemu_btf **out)
{
	const struct bemu_btf *shared = NULL;
	void *data = NULL;
	uint32_t len = 0;
	int err = read_btf(ld, fd, &data, &len);

	if (err)
		return err;
	if (ld->be.ops->kernel_btf)
		shared = ld->be.ops->kernel_btf(ld->be.ctx, id);
	if (shared && bemu_btf_base(shared) == ld->kernel_btf)
		*out = bemu_btf_get(shared);
	else
		err = bemu_btf_parse(ld->env, data, len, ld->kernel_btf, bemu_load_parse_flags(ld),
				     out);
	bemu_mem_free(ld->env, data);
	return err;
}

static int add_module(struct bemu_load *ld, int fd, uint32_t id, const char *name)
{
	struct bemu_load_module *mod;
	struct bemu_btf *btf = NULL;
	char *copy;
	int err;

	err = module_btf(ld, fd, id, &btf);
	if (err)
		return bemu_load_faulted(ld)
			       ? err
			       : bemu_fail(ld->env, err, BEMU_R_LOAD_MODULE_BTF, id,
					   "BTF %u of module %s cannot be used", id, name);
	copy = bemu_strdup(ld->env, name);
	if (!copy || bemu_grow(ld->env, &ld->modules, &ld->modules_cap, ld->nr_modules + 1,
			       sizeof(*ld->modules))) {
		bemu_mem_free(ld->env, copy);
		bemu_btf_put(btf);
		return -ENOMEM;
	}
	mod = &ld->modules[ld->nr_modules++];
	mod->name = copy;
	mod->id = id;
	mod->fd = fd;
	mod->btf = btf;
	ld->res.modules = ld->modules;
	ld->res.nr_modules = ld->nr_modules;
	return 0;
}

/* One BTF object of the kernel's list: kept when it is a module's, closed again when not. */
static int visit_btf(struct bemu_load *ld, uint32_t id, int fd)
{
	char name[MODULE_NAME_LEN] = "";
	struct bpf_btf_info info;
	int err, close_err;

	memset(&info, 0, sizeof(info));
	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	err = btf_info(ld, fd, &info);
	name[sizeof(name) - 1] = '\0';
	if (err) {
		if (!bemu_load_faulted(ld))
			err = bemu_fail(ld->env, err, BEMU_R_LOAD_MODULE_BTF, id, "BTF %u: no info",
					id);
	} else if (info.kernel_btf && strcmp(name, "vmlinux")) {
		err = add_module(ld, fd, id, name);
		if (!err)
			return 0;
	}
	close_err = bemu_load_close_fd(ld, fd);
	return err ? err : close_err;
}

/* GET_FD_BY_ID grew a token in 1.6. */
static int btf_fd_by_id(struct bemu_load *ld, uint32_t id)
{
	uint32_t size = bemu_load_at_least(ld, BEMU_LIBBPF_1_7) ? 16 : 12;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf_id = id;
	return bemu_load_bpf_fd(ld, BPF_BTF_GET_FD_BY_ID, &attr, size);
}

int bemu_load_module_btfs(struct bemu_load *ld)
{
	union bpf_attr attr;
	uint32_t id = 0;
	int ret, fd;

	if (ld->modules_tried)
		return 0;
	ld->modules_tried = true; /* before the work: only the first caller hears of an error */
	ret = bemu_load_feature(ld, BEMU_FEAT_MODULE_BTF);
	if (ret <= 0)
		return ret;

	for (;;) {
		ret = bemu_env_step(ld->env, 1);
		if (ret)
			return ret;
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		ret = bemu_load_bpf_ret(ld, BPF_BTF_GET_NEXT_ID, &attr, 12);
		if (ret < 0 && bemu_load_faulted(ld))
			return ret;
		if (ret == -ENOENT || (ret == -EPERM && bemu_load_at_least(ld, BEMU_LIBBPF_1_5)))
			return 0;
		if (ret)
			return bemu_fail(ld->env, ret, BEMU_R_LOAD_MODULE_BTF, id,
					 "no BTF object after %u can be found", id);
		id = attr.next_id;
		fd = btf_fd_by_id(ld, id);
		if (fd < 0 && bemu_load_faulted(ld))
			return fd;
		if (fd == -ENOENT)
			continue; /* unloaded meanwhile */
		if (fd < 0)
			return bemu_fail(ld->env, fd, BEMU_R_LOAD_MODULE_BTF, id,
					 "BTF %u cannot be opened", id);
		ret = visit_btf(ld, id, fd);
		if (ret)
			return ret;
	}
}

int bemu_load_drop_btfs(struct bemu_load *ld)
{
	uint32_t i;
	int err = 0, ret;

	if (ld->modules_closed)
		return 0;
	ld->modules_closed = true;
	for (i = 0; i < ld->nr_modules; i++) {
		ret = bemu_load_close_fd(ld, ld->modules[i].fd);
		/* the patch let btf__free() know the number as well */
		if (!ret && ld->opts.type_id_fd)
			ret = bemu_load_close_fd(ld, ld->modules[i].fd);
		if (!err)
			err = ret;
	}
	return err;
}
