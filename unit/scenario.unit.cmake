# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_scenario)
  bemu_add_unit(scenario USES scenario)
  bemu_add_unit(scn_asm USES scenario)
  bemu_add_unit(replay USES scenario)
  set_tests_properties(replay PROPERTIES LABELS scenario)
endif()
if(TARGET bemu)
  add_test(NAME scenario_names COMMAND ${PROJECT_SOURCE_DIR}/ci/check-scenarios.sh $<TARGET_FILE:bemu>)
  # judged by the running kernel, where it lets us
  add_test(NAME scenario_host COMMAND ${PROJECT_SOURCE_DIR}/ci/host.sh $<TARGET_FILE:bemu>)
  set_tests_properties(scenario_names scenario_host PROPERTIES LABELS scenario TIMEOUT 120)
  set_tests_properties(scenario_host PROPERTIES SKIP_RETURN_CODE 77)
endif()
