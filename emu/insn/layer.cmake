# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(insn SOURCES emu/insn/disasm.c emu/insn/helpers.c emu/insn/insn.c USES base)
