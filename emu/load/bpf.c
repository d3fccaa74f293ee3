/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * MAP_CREATE, PROG_LOAD and BTF_LOAD as libbpf issues them: attribute length by release, the memory
 * accounting probe before the first of them, the name probe before the first name, retries.
 * Mirrors comments without a path mean tools/lib/bpf/bpf.c of libbpf 1.7.
 * RLIMIT_MEMLOCK itself is not raised: it is no part of a backend.
 */
#include <errno.h>
#include <string.h>

#include "load/private.h"

#define END_OF(type, field) \
	((uint32_t)(offsetof(struct type, field) + sizeof(((struct type *)NULL)->field)))

enum { PROG_LOAD_ATTEMPTS = 5 };

static union bpf_attr *as_attr(void *attr)
{
	return attr;
}

/* Mirrors bump_rlimit_memlock(). */
static int memory_accounting(struct bemu_load *ld)
{
	int ret = bemu_load_process_feature(ld, BEMU_FEAT_MEMCG_ACCOUNT);

	return ret < 0 ? ret : 0;
}

/* A name is passed on only to kernels that take one. */
static int keep_name(struct bemu_load *ld, char *name)
{
	int ret;

	if (!name[0])
		return 0;
	ret = bemu_load_process_feature(ld, BEMU_FEAT_PROG_NAME);
	if (!ret)
		memset(name, 0, BPF_OBJ_NAME_LEN);
	return ret < 0 ? ret : 0;
}

/* Mirrors bpf_map_create(). */
int bemu_load_map_create(struct bemu_load *ld, struct bemu_attr_map_create *attr)
{
	uint32_t size = END_OF(bemu_attr_map_create, map_extra);
	int err = memory_accounting(ld);

	if (err)
		return err;
	err = keep_name(ld, attr->map_name);
	if (err)
		return err;
	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
		size = END_OF(bemu_attr_map_create, excl_prog_hash_size);
	else if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		size = END_OF(bemu_attr_map_create, map_token_fd);
	return bemu_load_bpf_fd(ld, BPF_MAP_CREATE, as_attr(attr), size);
}

/* Mirrors sys_bpf_prog_load(). */
static int load_attempts(struct bemu_load *ld, struct bemu_attr_prog_load *attr, uint32_t size)
{
	int fd, attempts = PROG_LOAD_ATTEMPTS;

	do
		fd = bemu_load_bpf_fd(ld, BPF_PROG_LOAD, as_attr(attr), size);
	while (fd == -EAGAIN && !bemu_load_faulted(ld) && --attempts > 0);
	return fd;
}

/* Mirrors alloc_zero_tailing_info(): records as long as before, zero after what the kernel knows. */
static void *zero_tails(struct bemu_env *env, uint64_t recs, uint32_t nr, uint32_t rec_size,
			uint32_t known)
{
	const char *src = (const char *)(uintptr_t)recs;
	char *out = bemu_zalloc_array(env, nr, rec_size);
	size_t i;

	for (i = 0; out && i < nr; i++)
		memcpy(out + i * rec_size, src + i * rec_size, known);
	return out;
}

/* Mirrors bpf_prog_load(). */
int bemu_load_prog_load(struct bemu_load *ld, struct bemu_attr_prog_load *attr, void *log_buf,
			uint32_t log_size)
{
	uint32_t size = END_OF(bemu_attr_prog_load, fd_array), attr_level = attr->log_level;
	uint32_t func_rec = attr->func_info_rec_size, line_rec = attr->line_info_rec_size;
	void *func_info = NULL, *line_info = NULL;
	int fd, err = memory_accounting(ld);

	if (err)
		return err;
	err = keep_name(ld, attr->prog_name);
	if (err)
		return err;
	if (bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
		size = END_OF(bemu_attr_prog_load, keyring_id);
	else if (bemu_load_at_least(ld, BEMU_LIBBPF_1_5))
		size = END_OF(bemu_attr_prog_load, prog_token_fd);
	if (attr_level) {
		attr->log_buf = (uintptr_t)log_buf;
		attr->log_size = log_size;
	}

	fd = load_attempts(ld, attr, size);
	while (fd == -E2BIG && !bemu_load_faulted(ld) && (!func_info || !line_info)) {
		if (!func_info && attr->func_info_cnt && attr->func_info_rec_size < func_rec) {
			func_info = zero_tails(ld->env, attr->func_info, attr->func_info_cnt,
					       func_rec, attr->func_info_rec_size);
			if (!func_info) {
				fd = -ENOMEM;
				goto out;
			}
			attr->func_info = (uintptr_t)func_info;
			attr->func_info_rec_size = func_rec;
		} else if (!line_info && attr->line_info_cnt &&
			   attr->line_info_rec_size < line_rec) {
			line_info = zero_tails(ld->env, attr->line_info, attr->line_info_cnt,
					       line_rec, attr->line_info_rec_size);
			if (!line_info) {
				fd = -ENOMEM;
				goto out;
			}
			attr->line_info = (uintptr_t)line_info;
			attr->line_info_rec_size = line_rec;
		} else {
			break;
		}
		fd = load_attempts(ld, attr, size);
	}
	if (fd < 0 && !bemu_load_faulted(ld) && !attr_level && log_buf) {
		attr->log_buf = (uintptr_t)log_buf;
		attr->log_size = log_size;
		attr->log_level = 1;
		fd = load_attempts(ld, attr, size);
	}
out:
	bemu_mem_free(ld->env, func_info);
	bemu_mem_free(ld->env, line_info);
	return fd;
}

/* Mirrors bpf_btf_load(); the log and its retry are the caller's. */
int bemu_load_btf_load(struct bemu_load *ld, struct bemu_attr_btf_load *attr)
{
	uint32_t size = bemu_load_at_least(ld, BEMU_LIBBPF_1_5)
				? END_OF(bemu_attr_btf_load, btf_token_fd)
				: END_OF(bemu_attr_btf_load, btf_log_level);
	int err = memory_accounting(ld);

	return err ? err : bemu_load_bpf_fd(ld, BPF_BTF_LOAD, as_attr(attr), size);
}
