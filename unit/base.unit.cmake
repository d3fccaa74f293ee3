# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(base USES base)

# Damaged input, over the whole corpus; label long keeps it out of the default run.
if(TARGET bemu_load AND TARGET bemu_sys)
  add_executable(test_sweep test_sweep.c)
  target_link_libraries(test_sweep PRIVATE bemu_sys bemu_load)
  file(GLOB sweep_objects CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/corpus/obj/*.o
    ${PROJECT_SOURCE_DIR}/corpus/obj/hostile/*.o)
  file(GLOB sweep_btfs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/corpus/btf/*/vmlinux.btf)
  set(sweep_vmlinux ${PROJECT_SOURCE_DIR}/corpus/btf/mini/vmlinux.btf)
  foreach(part 0 1 2 3)	# so that two cores end at about the same time
    add_test(NAME sweep_obj_${part} COMMAND test_sweep obj ${part}/4 ${sweep_vmlinux} ${sweep_objects})
    set_tests_properties(sweep_obj_${part} PROPERTIES LABELS long TIMEOUT 600)
  endforeach()
  add_test(NAME sweep_btf COMMAND test_sweep btf 0/1 ${sweep_vmlinux} ${sweep_btfs})
  set_tests_properties(sweep_btf PROPERTIES LABELS long TIMEOUT 600)
endif()
bemu_add_unit(vm USES vm base)
bemu_add_unit(ledger USES audit base)
