# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(TARGET bemu_skel)
  bemu_add_unit(skel USES skel audit sys vm model btf base)
endif()
