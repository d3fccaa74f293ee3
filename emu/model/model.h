/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The objects of an emulated kernel and who holds them: maps, programs, BTFs, links, open files, FD
 * tables, pins. No command of bpf(2) is known here; emu/sys drives these functions.
 *
 * Two envs: what is set up once lives in @sealed, everything later in @env, so that a reset is
 * bemu_env_reset(env) and a few fields.
 *
 * Calls that make an object first take all memory (bemu_idr_prepare(), bemu_fd_prepare()), so that
 * what follows can only end with a verdict of the kernel and a failing allocator changes nothing.
 */
#ifndef BEMU_MODEL_MODEL_H
#define BEMU_MODEL_MODEL_H

#include <errno.h>

#include <bemu/task.h>
#include <bemu/watch.h>

#include "base/env.h"
#include "btf/btf.h"
#include "model/profile.h"
#include "uapi/bpf.h"

enum {
	BEMU_K_ENOTSUPP = 524, /* include/linux/errno.h; not EOPNOTSUPP */
	BEMU_K_MAX_USED_MAPS = 64,
	BEMU_K_MAX_USED_BTFS = 64,
	BEMU_K_MAX_KFUNC_DESCS = 256,
	BEMU_K_MAX_KFUNC_BTFS = 256,
	BEMU_K_MAX_SUBPROGS = 256,
};

/* SZ_4G in kernel/bpf/arena.c */
#define BEMU_K_ARENA_MAX 0x100000000ull

/** enum bemu_objkind - kinds with an ID space each */
enum bemu_objkind {
	BEMU_OBJ_MAP,
	BEMU_OBJ_PROG,
	BEMU_OBJ_BTF,
	BEMU_OBJ_LINK,
	BEMU_OBJ_NR,
};

/**
 * struct bemu_kobj - head of every counted object
 * @id:   0 before it is published and after it was taken back
 * @next: in the queue of what waits to be freed
 */
struct bemu_kobj {
	uint32_t kind;
	uint32_t id;
	uint32_t refs;
	struct bemu_kobj *next;
};

struct bemu_idr_slot {
	uint32_t id;
	struct bemu_kobj *obj; /* NULL: given back */
};

/**
 * struct bemu_idr - IDs in rising order; cyclic allocation appends, a look-up is a binary search
 * @next: where the next search for a free ID starts
 */
struct bemu_idr {
	struct bemu_idr_slot *arr;
	uint32_t nr, cap, nr_dead;
	uint32_t next;
	uint32_t sealed_nr, sealed_next;
};

/** bemu_idr_prepare() - room for one more; 0 or -ENOMEM */
int bemu_idr_prepare(struct bemu_env *env, struct bemu_idr *idr) BEMU_MUST_CHECK;
/** bemu_idr_add() - gives @obj the next ID; only after bemu_idr_prepare() */
void bemu_idr_add(struct bemu_idr *idr, struct bemu_kobj *obj);
void bemu_idr_remove(struct bemu_idr *idr, struct bemu_kobj *obj);
struct bemu_kobj *bemu_idr_find(const struct bemu_idr *idr, uint32_t id);
/** bemu_idr_next() - smallest ID above @id, or 0 */
uint32_t bemu_idr_next(const struct bemu_idr *idr, uint32_t id);

struct bemu_model;

/** struct bemu_module - a loaded kernel module; @refs counts what keeps it from being unloaded */
struct bemu_module {
	char name[56];
	uint32_t idx;
	uint32_t refs;
	bool live;
	struct bemu_kbtf *btf;
	struct bemu_module *next;
};

/** struct bemu_kbtf - a registered BTF; @dirty: its counts changed since the seal */
struct bemu_kbtf {
	struct bemu_kobj obj;
	struct bemu_btf *btf;
	char name[56];
	bool kernel;
	bool dirty;
	struct bemu_kbtf *next_dirty;
	struct bemu_module *mod;
};

static inline bool bemu_kbtf_is_module(const struct bemu_kbtf *kbtf)
{
	return kbtf->mod;
}

