/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Kernels and objects of any size for the benches, made at run time. */
#ifndef BEMU_UNIT_BENCH_OBJECT_H
#define BEMU_UNIT_BENCH_OBJECT_H

#include "base/env.h"

/** struct bench_bytes - owned by the env they were made with */
struct bench_bytes {
	void *data;
	size_t len;
};

/**
 * bench_kernel() - a kernel's BTF of at least @nr_types types
 *
 * In every ten types there is one struct, "type_N" with N counted from 0, and the pointers, functions
 * and prototypes that a kernel has in about this proportion.
 */
void bench_kernel(struct bemu_env *env, uint32_t nr_types, struct bench_bytes *out);

/** bench_module() - BTF of a module over @vmlinux with @nr_structs structs that nothing refers to */
void bench_module(struct bemu_env *env, const struct bench_bytes *vmlinux, uint32_t module_idx,
		  uint32_t nr_structs, struct bench_bytes *out);

/**
 * bench_object() - a little-endian BPF object whose program has @nr_relos CO-RE field offsets
 * @nr_types: they go round this many structs of bench_kernel()
 * @stride:   of which every @stride-th is taken
 */
void bench_object(struct bemu_env *env, uint32_t nr_relos, uint32_t nr_types, uint32_t stride,
		  struct bench_bytes *out);

#endif
