/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * PROG_LOAD up to the end of relocation: rows that were measured on Linux 6.18, by their numbers. A row is a
 * program, fields of the attribute that are set besides, and what the kernel answers: errno and the last
 * line of its log.
 */
#ifndef BEMU_UNIT_PROGLOAD_ROWS_H
#define BEMU_UNIT_PROGLOAD_ROWS_H

#include <errno.h>
#include <stddef.h>

#include "progload_side.h"

#include "progload_core.h"

/* What an immediate or a field stands for, in both kernels. */
enum row_word {
	FD_MAP = 0x5a000001, /* array of one value of 8 bytes */
	FD_MAP2, /* array of two */
	FD_HASH,
	FD_PROG,
	FD_BTF, /* of side_btf() */
	FD_VMLINUX,
	FD_PROGS, /* a program array */
	ID_INT, /* of vmlinux */
	ID_FUNC, /* do_exit() there */
	ID_TP, /* btf_trace_task_rename there */
	FD_CLOSED = 900,
};

enum { ENOTSUPP_K = 524, BAD = 8, FDS = 0x1000, WORDS = 0x2000 };

/* A field: its offset and size, and a value: a row_word, or an address, BAD, FDS + slot, WORDS. */
struct row_set {
	uint16_t off, size;
	uint64_t val;
};

#define F32(field, v)                                                         \
	{                                                                     \
		offsetof(struct bemu_attr_prog_load, field), 4, (uint64_t)(v) \
	}
#define F64(field, v)                                                         \
	{                                                                     \
		offsetof(struct bemu_attr_prog_load, field), 8, (uint64_t)(v) \
	}

/* fd_array in front of FDS + 4 holds the map, so that negative slots can be read */
static const uint32_t row_fds[] = { FD_MAP, FD_CLOSED, FD_PROG,	   FD_MAP, /* 4: */ FD_CLOSED,
				    FD_MAP, FD_BTF,    FD_VMLINUX, FD_MAP, FD_CLOSED };
enum { ARRAY = FDS + 4, ARRAY_MAP = FDS + 5, ARRAY_PROG = FDS + 2 };

struct row_case {
	const char *name;
	int err;
	const char *line; /* NULL: not looked at; "": empty */
	struct bpf_insn insns[8];
	struct row_set set[8];
	uint32_t words[8];
};

#define FUNC_INFO(cnt, size)                                                            \
	F32(prog_btf_fd, FD_BTF), F32(func_info_rec_size, size), F64(func_info, WORDS), \
		F32(func_info_cnt, cnt)
#define LINE_INFO(cnt, size)                                                            \
	F32(prog_btf_fd, FD_BTF), F32(line_info_rec_size, size), F64(line_info, WORDS), \
		F32(line_info_cnt, cnt)
#define TRACING(attach) F32(prog_type, BPF_PROG_TYPE_TRACING), F32(expected_attach_type, attach)
#define A_BTF		"failed to find BTF for kernel function"
#define TWO_FUNCS	SUBCALL(1), EXIT, RETURN0