/** struct bemu_elem - one entry of a hash map: key, padding to 8, value */
struct bemu_elem {
	struct bemu_elem *chain;
	struct bemu_elem *prev, *next;
	uint32_t hash;
	uint32_t pad;
	uint64_t data[];
};

/**
 * struct bemu_map - see struct bpf_map
 * @usercnt: open files and pins; 0 empties a PROG_ARRAY
 * @data:    values of an array, @stride bytes apart; made when first touched
 * @slots:   what the entries of PROG_ARRAY and ARRAY_OF_MAPS hold
 * @head:    what a program finds at the beginning of the object: the hash that was last asked for, and
 *           whether the map is exclusive (v6.18)
 * @kaddr:   address of the object as a program sees it
 * @vaddr:   address of the values as a program sees them
 * @inner:   template of a map of maps: its geometry only
 * @user_start, @user_end: of an arena: where processes map it; 0 until map_extra or a mapping says so
 */
struct bemu_map {
	struct bemu_kobj obj;
	uint32_t usercnt;
	uint32_t writecnt;
	uint32_t type, key_size, value_size, max_entries, flags, ifindex;
	uint64_t extra;
	char name[16];
	bool frozen;
	bool excl;
	uint8_t excl_hash[32];
	struct {
		uint8_t sha[32];
		uint32_t excl;
		uint32_t pad;
	} head;
	struct bemu_kbtf *btf;
	uint32_t key_type_id, value_type_id, vmlinux_value_type_id;
	uint32_t stride;
	uint8_t *data;
	struct bemu_kobj **slots;
	struct bemu_elem **buckets;
	uint32_t nr_buckets, nr_elems;
	struct bemu_elem *first, *last;
	struct bemu_map *inner;
	uint64_t kaddr, vaddr;
	uint64_t user_start, user_end;
};

/** struct bemu_used_btf - a BTF that a program holds, and its module when it has one */
struct bemu_used_btf {
	struct bemu_kbtf *btf;
	struct bemu_module *mod;
	int32_t off; /* kfunc_btf_tab: insn->off of the calls */
};

struct bemu_kfunc {
	uint32_t func_id;
	int32_t off;
	uint64_t addr;
};

/** struct bemu_prog - see struct bpf_prog and bpf_prog_aux */
struct bemu_prog {
	struct bemu_kobj obj;
	uint32_t type, expected_attach_type, flags;
	char name[16];
	bool gpl;
	uint8_t tag[8];
	uint32_t nr_insns;
	struct bpf_insn *insns; /* after relocation, numbers replaced by addresses */
	struct bemu_map **used_maps;
	uint32_t nr_used_maps, cap_used_maps;
	struct bemu_used_btf *used_btfs;
	uint32_t nr_used_btfs, cap_used_btfs;
	struct bemu_used_btf *kfunc_btfs;
	uint32_t nr_kfunc_btfs, cap_kfunc_btfs;
	struct bemu_kfunc *kfuncs;
	uint32_t nr_kfuncs, cap_kfuncs;
	struct bemu_kbtf *btf;
	struct bemu_kbtf *attach_btf;
	uint32_t attach_btf_id;
	struct bemu_module *attach_mod;
	struct bemu_prog *dst_prog;
	uint32_t nr_func_info, nr_line_info, nr_subprogs;
	struct bpf_func_info *func_info;
	struct bpf_line_info *line_info;
	bool unproven; /* the verifier refuses unproven_insn_idx if it gets there, which was not decided */
	uint32_t unproven_insn_idx;
};

/** struct bemu_link - attachments; only what the registry shows of them */
struct bemu_link {
	struct bemu_kobj obj;
	uint32_t type;
	uint32_t attach_type;
	struct bemu_prog *prog;
	char tp_name[128];
	uint64_t cookie;
};

