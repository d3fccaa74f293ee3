// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The reverse of emu/insn/disasm.c, one function a form of statement. A statement ends at a semicolon or
 * a line; blanks between its words do not matter.
 */
#include "scenario/asm.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "scenario/lex.h"

enum {
	MODE_NOSPEC = 0xc0,
	OFF_ADDR_SPACE_CAST = 1,
	OFF_ADDR_PERCPU = -1,
	NO_OPCODE = -1,
	WORD_LEN = 128,
};

struct reader {
	struct bemu_env *env;
	const char *text; /* text[-1] can be looked at */
	uint32_t pos, end; /* of the statement: [pos, end) */
	uint32_t block_end;
	uint32_t line, line_start;
	struct bemu_scn_where *where;
	const struct bemu_scn_asm_ops *ops;
	struct bemu_scn_insns *out;
	int32_t opcode; /* in parentheses before the statement, or NO_OPCODE */
	uint32_t start;
};

#define FAIL(r, ...) \
	bemu_scn_fail((r)->env, (r)->where, (r)->line, (r)->pos - (r)->line_start + 1, __VA_ARGS__)

/* ---- words ---- */

static void skip(struct reader *r)
{
	while (r->pos < r->end && r->text[r->pos] == ' ')
		r->pos++;
}

static char peek(struct reader *r)
{
	skip(r);
	return r->pos < r->end ? r->text[r->pos] : '\0';
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* Passes @lit, whose spaces stand for any number of them; a word does not end within another. */
static bool lit(struct reader *r, const char *text)
{
	uint32_t pos;
	const char *c;

	skip(r);
	pos = r->pos;
	for (c = text; *c; c++) {
		if (*c == ' ') {
			while (pos < r->end && r->text[pos] == ' ')
				pos++;
			continue;
		}
		if (pos >= r->end || r->text[pos] != *c)
			return false;
		pos++;
	}
	if (is_name_char(c[-1]) && pos < r->end && is_name_char(r->text[pos]))
		return false;
	r->pos = pos;
	return true;
}

static int expect(struct reader *r, const char *text)
{
	return lit(r, text) ? 0 : FAIL(r, "'%s' is missing", text);
}

/* A register: 'r' or 'w' in *width. 0, or 1 with nothing passed. */
static int try_reg(struct reader *r, char *width, uint32_t *nr)
{
	uint32_t pos, v = 0;
	char c = peek(r);

	pos = r->pos + 1;
	if ((c != 'r' && c != 'w') || pos >= r->end || !isdigit((unsigned char)r->text[pos]))
		return 1;
	for (; pos < r->end && isdigit((unsigned char)r->text[pos]) && v < 16; pos++)
		v = v * 10 + (uint32_t)(r->text[pos] - '0');
	if (v > 15 || (pos < r->end && is_name_char(r->text[pos])))
		return 1;
	*width = c;
	*nr = v;
	r->pos = pos;
	return 0;
}

static int read_reg(struct reader *r, uint32_t *nr)
{
	char width;

	if (try_reg(r, &width, nr) || width != 'r')
		return FAIL(r, "a register is missing");
	return 0;
}

/* [start, pos) is a name or a number. */
static uint32_t read_word(struct reader *r)
{
	uint32_t start;

	skip(r);
	start = r->pos;
	if (r->pos < r->end && (r->text[r->pos] == '-' || r->text[r->pos] == '+'))
		r->pos++;
	while (r->pos < r->end && is_name_char(r->text[r->pos]))
		r->pos++;
	return start;
}

/* A number that must be written as one; a plus sign may stand before it. */
static int read_number(struct reader *r, int64_t min, int64_t max, int64_t *out)
{
	uint32_t start = read_word(r), from = start + (start < r->end && r->text[start] == '+');

	if (bemu_scn_number(r->text + from, r->pos - from, out)) {
		r->pos = start;
		return FAIL(r, "a number is missing");
	}
	if (*out < min || *out > max) {
		r->pos = start;
		return FAIL(r, "the number does not fit");
	}
	return 0;
}

static int read_type(struct reader *r, uint32_t btf, uint32_t btf_len, int64_t *out)
{
	uint32_t start = read_word(r), id = 0;

	if (!r->ops || !r->ops->type ||
	    r->ops->type(r->ops->ctx, r->text + btf, btf_len, r->text + start, r->pos - start,
			 &id)) {
		uint32_t len = r->pos - start;

		r->pos = start;
		return FAIL(r, "no BTF %.*s, or no type %.*s in it", (int)(btf_len & 63),
			    r->text + btf, (int)(len & 63), r->text + start);
	}
	*out = id;
	return 0;
}

/* A number, a name, or BTF:TYPE. *noted: slice of a name that stood for an FD. */
static int read_atom(struct reader *r, int64_t *out, uint32_t *noted)
{
	uint32_t start = read_word(r), len = r->pos - start;

	*noted = UINT32_MAX;
	if (len && !bemu_scn_number(r->text + start, len, out))
		return 0;
	if (len && r->pos < r->end && r->text[r->pos] == ':') {
		r->pos++;
		return read_type(r, start, len, out);
	}
	if (len && r->ops && r->ops->number &&
	    !r->ops->number(r->ops->ctx, r->text + start, len, out)) {
		*noted = start;
		return 0;
	}
	r->pos = start;
	return FAIL(r, "neither a number nor a name that was given: '%.*s'", (int)(len & 63),
		    r->text + start);
}

/* "a | b << 32": shifts bind closer, as in C. */
static int read_expr(struct reader *r, uint32_t insn_idx, uint64_t *out)
{
	int err;

	*out = 0;
	do {
		int64_t v = 0, shift = 0;
		uint32_t noted, len;

		err = read_atom(r, &v, &noted);
		len = r->pos - (noted == UINT32_MAX ? r->pos : noted);
		if (!err && lit(r, "<<"))
			err = read_number(r, 0, 63, &shift);
		if (!err && noted != UINT32_MAX && r->ops->noted)
			err = r->ops->noted(r->ops->ctx, r->text + noted, len, insn_idx,
					    shift == 32);
		*out |= shift ? (uint64_t)v << shift : (uint64_t)v;
	} while (!err && lit(r, "|"));
	return err;
}

/* An operand of 32 bits: what fits signed or unsigned. */
static int read_imm(struct reader *r, int32_t *out)
{
	uint64_t v = 0;
	uint32_t start;
	int err;

	skip(r);
	start = r->pos;
	err = read_expr(r, r->out->nr, &v);
	if (err)
		return err;
	if (v > UINT32_MAX && (int64_t)v < INT32_MIN) {
		r->pos = start;
		return FAIL(r, "the number does not fit 32 bits");
	}
	if (v > UINT32_MAX && (int64_t)v > INT32_MAX) {
		r->pos = start;
		return FAIL(r, "the number does not fit 32 bits");
	}
	*out = bemu_wrap_s32(v);
	return 0;
}

static int emit(struct reader *r, struct bpf_insn insn)
{
	struct bemu_scn_insns *out = r->out;

	if (out->nr >= BEMU_SCN_MAX_INSNS) {
		(void)FAIL(r, "more than %d instructions", BEMU_SCN_MAX_INSNS);
		return -E2BIG;
	}
	if (bemu_grow(r->env, &out->insns, &out->cap, (size_t)out->nr + 1, sizeof(insn)))
		return -ENOMEM;
	out->insns[out->nr++] = insn;
	return 0;
}

static struct bpf_insn insn_of(uint32_t code, uint32_t dst, uint32_t src, int64_t off, int32_t imm)
{
	return (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = dst & 15,
		.src_reg = src & 15,
		.off = bemu_wrap_s16((uint64_t)off),
		.imm = imm,
	};
}

/* ---- memory ---- */

struct access {
	uint32_t size; /* BPF_W and so on */
	bool is_signed;
	uint32_t reg;
	int64_t off;
};

static int read_size(struct reader *r, struct access *a)
{
	static const struct {
		const char *name;
		uint32_t size;
		bool is_signed;
	} sizes[] = {
		{ "u8", BPF_B, false },	  { "u16", BPF_H, false }, { "u32", BPF_W, false },
		{ "u64", BPF_DW, false }, { "s8", BPF_B, true },   { "s16", BPF_H, true },
		{ "s32", BPF_W, true },
	};
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(sizes); i++)
		if (lit(r, sizes[i].name)) {
			a->size = sizes[i].size;
			a->is_signed = sizes[i].is_signed;
			return 0;
		}
	return FAIL(r, "the width of an access is missing");
}

