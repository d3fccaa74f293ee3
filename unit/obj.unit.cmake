# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(NOT BEMU_MSAN)	# libelf is not instrumented
  bemu_add_unit(obj USES obj btf base)
  bemu_add_unit(obj_corpus USES obj btf base)
endif()
