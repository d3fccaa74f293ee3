/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// kfunc calls: vmlinux, two modules, same module twice
#include "mini.h"
extern int kf_vm(int v) KSYM;
extern int kf_m1a(int v) KSYM;
extern int kf_m1b(int v) KSYM;
extern int kf_m2(int v) KSYM;
SEC("tc") int e09a(void *ctx) { return kf_vm(1) + kf_m1a(2) + kf_m1b(3) + kf_m2(4) + kf_m1a(5); }
SEC("tc") int e09b(void *ctx) { return kf_m2(7); }
