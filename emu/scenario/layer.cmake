# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(scenario SOURCES emu/scenario/asm.c emu/scenario/lex.c emu/scenario/parse.c emu/scenario/print.c emu/scenario/types.c
  USES audit skel load sys vm model obj relo insn btf base)
