# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(btf_show USES sys vm model btf base)
# The rows, and every type that it has, on the running kernel, where it lets us.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_test(NAME btf_show_host COMMAND test_btf_show --host)
  set_tests_properties(btf_show_host PROPERTIES LABELS host SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
bemu_add_unit(constants USES audit model btf base)
if(TARGET bemu_scenario)
  bemu_add_unit(type_id USES scenario load)
endif()
