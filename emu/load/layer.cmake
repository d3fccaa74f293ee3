# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(load
  SOURCES emu/load/format.c emu/load/record.c
  USES obj relo insn btf base)
