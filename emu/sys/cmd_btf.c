/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF_LOAD. */
#include <string.h>

#include "model/quirk.h"
#include "sys/kbtf.h"

enum { TRUE_SIZE_OFF = 28, TRUE_SIZE_END = 32 };

static int check_args(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	uint32_t token = bemu_model_has(ctx->model, BEMU_KF_TOKEN) ? BEMU_BPF_F_TOKEN_FD : 0;

	if (attr->btf_flags & ~token)
		return -EINVAL;
	if (attr->btf_flags) /* no token can exist: TOKEN_CREATE never succeeds */
		return bemu_fd_find(ctx->task, attr->btf_token_fd) ? -EINVAL : -EBADF;
	if (!(ctx->task->caps & (BEMU_CAP_BPF | BEMU_CAP_SYS_ADMIN)))
		return -EPERM;
	if (attr->btf_size > BEMU_K_BTF_MAX_SIZE)
		return -E2BIG;
	return 0;
}

/*
 * K-BTF-DOUBLE-FETCH: the header that was checked is read again, and used. Differs: one that leads out of the data
 * is noted, and the first is used.
 */
static int fetch_again(struct bemu_call_ctx *ctx, uint8_t *raw)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	struct btf_header hdr, old;
	struct bemu_btf *btf;

	memcpy(&old, raw, sizeof(old));
	if (bemu_ctx_read(ctx, attr->btf, &hdr, sizeof(hdr)))
		return -EFAULT;
	memcpy(raw, &hdr, sizeof(hdr));
	if (!bemu_btf_parse(ctx->env, raw, attr->btf_size, NULL,
			    BEMU_BTF_PARSE_BORROW | BEMU_BTF_PARSE_NO_INDEX, &btf)) {
		bemu_btf_put(btf);
		return 0;
	}
	if (ctx->env->fault)
		return -ENOMEM;
	bemu_oops(ctx->model, BEMU_OOPS_BTF,
		  "a header that was not checked is used: types %u+%u, strings %u+%u of %u bytes",
		  hdr.type_off, hdr.type_len, hdr.str_off, hdr.str_len, attr->btf_size);
	memcpy(raw, &old, sizeof(old));
	return 0;
}

/*
 * Copies, verifies and indexes. Differs: a type past the largest id that the kernel stores can be
 * referred to by later calls, because it stays in the bytes.
 */
static int load(struct bemu_call_ctx *ctx, struct bemu_klog *log, struct bemu_btf **out)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	uint8_t *raw = bemu_alloc(ctx->env, attr->btf_size);
	unsigned int flags = BEMU_BTF_PARSE_TAKE | BEMU_BTF_PARSE_NO_INDEX;
	int res;

	if (!raw)
		return -ENOMEM;
	(void)bemu_yield(ctx->model, BEMU_YIELD_BTF_LOAD_FETCH);
	res = bemu_ctx_read(ctx, attr->btf, raw, attr->btf_size);
	(void)bemu_yield(ctx->model, BEMU_YIELD_BTF_LOAD_COPIED);
	if (!res)
		res = bemu_kbtf_check(ctx->model, ctx->env, log, raw, attr->btf_size, NULL, 0);
	if (!res && bemu_model_quirk(ctx->model, BEMU_QUIRK_K_BTF_DOUBLE_FETCH))
		res = fetch_again(ctx, raw);
	/* what types that are too many refer to was never looked at */
	if (attr->btf_size / sizeof(struct btf_type) < BEMU_K_BTF_MAX_TYPE)
		flags |= BEMU_BTF_PARSE_CHECKED;
	if (!res && bemu_btf_parse(ctx->env, raw, attr->btf_size, NULL, flags, out))
		res = -EINVAL;
	if (res)
		bemu_mem_free(ctx->env, raw);
	return res;
}

/* Mirrors finalize_log(), kernel/bpf/btf.c, v6.18: trouble with the log replaces every other answer. */
static int finish_log(struct bemu_call_ctx *ctx, struct bemu_klog *log, int res)
{
	uint32_t true_size;
	int err = bemu_klog_finish(log, ctx, &true_size);

	/* before v6.4 a full log spoilt only a success, and a bad buffer was taken for a full stop */
	if (!bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE))
		return !res && err == -ENOSPC ? err : res;
	if (ctx->size >= TRUE_SIZE_END &&
	    bemu_ctx_put_attr(ctx, TRUE_SIZE_OFF, &true_size, sizeof(true_size)))
		err = -EFAULT;
	return err ? err : res;
}

/* Mirrors btf_new_fd() and btf_parse(), kernel/bpf/btf.c, v6.18. */
long bemu_cmd_btf_load(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	struct bemu_kbtf *kbtf = NULL;
	struct bemu_file *file = NULL;
	struct bemu_btf *btf = NULL;
	struct bemu_klog log;
	long res;

	res = check_args(ctx);
	if (res)
		return res;
	if (bemu_klog_init(&log, ctx, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size))
		return -EINVAL;
	res = load(ctx, &log, &btf);
	if (!res)
		res = bemu_kbtf_new(ctx->model, btf, &kbtf);
	if (!res) {
		btf = NULL;
		res = bemu_obj_prepare(ctx->model, BEMU_OBJ_BTF);
	}
	if (!res)
		res = bemu_fd_prepare(ctx->task, BEMU_FILE_BTF, BEMU_ACC_READ, &file);
	if (ctx->env->fault || ctx->model->sealed->fault)
		goto out;
	res = finish_log(ctx, &log, (int)res);
	if (!res) {
		bemu_obj_publish(ctx->model, &kbtf->obj);
		(void)bemu_yield(ctx->model, BEMU_YIELD_BTF_LOAD_PUBLIC);
		res = bemu_ctx_install(ctx, file, &kbtf->obj);
		kbtf = NULL;
		file = NULL;
	}
out:
	bemu_buf_fini(&log.buf);
	bemu_file_put(ctx->model, file);
	if (kbtf)
		bemu_kbtf_free(ctx->model, kbtf); /* nobody has seen it */
	bemu_btf_put(btf);
	return res;
}
