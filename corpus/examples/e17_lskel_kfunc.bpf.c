/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// light skeleton: kfuncs from a module and from vmlinux, repeated symbols, weak symbols
#include "mini.h"
extern int kf_vm(int v) KSYM;
extern int kf_m1a(int v) KSYM;
extern int kf_m1b(int v) KSYM;
extern int kf_gone(int v) KSYM WEAK;
extern const int vm_ctr KSYM;
extern const int v_gone KSYM WEAK;
extern const void typeless KSYM WEAK;
u64 out[4];
SEC("tc") int e17a(void *ctx)
{
	out[0] = (u64)h_this_cpu_ptr(&vm_ctr) + (u64)h_this_cpu_ptr(&vm_ctr);
	return kf_m1a(1) + kf_vm(2) + kf_m1a(3) + kf_m1b(4);
}
SEC("tc") int e17b(void *ctx)
{
	if (kf_gone)
		kf_gone(1);
	if (&v_gone)
		out[1] = 1;
	out[2] = (u64)&typeless;
	return 0;
}
