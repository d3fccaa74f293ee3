/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of emu/obj share: the state of one open, which ends with it. */
#ifndef BEMU_OBJ_PRIVATE_H
#define BEMU_OBJ_PRIVATE_H

#include <errno.h>
#include <string.h>

#include <gelf.h>

#include "base/ints.h"
#include "obj/obj.h"

enum { BEMU_INSN_SIZE = 8 };

/* Mirrors enum sec_type, tools/lib/bpf/libbpf.c. */
enum bemu_obj_sec_kind {
	BEMU_SEC_UNUSED,
	BEMU_SEC_RELO,
	BEMU_SEC_BSS,
	BEMU_SEC_DATA,
	BEMU_SEC_RODATA,
	BEMU_SEC_STRUCT_OPS,
};

/**
 * struct bemu_obj_sec - a section of the image, by section index
 * @kind:       enum bemu_obj_sec_kind
 * @hdr:        host order, NULL for section 0; @hdr_copy, as libelf's may lie at an odd address
 * @data:       bytes as libelf hands them out; NULL for NOBITS
 * @map_idx:    the data map made from it, UINT32_MAX when none
 * @first_func: first FUNC symbol in it: symbol index + 1, 0 is none
 */
struct bemu_obj_sec {
	uint32_t kind;
	uint32_t map_idx;
	uint32_t first_func;
	const Elf64_Shdr *hdr;
	GElf_Shdr hdr_copy;
	Elf_Scn *scn;
	const uint8_t *data;
	size_t size;
};

/** struct bemu_obj_strs - a string table, copied; @len bytes end in a NUL. 0 when it is not readable */
struct bemu_obj_strs {
	const char *data;
	size_t len;
};

/**
 * struct bemu_obj_open - one bpf_object__open() under way
 * @obj:          what is being made
 * @next_func:    by symbol: the next FUNC symbol of the same section, index + 1
 * @var_slot:     open addressing by name over global and weak OBJECT symbols: index + 1
 * @bad_name_sym: the first of them whose name cannot be read, UINT32_MAX when none
 * @sym_ext:      by symbol: its extern's index + 1
 * @st_ops_attach: by program: the struct_ops type that claimed it (before 1.4)
 */
struct bemu_obj_open {
	struct bemu_env *env;
	struct bemu_obj *obj;
	const struct bemu_obj_opts *opts;
	uint32_t libbpf;
	uint32_t page_size;
	Elf *elf;
	size_t image_len;
	size_t shstrndx;
	struct bemu_obj_strs sec_strs, sym_strs;
	uint32_t nr_secs;
	struct bemu_obj_sec *secs;
	uint32_t symtab_idx, strtab_idx;
	const uint8_t *syms;
	size_t nr_syms;
	uint32_t *next_func;
	uint32_t nr_funcs;
	uint32_t *var_slot;
	uint32_t nr_var_slots;
	uint32_t bad_name_sym; /* where the index of variables ends; UINT32_MAX: at the last */
	uint32_t *sym_ext;
	uint32_t *st_ops_attach;
	uint32_t maps_sec_idx; /* UINT32_MAX when none */
	uint32_t maps_datasec_id;
	uint32_t arena_sec_idx, jumptables_sec_idx; /* 0 when none */
	uint32_t st_ops_sec_idx; /* before 1.2: the only one; UINT32_MAX when none */
	bool has_struct_ops;
	const uint8_t *btf_data, *btf_ext_data;
	size_t btf_size, btf_ext_size;
	bool has_btf_sec, has_btf_ext_sec;
	uint32_t maps_cap, externs_cap;
};

/* Which rule applies: releases are ordered as enum bemu_libbpf lists them. */
static inline bool bemu_obj_since(const struct bemu_obj_open *o, uint32_t libbpf)
{
	return o->libbpf >= libbpf;
}

/* libelf's tables may lie at any address and symbols are asked for by numbers from the image. */
static inline Elf64_Sym bemu_obj_sym(const struct bemu_obj_open *o, size_t idx)
{
	Elf64_Sym sym;

	memcpy(&sym, o->syms + idx * sizeof(sym), sizeof(sym));
	return sym;
}

static inline Elf64_Rel bemu_obj_rel(const struct bemu_obj_sec *sec, size_t idx)
{
	Elf64_Rel rel;

	memcpy(&rel, sec->data + idx * sizeof(rel), sizeof(rel));
	return rel;
}

/* Mirrors elf_strptr(), libelf: NULL unless the offset is inside and the string ends inside. */
static inline const char *bemu_obj_str_at(const struct bemu_obj_strs *strs, uint32_t off)
{
	return off < strs->len ? strs->data + off : NULL;
}

static inline const char *bemu_obj_sym_name(const struct bemu_obj_open *o, const Elf64_Sym *sym)
{
	return bemu_obj_str_at(&o->sym_strs, sym->st_name);
}

static inline const char *bemu_obj_sec_name(const struct bemu_obj_open *o, size_t idx)
{
	return idx < o->nr_secs ? o->obj->sec_names[idx] : "?";
}

static inline bool bemu_obj_sym_is_hidden(const Elf64_Sym *sym)
{
	unsigned int vis = ELF64_ST_VISIBILITY(sym->st_other);

	return vis == STV_HIDDEN || vis == STV_INTERNAL;
}

