/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * An object that a text spells out: maps, kernel functions of modules, programs that call them, types and
 * CO-RE records.
 */
#ifndef BEMU_SCENARIO_OBJECT_H
#define BEMU_SCENARIO_OBJECT_H

#include "obj/obj.h"
#include "scenario/private.h"

enum {
	BEMU_SCN_OBJ_MAPS = 70,
	BEMU_SCN_OBJ_PROGS = 30,
	BEMU_SCN_OBJ_KFUNCS = 512,
	BEMU_SCN_OBJ_NAME = 64,
	BEMU_SCN_OBJ_MODULE = 56, /* MODULE_NAME_LEN */
	BEMU_SCN_OBJ_CORES = 64,
	BEMU_SCN_OBJ_ACCESS = 64,
	BEMU_SCN_OBJ_DATA = 4096,
	BEMU_SCN_OBJ_TARGET = 160,
};

/** struct bemu_scn_obj_shape - what makes a map, and the inner one */
struct bemu_scn_obj_shape {
	uint32_t type, key_size, value_size, max_entries;
};

/** struct bemu_scn_obj_map - @filled: it has first contents, all zero; @slot: name of the map that its slot 0 gets; "" where there is none */
struct bemu_scn_obj_map {
	bool is_data; /* a data section of zeroes */
	char name[BEMU_SCN_OBJ_NAME];
	struct bemu_scn_obj_shape shape, inner;
	bool has_inner, pinned, filled;
	char slot[BEMU_SCN_OBJ_NAME];
	char key_type[BEMU_SCN_OBJ_NAME], value_type[BEMU_SCN_OBJ_NAME];
};

/** struct bemu_scn_obj_core - a CO-RE record; @type: name or number */
struct bemu_scn_obj_core {
	char prog[BEMU_SCN_OBJ_NAME];
	uint32_t insn_idx, kind;
	char type[BEMU_SCN_OBJ_NAME];
	char access[BEMU_SCN_OBJ_ACCESS];
};

/** struct bemu_scn_obj_kfunc - @is_var: a variable */
struct bemu_scn_obj_kfunc {
	char name[BEMU_SCN_OBJ_NAME];
	bool is_weak, is_var;
	char module[BEMU_SCN_OBJ_MODULE]; /* "" for vmlinux */
};

/** struct bemu_scn_obj_call - word @insn_idx calls kfunc @kfunc, or is the load of its address */
struct bemu_scn_obj_call {
	uint32_t insn_idx, kfunc;
	bool is_ld64;
};

/** struct bemu_scn_obj_prog - @target: function that it is attached to, "" for none */
struct bemu_scn_obj_prog {
	char name[BEMU_SCN_OBJ_NAME];
	char target[BEMU_SCN_OBJ_TARGET];
	uint32_t type;
	struct bemu_scn_insns insns;
	uint32_t nr_calls, cap_calls;
	struct bemu_scn_obj_call *calls;
};

/** struct bemu_scn_object - @nr_subs: functions that no program is of itself; @btf, @btf_ext: bytes where they are given so, else @types is the text */
struct bemu_scn_object {
	uint32_t nr_maps, nr_kfuncs, nr_progs, nr_subs, nr_cores;
	struct bemu_scn_str types;
	uint8_t *btf, *btf_ext;
	size_t btf_len, btf_ext_len;
	struct bemu_scn_obj_core cores[BEMU_SCN_OBJ_CORES];
	struct bemu_scn_obj_map maps[BEMU_SCN_OBJ_MAPS];
	struct bemu_scn_obj_kfunc kfuncs[BEMU_SCN_OBJ_KFUNCS];
	struct bemu_scn_obj_prog progs[BEMU_SCN_OBJ_PROGS];
};

/** bemu_scn_object_read() - the line's block into @obj, which is empty */
int bemu_scn_object_read(struct bemu_scn_run *run, struct bemu_scn_object *obj) BEMU_MUST_CHECK;

/**
 * bemu_scn_object_open() - @obj as libbpf has it at the end of its open phase
 * @verdict: 0, or what bpf_object__open() says to its BTF; then no *out
 * @out:     given; bemu_scn_object_close()
 */
int bemu_scn_object_open(struct bemu_scn_run *run, const struct bemu_scn_object *obj, int *verdict,
			 struct bemu_obj **out) BEMU_MUST_CHECK;
void bemu_scn_object_close(struct bemu_scn_run *run, struct bemu_obj *obj);

#endif
