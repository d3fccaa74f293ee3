/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* <linux/btf.h> of Debian 12 (it has ENUM64) plus what newer kernels and libraries added. */
#ifndef BEMU_UAPI_BTF_H
#define BEMU_UAPI_BTF_H

#include <stdint.h>

#include <linux/btf.h>

/* .BTF.ext header; offsets count from its end. The core_relo pair is there when hdr_len >= 32. */
struct bemu_btf_ext_header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
	uint32_t core_relo_off;
	uint32_t core_relo_len;
};

#endif
