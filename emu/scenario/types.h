/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF in a short C-like form:
 *
 *   struct s { int a; struct s *next; unsigned b : 3; };   enum e { A, B = 5 };   typedef int t;
 *   int v;   int f(int a, void *p);   global int g(void);   section ".data" { v };
 *
 * Types are numbered as they are met, members before what they are members of. A type that is not
 * declared before it is pointed to is a forward declaration; one that the base has is that one.
 */
#ifndef BEMU_SCENARIO_TYPES_H
#define BEMU_SCENARIO_TYPES_H

#include "btf/btf.h"
#include "scenario/scn.h"

enum { BEMU_SCN_MAX_TYPES = 20000 };

/**
 * bemu_scn_types() - the types of a block as BTF bytes
 * @base: vmlinux, for the BTF of a module; else NULL
 * @out:  given; bemu_mem_free()
 */
int bemu_scn_types(struct bemu_env *env, const struct bemu_scn *scn, struct bemu_scn_where *where,
		   const struct bemu_scn_str *block, const struct bemu_btf *base, void **out,
		   size_t *len) BEMU_MUST_CHECK;

#endif
