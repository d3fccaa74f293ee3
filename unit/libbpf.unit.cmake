# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The real libbpf over the model. A release takes part when its libbpf.a is there: 1.1 is Debian 12's
# libbpf-dev, the others are what ci/fetch-libbpf.sh unpacks.
set(libbpf_dir ${CMAKE_CURRENT_SOURCE_DIR}/libbpf)
find_package(ZLIB)
if(NOT TARGET bemu_sys OR NOT TARGET bemu_load OR NOT TARGET bemu_skel OR NOT ZLIB_FOUND OR BEMU_SANITIZE OR BEMU_MSAN)
  return()
endif()

add_library(libbpf_harness STATIC
  libbpf/shim.c libbpf/world.c libbpf/ours.c libbpf/diff.c libbpf/known.c)
target_link_libraries(libbpf_harness PUBLIC bemu_skel bemu_load bemu_sys PkgConfig::LIBELF ZLIB::ZLIB)

# libbpf_trace_1_1, libbpf_compare_1_1: over a copy of that libbpf.a whose outside names are the shim's
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
  add_executable(libbpf_compare_${id} libbpf/compare.c)
  target_compile_definitions(libbpf_compare_${id} PRIVATE LB_VERSION="${version}")
  if(include)
    target_include_directories(libbpf_compare_${id} SYSTEM BEFORE PRIVATE ${include})
  endif()
  target_link_libraries(libbpf_compare_${id} PRIVATE libbpf_real_${id})
  add_test(NAME libbpf_${id} COMMAND libbpf_compare_${id} ${PROJECT_SOURCE_DIR}/corpus)
  add_test(NAME gen_${id}
    COMMAND libbpf_compare_${id} -G -k 6.18 ${PROJECT_SOURCE_DIR}/corpus)
  # the installed release is in every run, the fetched ones in ci/libraries.sh
  set(label library)
  if(version STREQUAL 1.1)
    set(label unit)
  endif()
  set_tests_properties(libbpf_${id} gen_${id} PROPERTIES LABELS ${label} TIMEOUT 600 COST 80
    SKIP_RETURN_CODE 77)
endfunction()

# What only one release can do: loaders with the hash of their blob.
function(bemu_add_libbpf_hash id)
  if(TARGET libbpf_compare_${id})
    add_test(NAME gen_hash_${id}
      COMMAND libbpf_compare_${id} -H -k 6.18 ${PROJECT_SOURCE_DIR}/corpus)
    set_tests_properties(gen_hash_${id} PROPERTIES LABELS library TIMEOUT 600 SKIP_RETURN_CODE 77)
  endif()
endfunction()

# The tag "arg:ctx" is replaced by types since 1.4, for kernels that do not know it.
function(bemu_add_libbpf_tags id)
  if(TARGET libbpf_compare_${id})
    add_test(NAME libbpf_tags_${id}
      COMMAND libbpf_compare_${id} -T -o sub_arg_ctx.* ${PROJECT_SOURCE_DIR}/corpus)
    set_tests_properties(libbpf_tags_${id} PROPERTIES LABELS library TIMEOUT 600 SKIP_RETURN_CODE 77)
  endif()
endfunction()

# A release that is not here is a test that says so and is skipped.
function(bemu_add_libbpf version archive include)
  if(archive)
    bemu_add_real_libbpf(${version} ${archive} "${include}")
    return()
  endif()
  string(REPLACE . _ id ${version})
  foreach(name libbpf_${id} gen_${id})
    add_test(NAME ${name} COMMAND sh -c "echo 'no libbpf ${version} here: ci/fetch-libbpf.sh ${version}'; exit 77")
    set_tests_properties(${name} PROPERTIES LABELS library SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

find_library(BEMU_LIBBPF_1_1 libbpf.a)
bemu_add_libbpf(1.1 "${BEMU_LIBBPF_1_1}" "")
foreach(version 1.5 1.7)
  set(unpacked ${PROJECT_SOURCE_DIR}/build/libbpf-${version}/usr)
  file(GLOB archive CONFIGURE_DEPENDS ${unpacked}/lib/*/libbpf.a)
  bemu_add_libbpf(${version} "${archive}" ${unpacked}/include)
endforeach()
bemu_add_libbpf_hash(1_7)
bemu_add_libbpf_tags(1_5)
bemu_add_libbpf_tags(1_7)
