# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(scenario
  SOURCES emu/scenario/answer.c emu/scenario/args.c emu/scenario/asm.c emu/scenario/btf.c emu/scenario/builtin.c emu/scenario/call.c emu/scenario/artefact.c emu/scenario/calls.c emu/scenario/calls_text.c emu/scenario/export_c.c
    emu/scenario/generate.c emu/scenario/host.c
    emu/scenario/lex.c emu/scenario/object.c emu/scenario/parse.c emu/scenario/print.c emu/scenario/reduce.c emu/scenario/reduce_bytes.c emu/scenario/race.c emu/scenario/run.c
    emu/scenario/step_files.c emu/scenario/step_map.c emu/scenario/step_module.c emu/scenario/step_obj.c emu/scenario/step_prog.c
    emu/scenario/step_skel.c emu/scenario/step_task.c emu/scenario/trace.c emu/scenario/types.c
    emu/scenario/claims.c
    emu/scenario/object_open.c emu/scenario/step_load.c emu/scenario/skel_run.c
  USES audit skel load sys vm model obj relo insn btf base)
