# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(vm SOURCES emu/vm/decode.c emu/vm/mem.c emu/vm/prov.c emu/vm/run.c USES insn base)
