/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Relocations that the kernel applies: the rows that were measured on Linux 6.18, of a program
 * { r0 = imm; exit } or another of a few words, with one relocation. @line is the log's last before the
 * verifier's own, in the small kernel of test_progload.c; the running kernel has other ids.
 */
#ifndef BEMU_UNIT_PROGLOAD_CORE_H
#define BEMU_UNIT_PROGLOAD_CORE_H

#include <errno.h>
#include <stdlib.h>

#include "progload.h"
#include "uapi/btf.h"

/* A BTF while it is written. */
struct bb {
	uint32_t types[512], nr, nr_types;
	char strs[4096];
	uint32_t len;
	uint8_t raw[8192];
};

static inline uint32_t bb_str(struct bb *b, const char *s)
{
	uint32_t off = b->len;

	memcpy(b->strs + off, s, strlen(s) + 1);
	b->len += (uint32_t)strlen(s) + 1;
	return off;
}

static inline uint32_t bb_type(struct bb *b, uint32_t name, uint32_t kind, uint32_t vlen,
			       uint32_t size)
{
	if (!b->len)
		b->len = 1;
	b->types[b->nr++] = name;
	b->types[b->nr++] = kind << 24 | vlen;
	b->types[b->nr++] = size;
	return ++b->nr_types;
}

static inline void bb_words(struct bb *b, uint32_t x, uint32_t y, uint32_t z)
{
	b->types[b->nr++] = x;
	b->types[b->nr++] = y;
	b->types[b->nr++] = z;
}

static inline uint32_t bb_end(struct bb *b)
{
	struct btf_header hdr = { .magic = BTF_MAGIC,
				  .version = 1,
				  .hdr_len = sizeof(hdr),
				  .type_len = b->nr * 4,
				  .str_off = b->nr * 4,
				  .str_len = b->len };

	memcpy(b->raw, &hdr, sizeof(hdr));
	memcpy(b->raw + sizeof(hdr), b->types, hdr.type_len);
	memcpy(b->raw + sizeof(hdr) + hdr.type_len, b->strs, b->len);
	return (uint32_t)(sizeof(hdr) + hdr.type_len + b->len);
}

enum core_type {
	C_INT = 1,
	C_PROTO,
	C_FUNC,
	C_TASK, /* task_struct { int pid; int no_such_field_zz; } */
	C_NOPE, /* no_such_struct_zz */
	C_FLAVOUR, /* task_struct___mine { pid at 4 } */
	C_ANON,
	C_ENUM, /* bpf_map_type { BPF_MAP_TYPE_ARRAY = 77 } */
	C_TYPEDEF, /* pid_t */
	C_PTR,
	C_TWO, /* task_struct___two { int *pid; } */
	C_UCOUNTS_U,
	C_UCOUNTS,
	C_FLUSH, /* the first of NR_FLUSH structs that nobody has */
	NR_FLUSH = 100,
};

struct core_btf {
	struct bb bb;
	uint32_t len;
};

/* What a light skeleton would carry along. */
static inline struct core_btf *core_btf(void)
{
	struct core_btf *btf = calloc(1, sizeof(*btf));
	struct bb *b = &btf->bb;
	uint32_t pid, i;
	char name[32];

	b->len = 1;
	bb_type(b, bb_str(b, "int"), BTF_KIND_INT, 0, 4);
	b->types[b->nr++] = 0x01000020;
	bb_type(b, 0, BTF_KIND_FUNC_PROTO, 0, C_INT);
	bb_type(b, bb_str(b, "f"), BTF_KIND_FUNC, 0, C_PROTO);
	pid = bb_str(b, "pid");
	bb_type(b, bb_str(b, "task_struct"), BTF_KIND_STRUCT, 2, 8);
	bb_words(b, pid, C_INT, 0);
	bb_words(b, bb_str(b, "no_such_field_zz"), C_INT, 32);
	bb_type(b, bb_str(b, "no_such_struct_zz"), BTF_KIND_STRUCT, 1, 4);
	bb_words(b, pid, C_INT, 0);
	bb_type(b, bb_str(b, "task_struct___mine"), BTF_KIND_STRUCT, 1, 8);
	bb_words(b, pid, C_INT, 32);
	bb_type(b, 0, BTF_KIND_STRUCT, 1, 4);
	bb_words(b, pid, C_INT, 0);
	bb_type(b, bb_str(b, "bpf_map_type"), BTF_KIND_ENUM, 1, 4);
	b->types[b->nr++] = bb_str(b, "BPF_MAP_TYPE_ARRAY");
	b->types[b->nr++] = 77;
	bb_type(b, bb_str(b, "pid_t"), BTF_KIND_TYPEDEF, 0, C_INT);
	bb_type(b, 0, BTF_KIND_PTR, 0, C_INT);
	bb_type(b, bb_str(b, "task_struct___two"), BTF_KIND_STRUCT, 1, 8);
	bb_words(b, pid, C_PTR, 0);
	bb_type(b, bb_str(b, "ucounts"), BTF_KIND_UNION, 0, 4);
	bb_type(b, bb_str(b, "ucounts"), BTF_KIND_STRUCT, 0, 4);
	for (i = 0; i < NR_FLUSH; i++) {
		snprintf(name, sizeof(name), "flush_zz_%u", i);
		bb_type(b, bb_str(b, name), BTF_KIND_STRUCT, 0, 4);
	}
	return btf;
}

