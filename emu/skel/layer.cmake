# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(skel
  SOURCES emu/skel/blob.c emu/skel/blob_limits.c emu/skel/gen.c emu/skel/gen_blob.c emu/skel/gen_emit.c
    emu/skel/gen_ksym.c
    emu/skel/gen_map.c emu/skel/gen_prog.c emu/skel/gen_slot.c
    emu/skel/inject.c emu/skel/mem.c emu/skel/read.c emu/skel/run.c emu/skel/tamper.c
  USES load obj relo insn btf base)