/* "(u32 *)(r1 +4)" */
static int read_place(struct reader *r, struct access *a)
{
	int err = expect(r, "(");

	if (!err)
		err = read_size(r, a);
	if (!err)
		err = expect(r, "* ) (");
	if (!err)
		err = read_reg(r, &a->reg);
	if (!err)
		err = read_number(r, INT16_MIN, INT16_MAX, &a->off);
	return err ? err : expect(r, ")");
}

/* After "*": a store, or after "lock *" an atomic without a result. */
static int read_store(struct reader *r)
{
	struct access a = { 0 };
	uint32_t src = 0;
	char width;
	int32_t imm = 0;
	int err = read_place(r, &a);

	if (!err)
		err = expect(r, "=");
	if (err)
		return err;
	if (a.is_signed)
		return FAIL(r, "a store has no sign");
	if (!try_reg(r, &width, &src))
		return emit(r, insn_of(BPF_STX | BPF_MEM | a.size, a.reg, src, a.off, 0));
	err = read_imm(r, &imm);
	return err ? err : emit(r, insn_of(BPF_ST | BPF_MEM | a.size, a.reg, 0, a.off, imm));
}

static int read_lock(struct reader *r)
{
	static const struct {
		const char *text;
		int32_t op;
	} ops[] = { { "+=", BPF_ADD }, { "&=", BPF_AND }, { "|=", BPF_OR }, { "^=", BPF_XOR } };
	struct access a = { 0 };
	uint32_t src = 0;
	size_t i;
	int err = read_place(r, &a);

	for (i = 0; !err && i < BEMU_ARRAY_SIZE(ops); i++)
		if (lit(r, ops[i].text)) {
			err = read_reg(r, &src);
			if (err)
				return err;
			return emit(r, insn_of(BPF_STX | BPF_ATOMIC | a.size, a.reg, src, a.off,
					       ops[i].op));
		}
	return err ? err : FAIL(r, "an atomic operator is missing");
}

