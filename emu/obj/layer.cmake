# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(obj
  SOURCES emu/obj/btf.c emu/obj/data_maps.c emu/obj/elf.c emu/obj/errno.c emu/obj/externs.c
    emu/obj/fixup.c emu/obj/map_def.c emu/obj/maps.c emu/obj/object.c emu/obj/progs.c
    emu/obj/relocs.c emu/obj/sec_def.c emu/obj/sections.c emu/obj/slots.c emu/obj/sort.c
    emu/obj/struct_ops.c
  USES btf base
  LINKS PkgConfig::LIBELF)