/* clang-format off */
static const struct row_case row_cases[] = {
	/* before the verifier */
	{ "R001 no instructions", -E2BIG, "", { RETURN0 }, { F32(insn_cnt, 0) }, {0} },
	{ "R002 too many instructions", -E2BIG, "", { RETURN0 },
	  { F32(insn_cnt, 1000001), F64(insns, BAD) }, {0} },
	{ "R003 unknown flag wins", -EINVAL, "", { RETURN0 },
	  { F32(insn_cnt, 0), F32(prog_flags, 1u << 31) }, {0} },
	{ "R004 bad instructions", -EFAULT, "", { RETURN0 }, { F64(insns, BAD) }, {0} },
	{ "R005 bad license", -EFAULT, "", { RETURN0 }, { F64(license, BAD) }, {0} },
	{ "R006 unknown type and bad instructions", -EFAULT, "", { RETURN0 },
	  { F32(prog_type, 999), F64(insns, BAD) }, {0} },
	{ "R007 unknown type", -EINVAL, "", { RETURN0 }, { F32(prog_type, 999) }, {0} },
	{ "R008 name with a dash", -EINVAL, "", { RETURN0 }, { F32(prog_name, 0x622d61) }, {0} },
	{ "R009 name of 16 letters", -EINVAL, "", { RETURN0 },
	  { {48, 4, 0x61616161}, {52, 4, 0x61616161}, {56, 4, 0x61616161}, {60, 4, 0x61616161} }, {0} },
	{ "R010 name with a dot", 0, NULL, { RETURN0 }, { F32(prog_name, 0x5f622e61) }, {0} },
	{ "R011 name with bytes behind its end", 0, NULL, { RETURN0 },
	  { F32(prog_name, 0x2d006261) }, {0} },
	{ "R012 socket filter with an attach type", 0, NULL, { RETURN0 },
	  { F32(expected_attach_type, 77) }, {0} },
	{ "R013 socket filter with an attach id", -EINVAL, "", { RETURN0 }, { F32(attach_btf_id, 1) }, {0} },
	{ "R014 socket filter on a program", -EINVAL, "", { RETURN0 }, { F32(attach_prog_fd, FD_PROG) }, {0} },
	{ "R015 socket filter on a closed descriptor", -EINVAL, "", { RETURN0 },
	  { F32(attach_prog_fd, FD_CLOSED) }, {0} },
	{ "R016 socket filter on vmlinux BTF", -EINVAL, "", { RETURN0 },
	  { F32(attach_prog_fd, FD_VMLINUX) }, {0} },
	{ "R017 socket filter on user BTF", -ENOTSUPP_K, "", { RETURN0 },
	  { F32(attach_prog_fd, FD_BTF) }, {0} },
	{ "R018 attach id too large", -EINVAL, "", { RETURN0 },
	  { TRACING(BPF_TRACE_RAW_TP), F32(attach_btf_id, 0x100000) }, {0} },
	{ "R019 tracing without an attach id", -EINVAL, "Tracing programs must provide btf_id",
	  { RETURN0 }, { TRACING(BPF_TRACE_RAW_TP) }, {0} },
	{ "R020 attach id that is not there", -EINVAL, "attach_btf_id 1048575 is invalid",
	  { RETURN0 }, { TRACING(BPF_TRACE_RAW_TP), F32(attach_btf_id, 0xfffff) }, {0} },
	{ "R021 attach id of an INT", -EINVAL, NULL, { RETURN0 },
	  { TRACING(BPF_TRACE_RAW_TP), F32(attach_btf_id, ID_INT), F32(attach_prog_fd, FD_VMLINUX) }, {0} },
	{ "R022 TRACING/ITER on what iterates nothing", -EINVAL, "", { RETURN0 },
	  { TRACING(BPF_TRACE_ITER), F32(attach_btf_id, ID_FUNC) }, {0} },
	{ "R023 raw tracepoint", 0, NULL, { RETURN0 },
	  { TRACING(BPF_TRACE_RAW_TP), F32(attach_btf_id, ID_TP), F32(attach_prog_fd, FD_VMLINUX) }, {0} },
	{ "R024 syscall program with an attach type", -EINVAL, "", { RETURN0 },
	  { F32(prog_type, BPF_PROG_TYPE_SYSCALL), F32(prog_flags, BPF_F_SLEEPABLE),
	    F32(expected_attach_type, 1) }, {0} },
	{ "syscall program that may not sleep", -EINVAL, "Syscall programs can only be sleepable",
	  { RETURN0 }, { F32(prog_type, BPF_PROG_TYPE_SYSCALL) }, {0} },
	{ "R025 log buffer without a level", -EINVAL, "", { RETURN0 }, { F32(log_level, 0) }, {0} },
	{ "R026 log level 8", 0, NULL, { RETURN0 }, { F32(log_level, 8) }, {0} },
	{ "R027 log buffer without size", -EINVAL, "", { RETURN0 }, { F32(log_size, 0) }, {0} },
	{ "R028 interface index", -EINVAL, "", { RETURN0 }, { F32(prog_ifindex, 1) }, {0} },
	{ "R029 core_relo_cnt without info", 0, NULL, { RETURN0 }, { F32(core_relo_cnt, 5) }, {0} },
	{ "R030 prog_btf_fd without info", 0, NULL, { RETURN0 }, { F32(prog_btf_fd, FD_CLOSED) }, {0} },
	{ "R031 token without its flag", 0, NULL, { RETURN0 }, { F32(prog_token_fd, FD_CLOSED) }, {0} },
	{ "R033 log buffer of 8 bytes", -ENOSPC, NULL, { RETURN0 }, { F32(log_size, 8) }, {0} },
	{ "order: attach rules before instructions", -EINVAL, "", { RETURN0 },
	  { F32(attach_btf_id, 1), F64(insns, BAD) }, {0} },
	{ "order: count before attach", -E2BIG, "", { RETURN0 },
	  { F32(insn_cnt, 0), F32(attach_prog_fd, FD_CLOSED) }, {0} },
	{ "order: license before the interface", -EFAULT, "", { RETURN0 },
	  { F64(license, BAD), F32(prog_ifindex, 1) }, {0} },
	{ "order: name before the log", -EINVAL, "", { RETURN0 },
	  { F32(prog_name, 0x622d61), F32(log_level, 99) }, {0} },
	/* maps */
	{ "R100 map by descriptor", 0, NULL, { LD64(1, 1, FD_MAP, 0), RETURN0 }, {{0}}, {0} },
	{ "R101 closed descriptor", -EBADF, "fd 900 is not pointing to valid bpf_map",
	  { LD64(1, 1, FD_CLOSED, 0), RETURN0 }, {{0}}, {0} },
	{ "R102 descriptor -1", -EBADF, "fd -1 is not pointing to valid bpf_map",
	  { LD64(1, 1, -1, 0), RETURN0 }, {{0}}, {0} },
	{ "R103 a program's descriptor", -EINVAL, NULL, { LD64(1, 1, FD_PROG, 0), RETURN0 }, {{0}}, {0} },
	{ "R104 map with a second immediate", -EINVAL, "unrecognized bpf_ld_imm64 insn",
	  { LD64(1, 1, FD_MAP, 1), RETURN0 }, {{0}}, {0} },
	{ "R105 source 7", -EINVAL, "unrecognized bpf_ld_imm64 insn",
	  { LD64(1, 7, FD_MAP, 0), RETURN0 }, {{0}}, {0} },
	{ "R106 source 15", -EINVAL, "unrecognized bpf_ld_imm64 insn",
	  { LD64(1, 15, FD_CLOSED, 0), RETURN0 }, {{0}}, {0} },
	{ "R107 opcode in the second slot", -EINVAL, "invalid bpf_ld_imm64 insn",
	  { I(0x18, 1, 1, 0, FD_MAP), I(7, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R108 register in the second slot", -EINVAL, "invalid bpf_ld_imm64 insn",
	  { I(0x18, 1, 1, 0, FD_MAP), I(0, 1, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R109 offset in the second slot", -EINVAL, "invalid bpf_ld_imm64 insn",
	  { I(0x18, 1, 1, 0, FD_MAP), I(0, 0, 0, 4, 0), RETURN0 }, {{0}}, {0} },
	{ "R110 offset in the first slot", -EINVAL, "BPF_LD_IMM64 uses reserved fields",
	  { I(0x18, 1, 1, 4, FD_MAP), I(0, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R111 offset in the first slot of a constant", -EINVAL, "BPF_LD_IMM64 uses reserved fields",
	  { I(0x18, 1, 0, 4, 7), I(0, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R112 ending in an ld64", -EINVAL, "last insn is not an exit or jmp",
	  { MOV(0, 0), I(0x18, 1, 1, 0, FD_MAP) }, {{0}}, {0} },
	{ "R120 value", 0, NULL, { LD64(1, 2, FD_MAP, 0), RETURN0 }, {{0}}, {0} },
	{ "R121 last byte of the value", 0, NULL, { LD64(1, 2, FD_MAP, 7), RETURN0 }, {{0}}, {0} },
	{ "R122 behind the value", -EINVAL, "invalid access to map value pointer, value_size=8 off=8",
	  { LD64(1, 2, FD_MAP, 8), RETURN0 }, {{0}}, {0} },
	{ "R123 offset 1<<29", -EINVAL, "direct value offset of 536870912 is not allowed",
	  { LD64(1, 2, FD_MAP, 1 << 29), RETURN0 }, {{0}}, {0} },
	{ "R124 offset just below", -EINVAL, "invalid access to map value pointer, value_size=8 off=536870911",
	  { LD64(1, 2, FD_MAP, (1 << 29) - 1), RETURN0 }, {{0}}, {0} },
	{ "R125 offset -1", -EINVAL, "direct value offset of 4294967295 is not allowed",
	  { LD64(1, 2, FD_MAP, -1), RETURN0 }, {{0}}, {0} },
	{ "R126 array of two", -ENOTSUPP_K, "invalid access to map value pointer, value_size=8 off=0",
	  { LD64(1, 2, FD_MAP2, 0), RETURN0 }, {{0}}, {0} },
	{ "R127 value of a hash map", -EINVAL, "no direct value access support for this map type",
	  { LD64(1, 2, FD_HASH, 0), RETURN0 }, {{0}}, {0} },
	{ "R128 value, closed descriptor", -EBADF, "fd 900 is not pointing to valid bpf_map",
	  { LD64(1, 2, FD_CLOSED, 0), RETURN0 }, {{0}}, {0} },
	{ "R130 index without fd_array", -EPROTO, "fd_idx without fd_array is invalid",
	  { LD64(1, 5, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R131 bad fd_array", -EFAULT, "", { LD64(1, 5, 0, 0), RETURN0 }, { F64(fd_array, BAD) }, {0} },
	{ "R132 index 1", 0, NULL, { LD64(1, 5, 1, 0), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R133 index -1 reads before the array", 0, NULL, { LD64(1, 5, -1, 0), RETURN0 },
	  { F64(fd_array, ARRAY) }, {0} },
	{ "R134 slot with a closed descriptor", -EBADF, "fd 900 is not pointing to valid bpf_map",
	  { LD64(1, 5, 0, 0), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R135 index with a second immediate", -EINVAL, "unrecognized bpf_ld_imm64 insn",
	  { LD64(1, 5, 1, 1), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R136 value by index", 0, NULL, { LD64(1, 6, 1, 4), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R137 behind the value by index", -EINVAL, "invalid access to map value pointer, value_size=8 off=8",
	  { LD64(1, 6, 1, 8), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R138 value by index without fd_array", -EPROTO, "fd_idx without fd_array is invalid",
	  { LD64(1, 6, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R140 fd_array_cnt of maps and BTFs", 0, NULL, { RETURN0 },
	  { F64(fd_array, ARRAY_MAP), F32(fd_array_cnt, 4) }, {0} },
	{ "R141 fd_array_cnt with a program", -EINVAL, NULL, { RETURN0 },
	  { F64(fd_array, ARRAY_PROG), F32(fd_array_cnt, 1) }, {0} },
	{ "R142 fd_array_cnt with a closed descriptor", -EBADF, "fd 900 is not pointing to valid bpf_map or btf",
	  { RETURN0 }, { F64(fd_array, ARRAY), F32(fd_array_cnt, 2) }, {0} },
	{ "R143 fd_array_cnt without fd_array", -EFAULT, "", { RETURN0 }, { F32(fd_array_cnt, 1) }, {0} },
	{ "R144 fd_array_cnt too big", -EINVAL, "fd_array_cnt is too big (1073741823)", { RETURN0 },
	  { F64(fd_array, ARRAY), F32(fd_array_cnt, 0x3fffffff) }, {0} },
	{ "R145 index beyond the count", 0, NULL, { LD64(1, 5, 3, 0), RETURN0 },
	  { F64(fd_array, ARRAY_MAP), F32(fd_array_cnt, 1) }, {0} },
	/* types */
	{ "R160 id that is not there", -ENOENT, "ldimm64 insn specifies invalid btf_id 1048575.",
	  { LD64(1, 3, 0xfffff, 0), RETURN0 }, {{0}}, {0} },
	{ "R161 id 0", -EINVAL, "pseudo btf_id 0 in ldimm64 isn't KIND_VAR or KIND_FUNC",
	  { LD64(1, 3, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R162 id of an INT", -EINVAL, NULL, { LD64(1, 3, ID_INT, 0), RETURN0 }, {{0}}, {0} },
	{ "R163 id of a FUNC", 0, NULL, { LD64(1, 3, ID_FUNC, 0), RETURN0 }, {{0}}, {0} },
	{ "R164 closed BTF descriptor", -EINVAL, "invalid module BTF object FD specified.",
	  { LD64(1, 3, ID_FUNC, FD_CLOSED), RETURN0 }, {{0}}, {0} },
	{ "R165 a map's descriptor for a BTF's", -EINVAL, "invalid module BTF object FD specified.",
	  { LD64(1, 3, ID_FUNC, FD_MAP), RETURN0 }, {{0}}, {0} },
	{ "R166 vmlinux BTF's descriptor", 0, NULL, { LD64(1, 3, ID_FUNC, FD_VMLINUX), RETURN0 }, {{0}}, {0} },
	{ "R167 function that the kernel has not", -ENOENT,
	  "ldimm64 failed to find the address for kernel symbol 's'.",
	  { LD64(1, 3, 3, FD_BTF), RETURN0 }, {{0}}, {0} },
	/* calls and layout */
	{ "R180 call beyond the program", -EINVAL, "call to invalid destination",
	  { SUBCALL(100), RETURN0 }, {{0}}, {0} },
	{ "R181 call before the program", -EINVAL, "call to invalid destination",
	  { SUBCALL(-100), RETURN0 }, {{0}}, {0} },
	{ "R182 call of the next instruction", -EINVAL, "last insn is not an exit or jmp",
	  { SUBCALL(0), EXIT }, {{0}}, {0} },
	{ "R183 function pointer beyond the program", -EINVAL, "call to invalid destination",
	  { LD64(1, 4, 100, 0), RETURN0 }, {{0}}, {0} },
	{ "R184 function pointer without func_info", -EINVAL, "missing btf func_info",
	  { LD64(1, 4, 3, 0), RETURN0, RETURN0 }, {{0}}, {0} },
	{ "R185 no exit", -EINVAL, "last insn is not an exit or jmp", { MOV(0, 0) }, {{0}}, {0} },
	{ "R186 jump out of range", -EINVAL, "jump out of range from insn 0 to 51",
	  { JA(50), RETURN0 }, {{0}}, {0} },
	{ "R187 opcode 0x8f", -EINVAL, "unknown opcode 8f", { I(0x8f, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R188 LDX with an immediate", -EINVAL, "BPF_LDX uses reserved fields",
	  { I(0x61, 0, 1, 0, 5), RETURN0 }, {{0}}, {0} },
	{ "R189 opcode 0x00", -EINVAL, "unknown opcode 00", { I(0, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	/* kernel functions */
	{ "R200 offset -1", -EINVAL, A_BTF, { KCALL(ID_FUNC, -1), RETURN0 }, {{0}}, {0} },
	{ "R201 offset 1 without fd_array", -EPROTO, A_BTF, { KCALL(ID_FUNC, 1), RETURN0 }, {{0}}, {0} },
	{ "R202 closed descriptor", -EBADF, A_BTF, { KCALL(ID_FUNC, 5), RETURN0 },
	  { F64(fd_array, ARRAY) }, {0} },
	{ "R203 a map's descriptor", -EINVAL, A_BTF, { KCALL(ID_FUNC, 1), RETURN0 },
	  { F64(fd_array, ARRAY) }, {0} },
	{ "R204 user BTF", -EINVAL, A_BTF, { KCALL(3, 2), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R205 vmlinux BTF", -EINVAL, A_BTF, { KCALL(ID_FUNC, 3), RETURN0 }, { F64(fd_array, ARRAY) }, {0} },
	{ "R206 bad fd_array", -EFAULT, A_BTF, { KCALL(ID_FUNC, 1), RETURN0 }, { F64(fd_array, BAD) }, {0} },
	{ "R207 empty call", -EINVAL, "invalid kernel function call not eliminated in verifier pass",
	  { KCALL(0, 0), RETURN0 }, {{0}}, {0} },
	{ "R208 empty call behind a jump", -EINVAL, "unreachable insn 1",
	  { JA(1), KCALL(0, 0), RETURN0 }, {{0}}, {0} },
	{ "R208b empty call behind a constant condition", 0, NULL,
	  { MOV(0, 0), JMP(BPF_JEQ, 0, 0, 1), KCALL(0, 0), RETURN0 }, {{0}}, {0} },
	{ "R209 id 0, offset 1", -EPROTO, A_BTF, { KCALL(0, 1), RETURN0 }, {{0}}, {0} },
	{ "R210 id of an INT", -EINVAL, NULL, { KCALL(ID_INT, 0), RETURN0 }, {{0}}, {0} },
	{ "R211 id -1", -EINVAL, "kernel btf_id 4294967295 is not a function",
	  { KCALL(-1, 0), RETURN0 }, {{0}}, {0} },
	{ "R212 function that is none for programs", -EACCES, "calling kernel function do_exit is not allowed",
	  { KCALL(ID_FUNC, 0), RETURN0 }, {{0}}, {0} },
	{ "R213 function that is none for programs, dead", 0, NULL,
	  { MOV(0, 0), JMP(BPF_JEQ, 0, 0, 1), KCALL(ID_FUNC, 0), RETURN0 }, {{0}}, {0} },
	{ "R215 license that is not GPL", -EINVAL,
	  "cannot call kernel function from non-GPL compatible program",
	  { KCALL(ID_FUNC, 0), RETURN0 }, { F64(license, WORDS) }, { 0x50 } },
	/* records of relocations, as far as their sizes go */
	{ "C043 records of 12 bytes", -EINVAL, "", { RETURN0 },
	  { FUNC_INFO(1, 8), F32(core_relo_cnt, 1), F64(core_relos, WORDS + 8), F32(core_relo_rec_size, 12) },
	  { 0, 3 } },
	{ "C043 records of 256 bytes", -EINVAL, "", { RETURN0 },
	  { FUNC_INFO(1, 8), F32(core_relo_cnt, 1), F64(core_relos, WORDS + 8), F32(core_relo_rec_size, 256) },
	  { 0, 3 } },
	{ "C044 a record with another byte at its end", -E2BIG, "nonzero tailing record in core_relo",
	  { RETURN0 },
	  { FUNC_INFO(1, 8), F32(core_relo_cnt, 1), F64(core_relos, WORDS + 8), F32(core_relo_rec_size, 20) },
	  { 0, 3, 0, 1, 0, 6, 7 } },
	{ "C045 bad records", -EFAULT, "", { RETURN0 },
	  { FUNC_INFO(1, 8), F32(core_relo_cnt, 1), F64(core_relos, BAD), F32(core_relo_rec_size, 16) },
	  { 0, 3 } },
	/* func_info */
	{ "R300 one function", 0, NULL, { RETURN0 }, { FUNC_INFO(1, 8) }, { 0, 3 } },
	{ "R301 vmlinux BTF", -EACCES, "", { RETURN0 }, { FUNC_INFO(1, 8), F32(prog_btf_fd, FD_VMLINUX) },
	  { 0, 3 } },
	{ "R302 records of 4 bytes", -EINVAL, "invalid func info rec size 4", { RETURN0 },
	  { FUNC_INFO(1, 4) }, { 0, 3 } },
	{ "R303 records of 256 bytes", -EINVAL, "invalid func info rec size 256", { RETURN0 },
	  { FUNC_INFO(1, 256) }, { 0, 3 } },
	{ "R304 records of 10 bytes", -EINVAL, "invalid func info rec size 10", { RETURN0 },
	  { FUNC_INFO(1, 10) }, { 0, 3 } },
	{ "R305 records with a zero tail", 0, NULL, { RETURN0 }, { FUNC_INFO(1, 12) }, { 0, 3 } },
	{ "R306 records with a tail", -E2BIG, "nonzero tailing record in func info", { RETURN0 },
	  { FUNC_INFO(1, 12) }, { 0, 3, 1 } },
	{ "R307 first record not at 0", -EINVAL, "nonzero insn_off 1 for the first func info record",
	  { RETURN0 }, { FUNC_INFO(1, 8) }, { 1, 3 } },
	{ "R308 type that is an INT", -EINVAL, "invalid type id 1 in func info", { RETURN0 },
	  { FUNC_INFO(1, 8) }, { 0, 1 } },
	{ "R309 type that is not there", -EINVAL, "invalid type id 99 in func info", { RETURN0 },
	  { FUNC_INFO(1, 8) }, { 0, 99 } },
	{ "R310 too many records", -EINVAL, "number of funcs in func_info doesn't match number of subprogs",
	  { RETURN0 }, { FUNC_INFO(2, 8) }, { 0, 3, 1, 3 } },
	{ "R311 equal offsets", -EINVAL,
	  "same or smaller insn offset (0) than previous func info record (0)", { RETURN0 },
	  { FUNC_INFO(2, 8) }, { 0, 3, 0, 3 } },
	{ "R312 bad pointer", -EFAULT, "", { RETURN0 }, { FUNC_INFO(1, 8), F64(func_info, BAD) }, {0} },
	{ "R313 offset that is no function", -EINVAL,
	  "func_info BTF section doesn't match subprog layout in BPF program", { TWO_FUNCS },
	  { FUNC_INFO(2, 8) }, { 0, 3, 1, 3 } },
	{ "R314 two functions", 0, NULL, { TWO_FUNCS }, { FUNC_INFO(2, 8) }, { 0, 3, 2, 3 } },
	{ "R315 too few records", -EINVAL, "number of funcs in func_info doesn't match number of subprogs",
	  { TWO_FUNCS }, { FUNC_INFO(1, 8) }, { 0, 3 } },
	{ "packet load in a function without types", -EINVAL, "LD_ABS is not allowed in subprogs without BTF",
	  { MOVX(6, 1), SUBCALL(1), EXIT, I(0x20, 0, 0, 0, 0), EXIT }, {{0}}, {0} },
	{ "tail call in a function without types", -EINVAL,
	  "tail_call is not allowed in subprogs without BTF",
	  { SUBCALL(1), EXIT, CALL(12), EXIT }, {{0}}, {0} },
	{ "tail call in a function of type void", -EINVAL,
	  "tail_call is only allowed in functions that return 'int'.",
	  { SUBCALL(1), EXIT, CALL(12), EXIT }, { FUNC_INFO(2, 8) }, { 0, 3, 2, 6 } },
	{ "hash in a program that may sleep", 0, NULL, { LD64(1, 1, FD_HASH, 0), RETURN0 },
	  { F32(prog_type, BPF_PROG_TYPE_SYSCALL), F32(prog_flags, BPF_F_SLEEPABLE) }, {0} },
	{ "program array in a program that may sleep", -EINVAL,
	  "Sleepable programs can only use array, hash, ringbuf and local storage maps",
	  { LD64(1, 1, FD_PROGS, 0), RETURN0 },
	  { F32(prog_type, BPF_PROG_TYPE_SYSCALL), F32(prog_flags, BPF_F_SLEEPABLE) }, {0} },
	/* line_info */
	{ "R320 two lines", 0, NULL, { RETURN0 }, { LINE_INFO(2, 16) }, { 0, 1, 1, 0x401, 1, 1, 1, 0x401 } },
	{ "R321 records of 12 bytes", -EINVAL, "", { RETURN0 }, { LINE_INFO(1, 12) }, { 0, 1, 1 } },
	{ "R322 records of 256 bytes", -EINVAL, "", { RETURN0 }, { LINE_INFO(1, 256) }, { 0, 1, 1 } },
	{ "R323 first line at instruction 1", -EINVAL, "missing bpf_line_info for func#0", { RETURN0 },
	  { LINE_INFO(1, 16) }, { 1, 1, 1 } },
	{ "R324 offsets that do not rise", -EINVAL,
	  "Invalid line_info[1].insn_off:0 (prev_offset:0 prog->len:2)", { RETURN0 },
	  { LINE_INFO(2, 16) }, { 0, 1, 1, 0, 0, 1, 1, 0 } },
	{ "R325 offset at the end", -EINVAL, "Invalid line_info[0].insn_off:2 (prev_offset:0 prog->len:2)",
	  { RETURN0 }, { LINE_INFO(1, 16) }, { 2, 1, 1 } },
	{ "R326 bad file name", -EINVAL, "Invalid line_info[0].line_off or .file_name_off", { RETURN0 },
	  { LINE_INFO(1, 16) }, { 0, 9999, 1 } },
	{ "R327 second slot of an ld64", -EINVAL, "Invalid insn code at line_info[1].insn_off",
	  { LD64(1, 0, 5, 0), RETURN0 }, { LINE_INFO(2, 16) }, { 0, 1, 1, 0, 1, 1, 1, 0 } },
	{ "R328 no line for the second function", -EINVAL,
	  "missing bpf_line_info for 1 funcs starting from func#1", { TWO_FUNCS },
	  { LINE_INFO(1, 16) }, { 0, 1, 1 } },
	{ "R329 the second function's start has no line", -EINVAL, "missing bpf_line_info for func#1",
	  { TWO_FUNCS }, { LINE_INFO(2, 16) }, { 0, 1, 1, 0, 3, 1, 1, 0 } },
	/* order */
	{ "R330 func_info before kernel functions", -EINVAL, "invalid type id 99 in func info",
	  { KCALL(ID_FUNC, -1), LD64(1, 1, FD_CLOSED, 0), RETURN0 }, { FUNC_INFO(1, 8) }, { 0, 99 } },
	{ "R331 kernel functions before layout and maps", -EINVAL, A_BTF,
	  { KCALL(ID_FUNC, -1), LD64(1, 1, FD_CLOSED, 0), MOV(0, 0) }, {{0}}, {0} },
	{ "R332 layout before maps", -EINVAL, "last insn is not an exit or jmp",
	  { LD64(1, 1, FD_CLOSED, 0), MOV(0, 0) }, {{0}}, {0} },
	{ "R333 count of functions before maps", -EINVAL,
	  "number of funcs in func_info doesn't match number of subprogs",
	  { LD64(1, 1, FD_CLOSED, 0), RETURN0 }, { FUNC_INFO(2, 8) }, { 0, 3, 1, 3 } },
	{ "R334 instructions in order", -EBADF, "fd 900 is not pointing to valid bpf_map",
	  { LD64(1, 1, FD_CLOSED, 0), I(0x8f, 0, 0, 0, 0), RETURN0 }, {{0}}, {0} },
	{ "R335 fd_array before func_info", -EBADF, "fd 900 is not pointing to valid bpf_map or btf",
	  { KCALL(ID_FUNC, -1), RETURN0 },
	  { FUNC_INFO(1, 8), F64(fd_array, ARRAY), F32(fd_array_cnt, 1) }, { 0, 99 } },
	{ "order: maps before the graph", -EBADF, "fd 900 is not pointing to valid bpf_map",
	  { JA(1), MOV(0, 0), LD64(1, 1, FD_CLOSED, 0), RETURN0 }, {{0}}, {0} },
	{ "order: the graph before the attach target", -EINVAL, "unreachable insn 1",
	  { JA(1), MOV(0, 0), RETURN0 }, { TRACING(BPF_TRACE_RAW_TP) }, {0} },
};
/* clang-format on */

/* What the words of a row mean on one side. */
struct row_side {
	struct side *side;
	uint32_t words[ID_TP - FD_MAP + 1];
	uint32_t fds[BEMU_ARRAY_SIZE(row_fds)];
};

static inline uint32_t row_word(const struct row_side *rs, uint64_t val)
{
	return val >= FD_MAP && val <= ID_TP ? rs->words[val - FD_MAP] : (uint32_t)val;
}

static inline long row_map(struct side *side, uint32_t type, uint32_t max)
{
	struct bemu_attr_map_create create = {
		.map_type = type, .key_size = 4, .value_size = 8, .max_entries = max
	};

	if (type == BPF_MAP_TYPE_PROG_ARRAY)
		create.value_size = 4;
	return side->bpf(side, BPF_MAP_CREATE, &create, sizeof(create));
}

/* @ids: of the INT, the FUNC and the TYPEDEF in vmlinux */
static inline bool row_begin(struct row_side *rs, struct side *side, const uint32_t ids[3])
{
	static const struct bpf_insn insns[] = { RETURN0 };
	struct bemu_attr_prog_load prog = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
					    .insn_cnt = 2,
					    .insns = (uintptr_t)insns,
					    .license = (uintptr_t) "GPL" };
	uint32_t by_id[4] = { 1 };
	long fds[] = { row_map(side, BPF_MAP_TYPE_ARRAY, 1),
		       row_map(side, BPF_MAP_TYPE_ARRAY, 2),
		       row_map(side, BPF_MAP_TYPE_HASH, 1),
		       side->bpf(side, BPF_PROG_LOAD, &prog, sizeof(prog)),
		       side->btf,
		       side->bpf(side, BPF_BTF_GET_FD_BY_ID, by_id, 12),
		       row_map(side, BPF_MAP_TYPE_PROG_ARRAY, 1) };
	bool ok = true;
	uint32_t i;

	rs->side = side;
	for (i = 0; i < BEMU_ARRAY_SIZE(fds); i++) {
		ok &= fds[i] >= 0;
		rs->words[i] = (uint32_t)fds[i];
	}
	memcpy(&rs->words[ID_INT - FD_MAP], ids, 3 * sizeof(*ids));
	for (i = 0; i < BEMU_ARRAY_SIZE(row_fds); i++)
		rs->fds[i] = row_word(rs, row_fds[i]);
	return ok;
}

static inline void row_end(struct row_side *rs)
{
	uint32_t i;

	for (i = 0; i <= FD_PROGS - FD_MAP; i++)
		if (i != FD_BTF - FD_MAP)
			rs->side->close(rs->side, rs->words[i]);
}

static inline long row_load(struct row_side *rs, const struct row_case *c)
{
	struct bpf_insn insns[BEMU_ARRAY_SIZE(c->insns)];
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };
	uint32_t words[80] = { 0 }, i, nr = BEMU_ARRAY_SIZE(c->insns);
	static const struct bpf_insn none;

	while (nr && !memcmp(&c->insns[nr - 1], &none, sizeof(none)))
		nr--;
	for (i = 0; i < nr; i++) {
		insns[i] = c->insns[i];
		insns[i].imm = (int32_t)row_word(rs, (uint32_t)insns[i].imm);
	}
	memcpy(words, c->words, sizeof(c->words));
	attr.insn_cnt = nr;
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)rs->side->log;
	attr.log_size = sizeof(rs->side->log);
	for (i = 0; i < BEMU_ARRAY_SIZE(c->set) && c->set[i].size; i++) {
		uint64_t val = c->set[i].val;

		if (c->set[i].size == 4)
			val = row_word(rs, val);
		else if (val >= WORDS)
			val = (uintptr_t)words + (val - WORDS);
		else if (val >= FDS)
			val = (uintptr_t)&rs->fds[val - FDS];
		memcpy((uint8_t *)&attr + c->set[i].off, &val, c->set[i].size);
	}
	rs->side->log[0] = 0;
	return rs->side->bpf(rs->side, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Native memory with a first page that cannot be read, as in any process. */
static inline int checked_read(void *ctx, uint64_t uaddr, void *dst, size_t len)
{
	(void)ctx;
	if (uaddr < 4096)
		return -EFAULT;
	memcpy(dst, (const void *)(uintptr_t)uaddr, len);
	return 0;
}

static inline int checked_write(void *ctx, uint64_t uaddr, const void *src, size_t len)
{
	(void)ctx;
	if (uaddr < 4096)
		return -EFAULT;
	memcpy((void *)(uintptr_t)uaddr, src, len);
	return 0;
}

static const struct bemu_mem_ops checked_mem = { .read = checked_read, .write = checked_write };

/* The function that is called for exceptions is named by a tag of the main function, v6.7. */
struct throw_case {
	const char *name;
	int err;
	const char *line;
	const char *tags[2];
	uint32_t linkage, nr_info;
	uint32_t info[4];
};

#define TAG "exception_callback:"

/* clang-format off */
static const struct throw_case throw_cases[] = {
	{ "exception callback that nothing else reaches", 0, NULL, { TAG "cb" }, BTF_FUNC_GLOBAL, 2,
	  { 0, 5, 2, 6 } },
	{ "without the tag it is not reached", -EINVAL,
	  "number of funcs in func_info doesn't match number of subprogs", { "other" }, BTF_FUNC_GLOBAL, 2,
	  { 0, 5, 2, 6 } },
	{ "two exception callbacks", -EEXIST, "multiple exception callback tags for main subprog",
	  { TAG "cb", TAG "main" }, BTF_FUNC_GLOBAL, 2, { 0, 5, 2, 6 } },
	{ "exception callback that is not there", -ENOENT,
	  "exception callback 'nobody' could not be found in BTF", { TAG "nobody" }, BTF_FUNC_GLOBAL, 2,
	  { 0, 5, 2, 6 } },
	{ "exception callback that is static", -EINVAL, "exception callback 'cb' must have global linkage",
	  { TAG "cb" }, BTF_FUNC_STATIC, 2, { 0, 5, 2, 6 } },
	{ "exception callback without a record", -EINVAL,
	  "exception callback type id not found in func_info", { TAG "cb" }, BTF_FUNC_GLOBAL, 1, { 0, 5 } },
	{ "main function as exception callback", -EINVAL,
	  "invalid exception callback insn_off in func_info: 0", { TAG "main" }, BTF_FUNC_GLOBAL, 2,
	  { 0, 5, 2, 6 } },
};
/* clang-format on */

/* 1 INT int, 2 INT u64, 3 FUNC_PROTO int(void), 4 FUNC_PROTO int(u64), 5 FUNC main, 6 FUNC cb, tags */
static inline long throw_load(struct side *side, const struct throw_case *c)
{
	static const struct bpf_insn insns[] = { RETURN0, RETURN0 };
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };
	struct bemu_attr_btf_load load = { 0 };
	static struct bb b;
	long btf, ret;
	uint32_t i;

	memset(&b, 0, sizeof(b));
	b.len = 1;
	bb_type(&b, bb_str(&b, "int"), BTF_KIND_INT, 0, 4);
	b.types[b.nr++] = 0x01000020;
	bb_type(&b, bb_str(&b, "u64"), BTF_KIND_INT, 0, 8);
	b.types[b.nr++] = 0x00000040;
	bb_type(&b, 0, BTF_KIND_FUNC_PROTO, 0, 1);
	bb_type(&b, 0, BTF_KIND_FUNC_PROTO, 1, 1);
	b.types[b.nr++] = bb_str(&b, "cookie");
	b.types[b.nr++] = 2;
	bb_type(&b, bb_str(&b, "main"), BTF_KIND_FUNC, BTF_FUNC_GLOBAL, 3);
	bb_type(&b, bb_str(&b, "cb"), BTF_KIND_FUNC, c->linkage, 4);
	for (i = 0; i < 2 && c->tags[i]; i++) {
		bb_type(&b, bb_str(&b, c->tags[i]), BTF_KIND_DECL_TAG, 0, 5);
		b.types[b.nr++] = UINT32_MAX;
	}
	load.btf_size = bb_end(&b);
	load.btf = (uintptr_t)b.raw;
	btf = side->bpf(side, BPF_BTF_LOAD, &load, sizeof(load));
	if (btf < 0)
		return btf;
	attr.insn_cnt = BEMU_ARRAY_SIZE(insns);
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)side->log;
	attr.log_size = sizeof(side->log);
	attr.prog_btf_fd = (uint32_t)btf;
	attr.func_info = (uintptr_t)c->info;
	attr.func_info_cnt = c->nr_info;
	attr.func_info_rec_size = 8;
	side->log[0] = 0;
	ret = side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));
	side->close(side, btf);
	return ret;
}

#endif
