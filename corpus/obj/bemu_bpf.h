/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * All that the corpus sources need: integer types, section and linkage attributes, names for the
 * compiler's CO-RE builtins, the few helpers and map types that are used. No system header.
 */
#ifndef BEMU_BPF_H
#define BEMU_BPF_H

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef _Bool bool;

/* ---- placement and linkage ---- */
#define SEC(name)   __attribute__((section(name), used))
#define LICENSE(s)  const char bemu_license[] SEC("license") = s
#define __ksym	    __attribute__((section(".ksyms")))
#define __kconfig   __attribute__((section(".kconfig")))
#define __weak	    __attribute__((weak))
#define __hidden    __attribute__((visibility("hidden")))
#define __internal  __attribute__((visibility("internal")))
#define __noinline  __attribute__((noinline))
#define __inline    inline __attribute__((always_inline))
#define __tag(text) __attribute__((btf_decl_tag(text)))

/* Records of this type are relocatable: every access to a member becomes a CO-RE relocation. */
#define CORE __attribute__((preserve_access_index))

/* ---- CO-RE: one macro a relocation kind, in the order of their numbers ---- */
#define core_off(field)		__builtin_preserve_field_info(field, 0)
#define core_size(field)	__builtin_preserve_field_info(field, 1)
#define core_field(field)	__builtin_preserve_field_info(field, 2)
#define core_signed(field)	__builtin_preserve_field_info(field, 3)
#define core_lshift(field)	__builtin_preserve_field_info(field, 4)
#define core_rshift(field)	__builtin_preserve_field_info(field, 5)
#define core_local_id(type)	__builtin_btf_type_id(*(type *)0, 0)
#define core_target_id(type)	__builtin_btf_type_id(*(type *)0, 1)
#define core_type(type)		__builtin_preserve_type_info(*(type *)0, 0)
#define core_type_size(type)	__builtin_preserve_type_info(*(type *)0, 1)
#define core_enum(type, name)	__builtin_preserve_enum_value(*(type *)name, 0)
#define core_enum_value(type, name) __builtin_preserve_enum_value(*(type *)name, 1)
#define core_type_match(type)	__builtin_preserve_type_info(*(type *)0, 2)

/* ---- members of a BTF-defined map: numbers and types hide in the types of unused pointers ---- */
#define MAP_NUM(name, val)  int (*name)[val]
#define MAP_TYPE(name, typ) typ *name
#define MAP_VALUES(typ)	    typ *values[]

enum {
	MAP_HASH = 1,
	MAP_ARRAY = 2,
	MAP_PROG_ARRAY = 3,
	MAP_PERF_EVENT_ARRAY = 4,
	MAP_PERCPU_HASH = 5,
	MAP_PERCPU_ARRAY = 6,
	MAP_STACK_TRACE = 7,
	MAP_CGROUP_ARRAY = 8,
	MAP_LRU_HASH = 9,
	MAP_LRU_PERCPU_HASH = 10,
	MAP_LPM_TRIE = 11,
	MAP_ARRAY_OF_MAPS = 12,
	MAP_HASH_OF_MAPS = 13,
	MAP_DEVMAP = 14,
	MAP_SOCKMAP = 15,
	MAP_CPUMAP = 16,
	MAP_XSKMAP = 17,
	MAP_SOCKHASH = 18,
	MAP_REUSEPORT_SOCKARRAY = 20,
	MAP_QUEUE = 22,
	MAP_STACK = 23,
	MAP_SK_STORAGE = 24,
	MAP_DEVMAP_HASH = 25,
	MAP_STRUCT_OPS = 26,
	MAP_RINGBUF = 27,
	MAP_INODE_STORAGE = 28,
	MAP_TASK_STORAGE = 29,
	MAP_BLOOM_FILTER = 30,
	MAP_USER_RINGBUF = 31,
	MAP_CGRP_STORAGE = 32,
	MAP_ARENA = 33,
};

enum {
	F_NO_PREALLOC = 1,
	F_NUMA_NODE = 4,
	F_RDONLY_PROG = 0x80,
	F_MMAPABLE = 0x400,
	F_INNER_MAP = 0x1000,
};

/* ---- helpers, by their number ---- */
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value,
				   u64 flags) = (void *)2;
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static u64 (*bpf_get_current_task)(void) = (void *)35;
static long (*bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static long (*bpf_probe_read_kernel_str)(void *dst, u32 size, const void *src) = (void *)115;
static void *(*bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*bpf_ringbuf_submit)(void *data, u64 flags) = (void *)132;
static void *(*bpf_per_cpu_ptr)(const void *var, u32 cpu) = (void *)153;
static void *(*bpf_this_cpu_ptr)(const void *var) = (void *)154;
static long (*bpf_for_each_map_elem)(void *map, void *fn, void *ctx, u64 flags) = (void *)164;
static long (*bpf_loop)(u32 nr, void *fn, void *ctx, u64 flags) = (void *)181;

/* Keeps a value alive without giving it a meaning. */
#define USE(x) asm volatile("" : : "r"((u64)(x)) : "memory")

#endif
