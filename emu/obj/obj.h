/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A BPF object as plain data: what libbpf knows at the end of its open phase, before any bpf(2) call.
 * Read with libelf, which only this folder includes. Nothing here points into the ELF image, which the
 * caller may drop; strings and bytes belong to the object.
 * Mirrors bpf_object_open(), tools/lib/bpf/libbpf.c, libbpf 1.7, with older rules by profile.
 */
#ifndef BEMU_OBJ_OBJ_H
#define BEMU_OBJ_OBJ_H

#include "btf/btf.h"
#include "btf/ext.h"
#include "uapi/bpf.h"

/* libbpf's private error numbers, as negative returns; mirrors enum libbpf_errno. */
enum bemu_libbpf_errno {
	BEMU_LIBBPF_ERR_LIBELF = 4000,
	BEMU_LIBBPF_ERR_FORMAT,
	BEMU_LIBBPF_ERR_KVERSION,
	BEMU_LIBBPF_ERR_ENDIAN,
	BEMU_LIBBPF_ERR_INTERNAL,
	BEMU_LIBBPF_ERR_RELOC,
	BEMU_LIBBPF_ERR_LOAD,
	BEMU_LIBBPF_ERR_VERIFY,
	BEMU_LIBBPF_ERR_PROG2BIG,
	BEMU_LIBBPF_ERR_KVER,
	BEMU_LIBBPF_ERR_PROGTYPE,
};

/** bemu_obj_errno_name() - "-EINVAL", "-LIBBPF_ERRNO__RELOC": static text; NULL when unknown */
const char *bemu_obj_errno_name(int err);

/* Order matters: relocations are sorted by (instruction, kind). Mirrors enum reloc_type. */
enum bemu_obj_reloc_kind {
	BEMU_RELOC_LD64,
	BEMU_RELOC_CALL,
	BEMU_RELOC_DATA,
	BEMU_RELOC_EXTERN_LD64,
	BEMU_RELOC_EXTERN_CALL,
	BEMU_RELOC_SUBPROG_ADDR,
	BEMU_RELOC_CORE,
	BEMU_RELOC_INSN_ARRAY,
};

struct bemu_obj_reloc {
	uint32_t kind; /* enum bemu_obj_reloc_kind */
	uint32_t insn_idx; /* within the program */
	uint32_t map_idx; /* LD64, DATA */
	uint32_t ext_idx; /* EXTERN_*: index into externs, in sorted order */
	/*
	 * CALL, SUBPROG_ADDR: bytes into .text; DATA: bytes into the section; INSN_ARRAY: into the
	 * jump tables. 32 bits, as libbpf keeps it: zero-extended since 1.7, before that sign-extended.
	 */
	uint64_t sym_off;
	uint64_t sym_size; /* INSN_ARRAY */
};

struct bemu_obj_prog {
	const char *name;
	const char *sec_name; /* without a leading '?' */
	uint32_t sec_idx;
	uint32_t sec_insn_off; /* instructions before it in its section */
	uint32_t nr_insns;
	struct bpf_insn *insns; /* host byte order */
	uint32_t nr_relocs;
	struct bemu_obj_reloc *relocs;
	bool sym_global;
	bool hidden; /* global or weak with hidden or internal visibility */
	bool autoload; /* no leading '?' */
	bool is_subprog; /* in .text: never loaded alone */
	bool sec_def_found;
	uint32_t type; /* BPF_PROG_TYPE_*, 0 when the section name says nothing */
	uint32_t expected_attach_type;
	uint32_t prog_flags; /* BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS */
	bool attach_btf; /* the section form asks for a BTF attach target */
	bool exp_attach_type_optional; /* mirrors SEC_EXP_ATTACH_OPT */
	bool usdt; /* mirrors SEC_USDT: attached by uprobe_multi where the kernel has it */
};

/* Slot i of map-in-map or program array initial values: index into maps or progs, UINT32_MAX when empty. */
#define BEMU_OBJ_NO_SLOT UINT32_MAX

enum bemu_obj_map_kind {
	BEMU_MAP_USER,
	BEMU_MAP_DATA,
	BEMU_MAP_BSS,
	BEMU_MAP_RODATA,
	BEMU_MAP_KCONFIG,
	BEMU_MAP_STRUCT_OPS,
};

