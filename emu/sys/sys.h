/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the files of emu/sys share: the world, one call of bpf(2), and the commands. */
#ifndef BEMU_SYS_SYS_H
#define BEMU_SYS_SYS_H

#include "base/buf.h"
#include "model/model.h"

/* Flags of open(2), dup3(2), memfd_create(2) and mmap(2) as x86-64 numbers them. */
enum {
	BEMU_K_O_ACCMODE = 03,
	BEMU_K_O_DIRECTORY = 0200000,
	BEMU_K_O_CLOEXEC = 02000000,
	BEMU_K_O_PATH = 010000000,
	BEMU_K_MFD_CLOEXEC = 1,
	BEMU_K_PROT_WRITE = 2,
	BEMU_K_PROT_EXEC = 4,
};

/** struct bemu_vfile - a file that the caller registered with bemu_file_add() */
struct bemu_vfile {
	struct bemu_vfile *next;
	const void *data;
	size_t len;
	char path[];
};

struct bemu {
	struct bemu_env *sealed_env;
	struct bemu_env *env;
	struct bemu_model model;
	bool sealed;
	const char *kconfig, *kallsyms;
	size_t kconfig_len, kallsyms_len;
	struct bemu_vfile *files;
};

/**
 * bemu_module_relocate() - module BTF that is split over a distilled base, split over vmlinux
 * Return: 0; -EINVAL or -ENOENT, said in the log; -ENOMEM, -EDQUOT with a latched fault.
 */
int bemu_module_relocate(struct bemu_env *env, const struct bemu_btf *split,
			 const struct bemu_btf *vmlinux, struct bemu_btf **out) BEMU_MUST_CHECK;

/** bemu_report() - faults of the setting-up calls are reported once and forgotten */
int bemu_report(struct bemu *em, int err);

/* Attributes of commands that emu/uapi does not spell, as of v6.18. */
struct bemu_attr_elem {
	uint32_t map_fd;
	uint32_t pad;
	uint64_t key;
	uint64_t value; /* also next_key */
	uint64_t flags;
};

struct bemu_attr_id {
	uint32_t id;
	uint32_t next_id;
	uint32_t open_flags;
	int32_t token_fd;
};

struct bemu_attr_info {
	uint32_t bpf_fd;
	uint32_t info_len;
	uint64_t info;
};

struct bemu_attr_obj {
	uint64_t pathname;
	uint32_t bpf_fd;
	uint32_t file_flags;
	int32_t path_fd;
};

struct bemu_attr_raw_tp {
	uint64_t name;
	uint32_t prog_fd;
	uint32_t pad;
	uint64_t cookie;
};

struct bemu_attr_link_create {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t multi_flags;
	int32_t pid;
};

struct bemu_attr_test {
	uint32_t prog_fd;
	uint32_t retval;
	uint32_t data_size_in;
	uint32_t data_size_out;
	uint64_t data_in;
	uint64_t data_out;
	uint32_t repeat;
	uint32_t duration;
	uint32_t ctx_size_in;
	uint32_t ctx_size_out;
	uint64_t ctx_in;
	uint64_t ctx_out;
	uint32_t flags;
	uint32_t cpu;
	uint32_t batch_size;
};

struct bemu_attr_stream_read {
	uint64_t stream_buf;
	uint32_t stream_buf_len;
	uint32_t stream_id;
	uint32_t prog_fd;
};

struct bemu_attr_three {
	uint32_t a, b, c, d;
};

union bemu_attr {
	uint8_t raw[BEMU_BPF_ATTR_SIZE_6_18];
	struct bemu_attr_map_create map_create;
	struct bemu_attr_prog_load prog_load;
	struct bemu_attr_btf_load btf_load;
	struct bemu_attr_elem elem;
	struct bemu_attr_id id;
	struct bemu_attr_info info;
	struct bemu_attr_obj obj;
	struct bemu_attr_raw_tp raw_tp;
	struct bemu_attr_link_create link_create;
	struct bemu_attr_test test;
	struct bemu_attr_stream_read stream_read;
	struct bemu_attr_three three;
};

