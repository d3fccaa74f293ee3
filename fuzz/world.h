/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Sealed worlds that live as long as the process; an input leaves them as bemu_reset() leaves them. */
#ifndef BEMU_FUZZ_WORLD_H
#define BEMU_FUZZ_WORLD_H

#include "sys/sys.h"

enum fuzz_world_kind {
	FUZZ_WORLD_EMPTY, /* no BTF at all */
	FUZZ_WORLD_MINI, /* corpus/btf/mini: vmlinux, m1, m2 */
	FUZZ_WORLD_NR,
};

/** fuzz_world() - @kernel: enum bemu_kernel; @copy: 0, or 1 for a second one that is made like the first */
struct bemu *fuzz_world(uint32_t kernel, enum fuzz_world_kind kind, unsigned int copy);
/**
 * fuzz_worlds_warm() - makes all worlds of a kind and lets each have some memory, so that the first inputs
 * go the same ways as later ones
 */
void fuzz_worlds_warm(enum fuzz_world_kind kind);
/** fuzz_world_vmlinux() - bytes of the mini world's vmlinux BTF; borrowed */
const void *fuzz_world_vmlinux(size_t *len);
/** fuzz_world_module() - the same of m1 and, with @second, of m2 */
const void *fuzz_world_module(bool second, size_t *len);

#endif
