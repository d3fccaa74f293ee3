# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Not tests: ci/bench.sh builds and runs them. The real libbpf comes from libbpf.unit.cmake.
if(TARGET libbpf_real_1_1 AND TARGET bemu_load AND TARGET bemu_obj)
  add_executable(bench_load EXCLUDE_FROM_ALL bench_load.c bench_object.c)
  target_link_libraries(bench_load PRIVATE libbpf_real_1_1 bemu_load bemu_sys)
endif()
if(TARGET libbpf_real_1_1 AND TARGET bemu_skel)
  add_executable(bench_skel EXCLUDE_FROM_ALL bench_skel.c bench_vm.c)
  target_link_libraries(bench_skel PRIVATE libbpf_real_1_1 bemu_skel bemu_sys bemu_vm)
endif()
