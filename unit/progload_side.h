/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One kernel that loads programs: the model's, or the running one. Both are set up and asked by the same
 * code, so that their answers can be compared.
 */
#ifndef BEMU_UNIT_PROGLOAD_SIDE_H
#define BEMU_UNIT_PROGLOAD_SIDE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bemu/task.h>

#include "base/env.h"
#include "progload_paths.h"
#include "uapi/btf.h"

enum { SIDE_LOG = 1 << 16 };

struct side {
	struct bemu_task *task; /* NULL: the running kernel */
	long (*bpf)(struct side *side, uint32_t cmd, void *attr, uint32_t size);
	void (*close)(struct side *side, long fd);
	long maps[OPEN_RO + 1];
	long btf;
	char log[SIDE_LOG];
};

static inline long side_map(struct side *side, enum path_map kind)
{
	struct bemu_attr_map_create create = { .map_type = BPF_MAP_TYPE_ARRAY,
					       .key_size = 4,
					       .value_size = sizeof(path_value),
					       .max_entries = 1 };
	struct {
		uint32_t map_fd, pad;
		uint64_t key, value, flags;
	} elem = { 0 };
	uint32_t key = 0, frozen;
	long fd;

	create.map_flags = kind == FROZEN_RO || kind == OPEN_RO ? BPF_F_RDONLY_PROG : 0;
	fd = side->bpf(side, BPF_MAP_CREATE, &create, sizeof(create));
	elem.map_fd = frozen = (uint32_t)fd;
	elem.key = (uintptr_t)&key;
	elem.value = (uintptr_t)path_value;
	if (fd < 0 || side->bpf(side, BPF_MAP_UPDATE_ELEM, &elem, sizeof(elem)))
		return -1;
	if ((kind == FROZEN_RO || kind == FROZEN_RW) &&
	    side->bpf(side, BPF_MAP_FREEZE, &frozen, sizeof(frozen)))
		return -1;
	return fd;
}

/* 1 INT int, 2 FUNC_PROTO int(void), 3 FUNC s, static, 4 FUNC g, global, 6 FUNC s, of type void(void) */
static inline long side_btf(struct side *side)
{
	static const char strs[] = "\0int\0s\0g";
	static const uint32_t types[] = {
		1,
		BTF_KIND_INT << 24,
		4,
		0x01000020,
		0,
		BTF_KIND_FUNC_PROTO << 24,
		1,
		5,
		BTF_KIND_FUNC << 24,
		2,
		7,
		BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL,
		2,
		0,
		BTF_KIND_FUNC_PROTO << 24,
		0,
		5,
		BTF_KIND_FUNC << 24,
		5,
	};
	struct btf_header hdr = { .magic = BTF_MAGIC,
				  .version = 1,
				  .hdr_len = sizeof(hdr),
				  .type_len = sizeof(types),
				  .str_off = sizeof(types),
				  .str_len = sizeof(strs) };
	struct bemu_attr_btf_load attr = { 0 };
	uint8_t blob[256];

	memcpy(blob, &hdr, sizeof(hdr));
	memcpy(blob + sizeof(hdr), types, sizeof(types));
	memcpy(blob + sizeof(hdr) + sizeof(types), strs, sizeof(strs));
	attr.btf = (uintptr_t)blob;
	attr.btf_size = sizeof(hdr) + sizeof(types) + sizeof(strs);
	return side->bpf(side, BPF_BTF_LOAD, &attr, sizeof(attr));
}

static inline bool side_begin(struct side *side)
{
	uint32_t i;

	for (i = FROZEN_RO; i <= OPEN_RO; i++) {
		side->maps[i] = side_map(side, (enum path_map)i);
		if (side->maps[i] < 0)
			return false;
	}
	side->btf = side_btf(side);
	return side->btf >= 0;
}

static inline void side_end(struct side *side)
{
	uint32_t i;

	for (i = FROZEN_RO; i <= OPEN_RO; i++)
		side->close(side, side->maps[i]);
	side->close(side, side->btf);
}

/* The log's last line that is no statistics. */
static inline const char *side_line(struct side *side)
{
	char *end = strstr(side->log, "processed "), *line;

	if (end)
		*end = 0;
	end = side->log + strlen(side->log);
	while (end > side->log && end[-1] == '\n')
		*--end = 0;
	line = strrchr(side->log, '\n');
	return line ? line + 1 : side->log;
}

static inline uint32_t path_insns(const struct side *side, const struct path_case *c,
				  struct bpf_insn *insns)
{
	uint32_t nr = BEMU_ARRAY_SIZE(c->insns), i;
	static const struct bpf_insn none;

	while (nr && !memcmp(&c->insns[nr - 1], &none, sizeof(none)))
		nr--;
	memcpy(insns, c->insns, nr * sizeof(*insns));
	for (i = 0; i < nr; i++)
		if (insns[i].code == 0x18 && insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns[i].imm = (int32_t)side->maps[insns[i].imm];
	return nr;
}

/* Where functions start, as the kernel finds them. */
static inline uint32_t path_funcs(const struct path_case *c, const struct bpf_insn *insns,
				  uint32_t nr, struct bpf_func_info *info)
{
	uint32_t i, nr_funcs = 0, at;
	bool starts[BEMU_ARRAY_SIZE(c->insns)] = { true };

	for (i = 0; i < nr; i++)
		if ((insns[i].code == 0x85 && insns[i].src_reg == BPF_PSEUDO_CALL) ||
		    (insns[i].code == 0x18 && insns[i].src_reg == BPF_PSEUDO_FUNC))
			starts[(int32_t)i + insns[i].imm + 1] = true;
	for (at = 0; at < nr; at++)
		if (starts[at]) {
			info[nr_funcs].insn_off = at;
			info[nr_funcs].type_id = c->funcs[nr_funcs] == GLOBAL ? 4 : 3;
			nr_funcs++;
		}
	return nr_funcs;
}

/* A socket filter, at log level 1. */
static inline long path_load(struct side *side, const struct path_case *c)
{
	struct bpf_insn insns[BEMU_ARRAY_SIZE(c->insns)];
	struct bpf_func_info info[8];
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	attr.insn_cnt = path_insns(side, c, insns);
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)side->log;
	attr.log_size = sizeof(side->log);
	if (c->funcs[0]) {
		attr.func_info_cnt = path_funcs(c, insns, attr.insn_cnt, info);
		attr.func_info = (uintptr_t)info;
		attr.func_info_rec_size = sizeof(info[0]);
		attr.prog_btf_fd = (uint32_t)side->btf;
	}
	side->log[0] = 0;
	return side->bpf(side, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline long side_model_bpf(struct side *side, uint32_t cmd, void *attr, uint32_t size)
{
	long kret = -9999;

	return bemu_sys_bpf(side->task, cmd, (uintptr_t)attr, size, &kret) ? -9999 : kret;
}

static inline void side_model_close(struct side *side, long fd)
{
	long kret = -1;

	if (bemu_sys_close(side->task, (int)fd, &kret) || kret)
		fprintf(stderr, "close of %ld\n", fd);
}

#endif