struct atomic_form {
	const char *name;
	int32_t op;
};

static const struct atomic_form atomics[] = {
	{ "fetch_add(", BPF_ADD | BPF_FETCH },
	{ "fetch_and(", BPF_AND | BPF_FETCH },
	{ "fetch_or(", BPF_OR | BPF_FETCH },
	{ "fetch_xor(", BPF_XOR | BPF_FETCH },
	{ "xchg(", BPF_XCHG },
	{ "cmpxchg(", BPF_CMPXCHG },
};

/* After "rN = ": "atomic64_fetch_add((u64 *)(r1 +0), r2)". 1 when it is no atomic. */
static int try_atomic(struct reader *r, uint32_t dst)
{
	uint32_t start = r->pos, src = 0;
	struct access a = { 0 };
	size_t i;
	int err;

	if (lit(r, "load_acquire(")) {
		err = read_place(r, &a);
		if (!err)
			err = expect(r, ")");
		return err ? err
			   : emit(r, insn_of(BPF_STX | BPF_ATOMIC | a.size, dst, a.reg, a.off,
					     BEMU_BPF_LOAD_ACQ));
	}
	skip(r);
	if (r->end - r->pos < 8 || memcmp(r->text + r->pos, "atomic", 6))
		return 1;
	r->pos += 6;
	if (r->end - r->pos > 2 && !memcmp(r->text + r->pos, "64", 2))
		r->pos += 2;
	if (r->pos >= r->end || r->text[r->pos++] != '_') {
		r->pos = start;
		return 1;
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(atomics); i++)
		if (lit(r, atomics[i].name))
			break;
	if (i == BEMU_ARRAY_SIZE(atomics))
		return FAIL(r, "not an atomic operation");
	err = read_place(r, &a);
	if (!err && atomics[i].op == BPF_CMPXCHG)
		err = expect(r, ", r0");
	if (!err)
		err = expect(r, ",");
	if (!err)
		err = read_reg(r, &src);
	if (!err)
		err = expect(r, ")");
	if (!err && src != dst && atomics[i].op != BPF_CMPXCHG)
		err = FAIL(r, "the result goes into r%u", src);
	return err ? err
		   : emit(r,
			  insn_of(BPF_STX | BPF_ATOMIC | a.size, a.reg, src, a.off, atomics[i].op));
}

static int read_store_release(struct reader *r)
{
	struct access a = { 0 };
	uint32_t src = 0;
	int err = read_place(r, &a);

	if (!err)
		err = expect(r, ",");
	if (!err)
		err = read_reg(r, &src);
	if (!err)
		err = expect(r, ")");
	return err ? err
		   : emit(r, insn_of(BPF_STX | BPF_ATOMIC | a.size, a.reg, src, a.off,
				     BEMU_BPF_STORE_REL));
}

