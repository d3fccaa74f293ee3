# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Arenas: creation, mappings, and the programs that use them.
bemu_add_unit(arena USES sys model btf base)
