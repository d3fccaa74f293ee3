/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a loader does to its blob, told from nothing but its words: they are gone through once from front
 * to end, with what is known of each register. A loader has no loops, so every word is seen.
 */
#ifndef BEMU_UNIT_LOADER_SCAN_H
#define BEMU_UNIT_LOADER_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/bpf.h"

enum scan_kind {
	SCAN_STORE, /* @len bytes at @at */
	SCAN_FILL, /* the same, by a helper */
	SCAN_BPF, /* bpf(@cmd, @at, @len) */
	SCAN_NAME, /* @len bytes of name at @at are looked up */
};

enum scan_value { SCAN_UNKNOWN, SCAN_CONST, SCAN_ADDR };

/* An address of a map of the loader: its number, an offset. */
struct scan_addr {
	uint32_t map;
	int64_t off;
};

struct scan_event {
	uint32_t kind, word;
	struct scan_addr at;
	uint32_t len;
	uint32_t cmd;
	uint32_t value; /* enum scan_value, of a store */
	int64_t constant;
	struct scan_addr addr;
};

struct scan {
	uint32_t nr, cap;
	struct scan_event *events;
	uint32_t nr_addrs, addrs_cap;
	struct scan_addr *addrs; /* every address that a word has */
};

void scan_loader(struct scan *scan, const struct bpf_insn *insns, uint32_t nr);
void scan_free(struct scan *scan);

#endif
