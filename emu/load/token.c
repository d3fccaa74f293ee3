/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BPF token of the object. Mirrors bpf_object_prepare_token(), tools/lib/bpf/libbpf.c, 1.4. */
#include "load/private.h"

int bemu_load_token(struct bemu_load *ld)
{
	const char *path = ld->opts.bpf_token_path ? ld->opts.bpf_token_path : "/sys/fs/bpf";
	bool mandatory = ld->opts.bpf_token_path;
	struct {
		uint32_t flags;
		uint32_t bpffs_fd;
	} attr = { 0 };
	long dir;
	int fd, err;

	if (!bemu_load_at_least(ld, BEMU_LIBBPF_1_5) || !path[0])
		return 0;
	err = bemu_load_latch(ld, ld->be.ops->open(ld->be.ctx, path, BEMU_LOAD_O_DIRECTORY, &dir));
	if (err)
		return err;
	if (dir < 0) {
		if (!mandatory)
			return 0;
		return bemu_fail(ld->env, (int)dir, BEMU_R_LOAD_TOKEN, (uint64_t)-dir,
				 "%s cannot be opened", path);
	}
	attr.bpffs_fd = (uint32_t)dir;
	fd = bemu_load_bpf_fd(ld, BEMU_BPF_TOKEN_CREATE, (void *)&attr, sizeof(attr));
	if (fd < 0 && bemu_load_faulted(ld)) {
		bemu_load_go_on(bemu_load_close_fd(ld, (int)dir));
		return fd;
	}
	err = bemu_load_close_fd(ld, (int)dir);
	if (err)
		return err;
	if (fd < 0 && mandatory)
		return bemu_fail(ld->env, fd, BEMU_R_LOAD_TOKEN, (uint64_t)-fd,
				 "no BPF token from %s", path);
	if (fd >= 0)
		ld->token_fd = fd;
	return 0;
}
