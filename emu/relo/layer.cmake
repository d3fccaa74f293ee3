# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(relo
  SOURCES emu/relo/calc.c emu/relo/cands.c emu/relo/compat.c emu/relo/match.c emu/relo/patch.c
    emu/relo/record.c emu/relo/spec.c emu/relo/value.c
  USES btf insn base)