/* After "rN = *": a load, or one of the packet: "(u32 *)skb[r1 + 4]". */
static int read_load(struct reader *r, uint32_t dst)
{
	struct access a = { 0 };
	uint32_t start, src = 0;
	int64_t imm = 0;
	int err = expect(r, "(");

	start = r->pos - 1;
	if (!err)
		err = read_size(r, &a);
	if (!err)
		err = expect(r, "* )");
	if (err)
		return err;
	if (!lit(r, "skb[")) {
		r->pos = start;
		err = read_place(r, &a);
		return err ? err
			   : emit(r, insn_of(BPF_LDX | a.size |
						     (uint32_t)(a.is_signed ? (int)BEMU_BPF_MEMSX
									    : BPF_MEM),
					     dst, a.reg, a.off, 0));
	}
	if (peek(r) == 'r') {
		err = read_reg(r, &src);
		if (!err)
			err = expect(r, "+");
		start = BPF_IND;
	} else {
		start = BPF_ABS;
	}
	if (!err)
		err = read_number(r, INT32_MIN, UINT32_MAX, &imm);
	if (!err)
		err = expect(r, "]");
	return err ? err
		   : emit(r, insn_of(BPF_LD | start | a.size, 0, src, 0,
				     bemu_wrap_s32((uint64_t)imm)));
}

/* ---- 64-bit constants ---- */

static int emit_ld64(struct reader *r, uint32_t dst, uint32_t src, uint64_t value)
{
	int err = emit(r, insn_of(BEMU_INSN_LD64, dst, src, 0, bemu_wrap_s32(value)));

	return err ? err : emit(r, insn_of(0, 0, 0, 0, bemu_wrap_s32(value >> 32)));
}

/* "map m", "value m 4", "map[1]", "value[1] 4", "btf m demo:x", "func pc+4"; 1 for none of them */
static int try_pseudo(struct reader *r, uint32_t dst)
{
	uint64_t lo = 0, hi = 0;
	int64_t v = 0;
	uint32_t src;
	int err;

	if (lit(r, "func pc")) {
		src = BPF_PSEUDO_FUNC;
		err = read_number(r, INT32_MIN, INT32_MAX, &v);
		lo = (uint64_t)v & UINT32_MAX;
	} else if (lit(r, "map[") || lit(r, "value[")) {
		src = r->text[r->pos - 2] == 'p' ? BPF_PSEUDO_MAP_IDX : BPF_PSEUDO_MAP_IDX_VALUE;
		err = read_number(r, INT32_MIN, INT32_MAX, &v);
		lo = (uint64_t)v & UINT32_MAX;
		if (!err)
			err = expect(r, "]");
		if (!err && src == BPF_PSEUDO_MAP_IDX_VALUE)
			err = read_expr(r, r->out->nr, &hi);
	} else if (lit(r, "map")) {
		src = BPF_PSEUDO_MAP_FD;
		err = read_expr(r, r->out->nr, &lo);
	} else if (lit(r, "value")) {
		src = BPF_PSEUDO_MAP_VALUE;
		err = read_expr(r, r->out->nr, &lo);
		if (!err)
			err = read_expr(r, r->out->nr, &hi);
	} else if (lit(r, "btf_obj")) {
		src = BEMU_PSEUDO_BTF_OBJ;
		err = read_expr(r, r->out->nr, &lo);
	} else if (lit(r, "btf")) {
		src = BPF_PSEUDO_BTF_ID;
		err = read_expr(r, r->out->nr, &hi);
		if (!err)
			err = read_expr(r, r->out->nr, &lo);
	} else {
		return 1;
	}
	if (!err)
		err = expect(r, "ll");
	return err ? err : emit_ld64(r, dst, src, (lo & UINT32_MAX) | hi << 32);
}

/* ---- arithmetic ---- */

struct alu_form {
	const char *text;
	uint32_t op;
	int16_t off;
};

