/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Instructions in short, for tables of small programs. */
#ifndef BEMU_UNIT_PROGLOAD_H
#define BEMU_UNIT_PROGLOAD_H

#include "uapi/bpf.h"

/* clang-format off */
#define I(c, d, s, o, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (int32_t)(i) }
#define MOV(d, i)	I(0xb7, d, 0, 0, i)
#define MOVX(d, s)	I(0xbf, d, s, 0, 0)
#define MOV32(d, i)	I(0xb4, d, 0, 0, i)
#define MOVX32(d, s)	I(0xbc, d, s, 0, 0)
#define MOVSX(d, s, w)	I(0xbf, d, s, w, 0)
#define ALU(op, d, i)	I(0x07 | (op), d, 0, 0, i)
#define ALUX(op, d, s)	I(0x0f | (op), d, s, 0, 0)
#define ALU32(op, d, i)	I(0x04 | (op), d, 0, 0, i)
#define JMP(op, d, i, o)	I(0x05 | (op), d, 0, o, i)
#define JMPX(op, d, s, o)	I(0x0d | (op), d, s, o, 0)
#define JMP32(op, d, i, o)	I(0x06 | (op), d, 0, o, i)
#define JA(o)		I(0x05, 0, 0, o, 0)
#define JA32(i)		I(0x06, 0, 0, 0, i)
#define LDX(size, d, s, o)	I(0x61 | (size), d, s, o, 0)
#define LDXS(size, d, s, o)	I(0x81 | (size), d, s, o, 0)
#define STX(size, d, s, o)	I(0x63 | (size), d, s, o, 0)
#define ST(size, d, o, i)	I(0x62 | (size), d, 0, o, i)
#define LD64(d, s, lo, hi)	I(0x18, d, s, 0, lo), I(0, 0, 0, 0, hi)
#define CALL(i)		I(0x85, 0, 0, 0, i)
#define SUBCALL(i)	I(0x85, 0, 1, 0, i)
#define KCALL(i, o)	I(0x85, 0, 2, o, i)
#define EXIT		I(0x95, 0, 0, 0, 0)
/* clang-format on */

enum { W = 0x00, H = 0x08, B = 0x10, DW = 0x18 };

enum { POISON_IMM = 0x0bad2310, RANDOM = 7 /* bpf_get_prandom_u32() */ };

#define POISON	CALL(POISON_IMM)
#define RETURN0 MOV(0, 0), EXIT

#endif