struct bemu_obj_map {
	const char *name; /* kernel-visible, at most 15 characters are passed on */
	const char *real_name; /* section name for data maps, else the variable's */
	uint32_t kind; /* enum bemu_obj_map_kind */
	uint32_t sec_idx;
	uint32_t sec_off;
	uint32_t type, key_size, value_size, max_entries, map_flags, numa_node;
	uint64_t map_extra;
	uint32_t btf_key_type_id, btf_value_type_id; /* in the object's BTF; 0 = none */
	uint32_t btf_var_idx; /* USER: entry of the .maps DATASEC */
	bool pinned;
	const char *pin_path; /* NULL unless pinned */
	bool autocreate;
	struct bemu_obj_map *inner; /* definition of the inner map, or NULL */
	uint32_t nr_slots;
	uint32_t *slots;
	const void *
		data; /* data and STRUCT_OPS: value_size bytes; NULL for .bss (zeroes) and .kconfig */
	uint32_t struct_ops_type_id; /* STRUCT_OPS: type of the variable */
	uint32_t nr_members; /* STRUCT_OPS: function pointers that are set, one a member */
	struct bemu_obj_struct_ops_func {
		uint32_t off; /* bytes into the variable */
		uint32_t member_idx; /* of the variable's struct */
		uint32_t prog_idx;
	} * funcs;
};

enum bemu_obj_extern_kind {
	BEMU_EXT_KCONFIG,
	BEMU_EXT_KSYM,
};

enum bemu_obj_kcfg_type {
	BEMU_KCFG_UNKNOWN,
	BEMU_KCFG_CHAR,
	BEMU_KCFG_BOOL,
	BEMU_KCFG_INT,
	BEMU_KCFG_TRISTATE,
	BEMU_KCFG_CHAR_ARR,
};

struct bemu_obj_extern {
	const char *name;
	size_t essential_len;
	uint32_t kind; /* enum bemu_obj_extern_kind */
	uint32_t sym_idx;
	uint32_t btf_id; /* VAR or FUNC in the object's BTF */
	uint32_t sec_btf_id; /* DATASEC */
	bool is_weak;
	bool is_func;
	uint32_t ksym_type_id; /* KSYM: declared type without modifiers, 0 = typeless */
	uint32_t kcfg_type; /* enum bemu_obj_kcfg_type */
	uint32_t kcfg_size, kcfg_align, kcfg_data_off;
	bool kcfg_is_signed;
};

struct bemu_obj {
	struct bemu_env *env;
	uint32_t libbpf; /* enum bemu_libbpf whose rules read it */
	const char *name; /* object name, at most 15 characters */
	bool foreign_order;
	char license[64];
	uint32_t kern_version;
	uint32_t nr_progs, nr_maps, nr_externs, nr_secs;
	struct bemu_obj_prog *progs; /* sorted by (section, offset) */
	struct bemu_obj_map *maps; /* libbpf's order: user, data by section, kconfig, struct_ops */
	struct bemu_obj_extern *externs; /* sorted: kconfig, then ksyms */
	const char **sec_names; /* by section index; "" when none */
	uint32_t text_sec_idx; /* 0 when none */
	uint32_t kconfig_map_idx; /* UINT32_MAX when none */
	uint32_t arena_map_idx; /* UINT32_MAX when none */
	bool has_subcalls; /* a program calls or points to a function of .text */
	/*
	 * BTF after libbpf's open-time fix-ups (data sections, externs rewritten, hidden functions made
	 * static); NULL when the object has none. @ext may be NULL.
	 */
	struct bemu_btf *btf;
	struct bemu_btf_ext *ext;
	bool ext_dropped; /* .BTF.ext was there, did not parse, and was not needed */
	const void *
		arena_data; /* globals of the arena, NULL when none; they belong to arena_map_idx */
	size_t arena_data_len;
	const void *jumptables; /* .jumptables, since 1.7 */
	size_t jumptables_len;
};

/** struct bemu_obj_opts - all-zero means defaults */
struct bemu_obj_opts {
	size_t size;
	uint32_t libbpf; /* enum bemu_libbpf */
	const char *name; /* overrides the object name */
	const char *path; /* object name is derived from its base name; NULL = in memory */
	const char *pin_root; /* NULL is /sys/fs/bpf */
	uint32_t page_size; /* 0 is 4096 */
};

/**
 * bemu_obj_parse() - ELF image to plain object
 * @image, @len: the file; borrowed for the call
 * @out: given; bemu_obj_free()
 *
 * Return: 0; the negative errno that bpf_object__open() would give (also -4000 .. -4010), its reason
 * and position in the log; -ENOMEM; -EDQUOT.
 */
int bemu_obj_parse(struct bemu_env *env, const void *image, size_t len,
		   const struct bemu_obj_opts *opts, struct bemu_obj **out) BEMU_MUST_CHECK;

/** bemu_obj_free() - NULL is allowed */
void bemu_obj_free(struct bemu_obj *obj);

/** bemu_obj_read_btf_elf() - the bytes of the .BTF section of an ELF file (vmlinux, a module), copied */
int bemu_obj_read_btf_elf(struct bemu_env *env, const void *image, size_t len, void **out,
			  size_t *out_len) BEMU_MUST_CHECK;

#endif
