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

#include <bemu/life.h>
#include <bemu/module.h>
#include <bemu/task.h>
#include <bemu/watch.h>
#include <bemu/yield.h>

#include "base/env.h"
#include "btf/btf.h"
#include "model/check.h"
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

/** enum bemu_defer_what - steps of freeing that come later */
enum bemu_defer_what {
	BEMU_DEFER_NONE, /* not in the queue */
	BEMU_DEFER_FREE, /* of a program: what a grace period has to pass for */
	BEMU_DEFER_PROG_WORK, /* the rest of a program, in a worker */
	BEMU_DEFER_MAP_CLEAR, /* a PROG_ARRAY that no process has open is emptied */
};

/**
 * struct bemu_defer - a step that waits in the queue
 * @grace: programs that began to run before this number hold it up; 0: none does
 * @sleepers: only those that may sleep do
 */
struct bemu_defer {
	struct bemu_defer *next;
	struct bemu_kobj *obj;
	uint32_t what; /* enum bemu_defer_what */
	bool sleepers;
	uint64_t grace;
};

/**
 * struct bemu_kobj - head of every counted object
 * @id:     0 before it is published and after it was taken back
 * @gone:   its memory is kept although it was freed: an object from before the seal, or one of the dead
 *          that are kept
 * @serial: never given twice, in the order of birth
 */
struct bemu_kobj {
	uint32_t kind;
	uint32_t id;
	uint32_t refs;
	bool gone;
	uint64_t serial;
	struct bemu_kobj *older, *newer;
	struct bemu_defer defer;
};

/** struct bemu_idr_slot - @skip: of a dead one, how many from it on are known to be dead */
struct bemu_idr_slot {
	uint32_t id;
	uint32_t skip;
	struct bemu_kobj *obj; /* NULL: given back */
};

/**
 * struct bemu_idr - IDs in rising order; cyclic allocation appends
 * @next:  where the next search for a free ID starts
 * @nr_dead: behind the first @sealed_nr
 * @moved: not in its place any more is what was there when the world was sealed
 */
struct bemu_idr {
	struct bemu_idr_slot *arr;
	uint32_t nr, cap, nr_dead;
	uint32_t next;
	uint32_t sealed_nr, sealed_next;
	bool moved;
};

/** bemu_idr_prepare() - room for one more; 0 or -ENOMEM */
int bemu_idr_prepare(struct bemu_env *env, struct bemu_idr *idr) BEMU_MUST_CHECK;
/** bemu_idr_add() - gives @obj the next ID; only after bemu_idr_prepare() */
void bemu_idr_add(struct bemu_idr *idr, struct bemu_kobj *obj);
void bemu_idr_remove(struct bemu_idr *idr, struct bemu_kobj *obj);
/** bemu_idr_restore() - @obj gets the ID back that it had when the world was sealed */
void bemu_idr_restore(struct bemu_idr *idr, struct bemu_kobj *obj, uint32_t id);
struct bemu_kobj *bemu_idr_find(const struct bemu_idr *idr, uint32_t id);
/** bemu_idr_next() - smallest ID above @id, or 0 */
uint32_t bemu_idr_next(struct bemu_idr *idr, uint32_t id);

struct bemu_model;

/**
 * struct bemu_module - a kernel module
 * @idx:   which piece of the module area its invented addresses are in
 * @refs:  what keeps it from being unloaded
 * @held:  how many of them are not BPF's
 * @btf:   NULL: it has none
 * @dirty: changed since the seal
 * @gone:  as an object's
 */
struct bemu_module {
	char name[56];
	uint32_t idx;
	uint32_t refs, held;
	uint32_t state; /* enum bemu_module_state */
	bool sealed, dirty, gone;
	struct bemu_kbtf *btf;
	struct bemu_module *next;
	struct bemu_module *next_sealed, *next_dirty;
	struct {
		uint32_t held, state;
		struct bemu_kbtf *btf;
	} at_seal;
};

/**
 * struct bemu_kbtf - a registered BTF
 * @module: of a module, also when that is gone
 * @mod:    NULL for all others, and for the BTF of a module that is gone
 * @dirty:  changed since the seal
 */
struct bemu_kbtf {
	struct bemu_kobj obj;
	struct bemu_btf *btf;
	char name[56];
	bool kernel, module;
	bool sealed, dirty;
	struct bemu_kbtf *next_dirty, *next_sealed;
	struct bemu_module *mod;
	struct {
		uint32_t id;
		struct bemu_module *mod;
	} at_seal;
};