static const struct alu_form alus[] = {
	{ "+=", BPF_ADD, 0 },  { "-=", BPF_SUB, 0 }, { "*=", BPF_MUL, 0 },    { "/=", BPF_DIV, 0 },
	{ "|=", BPF_OR, 0 },   { "&=", BPF_AND, 0 }, { "<<=", BPF_LSH, 0 },   { ">>=", BPF_RSH, 0 },
	{ "%=", BPF_MOD, 0 },  { "^=", BPF_XOR, 0 }, { "s>>=", BPF_ARSH, 0 }, { "s/=", BPF_DIV, 1 },
	{ "s%=", BPF_MOD, 1 },
};

static int read_bswap(struct reader *r, uint32_t dst, uint32_t code, uint32_t skip_len)
{
	int64_t bits = 0;
	uint32_t again = 0;
	int err;

	r->pos += skip_len;
	err = read_number(r, INT32_MIN, INT32_MAX, &bits);
	if (!err)
		err = read_reg(r, &again);
	if (!err && again != dst)
		err = FAIL(r, "bytes are swapped in place");
	return err ? err : emit(r, insn_of(code, dst, 0, 0, (int32_t)bits));
}

static bool begins(struct reader *r, const char *word, uint32_t len)
{
	skip(r);
	return r->end - r->pos > len && !memcmp(r->text + r->pos, word, len) &&
	       (isdigit((unsigned char)r->text[r->pos + len]) || r->text[r->pos + len] == '-');
}

/* After "rN =" or "wN =". */
static int read_cast(struct reader *r, uint32_t class, uint32_t dst, int16_t off)
{
	uint32_t src = 0;
	char width;

	if (try_reg(r, &width, &src))
		return FAIL(r, "a register is missing");
	return emit(r, insn_of(class | BPF_MOV | BPF_X, dst, src, off, 0));
}

static int read_space_cast(struct reader *r, uint32_t dst)
{
	int64_t to = 0, from = 0;
	uint32_t src = 0;
	int err = read_reg(r, &src);

	if (!err)
		err = expect(r, ",");
	if (!err)
		err = read_number(r, 0, UINT16_MAX, &to);
	if (!err)
		err = expect(r, ",");
	if (!err)
		err = read_number(r, 0, UINT16_MAX, &from);
	if (!err)
		err = expect(r, ")");
	return err ? err
		   : emit(r, insn_of(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, OFF_ADDR_SPACE_CAST,
				     bemu_wrap_s32((uint64_t)(to << 16 | from))));
}

static int read_constant(struct reader *r, uint32_t class, uint32_t dst)
{
	uint64_t value = 0;
	uint32_t start;
	int err;

	skip(r);
	start = r->pos;
	err = read_expr(r, r->out->nr, &value);
	if (err)
		return err;
	if (lit(r, "ll") || r->opcode == BEMU_INSN_LD64)
		return class == BPF_ALU64 ? emit_ld64(r, dst, 0, value)
					  : FAIL(r, "a constant of 64 bits goes into r%u", dst);
	if (value > UINT32_MAX && ((int64_t)value < INT32_MIN || (int64_t)value > INT32_MAX)) {
		r->pos = start;
		return FAIL(r, "the number does not fit 32 bits; one of 64 has ll behind it");
	}
	return emit(r, insn_of(class | BPF_MOV | BPF_K, dst, 0, 0, bemu_wrap_s32(value)));
}

static int read_move(struct reader *r, char width, uint32_t dst)
{
	uint32_t class = width == 'r' ? BPF_ALU64 : BPF_ALU, src = 0;
	uint32_t start = r->pos;
	char other;
	int err;

	if (lit(r, "*"))
		return read_load(r, dst);
	if (begins(r, "be", 2))
		return read_bswap(r, dst, BPF_ALU | BPF_END | BPF_TO_BE, 2);
	if (begins(r, "le", 2))
		return read_bswap(r, dst, BPF_ALU | BPF_END | BPF_TO_LE, 2);
	if (begins(r, "bswap", 5))
		return read_bswap(r, dst, BPF_ALU64 | BPF_END, 5);
	if (lit(r, "addr_space_cast("))
		return read_space_cast(r, dst);
	if (lit(r, "&(void __percpu *)(")) {
		err = read_reg(r, &src);
		if (!err)
			err = expect(r, ")");
		return err ? err
			   : emit(r, insn_of(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, OFF_ADDR_PERCPU,
					     0));
	}
	if (lit(r, "(s8)"))
		return read_cast(r, class, dst, 8);
	if (lit(r, "(s16)"))
		return read_cast(r, class, dst, 16);
	if (lit(r, "(s32)"))
		return read_cast(r, class, dst, 32);
	if (lit(r, "-")) {
		if (!try_reg(r, &other, &src) && src == dst)
			return emit(r, insn_of(class | BPF_NEG, dst, 0, 0, 0));
		r->pos = start;
	}
	if (!try_reg(r, &other, &src))
		return emit(r, insn_of(class | BPF_MOV | BPF_X, dst, src, 0, 0));
	err = try_atomic(r, dst);
	if (err == 1 && class == BPF_ALU64)
		err = try_pseudo(r, dst);
	return err == 1 ? read_constant(r, class, dst) : err;
}

