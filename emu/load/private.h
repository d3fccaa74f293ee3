/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * State and steps of the replayed loader, shared by the files of emu/load only.
 *
 * Return values: 0 or a negative errno. A negative one is what libbpf would return, unless a fault is
 * latched: env->fault (allocator, budget) or ld->fault (the backend could not answer). Steps pass both up
 * alike; only the public functions tell them apart.
 */
#ifndef BEMU_LOAD_PRIVATE_H
#define BEMU_LOAD_PRIVATE_H

#include "base/ints.h"
#include "insn/insn.h"
#include "load/load.h"

/* Flags of open(2) on x86-64 and most others; a backend translates them where it must. */
enum { BEMU_LOAD_O_DIRECTORY = 0200000, BEMU_LOAD_O_CLOEXEC = 02000000 };

/* What libbpf asks of a kernel, each at most once a process; mirrors enum kern_feature_id. */
enum bemu_load_feat {
	BEMU_FEAT_PROG_NAME,
	BEMU_FEAT_GLOBAL_DATA,
	BEMU_FEAT_BTF,
	BEMU_FEAT_BTF_FUNC,
	BEMU_FEAT_BTF_GLOBAL_FUNC,
	BEMU_FEAT_BTF_DATASEC,
	BEMU_FEAT_ARRAY_MMAP,
	BEMU_FEAT_EXP_ATTACH_TYPE,
	BEMU_FEAT_PROBE_READ_KERN,
	BEMU_FEAT_PROG_BIND_MAP,
	BEMU_FEAT_MODULE_BTF,
	BEMU_FEAT_BTF_FLOAT,
	BEMU_FEAT_PERF_LINK,
	BEMU_FEAT_BTF_DECL_TAG,
	BEMU_FEAT_BTF_TYPE_TAG,
	BEMU_FEAT_MEMCG_ACCOUNT,
	BEMU_FEAT_BPF_COOKIE,
	BEMU_FEAT_SYSCALL_WRAPPER,
	BEMU_FEAT_BTF_ENUM64,
	BEMU_FEAT_UPROBE_MULTI_LINK,
	BEMU_FEAT_ARG_CTX_TAG,
	BEMU_FEAT_BTF_QMARK_DATASEC,
	BEMU_FEAT_LDIMM64_FULL_RANGE_OFF,
	BEMU_FEAT_BTF_LAYOUT,
	BEMU_FEAT_NR,
};

enum bemu_load_feat_state { BEMU_FEAT_UNKNOWN, BEMU_FEAT_SUPPORTED, BEMU_FEAT_MISSING };

/* A subprogram's copy in a main program. */
struct bemu_load_sub {
	uint32_t prog_idx;
	uint32_t insn_off; /* first word */
};

/* A program of the object while it is being put together. */
struct bemu_load_text {
	struct bpf_insn *insns; /* copy of the object's words, then subprograms appended */
	uint32_t nr_insns, insns_cap;
	struct bemu_obj_reloc *relocs; /* copy, then those of appended subprograms, indices shifted */
	uint32_t nr_relocs, relocs_cap;
	uint32_t sub_insn_off; /* .text functions: place in the main program being made, 0 = none */

	void *func_info, *line_info;
	uint32_t func_info_rec_size, nr_func_info, func_info_cap;
	uint32_t line_info_rec_size, nr_line_info, line_info_cap;
	struct bemu_load_sub *subs; /* in the order of the code */
	uint32_t nr_subs, subs_cap;
	struct bemu_load_ref *refs;
	uint32_t nr_refs, refs_cap;
	uint32_t nr_core, nr_core_matched; /* own records, subprograms not counted */
	uint32_t attach_btf_id;
	int attach_btf_obj_fd;
	int attach_prog_fd;
	uint32_t expected_attach_type; /* begins as the object's; a member index for struct_ops */
	bool autoload;
};

/* What a map needs beside its outcome. */
struct bemu_load_map_state {
	void *mapped; /* by the backend's mmap, ended at object close */
	size_t mapped_len;
	bool pinned;
	uint32_t kernel_value_type_id; /* struct_ops: btf_vmlinux_value_type_id */
	int mod_btf_fd; /* struct_ops: -1 unless the type is a module's */
};

/* Map of a jump table; one for each (program, table). */
struct bemu_load_jump_table {
	uint32_t prog_idx;
	uint32_t sym_off;
	int fd;
};

