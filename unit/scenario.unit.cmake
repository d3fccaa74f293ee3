# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_scenario)
  bemu_add_unit(scenario USES scenario)
  bemu_add_unit(scn_asm USES scenario)
  bemu_add_unit(scn_run USES scenario)
  bemu_add_unit(artefact USES scenario)
  bemu_add_unit(reduce USES scenario)
  bemu_add_unit(replay USES scenario)
  bemu_add_unit(quirk_files USES scenario)
  if(TARGET bemu_host)
    bemu_add_unit(scn_host USES scenario host)
  endif()
  set_tests_properties(replay quirk_files PROPERTIES LABELS scenario)
endif()
if(TARGET bemu)
  add_test(NAME scenario_names COMMAND ${PROJECT_SOURCE_DIR}/ci/check-scenarios.sh $<TARGET_FILE:bemu>)
  add_test(NAME scenario_no_quirks COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/no_quirks.sh $<TARGET_FILE:bemu>
    ${PROJECT_SOURCE_DIR}/corpus/scenario)
  set_tests_properties(scenario_no_quirks PROPERTIES LABELS "scenario;unsanitized" TIMEOUT 600)
  add_test(NAME scenario_quirk_loads COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/quirk_loads.sh $<TARGET_FILE:bemu>
    ${PROJECT_SOURCE_DIR}/corpus)
  set_tests_properties(scenario_quirk_loads PROPERTIES LABELS scenario TIMEOUT 600)
  # judged by the running kernel, where it lets us
  add_test(NAME scenario_host COMMAND ${PROJECT_SOURCE_DIR}/ci/host.sh $<TARGET_FILE:bemu>)
  set_tests_properties(scenario_names PROPERTIES LABELS "scenario;unsanitized" TIMEOUT 600)
  set_tests_properties(scenario_host PROPERTIES LABELS "scenario;unsanitized" TIMEOUT 600)
  set_tests_properties(scenario_host PROPERTIES SKIP_RETURN_CODE 77 COST 100) # it begins first
endif()