struct core_case {
	const char *name;
	uint32_t type;
	const char *access; /* NULL: an offset out of range */
	uint32_t kind;
	int err;
	const char *line; /* NULL: none is looked at */
	int32_t want; /* the immediate in the small kernel, when accepted */
	uint32_t insn_off;
	struct bpf_insn insns[6];
};

#define ONE(imm) .insns = { MOV(0, imm), EXIT }
#define RELO	 "prog '': relo #0: "
#define PARSING	 RELO "parsing [4] STRUCT task_struct + "

/* clang-format off */
static const struct core_case core_cases[] = {
	{ "C001 byte_off", C_TASK, "0:0", 0, 0, NULL, 8, ONE(0) },
	{ "C002 byte_off through a flavour", C_FLAVOUR, "0:0", 0, 0, NULL, 8, ONE(4) },
	{ "C003 byte_off with a wrong immediate", C_TASK, "0:0", 0, -EINVAL,
	  RELO "unexpected insn #0 (ALU/ALU64) value: got 5, exp 0 -> 8", 0, ONE(5) },
	{ "C004 byte_sz", C_TASK, "0:0", 1, 0, NULL, 4, ONE(4) },
	{ "C005 field_exists", C_TASK, "0:0", 2, 0, NULL, 1, ONE(1) },
	{ "C006 field_exists of a missing field", C_TASK, "0:1", 2, 0, NULL, 0, ONE(1) },
	{ "C007 byte_off of a missing field", C_TASK, "0:1", 0, -EINVAL,
	  "invalid func unknown#195896080", 0, ONE(4) },
	{ "C008 signed", C_TASK, "0:0", 3, 0, NULL, 1, ONE(1) },
	{ "C009 lshift_u64", C_TASK, "0:0", 4, 0, NULL, 32, ONE(32) },
	{ "C010 rshift_u64", C_TASK, "0:0", 5, 0, NULL, 32, ONE(32) },
	{ "C011 local_type_id, whatever the immediate", C_TASK, "0", 6, 0, NULL, C_TASK, ONE(99) },
	{ "C012 target_type_id, whatever the immediate", C_TASK, "0", 7, 0, NULL, 2, ONE(99) },
	{ "C013 type_exists", C_TASK, "0", 8, 0, NULL, 1, ONE(1) },
	{ "C014 type_exists of a missing struct", C_NOPE, "0", 8, 0, NULL, 0, ONE(1) },
	{ "C015 type_size", C_TASK, "0", 9, 0, NULL, 16, ONE(8) },
	{ "C016 enumval_exists", C_ENUM, "0", 10, 0, NULL, 1, ONE(1) },
	{ "C017 enumval_value", C_ENUM, "0", 11, 0, NULL, 2, ONE(77) },
	{ "C018 empty access string", C_ENUM, "", 10, -EINVAL,
	  RELO "parsing [8] ENUM bpf_map_type +  failed: -22", 0, ONE(1) },
	{ "C019 type_matches with a missing member", C_TASK, "0", 12, 0, NULL, 0, ONE(1) },
	{ "C020 relocation kind 13", C_TASK, "0:0", 13, -EINVAL, PARSING "0:0 failed: -22", 0, ONE(0) },
	{ "C021 type id 9999", 9999, "0:0", 0, -EINVAL, "relo #0: bad type id 9999", 0, ONE(0) },
	{ "C022 access string out of range", C_TASK, NULL, 0, -EINVAL, PARSING "<?> failed: -22", 0, ONE(0) },
	{ "C023 access string x", C_TASK, "x", 0, -EINVAL, PARSING "x failed: -22", 0, ONE(0) },
	{ "C024 access string 0:5", C_TASK, "0:5", 0, -EINVAL, PARSING "0:5 failed: -22", 0, ONE(0) },
	{ "C025 access string :0", C_TASK, ":0", 0, -EINVAL, PARSING ":0 failed: -22", 0, ONE(0) },
	{ "C026 anonymous local struct", C_ANON, "0:0", 0, -EINVAL, "target candidate search failed for 7",
	  0, ONE(0) },
	{ "C027 byte_off of the whole struct", C_TASK, "0", 0, 0, NULL, 0, ONE(0) },
	{ "C028 type_exists with 0:0", C_TASK, "0:0", 8, -EINVAL, PARSING "0:0 failed: -22", 0, ONE(1) },
	{ "C029 field_exists on an INT", C_INT, "0:0", 2, -EINVAL,
	  RELO "parsing [1] INT int + 0:0 failed: -22", 0, ONE(1) },
	{ "C030 type_exists int", C_INT, "0", 8, 0, NULL, 1, ONE(1) },
	{ "C031 type_exists of a typedef", C_TYPEDEF, "0", 8, 0, NULL, 1, ONE(1) },
	{ "C032 byte_off, a pointer here and an int there", C_TWO, "0:0", 0, -EINVAL,
	  "invalid func unknown#195896080", 0, ONE(0) },
	{ "C040 insn_off 4", C_TASK, "0:0", 0, -EINVAL, "Invalid core_relo[0].insn_off:4 prog->len:2", 0, 4,
	  { MOV(0, 0), EXIT } },
	{ "C041 insn_off past the end", C_TASK, "0:0", 0, -EINVAL,
	  "Invalid core_relo[0].insn_off:16 prog->len:2", 0, 16, { MOV(0, 0), EXIT } },
	{ "C042 relocation on EXIT", C_TASK, "0:0", 0, -EINVAL,
	  RELO "trying to relocate unrecognized insn #1, code:0x95, src:0x0, dst:0x0, off:0x0, imm:0x0",
	  0, 8, { MOV(0, 0), EXIT } },
	{ "C050 byte_off in ldimm64", C_TASK, "0:0", 0, 0, NULL, 8, 0,
	  { LD64(0, 0, 0, 0), MOV(0, 0), EXIT } },
	{ "C051 second slot of ldimm64", C_TASK, "0:0", 0, -EINVAL,
	  RELO "insn #1 (LDIMM64) has unexpected form", 0, 8, { LD64(0, 0, 0, 0), MOV(0, 0), EXIT } },
	{ "C053 byte_off on a register move", C_TASK, "0:0", 0, -EINVAL,
	  RELO "matching candidate #0 <byte_off> [2] STRUCT task_struct.pid (0:1 @ offset 8)", 0, 0,
	  { MOVX(0, 1), EXIT } },
	{ "C054 unresolvable byte_off in dead code", C_NOPE, "0:0", 0, 0, NULL, 0, 16,
	  { MOV(0, 0), JMP(BPF_JEQ, 0, 0, 1), MOV(1, 0), EXIT } },
};
/* clang-format on */

