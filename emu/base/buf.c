// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void bemu_buf_init(struct bemu_buf *buf, struct bemu_env *env)
{
	memset(buf, 0, sizeof(*buf));
	buf->env = env;
}

void bemu_buf_fini(struct bemu_buf *buf)
{
	bemu_mem_free(buf->env, buf->data);
	bemu_buf_init(buf, buf->env);
}

void bemu_buf_clear(struct bemu_buf *buf)
{
	buf->len = 0;
	buf->err = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Room for @len more bytes and the NUL. */
static bool make_room(struct bemu_buf *buf, size_t len)
{
	size_t need;

	if (buf->err)
		return false;
	if (__builtin_add_overflow(buf->len, len, &need) ||
	    __builtin_add_overflow(need, (size_t)1, &need))
		need = SIZE_MAX;
	buf->err = bemu_grow(buf->env, &buf->data, &buf->cap, need, 1);
	return !buf->err;
}

void bemu_buf_vprintf(struct bemu_buf *buf, const char *fmt, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !make_room(buf, (size_t)n))
		return;
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
	buf->len += (size_t)n;
}

void bemu_buf_printf(struct bemu_buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bemu_buf_vprintf(buf, fmt, args);
	va_end(args);
}

void bemu_buf_add(struct bemu_buf *buf, const void *data, size_t len)
{
	if (!make_room(buf, len))
		return;
	if (data && len)
		memcpy(buf->data + buf->len, data, len);
	else
		memset(buf->data + buf->len, 0, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

const char *bemu_buf_str(const struct bemu_buf *buf)
{
	return buf->data ? buf->data : "";
}
