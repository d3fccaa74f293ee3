# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(load
  SOURCES emu/load/bpf.c emu/load/externs.c emu/load/features.c emu/load/format.c emu/load/kconfig.c
    emu/load/kernel_btf.c emu/load/object_btf.c emu/load/record.c emu/load/struct_ops.c
  USES obj relo insn btf base)
