/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The log that BTF_LOAD and PROG_LOAD give to their caller. Mirrors kernel/bpf/log.c. */
#include "sys/sys.h"

enum { LOG_FIXED = 8, LOG_MASK = 15, LOG_MASK_OLD = 7 };

int bemu_klog_init(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t level, uint64_t ubuf,
		   uint32_t size)
{
	bemu_buf_init(&log->buf, ctx->env);
	log->level = level;
	log->ubuf = ubuf;
	log->size = size;
	log->max_len = 0;
	if (!bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE)) {
		if (!level && !ubuf && !size)
			return 0;
		if (!level || !ubuf || size < 128 || size > UINT32_MAX >> 2 ||
		    level & ~(uint32_t)LOG_MASK_OLD)
			return -EINVAL;
		return 0;
	}
	if (!ubuf != !size || (ubuf && !level) || level & ~(uint32_t)LOG_MASK ||
	    size > UINT32_MAX >> 2)
		return -EINVAL;
	return 0;
}

void bemu_klog(struct bemu_klog *log, const char *fmt, ...)
{
	va_list args;

	if (!log->level)
		return;
	va_start(args, fmt);
	bemu_buf_vprintf(&log->buf, fmt, args);
	va_end(args);
	if (log->buf.len > log->max_len)
		log->max_len = log->buf.len;
}

void bemu_klog_reset(struct bemu_klog *log)
{
	bemu_buf_clear(&log->buf);
}

int bemu_klog_finish(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t *true_size)
{
	const char *text = bemu_buf_str(&log->buf);
	size_t len = log->buf.len, keep = len;
	int err = 0;

	*true_size = log->level ? (uint32_t)(log->max_len + 1) : 0;
	if (log->level && log->ubuf) {
		if (log->max_len + 1 > log->size)
			err = -ENOSPC;
		if (keep > log->size - 1)
			keep = log->size - 1;
		if (bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE) && !(log->level & LOG_FIXED))
			text += len - keep;
		if (bemu_ctx_write(ctx, log->ubuf, text, keep) ||
		    bemu_ctx_write(ctx, log->ubuf + keep, "", 1))
			err = -EFAULT;
	}
	if (log->buf.err)
		err = log->buf.err;
	bemu_buf_fini(&log->buf);
	return err;
}
