// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The host side of a light skeleton. Mirrors bpf_load_and_run() and its helpers,
 * tools/lib/bpf/skel_internal.h: up to 1.6 the map is created, filled, and the program loaded and run;
 * 1.7 freezes the map and asks for its hash in between.
 */
#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "skel/skel.h"
#include "skel/tamper.h"

enum {
	RETVAL_OFF = 4,
	CTX_SIZE_IN_OFF = 40,
	CTX_IN_OFF = 48,
	TEST_RUN_LEN = 80,
	UPDATE_LEN = 32,
	FREEZE_LEN = 4,
	INFO_LEN = 16,
	MAP_INFO_LEN = 104, /* struct bpf_map_info, v6.18 */
	MAP_INFO_HASH = 88,
	MAP_INFO_HASH_SIZE = 96,
	HASH_LEN = 32,
};

/** struct host - one run; @old: the sequence of 1.6 and before; @nr_spans: of @opts->mem, that stay */
struct host {
	const struct bemu_skel *skel;
	const struct bemu_backend *be;
	const struct bemu_skel_run_opts *opts;
	bool old;
	uint32_t nr_spans;
	uint8_t *ctx;
	long map_fd, fd_map_fd, prog_fd;
	struct bemu_skel_result res;
};

uint32_t bemu_skel_ctx_len(const struct bemu_skel *skel)
{
	return BEMU_SKEL_CTX_LEN + skel->nr_maps * BEMU_SKEL_MAP_LEN +
	       skel->nr_progs * BEMU_SKEL_PROG_LEN;
}

uint32_t bemu_skel_map_off(const struct bemu_skel *skel, uint32_t map_idx)
{
	(void)skel;
	return BEMU_SKEL_CTX_LEN + map_idx * BEMU_SKEL_MAP_LEN;
}

uint32_t bemu_skel_prog_off(const struct bemu_skel *skel, uint32_t prog_idx)
{
	return BEMU_SKEL_CTX_LEN + skel->nr_maps * BEMU_SKEL_MAP_LEN +
	       prog_idx * BEMU_SKEL_PROG_LEN;
}

const char *bemu_skel_result_name(const struct bemu_skel *skel, uint32_t off)
{
	uint32_t progs = bemu_skel_prog_off(skel, 0);

	if (off < BEMU_SKEL_CTX_LEN)
		return NULL;
	if (off < progs) {
		off -= BEMU_SKEL_CTX_LEN;
		return off % BEMU_SKEL_MAP_LEN ? NULL : skel->maps[off / BEMU_SKEL_MAP_LEN].name;
	}
	off -= progs;
	if (off % BEMU_SKEL_PROG_LEN || off / BEMU_SKEL_PROG_LEN >= skel->nr_progs)
		return NULL;
	return skel->progs[off / BEMU_SKEL_PROG_LEN];
}

uint32_t bemu_skel_libbpf(const struct bemu_skel *skel, uint32_t libbpf)
{
	if (libbpf != BEMU_LIBBPF_DEFAULT)
		return libbpf;
	return skel->old_form ? BEMU_LIBBPF_1_1 : BEMU_LIBBPF_1_7;
}

int bemu_skel_fd(const uint8_t *ctx, uint32_t off)
{
	int32_t fd;

	memcpy(&fd, ctx + off, sizeof(fd));
	return fd;
}

static bool has(const struct host *h, uint32_t quirk)
{
	return bemu_quirks_has(&h->opts->quirks, quirk, bemu_skel_libbpf(h->skel, h->opts->libbpf));
}

static bool tampers(const struct host *h, uint32_t how)
{
	return h->opts->tamper && h->opts->tamper->how == how;
}

static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* @ptr is pointed to by the next call. */
static int show(struct host *h, const void *ptr, size_t len)
{
	return bemu_skel_mem_add(h->opts->mem, ptr, len);
}

static int bpf(struct host *h, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	int err = show(h, attr, size);

	if (!err)
		err = h->be->ops->bpf(h->be->ctx, cmd, attr, size, kret);
	bemu_skel_mem_cut(h->opts->mem, h->nr_spans);
	return err;
}

