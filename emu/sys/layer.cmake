# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(sys
  SOURCES emu/sys/attr.c emu/sys/backend.c emu/sys/cmd_btf.c emu/sys/cmd_id.c emu/sys/cmd_info.c
    emu/sys/cmd_link.c emu/sys/cmd_map.c emu/sys/cmd_pin.c emu/sys/cmd_prog.c emu/sys/fd.c
    emu/sys/kbtf_check.c emu/sys/klog.c emu/sys/prog_relo.c emu/sys/world.c
  USES model btf base)
