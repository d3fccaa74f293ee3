/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The light skeleton's generator: a plain object becomes a loader program and the one map, the blob, that
 * the program reads its data from and writes FDs to. Mirrors tools/lib/bpf/gen_loader.c, libbpf 1.1 to 1.7 and
 * what came after it.
 */
#ifndef BEMU_SKEL_GEN_H
#define BEMU_SKEL_GEN_H

#include <bemu/quirks.h>

#include "load/load.h"
#include "skel/blob.h"

struct bemu_gen;

/**
 * struct bemu_gen_opts - all-zero means defaults
 * @size:       sizeof(struct bemu_gen_opts)
 * @libbpf:     enum bemu_libbpf, whose generator; the same release loads the object, 1.7 for what came after it
 * @gen_hash:   a loader that can be signed. 1.7: it checks its blob against a hash; later the kernel does, and the
 *              loader only takes nothing from its context
 * @stable_6_1: 1.1 as it is in Linux 6.1.y, which bpftool is built from: later words that refer to a
 *              variable are copied as 1.2 does it
 * @layout:     enum bemu_layout. All but the first are designs that were discussed; only where FDs are kept
 *              differs, the rest is the release that is asked for
 * @any_off:    an index into fd_array that insn->off cannot hold is cut to its 16 bits by the loader, as
 *              before there was a check
 * @unaligned:  segments of the blob are not rounded up to 8 bytes, as before 0.6
 * @by_four:    they are rounded up to 4, which no release did: every distance that insn->off counts in can
 *              be made, and words lie as they can be followed
 * @no_memory_at: the so many'th segment of the blob finds no memory on the generating machine, from 1; 0
 *              for none. What is returned then is that machine's -ENOMEM, not a fault of ours
 * @quirks:     bugs that are there, or not, against what @libbpf has
 */
struct bemu_gen_opts {
	size_t size;
	uint32_t libbpf;
	bool gen_hash;
	bool stable_6_1;
	uint32_t layout;
	bool any_off;
	bool unaligned;
	bool by_four;
	uint32_t no_memory_at;
	struct bemu_quirks quirks;
};

/**
 * bemu_gen_new() - a recorder for one object
 *
 * Return: 0, -ENOMEM; -EOPNOTSUPP for a generator that is not modelled.
 */
int bemu_gen_new(struct bemu_env *env, const struct bemu_gen_opts *opts,
		 struct bemu_gen **out) BEMU_MUST_CHECK;
void bemu_gen_free(struct bemu_gen *gen);

/**
 * bemu_gen_recorder() - for struct bemu_load_opts: the load that is given it generates
 *
 * Borrowed until bemu_gen_free(). What bpf_object__load() returns is the load's verdict, whose backend is
 * the generating machine: pinned maps, kconfig and symbols are looked up there.
 */
const struct bemu_load_gen *bemu_gen_recorder(const struct bemu_gen *gen);

/**
 * struct bemu_gen_result - as struct gen_loader_opts of libbpf; borrowed until bemu_gen_free()
 * @fd_map_len: bytes of the map that the host side makes for FDs and hands the loader as its second; 0
 *              in layouts without one
 */
struct bemu_gen_result {
	const void *data;
	uint32_t data_len;
	uint32_t fd_map_len;
	const struct bpf_insn *insns;
	uint32_t nr_insns;
};

/** bemu_gen_get() - after a load whose verdict is 0 */
void bemu_gen_get(const struct bemu_gen *gen, struct bemu_gen_result *out);
/** bemu_gen_blob() - the same blob's map */
void bemu_gen_blob(const struct bemu_gen *gen, struct bemu_blob *out);

#endif
