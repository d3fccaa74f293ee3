# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_skel)
  bemu_add_unit(gen USES skel load obj relo insn btf base LINKS PkgConfig::LIBELF)
endif()
