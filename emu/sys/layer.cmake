# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(sys
  SOURCES emu/sys/attr.c emu/sys/backend.c emu/sys/bpffs.c emu/sys/cmd_btf.c emu/sys/cmd_id.c emu/sys/cmd_info.c
    emu/sys/cmd_link.c emu/sys/cmd_map.c emu/sys/cmd_pin.c emu/sys/cmd_prog.c emu/sys/fd.c emu/sys/life.c emu/sys/map_check.c emu/sys/module.c emu/sys/module_base.c emu/sys/task.c
    emu/sys/kbtf_check.c emu/sys/kbtf_field.c emu/sys/kbtf_log.c
    emu/sys/kbtf_member.c emu/sys/kbtf_meta.c emu/sys/kbtf_resolve.c emu/sys/klog.c emu/sys/watch.c emu/sys/world.c
    emu/sys/btf_show.c emu/sys/btf_show_text.c emu/sys/cmd_run.c emu/sys/design.c emu/sys/helper_btf.c emu/sys/helpers.c emu/sys/run_ctx.c emu/sys/run_mem.c
    emu/sys/prog_attach.c emu/sys/prog_cands.c emu/sys/prog_cfg.c emu/sys/prog_core.c emu/sys/prog_global.c emu/sys/prog_info.c emu/sys/prog_insn.c emu/sys/prog_maps.c
    emu/sys/prog_reach.c emu/sys/prog_refuse.c emu/sys/prog_relo.c emu/sys/prog_subprog.c emu/sys/prog_tag.c
    emu/sys/prog_value.c
  USES model vm relo btf insn base)
