# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(btf
  SOURCES emu/btf/access.c emu/btf/dump.c emu/btf/dump_c.c emu/btf/encode.c emu/btf/ext.c
    emu/btf/names.c emu/btf/names_c.c emu/btf/parse.c emu/btf/print_c.c
  USES base)
