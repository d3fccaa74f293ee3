/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known of registers and stack without running the verifier: constants, pointers into the value of
 * a map, pointers into the own stack frame. A small part of what do_check(), kernel/bpf/verifier.c, knows,
 * and nothing that it does not know: where this file says "constant", so does every kernel that is
 * modelled, so that a branch which is decided here is decided there.
 *
 *     r1 = .rodata[map 0]+8        r1: value of map 0 at 8
 *     r2 = *(u32 *)(r1 +0)         r2: 0, read from the map, which is frozen and read-only for programs
 *     if r2 == 0 goto              taken; what falls through is dead
 *
 * Stack slots are followed where the program stores eight bytes through r10; others are not known.
 */
#include <string.h>

#include "base/ints.h"
#include "insn/alu.h"
#include "sys/prog_value.h"

enum { FRAME_WORDS = 64, NO_SLOT = 0xff, FP = BPF_REG_10 };

static const struct bemu_value data = { .kind = BEMU_VALUE_DATA };
static const struct bemu_value any = { .kind = BEMU_VALUE_ANY };

static struct bemu_value constant(uint64_t num)
{
	return (struct bemu_value){ .kind = BEMU_VALUE_CONST, .num = num };
}

/* Word of the frame at a distance from its end, which is what r10 holds; FRAME_WORDS: none. */
static uint32_t frame_word(uint64_t off)
{
	uint64_t down = 0 - off;

	return down && down <= FRAME_WORDS * 8 && down % 8 == 0 ? (uint32_t)(down / 8) - 1
								: FRAME_WORDS;
}

static bool is_store(const struct bpf_insn *insn)
{
	uint32_t cls = BPF_CLASS(insn->code);

	return (cls == BPF_ST || cls == BPF_STX) && BPF_MODE(insn->code) == BPF_MEM;
}

void bemu_values_init(struct bemu_values *vs, const struct bemu_verif *v)
{
	uint32_t i, word;

	vs->v = v;
	vs->nr_slots = 0;
	memset(vs->slot_of, NO_SLOT, sizeof(vs->slot_of));
	for (i = 0; i < v->prog->nr_insns; i++) {
		const struct bpf_insn *insn = &v->prog->insns[i];

		if (!is_store(insn) || BPF_SIZE(insn->code) != BPF_DW || insn->dst_reg != FP)
			continue;
		word = frame_word((uint64_t)(int64_t)insn->off);
		if (word < FRAME_WORDS && vs->slot_of[word] == NO_SLOT)
			vs->slot_of[word] = (uint8_t)vs->nr_slots++;
	}
}

static struct bemu_value join(struct bemu_value a, struct bemu_value b)
{
	if (a.kind == b.kind && a.num == b.num && a.map_idx == b.map_idx)
		return a;
	if (a.kind == BEMU_VALUE_ANY || b.kind == BEMU_VALUE_ANY || a.kind == BEMU_VALUE_FRAME ||
	    b.kind == BEMU_VALUE_FRAME)
		return any;
	return data;
}

bool bemu_value_join(struct bemu_value *into, struct bemu_value from)
{
	struct bemu_value now = join(*into, from);
	bool changed = now.kind != into->kind; /* everything else only changes with the kind */

	*into = now;
	return changed;
}

uint32_t bemu_values_nr(const struct bemu_values *vs)
{
	return BEMU_VALUE_NR_REGS + vs->nr_slots;
}

bool bemu_values_join(const struct bemu_values *vs, struct bemu_value *into,
		      const struct bemu_value *from)
{
	bool changed = false;
	uint32_t i;

	for (i = 0; i < bemu_values_nr(vs); i++)
		changed |= bemu_value_join(&into[i], from[i]);
	return changed;
}

/* ---- functions ---- */

void bemu_values_entry(const struct bemu_values *vs, struct bemu_value *st)
{
	uint32_t i;

	for (i = 0; i < bemu_values_nr(vs); i++)
		st[i] = data;
}