/**
 * struct bemu_call_ctx - one call; @size is what the caller gave, cut to the kernel's attribute
 * @mem:  where the attribute and what it points to lie: the task's memory, or, when a program makes the
 *        call, the kernel's. Log buffers and the names of tracepoints are the task's in both.
 * @kern: a program makes the call
 * @number: the number that was read last: all look-ups of it until the next is read must find the same
 */
struct bemu_call_ctx {
	struct bemu_task *task;
	const struct bemu_mem_ops *mem;
	bool kern;
	struct bemu_model *model;
	struct bemu_env *env;
	union bemu_attr attr;
	uint64_t uattr;
	uint32_t size;
	uint32_t cmd;
	struct {
		bool is_read; /* and what follows is about it */
		uint32_t fd;
		uint64_t file; /* serial, one more; 1: none; 0: not looked up */
	} number;
};

/*
 * A command returns the kernel's answer. -ENOMEM and -EDQUOT with a latched fault are ours, and so is
 * BEMU_SYS_UNMODELLED.
 */
enum { BEMU_SYS_UNMODELLED = -100000 };

/**
 * bemu_map_check_type() - type, geometry, flags and capabilities of a map that is to be
 * @token: the attribute names a token
 * Mirrors map_create() from the look-up of the type up to map_alloc(), kernel/bpf/syscall.c, v6.18.
 */
int bemu_map_check_type(struct bemu_call_ctx *ctx, bool token) BEMU_MUST_CHECK;
long bemu_cmd_map_create(struct bemu_call_ctx *ctx);
long bemu_cmd_map_elem(struct bemu_call_ctx *ctx);
long bemu_cmd_map_freeze(struct bemu_call_ctx *ctx);
long bemu_cmd_btf_load(struct bemu_call_ctx *ctx);
long bemu_cmd_prog_load(struct bemu_call_ctx *ctx);
long bemu_cmd_prog_bind_map(struct bemu_call_ctx *ctx);
long bemu_cmd_stream_read(struct bemu_call_ctx *ctx);
long bemu_cmd_next_id(struct bemu_call_ctx *ctx, uint32_t kind);
long bemu_cmd_fd_by_id(struct bemu_call_ctx *ctx, uint32_t kind);
long bemu_cmd_info(struct bemu_call_ctx *ctx);
long bemu_cmd_obj_pin(struct bemu_call_ctx *ctx);
long bemu_cmd_obj_get(struct bemu_call_ctx *ctx);
long bemu_cmd_raw_tp_open(struct bemu_call_ctx *ctx);
long bemu_cmd_link_create(struct bemu_call_ctx *ctx);
long bemu_cmd_link_update(struct bemu_call_ctx *ctx);
long bemu_cmd_link_detach(struct bemu_call_ctx *ctx);
long bemu_cmd_token_create(struct bemu_call_ctx *ctx);
long bemu_cmd_test_run(struct bemu_call_ctx *ctx);

/** bemu_call_enter() - everything of a call but faults and budget: @ctx with @size bytes of attribute */
long bemu_call_enter(struct bemu_call_ctx *ctx, uint32_t size);

/** bemu_unmodelled() - names in the log what is not modelled */
long bemu_unmodelled(struct bemu_call_ctx *ctx, const char *what);

static inline int bemu_ctx_read(struct bemu_call_ctx *ctx, uint64_t uaddr, void *dst, size_t len)
{
	/* nothing at all at an address that is not the kernel's is a fault there, and none here */
	return len || ctx->kern ? ctx->mem->read(ctx->mem->ctx, uaddr, dst, len) : 0;
}

static inline int bemu_ctx_write(struct bemu_call_ctx *ctx, uint64_t uaddr, const void *src,
				 size_t len)
{
	return len ? ctx->mem->write(ctx->mem->ctx, uaddr, src, len) : 0;
}

