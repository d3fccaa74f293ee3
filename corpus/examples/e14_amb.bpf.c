/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
// two candidates: agreeing field accepted, disagreeing field refused
#include "mini.h"
struct amb { u32 p; u32 q; } RELOC;
u64 out[2];
SEC("socket") int e14_ok(struct amb *a) { out[0] = a->p; return 0; }
SEC("?socket") int e14_bad(struct amb *a) { out[0] = a->q; return 0; }
