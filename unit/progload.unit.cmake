# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# PROG_LOAD: rules and log of the model, and beside them the running kernel where that may be asked.
bemu_add_unit(progload USES sys)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(test_progload_host test_progload_host.c)
  target_link_libraries(test_progload_host PRIVATE bemu_sys)
  add_test(NAME progload_host COMMAND test_progload_host)
  set_tests_properties(progload_host PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
