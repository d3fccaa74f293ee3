# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The real libbpf over the model. A release takes part when its libbpf.a is there: 1.1 is Debian 12's
# libbpf-dev, the others are what ci/fetch-libbpf.sh unpacks.
set(libbpf_dir ${CMAKE_CURRENT_SOURCE_DIR}/libbpf)
find_package(ZLIB)
if(NOT TARGET bemu_sys OR NOT TARGET bemu_load_obj OR NOT ZLIB_FOUND OR BEMU_SANITIZE OR BEMU_MSAN)
  return()
endif()

# The recorder alone, so that a trace does not need the whole loader.
add_library(libbpf_harness STATIC libbpf/shim.c libbpf/world.c
  ${PROJECT_SOURCE_DIR}/emu/load/record.c ${PROJECT_SOURCE_DIR}/emu/load/format.c)
target_link_libraries(libbpf_harness PUBLIC bemu_sys bemu_base PkgConfig::LIBELF ZLIB::ZLIB)

# libbpf_trace_1_1 and so on, over a copy of that libbpf.a whose outside names are the shim's
function(bemu_add_real_libbpf version archive include)
  string(REPLACE . _ id ${version})
  set(renamed ${CMAKE_CURRENT_BINARY_DIR}/libbpf-${version}.a)
  add_custom_command(OUTPUT ${renamed}
    COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${libbpf_dir}/rename.txt ${archive} ${renamed}
    DEPENDS ${archive} ${libbpf_dir}/rename.txt VERBATIM)
  add_custom_target(libbpf_archive_${id} DEPENDS ${renamed})
  add_library(libbpf_real_${id} STATIC libbpf/real.c)
  if(include)
    target_include_directories(libbpf_real_${id} SYSTEM BEFORE PRIVATE ${include})
  endif()
  target_link_libraries(libbpf_real_${id} PUBLIC ${renamed} libbpf_harness)
  add_dependencies(libbpf_real_${id} libbpf_archive_${id})
  add_executable(libbpf_trace_${id} libbpf/trace.c)
  target_link_libraries(libbpf_trace_${id} PRIVATE libbpf_real_${id})
  if(NOT TARGET bemu_obj)
    return()
  endif()
  add_executable(libbpf_compare_${id}
    libbpf/compare.c libbpf/diff.c libbpf/known.c libbpf/ours.c)
  target_compile_definitions(libbpf_compare_${id} PRIVATE LB_VERSION="${version}")
  if(include)
    target_include_directories(libbpf_compare_${id} SYSTEM BEFORE PRIVATE ${include})
  endif()
  target_link_libraries(libbpf_compare_${id} PRIVATE libbpf_real_${id} bemu_load)
  add_test(NAME libbpf_${id} COMMAND libbpf_compare_${id} ${PROJECT_SOURCE_DIR}/corpus)
  set_tests_properties(libbpf_${id} PROPERTIES LABELS unit TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()

find_library(BEMU_LIBBPF_1_1 libbpf.a)
if(BEMU_LIBBPF_1_1)
  bemu_add_real_libbpf(1.1 ${BEMU_LIBBPF_1_1} "")
endif()
foreach(version 1.5 1.7)
  file(GLOB archive ${PROJECT_SOURCE_DIR}/build/libbpf-${version}/usr/lib/*/libbpf.a)
  if(archive)
    bemu_add_real_libbpf(${version} ${archive} ${PROJECT_SOURCE_DIR}/build/libbpf-${version}/usr/include)
  endif()
endforeach()
