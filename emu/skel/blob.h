/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The map of a generated blob: what every byte is and whom it is for, what the loader writes, where FDs
 * are kept and which of them each kfunc call selects. Written down by the generator as it goes.
 */
#ifndef BEMU_SKEL_BLOB_H
#define BEMU_SKEL_BLOB_H

#include "base/env.h"

/** enum bemu_layout - where fd_array is; the name of each is in bemu_layout_name() */
enum bemu_layout {
	BEMU_LAYOUT_RESERVED, /* 320 places at the front of the blob; as libbpf since 0.6 */
	BEMU_LAYOUT_SPARSE, /* each place where the blob ends when it is needed */
	BEMU_LAYOUT_SECOND_MAP, /* a map of its own, made by the host side */
	BEMU_LAYOUT_AUX_MAP, /* a map of its own, made by the loader; no helper lets it do so today */
};

enum { BEMU_NR_LAYOUTS = BEMU_LAYOUT_AUX_MAP + 1 };

enum bemu_blob_kind {
	BEMU_BLOB_FD_SLOT, /* a place of fd_array: of a map, or of a kfunc's module */
	BEMU_BLOB_UNUSED, /* places of fd_array that nothing takes */
	BEMU_BLOB_BTF,
	BEMU_BLOB_BTF_ATTR,
	BEMU_BLOB_MAP_ATTR,
	BEMU_BLOB_INNER_ATTR, /* of the map that @map's elements look like */
	BEMU_BLOB_VALUE,
	BEMU_BLOB_KEY,
	BEMU_BLOB_UPDATE_ATTR,
	BEMU_BLOB_FREEZE_ATTR,
	BEMU_BLOB_LICENSE,
	BEMU_BLOB_INSNS,
	BEMU_BLOB_FUNC_INFO,
	BEMU_BLOB_LINE_INFO,
	BEMU_BLOB_CORE_RELOS,
	BEMU_BLOB_PROG_ATTR,
	BEMU_BLOB_NAME, /* what the loader looks up */
	BEMU_BLOB_ADDRESS, /* where kallsyms puts its answer */
	BEMU_BLOB_PADDING, /* up to a multiple of 8 */
};

enum { BEMU_NR_BLOB_KINDS = BEMU_BLOB_PADDING + 1 };

#define BEMU_BLOB_NONE UINT32_MAX

/**
 * struct bemu_blob_region - bytes that belong together
 * @map, @prog: what they are for: number of the map, of the generated program; BEMU_BLOB_NONE
 * @name_off:   what they are for, when that is a kernel symbol or attach target: its name in the blob
 */
struct bemu_blob_region {
	uint32_t off, len;
	uint32_t kind; /* enum bemu_blob_kind */
	uint32_t map, prog, name_off;
};

enum bemu_blob_write_kind {
	BEMU_BLOB_WRITE_FD,
	BEMU_BLOB_WRITE_POINTER,
	BEMU_BLOB_WRITE_CONTEXT, /* what the caller put into the context */
	BEMU_BLOB_WRITE_SYMBOL, /* id, address or place of a kernel symbol */
};

/** struct bemu_blob_write - bytes of the blob that the loader may write */
struct bemu_blob_write {
	uint32_t off, len;
	uint32_t kind; /* enum bemu_blob_write_kind */
};

/**
 * struct bemu_blob_slot - a place of fd_array that was taken
 * @off:  in the blob, or in the FD map when the layout has one
 * @idx:  what insn->off should say to select it, before it is cut to 16 bits
 * @map:  number of the map; BEMU_BLOB_NONE: of the kfunc @name_off that @prog calls
 */
struct bemu_blob_slot {
	uint32_t off;
	uint32_t idx;
	uint32_t map, prog, name_off;
};

/** struct bemu_blob_call - a kfunc call; @slot: number in the slots, of the place that is filled for it */
struct bemu_blob_call {
	uint32_t prog, insn_idx;
	uint32_t insn_off; /* in the blob */
	uint32_t slot;
	int16_t off; /* what insn->off says when the symbol is a module's */
	bool repeat; /* copied from the first call of the same program */
};

