/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Input of btf_fuzzer: a BTF, or one and a second that is split over it. */
#ifndef BEMU_SCENARIO_BTF_INPUT_H
#define BEMU_SCENARIO_BTF_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "uapi/btf.h"

enum { BEMU_BTF_INPUT_HDR_LEN = 24 };

/** bemu_btf_input_first() - bytes of the first; all of @size when no second one follows */
static inline size_t bemu_btf_input_first(const uint8_t *data, size_t size)
{
	struct btf_header hdr;
	uint64_t end;

	if (size < BEMU_BTF_INPUT_HDR_LEN)
		return size;
	memcpy(&hdr, data, BEMU_BTF_INPUT_HDR_LEN);
	end = (uint64_t)hdr.hdr_len + hdr.str_off + hdr.str_len;
	if (hdr.magic != BTF_MAGIC || end + BEMU_BTF_INPUT_HDR_LEN > size)
		return size;
	return data[end] == 0x9f && data[end + 1] == 0xeb ? (size_t)end : size;
}

#endif
