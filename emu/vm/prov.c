// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Tags of memory words live in a hash of word addresses with linear probing. A word that loses its tag
 * keeps its place with tag 0, so that nothing ever moves but when the table grows.
 */
#include <errno.h>
#include <string.h>

#include "vm/prog.h"

enum { LOW, HIGH };

struct word {
	uint64_t key; /* address / 4 + 1; 0 is a free place */
	uint32_t tag;
	uint32_t by; /* instruction that stored it */
};

struct vm_prov {
	struct bemu_env *env;
	uint32_t nr_words, mask; /* places - 1 */
	struct word *words;
	uint32_t depth;
	struct vm_tag regs[BEMU_VM_NR_REGS][2];
	struct vm_tag saved[BEMU_VM_MAX_FRAMES + 1][4][2];
};

enum { FIRST_PLACES = 256 };

static const struct vm_tag none = { 0 };

int bemu_vm_prov_new(struct bemu_env *env, struct vm_prov **out)
{
	struct vm_prov *prov = bemu_zalloc(env, sizeof(*prov));

	if (!prov)
		return -ENOMEM;
	prov->env = env;
	prov->mask = FIRST_PLACES - 1;
	prov->words = bemu_zalloc_array(env, FIRST_PLACES, sizeof(*prov->words));
	if (!prov->words) {
		bemu_mem_free(env, prov);
		return -ENOMEM;
	}
	*out = prov;
	return 0;
}

void bemu_vm_prov_free(struct vm_prov *prov)
{
	if (!prov)
		return;
	bemu_mem_free(prov->env, prov->words);
	bemu_mem_free(prov->env, prov);
}

void bemu_vm_prov_reset(struct vm_prov *prov)
{
	memset(prov->words, 0, ((size_t)prov->mask + 1) * sizeof(*prov->words));
	memset(prov->regs, 0, sizeof(prov->regs));
	prov->nr_words = 0;
	prov->depth = 0;
}

/* The place of @key, or the free one where it would go. */
static struct word *find_word(const struct vm_prov *prov, uint64_t key)
{
	uint64_t at = (key * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; at++) {
		struct word *word = &prov->words[at & prov->mask];

		if (word->key == key || word->key == 0)
			return word;
	}
}

static int make_room(struct vm_prov *prov)
{
	uint32_t old_mask = prov->mask, i;
	struct word *old = prov->words, *words;

	if (prov->nr_words < old_mask / 2)
		return 0;
	words = bemu_zalloc_array(prov->env, ((size_t)old_mask + 1) * 2, sizeof(*words));
	if (!words)
		return -ENOMEM;
	prov->words = words;
	prov->mask = old_mask * 2 + 1;
	for (i = 0; i <= old_mask; i++)
		if (old[i].key)
			*find_word(prov, old[i].key) = old[i];
	bemu_mem_free(prov->env, old);
	return 0;
}

struct vm_tag bemu_vm_prov_mem(const struct vm_prov *prov, uint64_t addr)
{
	const struct word *word = addr % 4 ? NULL : find_word(prov, addr / 4 + 1);

	return word && word->tag ? (struct vm_tag){ word->tag, word->by, addr } : none;
}

static int set_word(struct vm_prov *prov, uint64_t addr, struct vm_tag tag)
{
	struct word *word = find_word(prov, addr / 4 + 1);

	if (word->key || !tag.tag) {
		if (word->key) {
			word->tag = tag.tag;
			word->by = tag.by;
		}
		return 0;
	}
	if (make_room(prov))
		return -ENOMEM;
	word = find_word(prov, addr / 4 + 1);
	word->key = addr / 4 + 1;
	word->tag = tag.tag;
	word->by = tag.by;
	prov->nr_words++;
	return 0;
}

int bemu_vm_prov_set_mem(struct vm_prov *prov, uint64_t addr, uint64_t len, struct vm_tag tag)
{
	uint64_t first = addr & ~3ull, word;

	if (len == 0)
		return 0;
	if (len / 4 > prov->nr_words) {
		/* a large write: rather look at what is tagged than at every word of it */
		uint32_t i;

		for (i = 0; i <= prov->mask; i++) {
			word = (prov->words[i].key - 1) * 4;
			if (prov->words[i].key && word - first <= addr + (len - 1) - first)
				prov->words[i].tag = 0;
		}
	} else {
		for (word = first; word - first <= addr + (len - 1) - first; word += 4)
			(void)set_word(prov, word, none); /* no tag, no memory */
	}
	return addr % 4 || !tag.tag ? 0 : set_word(prov, addr, tag);
}

/* What a store by instruction @pc leaves in memory. */
static struct vm_tag stored(struct vm_tag tag, uint32_t pc)
{
	return tag.tag ? (struct vm_tag){ tag.tag, pc, 0 } : none;
}

