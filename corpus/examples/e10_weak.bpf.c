/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// weak, unresolved kfunc / variables; kfunc flavor; incompatible weak prototype
#include "mini.h"
extern int kf_missing(int v) KSYM WEAK;
extern int kf_vm2___flavored(int v) KSYM WEAK;
extern long kf_vm(void *v, int x) KSYM WEAK;	/* wrong number of arguments */
extern const int v_missing KSYM WEAK;
extern const void v_typeless_missing KSYM WEAK;
u64 out[4];
SEC("tc") int e10(void *ctx)
{
	if (kf_missing)
		out[0] = kf_missing(1);		/* poisoned call */
	if (&v_missing)
		out[1] = v_missing;
	out[2] = (u64)&v_typeless_missing;
	out[3] = kf_vm2___flavored(3);
	if (kf_vm)
		kf_vm(ctx, 1);			/* poisoned call */
	return 0;
}