struct bemu_load {
	struct bemu_env *env;
	int fault; /* first fault of the backend */
	const struct bemu_obj *obj;
	struct bemu_backend be;
	struct bemu_load_opts opts; /* defaults filled in; strings borrowed */
	uint32_t libbpf; /* enum bemu_libbpf, never DEFAULT */
	uint32_t kern_version; /* the object's, else the kernel's as told at open */
	bool ran;
	bool names_gone; /* of externs: the strings that they were in were freed */

	struct bemu_load_result res; /* arrays below, as the caller sees them */
	struct bemu_load_map *maps;
	struct bemu_load_prog *progs;
	struct bemu_load_extern *externs;
	struct bemu_load_text *texts; /* same index as obj->progs */
	struct bemu_load_module *modules;
	uint32_t nr_modules, modules_cap;
	bool modules_tried;
	bool modules_closed; /* their FDs; names and types stay for reports */
	int *fd_array;
	uint32_t nr_fd_array, fd_array_cap;
	struct bemu_core_record *core;
	uint32_t *core_prog;
	uint32_t nr_core, core_cap, core_prog_cap;

	uint8_t feats[BEMU_FEAT_NR]; /* enum bemu_load_feat_state; of the process */
	uint8_t token_feats[BEMU_FEAT_NR]; /* of the object, when it has a token */
	int token_fd; /* -1 when none */
	int btf_fd; /* -1 when not uploaded */
	int *map_fds; /* numbers in code: reserved at open (>= 1.4) or real; -1 = none */
	int *inner_fds; /* reserved numbers of inner maps, -1 = none */
	bool *map_autocreate;
	void **map_data; /* kconfig: the image, zeroed by load.c, filled by externs; else NULL or owned */
	struct bemu_load_map_state *map_states; /* same index as obj->maps */
	uint32_t *ext_secs[BEMU_BTF_EXT_NR]; /* section of each block of .BTF.ext, 0 = none */
	struct bemu_load_jump_table *jump_tables;
	uint32_t nr_jump_tables, jump_tables_cap;
	uint64_t arena_data_off; /* of the arena's globals in the arena */

	const struct bemu_btf
		*obj_btf; /* as uploaded: the object's, or with types for context arguments */
	struct bemu_btf *obj_btf_own; /* reference to drop */
	const struct bemu_btf *kernel_btf; /* vmlinux; NULL when not (yet) read */
	struct bemu_btf *kernel_btf_own; /* reference to drop, when parsed by us */
	struct bemu_btf *custom_btf; /* opts.btf_custom_path */
	bool kernel_btf_error;
};

/* Is it on in the release that is replayed? */
static inline bool bemu_load_quirk(const struct bemu_load *ld, uint32_t quirk)
{
	return bemu_env_quirk(ld->env, quirk, ld->libbpf);
}

/* ---- load.c: calls through the backend; *kret only on return 0. A backend's fault is latched. ---- */
int bemu_load_bpf(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr, uint32_t size,
		  long *kret) BEMU_MUST_CHECK;
/* As libbpf's sys_bpf_fd(): a result of 0..2 is moved to 3 or above. Returns the FD, or a negative errno. */
int bemu_load_bpf_fd(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr,
		     uint32_t size) BEMU_MUST_CHECK;
/* The verdict as the return value: >= 0 or a negative errno. */
int bemu_load_bpf_ret(struct bemu_load *ld, uint32_t cmd, union bpf_attr *attr,
		      uint32_t size) BEMU_MUST_CHECK;
/* 0..2 moved to 3 or above, as ensure_good_fd(); negative numbers pass through. */
int bemu_load_good_fd(struct bemu_load *ld, int fd) BEMU_MUST_CHECK;
/* Keeps the first fault of a backend's operation; returns @err. */
int bemu_load_latch(struct bemu_load *ld, int err) BEMU_MUST_CHECK;
/* close(2) whose verdict nobody looks at; negative numbers are skipped. Only a fault of ours is returned. */
int bemu_load_close_fd(struct bemu_load *ld, int fd) BEMU_MUST_CHECK;
/* the same, and *fd becomes -1 */
int bemu_load_zclose(struct bemu_load *ld, int *fd) BEMU_MUST_CHECK;
/* Closing on the way out: a fault is latched and reported at the end. */
static inline void bemu_load_go_on(int err)
{
	(void)err;
}
/* true when what was returned is a fault of ours rather than libbpf's answer */
bool bemu_load_faulted(const struct bemu_load *ld);
/* at least: 1.5 or newer, ... */
static inline bool bemu_load_at_least(const struct bemu_load *ld, enum bemu_libbpf version)
{
	return ld->libbpf >= (uint32_t)version;
}

