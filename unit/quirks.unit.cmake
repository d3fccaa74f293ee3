# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_skel AND TARGET bemu_sys)
  bemu_add_unit(quirks USES skel audit load sys vm obj relo insn model btf base LINKS PkgConfig::LIBELF)
  bemu_add_unit(quirk_corpus USES skel load sys vm obj relo insn model btf base LINKS PkgConfig::LIBELF)
endif()