/** bemu_kbtf_kaddr() - where the object is, for whom it makes a difference; nothing can be read there */
static inline uint64_t bemu_kbtf_kaddr(const struct bemu_kbtf *kbtf)
{
	return 0xffff8c0000000000ull + kbtf->obj.serial * 4096;
}

static inline bool bemu_kbtf_is_module(const struct bemu_kbtf *kbtf)
{
	return kbtf->module;
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
 * @record:  BTF that the record of the lists and trees in its values belongs to, NULL without one; @btf, which
 *           is put last, keeps it
 * @has_timer: values have a place for a timer; @timer: one is there
 * @clear:   the step that empties a PROG_ARRAY
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
	bool was_inner; /* a map of maps has had it */
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
	const struct bemu_kbtf *record;
	bool has_timer, timer;
	struct bemu_defer clear;
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
	bool exposed; /* it has symbols */
	bool attached; /* by a link of type BEMU_LINK_TRACING */
	bool unproven; /* the verifier refuses unproven_insn_idx if it gets there, which was not decided */
	uint32_t unproven_insn_idx;
};

/* enum bpf_link_type; names of our own because older headers lack some */
enum { BEMU_LINK_RAW_TRACEPOINT = 1, BEMU_LINK_TRACING = 2, BEMU_LINK_ITER = 4 };

