/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: weak typed kernel variables: one found, two missing
 * Compile: clang-14 -O2 -g
 * Expect: mini ok
 */
#include "bemu_bpf.h"

extern const int cpu_number __ksym __weak;
extern const int no_such_variable __ksym __weak;
extern const struct nobody_knows no_such_struct __ksym __weak;

SEC("raw_tp/mini_event")
int ksym_weak(u64 *ctx)
{
	u64 found = 0;

	if (&cpu_number)
		found |= 1;
	if (&no_such_variable)
		found |= 2;
	if (&no_such_struct)
		found |= 4;
	return found;
}

LICENSE("GPL");
