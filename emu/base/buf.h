/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A growing run of bytes or text. After a failed append it keeps what it had and stays failed. */
#ifndef BEMU_BASE_BUF_H
#define BEMU_BASE_BUF_H

#include "base/env.h"

/** struct bemu_buf - @data is NUL-terminated whenever it is not NULL; @err is 0 or -ENOMEM, sticky */
struct bemu_buf {
	struct bemu_env *env;
	char *data;
	size_t len;
	uint32_t cap;
	int err;
};

void bemu_buf_init(struct bemu_buf *buf, struct bemu_env *env);
void bemu_buf_fini(struct bemu_buf *buf);
/** bemu_buf_clear() - empty, memory kept, error forgotten */
void bemu_buf_clear(struct bemu_buf *buf);
/** bemu_buf_printf() - append text; errors are kept in @buf->err */
void bemu_buf_printf(struct bemu_buf *buf, const char *fmt, ...) BEMU_PRINTF(2, 3);
void bemu_buf_vprintf(struct bemu_buf *buf, const char *fmt, va_list args) BEMU_PRINTF(2, 0);
/** bemu_buf_add() - append @len bytes; NULL @data appends zeroes */
void bemu_buf_add(struct bemu_buf *buf, const void *data, size_t len);
/** bemu_buf_str() - the text so far, "" when empty. Borrowed until the next append. */
const char *bemu_buf_str(const struct bemu_buf *buf);

#endif
