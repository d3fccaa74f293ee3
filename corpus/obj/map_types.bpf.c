/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: one map of each of twenty further types; for some of them libraries leave key and
 *         value types out of the creation
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct trace {
	u64 ip[8];
};

struct {
	MAP_NUM(type, MAP_PERCPU_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} percpu_hash SEC(".maps");

struct {
	MAP_NUM(type, MAP_PERCPU_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} percpu_array SEC(".maps");

struct {
	MAP_NUM(type, MAP_LRU_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} lru_hash SEC(".maps");

struct {
	MAP_NUM(type, MAP_LRU_PERCPU_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} lru_percpu_hash SEC(".maps");

struct {
	MAP_NUM(type, MAP_LPM_TRIE);
	MAP_TYPE(key, u64);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
	MAP_NUM(map_flags, F_NO_PREALLOC);
} lpm_trie SEC(".maps");

struct {
	MAP_NUM(type, MAP_STACK_TRACE);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, struct trace);
	MAP_NUM(max_entries, 10);
} stack_trace SEC(".maps");

struct {
	MAP_NUM(type, MAP_QUEUE);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} queue SEC(".maps");

struct {
	MAP_NUM(type, MAP_STACK);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 10);
} stack SEC(".maps");

struct {
	MAP_NUM(type, MAP_CGROUP_ARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} cgroup_array SEC(".maps");

struct {
	MAP_NUM(type, MAP_DEVMAP);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} devmap SEC(".maps");

struct {
	MAP_NUM(type, MAP_DEVMAP_HASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} devmap_hash SEC(".maps");

struct {
	MAP_NUM(type, MAP_CPUMAP);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} cpumap SEC(".maps");

struct {
	MAP_NUM(type, MAP_XSKMAP);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} xskmap SEC(".maps");

struct {
	MAP_NUM(type, MAP_SOCKMAP);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u32);
	MAP_NUM(max_entries, 4);
} sockmap SEC(".maps");

struct {
	MAP_NUM(type, MAP_SOCKHASH);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 4);
} sockhash SEC(".maps");

struct {
	MAP_NUM(type, MAP_REUSEPORT_SOCKARRAY);
	MAP_TYPE(key, u32);
	MAP_TYPE(value, u64);
	MAP_NUM(max_entries, 4);
} reuseport_sockarray SEC(".maps");

struct {
	MAP_NUM(type, MAP_SK_STORAGE);
	MAP_TYPE(key, int);
	MAP_TYPE(value, u64);
	MAP_NUM(map_flags, F_NO_PREALLOC);
} sk_storage SEC(".maps");

struct {
	MAP_NUM(type, MAP_TASK_STORAGE);
	MAP_TYPE(key, int);
	MAP_TYPE(value, u64);
	MAP_NUM(map_flags, F_NO_PREALLOC);
} task_storage SEC(".maps");

struct {
	MAP_NUM(type, MAP_INODE_STORAGE);
	MAP_TYPE(key, int);
	MAP_TYPE(value, u64);
	MAP_NUM(map_flags, F_NO_PREALLOC);
} inode_storage SEC(".maps");

struct {
	MAP_NUM(type, MAP_CGRP_STORAGE);
	MAP_TYPE(key, int);
	MAP_TYPE(value, u64);
	MAP_NUM(map_flags, F_NO_PREALLOC);
} cgrp_storage SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	USE(&lru_hash);
	USE(&lpm_trie);
	USE(&sockhash);
	USE(&queue);
	return 0;
}

LICENSE("GPL");
