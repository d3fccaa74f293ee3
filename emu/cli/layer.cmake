# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The command. Only it knows JSON and SHA-256, each wrapped by one file: json.c and hash.c.
foreach(layer btf insn relo obj model vm sys load skel audit scenario)
  if(NOT TARGET bemu_${layer}_obj)	# the msan preset builds no ELF reader
    return()
  endif()
endforeach()
pkg_check_modules(JANSSON IMPORTED_TARGET jansson)
pkg_check_modules(NETTLE IMPORTED_TARGET nettle)
if(NOT JANSSON_FOUND OR NOT NETTLE_FOUND)
  message(WARNING "jansson or nettle was not found: the bemu command is not built")
  return()
endif()

add_executable(bemu
  emu/cli/main.c emu/cli/load.c emu/cli/btf.c emu/cli/list.c
  emu/cli/answer.c emu/cli/doubts.c emu/cli/dump.c emu/cli/fds.c emu/cli/file.c emu/cli/finding.c emu/cli/gen.c
  emu/cli/gen_args.c emu/cli/gen_header.c emu/cli/gen_scenario.c emu/cli/layout.c emu/cli/layout_compare.c emu/cli/layout_json.c emu/cli/layout_svg.c
  emu/cli/layout_text.c emu/cli/hash.c emu/cli/json.c
  emu/cli/junit.c emu/cli/kernel.c emu/cli/matrix.c emu/cli/name.c emu/cli/option.c emu/cli/output.c
  emu/cli/quirk.c emu/cli/records.c emu/cli/replay.c emu/cli/reduce.c emu/cli/export.c emu/cli/report.c emu/cli/run.c emu/cli/skel.c emu/cli/skel_calls.c emu/cli/sweep.c emu/cli/skel_records.c emu/cli/skel_run.c)
target_compile_definitions(bemu PRIVATE _GNU_SOURCE)
target_link_libraries(bemu PRIVATE bemu_static bemu_options PkgConfig::LIBELF PkgConfig::JANSSON
  PkgConfig::NETTLE)