/* One load with that relocation; the attribute is left for those who want more. */
/* One record of @rec_size bytes. */
static inline long core_load_rec(struct side *side, long btf_fd, const struct core_case *c,
				 const struct core_btf *btf, uint32_t level, uint32_t rec_size)
{
	const struct bpf_func_info info = { 0, C_FUNC };
	uint32_t rec[63] = { c->insn_off, c->type, UINT16_MAX, c->kind }, i;
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	for (i = 0; c->access && i < btf->bb.len; i++)
		if (!strcmp(btf->bb.strs + i, c->access)) {
			rec[2] = i;
			break;
		}
	for (i = 0; i < BEMU_ARRAY_SIZE(c->insns); i++)
		if (c->insns[i].code == 0x95)
			attr.insn_cnt = i + 1;
	attr.insns = (uintptr_t)c->insns;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = level;
	attr.log_buf = (uintptr_t)side->log;
	attr.log_size = sizeof(side->log);
	attr.func_info_cnt = 1;
	attr.func_info = (uintptr_t)&info;
	attr.func_info_rec_size = sizeof(info);
	attr.prog_btf_fd = (uint32_t)btf_fd;
	attr.core_relo_cnt = 1;
	attr.core_relos = (uintptr_t)rec;
	attr.core_relo_rec_size = rec_size;
	side->log[0] = 0;
	return side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline long core_load(struct side *side, long btf_fd, const struct core_case *c,
			     const struct core_btf *btf, uint32_t level)
{
	return core_load_rec(side, btf_fd, c, btf, level, 16);
}

/* The access strings have to be in the BTF's. */
static inline long core_load_btf(struct side *side, struct core_btf *btf)
{
	struct bemu_attr_btf_load attr = { 0 };
	uint32_t i;

	for (i = 0; !btf->len && i < BEMU_ARRAY_SIZE(core_cases); i++)
		if (core_cases[i].access)
			bb_str(&btf->bb, core_cases[i].access);
	if (!btf->len)
		btf->len = bb_end(&btf->bb);
	attr.btf = (uintptr_t)btf->bb.raw;
	attr.btf_size = btf->len;
	return side->bpf(side, BPF_BTF_LOAD, &attr, sizeof(attr));
}

/* The immediate of the first instruction, as the kernel shows it. */
static inline int32_t core_first_imm(struct side *side, long fd)
{
	struct bpf_insn insns[8] = { 0 };
	uint32_t info[58] = { 0 };
	struct {
		uint32_t fd, len;
		uint64_t info;
	} attr = { (uint32_t)fd, sizeof(info), (uintptr_t)info };
	uint64_t addr = (uintptr_t)insns;

	info[5] = sizeof(insns);
	memcpy(&info[8], &addr, sizeof(addr));
	return side->bpf(side, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? -9999 : insns[0].imm;
}

#endif
