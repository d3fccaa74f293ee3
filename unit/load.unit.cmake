# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Whole loads over the model: numbers, order, retries, clean-up.
if(TARGET bemu_load AND TARGET bemu_obj)
  bemu_add_unit(load USES load sys base)
  bemu_add_unit(load_calls USES load sys base)
  bemu_add_unit(load_tags USES load sys base)
endif()
