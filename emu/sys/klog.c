/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The log that BTF_LOAD and PROG_LOAD give to their caller. Mirrors bpf_verifier_vlog() and
 * bpf_vlog_finalize(), kernel/bpf/log.c, v6.18.
 *
 * The kernel writes into the caller's buffer as it goes, in a circle, and turns that round at the end.
 * Here the text is kept until the end, but of it no more than can still be wanted: the last @size - 1
 * bytes, the first ones with BPF_LOG_FIXED and before v6.4, nothing without a buffer.
 */
#include <stdio.h>
#include <string.h>

#include "sys/sys.h"

enum {
	LOG_FIXED = 8,
	LOG_MASK = 15,
	LOG_MASK_OLD = 7,
	PIECE_MAX = 1024, /* BPF_VERIFIER_TMP_LOG_SIZE: longer pieces are cut */
	TRIM_AT = 1 << 16,
};

int bemu_klog_init(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t level, uint64_t ubuf,
		   uint32_t size)
{
	bemu_buf_init(&log->buf, ctx->env);
	log->level = level;
	log->ubuf = ubuf;
	log->size = size;
	log->len = 0;
	log->max_len = 0;
	log->rotates = bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE) && !(level & LOG_FIXED);
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

/* Forgets what a circle of @size bytes has overwritten, seldom enough to cost nothing. */
static void trim(struct bemu_klog *log)
{
	struct bemu_buf *buf = &log->buf;
	size_t keep = log->size - 1;

	if (buf->len < 2 * (size_t)log->size + TRIM_AT)
		return;
	memmove(buf->data, buf->data + buf->len - keep, keep + 1);
	buf->len = keep;
}

static void store(struct bemu_klog *log, const char *text, size_t len)
{
	size_t left;

	if (!log->ubuf)
		return;
	if (!log->rotates) {
		left = log->size - 1 - log->buf.len;
		bemu_buf_add(&log->buf, text, len < left ? len : left);
		return;
	}
	bemu_buf_add(&log->buf, text, len);
	trim(log);
}

void bemu_vklog(struct bemu_klog *log, const char *fmt, va_list args)
{
	char piece[PIECE_MAX];
	size_t len;
	int n;

	if (!log->level)
		return;
	n = vsnprintf(piece, sizeof(piece), fmt, args);
	if (n < 0)
		return;
	len = n < PIECE_MAX ? (size_t)n : PIECE_MAX - 1;
	store(log, piece, len);
	log->len += len;
	if (log->len + 1 > log->max_len)
		log->max_len = log->len + 1;
}

void bemu_klog(struct bemu_klog *log, const char *fmt, ...)
{
	va_list args;

	if (!log->level)
		return;
	va_start(args, fmt);
	bemu_vklog(log, fmt, args);
	va_end(args);
}

void bemu_klog_reset(struct bemu_klog *log)
{
	bemu_buf_clear(&log->buf);
	log->len = 0;
}

/* To the task's own memory, always. Nothing is stored when nothing was ever said. */
static int give_text(struct bemu_klog *log, struct bemu_call_ctx *ctx)
{
	const char *text = bemu_buf_str(&log->buf);
	size_t len = log->buf.len, keep = log->size - 1;

	if (!log->max_len)
		return 0;
	if (log->rotates && len > keep)
		text += len - keep;
	if (len > keep)
		len = keep;
	if (bemu_ctx_write_user(ctx, log->ubuf, text, len) ||
	    bemu_ctx_write_user(ctx, log->ubuf + len, "", 1))
		return -EFAULT;
	return 0;
}

int bemu_klog_finish(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t *true_size)
{
	bool old = !bemu_model_has(ctx->model, BEMU_KF_LOG_ROTATE);
	int err = 0;

	*true_size = log->max_len < UINT32_MAX ? (uint32_t)log->max_len : UINT32_MAX;
	if (log->level && log->ubuf) {
		err = give_text(log, ctx);
		/* before v6.4 a buffer that is just filled counts as too small */
		if (!err && log->max_len + old > log->size)
			err = -ENOSPC;
	}
	if (log->buf.err)
		err = log->buf.err;
	bemu_buf_fini(&log->buf);
	return err;
}
