/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* An object that a text spells out: maps, kernel functions of modules, programs that call them. */
#ifndef BEMU_SCENARIO_OBJECT_H
#define BEMU_SCENARIO_OBJECT_H

#include "scenario/private.h"

enum {
	BEMU_SCN_OBJ_MAPS = 70,
	BEMU_SCN_OBJ_PROGS = 30,
	BEMU_SCN_OBJ_KFUNCS = 512,
	BEMU_SCN_OBJ_NAME = 64,
	BEMU_SCN_OBJ_MODULE = 56, /* MODULE_NAME_LEN */
};

struct bemu_scn_obj_map {
	char name[BEMU_SCN_OBJ_NAME];
	uint32_t type, key_size, value_size, max_entries;
};

struct bemu_scn_obj_kfunc {
	char name[BEMU_SCN_OBJ_NAME];
	bool is_weak;
	char module[BEMU_SCN_OBJ_MODULE]; /* "" for vmlinux */
};

/** struct bemu_scn_obj_call - word @insn_idx calls kfunc @kfunc */
struct bemu_scn_obj_call {
	uint32_t insn_idx, kfunc;
};

struct bemu_scn_obj_prog {
	char name[BEMU_SCN_OBJ_NAME];
	uint32_t type;
	struct bemu_scn_insns insns;
	uint32_t nr_calls, cap_calls;
	struct bemu_scn_obj_call *calls;
};

struct bemu_scn_object {
	uint32_t nr_maps, nr_kfuncs, nr_progs;
	struct bemu_scn_obj_map maps[BEMU_SCN_OBJ_MAPS];
	struct bemu_scn_obj_kfunc kfuncs[BEMU_SCN_OBJ_KFUNCS];
	struct bemu_scn_obj_prog progs[BEMU_SCN_OBJ_PROGS];
};

/** bemu_scn_object_read() - the line's block into @obj, which is empty */
int bemu_scn_object_read(struct bemu_scn_run *run, struct bemu_scn_object *obj) BEMU_MUST_CHECK;

#endif
