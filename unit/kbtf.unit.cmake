# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# BTF_LOAD: rules and log of the model, and beside them the running kernel where that may be asked.
bemu_add_unit(kbtf USES sys vm model btf base)
bemu_add_unit(kbtf_own USES sys vm model btf base)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(test_kbtf_host test_kbtf_host.c)
  target_link_libraries(test_kbtf_host PRIVATE bemu_sys bemu_vm bemu_model bemu_btf bemu_base)
  add_test(NAME kbtf_host COMMAND test_kbtf_host)
  set_tests_properties(kbtf_host PROPERTIES LABELS "unit;unsanitized" SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
# not a test: bench_kbtf RAW_BTF
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(bench_kbtf EXCLUDE_FROM_ALL bench_kbtf.c)
  target_link_libraries(bench_kbtf PRIVATE bemu_sys bemu_vm bemu_model bemu_btf bemu_base)
endif()