/* A step that failed with the kernel's answer; stops the sequence. */
static int failed(struct host *h, long kret, const char *what)
{
	h->res.err = (int)kret;
	h->res.what = what;
	return 1;
}

static void put_u32(uint8_t *dst, uint32_t off, uint32_t v)
{
	memcpy(dst + off, &v, sizeof(v));
}

static void put_u64(uint8_t *dst, uint32_t off, uint64_t v)
{
	memcpy(dst + off, &v, sizeof(v));
}

static int override(struct host *h)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < h->opts->nr_overrides; i++) {
		const struct bemu_skel_override *o = &h->opts->overrides[i];
		uint32_t off = bemu_skel_map_off(h->skel, o->map_idx);

		if (o->map_idx >= h->skel->nr_maps)
			return -EINVAL;
		if (o->max_entries)
			put_u32(h->ctx, off + BEMU_SKEL_MAP_ENTRIES_OFF, o->max_entries);
		if (!o->init)
			continue;
		put_u64(h->ctx, off + BEMU_SKEL_MAP_INIT_OFF, ptr(o->init));
		err = show(h, o->init, o->init_len);
	}
	return err;
}

/* What skel_alloc(), open() and skel_prep_map_data() leave in the context. */
static int fill_ctx(struct host *h)
{
	const struct bemu_skel *skel = h->skel;
	int err = show(h, h->ctx, bemu_skel_ctx_len(skel));
	uint32_t i;

	if (!err)
		err = show(h, h->opts->log_buf, h->opts->log_size);

	put_u32(h->ctx, 0, bemu_skel_ctx_len(skel));
	put_u32(h->ctx, 8, h->opts->log_level);
	put_u32(h->ctx, 12, h->opts->log_size);
	put_u64(h->ctx, 16, ptr(h->opts->log_buf));
	for (i = 0; !err && i < skel->nr_maps; i++) {
		if (!skel->maps[i].init)
			continue;
		put_u64(h->ctx, bemu_skel_map_off(skel, i) + BEMU_SKEL_MAP_INIT_OFF,
			ptr(skel->maps[i].init));
		err = show(h, skel->maps[i].init, skel->maps[i].init_len);
	}
	return err ? err : override(h);
}

static int create_map(struct host *h)
{
	static const char name[] = "__loader.map";
	struct bemu_attr_map_create attr = { .map_type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .value_size = h->skel->data_len,
					     .max_entries = 1 };
	uint32_t len = (uint32_t)(h->old ? offsetof(struct bemu_attr_map_create, map_extra) + 8
					 : offsetof(struct bemu_attr_map_create, reserved));
	uint8_t hash[BEMU_SHA256_LEN];
	int err = 0;

	memcpy(attr.map_name, name, sizeof(name));
	if (h->skel->is_exclusive && !tampers(h, BEMU_TAMPER_AFTER)) {
		bemu_sha256(h->skel->insns, h->skel->nr_insns * sizeof(*h->skel->insns), hash);
		attr.excl_prog_hash = ptr(hash);
		attr.excl_prog_hash_size = sizeof(hash);
		err = show(h, hash, sizeof(hash));
	}
	if (!err)
		err = bpf(h, BPF_MAP_CREATE, &attr, len, &h->map_fd);
	if (err)
		return err;
	return h->map_fd < 0 ? failed(h, h->map_fd, "failed to create loader map") : 0;
}

/* Only a loader of the layout that was never merged has one. */
static int create_fd_map(struct host *h)
{
	static const char name[] = "__loader.fd.map";
	struct bemu_attr_map_create attr = { .map_type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .value_size = h->skel->fd_map_len,
					     .max_entries = 1 };
	int err;

	if (!h->skel->fd_map_len)
		return 0;
	memcpy(attr.map_name, name, sizeof(name));
	err = bpf(h, BPF_MAP_CREATE, &attr, offsetof(struct bemu_attr_map_create, map_extra) + 8,
		  &h->fd_map_fd);
	if (err)
		return err;
	return h->fd_map_fd < 0 ? failed(h, h->fd_map_fd, "failed to create loader fd map") : 0;
}