static int read_alu(struct reader *r, char width, uint32_t dst)
{
	uint32_t class = width == 'r' ? BPF_ALU64 : BPF_ALU, src = 0;
	int32_t imm = 0;
	char other;
	size_t i;
	int err;

	if (lit(r, "="))
		return read_move(r, width, dst);
	for (i = 0; i < BEMU_ARRAY_SIZE(alus); i++) {
		const struct alu_form *form = &alus[i];

		if (!lit(r, form->text))
			continue;
		if (!try_reg(r, &other, &src))
			return emit(r, insn_of(class | form->op | BPF_X, dst, src, form->off, 0));
		err = read_imm(r, &imm);
		return err ? err
			   : emit(r, insn_of(class | form->op | BPF_K, dst, 0, form->off, imm));
	}
	return FAIL(r, "an operator is missing");
}

/* ---- jumps ---- */

static int read_off(struct reader *r, int64_t *off)
{
	int err = expect(r, "pc");

	return err ? err : read_number(r, INT16_MIN, INT16_MAX, off);
}

static int read_goto(struct reader *r, uint32_t code, bool in_imm)
{
	int64_t off = 0;
	int err = expect(r, "pc");

	if (!err)
		err = read_number(r, in_imm ? INT32_MIN : INT16_MIN, in_imm ? INT32_MAX : INT16_MAX,
				  &off);
	if (err)
		return err;
	return emit(r, insn_of(code, 0, 0, in_imm ? 0 : off, in_imm ? (int32_t)off : 0));
}

static int read_if(struct reader *r)
{
	static const struct {
		const char *text;
		uint32_t op;
	} ops[] = {
		{ "==", BPF_JEQ },
		{ "!=", BPF_JNE },
		{ ">=", BPF_JGE },
		{ "<=", BPF_JLE },
		{ "s>=", BPF_JSGE },
		{ "s<=", BPF_JSLE },
		{ "s>", BPF_JSGT },
		{ "s<", BPF_JSLT },
		{ ">", BPF_JGT },
		{ "<", BPF_JLT },
		{ "&", BPF_JSET },
		/* no comparisons, but the log has these words for opcodes that do not exist */
		{ "jmp", BPF_JA },
		{ "exit", BPF_EXIT },
	};
	uint32_t class, dst = 0, src = 0;
	int32_t imm = 0;
	int64_t off = 0;
	bool by_reg;
	char width;
	size_t i;
	int err = 0;

	if (try_reg(r, &width, &dst))
		return FAIL(r, "a register is missing");
	class = width == 'r' ? BPF_JMP : BPF_JMP32;
	for (i = 0; i < BEMU_ARRAY_SIZE(ops); i++)
		if (lit(r, ops[i].text))
			break;
	if (i == BEMU_ARRAY_SIZE(ops))
		return FAIL(r, "a comparison is missing");
	by_reg = !try_reg(r, &width, &src);
	if (!by_reg)
		err = read_imm(r, &imm);
	if (!err)
		err = expect(r, "goto");
	if (!err)
		err = read_off(r, &off);
	return err ? err
		   : emit(r, insn_of(class | ops[i].op | (uint32_t)(by_reg ? BPF_X : BPF_K), dst,
				     src, off, imm));
}

static int helper_by_name(const char *name, size_t len, int64_t *out)
{
	const char *known;
	uint32_t id;

	if (len < 4 || memcmp(name, "bpf_", 4))
		return -ENOENT;
	for (id = 1; (known = bemu_insn_helper_name(id)); id++)
		if (strlen(known) == len - 4 && !memcmp(known, name + 4, len - 4)) {
			*out = id;
			return 0;
		}
	return -ENOENT;
}