void bemu_values_enter(const struct bemu_values *vs, const struct bemu_value *caller,
		       struct bemu_value *st)
{
	uint32_t i;

	bemu_values_entry(vs, st);
	for (i = BPF_REG_1; i <= BPF_REG_5; i++)
		if (caller[i].kind == BEMU_VALUE_CONST || caller[i].kind == BEMU_VALUE_MAP)
			st[i] = caller[i]; /* the caller's frame is not the function's own */
}

struct bemu_value bemu_value_returned(struct bemu_value r0)
{
	return r0.kind == BEMU_VALUE_CONST || r0.kind == BEMU_VALUE_MAP ? r0 : data;
}

void bemu_values_return(const struct bemu_values *vs, struct bemu_value *st, struct bemu_value r0)
{
	bool frame_given = false;
	uint32_t i;

	for (i = BPF_REG_1; i <= BPF_REG_5; i++) {
		frame_given |= st[i].kind == BEMU_VALUE_ANY || st[i].kind == BEMU_VALUE_FRAME;
		st[i] = data;
	}
	for (i = 0; frame_given && i < vs->nr_slots; i++)
		st[BEMU_VALUE_NR_REGS + i] = any;
	st[BPF_REG_0] = r0;
}

/* ---- arithmetic ---- */

static struct bemu_value reg(const struct bemu_value *st, uint32_t no)
{
	if (no == FP)
		return (struct bemu_value){ .kind = BEMU_VALUE_FRAME };
	return no < BEMU_VALUE_NR_REGS ? st[no] : any;
}

static void set_reg(struct bemu_value *st, uint32_t no, struct bemu_value val)
{
	if (no < BEMU_VALUE_NR_REGS)
		st[no] = val;
}

/* Both are constants. Quotients, negation and byte swaps are not followed by all kernels. */
static struct bemu_value fold(uint8_t op, uint64_t a, uint64_t b, bool is64)
{
	switch (op) {
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if ((is64 ? b : bemu_wrap_u32(b)) >= (is64 ? 64 : 32))
			return data;
		break;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		break;
	default:
		return data;
	}
	return constant(is64 ? bemu_alu64(op, a, b)
			     : bemu_alu32(op, bemu_wrap_u32(a), bemu_wrap_u32(b)));
}

static bool is_pointer(struct bemu_value v)
{
	return v.kind == BEMU_VALUE_MAP || v.kind == BEMU_VALUE_FRAME;
}

static struct bemu_value arithmetic(uint8_t op, struct bemu_value a, struct bemu_value b, bool is64)
{
	if (a.kind == BEMU_VALUE_CONST && b.kind == BEMU_VALUE_CONST)
		return fold(op, a.num, b.num, is64);
	if (!is64)
		return data; /* half of a pointer is none */
	if (op == BPF_ADD && is_pointer(b) && a.kind == BEMU_VALUE_CONST) {
		b.num += a.num;
		return b;
	}
	if ((op == BPF_ADD || op == BPF_SUB) && is_pointer(a) && b.kind == BEMU_VALUE_CONST) {
		a.num += op == BPF_ADD ? b.num : 0 - b.num;
		return a;
	}
	/* what is neither constant nor inside the frame cannot become a pointer into the frame */
	if (a.kind == BEMU_VALUE_ANY || a.kind == BEMU_VALUE_FRAME || b.kind == BEMU_VALUE_ANY ||
	    b.kind == BEMU_VALUE_FRAME)
		return any;
	return data;
}

static struct bemu_value move(const struct bpf_insn *insn, struct bemu_value from, bool is64)
{
	if (insn->off && from.kind == BEMU_VALUE_CONST &&
	    (insn->off == 8 || insn->off == 16 || (insn->off == 32 && is64)))
		from.num = bemu_sign_extend(from.num, (uint32_t)insn->off);
	else if (insn->off)
		return any;
	if (is64)
		return from;
	return from.kind == BEMU_VALUE_CONST ? constant(bemu_wrap_u32(from.num)) : data;
}

