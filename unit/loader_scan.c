/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "loader_scan.h"

#include <stdlib.h>
#include <string.h>

enum {
	SYS_BPF = 166,
	FIND_BY_NAME_KIND = 167,
	KALLSYMS_LOOKUP_NAME = 179,
	COPY_FROM_USER = 148,
	PROBE_READ_KERNEL = 113,
	MAP_IDX_VALUE = 6, /* pseudo kind of an ld64 */
};

struct reg {
	uint32_t value; /* enum scan_value */
	int64_t constant;
	struct scan_addr addr;
};

static void *grow(void *arr, uint32_t nr, uint32_t *cap, size_t elem)
{
	if (nr < *cap)
		return arr;
	*cap = *cap ? *cap * 2 : 64;
	arr = realloc(arr, *cap * elem);
	if (!arr)
		abort();
	return arr;
}

static struct scan_event *add_event(struct scan *scan, uint32_t kind, uint32_t word,
				    const struct reg *at, uint32_t len)
{
	struct scan_event *ev;

	scan->events = grow(scan->events, scan->nr, &scan->cap, sizeof(*scan->events));
	ev = &scan->events[scan->nr++];
	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->word = word;
	ev->at = at->addr;
	ev->len = len;
	return ev;
}

static void add_addr(struct scan *scan, const struct scan_addr *addr)
{
	scan->addrs = grow(scan->addrs, scan->nr_addrs, &scan->addrs_cap, sizeof(*scan->addrs));
	scan->addrs[scan->nr_addrs++] = *addr;
}

static void call(struct scan *scan, struct reg *regs, uint32_t word, int32_t helper)
{
	uint32_t i;

	if (helper == SYS_BPF && regs[2].value == SCAN_ADDR)
		add_event(scan, SCAN_BPF, word, &regs[2], (uint32_t)regs[3].constant)->cmd =
			(uint32_t)regs[1].constant;
	if (helper == FIND_BY_NAME_KIND || helper == KALLSYMS_LOOKUP_NAME)
		add_event(scan, SCAN_NAME, word, &regs[1], (uint32_t)regs[2].constant);
	if (helper == KALLSYMS_LOOKUP_NAME)
		add_event(scan, SCAN_FILL, word, &regs[4], 8);
	if ((helper == COPY_FROM_USER || helper == PROBE_READ_KERNEL) && regs[1].value == SCAN_ADDR)
		add_event(scan, SCAN_FILL, word, &regs[1], (uint32_t)regs[2].constant);
	/* the two copies are each other's alternative: registers stay for the second */
	for (i = 0; i <= 5 && helper != COPY_FROM_USER; i++)
		regs[i].value = SCAN_UNKNOWN;
}

static void store(struct scan *scan, const struct reg *regs, uint32_t word,
		  const struct bpf_insn *insn)
{
	static const uint8_t lens[] = { 4, 2, 1, 8 };
	const struct reg *dst = &regs[insn->dst_reg], *src = &regs[insn->src_reg];
	struct scan_event *ev;

	if (dst->value != SCAN_ADDR)
		return;
	ev = add_event(scan, SCAN_STORE, word, dst, lens[BPF_SIZE(insn->code) >> 3]);
	ev->at.off += insn->off;
	if (BPF_CLASS(insn->code) == BPF_ST) {
		ev->value = SCAN_CONST;
		ev->constant = insn->imm;
	} else {
		ev->value = src->value;
		ev->constant = src->constant;
		ev->addr = src->addr;
	}
}

void scan_loader(struct scan *scan, const struct bpf_insn *insns, uint32_t nr)
{
	struct reg regs[16] = { 0 };
	uint32_t i;

	memset(scan, 0, sizeof(*scan));
	for (i = 0; i < nr; i++) {
		const struct bpf_insn *insn = &insns[i];
		struct reg *dst = &regs[insn->dst_reg];

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			dst->value = insn->src_reg == MAP_IDX_VALUE ? SCAN_ADDR : SCAN_UNKNOWN;
			dst->addr.map = (uint32_t)insn->imm;
			dst->addr.off = insn[1].imm;
			if (dst->value == SCAN_ADDR)
				add_addr(scan, &dst->addr);
			i++;
			break;
		case BPF_ST:
		case BPF_STX:
			store(scan, regs, i, insn);
			break;
		case BPF_LDX:
			dst->value = SCAN_UNKNOWN;
			break;
		case BPF_ALU64:
			if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X)) {
				*dst = regs[insn->src_reg];
			} else if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_K)) {
				dst->value = SCAN_CONST;
				dst->constant = insn->imm;
			} else {
				dst->value = SCAN_UNKNOWN;
			}
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_CALL)
				call(scan, regs, i, insn->imm);
			break;
		default:
			dst->value = SCAN_UNKNOWN;
		}
	}
}

void scan_free(struct scan *scan)
{
	free(scan->events);
	free(scan->addrs);
	memset(scan, 0, sizeof(*scan));
}