/** enum bemu_filekind - what an open file description is */
enum bemu_filekind {
	BEMU_FILE_MAP,
	BEMU_FILE_PROG,
	BEMU_FILE_BTF,
	BEMU_FILE_LINK,
	BEMU_FILE_OTHER,
	BEMU_FILE_DATA, /* a regular file with content */
	BEMU_FILE_BPFFS, /* a directory of bpffs */
};

enum { BEMU_ACC_READ = 1, BEMU_ACC_WRITE = 2, BEMU_ACC_RW = 3 };

/**
 * struct bemu_file - an open file description; numbers and mappings hold it
 * @obj: one reference, for the four object kinds
 */
struct bemu_file {
	uint32_t kind;
	uint32_t refs;
	uint32_t acc;
	struct bemu_kobj *obj;
	struct bemu_pin *dir;
	const void *data;
	size_t len;
	char what[64];
};

/** struct bemu_fd - @gen counts how often the number was installed */
struct bemu_fd {
	struct bemu_file *file;
	uint32_t gen;
	bool cloexec;
};

/**
 * struct bemu_fdtab - numbers of one process
 * @used: one bit a number; @hint: no number below is free
 */
struct bemu_fdtab {
	struct bemu_fd *arr;
	uint64_t *used;
	uint32_t cap, cap_used;
	uint32_t hint;
	uint32_t nr_open;
	uint32_t max;
	uint64_t nr_installed, nr_closed;
};

struct bemu_mapping {
	struct bemu_mapping *next;
	struct bemu_file *file;
	void *addr;
	size_t len;
	bool write;
};

/** struct bemu_task - a process; @owner is the world that emu/sys made it for; @watch may be NULL, and what it failed
 * with ends the call */
struct bemu_task {
	struct bemu_model *model;
	void *owner;
	const struct bemu_watch *watch;
	int watch_fault;
	struct bemu_mem_ops mem;
	uint32_t caps;
	struct bemu_fdtab fds;
	struct bemu_mapping *mappings;
	struct bemu_task *prev, *next;
};

/** struct bemu_pin - a name in bpffs: a directory, or one reference on an object */
struct bemu_pin {
	struct bemu_pin *parent, *child, *sibling;
	struct bemu_kobj *obj; /* NULL: directory */
	char name[];
};

struct bemu_ksym {
	uint32_t name_off, name_len;
	uint64_t addr;
};

/** struct bemu_ksyms - the symbol table, by name; @text NULL: addresses are invented */
struct bemu_ksyms {
	const char *text;
	size_t len;
	struct bemu_ksym *arr;
	uint32_t nr, cap;
	uint32_t *hash;
	uint32_t hash_bits;
};

enum { BEMU_K_CAND_SLOTS = 31, BEMU_K_NAME_MAX = 512 };

/** struct bemu_cand_slot - a name that candidates of a relocation were searched for, and the kind */
struct bemu_cand_slot {
	uint32_t kind, len;
	char name[BEMU_K_NAME_MAX]; /* no NUL */
};

/** struct bemu_cand_table - mirrors vmlinux_cand_cache and module_cand_cache; @used: one bit a slot */
struct bemu_cand_table {
	uint32_t used;
	struct bemu_cand_slot slots[BEMU_K_CAND_SLOTS];
};

struct bemu_model {
	struct bemu_env *sealed;
	struct bemu_env *env;
	const struct bemu_kprofile *prof;
	struct bemu_idr ids[BEMU_OBJ_NR];
	uint32_t nr_live[BEMU_OBJ_NR];
	struct bemu_kbtf *vmlinux;
	struct bemu_module *modules, **modules_tail;
	uint32_t nr_modules;
	struct bemu_kbtf *dirty;
	struct bemu_ksyms syms;
	struct bemu_task *tasks;
	struct bemu_pin *bpffs;
	struct bemu_kobj *dead, **dead_tail;
	bool draining;
	uint64_t next_vaddr;
	uint32_t nr_cpus;
	struct bemu_cand_table cands[2]; /* vmlinux, modules */
};

