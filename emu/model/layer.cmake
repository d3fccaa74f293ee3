# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(model
  SOURCES emu/model/check.c emu/model/defer.c emu/model/fdtab.c emu/model/idr.c emu/model/kbtf.c emu/model/ksym.c emu/model/map.c
    emu/model/model.c emu/model/module.c emu/model/pin.c emu/model/profile.c emu/model/prog.c emu/model/task.c
  USES btf base)
