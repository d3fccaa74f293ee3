# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_scenario)
  bemu_add_unit(scenario USES scenario)
  bemu_add_unit(scn_asm USES scenario)
  bemu_add_unit(replay USES scenario)
  set_tests_properties(replay PROPERTIES LABELS scenario)
endif()