/* model.c */
int bemu_model_init(struct bemu_model *model, struct bemu_env *sealed, struct bemu_env *env,
		    const struct bemu_kprofile *prof) BEMU_MUST_CHECK;
/** bemu_model_seal() / bemu_model_reset() - remember, and go back to, the state of the IDs */
void bemu_model_seal(struct bemu_model *model);
void bemu_model_reset(struct bemu_model *model);
static inline bool bemu_model_has(const struct bemu_model *model, uint32_t feature)
{
	return bemu_kprofile_has(model->prof, feature);
}

/** bemu_obj_prepare() - room in the ID table and in the budget of objects: 0, -ENOMEM, -EDQUOT */
int bemu_obj_prepare(struct bemu_model *model, uint32_t kind) BEMU_MUST_CHECK;
/** bemu_obj_publish() - the ID; after bemu_obj_prepare() */
void bemu_obj_publish(struct bemu_model *model, struct bemu_kobj *obj);
void bemu_obj_get(struct bemu_model *model, struct bemu_kobj *obj);
/** bemu_obj_put() - NULL is allowed; the last one takes the ID back and queues the rest */
void bemu_obj_put(struct bemu_model *model, struct bemu_kobj *obj);
/** bemu_model_drain() - do the deferred frees; called where the last reference went */
void bemu_model_drain(struct bemu_model *model);
struct bemu_kobj *bemu_obj_find(const struct bemu_model *model, uint32_t kind, uint32_t id);

/* kbtf.c */
int bemu_kbtf_set_vmlinux(struct bemu_model *model, const void *raw, size_t len,
			  unsigned int flags) BEMU_MUST_CHECK;
int bemu_kbtf_add_module(struct bemu_model *model, const char *name, const void *raw, size_t len,
			 unsigned int flags) BEMU_MUST_CHECK;
/** bemu_kbtf_new() - user BTF with one reference, not published; takes @btf over on success */
int bemu_kbtf_new(struct bemu_model *model, struct bemu_btf *btf,
		  struct bemu_kbtf **out) BEMU_MUST_CHECK;
void bemu_kbtf_free(struct bemu_model *model, struct bemu_kbtf *kbtf);
/** bemu_kbtf_get_module() - mirrors btf_try_get_module(): NULL when it is not live */
struct bemu_module *bemu_kbtf_get_module(struct bemu_model *model, struct bemu_kbtf *kbtf);
void bemu_module_put(struct bemu_module *mod);

/* ksym.c */
int bemu_ksyms_parse(struct bemu_model *model, const char *text, size_t len) BEMU_MUST_CHECK;
/** bemu_ksym_find() - address by name; @hint: BTF to try first, may be NULL. false when missing */
bool bemu_ksym_find(const struct bemu_model *model, const struct bemu_kbtf *hint, const char *name,
		    uint64_t *addr);

/* map.c: verdicts of the element commands; -ENOMEM with env->fault latched is ours */
void bemu_map_free(struct bemu_model *model, struct bemu_map *map);
void bemu_map_get_uref(struct bemu_model *model, struct bemu_map *map);
void bemu_map_put_uref(struct bemu_model *model, struct bemu_map *map);
/** bemu_map_value_len() - bytes that the element commands move for one value */
uint32_t bemu_map_value_len(const struct bemu_model *model, const struct bemu_map *map);
/** bemu_map_touch() - array, percpu array, arena: values in one piece; makes them when missing */
int bemu_map_touch(struct bemu_model *model, struct bemu_map *map) BEMU_MUST_CHECK;
int bemu_map_lookup(struct bemu_model *model, struct bemu_map *map, const void *key,
		    void *value) BEMU_MUST_CHECK;
int bemu_map_update(struct bemu_model *model, struct bemu_map *map, const void *key,
		    const void *value, uint64_t flags) BEMU_MUST_CHECK;
int bemu_map_delete(struct bemu_model *model, struct bemu_map *map,
		    const void *key) BEMU_MUST_CHECK;
