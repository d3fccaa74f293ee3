/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#ifndef BEMU_UNIT_BENCH_VM_H
#define BEMU_UNIT_BENCH_VM_H

/** bench_vm() - row "vm": an instruction in ns, of the interpreter and of a plain switch loop */
void bench_vm(void);

#endif
