/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * bemu: one emulated machine's BPF world in ordinary memory.
 *
 * A struct bemu is made, given kernel BTFs, sealed, and then asked by tasks (bemu/task.h). It holds
 * all state; nothing is global, so contexts in different threads do not meet.
 */
#ifndef BEMU_BEMU_H
#define BEMU_BEMU_H

#include <stddef.h>
#include <stdint.h>

#include <bemu/compiler.h>
#include <bemu/log.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bemu;

/**
 * struct bemu_allocator - where memory comes from
 * @alloc: returns @size bytes aligned for any type, or NULL; contents may be anything
 * @free:  takes back what @alloc returned; @size is the size that was asked for
 * @ctx:   handed to both
 *
 * A test hands in one that fails on the n-th call.
 */
struct bemu_allocator {
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *ptr, size_t size);
	void *ctx;
};

/**
 * struct bemu_limits - budgets; 0 means the default named beside the field
 * @max_memory:     bytes that one context may hold (1 GiB)
 * @max_types:      types in one BTF, as BTF_MAX_TYPE (0xfffff)
 * @max_insns:      instructions in one program (1000000)
 * @max_objects:    maps, programs, BTFs alive at once (1 << 20)
 * @max_fds:        numbers in one FD table, RLIMIT_NOFILE (1 << 20)
 * @max_steps:      general work budget of one call, in units of about one type or member (1 << 28)
 */
struct bemu_limits {
	size_t max_memory;
	uint32_t max_types;
	uint32_t max_insns;
	uint32_t max_objects;
	uint32_t max_fds;
	uint64_t max_steps;
};

/** enum bemu_kernel - the release whose behaviour is modelled; BEMU_KERNEL_DEFAULT is 6.18 */
enum bemu_kernel {
	BEMU_KERNEL_DEFAULT,
	BEMU_KERNEL_5_15,
	BEMU_KERNEL_6_1,
	BEMU_KERNEL_6_6,
	BEMU_KERNEL_6_12,
	BEMU_KERNEL_6_18,
};

/** enum bemu_libbpf - the library release that a loader replays; BEMU_LIBBPF_DEFAULT is 1.7 */
enum bemu_libbpf {
	BEMU_LIBBPF_DEFAULT,
	BEMU_LIBBPF_1_1,
	BEMU_LIBBPF_1_5,
	BEMU_LIBBPF_1_7,
	BEMU_LIBBPF_NEXT,
};

/**
 * struct bemu_opts - options of bemu_new(); all-zero means defaults
 * @size:   sizeof(struct bemu_opts)
 * @kernel: enum bemu_kernel
 * @alloc:  borrowed until bemu_free(); NULL is malloc(3)
 * @limits: budgets
 */
struct bemu_opts {
	size_t size;
	uint32_t kernel;
	uint32_t reserved;
	const struct bemu_allocator *alloc;
	struct bemu_limits limits;
};

/**
 * bemu_new() - make an empty world: no BTF, no task
 * @opts: borrowed; NULL means defaults
 * @out:  given to the caller, who ends it with bemu_free()
 *
 * Return: 0, -ENOMEM, or -EINVAL for an @opts->size or kernel that is not known.
 */
BEMU_API int bemu_new(const struct bemu_opts *opts, struct bemu **out) BEMU_MUST_CHECK;

/** bemu_free() - end a world with everything in it; NULL is allowed */
BEMU_API void bemu_free(struct bemu *em);

/** enum bemu_btf_flags - how BTF bytes are handed over */
enum bemu_btf_flags {
	/** the bytes stay valid and unchanged until bemu_free(), so no copy is made */
	BEMU_BTF_BORROW = 1u << 0,
	/**
	 * of vmlinux: refuse what the kernel's own verifier of BTF refuses. Without it only bounds, names and
	 * references are looked at, in less than half the time. Modules are always checked.
	 */
	BEMU_BTF_CHECK = 1u << 1,
};

/**
 * bemu_set_vmlinux() - the running kernel's own BTF, as /sys/kernel/btf/vmlinux shows it
 * @em:    the world; not yet sealed, no vmlinux BTF so far
 * @raw:   the bytes
 * @len:   their number
 * @flags: enum bemu_btf_flags
 *
 * The BTF gets id 1, as on a kernel after boot. Mirrors btf_parse_vmlinux(), kernel/bpf/btf.c, v6.18.
 *
 * Return: 0; -EINVAL, -E2BIG or -524 (the kernel's ENOTSUPP) when it is not acceptable, with the place in
 * the log; -EEXIST; -EBUSY after bemu_seal(); -ENOMEM; -EDQUOT.
 */
BEMU_API int bemu_set_vmlinux(struct bemu *em, const void *raw, size_t len,
			      unsigned int flags) BEMU_MUST_CHECK;

/**
 * bemu_add_module() - a loaded, live module with BTF split over vmlinux; ids follow the order of calls
 *
 * As bemu_set_vmlinux(); @name is copied, at most 55 characters. Mirrors btf_parse_module().
 * Return: as bemu_set_vmlinux(), and -ENOENT when there is no vmlinux BTF.
 */
BEMU_API int bemu_add_module(struct bemu *em, const char *name, const void *raw, size_t len,
			     unsigned int flags) BEMU_MUST_CHECK;

/**
 * bemu_set_kallsyms() - symbol table as /proc/kallsyms text: "address type name [module]" lines
 * @text: borrowed until bemu_free()
 *
 * Without it every FUNC and VAR that a BTF names has an invented address.
 * Return: 0, -EINVAL with the line in the log, -EBUSY after bemu_seal(), -ENOMEM.
 */
BEMU_API int bemu_set_kallsyms(struct bemu *em, const char *text, size_t len) BEMU_MUST_CHECK;

/**
 * bemu_set_kconfig() - what /proc/config.gz holds, uncompressed
 * @text: borrowed until bemu_free()
 * Return: 0, or -EBUSY after bemu_seal().
 */
BEMU_API int bemu_set_kconfig(struct bemu *em, const char *text, size_t len) BEMU_MUST_CHECK;

/**
 * bemu_file_add() - a file that open(2) of a backend finds
 * @path: copied
 * @data: borrowed until bemu_free()
 * Return: 0 or -ENOMEM. Allowed before and after bemu_seal(), and kept by bemu_reset().
 */
BEMU_API int bemu_file_add(struct bemu *em, const char *path, const void *data,
			   size_t len) BEMU_MUST_CHECK;

/**
 * bemu_seal() - what was set so far is the state that bemu_reset() returns to
 *
 * Return: 0, or -EALREADY.
 */
BEMU_API int bemu_seal(struct bemu *em) BEMU_MUST_CHECK;

/** bemu_reset() - forget every task and object made since bemu_seal(); IDs start again as after it */
BEMU_API void bemu_reset(struct bemu *em);

/** bemu_get_log() - the log of this world. Borrowed. */
BEMU_API const struct bemu_log *bemu_get_log(const struct bemu *em);

/** bemu_kernel_name() - "6.18.44" for BEMU_KERNEL_6_18; NULL for a value that is not known */
BEMU_API const char *bemu_kernel_name(uint32_t kernel);

#ifdef __cplusplus
}
#endif

#endif