static void alu(struct bemu_value *st, const struct bpf_insn *insn)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code);
	struct bemu_value b = insn->code & BPF_X ? reg(st, insn->src_reg)
						 : constant((uint64_t)(int64_t)insn->imm);

	if (op == BPF_MOV)
		b = move(insn, b, is64);
	else
		b = arithmetic(op, reg(st, insn->dst_reg), b, is64);
	set_reg(st, insn->dst_reg, b);
}

/* ---- memory ---- */

/* Mirrors bpf_map_is_rdonly() and bpf_map_direct_read(). */
static struct bemu_value load_map(const struct bemu_values *vs, struct bemu_value at,
				  uint32_t width, bool is_signed)
{
	const struct bemu_map *map = vs->v->prog->used_maps[at.map_idx];
	uint64_t val = 0;
	uint8_t bytes[8];
	uint16_t half;
	uint32_t word;

	if (!(map->flags & BPF_F_RDONLY_PROG) || !map->frozen || map->writecnt ||
	    at.num > map->value_size || map->value_size - at.num < width)
		return data;
	if (map->data)
		memcpy(bytes, map->data + at.num, width);
	else
		memset(bytes, 0, width);
	switch (width) {
	case 1:
		val = bytes[0];
		break;
	case 2:
		memcpy(&half, bytes, sizeof(half));
		val = half;
		break;
	case 4:
		memcpy(&word, bytes, sizeof(word));
		val = word;
		break;
	default:
		memcpy(&val, bytes, sizeof(val));
	}
	return constant(is_signed ? bemu_sign_extend(val, width * 8) : val);
}

static struct bemu_value *slot(const struct bemu_values *vs, struct bemu_value *st, uint64_t off)
{
	uint32_t word = frame_word(off);

	if (word == FRAME_WORDS || vs->slot_of[word] == NO_SLOT)
		return NULL;
	return &st[BEMU_VALUE_NR_REGS + vs->slot_of[word]];
}

static void load(const struct bemu_values *vs, struct bemu_value *st, const struct bpf_insn *insn)
{
	struct bemu_value at = reg(st, insn->src_reg), val = data, *from;
	uint32_t width = bemu_insn_width(insn);

	at.num += (uint64_t)(int64_t)insn->off;
	if (at.kind == BEMU_VALUE_MAP) {
		val = load_map(vs, at, width, BPF_MODE(insn->code) == BEMU_BPF_MEMSX);
	} else if (width == 8 && (at.kind == BEMU_VALUE_FRAME || at.kind == BEMU_VALUE_ANY)) {
		from = at.kind == BEMU_VALUE_FRAME ? slot(vs, st, at.num) : NULL;
		val = from ? *from : any;
	}
	set_reg(st, insn->dst_reg, val);
}

/* Everything that overlaps the bytes that were written. */
static void spoil(const struct bemu_values *vs, struct bemu_value *st, uint64_t off, uint32_t width)
{
	uint64_t first = off & ~7ull, last = (off + width - 1) & ~7ull;
	struct bemu_value *to = slot(vs, st, first);

	if (to)
		*to = any;
	to = first != last ? slot(vs, st, last) : NULL;
	if (to)
		*to = any;
}

static void store(const struct bemu_values *vs, struct bemu_value *st, const struct bpf_insn *insn,
		  struct bemu_value val)
{
	struct bemu_value at = reg(st, insn->dst_reg), *to = NULL;
	uint32_t width = bemu_insn_width(insn), i;

	if (at.kind == BEMU_VALUE_ANY)
		for (i = 0; i < vs->nr_slots; i++)
			st[BEMU_VALUE_NR_REGS + i] = any;
	if (at.kind != BEMU_VALUE_FRAME)
		return;
	at.num += (uint64_t)(int64_t)insn->off;
	if (width == 8)
		to = slot(vs, st, at.num);
	if (to)
		*to = val;
	else
		spoil(vs, st, at.num, width);
}

