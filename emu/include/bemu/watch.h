/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Watching a task: every bpf(2), close(2) and dup(2) that it makes, and every call that a program
 * makes which one of those runs, told when it begins and when it has its answer. A watcher sees what
 * was asked, what came back and the memory that the call's pointers lie in, and nothing else.
 *
 * Numbers can be followed: a watcher gives the number that a call returned a tag, and is told the tag
 * that another call's number carries when it was the same data, moved through registers and memory.
 */
#ifndef BEMU_WATCH_H
#define BEMU_WATCH_H

#include <stdbool.h>

#include <bemu/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum bemu_seen_kind - what happened */
enum bemu_seen_kind {
	BEMU_SEEN_BPF, /* bpf(2), or helper bpf_sys_bpf(): @cmd, @attr */
	BEMU_SEEN_CLOSE, /* close(2), or helper bpf_sys_close(): @fd */
	BEMU_SEEN_DUP, /* dup(2), dup2(2), dup3(2), fcntl(F_DUPFD): @fd; the new number in @ret */
	BEMU_SEEN_OPEN, /* an FD on something that is no BPF object: @name */
	BEMU_SEEN_FIND_BTF, /* helper bpf_btf_find_by_name_kind(): @name, @btf_kind */
	BEMU_SEEN_KSYM, /* helper bpf_kallsyms_lookup_name(): @name */
	BEMU_SEEN_PRINTK, /* helper bpf_trace_printk(): @name is the text */
	BEMU_SEEN_EXIT, /* the program ended: r0 in @ret, its context of @attr_len bytes at @uattr */
};

enum { BEMU_SEEN_ATTR_LEN = 168, BEMU_SEEN_NATIVE = -1 };

/**
 * struct bemu_origin - where a number was last kept in memory
 * @addr:      address of the 4 bytes; 0 when it came straight from a register
 * @stored_by: instruction that wrote them
 * @region:    name of the memory that holds @addr, "" without one; borrowed
 * @off:       bytes from its start
 */
struct bemu_origin {
	uint64_t addr;
	uint32_t stored_by;
	uint32_t reserved;
	uint64_t off;
	const char *region;
};

struct bemu_seen_ops;

/**
 * struct bemu_seen - one call
 * @kind:     enum bemu_seen_kind
 * @insn_idx: instruction of the program that makes it, BEMU_SEEN_NATIVE for the task itself
 * @cmd:      BPF_* command
 * @btf_kind: FIND_BTF: kind that is looked for
 * @fd:       CLOSE, DUP
 * @attr_len: bytes of the attribute as the caller says
 * @uattr:    address of the attribute; KSYM: of the 8 bytes that receive the symbol's address
 * @cloexec:  DUP, OPEN: the new number closes on exec
 * @attr:     its first BEMU_SEEN_ATTR_LEN bytes, zero where there are less: at the beginning as the
 *            kernel reads them, at the end as it leaves them
 * @name:     see the kinds; "" without one. Borrowed for the call
 * @ret:      the answer; only at the end. FIND_BTF: id, and an FD in the upper half
 * @tag:      set by the watcher at the end: what the number just returned is to carry, 0 for nothing;
 *            KSYM: what the upper half of the address is to carry
 * @low_tag:  the same; FIND_BTF: what the id is to carry, KSYM: the lower half of the address
 */
struct bemu_seen {
	uint32_t kind;
	int32_t insn_idx;
	uint32_t cmd;
	uint32_t btf_kind;
	int32_t fd;
	uint32_t attr_len;
	uint64_t uattr;
	const uint8_t *attr;
	const char *name;
	int64_t ret;
	uint32_t tag, low_tag;
	bool cloexec;
	const struct bemu_seen_ops *ops;
	void *src;
};

/**
 * struct bemu_seen_ops - what a watcher may ask while it is told of a call
 * @read: copies @len bytes that a pointer of the attribute means; 0 or -EFAULT
 * @tag:  what the 4 bytes at @addr carry, 0 for nothing; @origin may be NULL
 * @arg:  the same for the FD of CLOSE
 * @region: name of the memory that @addr lies in, with the bytes from its start; NULL for none
 */
struct bemu_seen_ops {
	int (*read)(const struct bemu_seen *seen, uint64_t addr, void *dst, size_t len);
	uint32_t (*tag)(const struct bemu_seen *seen, uint64_t addr, struct bemu_origin *origin);
	uint32_t (*arg)(const struct bemu_seen *seen, struct bemu_origin *origin);
	const char *(*region)(const struct bemu_seen *seen, uint64_t addr, uint64_t *off);
};

/**
 * struct bemu_watch - a watcher
 * @begin, @end: 0, or a fault that the call ends with. An @end follows each @begin unless the call
 *               itself ended with a fault; EXIT has only an @end. May make calls of the same task,
 *               which are not told.
 * @answer: asked after @begin: true with the answer in *ret keeps the call from the kernel, which then
 *          does nothing; @end is told that answer. May be NULL. PRINTK and EXIT are not asked.
 */
struct bemu_watch {
	size_t size;
	int (*begin)(void *ctx, const struct bemu_seen *seen);
	int (*end)(void *ctx, struct bemu_seen *seen);
	bool (*answer)(void *ctx, const struct bemu_seen *seen, int64_t *ret);
	void *ctx;
};

/** bemu_task_watch() - @watch is borrowed until the next call; NULL ends it */
BEMU_API void bemu_task_watch(struct bemu_task *task, const struct bemu_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
