/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: ring buffers whose size is not a power of two of pages: 1, 4095, 5000, 12288, 100000,
 *         beside some that are
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 1);
} one_byte SEC(".maps");

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 4095);
} below_page SEC(".maps");

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 4096);
} page SEC(".maps");

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 5000);
} above_page SEC(".maps");

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 12288);
} three_pages SEC(".maps");

struct {
	MAP_NUM(type, MAP_RINGBUF);
	MAP_NUM(max_entries, 262144);
} fine SEC(".maps");

struct {
	MAP_NUM(type, MAP_USER_RINGBUF);
	MAP_NUM(max_entries, 100000);
} user SEC(".maps");

SEC("raw_tp/mini_event")
int prog(u64 *ctx)
{
	void *rec = bpf_ringbuf_reserve(&above_page, 8, 0);

	if (rec)
		bpf_ringbuf_submit(rec, 0);
	USE(&one_byte);
	return 0;
}

LICENSE("GPL");