/* v6.2 began to follow constants that are stored as such, except zero. */
static struct bemu_value stored_imm(const struct bemu_values *vs, const struct bpf_insn *insn)
{
	if (insn->imm && !bemu_model_has(vs->v->ctx->model, BEMU_KF_LDIMM64_FUNC))
		return data;
	return constant((uint64_t)(int64_t)insn->imm);
}

static void atomic(const struct bemu_values *vs, struct bemu_value *st, const struct bpf_insn *insn)
{
	store(vs, st, insn, any);
	if (insn->imm == BEMU_BPF_LOAD_ACQ)
		set_reg(st, insn->dst_reg, any);
	else if (insn->imm == BPF_CMPXCHG)
		set_reg(st, BPF_REG_0, any);
	else if (insn->imm & BPF_FETCH)
		set_reg(st, insn->src_reg, any);
}

/* ---- one instruction ---- */

static struct bemu_value wide(const struct bemu_values *vs, const struct bpf_insn *insn)
{
	const struct bemu_prog *prog = vs->v->prog;
	uint64_t num = bemu_insn_imm64(insn);
	uint32_t i;

	if (!insn->src_reg)
		return constant(num);
	if (insn->src_reg != BPF_PSEUDO_MAP_VALUE && insn->src_reg != BPF_PSEUDO_MAP_IDX_VALUE)
		return data;
	for (i = 0; i < prog->nr_used_maps; i++) {
		const struct bemu_map *map = prog->used_maps[i];

		if (map->type == BPF_MAP_TYPE_ARRAY && num - map->vaddr < map->value_size)
			return (struct bemu_value){ .kind = BEMU_VALUE_MAP,
						    .map_idx = i,
						    .num = num - map->vaddr };
	}
	return data;
}

void bemu_values_step(const struct bemu_values *vs, struct bemu_value *st, uint32_t insn_idx)
{
	const struct bpf_insn *insn = &vs->v->prog->insns[insn_idx];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		alu(st, insn);
		break;
	case BPF_LDX:
		load(vs, st, insn);
		break;
	case BPF_ST:
		store(vs, st, insn, stored_imm(vs, insn));
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			atomic(vs, st, insn);
		else
			store(vs, st, insn, reg(st, insn->src_reg));
		break;
	case BPF_LD:
		if (bemu_insn_is_ld64(insn))
			set_reg(st, insn->dst_reg, wide(vs, insn));
		else
			bemu_values_return(vs, st, data); /* the packet, as a call reads it */
		break;
	default:
		break;
	}
}

/* ---- branches ---- */

enum bemu_branch bemu_values_branch(const struct bemu_value *st, const struct bpf_insn *insn)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_JMP;
	uint8_t op = BPF_OP(insn->code);
	struct bemu_value a = reg(st, insn->dst_reg);
	struct bemu_value b = insn->code & BPF_X ? reg(st, insn->src_reg)
						 : constant((uint64_t)(int64_t)insn->imm);

	if (op == BEMU_BPF_JCOND)
		return BEMU_BRANCH_BOTH;
	/* Mirrors reg_not_null(): a pointer into the value of a map is not null */
	if (is64 && a.kind == BEMU_VALUE_MAP && b.kind == BEMU_VALUE_CONST && !b.num &&
	    !(insn->code & BPF_X) && (op == BPF_JEQ || op == BPF_JNE))
		return op == BPF_JNE ? BEMU_BRANCH_TAKEN : BEMU_BRANCH_NOT_TAKEN;
	if (a.kind != BEMU_VALUE_CONST || b.kind != BEMU_VALUE_CONST)
		return BEMU_BRANCH_BOTH;
	return bemu_jmp_holds(op, a.num, b.num, is64) ? BEMU_BRANCH_TAKEN : BEMU_BRANCH_NOT_TAKEN;
}
