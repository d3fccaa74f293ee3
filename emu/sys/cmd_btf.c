/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF_LOAD. */
#include "sys/sys.h"

enum { K_BTF_MAX_SIZE = 16 << 20, TRUE_SIZE_OFF = 28 };

static int check_args(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	uint32_t token = bemu_model_has(ctx->model, BEMU_KF_TOKEN) ? BEMU_BPF_F_TOKEN_FD : 0;

	if (attr->btf_flags & ~token)
		return -EINVAL;
	if (attr->btf_flags)	/* no token can exist: TOKEN_CREATE never succeeds */
		return bemu_fd_find(ctx->task, attr->btf_token_fd) ? -EINVAL : -EBADF;
	if (!(ctx->task->caps & (BEMU_CAP_BPF | BEMU_CAP_SYS_ADMIN)))
		return -EPERM;
	if (attr->btf_size > K_BTF_MAX_SIZE)
		return -E2BIG;
	return 0;
}

/* Mirrors btf_new_fd() and btf_parse(), kernel/bpf/btf.c, v6.18. */
long bemu_cmd_btf_load(struct bemu_call_ctx *ctx)
{
	const struct bemu_attr_btf_load *attr = &ctx->attr.btf_load;
	struct bemu_kbtf *kbtf = NULL;
	struct bemu_file *file = NULL;
	struct bemu_btf *btf = NULL;
	struct bemu_klog log;
	uint32_t true_size;
	uint8_t *raw = NULL;
	long res;
	int err;

	res = check_args(ctx);
	if (res)
		return res;
	if (bemu_klog_init(&log, ctx, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size))
		return -EINVAL;
	raw = bemu_alloc(ctx->env, attr->btf_size);
	if (!raw)
		return -ENOMEM;
	res = bemu_ctx_read(ctx, attr->btf, raw, attr->btf_size);
	if (!res)
		res = bemu_kbtf_check(ctx, &log, raw, attr->btf_size);
	if (!res)
		res = bemu_btf_parse(ctx->env, raw, attr->btf_size, NULL, 0, &btf) ? -EINVAL : 0;
	if (!res)
		res = bemu_kbtf_new(ctx->model, btf, &kbtf);
	if (!res) {
		btf = NULL;
		res = bemu_obj_prepare(ctx->model, BEMU_OBJ_BTF);
	}
	if (!res)
		res = bemu_fd_prepare(ctx->task, BEMU_FILE_BTF, BEMU_ACC_READ, &file);
	if (ctx->env->fault)
		goto out;
	if (res == -EFAULT && !log.max_len) {
		bemu_buf_fini(&log.buf);
	} else {
		err = bemu_klog_finish(&log, ctx, &true_size);
		if (bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE) && ctx->size >= 32 &&
		    bemu_ctx_put_attr(ctx, TRUE_SIZE_OFF, &true_size, sizeof(true_size)))
			err = -EFAULT;
		res = err ? err : res;
	}
	if (!res) {
		bemu_obj_publish(ctx->model, &kbtf->obj);
		res = bemu_ctx_install(ctx, file, &kbtf->obj);
		kbtf = NULL;
		file = NULL;
	}
out:
	bemu_buf_fini(&log.buf);
	bemu_file_put(ctx->model, file);
	bemu_obj_put(ctx->model, kbtf ? &kbtf->obj : NULL);
	bemu_btf_put(btf);
	bemu_mem_free(ctx->env, raw);
	return res;
}