static int fill_map(struct host *h)
{
	const struct bemu_tamper *tamper = h->opts->tamper;
	const uint8_t *data = h->skel->data;
	uint8_t attr[UPDATE_LEN] = { 0 }, *other = NULL;
	int key = 0, err;
	long kret;

	if (tampers(h, BEMU_TAMPER_BEFORE)) {
		other = bemu_alloc(h->skel->env, h->skel->data_len);
		if (!other)
			return -ENOMEM;
		memcpy(other, data, h->skel->data_len);
		other[tamper->off] ^= tamper->mask;
		data = other;
	}
	put_u32(attr, 0, (uint32_t)h->map_fd);
	put_u64(attr, 8, ptr(&key));
	put_u64(attr, 16, ptr(data));
	err = show(h, &key, sizeof(key));
	if (!err)
		err = show(h, data, h->skel->data_len);
	if (!err)
		err = bpf(h, BPF_MAP_UPDATE_ELEM, attr, sizeof(attr), &kret);
	bemu_mem_free(h->skel->env, other);
	if (err)
		return err;
	return kret < 0 ? failed(h, kret, "failed to update loader map") : 0;
}

/* Frozen and hashed: only the kernel can vouch for the contents from here on. */
static int freeze_map(struct host *h)
{
	uint8_t freeze[FREEZE_LEN], attr[INFO_LEN] = { 0 }, info[MAP_INFO_LEN] = { 0 };
	uint8_t hash[HASH_LEN];
	long kret;
	int err;

	if (h->old)
		return 0;
	put_u32(freeze, 0, (uint32_t)h->map_fd);
	err = bpf(h, BPF_MAP_FREEZE, freeze, sizeof(freeze), &kret);
	if (err)
		return err;
	if (kret < 0)
		return failed(h, kret, "failed to freeze map");
	put_u64(info, MAP_INFO_HASH, ptr(hash));
	put_u32(info, MAP_INFO_HASH_SIZE, sizeof(hash));
	put_u32(attr, 0, (uint32_t)h->map_fd);
	put_u32(attr, 4, sizeof(info));
	put_u64(attr, 8, ptr(info));
	err = show(h, info, sizeof(info));
	if (!err)
		err = show(h, hash, sizeof(hash));
	if (!err)
		err = bpf(h, BPF_OBJ_GET_INFO_BY_FD, attr, sizeof(attr), &kret);
	if (err)
		return err;
	return kret < 0 ? failed(h, kret, "failed to fetch obj info") : 0;
}

static int load_prog(struct host *h)
{
	static const char license[] = "Dual BSD/GPL", name[] = "__loader.prog";
	/* apart from what else is shown, so that an index past its ends finds nothing on every machine */
	int32_t around[6] = { [2] = (int32_t)h->map_fd, [3] = (int32_t)h->fd_map_fd },
		*fds = &around[2];
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					    .insns = ptr(h->skel->insns),
					    .insn_cnt = h->skel->nr_insns,
					    .license = ptr(license),
					    .fd_array = ptr(fds),
					    .log_level = h->opts->log_level,
					    .log_size = h->opts->log_size,
					    .log_buf = ptr(h->opts->log_buf),
					    .prog_flags = BPF_F_SLEEPABLE };
	uint32_t len = (uint32_t)(h->old ? offsetof(struct bemu_attr_prog_load, fd_array) + 8
					 : sizeof(attr));
	int err;

	memcpy(attr.prog_name, name, sizeof(name));
	err = show(h, fds, (h->skel->fd_map_len ? 2 : 1) * sizeof(*fds));
	if (!err)
		err = show(h, license, sizeof(license));
	if (!err)
		err = show(h, h->skel->insns, h->skel->nr_insns * sizeof(*h->skel->insns));
	if (!err)
		err = bpf(h, BPF_PROG_LOAD, &attr, len, &h->prog_fd);
	if (err)
		return err;
	return h->prog_fd < 0 ? failed(h, h->prog_fd, "failed to load loader prog") : 0;
}