static int step_mem(struct vm_prov *prov, const struct vm_insn *insn, uint32_t pc,
		    const uint64_t *regs)
{
	uint64_t off = (uint64_t)(int64_t)insn->off, addr;
	struct vm_tag *src = prov->regs[insn->src], *dst = prov->regs[insn->dst];
	uint8_t code = (uint8_t)insn->op;
	int err;

	if (BPF_CLASS(code) == BPF_LDX) {
		addr = regs[insn->src] + off;
		dst[LOW] = insn->size >= 4 && BPF_MODE(code) == BPF_MEM
				   ? bemu_vm_prov_mem(prov, addr)
				   : none;
		dst[HIGH] = insn->size == 8 ? bemu_vm_prov_mem(prov, addr + 4) : none;
		return 0;
	}
	addr = regs[insn->dst] + off;
	if (BPF_MODE(code) == BPF_ATOMIC) {
		src[LOW] = src[HIGH] = none;
		prov->regs[0][LOW] = prov->regs[0][HIGH] = none;
		return bemu_vm_prov_set_mem(prov, addr, insn->size, none);
	}
	if (BPF_CLASS(code) == BPF_ST || insn->size < 4)
		return bemu_vm_prov_set_mem(prov, addr, insn->size, none);
	err = bemu_vm_prov_set_mem(prov, addr, 4, stored(src[LOW], pc));
	if (!err && insn->size == 8)
		err = bemu_vm_prov_set_mem(prov, addr + 4, 4, stored(src[HIGH], pc));
	return err;
}

static void step_alu(struct vm_prov *prov, const struct vm_insn *insn)
{
	struct vm_tag *src = prov->regs[insn->src], *dst = prov->regs[insn->dst];
	bool wide = BPF_CLASS(insn->op) == BPF_ALU64, is_reg = BPF_SRC(insn->op) == BPF_X;
	uint8_t op = BPF_OP((uint8_t)insn->op);
	struct vm_tag low = none, high = none;

	if (op == BPF_MOV && is_reg) {
		low = src[LOW];
		high = wide ? src[HIGH] : none;
	} else if (wide && !is_reg && insn->imm == 32) {
		if (op == BPF_LSH)
			high = dst[LOW];
		else if (op == BPF_RSH || op == BPF_ARSH)
			low = dst[HIGH];
	}
	dst[LOW] = low;
	dst[HIGH] = high;
}

int bemu_vm_prov_step(struct vm_prov *prov, const struct vm_insn *insn, uint32_t pc,
		      const uint64_t *regs)
{
	struct vm_tag *dst = prov->regs[insn->dst];

	switch (insn->op) {
	case VM_OP_CALL_HELPER:
	case VM_OP_CALL_KFUNC:
	case VM_OP_CALL_FUNC:
	case VM_OP_NOP:
		return 0;
	case VM_OP_LOAD_ACQ:
		dst[LOW] = insn->size >= 4
				   ? bemu_vm_prov_mem(prov, regs[insn->src] +
								    (uint64_t)(int64_t)insn->off)
				   : none;
		dst[HIGH] = none;
		return 0;
	case VM_OP_STORE_REL:
		return bemu_vm_prov_set_mem(
			prov, regs[insn->dst] + (uint64_t)(int64_t)insn->off, insn->size,
			insn->size >= 4 ? stored(prov->regs[insn->src][LOW], pc) : none);
	case VM_OP_MOVSX64_32:
		dst[LOW] = prov->regs[insn->src][LOW];
		dst[HIGH] = none;
		return 0;
	default:
		break;
	}
	if (insn->op >= VM_OP_SDIV64_X) {
		dst[LOW] = dst[HIGH] = none;
		return 0;
	}
	switch (BPF_CLASS(insn->op)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(prov, insn);
		return 0;
	case BPF_LD:
		dst[LOW] = dst[HIGH] = none;
		return 0;
	case BPF_JMP:
	case BPF_JMP32:
		return 0;
	default:
		return step_mem(prov, insn, pc, regs);
	}
}

void bemu_vm_prov_enter(struct vm_prov *prov)
{
	memcpy(prov->saved[prov->depth++], prov->regs[6], sizeof(prov->saved[0]));
}

void bemu_vm_prov_leave(struct vm_prov *prov)
{
	memcpy(prov->regs[6], prov->saved[--prov->depth], sizeof(prov->saved[0]));
}

void bemu_vm_prov_set_r0(struct vm_prov *prov, uint32_t low, uint32_t high)
{
	prov->regs[0][LOW] = (struct vm_tag){ low, 0, 0 };
	prov->regs[0][HIGH] = (struct vm_tag){ high, 0, 0 };
}

uint32_t bemu_vm_prov_arg(const struct vm_prov *prov, unsigned int arg)
{
	return arg < 5 ? prov->regs[1 + arg][LOW].tag : 0;
}

struct bemu_vm_place bemu_vm_prov_arg_place(const struct vm_prov *prov, unsigned int arg)
{
	const struct vm_tag *tag = &prov->regs[1 + (arg < 5 ? arg : 0)][LOW];
	struct bemu_vm_place place = { 0 };

	if (arg < 5 && tag->tag && tag->from) {
		place.addr = tag->from;
		place.stored_by = tag->by;
	}
	return place;
}