/* ---- bpf.c: wrappers of tools/lib/bpf/bpf.c. FD or negative errno. The memory accounting probe comes first. ---- */
/* Attribute as long as the release's; the name is dropped when the kernel takes none. */
int bemu_load_map_create(struct bemu_load *ld, struct bemu_attr_map_create *attr) BEMU_MUST_CHECK;
/*
 * EAGAIN up to 5 attempts; E2BIG with shorter info records once more. @attr->log_level 0 with a
 * @log_buf: on failure once more with log level 1, as bpf_prog_load() does.
 */
int bemu_load_prog_load(struct bemu_load *ld, struct bemu_attr_prog_load *attr, void *log_buf,
			uint32_t log_size) BEMU_MUST_CHECK;
int bemu_load_btf_load(struct bemu_load *ld, struct bemu_attr_btf_load *attr) BEMU_MUST_CHECK;

/* ---- probe_btf.c ---- */
/* Loads the BTF that the probe of a feature is or needs; an FD or a negative errno. */
int bemu_load_probe_btf(struct bemu_load *ld, enum bemu_load_feat feat, int token) BEMU_MUST_CHECK;

/* ---- features.c ---- */
/*
 * Probe on first use, in libbpf's calls. 1 supported, 0 missing, negative only for a fault of ours.
 * The second one asks for the process rather than the object: a token does not count.
 */
int bemu_load_feature(struct bemu_load *ld, enum bemu_load_feat feat) BEMU_MUST_CHECK;
int bemu_load_process_feature(struct bemu_load *ld, enum bemu_load_feat feat) BEMU_MUST_CHECK;
/* The trivial program that libbpf loads first; mirrors bpf_object__probe_loading(). */
int bemu_load_trial(struct bemu_load *ld) BEMU_MUST_CHECK;

/* ---- token.c ---- */
/* BPF token by the bpffs directory; mirrors bpf_object_prepare_token(), >= 1.4. */
int bemu_load_token(struct bemu_load *ld) BEMU_MUST_CHECK;

/* ---- kernel_btf.c ---- */
/* Mirrors bpf_object__load_vmlinux_btf(), obj_needs_vmlinux_btf(). */
int bemu_load_kernel_btf(struct bemu_load *ld) BEMU_MUST_CHECK;
/* What a release's parser looks at. */
static inline unsigned int bemu_load_parse_flags(const struct bemu_load *ld)
{
	return bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? 0 : BEMU_BTF_PARSE_LIBBPF_1_1;
}
/* Memory of kernel, module and custom BTFs, module names; for bemu_load_free(). */
void bemu_load_free_btfs(struct bemu_load *ld);
/* Mirrors btf__parse(): raw BTF or an ELF with .BTF. */
int bemu_load_parse_btf_file(struct bemu_load *ld, const char *path,
			     struct bemu_btf **out) BEMU_MUST_CHECK;
/* Mirrors get_kernel_version(): *out is 0 when it cannot be told. */
int bemu_load_kernel_version(struct bemu_load *ld, uint32_t *out) BEMU_MUST_CHECK;
/* Path open for reading and its content, valid until close; *kret the FD or an errno. */
int bemu_load_read_path(struct bemu_load *ld, const char *path, int flags, const void **data,
			size_t *len, long *kret) BEMU_MUST_CHECK;
/*
 * Mirrors find_ksym_btf_id(): kernel first, then modules' own types. *mod_idx is UINT32_MAX for the kernel.
 * -ESRCH when nowhere.
 */
int bemu_load_find_kernel_type(struct bemu_load *ld, const char *name, uint32_t kind,
			       uint32_t *type_id, uint32_t *mod_idx) BEMU_MUST_CHECK;
const struct bemu_btf *bemu_load_btf_of(const struct bemu_load *ld, uint32_t mod_idx);

/* ---- module_btf.c ---- */
/* Mirrors load_module_btfs(): once; the error goes to the first caller only. */
int bemu_load_module_btfs(struct bemu_load *ld) BEMU_MUST_CHECK;
/* Closes the FDs of modules in list order, once; mirrors bpf_object_post_load_cleanup(). */
int bemu_load_drop_btfs(struct bemu_load *ld) BEMU_MUST_CHECK;

/* ---- object_btf.c ---- */
/* Sanitise, upload, retry with a log; mirrors bpf_object__sanitize_and_load_btf(). */
int bemu_load_object_btf(struct bemu_load *ld) BEMU_MUST_CHECK;

/* ---- externs.c ---- */
/* kconfig values into map_data of the kconfig map, ksyms, kfuncs, fd_array; mirrors bpf_object__resolve_externs(). */
int bemu_load_externs(struct bemu_load *ld) BEMU_MUST_CHECK;