/* "call bpf_x#1", "call pc+3", "call kernel-function#5", "call demo:f off=1", "call 7" */
static int read_call(struct reader *r)
{
	uint32_t start, len, src = 0;
	int64_t imm = 0, off = 0;
	bool unknown = false;
	int err = 0;

	if (lit(r, "pc")) {
		err = read_number(r, INT32_MIN, INT32_MAX, &imm);
		return err ? err
			   : emit(r, insn_of(BEMU_INSN_CALL, 0, BPF_PSEUDO_CALL, 0, (int32_t)imm));
	}
	if (lit(r, "kernel-function#"))
		src = BPF_PSEUDO_KFUNC_CALL;
	else if (lit(r, "unknown#"))
		unknown = true;
	else {
		start = read_word(r);
		len = r->pos - start;
		if (r->pos < r->end && r->text[r->pos] == '#') {
			r->pos++;
		} else if (r->pos < r->end && r->text[r->pos] == ':') {
			r->pos++;
			err = read_type(r, start, len, &imm);
			if (!err && lit(r, "off="))
				err = read_number(r, INT16_MIN, INT16_MAX, &off);
			return err ? err
				   : emit(r, insn_of(BEMU_INSN_CALL, 0, BPF_PSEUDO_KFUNC_CALL, off,
						     bemu_wrap_s32((uint64_t)imm)));
		} else if (r->ops && r->ops->kfunc &&
			   !r->ops->kfunc(r->ops->ctx, r->text + start, len, r->out->nr)) {
			return emit(r, insn_of(BEMU_INSN_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0));
		} else if (!helper_by_name(r->text + start, len, &imm)) {
			return emit(r, insn_of(BEMU_INSN_CALL, 0, 0, 0, (int32_t)imm));
		} else {
			r->pos = start;
		}
	}
	err = read_number(r, INT32_MIN, INT32_MAX, &imm);
	/* a helper that is known is unknown only by another src_reg than 0, 1 and 2 */
	if (unknown && imm >= 0 && bemu_insn_helper_name((uint32_t)imm))
		src = 3;
	if (!err && src && lit(r, "off="))
		err = read_number(r, INT16_MIN, INT16_MAX, &off);
	return err ? err : emit(r, insn_of(BEMU_INSN_CALL, 0, src, off, (int32_t)imm));
}

/* "insn 0x18 1 3 0 5": code, dst, src, off, imm */
static int read_raw(struct reader *r)
{
	int64_t code = 0, dst = 0, src = 0, off = 0;
	int32_t imm = 0;
	int err = read_number(r, 0, 255, &code);

	if (!err)
		err = read_number(r, 0, 15, &dst);
	if (!err)
		err = read_number(r, 0, 15, &src);
	if (!err)
		err = read_number(r, INT16_MIN, INT16_MAX, &off);
	if (!err)
		err = read_imm(r, &imm);
	return err ? err : emit(r, insn_of((uint32_t)code, (uint32_t)dst, (uint32_t)src, off, imm));
}

/* ---- statements ---- */

static int read_opcode(struct reader *r)
{
	int high, low;

	r->opcode = NO_OPCODE;
	if (peek(r) != '(' || r->end - r->pos < 4 || r->text[r->pos + 3] != ')')
		return 0;
	high = (unsigned char)r->text[r->pos + 1];
	low = (unsigned char)r->text[r->pos + 2];
	if (!isxdigit(high) || !isxdigit(low))
		return FAIL(r, "an opcode is two hexadecimal digits");
	r->opcode = (isdigit(high) ? high - '0' : tolower(high) - 'a' + 10) * 16 +
		    (isdigit(low) ? low - '0' : tolower(low) - 'a' + 10);
	r->pos += 4;
	return 0;
}

/* Text as written, blanks as the disassembler has them: one where there are any. */
static bool says(struct reader *r, const char *words)
{
	uint32_t pos = r->start, end = r->end;

	while (end > pos && r->text[end - 1] == ' ')
		end--;
	for (; pos < end && *words; pos++, words++) {
		if (r->text[pos] != *words)
			return false;
		while (r->text[pos] == ' ' && pos + 1 < end && r->text[pos + 1] == ' ')
			pos++;
	}
	return pos == end && !*words;
}

