/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Replays libbpf: what bpf_object__open() does with descriptors, bpf_object__load() and
 * bpf_object__close(), call by call, over a backend. The result keeps what every step did.
 * Mirrors tools/lib/bpf/libbpf.c and features.c; the release is chosen by enum bemu_libbpf.
 */
#ifndef BEMU_LOAD_LOAD_H
#define BEMU_LOAD_LOAD_H

#include <bemu/backend.h>

#include "obj/obj.h"
#include "relo/core.h"

struct bemu_load;

/** struct bemu_load_gen_symbol - a word of the program that a kernel symbol goes into */
struct bemu_load_gen_symbol {
	const char *name; /* in full: a flavour is not cut off */
	bool is_weak, is_typeless, is_ld64, is_func;
	uint32_t insn_idx; /* in the final program */
};

/**
 * struct bemu_load_gen - generation mode: who writes down the calls that the kernel is not asked for
 *
 * Mirrors the places where libbpf calls bpf_gen__*() in place of bpf(2). A recorder keeps its first error
 * to itself and goes on; finish() tells. Pointers are borrowed for the call, those in attributes are native.
 * Everything is in this machine's byte order but the contents of maps, which are the object's. A map or
 * program that is written down has no FD.
 */
struct bemu_load_gen {
	void *ctx;
	void (*begin)(void *ctx, const struct bemu_obj *obj);
	void (*load_btf)(void *ctx, const void *raw, size_t len);
	/* @map_idx is UINT32_MAX for an inner map, which its outer one follows at once */
	void (*create_map)(void *ctx, const struct bemu_attr_map_create *attr, uint32_t map_idx);
	void (*fill_map)(void *ctx, uint32_t map_idx, const void *value, uint32_t len);
	void (*freeze_map)(void *ctx, uint32_t map_idx);
	void (*fill_slot)(void *ctx, uint32_t map_idx, uint32_t slot, uint32_t inner_idx);
	/* what the next program needs of the running kernel */
	void (*add_symbol)(void *ctx, const struct bemu_load_gen_symbol *sym);
	void (*add_core_relo)(void *ctx, const struct bemu_core_relo *relo);
	void (*attach_to)(void *ctx, const char *prefix, const char *name, uint32_t kind);
	void (*load_prog)(void *ctx, const struct bemu_attr_prog_load *attr);
	/* 0 or what bpf_object__load() returns */
	int (*finish)(void *ctx);
};

/** struct bemu_load_opts - all-zero means defaults */
struct bemu_load_opts {
	size_t size;
	uint32_t libbpf; /* enum bemu_libbpf; must be the one the object was read with */
	uint32_t nr_cpus; /* possible CPUs; 0 is 1 */
	const char *path; /* NULL: opened from memory, no descriptor for the file */
	const char *kconfig; /* text of the caller (opts.kconfig of libbpf), or NULL */
	const char *btf_custom_path; /* opened through the backend, or NULL */
	const char *bpf_token_path; /* NULL: /sys/fs/bpf where the release tries it */
	const struct bemu_load_gen *gen; /* bpf_object__gen_loader(); NULL: a load; borrowed */
	bool type_id_fd; /* of no release: design type-id-target=fd-high-half */
	bool no_core_records; /* do not keep records of successful CO-RE relocations */
};

/** enum bemu_load_stage - how far it got; where an error came from */
enum bemu_load_stage {
	BEMU_STAGE_OPEN,
	BEMU_STAGE_TOKEN,
	BEMU_STAGE_TRIAL,
	BEMU_STAGE_KERNEL_BTF,
	BEMU_STAGE_EXTERNS,
	BEMU_STAGE_BTF_UPLOAD,
	BEMU_STAGE_STRUCT_OPS,
	BEMU_STAGE_MAPS,
	BEMU_STAGE_RELOCATE,
	BEMU_STAGE_PROGS,
	BEMU_STAGE_SLOTS,
	BEMU_STAGE_DONE,
};

/** struct bemu_load_map - a map's outcome, same index as in the object */
struct bemu_load_map {
	int fd; /* -1 when not created */
	bool created, reused, frozen;
	uint32_t max_entries; /* as created */
	uint32_t value_size;
	uint32_t key_type_id, value_type_id; /* as passed */
	uint32_t map_flags;
};

/** struct bemu_load_ref - what a relocated word of a final program refers to */
struct bemu_load_ref {
	uint32_t insn_idx; /* in the final program */
	uint32_t kind; /* enum bemu_obj_reloc_kind */
	uint32_t idx; /* map, extern or subprogram (object's program index) */
	uint32_t off; /* DATA: offset into the value */
};

