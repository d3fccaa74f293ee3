# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(load
  SOURCES emu/load/attach.c emu/load/bpf.c emu/load/calls.c emu/load/context_tags.c emu/load/core.c emu/load/externs.c
    emu/load/features.c emu/load/format.c emu/load/func_info.c emu/load/jump_tables.c emu/load/kconfig.c
    emu/load/kernel_btf.c emu/load/load.c emu/load/maps.c emu/load/names.c emu/load/module_btf.c emu/load/object_btf.c
    emu/load/pin.c emu/load/probe_btf.c emu/load/progs.c emu/load/record.c emu/load/relocate.c emu/load/resize.c emu/load/struct_ops.c
    emu/load/token.c
  USES obj relo insn btf base)