/*
 * ---- struct_ops.c: kernel types into map_states, the value's size into maps, attach ids and types
 * into texts, autoload; before maps are made. Callers of libbpf attach such maps, loading does not. ----
 */
int bemu_load_struct_ops(struct bemu_load *ld) BEMU_MUST_CHECK;

/* ---- maps.c ---- */
int bemu_load_reserve_maps(struct bemu_load *ld) BEMU_MUST_CHECK; /* open, >= 1.4 */
int bemu_load_sanitize_maps(struct bemu_load *ld) BEMU_MUST_CHECK;
int bemu_load_create_maps(struct bemu_load *ld) BEMU_MUST_CHECK;
int bemu_load_prog_slots(struct bemu_load *ld) BEMU_MUST_CHECK; /* program arrays */
int bemu_load_unmap(struct bemu_load *ld, uint32_t map_idx) BEMU_MUST_CHECK;
/* bpf_map_update_elem() without flags, bpf_map_freeze(); the verdict. */
int bemu_load_map_update(struct bemu_load *ld, int map_fd, const void *key,
			 const void *value) BEMU_MUST_CHECK;
int bemu_load_map_freeze(struct bemu_load *ld, int map_fd) BEMU_MUST_CHECK;

/* ---- pin.c ---- */
/* A map found at the pin path takes the place of a new one; mirrors bpf_object__reuse_map(). */
int bemu_load_reuse_pinned(struct bemu_load *ld, uint32_t map_idx) BEMU_MUST_CHECK;
int bemu_load_pin(struct bemu_load *ld, uint32_t map_idx) BEMU_MUST_CHECK;
int bemu_load_unpin(struct bemu_load *ld) BEMU_MUST_CHECK; /* after a failed load */
/* dup3() of @tmp_fd onto @fixed_fd, @tmp_fd closed; mirrors reuse_fd(), 1.4. */
int bemu_load_move_fd(struct bemu_load *ld, int fixed_fd, int tmp_fd) BEMU_MUST_CHECK;

/* ---- core.c ---- */
int bemu_load_core(struct bemu_load *ld) BEMU_MUST_CHECK;
/* The record behind a relocation of kind CORE, for the word where that is now. */
void bemu_load_core_relo(const struct bemu_load *ld, const struct bemu_obj_reloc *reloc,
			 struct bemu_core_relo *out);

/* ---- relocate.c ---- */
/* The program that holds a word of a section, UINT32_MAX when none; mirrors find_prog_by_sec_insn(). */
uint32_t bemu_load_prog_at(const struct bemu_load *ld, uint32_t sec_idx, uint64_t insn_idx);
int bemu_load_relocate(struct bemu_load *ld) BEMU_MUST_CHECK;

/* What a word of the finished program refers to. */
int bemu_load_add_ref(struct bemu_load *ld, struct bemu_load_text *text, uint32_t insn_idx,
		      uint32_t kind, uint32_t idx, uint32_t off) BEMU_MUST_CHECK;

/* ---- calls.c ---- */
/* Subprograms behind their main program; mirrors the first loop over main programs of bpf_object__relocate(). */
int bemu_load_calls(struct bemu_load *ld, uint32_t main_idx) BEMU_MUST_CHECK;

/* ---- func_info.c ---- */
/* Records of @prog_idx go behind those of the main program; mirrors reloc_prog_func_and_line_info(). */
int bemu_load_func_info(struct bemu_load *ld, uint32_t main_idx, uint32_t prog_idx) BEMU_MUST_CHECK;

/* ---- context_tags.c ---- */
/* Types for arguments tagged "arg:ctx", for kernels that do not know the tag; mirrors bpf_program_fixup_func_info(). */
int bemu_load_context_tags(struct bemu_load *ld, uint32_t main_idx) BEMU_MUST_CHECK;

/* ---- jump_tables.c ---- */
/* The word refers to a map that is made of the table; mirrors create_jt_map(), 1.7. */
int bemu_load_jump_table(struct bemu_load *ld, uint32_t main_idx,
			 const struct bemu_obj_reloc *reloc) BEMU_MUST_CHECK;

/* ---- attach.c ---- */
/* Mirrors libbpf_find_attach_btf_id(): fills attach_btf_id and attach_btf_obj_fd of the text. */
int bemu_load_attach_target(struct bemu_load *ld, uint32_t prog_idx) BEMU_MUST_CHECK;

/* ---- progs.c ---- */
/* probe_read fall-backs, attach targets, PROG_LOAD with retries, PROG_BIND_MAP */
int bemu_load_progs(struct bemu_load *ld) BEMU_MUST_CHECK;

#endif
