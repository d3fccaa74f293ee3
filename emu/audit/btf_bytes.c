// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "audit/btf_bytes.h"

#include <errno.h>

#include <linux/btf.h>

#include "audit/seen.h"

int bemu_btf_bytes_judge(const struct bemu_seen *seen, uint32_t step,
			 struct bemu_findings *findings)
{
	struct btf_header hdr;
	uint64_t type_end, str_end;
	uint32_t i;

	if (bemu_seen_u32(seen, BTF_OFF(btf_size)) < sizeof(hdr) ||
	    seen->ops->read(seen, bemu_seen_u64(seen, BTF_OFF(btf)), &hdr, sizeof(hdr)) ||
	    hdr.magic != BTF_MAGIC)
		return 0;
	type_end = (uint64_t)hdr.type_off + hdr.type_len;
	str_end = (uint64_t)hdr.str_off + hdr.str_len;
	if (hdr.type_off >= str_end || hdr.str_off >= type_end)
		return 0;
	for (i = 0; i < findings->nr; i++) /* once more for the log of a refusal */
		if (findings->arr[i].id == BEMU_FINDING_LAYOUT_OVERLAP)
			return 0;
	return bemu_findings_add(findings, BEMU_FINDING_LAYOUT_OVERLAP, step, -1,
				 "types and strings of a BTF share bytes: %u + %u, %u + %u",
				 hdr.type_off, hdr.type_len, hdr.str_off, hdr.str_len)
		       ? 0
		       : -ENOMEM;
}
