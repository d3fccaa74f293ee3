# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Where the generator puts things: the map of its blob, the layouts of fd_array.
if(TARGET bemu_skel AND TARGET bemu_sys)
  bemu_add_unit(blob_map USES skel load sys vm obj relo insn model btf base
    LINKS PkgConfig::LIBELF SOURCES loader_scan.c)
  bemu_add_unit(layout_run USES skel load sys vm obj relo insn model btf base LINKS PkgConfig::LIBELF)
endif()
if(TARGET bemu_skel)
  bemu_add_unit(layout USES skel load obj relo insn btf base LINKS PkgConfig::LIBELF)
endif()
if(TARGET bemu)
  add_test(NAME gen_user COMMAND ${PROJECT_SOURCE_DIR}/ci/check-lskel-user.sh $<TARGET_FILE:bemu>)
  set_tests_properties(gen_user PROPERTIES LABELS cli TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
