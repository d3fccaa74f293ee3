# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_scenario)
  bemu_add_unit(scn_race USES scenario)
endif()
if(TARGET bemu)
  add_test(NAME kernel_quirks COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel_quirks.sh $<TARGET_FILE:bemu>
    ${PROJECT_SOURCE_DIR}/corpus/scenario)
  set_tests_properties(kernel_quirks PROPERTIES LABELS scenario TIMEOUT 600)
endif()
