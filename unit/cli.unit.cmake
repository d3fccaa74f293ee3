# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The command from outside: golden output, schemas of its JSON, README.
if(TARGET bemu)
  add_test(NAME cli COMMAND ${PROJECT_SOURCE_DIR}/unit/cli/run.sh $<TARGET_FILE:bemu>)
  add_test(NAME readme COMMAND ${PROJECT_SOURCE_DIR}/ci/readme-check.sh $<TARGET_FILE:bemu>)
  set_tests_properties(cli readme PROPERTIES LABELS cli TIMEOUT 600)
  set_tests_properties(cli PROPERTIES COST 90)
  add_test(NAME sweep COMMAND ${PROJECT_SOURCE_DIR}/unit/cli/sweep.sh $<TARGET_FILE:bemu>)
  set_tests_properties(sweep PROPERTIES LABELS cli TIMEOUT 600 COST 70)
  # judged by the running kernel, where it lets us
  add_test(NAME export COMMAND ${PROJECT_SOURCE_DIR}/unit/cli/export.sh $<TARGET_FILE:bemu> ${CMAKE_C_COMPILER})
  set_tests_properties(export PROPERTIES LABELS cli TIMEOUT 600 SKIP_RETURN_CODE 77)
  add_executable(test_json_schema test_json_schema.c)
  target_link_libraries(test_json_schema PRIVATE PkgConfig::JANSSON)
  add_test(NAME json_schema COMMAND ${PROJECT_SOURCE_DIR}/unit/cli/schema.sh $<TARGET_FILE:bemu>
    $<TARGET_FILE:test_json_schema>)
  set_tests_properties(json_schema PROPERTIES LABELS "cli;unsanitized" TIMEOUT 600 COST 60)
endif()
