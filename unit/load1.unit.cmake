# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# What the loader asks of the kernel, over the model.
if(TARGET bemu_load AND TARGET bemu_obj)
  bemu_add_unit(load_features USES load sys base)
  bemu_add_unit(load_externs USES load sys base)
  bemu_add_unit(load_btf USES load btf base)
endif()
