# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(sys USES sys model btf base)
# MAP_CREATE and PROG_LOAD, errno by errno, beside the running kernel where that may be asked.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(test_sys_host test_sys_host.c)
  target_link_libraries(test_sys_host PRIVATE bemu_sys bemu_vm bemu_model bemu_btf bemu_base)
  add_test(NAME sys_host COMMAND test_sys_host)
  set_tests_properties(sys_host PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
