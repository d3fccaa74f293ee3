# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Words that libbpf was seen to give, for small objects over a made-up kernel.
if(TARGET bemu_load AND TARGET bemu_sys)
  bemu_add_unit(examples USES load sys obj relo insn model btf base)
  bemu_add_unit(example_calls USES load sys obj relo insn model btf base)
endif()