static int run_prog(struct host *h)
{
	uint8_t attr[TEST_RUN_LEN] = { 0 };
	long kret;
	int err;

	if (tampers(h, BEMU_TAMPER_AFTER)) {
		/* refused or not, the loader is run */
		err = bemu_tamper_write(h->be, h->opts->mem, (int)h->map_fd, h->opts->tamper,
					&kret);
		if (err)
			return err;
	}
	put_u32(attr, 0, (uint32_t)h->prog_fd);
	put_u32(attr, CTX_SIZE_IN_OFF, bemu_skel_ctx_len(h->skel));
	put_u64(attr, CTX_IN_OFF, ptr(h->ctx));
	err = bpf(h, BPF_PROG_TEST_RUN, attr, sizeof(attr), &kret);
	if (err)
		return err;
	if (kret < 0)
		return failed(h, kret, "failed to execute loader prog");
	memcpy(&h->res.retval, attr + RETVAL_OFF, sizeof(h->res.retval));
	if (h->res.retval < 0 && has(h, BEMU_QUIRK_SK_ERRNO_LOST))
		return failed(h, 0, "error returned by loader prog");
	if (h->res.retval < 0)
		return failed(h, h->res.retval,
			      h->old ? "failed to execute loader prog"
				     : "error returned by loader prog");
	return 0;
}

static int close_both(struct host *h)
{
	long kret;
	int err = 0;

	if (h->prog_fd >= 0 && has(h, BEMU_QUIRK_PL_CLOSE_PROG_FIRST)) {
		err = h->be->ops->close(h->be->ctx, (int)h->prog_fd, &kret);
		h->prog_fd = -1;
	}
	if (!err && h->map_fd >= 0)
		err = h->be->ops->close(h->be->ctx, (int)h->map_fd, &kret);
	if (!err && h->fd_map_fd >= 0)
		err = h->be->ops->close(h->be->ctx, (int)h->fd_map_fd, &kret);
	if (!err && h->prog_fd >= 0)
		err = h->be->ops->close(h->be->ctx, (int)h->prog_fd, &kret);
	return err;
}

int bemu_skel_run(const struct bemu_skel *skel, const struct bemu_backend *be,
		  const struct bemu_skel_run_opts *opts, struct bemu_skel_result *out)
{
	static int (*const steps[])(struct host * h) = {
		create_map, create_fd_map, fill_map, freeze_map, load_prog, run_prog,
	};
	static const struct bemu_skel_run_opts defaults = { .size = sizeof(defaults) };
	struct host h = { .skel = skel, .be = be, .opts = opts ? opts : &defaults };
	uint32_t nr_before = h.opts->mem ? h.opts->mem->nr : 0;
	int err, closing;
	size_t i;

	if (h.opts->size != sizeof(*opts))
		return -EINVAL;
	switch (bemu_skel_libbpf(skel, h.opts->libbpf)) {
	case BEMU_LIBBPF_1_1:
	case BEMU_LIBBPF_1_5:
		h.old = true;
		break;
	case BEMU_LIBBPF_1_7:
		break;
	default:
		return bemu_fail(skel->env, -EOPNOTSUPP, BEMU_R_SKEL_UNMODELLED, 0,
				 "the host side of this libbpf is not replayed");
	}
	h.ctx = bemu_zalloc(skel->env, bemu_skel_ctx_len(skel));
	if (!h.ctx)
		return -ENOMEM;
	h.map_fd = -1;
	h.fd_map_fd = -1;
	h.prog_fd = -1;
	h.res.what = "";
	err = fill_ctx(&h);
	if (h.opts->mem)
		h.nr_spans = h.opts->mem->nr;
	for (i = 0; !err && i < BEMU_ARRAY_SIZE(steps); i++)
		err = steps[i](&h);
	closing = close_both(&h);
	bemu_skel_mem_cut(h.opts->mem, nr_before);
	err = err < 0 ? err : closing;
	if (err) {
		bemu_mem_free(skel->env, h.ctx);
		return err;
	}
	h.res.ctx = h.ctx;
	*out = h.res;
	return 0;
}