/** struct bemu_link - attachments; only what the registry shows of them */
struct bemu_link {
	struct bemu_kobj obj;
	uint32_t type;
	uint32_t attach_type;
	struct bemu_prog *prog;
	struct bemu_prog *tgt_prog; /* that it is attached to */
	struct bemu_module *mod; /* whose code it is attached to */
	uint32_t target_obj_id, target_btf_id; /* as they were when it was attached */
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
 * struct bemu_file - an open file description; numbers, mappings and sockets hold it
 * @obj: one reference, for the four object kinds
 * @dir: one reference, for a directory of bpffs
 * @gone: as an object's
 */
struct bemu_file {
	uint32_t kind;
	uint32_t refs;
	uint32_t acc;
	struct bemu_kobj *obj;
	struct bemu_pin *dir;
	bool path_only; /* O_PATH */
	bool gone;
	const void *data;
	size_t len;
	uint64_t serial;
	struct bemu_file *older, *newer;
	char what[64];
};

/** struct bemu_fd - @gen counts how often the number was installed */
struct bemu_fd {
	struct bemu_file *file;
	uint32_t gen;
	bool cloexec;
};

/**
 * struct bemu_fdtab - numbers of one process, or of several that share them
 * @used: one bit a number that is open or reserved; @full: one bit a word of @used without a zero
 * @hint: no number below is free
 * @nr_open, @nr_reserved: how many are one and the other
 */
struct bemu_fdtab {
	uint32_t refs;
	struct bemu_fd *arr;
	uint64_t *used, *full;
	uint32_t cap, cap_used, cap_full;
	uint32_t hint;
	uint32_t nr_open, nr_reserved;
	uint64_t nr_installed, nr_closed;
};

struct bemu_mapping {
	struct bemu_mapping *next;
	struct bemu_file *file;
	void *addr;
	size_t len;
	bool write;
};

/** struct bemu_flight - an open file description in the queue of a socket */
struct bemu_flight {
	struct bemu_flight *next;
	struct bemu_file *file;
};

/**
 * struct bemu_task - a process
 * @owner: the world that emu/sys made it for
 * @watch: may be NULL, and what it failed with ends the call
 * @nofile: RLIMIT_NOFILE
 * @flights: what others sent and it has not received yet
 */
struct bemu_task {
	struct bemu_model *model;
	void *owner;
	const struct bemu_watch *watch;
	int watch_fault;
	uint32_t pid;
	struct bemu_mem_ops mem;
	uint32_t caps;
	uint32_t nofile;
	struct bemu_fdtab *fds;
	struct bemu_mapping *mappings;
	struct bemu_flight *flights;
	struct bemu_task *prev, *next;
};

/** bemu_task_capable() - mirrors bpf_token_capable() without a token: CAP_SYS_ADMIN stands in for @cap */
static inline bool bemu_task_capable(const struct bemu_task *task, uint32_t cap)
{
	return task->caps & (cap | BEMU_CAP_SYS_ADMIN);
}

/** struct bemu_inode - what one or more names in bpffs mean: one reference on an object, or a text */
struct bemu_inode {
	uint32_t refs;
	struct bemu_kobj *obj;
	char *link;
};

/**
 * struct bemu_pin - a name in bpffs
 * @refs:  of a directory: its name, and open files
 * @inode: NULL: a directory
 * @hash, @chain: in the table of all names
 * @dead:  no name of a file that is open any more
 */
struct bemu_pin {
	struct bemu_pin *parent, *child, *prev, *next;
	struct bemu_pin *chain;
	struct bemu_inode *inode;
	uint32_t refs;
	uint32_t hash;
	bool dead;
	char *name; /* NULL: the root */
};

/** struct bemu_bpffs - one instance of bpffs */
struct bemu_bpffs {
	struct bemu_pin *root;
	struct bemu_pin **buckets;
	uint32_t nr_buckets, nr_names;
	uint32_t nr_open; /* files on its directories */
};

enum { BEMU_RUN_HELD = 8 };

/**
 * struct bemu_running - a program that runs
 * @seq:  it began before the steps with a larger @grace
 * @held: objects that it has pointers to without a reference, each with the serial that it had then
 */
struct bemu_running {
	struct bemu_model *model;
	struct bemu_prog *prog;
	uint64_t seq;
	bool sleeps;
	uint32_t nr_held;
	struct {
		const struct bemu_kobj *obj;
		uint64_t serial;
	} held[BEMU_RUN_HELD];
	struct bemu_running *prev, *next;
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

/** struct bemu_objs - all objects of a kind, oldest first */
struct bemu_objs {
	struct bemu_kobj *oldest, *newest;
	struct bemu_kobj *at_seal; /* the newest then */
};

/**
 * struct bemu_model - see above
 * @is_sealed: what is made from now on is forgotten by a reset
 * @nr_split:  BTFs since the seal that hold vmlinux's
 * @clock:     counts programs that began to run
 * @waiting:   the queue is not emptied by itself
 * @quirks: bits of those that this kernel has (model/quirk.h); @keep_dead: see model/check.h
 * @caller:    the task whose call is under way, NULL: none; @passed: yield points that the call passed
 */
struct bemu_model {
	struct bemu_env *sealed;
	struct bemu_env *env;
	const struct bemu_kprofile *prof;
	bool is_sealed;
	struct bemu_idr ids[BEMU_OBJ_NR];
	struct bemu_objs objs[BEMU_OBJ_NR];
	uint32_t nr_live[BEMU_OBJ_NR];
	uint64_t serial, sealed_serial;
	struct bemu_kbtf *vmlinux;
	struct bemu_module *modules, **modules_tail;
	struct bemu_module *sealed_modules;
	struct bemu_kbtf *sealed_btfs;
	uint32_t nr_modules, sealed_nr_modules;
	uint32_t nr_split;
	struct bemu_kbtf *dirty;
	struct bemu_module *dirty_modules;
	bool relink_modules;
	struct bemu_ksyms syms;
	struct bemu_task *tasks, *last_task;
	uint32_t next_pid;
	struct bemu_file *oldest_file, *newest_file;
	uint64_t nr_files, max_files;
	struct bemu_bpffs bpffs;
	struct bemu_defer *dead, **dead_tail;
	size_t nr_dead;
	bool waiting, draining;
	uint64_t clock;
	struct bemu_running *running;
	uint64_t next_vaddr;
	uint32_t nr_cpus;
	uint32_t unpriv_disabled;
	uint32_t design; /* enum bemu_design */
	uint64_t quirks;
	bool keep_dead;
	struct bemu_checks checks;
	struct bemu_cand_table cands[2]; /* vmlinux, modules */
	const struct bemu_yield *yield;
	bool yielding;
	struct bemu_task *caller;
	uint32_t passed[BEMU_YIELD_NR];
};

/* model.c */
int bemu_model_init(struct bemu_model *model, struct bemu_env *sealed, struct bemu_env *env,
		    const struct bemu_kprofile *prof) BEMU_MUST_CHECK;
/** bemu_model_seal() / bemu_model_reset() - remember, and go back to, the state of the IDs */
void bemu_model_seal(struct bemu_model *model);
/** bemu_model_set_quirks() - what @set overrides, else as the release has them */
void bemu_model_set_quirks(struct bemu_model *model, const struct bemu_quirks *set);
void bemu_model_reset(struct bemu_model *model);
static inline bool bemu_model_has(const struct bemu_model *model, uint32_t feature)
{
	return bemu_kprofile_has(model->prof, feature);
}

/** bemu_obj_init() - one reference; the object is on the list of its kind until bemu_obj_fini() */
void bemu_obj_init(struct bemu_model *model, struct bemu_kobj *obj, uint32_t kind);
void bemu_obj_fini(struct bemu_model *model, struct bemu_kobj *obj);
/** bemu_obj_prepare() - room in the ID table and in the budget of objects: 0, -ENOMEM, -EDQUOT */
int bemu_obj_prepare(struct bemu_model *model, uint32_t kind) BEMU_MUST_CHECK;
/** bemu_obj_publish() - the ID; after bemu_obj_prepare() */
void bemu_obj_publish(struct bemu_model *model, struct bemu_kobj *obj);
void bemu_obj_get(struct bemu_model *model, struct bemu_kobj *obj);
/** bemu_obj_put() - NULL is allowed; the last one takes the ID back and queues the rest */
void bemu_obj_put(struct bemu_model *model, struct bemu_kobj *obj);
struct bemu_kobj *bemu_obj_find(const struct bemu_model *model, uint32_t kind, uint32_t id);
/** bemu_model_env() - memory of what lives as long as the world is set up now */
static inline struct bemu_env *bemu_model_env(struct bemu_model *model)
{
	return model->is_sealed ? model->env : model->sealed;
}

/* defer.c */
/** bemu_defer() - a step for later; unless the queue waits, it is done at once */
void bemu_defer(struct bemu_model *model, struct bemu_defer *step, struct bemu_kobj *obj,
		uint32_t what);
/** bemu_model_drain() - do at most @max steps; what a step gives up joins the queue, so depth stays
 * constant */
size_t bemu_model_drain(struct bemu_model *model, size_t max);
/** bemu_model_drain_kind() - steps of one kind of objects; BEMU_OBJ_NR: of all */
size_t bemu_model_drain_kind(struct bemu_model *model, uint32_t kind, size_t max);
/** bemu_defer_blocked() - whether a program that runs holds the step up */
bool bemu_defer_blocked(const struct bemu_model *model, const struct bemu_defer *step);
int bemu_model_run_enter(struct bemu_model *model, struct bemu_prog *prog,
			 struct bemu_running **out) BEMU_MUST_CHECK;
void bemu_model_run_leave(struct bemu_running *run);
/** bemu_yield() - another task may come between; 0 or the hook's fault */
int bemu_yield(struct bemu_model *model, uint32_t point);

/* kbtf.c */
int bemu_kbtf_set_vmlinux(struct bemu_model *model, const void *raw, size_t len,
			  unsigned int flags) BEMU_MUST_CHECK;
/** bemu_kbtf_new() - user BTF with one reference, not published; takes @btf over on success */
int bemu_kbtf_new(struct bemu_model *model, struct bemu_btf *btf,
		  struct bemu_kbtf **out) BEMU_MUST_CHECK;
/** bemu_kbtf_new_kernel() - the same for the kernel's own BTF; @mod NULL: vmlinux */
int bemu_kbtf_new_kernel(struct bemu_model *model, const char *name, struct bemu_module *mod,
			 struct bemu_btf *btf, struct bemu_kbtf **out) BEMU_MUST_CHECK;
void bemu_kbtf_free(struct bemu_model *model, struct bemu_kbtf *kbtf);
/** bemu_kbtf_touch() - @kbtf is about to change */
void bemu_kbtf_touch(struct bemu_model *model, struct bemu_kbtf *kbtf);

/* module.c */
/** bemu_kbtf_get_module() - mirrors btf_try_get_module(): NULL when it is not live */
struct bemu_module *bemu_kbtf_get_module(struct bemu_model *model, struct bemu_kbtf *kbtf);
/** bemu_module_get() - of one that is known to be there, as bemu_module_put(); NULL is allowed */
void bemu_module_get(struct bemu_model *model, struct bemu_module *mod);
void bemu_module_put(struct bemu_model *model, struct bemu_module *mod);
struct bemu_module *bemu_module_find(const struct bemu_model *model, const char *name);
/** bemu_module_check_name() - 0, -EINVAL, said in the log */
int bemu_module_check_name(struct bemu_model *model, const char *name) BEMU_MUST_CHECK;
/** bemu_module_add() - a coming module; takes @btf, which may be NULL, over on success */
int bemu_module_add(struct bemu_model *model, const char *name, struct bemu_btf *btf,
		    struct bemu_module **out) BEMU_MUST_CHECK;
void bemu_module_set_state(struct bemu_model *model, struct bemu_module *mod, uint32_t state);
void bemu_module_set_held(struct bemu_model *model, struct bemu_module *mod, uint32_t held);
/** bemu_module_remove() - what the going notifier does, and the module's memory */
void bemu_module_remove(struct bemu_model *model, struct bemu_module *mod);
/** bemu_modules_seal() / bemu_modules_reset() - parts of bemu_model_seal(), bemu_model_reset() */
void bemu_modules_seal(struct bemu_model *model);
void bemu_modules_reset(struct bemu_model *model);

/* ksym.c */
int bemu_ksyms_parse(struct bemu_model *model, const char *text, size_t len) BEMU_MUST_CHECK;
/** bemu_ksym_find() - address by name; @hint: BTF to try first, may be NULL. false when missing */
bool bemu_ksym_find(const struct bemu_model *model, const struct bemu_kbtf *hint, const char *name,
		    uint64_t *addr);

/* map.c: verdicts of the element commands; -ENOMEM with env->fault latched is ours */
/** bemu_map_put_early() - what goes with the last reference */
void bemu_map_put_early(struct bemu_model *model, struct bemu_map *map);
void bemu_map_free(struct bemu_model *model, struct bemu_map *map);
void bemu_map_get_uref(struct bemu_model *model, struct bemu_map *map);
void bemu_map_put_uref(struct bemu_model *model, struct bemu_map *map);
/** bemu_map_clear() - empties a PROG_ARRAY */
void bemu_map_clear(struct bemu_model *model, struct bemu_map *map);
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
/** bemu_prog_free_rcu() - what goes after a grace period; bemu_prog_free() - what goes in a worker */
void bemu_prog_free_rcu(struct bemu_model *model, struct bemu_prog *prog);
void bemu_prog_free(struct bemu_model *model, struct bemu_prog *prog);
/** bemu_prog_reject() - a program that was never published: what it uses goes at once */
void bemu_prog_reject(struct bemu_model *model, struct bemu_prog *prog);
/** bemu_prog_use_map() - a reference of the program on @map, once; 0, -E2BIG, -ENOMEM */
int bemu_prog_use_map(struct bemu_model *model, struct bemu_prog *prog, struct bemu_map *map,
		      uint32_t limit) BEMU_MUST_CHECK;
/**
 * bemu_prog_take_module() - module BTF for a program that uses it: a reference on both
 *
 * With design module-btf=keep-btf the module is looked at and not held: *out is NULL.
 * Return: false, without a reference, when the module is not live.
 */
bool bemu_prog_take_module(struct bemu_model *model, struct bemu_kbtf *btf,
			   struct bemu_module **out);
/** bemu_prog_use_btf() - as bemu_prog_use_map(); -ENXIO when its module is not live */
int bemu_prog_use_btf(struct bemu_model *model, struct bemu_prog *prog,
		      struct bemu_kbtf *btf) BEMU_MUST_CHECK;
/** bemu_link_put_early() - detaches; bemu_link_free() - lets its program go */
void bemu_link_put_early(struct bemu_model *model, struct bemu_link *link);
void bemu_link_free(struct bemu_model *model, struct bemu_link *link);

/* fdtab.c */
int bemu_fdtab_new(struct bemu_model *model, struct bemu_fdtab **out) BEMU_MUST_CHECK;
/** bemu_fdtab_copy() - what fork(2) does; a reserved number is free in the copy */
int bemu_fdtab_copy(struct bemu_model *model, const struct bemu_fdtab *from,
		    struct bemu_fdtab **out) BEMU_MUST_CHECK;
/** bemu_fdtab_put() - the last one closes everything */
void bemu_fdtab_put(struct bemu_model *model, struct bemu_fdtab *fds);
void bemu_fdtab_close_exec(struct bemu_model *model, struct bemu_fdtab *fds);
/**
 * bemu_fd_prepare() - a file description and room for one number, not yet in the table
 * @obj: may be NULL; the reference stays the caller's until bemu_fd_install()
 */
int bemu_fd_prepare(struct bemu_task *task, uint32_t kind, uint32_t acc,
		    struct bemu_file **out) BEMU_MUST_CHECK;
/** bemu_fd_room() - room for the lowest free number, so that bemu_fd_install() can have it */
int bemu_fd_room(struct bemu_task *task) BEMU_MUST_CHECK;
/** bemu_fd_verdict() - what bemu_fd_install() would answer: 0, -EMFILE, -ENFILE */
int bemu_fd_verdict(const struct bemu_task *task);
/** bemu_fd_install() - lowest free number; on -EMFILE, -ENFILE the file is put. @file is taken. */
int bemu_fd_install(struct bemu_task *task, struct bemu_file *file, bool cloexec);
/** bemu_fd_find() - NULL when the number is closed or reserved */
struct bemu_file *bemu_fd_find(const struct bemu_task *task, int fd);
bool bemu_fd_reserved(const struct bemu_task *task, int fd);
/** bemu_fd_next() - the next number above @after that is open or reserved, or -1 */
int bemu_fd_next(const struct bemu_fdtab *fds, int after);
int bemu_fd_close(struct bemu_task *task, int fd);
int bemu_fd_dup(struct bemu_task *task, int fd, int min, bool cloexec, int *out) BEMU_MUST_CHECK;
int bemu_fd_dup_to(struct bemu_task *task, int fd, int newfd, bool cloexec,
		   int *out) BEMU_MUST_CHECK;
/** bemu_fd_reserve() - @fd -1: the lowest free one. *out: the number, -EBUSY, -EMFILE */
int bemu_fd_reserve(struct bemu_task *task, int fd, int *out) BEMU_MUST_CHECK;
int bemu_fd_release(struct bemu_task *task, int fd);
bool bemu_fd_cloexec(const struct bemu_task *task, int fd);
uint32_t bemu_fd_gen(const struct bemu_task *task, int fd);
void bemu_file_get(struct bemu_file *file);
void bemu_file_put(struct bemu_model *model, struct bemu_file *file);

/* task.c */
int bemu_model_task_new(struct bemu_model *model, const struct bemu_task_opts *opts,
			struct bemu_task **out) BEMU_MUST_CHECK;
int bemu_model_task_fork(struct bemu_task *parent, unsigned int flags,
			 struct bemu_task **out) BEMU_MUST_CHECK;
int bemu_model_task_exec(struct bemu_task *task) BEMU_MUST_CHECK;
void bemu_model_task_exit(struct bemu_task *task);
/** bemu_flight_add() - @file, of which a reference is taken, waits for @to */
int bemu_flight_add(struct bemu_task *to, struct bemu_file *file) BEMU_MUST_CHECK;
/** bemu_flight_take() - *out: the number, -EAGAIN, -EMFILE, -ENFILE */
int bemu_flight_take(struct bemu_task *task, bool cloexec, int *out) BEMU_MUST_CHECK;

/* pin.c: a tree mounted at /sys/fs/bpf */
#define BEMU_BPFFS_MAGIC 0xcafe4a11L
enum { BEMU_PIN_FOLLOW = 1u << 0 /* the last component may be a symbolic link */ };
/**
 * bemu_pin_find() - the node of a path: 0, -ENOENT, -ENOTDIR, -ELOOP; -EXDEV outside of bpffs
 * @at: directory that a relative path starts from; NULL: there is none
 */
int bemu_pin_find(struct bemu_model *model, struct bemu_pin *at, const char *path,
		  unsigned int flags, struct bemu_pin **out) BEMU_MUST_CHECK;
/** bemu_pin_add() - a new name; @obj NULL makes a directory, else its reference is taken over */
int bemu_pin_add(struct bemu_model *model, struct bemu_pin *at, const char *path,
		 struct bemu_kobj *obj) BEMU_MUST_CHECK;
/** bemu_pin_symlink(), _link(), _rename(), _remove() - the system calls' verdicts, -EXDEV outside */
int bemu_pin_symlink(struct bemu_model *model, const char *text, const char *path) BEMU_MUST_CHECK;
int bemu_pin_link(struct bemu_model *model, const char *from, const char *to) BEMU_MUST_CHECK;
int bemu_pin_rename(struct bemu_model *model, const char *from, const char *to) BEMU_MUST_CHECK;
int bemu_pin_remove(struct bemu_model *model, const char *path, bool dir) BEMU_MUST_CHECK;
int bemu_pin_umount(struct bemu_model *model) BEMU_MUST_CHECK;
/** bemu_pin_put_dir() - a file on a directory ends */
void bemu_pin_put_dir(struct bemu_model *model, struct bemu_pin *dir);
/** bemu_pin_next() - the name after @pin, NULL to begin with, anywhere in the tree; NULL at the end */
struct bemu_pin *bemu_pin_next(const struct bemu_model *model, const struct bemu_pin *pin);

#endif
