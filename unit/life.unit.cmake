# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Tasks, names in bpffs, who holds what, modules.
bemu_add_unit(task USES sys model btf base)
bemu_add_unit(pin USES sys model btf base)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(test_pin_host test_pin_host.c)
  target_link_libraries(test_pin_host PRIVATE bemu_options)
  add_test(NAME pin_host COMMAND test_pin_host)
  set_tests_properties(pin_host PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
bemu_add_unit(refs USES audit sys model btf base)
bemu_add_unit(module_find USES sys vm model relo btf insn base)
bemu_add_unit(fd USES sys model btf base)
bemu_add_unit(life USES sys model btf base)
bemu_add_unit(entry_rows USES sys model btf base)
bemu_add_unit(info_rows USES sys model btf base)
bemu_add_unit(module USES sys model btf base)
bemu_add_unit(module_rows USES sys vm model btf base)
bemu_add_unit(yield USES audit sys model btf base)
# not a test: what grows with what is open, and what a reset costs
add_executable(bench_life EXCLUDE_FROM_ALL bench_life.c)
target_link_libraries(bench_life PRIVATE bemu_audit bemu_sys bemu_vm bemu_model bemu_btf bemu_base)
# every measured row has a test, and one that has none is told of
add_test(NAME rows COMMAND ${PROJECT_SOURCE_DIR}/ci/check-rows.sh)
add_test(NAME rows_without_a_test COMMAND sh -c
  "printf '6.18/E01\\tunit/test_entry_rows.c\\tno such test\\n' | ${PROJECT_SOURCE_DIR}/ci/check-rows.sh /dev/stdin")
set_tests_properties(rows rows_without_a_test PROPERTIES LABELS unit)
set_tests_properties(rows_without_a_test PROPERTIES PASS_REGULAR_EXPRESSION "has no test no such test")
