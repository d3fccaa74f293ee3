# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(btf USES btf base)
bemu_add_unit(btf_encode USES btf base)
bemu_add_unit(btf_ext USES btf base)
# not a test: bench_btf RAW_BTF
pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf)
if(LIBBPF_FOUND)
  add_executable(bench_btf EXCLUDE_FROM_ALL bench_btf.c)
  target_link_libraries(bench_btf PRIVATE bemu_btf bemu_base PkgConfig::LIBBPF)
endif()