/**
 * struct bemu_blob - borrowed from the generator
 * @regions:    of the blob, in order, without a gap
 * @data_len:   their sum
 * @base:       where fd_array begins, in the blob or the FD map
 * @fd_map_len: bytes of the FD map; 0 when the layout has none
 * @nr_kfuncs:  places that the program with the most kfuncs takes
 * @last_check: word of the loader with the last jump to the clean-up at @cleanup
 * @last_prog_words: of the loader, that load the last program
 */
struct bemu_blob {
	uint32_t layout; /* enum bemu_layout */
	uint32_t nr_regions, nr_writes, nr_slots, nr_calls;
	const struct bemu_blob_region *regions;
	const struct bemu_blob_write *writes;
	const struct bemu_blob_slot *slots;
	const struct bemu_blob_call *calls;
	uint32_t data_len, base, fd_map_len;
	uint32_t nr_maps, nr_progs, nr_kfuncs;
	uint32_t nr_words, cleanup, last_check, last_prog_words;
	bool unaligned;
};

/** bemu_layout_name() - "sparse"; NULL for a value that is not known */
const char *bemu_layout_name(uint32_t layout);
/** bemu_layout_parse() - 0 or -EINVAL */
int bemu_layout_parse(const char *text, uint32_t *out) BEMU_MUST_CHECK;
/** bemu_blob_kind_name() - "func_info"; NULL for a value that is not known */
const char *bemu_blob_kind_name(uint32_t kind);

/** enum bemu_blob_hit - what insn->off of a call selects */
enum bemu_blob_hit {
	BEMU_BLOB_HIT, /* the place that is filled for it */
	BEMU_BLOB_HIT_KERNEL, /* 0: no place, vmlinux */
	BEMU_BLOB_HIT_NEGATIVE, /* -EINVAL */
	BEMU_BLOB_HIT_OTHER, /* another four bytes */
};

/** bemu_blob_hit() - @sel_off: of the four bytes that the kernel reads, where it reads any */
uint32_t bemu_blob_hit(const struct bemu_blob *blob, const struct bemu_blob_call *call,
		       uint64_t *sel_off);
/* ---- limits ---- */

enum bemu_blob_limit {
	BEMU_BLOB_LIMIT_MAPS, /* reserved places */
	BEMU_BLOB_LIMIT_KFUNCS, /* of one program: the kernel's descriptors */
	BEMU_BLOB_LIMIT_PROGS, /* numbers on the loader's stack */
	BEMU_BLOB_LIMIT_SLOT, /* index in insn->off */
	BEMU_BLOB_LIMIT_JUMP, /* words from the last check back to the clean-up */
	BEMU_BLOB_LIMIT_SIZE, /* bytes of the blob */
};

enum { BEMU_NR_BLOB_LIMITS = BEMU_BLOB_LIMIT_SIZE + 1 };

/** bemu_blob_limit() - false when the layout has none of that kind */
bool bemu_blob_limit(const struct bemu_blob *blob, uint32_t limit, uint64_t *used, uint64_t *max);

/** enum bemu_blob_growth - what an object may get more of */
enum bemu_blob_growth {
	BEMU_BLOB_GROW_DATA, /* bytes, in a map that has contents */
	BEMU_BLOB_GROW_KFUNCS, /* other symbols with names of up to 7 characters, in the program with most */
	BEMU_BLOB_GROW_PROGS, /* like the last one */
	BEMU_BLOB_GROW_MAPS, /* without contents and BTF */
};

enum { BEMU_NR_BLOB_GROWTHS = BEMU_BLOB_GROW_MAPS + 1 };

/** bemu_blob_room() - how many more there can be, and the limit that the next one meets */
uint64_t bemu_blob_room(const struct bemu_blob *blob, uint32_t growth, uint32_t *limit);

/** bemu_blob_find() - the region that a byte is in; NULL for none */
const struct bemu_blob_region *bemu_blob_find(const struct bemu_blob *blob, uint64_t off);

#endif
