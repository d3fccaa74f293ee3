# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(base USES base)

# Damaged input, over the whole corpus; label long keeps it out of the default run.
if(TARGET bemu_load AND TARGET bemu_sys)
  add_executable(test_sweep test_sweep.c)
  target_link_libraries(test_sweep PRIVATE bemu_sys bemu_load)
  file(GLOB sweep_objects CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/corpus/obj/*.o)
  file(GLOB sweep_btfs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/corpus/btf/*/vmlinux.btf)
  set(sweep_vmlinux ${PROJECT_SOURCE_DIR}/corpus/btf/mini/vmlinux.btf)
  add_test(NAME sweep_obj COMMAND test_sweep obj ${sweep_vmlinux} ${sweep_objects})
  add_test(NAME sweep_btf COMMAND test_sweep btf ${sweep_vmlinux} ${sweep_btfs})
  set_tests_properties(sweep_obj sweep_btf PROPERTIES LABELS long TIMEOUT 900)
endif()
bemu_add_unit(vm USES vm base)
bemu_add_unit(ledger USES audit base)