/* To the task's own memory, whoever makes the call. */
static inline int bemu_ctx_write_user(struct bemu_call_ctx *ctx, uint64_t uaddr, const void *src,
				      size_t len)
{
	return len ? ctx->task->mem.write(ctx->task->mem.ctx, uaddr, src, len) : 0;
}

/** bemu_ctx_read_str() - a string of at most @max - 1 characters; -EFAULT; its length */
long bemu_ctx_read_str(struct bemu_call_ctx *ctx, uint64_t uaddr, char *dst, size_t max);
/** bemu_ctx_read_user_str() - the same from the task's own memory */
long bemu_ctx_read_user_str(struct bemu_call_ctx *ctx, uint64_t uaddr, char *dst, size_t max);
/** bemu_ctx_put_attr() - write a field of the attribute back */
int bemu_ctx_put_attr(struct bemu_call_ctx *ctx, uint32_t off, const void *src, uint32_t len);
/** bemu_ctx_obj_name() - mirrors bpf_obj_name_cpy(): 0 or -EINVAL; @dst is padded with zeroes */
int bemu_ctx_obj_name(char dst[16], const char src[16]);
/** bemu_ctx_install() - a prepared file gets @obj, whose reference it takes, and a number */
long bemu_ctx_install(struct bemu_call_ctx *ctx, struct bemu_file *file, struct bemu_kobj *obj);
/** bemu_path_exists() - whether open(2) would find a file or a directory */
bool bemu_path_exists(struct bemu_task *task, const char *path);
/** bemu_path_has_parent() - whether the directory that @path, outside bpffs, names a file in is known */
bool bemu_path_has_parent(const char *path);
/** bemu_ctx_number() - @fd was read, and is looked up from now on */
static inline void bemu_ctx_number(struct bemu_call_ctx *ctx, uint32_t fd)
{
	ctx->number.is_read = true;
	ctx->number.fd = fd;
	ctx->number.file = 0;
}

/** bemu_ctx_file() - what is behind a number; NULL when it is closed or O_PATH. Borrowed. */
struct bemu_file *bemu_ctx_file(struct bemu_call_ctx *ctx, uint32_t fd);
/** bemu_ctx_fd() - object behind a number: 0, -EBADF, -EINVAL. Borrowed. */
int bemu_ctx_fd(struct bemu_call_ctx *ctx, uint32_t fd, uint32_t filekind, struct bemu_file **file,
		struct bemu_kobj **obj);

/**
 * struct bemu_klog - a log_buf while it is written; mirrors struct bpf_verifier_log
 * @buf:     the part of the text that the caller may still get
 * @rotates: when @size is too small, the end of the text is kept, not its beginning
 * @len:     characters of the whole text
 * @max_len: what the text needed at its longest, with its NUL; 0 when nothing was ever said
 */
struct bemu_klog {
	struct bemu_buf buf;
	uint32_t level;
	uint32_t size;
	uint64_t ubuf;
	bool rotates;
	uint64_t len;
	uint64_t max_len;
};

/** bemu_klog_init() - 0 or -EINVAL */
int bemu_klog_init(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t level, uint64_t ubuf,
		   uint32_t size);
/** bemu_klog() - one piece of text: the kernel cuts each at 1023 characters */
void bemu_klog(struct bemu_klog *log, const char *fmt, ...) BEMU_PRINTF(2, 3);
void bemu_vklog(struct bemu_klog *log, const char *fmt, va_list args) BEMU_PRINTF(2, 0);
void bemu_klog_reset(struct bemu_klog *log);
/** bemu_klog_finish() - text to the caller: 0, -ENOSPC, -EFAULT; ends @log */
int bemu_klog_finish(struct bemu_klog *log, struct bemu_call_ctx *ctx, uint32_t *true_size);

enum bemu_kbtf_flags {
	BEMU_KBTF_KERNEL = 1u << 0, /* vmlinux or module BTF: fewer rules, a log of errors only */
};

