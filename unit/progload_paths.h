/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Small programs with an instruction that the verifier refuses when it gets there, and what the model has
 * to answer. Where it says yes or no, the running kernel has to agree to the errno and the last line of its
 * log; where it says unproven, @kernel is what that kernel found out from what registers hold.
 */
#ifndef BEMU_UNIT_PROGLOAD_PATHS_H
#define BEMU_UNIT_PROGLOAD_PATHS_H

#include <errno.h>

#include "progload.h"

enum path_answer { YES, NO, UNPROVEN };

/* Maps of one value of 32 bytes; the words are those of path_value. */
enum path_map {
	FROZEN_RO = 1, /* frozen, and read-only for programs */
	READ_WRITE,
	FROZEN_RW, /* frozen, but programs may write */
	OPEN_RO, /* read-only for programs, but not frozen */
};

static const uint32_t path_value[8] = { 0, 1, 0xffffffff, 5, 0, 1, 0x80, 0 };

enum path_func { STATIC = 1, GLOBAL };

struct path_case {
	const char *name;
	enum path_answer answer;
	int err; /* of a no */
	const char *line; /* of a no: the log's last */
	int kernel; /* of an unproven: the 6.18 kernel's errno */
	uint8_t funcs[3]; /* enum path_func: with func_info, in the order of their starts */
	struct bpf_insn insns[24];
};

#define UNKNOWN	       "invalid func unknown#195896080"
#define P(...)	       .insns = { __VA_ARGS__ }
#define IS_YES	       .answer = YES
#define IS_NO	       .answer = NO, .err = -EINVAL, .line = UNKNOWN
#define SAYS(t)	       .answer = NO, .err = -EINVAL, .line = (t)
#define MAYBE(e)       .answer = UNPROVEN, .kernel = (e)
#define VALUE(d, m, o) LD64(d, BPF_PSEUDO_MAP_VALUE, m, o)
#define RND	       CALL(RANDOM)

