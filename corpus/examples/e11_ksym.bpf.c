/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// typed ksym variables: vmlinux per-cpu, module; kfunc address
#include "mini.h"
struct rec { u32 flags; } RELOC;
extern const int vm_ctr KSYM;
extern const struct rec vm_rec KSYM;
extern const int m1_var KSYM;
extern const int m2_var KSYM;
extern int kf_m1a(int v) KSYM;
u64 out[8];
SEC("raw_tp") int e11(void *ctx)
{
	out[0] = (u64)h_this_cpu_ptr(&vm_ctr);
	out[1] = (u64)h_this_cpu_ptr(&vm_rec);
	out[2] = (u64)h_this_cpu_ptr(&m1_var);
	out[3] = m2_var;
	out[4] = (u64)&kf_m1a;
	out[5] = (u64)h_this_cpu_ptr(&vm_ctr);
	return kf_m1a(1);
}
