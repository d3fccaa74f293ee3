# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(skel SOURCES emu/skel/mem.c emu/skel/read.c emu/skel/run.c USES base)
