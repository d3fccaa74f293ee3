# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(relo USES relo btf insn base)
bemu_add_unit(relo_rules USES relo btf insn base)
bemu_add_unit(relo_spec USES relo btf insn base)