/**
 * bemu_kbtf_check() - the kernel's own rules for BTF
 * @base: NULL, or what module BTF is split over
 * Return: 0 or what the kernel answers, said in @log; -ENOMEM, -EDQUOT with a latched fault.
 */
int bemu_kbtf_check(struct bemu_model *model, struct bemu_env *env, struct bemu_klog *log,
		    const void *raw, uint32_t len, const struct bemu_btf *base, unsigned int flags);

/**
 * bemu_kbtf_check_own() - what the kernel refuses in BTF of itself; mirrors btf_parse_base(), btf_parse_module()
 * @base: NULL for vmlinux, else what the module's is split over
 * Return: 0, also for BTF in the other byte order, or the kernel's answer with its words in the log of
 * @env; -ENOMEM, -EDQUOT.
 */
int bemu_kbtf_check_own(struct bemu_model *model, struct bemu_env *env, const void *raw, size_t len,
			const struct bemu_btf *base);

/**
 * struct bemu_told - a call while a watcher is told of it
 * @told:     a watcher is there and knows of the beginning
 * @answered: it answers in the kernel's place, with @answer
 */
struct bemu_told {
	struct bemu_task *task;
	struct bemu_seen seen;
	uint8_t attr[BEMU_SEEN_ATTR_LEN];
	bool told, answered;
	int64_t answer;
};

/** bemu_tell_begin() - @told's task, seen and, in a run, ops are set; 0 or the watcher's fault */
int bemu_tell_begin(struct bemu_told *told) BEMU_MUST_CHECK;
/** bemu_tell_end() - after bemu_tell_begin() */
int bemu_tell_end(struct bemu_told *told, int64_t ret) BEMU_MUST_CHECK;

/**
 * bemu_ask_btf_name() / bemu_ask_type_name() - what any process may ask of the kernel, for one in native memory
 * @fd: of a BTF; of types, 0 is the kernel's own
 * Return: 0 with the name in @buf, the kernel's errno, -ENOENT for a type that is not there or of a user's BTF.
 */
int bemu_ask_btf_name(struct bemu_task *task, int fd, char *buf, size_t len) BEMU_MUST_CHECK;
int bemu_ask_type_name(struct bemu_task *task, int fd, uint32_t type_id, char *buf,
		       size_t len) BEMU_MUST_CHECK;

struct bemu_vm;

/**
 * struct bemu_run - a program while it runs
 * @kmem:    the kernel's memory as the program can reach it: its stack, context, values of its maps
 * @outside: what ended the run is not modelled; the log names it
 */
struct bemu_run {
	struct bemu_call_ctx *call;
	struct bemu_prog *prog;
	struct bemu_vm *vm;
	struct bemu_mem_ops kmem;
	bool outside;
};

/** bemu_run_helper() - the helpers of a BPF_PROG_TYPE_SYSCALL program: struct bemu_vm_ops.helper */
int bemu_run_helper(void *ctx, struct bemu_vm *vm, uint32_t id, const uint64_t args[5],
		    uint64_t *r0);
/** bemu_run_mem() - fills @run->kmem; @run->vm is set */
void bemu_run_mem(struct bemu_run *run);
/** bemu_run_tell() - @told speaks of a call of this run */
void bemu_run_tell(struct bemu_run *run, struct bemu_told *told, uint32_t kind);
/** bemu_run_ctx_end() - bytes of its context that the program may touch; 0, -ENOMEM, -EDQUOT */
int bemu_run_ctx_end(struct bemu_env *env, const struct bemu_prog *prog,
		     uint32_t *out) BEMU_MUST_CHECK;

/** bemu_code_owner() - whose code a function is, by name: *mod NULL is the kernel's; false: nobody's */
bool bemu_code_owner(struct bemu_model *model, const char *name, struct bemu_module **mod);
/** bemu_prog_relocate() - everything from the verifier's entry to its verdict */
int bemu_prog_relocate(struct bemu_call_ctx *ctx, struct bemu_klog *log, struct bemu_prog *prog);

#endif
