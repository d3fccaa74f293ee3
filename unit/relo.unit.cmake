# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(relo USES relo btf insn base)
bemu_add_unit(relo_hostile USES relo btf insn base)
bemu_add_unit(relo_record USES relo btf insn base)
bemu_add_unit(relo_rules USES relo btf insn base)
bemu_add_unit(relo_spec USES relo btf insn base)
bemu_add_unit(relo_value USES relo btf insn base)

# Beside the CO-RE functions of a static libbpf, by the rules of its release.
pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf)
find_library(LIBBPF_ARCHIVE libbpf.a)
if(LIBBPF_FOUND AND LIBBPF_ARCHIVE AND NOT BEMU_MSAN)
  set(libbpf_rules BEMU_CORE_LIBBPF_1_7)
  if(LIBBPF_VERSION VERSION_LESS 1.3)
    set(libbpf_rules BEMU_CORE_LIBBPF_1_1)
  elseif(LIBBPF_VERSION VERSION_LESS 1.6)
    set(libbpf_rules BEMU_CORE_LIBBPF_1_5)
  endif()
  foreach(tool diff_relo bench_relo)
    add_executable(${tool} ${tool}.c)
    target_link_libraries(${tool} PRIVATE bemu_relo bemu_btf bemu_insn bemu_base
      ${LIBBPF_ARCHIVE} elf z)
    target_compile_definitions(${tool} PRIVATE BEMU_LIBBPF_RULES=${libbpf_rules})
  endforeach()
  set_target_properties(bench_relo PROPERTIES EXCLUDE_FROM_ALL ON) # bench_relo RAW_BTF
  add_test(NAME relo.libbpf COMMAND diff_relo 1 300)
  set_tests_properties(relo.libbpf PROPERTIES LABELS libbpf TIMEOUT 600)
endif()
