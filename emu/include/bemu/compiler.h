/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Attributes that the public headers need; they vanish on a compiler that does not know them. */
#ifndef BEMU_COMPILER_H
#define BEMU_COMPILER_H

#if defined(__GNUC__)
#define BEMU_API	  __attribute__((visibility("default")))
#define BEMU_MUST_CHECK	  __attribute__((warn_unused_result))
#define BEMU_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define BEMU_API
#define BEMU_MUST_CHECK
#define BEMU_PRINTF(f, a)
#endif

#endif