/* Mirrors sym_is_extern(): undefined, without type, and not local. */
static inline bool bemu_obj_sym_is_extern(const Elf64_Sym *sym)
{
	unsigned int bind = ELF64_ST_BIND(sym->st_info);

	return sym->st_shndx == SHN_UNDEF && (bind == STB_GLOBAL || bind == STB_WEAK) &&
	       ELF64_ST_TYPE(sym->st_info) == STT_NOTYPE;
}

/*
 * Pays for @times looks at a whole name. Names may overlap in their table, so that all of them
 * together are much longer than the table is.
 */
static inline BEMU_MUST_CHECK int bemu_obj_pay(struct bemu_obj_open *o, const char *name,
					       uint64_t times)
{
	return bemu_env_step(o->env, (strlen(name) / 4 + 1) * times);
}

/* The bytes of the object's BTF are the object's own; nobody has seen them before open is done. */
static inline struct btf_type *bemu_obj_btf_edit(const struct btf_type *t)
{
	return (struct btf_type *)(uintptr_t)t;
}

/** bemu_obj_keep() - @ptr from this env now belongs to the object; freed, and NULL, when that fails */
void *bemu_obj_keep(struct bemu_obj_open *o, void *ptr) BEMU_MUST_CHECK;

/** bemu_obj_sort() - the merge sort that glibc's qsort() is, so that odd comparisons end alike */
int bemu_obj_sort(struct bemu_env *env, void *base, size_t nr, size_t size,
		  int (*cmp)(const void *, const void *)) BEMU_MUST_CHECK;

/** bemu_obj_type() - a type that must exist; else -EINVAL is logged and NULL returned */
const struct btf_type *bemu_obj_type(struct bemu_obj_open *o, uint32_t type_id);
/** bemu_obj_skip() - through modifiers and typedefs; NULL, logged, for a chain without an end */
const struct btf_type *bemu_obj_skip(struct bemu_obj_open *o, uint32_t type_id, uint32_t *out_id);

/* The steps of bpf_object_open(), in their order. */
int bemu_obj_sym_strs(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_elf_open(struct bemu_obj_open *o, const void *image, size_t len) BEMU_MUST_CHECK;
int bemu_obj_walk_sections(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_add_progs(struct bemu_obj_open *o, uint32_t sec_idx) BEMU_MUST_CHECK;
int bemu_obj_finish_progs(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_init_btf(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_collect_externs(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_fixup_btf(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_init_maps(struct bemu_obj_open *o) BEMU_MUST_CHECK;
void bemu_obj_init_prog_types(struct bemu_obj_open *o);
int bemu_obj_collect_relos(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_hide_funcs(struct bemu_obj_open *o) BEMU_MUST_CHECK;

/* Parts of those steps. */
int bemu_obj_btf_add_dummy(struct bemu_obj_open *o, uint32_t int_id,
			   uint32_t *var_id) BEMU_MUST_CHECK;
int bemu_obj_add_map(struct bemu_obj_open *o, struct bemu_obj_map **out) BEMU_MUST_CHECK;
int bemu_obj_init_data_maps(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_init_kconfig_map(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_init_struct_ops(struct bemu_obj_open *o) BEMU_MUST_CHECK;
int bemu_obj_collect_struct_ops(struct bemu_obj_open *o, uint32_t rel_idx) BEMU_MUST_CHECK;
int bemu_obj_collect_slots(struct bemu_obj_open *o, uint32_t rel_idx) BEMU_MUST_CHECK;
/** bemu_obj_find_prog() - index of the program that holds an instruction; UINT32_MAX when none */
uint32_t bemu_obj_find_prog(const struct bemu_obj *obj, size_t sec_idx, uint64_t insn_idx);

/**
 * struct bemu_obj_map_def - attributes of one map definition
 * Mirrors struct btf_map_def, tools/lib/bpf/libbpf_internal.h.
 */
struct bemu_obj_map_def {
	uint32_t type, key_size, value_size, max_entries, map_flags, numa_node;
	uint32_t key_type_id, value_type_id;
	uint32_t pinning;
	uint64_t map_extra;
	bool has_inner;
};

/** bemu_obj_parse_map_def() - members of the STRUCT @def; @inner NULL when this is an inner map */
int bemu_obj_parse_map_def(struct bemu_obj_open *o, const char *map_name, uint32_t var_id,
			   const struct btf_type *def, struct bemu_obj_map_def *out,
			   struct bemu_obj_map_def *inner) BEMU_MUST_CHECK;

/** struct bemu_obj_sec_def - what a section name says about its programs */
struct bemu_obj_sec_def {
	char name[24];
	uint8_t since; /* enum bemu_libbpf */
	uint8_t prog_type;
	uint8_t attach_type;
	uint8_t flags;
};

enum bemu_obj_sec_def_flags {
	BEMU_DEF_ATTACH_OPT = 1,
	BEMU_DEF_ATTACH_BTF = 2,
	BEMU_DEF_SLEEPABLE = 4,
	BEMU_DEF_XDP_FRAGS = 8,
	BEMU_DEF_USDT = 16,
};

/** bemu_obj_sec_def_find() - mirrors find_sec_def(); NULL when the name says nothing */
const struct bemu_obj_sec_def *bemu_obj_sec_def_find(const char *sec_name, uint32_t libbpf);

#endif
