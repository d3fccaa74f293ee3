/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the arithmetic and the comparisons of BPF compute. Mirrors ___bpf_prog_run(), kernel/bpf/core.c,
 * v6.18: division by zero gives 0, modulo by zero leaves the destination, shifts are masked, 32-bit results
 * are zero-extended, the signed minimum divided by -1 is itself.
 */
#ifndef BEMU_INSN_ALU_H
#define BEMU_INSN_ALU_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/bpf.h"

/** bemu_sign_extend() - the low @bits of @v as a signed number; two's complement by arithmetic, without casts of signs. */
static inline uint64_t bemu_sign_extend(uint64_t v, unsigned int bits)
{
	uint64_t sign = 1ull << (bits - 1);

	v &= sign | (sign - 1);
	return (v ^ sign) - sign;
}

static inline uint64_t bemu_alu_arsh64(uint64_t v, unsigned int n)
{
	return n ? bemu_sign_extend(v >> n, 64 - n) : v;
}

static inline uint32_t bemu_alu_arsh32(uint32_t v, unsigned int n)
{
	return n ? (uint32_t)bemu_sign_extend(v >> n, 32 - n) : v;
}

/* Signed division as C has it, on magnitudes: the minimum by -1 wraps to itself, its rest is 0. */
static inline uint64_t bemu_alu_sdivmod(uint64_t a, uint64_t b, bool mod)
{
	bool neg_a = a >> 63, neg_b = b >> 63;
	uint64_t ua = neg_a ? 0 - a : a, ub = neg_b ? 0 - b : b;
	uint64_t r;

	if (!b)
		return mod ? a : 0;
	r = mod ? ua % ub : ua / ub;
	return (mod ? neg_a : neg_a != neg_b) ? 0 - r : r;
}

static inline uint64_t bemu_alu_divmod(uint64_t a, uint64_t b, bool mod)
{
	if (!b)
		return mod ? a : 0;
	return mod ? a % b : a / b;
}

static inline uint64_t bemu_alu_byte_order(uint64_t v, unsigned int bits, bool swap)
{
	switch (bits) {
	case 16:
		return swap ? __builtin_bswap16((uint16_t)v) : (uint16_t)v;
	case 32:
		return swap ? __builtin_bswap32((uint32_t)v) : (uint32_t)v;
	default:
		return swap ? __builtin_bswap64(v) : v;
	}
}

/** bemu_jmp_holds() - @op is one of the comparisons, @wide says of how many bits */
static inline bool bemu_jmp_holds(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	const uint64_t flip = 1ull << 63; /* unsigned order of flipped values is signed order */
	uint64_t sa, sb;

	if (!wide) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	sa = (wide ? a : bemu_sign_extend(a, 32)) ^ flip;
	sb = (wide ? b : bemu_sign_extend(b, 32)) ^ flip;
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return (a & b) != 0;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	default:
		return sa <= sb; /* BPF_JSLE */
	}
}

/** bemu_alu64() - @op is one of the operations, as BPF_OP() gives it; division is unsigned */
static inline uint64_t bemu_alu64(uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return bemu_alu_divmod(a, b, false);
	case BPF_MOD:
		return bemu_alu_divmod(a, b, true);
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 63);
	case BPF_RSH:
		return a >> (b & 63);
	case BPF_ARSH:
		return bemu_alu_arsh64(a, b & 63);
	case BPF_NEG:
		return 0 - a;
	default:
		return b; /* BPF_MOV */
	}
}

/** bemu_alu32() - the same, and its zero-extension is the caller's */
static inline uint32_t bemu_alu32(uint8_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	case BPF_ARSH:
		return bemu_alu_arsh32(a, b & 31);
	case BPF_MOD:
		return b ? a % b : a;
	default:
		return (uint32_t)bemu_alu64(op, a, b);
	}
}

#endif