/* clang-format off */
static const struct path_case path_cases[] = {
	/* straight */
	{ "nothing to refuse", IS_YES, P(RETURN0) },
	{ "poison first", IS_NO, P(POISON, RETURN0) },
	{ "poison before exit", IS_NO, P(MOV(0, 0), POISON, EXIT) },
	{ "poison behind a helper", IS_NO, P(RND, POISON, RETURN0) },
	{ "poisoned pair of words", IS_NO, P(POISON, POISON, RETURN0) },
	{ "poison of a map", SAYS("invalid func unknown#2001000003"), P(CALL(2001000003), RETURN0) },
	{ "poison of a kernel function", SAYS("invalid func unknown#2002000001"),
	  P(CALL(2002000001), RETURN0) },
	{ "helper with a negative number", SAYS("invalid func unknown#-5"), P(CALL(-5), RETURN0) },
	{ "first helper past the end", SAYS("invalid func unknown#212"), P(CALL(212), RETURN0) },
	{ "empty kernel function call", SAYS("invalid kernel function call not eliminated in verifier pass"),
	  P(KCALL(0, 0), RETURN0) },
	/* decided by immediates */
	{ "guard by immediate", IS_YES, P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard by immediate, wrong way", IS_NO, P(MOV(1, 1), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard that jumps to it", IS_NO, P(MOV(1, 1), JMP(BPF_JNE, 1, 0, 2), RETURN0, POISON, RETURN0) },
	{ "guard that does not jump to it", IS_YES,
	  P(MOV(1, 1), JMP(BPF_JEQ, 1, 0, 2), RETURN0, POISON, RETURN0) },
	{ "guarded pair of words", IS_YES, P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 2), POISON, POISON, RETURN0) },
	{ "guarded empty kernel function call", IS_YES,
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), KCALL(0, 0), RETURN0) },
	{ "guard by ld64", IS_YES, P(LD64(1, 0, 0, 1), JMP(BPF_JNE, 1, 0, 1), POISON, RETURN0) },
	{ "guard by ld64 of zero, a weak symbol", IS_YES,
	  P(LD64(1, 0, 0, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard in another register", IS_YES,
	  P(MOV(6, 0), RND, MOVX(1, 6), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard lost in a call", MAYBE(-EACCES), /* the verifier refuses to read r1 */
	  P(MOV(1, 0), RND, JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard by two registers", IS_YES,
	  P(MOV(1, 3), MOV(2, 3), JMPX(BPF_JEQ, 1, 2, 1), POISON, RETURN0) },
	{ "bit test", IS_YES, P(MOV(1, 6), JMP(BPF_JSET, 1, 2, 1), POISON, RETURN0) },
	{ "bit test, not set", IS_NO, P(MOV(1, 5), JMP(BPF_JSET, 1, 2, 1), POISON, RETURN0) },
	{ "unsigned compare", IS_YES, P(MOV(1, -1), JMP(BPF_JGT, 1, 5, 1), POISON, RETURN0) },
	{ "unsigned compare, equal", IS_NO, P(MOV(1, 5), JMP(BPF_JGT, 1, 5, 1), POISON, RETURN0) },
	{ "unsigned at least", IS_YES, P(MOV(1, 5), JMP(BPF_JGE, 1, 5, 1), POISON, RETURN0) },
	{ "unsigned below", IS_YES, P(MOV(1, 4), JMP(BPF_JLT, 1, 5, 1), POISON, RETURN0) },
	{ "unsigned at most", IS_YES, P(MOV(1, 5), JMP(BPF_JLE, 1, 5, 1), POISON, RETURN0) },
	{ "signed compare", IS_NO, P(MOV(1, -1), JMP(BPF_JSGT, 1, 5, 1), POISON, RETURN0) },
	{ "signed at least", IS_YES, P(MOV(1, 0), JMP(BPF_JSGE, 1, -1, 1), POISON, RETURN0) },
	{ "signed below", IS_YES, P(MOV(1, -1), JMP(BPF_JSLT, 1, 5, 1), POISON, RETURN0) },
	{ "signed at most", IS_YES, P(MOV(1, -7), JMP(BPF_JSLE, 1, -7, 1), POISON, RETURN0) },
	{ "compare of 32 bits", IS_YES,
	  P(LD64(1, 0, 0, 1), JMP32(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "signed compare of 32 bits", IS_YES,
	  P(MOV32(1, -1), JMP32(BPF_JSLT, 1, 0, 1), POISON, RETURN0) },
	{ "move of 32 bits clears the upper half", IS_YES,
	  P(MOV32(1, -1), JMP(BPF_JSGT, 1, 0, 1), POISON, RETURN0) },
	{ "copy of 32 bits", IS_YES,
	  P(LD64(1, 0, 0, 1), MOVX32(2, 1), JMP(BPF_JEQ, 2, 0, 1), POISON, RETURN0) },
	{ "sign-extending move", IS_YES,
	  P(MOV(1, 0x80), MOVSX(2, 1, 8), JMP(BPF_JSLT, 2, 0, 1), POISON, RETURN0) },
	/* arithmetic */
	{ "sum", IS_YES, P(MOV(1, 2), ALU(BPF_ADD, 1, -2), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "difference of registers", IS_YES,
	  P(MOV(1, 2), MOV(2, 2), ALUX(BPF_SUB, 1, 2), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "product", IS_YES, P(MOV(1, 3), ALU(BPF_MUL, 1, 5), JMP(BPF_JEQ, 1, 15, 1), POISON, RETURN0) },
	{ "and, or, xor", IS_YES,
	  P(MOV(1, 6), ALU(BPF_AND, 1, 3), ALU(BPF_OR, 1, 8), ALU(BPF_XOR, 1, 10),
	    JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "shifts, as for bitfields", IS_YES,
	  P(MOV(1, 0x80), ALU(BPF_LSH, 1, 56), ALU(BPF_ARSH, 1, 63), JMP(BPF_JEQ, 1, -1, 1), POISON,
	    RETURN0) },
	{ "shift right without sign", IS_YES,
	  P(MOV(1, -1), ALU(BPF_RSH, 1, 63), JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "shift right of 32 bits with sign", IS_YES,
	  P(MOV32(1, -8), ALU32(BPF_ARSH, 1, 1), JMP32(BPF_JEQ, 1, -4, 1), POISON, RETURN0) },
	{ "sum of 32 bits", IS_YES,
	  P(MOV32(1, -1), ALU32(BPF_ADD, 1, 1), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "quotient is not followed", MAYBE(-EINVAL),
	  P(MOV(1, 6), ALU(BPF_DIV, 1, 3), JMP(BPF_JEQ, 1, 2, 1), POISON, RETURN0) },
	{ "byte swap is not followed", MAYBE(0),
	  P(MOV(1, 1), I(0xdc, 1, 0, 0, 16), JMP(BPF_JEQ, 1, 256, 1), POISON, RETURN0) },
	/* read-only data */
	{ "guard by frozen data", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard by frozen data, wrong way", IS_NO,
	  P(VALUE(1, FROZEN_RO, 0), LDX(W, 1, 1, 4), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "frozen data at an offset of the ld64", IS_YES,
	  P(VALUE(1, FROZEN_RO, 4), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "frozen data behind pointer arithmetic", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), ALU(BPF_ADD, 1, 12), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 5, 1), POISON,
	    RETURN0) },
	{ "frozen data, constant plus pointer", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), MOV(2, 12), ALUX(BPF_ADD, 2, 1), LDX(W, 1, 2, 0),
	    JMP(BPF_JEQ, 1, 5, 1), POISON, RETURN0) },
	{ "frozen byte", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), LDX(B, 1, 1, 8), JMP(BPF_JEQ, 1, 255, 1), POISON, RETURN0) },
	{ "frozen half word", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), LDX(H, 1, 1, 8), JMP(BPF_JEQ, 1, 65535, 1), POISON, RETURN0) },
	{ "frozen double word", IS_YES,
	  P(VALUE(1, FROZEN_RO, 16), LDX(DW, 1, 1, 0), JMP32(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "frozen byte with sign", IS_YES,
	  P(VALUE(1, FROZEN_RO, 24), LDXS(B, 1, 1, 0), JMP(BPF_JSLT, 1, 0, 1), POISON, RETURN0) },
	{ "frozen word with sign", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), LDXS(W, 1, 1, 8), JMP(BPF_JEQ, 1, -1, 1), POISON, RETURN0) },
	{ "data that may change", MAYBE(-EINVAL),
	  P(VALUE(1, READ_WRITE, 0), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "frozen data that programs may write", MAYBE(-EINVAL),
	  P(VALUE(1, FROZEN_RW, 0), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "read-only data that is not frozen", MAYBE(-EINVAL),
	  P(VALUE(1, OPEN_RO, 0), LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "pointer into a map is not null", IS_YES,
	  P(VALUE(1, READ_WRITE, 0), JMP(BPF_JNE, 1, 0, 1), POISON, RETURN0) },
	{ "pointer into a map is null", IS_NO,
	  P(VALUE(1, READ_WRITE, 0), JMP(BPF_JNE, 1, 0, 2), RETURN0, POISON, RETURN0) },
	/* the stack */
	{ "guard through the stack", IS_YES,
	  P(MOV(1, 0), STX(DW, 10, 1, -8), RND, LDX(DW, 1, 10, -8), JMP(BPF_JEQ, 1, 0, 1), POISON,
	    RETURN0) },
	{ "immediate through the stack", IS_YES,
	  P(ST(DW, 10, -16, 7), LDX(DW, 1, 10, -16), JMP(BPF_JEQ, 1, 7, 1), POISON, RETURN0) },
	{ "immediate through the stack, by another pointer", IS_YES,
	  P(ST(DW, 10, -16, 7), MOVX(2, 10), ALU(BPF_ADD, 2, -24), LDX(DW, 1, 2, 8),
	    JMP(BPF_JEQ, 1, 7, 1), POISON, RETURN0) },
	{ "pointer to frozen data through the stack", IS_YES,
	  P(VALUE(1, FROZEN_RO, 0), STX(DW, 10, 1, -8), LDX(DW, 2, 10, -8), LDX(W, 2, 2, 4),
	    JMP(BPF_JEQ, 2, 1, 1), POISON, RETURN0) },
	{ "slot that was partly overwritten", MAYBE(-EINVAL),
	  P(ST(DW, 10, -8, 7), ST(B, 10, -8, 1), LDX(DW, 1, 10, -8), JMP(BPF_JEQ, 1, 7, 1), POISON,
	    RETURN0) },
	{ "slot that a helper was given", MAYBE(-EINVAL),
	  P(ST(DW, 10, -8, 7), MOVX(1, 10), ALU(BPF_ADD, 1, -8), MOV(2, 8), MOV(3, 0), CALL(4),
	    LDX(DW, 1, 10, -8), JMP(BPF_JEQ, 1, 7, 1), POISON, RETURN0) },
	/* at run time */
	{ "guard by a helper's result", MAYBE(-EINVAL), P(RND, JMP(BPF_JEQ, 0, 0, 1), POISON, RETURN0) },
	{ "guard by the context", MAYBE(-EINVAL),
	  P(LDX(W, 1, 1, 0), JMP(BPF_JEQ, 1, 0, 1), POISON, RETURN0) },
	{ "guard by a range that only the verifier follows", MAYBE(0),
	  P(RND, ALU(BPF_AND, 0, 7), JMP(BPF_JLT, 0, 8, 1), POISON, RETURN0) },
	{ "both ways lead to it", IS_NO, P(RND, JMP(BPF_JEQ, 0, 0, 1), MOV(0, 1), POISON, RETURN0) },
	{ "one on each way", IS_NO,
	  P(RND, JMP(BPF_JEQ, 0, 0, 2), POISON, EXIT, POISON, RETURN0) },
	{ "constants that differ by the way", MAYBE(-EINVAL),
	  P(RND, MOV(1, 1), JMP(BPF_JEQ, 0, 0, 1), MOV(1, 2), JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "constants that are equal on both ways", IS_YES,
	  P(RND, MOV(1, 1), JMP(BPF_JEQ, 0, 0, 1), MOV(1, 1), JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "dead code behind a branch at run time", IS_YES,
	  P(MOV(6, 0), RND, JMP(BPF_JEQ, 0, 0, 2), JMP(BPF_JEQ, 6, 0, 1), POISON, RETURN0) },
	{ "jump over it", SAYS("unreachable insn 1"), P(JA(1), POISON, RETURN0) },
	{ "behind exit", SAYS("unreachable insn 2"), P(RETURN0, POISON, EXIT) },
	/* functions */
	{ "in a function", IS_NO, P(SUBCALL(1), EXIT, POISON, RETURN0) },
	{ "behind a function's call", IS_NO, P(SUBCALL(2), POISON, EXIT, RETURN0) },
	{ "guard by a function's result", IS_YES,
	  P(SUBCALL(3), JMP(BPF_JEQ, 0, 0, 1), POISON, EXIT, RETURN0) },
	{ "guard by an argument", IS_YES,
	  P(MOV(1, 1), SUBCALL(1), EXIT, JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "guard by arguments that differ by the call", MAYBE(-EINVAL),
	  P(MOV(1, 1), SUBCALL(3), MOV(1, 2), SUBCALL(1), EXIT, JMP(BPF_JEQ, 1, 1, 1), POISON, RETURN0) },
	{ "guard in a register that functions keep", IS_YES,
	  P(MOV(6, 0), SUBCALL(4), JMP(BPF_JEQ, 6, 0, 1), POISON, MOV(0, 0), EXIT, MOV(6, 5), RETURN0) },
	{ "in a function that is not called on the way", IS_YES,
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), SUBCALL(2), RETURN0, POISON, EXIT) },
	{ "in a function behind a branch at run time", MAYBE(-EINVAL),
	  P(RND, JMP(BPF_JEQ, 0, 0, 1), SUBCALL(2), RETURN0, POISON, EXIT) },
	{ "slot of the caller that a function was given", MAYBE(-EINVAL),
	  P(ST(DW, 10, -8, 7), MOVX(1, 10), SUBCALL(5), LDX(DW, 1, 10, -8), JMP(BPF_JEQ, 1, 7, 1),
	    POISON, MOV(0, 0), EXIT, ST(DW, 1, -8, 8), RETURN0) },
	{ "in a static function with types", IS_NO, .funcs = { STATIC, STATIC },
	  P(SUBCALL(1), EXIT, POISON, RETURN0) },
	{ "in a global function", IS_NO, .funcs = { STATIC, GLOBAL },
	  P(SUBCALL(1), EXIT, POISON, RETURN0) },
	{ "in a global function that is dead", IS_YES, .funcs = { STATIC, GLOBAL },
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), SUBCALL(2), RETURN0, POISON, EXIT) },
	{ "guard by a global function's result", MAYBE(-EINVAL), .funcs = { STATIC, GLOBAL },
	  P(SUBCALL(4), JMP(BPF_JEQ, 0, 0, 1), POISON, MOV(0, 0), EXIT, RETURN0) },
	{ "behind a global function", IS_NO, .funcs = { STATIC, GLOBAL },
	  P(SUBCALL(2), POISON, EXIT, RETURN0) },
	{ "callback without types", SAYS("missing btf func_info"),
	  P(LD64(2, BPF_PSEUDO_FUNC, 3, 0), RETURN0, RETURN0) },
	{ "callback that is global", SAYS("callback function not static"), .funcs = { STATIC, GLOBAL },
	  P(LD64(2, BPF_PSEUDO_FUNC, 3, 0), RETURN0, RETURN0) },
	{ "callback without types, dead", IS_YES,
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 2), LD64(2, BPF_PSEUDO_FUNC, 3, 0), RETURN0, RETURN0) },
	/* loops */
	{ "loop before it", IS_NO,
	  P(MOV(6, 0), ALU(BPF_ADD, 6, 1), JMP(BPF_JLT, 6, 4, -2), POISON, RETURN0) },
	{ "dead code in a loop", IS_YES,
	  P(MOV(7, 0), MOV(6, 0), ALU(BPF_ADD, 6, 1), JMP(BPF_JEQ, 7, 0, 1), POISON,
	    JMP(BPF_JLT, 6, 4, -4), RETURN0) },
	{ "loop that counts up to it", MAYBE(-EINVAL),
	  P(MOV(6, 0), ALU(BPF_ADD, 6, 1), JMP(BPF_JNE, 6, 3, 1), POISON, JMP(BPF_JLT, 6, 4, -4),
	    RETURN0) },
	{ "loop that does not count up to it", MAYBE(0),
	  P(MOV(6, 0), ALU(BPF_ADD, 6, 1), JMP(BPF_JNE, 6, 7, 1), POISON, JMP(BPF_JLT, 6, 4, -4),
	    RETURN0) },
	/* words with reserved fields */
	{ "offset in an ld64", SAYS("BPF_LD_IMM64 uses reserved fields"),
	  P(I(0x18, 1, 0, 4, 7), I(0, 0, 0, 0, 0), RETURN0) },
	{ "offset in an ld64, dead", IS_YES,
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 2), I(0x18, 1, 0, 4, 7), I(0, 0, 0, 0, 0), RETURN0) },
	{ "call with a destination", SAYS("BPF_CALL uses reserved fields"), P(I(0x85, 1, 0, 0, 7), RETURN0) },
	{ "call with an offset", SAYS("BPF_CALL uses reserved fields"), P(I(0x85, 0, 0, 1, 7), RETURN0) },
	{ "call of an unknown manner", SAYS("BPF_CALL uses reserved fields"), P(I(0x85, 0, 3, 0, 7), RETURN0) },
	{ "jump with a register", SAYS("BPF_JA uses reserved fields"), P(I(0x05, 1, 0, 0, 0), RETURN0) },
	{ "jump with an immediate", SAYS("BPF_JA uses reserved fields"), P(I(0x05, 0, 0, 0, 1), RETURN0) },
	{ "long jump with an offset", SAYS("BPF_JA uses reserved fields"), P(I(0x06, 0, 0, 1, 0), RETURN0) },
	{ "exit with an immediate", SAYS("BPF_EXIT uses reserved fields"), P(MOV(0, 0), I(0x95, 0, 0, 0, 1)) },
	{ "condition with a source", SAYS("BPF_JMP/JMP32 uses reserved fields"),
	  P(MOV(0, 0), I(0x15, 0, 1, 0, 0), EXIT) },
	{ "condition on registers with an immediate", SAYS("BPF_JMP/JMP32 uses reserved fields"),
	  P(MOV(0, 0), I(0x1d, 0, 1, 0, 1), EXIT) },
	{ "negation with an immediate", SAYS("BPF_NEG uses reserved fields"),
	  P(MOV(0, 0), I(0x87, 0, 0, 0, 1), EXIT) },
	{ "byte swap of 24 bits", SAYS("BPF_END uses reserved fields"),
	  P(MOV(0, 0), I(0xdc, 0, 0, 0, 24), EXIT) },
	{ "move with a source and an immediate", SAYS("BPF_MOV uses reserved fields"),
	  P(I(0xb7, 0, 1, 0, 0), EXIT) },
	{ "copy with an immediate", SAYS("BPF_MOV uses reserved fields"), P(I(0xbf, 0, 1, 0, 1), EXIT) },
	{ "sum with an offset", SAYS("BPF_ALU uses reserved fields"), P(MOV(0, 0), I(0x07, 0, 0, 1, 1), EXIT) },
	{ "quotient with an offset of two", SAYS("BPF_ALU uses reserved fields"),
	  P(MOV(0, 0), I(0x37, 0, 0, 2, 1), EXIT) },
	{ "signed quotient", IS_YES, P(MOV(0, 0), I(0x37, 0, 0, 1, 1), EXIT) },
	{ "store of an immediate with a source", SAYS("BPF_ST uses reserved fields"),
	  P(I(0x7a, 10, 1, -8, 0), RETURN0) },
	{ "store with an immediate", SAYS("BPF_STX uses reserved fields"), P(I(0x7b, 10, 1, -8, 1), RETURN0) },
	{ "packet load with a destination", SAYS("BPF_LD_[ABS|IND] uses reserved fields"),
	  P(MOVX(6, 1), I(0x20, 1, 0, 0, 0), EXIT) },
	/* the graph */
	{ "unreachable instruction", SAYS("unreachable insn 1"), P(JA(1), MOV(0, 1), RETURN0) },
	{ "long jump", SAYS("unreachable insn 1"), P(JA32(1), MOV(0, 1), RETURN0) },
	{ "falling off the end", SAYS("last insn is not an exit or jmp"), P(MOV(0, 0)) },
	{ "falling off the end of a function", SAYS("last insn is not an exit or jmp"),
	  P(SUBCALL(1), EXIT, MOV(0, 0)) },
	{ "condition at the end", SAYS("last insn is not an exit or jmp"),
	  P(MOV(0, 0), JMP(BPF_JEQ, 0, 0, -1)) },
	{ "jump past the end", SAYS("jump out of range from insn 0 to 51"), P(JA(50), RETURN0) },
	{ "jump before the start", SAYS("jump out of range from insn 0 to -1"), P(JA(-2), RETURN0) },
	{ "jump into another function", SAYS("jump out of range from insn 1 to 4"),
	  P(SUBCALL(2), JA(2), EXIT, MOV(0, 1), RETURN0) },
	{ "jump into an ld64", SAYS("jump into the middle of ldimm64 insn 2"),
	  P(MOV(1, 0), JMP(BPF_JEQ, 1, 0, 1), LD64(2, 0, 0, 0), RETURN0) },
	{ "function that is never called", SAYS("unreachable insn 2"),
	  P(RETURN0, SUBCALL(1), EXIT, RETURN0) },
	{ "bounded loop", IS_YES,
	  P(MOV(6, 0), ALU(BPF_ADD, 6, 1), JMP(BPF_JLT, 6, 4, -2), RETURN0) },
};
/* clang-format on */

#endif