/* Some opcodes share their words: the one in parentheses decides, when its words are these. */
static int take_opcode(struct reader *r, uint32_t first)
{
	struct bpf_insn *insn = &r->out->insns[first], was = *insn;
	struct bemu_buf words;
	bool same;
	int err;

	if (r->opcode == NO_OPCODE || r->opcode == insn->code)
		return 0;
	insn->code = (uint8_t)r->opcode;
	bemu_buf_init(&words, r->env);
	bemu_insn_disasm(&words, r->out->insns, r->out->nr, first, NULL);
	same = says(r, bemu_buf_str(&words));
	err = words.err;
	bemu_buf_fini(&words);
	if (err || same)
		return err;
	*insn = was;
	r->pos = r->start;
	return FAIL(r, "opcode %02x is written otherwise; these words are %02x",
		    (unsigned int)r->opcode, was.code);
}

static int read_form(struct reader *r)
{
	uint32_t dst = 0;
	char width;

	if (!try_reg(r, &width, &dst))
		return read_alu(r, width, dst);
	if (lit(r, "lock *"))
		return read_lock(r);
	if (lit(r, "*"))
		return read_store(r);
	if (lit(r, "store_release("))
		return read_store_release(r);
	if (lit(r, "if"))
		return read_if(r);
	if (lit(r, "goto"))
		return read_goto(r, BPF_JMP | BPF_JA, false);
	if (lit(r, "gotol"))
		return read_goto(r, BPF_JMP32 | BPF_JA, true);
	if (lit(r, "may_goto"))
		return read_goto(r, BPF_JMP | BEMU_BPF_JCOND, false);
	if (lit(r, "call"))
		return read_call(r);
	if (lit(r, "exit"))
		return emit(r, insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	if (lit(r, "nospec"))
		return emit(r, insn_of(BPF_ST | MODE_NOSPEC, 0, 0, 0, 0));
	if (lit(r, "insn"))
		return read_raw(r);
	return FAIL(r, "not an instruction");
}

static int read_statement(struct reader *r)
{
	uint32_t first = r->out->nr;
	int err;

	if (!peek(r))
		return 0;
	r->start = r->pos;
	err = read_opcode(r);
	if (!err)
		err = read_form(r);
	if (!err && peek(r))
		err = FAIL(r, "too much for one instruction");
	return err ? err : take_opcode(r, first);
}

static bool begins_comment(const struct reader *r, uint32_t pos, uint32_t start)
{
	return r->text[pos] == '#' && (pos == start || strchr(" \n{", r->text[pos - 1]));
}

static int read_all(struct reader *r)
{
	uint32_t start = r->pos;
	int err = 0;

	while (!err && r->pos < r->block_end) {
		uint32_t next;

		for (r->end = r->pos; r->end < r->block_end; r->end++)
			if (strchr(";\n", r->text[r->end]) || begins_comment(r, r->end, start))
				break;
		next = r->end;
		err = read_statement(r);
		while (next < r->block_end && r->text[next] == '#')
			for (; next < r->block_end && r->text[next] != '\n'; next++)
				;
		if (!err && next < r->block_end && r->text[next] == '\n') {
			r->line++;
			r->line_start = next + 1;
		}
		r->pos = next + (next < r->block_end);
	}
	return err;
}

int bemu_scn_asm(struct bemu_env *env, const struct bemu_scn *scn, struct bemu_scn_where *where,
		 const struct bemu_scn_str *block, const struct bemu_scn_asm_ops *ops,
		 struct bemu_scn_insns *out)
{
	struct reader r = {
		.env = env,
		.text = scn->text,
		.pos = block->off,
		.block_end = block->off + block->len,
		.line = block->line,
		.line_start = block->off - (block->col - 1),
		.where = where,
		.ops = ops,
		.out = out,
	};
	int err;

	memset(out, 0, sizeof(*out));
	err = read_all(&r);
	if (err) {
		bemu_mem_free(env, out->insns);
		memset(out, 0, sizeof(*out));
	}
	return err;
}

int bemu_scn_asm_text(struct bemu_env *env, const char *text, struct bemu_scn_where *where,
		      const struct bemu_scn_asm_ops *ops, struct bemu_scn_insns *out)
{
	struct bemu_scn scn = { .env = env, .len = strlen(text) };
	struct bemu_scn_str block = { .len = (uint32_t)scn.len, .line = 1, .col = 1 };
	int err;

	scn.text = bemu_strdup(env, text);
	if (!scn.text)
		return -ENOMEM;
	err = bemu_scn_asm(env, &scn, where, &block, ops, out);
	bemu_mem_free(env, scn.text);
	return err;
}
