# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_layer(audit SOURCES emu/audit/btf_bytes.c emu/audit/claims.c emu/audit/truth.c
  emu/audit/blob.c emu/audit/constants.c emu/audit/bounds.c emu/audit/btf_query.c emu/audit/checks.c emu/audit/escape.c emu/audit/finding.c emu/audit/inputs.c emu/audit/jumps.c emu/audit/ledger.c emu/audit/outcome.c emu/audit/witness.c
  emu/audit/refs.c emu/audit/words.c USES model btf insn base)