/** struct bemu_load_prog - a program's outcome, same index as in the object */
struct bemu_load_prog {
	int fd; /* -1 when not loaded */
	int err; /* 0 or the errno of the load */
	bool skipped; /* subprogram or autoload off */
	bool poisoned; /* the final code holds a poisoned word */
	uint32_t poison_insn_idx; /* the first one */
	uint32_t nr_insns;
	struct bpf_insn *insns; /* as given to PROG_LOAD */
	uint32_t nr_refs;
	struct bemu_load_ref *refs;
	uint32_t nr_core, nr_core_matched; /* CO-RE records that apply to it and its subprograms */
	const char *kernel_log; /* verifier log of the second attempt, or NULL */
	uint32_t attach_btf_id;
	const char *attach_owner; /* "vmlinux" or the module, or NULL */
};

/** struct bemu_load_extern - an extern's outcome */
struct bemu_load_extern {
	bool is_set;
	uint64_t value; /* kconfig: first 8 bytes; ksym: address */
	uint32_t kernel_btf_id; /* VAR or FUNC in the owner's BTF; 0 when unresolved */
	const char *owner; /* "vmlinux", a module's name, or NULL */
	int btf_fd; /* module's FD while loading, 0 for vmlinux */
	uint32_t fd_array_idx; /* what insn->off got */
};

struct bemu_load_module {
	const char *name;
	uint32_t id;
	int fd;
	const struct bemu_btf *btf;
	uint32_t fd_array_idx;
};

/** struct bemu_load_result - everything a report needs. Borrowed; ends with bemu_load_free(). */
struct bemu_load_result {
	uint32_t stage; /* enum bemu_load_stage */
	int err; /* what bpf_object__open() or __load() returned */
	const struct bemu_obj *obj;
	const struct bemu_load_map *maps;
	const struct bemu_load_prog *progs;
	const struct bemu_load_extern *externs;
	uint32_t nr_modules;
	const struct bemu_load_module *modules;
	uint32_t nr_fd_array;
	const int *fd_array;
	uint32_t nr_core;
	const struct bemu_core_record
		*core; /* all CO-RE records in processing order; insn_idx in prog */
	const uint32_t *core_prog; /* object's program index of each */
	int btf_fd; /* object BTF, -1 when not loaded */
	int err_prog_idx; /* program at fault, -1 when none */
};

/**
 * bemu_load_new() - the open phase's descriptor work (file, placeholder map numbers)
 * @obj:  borrowed until bemu_load_free()
 * @be:   copied; what it points to is borrowed until bemu_load_free()
 * @out:  given, also when the verdict is a failure
 * @verdict: 0 or the errno that bpf_object__open() would return
 * Return: 0, -ENOMEM, -EDQUOT; -EOPNOTSUPP for a libbpf that is not replayed.
 */
int bemu_load_new(struct bemu_env *env, const struct bemu_obj *obj, const struct bemu_backend *be,
		  const struct bemu_load_opts *opts, struct bemu_load **out,
		  int *verdict) BEMU_MUST_CHECK;

/** bemu_load_set_autoload() / _set_autocreate() - as bpf_program__set_autoload(), bpf_map__set_autocreate() */
int bemu_load_set_autoload(struct bemu_load *ld, uint32_t prog_idx, bool on) BEMU_MUST_CHECK;
int bemu_load_set_autocreate(struct bemu_load *ld, uint32_t map_idx, bool on) BEMU_MUST_CHECK;

/** bemu_load_run() - bpf_object__load(): @verdict 0 or its errno. Return: 0 or a fault of ours. */
int bemu_load_run(struct bemu_load *ld, int *verdict) BEMU_MUST_CHECK;

/** bemu_load_set_value_size() - as bpf_map__set_value_size(); before the load. 0, -EINVAL, -EBUSY, -ENOMEM */
int bemu_load_set_value_size(struct bemu_load *ld, uint32_t map_idx, uint32_t size) BEMU_MUST_CHECK;

const struct bemu_load_result *bemu_load_result(const struct bemu_load *ld);

/** bemu_load_close() - bpf_object__close(): every descriptor in libbpf's order. */
int bemu_load_close(struct bemu_load *ld) BEMU_MUST_CHECK;

/** bemu_load_free() - memory only; after bemu_load_close(), or without it to leave descriptors open */
void bemu_load_free(struct bemu_load *ld);

#endif