/** bemu_map_next_key() - @key NULL: the first */
int bemu_map_next_key(struct bemu_model *model, struct bemu_map *map, const void *key,
		      void *next) BEMU_MUST_CHECK;
/** bemu_map_set_obj() - entry of PROG_ARRAY, ARRAY_OF_MAPS, HASH_OF_MAPS; takes the reference over */
int bemu_map_set_obj(struct bemu_model *model, struct bemu_map *map, const void *key,
		     struct bemu_kobj *obj, uint64_t flags) BEMU_MUST_CHECK;
bool bemu_map_is_array(uint32_t type);
bool bemu_map_is_hash(uint32_t type);
bool bemu_map_is_percpu(uint32_t type);
bool bemu_map_is_fd(uint32_t type);

/* prog.c */
void bemu_prog_put_early(struct bemu_model *model, struct bemu_prog *prog);
void bemu_prog_free(struct bemu_model *model, struct bemu_prog *prog);
/** bemu_prog_use_map() - a reference of the program on @map, once; 0, -E2BIG, -ENOMEM */
int bemu_prog_use_map(struct bemu_model *model, struct bemu_prog *prog, struct bemu_map *map,
		      uint32_t limit) BEMU_MUST_CHECK;
/** bemu_prog_use_btf() - as bemu_prog_use_map(); -ENXIO when its module is not live */
int bemu_prog_use_btf(struct bemu_model *model, struct bemu_prog *prog,
		      struct bemu_kbtf *btf) BEMU_MUST_CHECK;
void bemu_link_free(struct bemu_model *model, struct bemu_link *link);

/* fdtab.c */
/**
 * bemu_fd_prepare() - a file description and room for one number, not yet in the table
 * @obj: may be NULL; the reference stays the caller's until bemu_fd_install()
 */
int bemu_fd_prepare(struct bemu_task *task, uint32_t kind, uint32_t acc,
		    struct bemu_file **out) BEMU_MUST_CHECK;
/** bemu_fd_install() - lowest free number >= @min; on -EMFILE the file is put. @file is taken. */
int bemu_fd_install(struct bemu_task *task, struct bemu_file *file, uint32_t min, bool cloexec);
/** bemu_fd_find() - NULL when the number is closed */
struct bemu_file *bemu_fd_find(const struct bemu_task *task, int fd);
int bemu_fd_close(struct bemu_task *task, int fd);
int bemu_fd_dup(struct bemu_task *task, int fd, int min, bool cloexec, int *out) BEMU_MUST_CHECK;
int bemu_fd_dup_to(struct bemu_task *task, int fd, int newfd, bool cloexec,
		   int *out) BEMU_MUST_CHECK;
bool bemu_fd_cloexec(const struct bemu_task *task, int fd);
uint32_t bemu_fd_gen(const struct bemu_task *task, int fd);
void bemu_file_get(struct bemu_file *file);
void bemu_file_put(struct bemu_model *model, struct bemu_file *file);
void bemu_fdtab_close_all(struct bemu_task *task);

/* task.c */
int bemu_model_task_new(struct bemu_model *model, const struct bemu_task_opts *opts,
			struct bemu_task **out) BEMU_MUST_CHECK;
void bemu_model_task_exit(struct bemu_task *task);

/* pin.c: a tree mounted at /sys/fs/bpf */
#define BEMU_BPFFS_MAGIC 0xcafe4a11L
/** bemu_pin_find() - the node of an absolute path: 0, -ENOENT, -ENOTDIR; -EXDEV outside of bpffs */
int bemu_pin_find(struct bemu_model *model, const char *path,
		  struct bemu_pin **out) BEMU_MUST_CHECK;
/** bemu_pin_add() - a new name; @obj NULL makes a directory, else its reference is taken over */
int bemu_pin_add(struct bemu_model *model, const char *path, struct bemu_kobj *obj) BEMU_MUST_CHECK;
int bemu_pin_remove(struct bemu_model *model, const char *path) BEMU_MUST_CHECK;

#endif
