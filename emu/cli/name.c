/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Numbers in words, for what is printed and for options. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "load/names.h"

const char *bemu_cli_map_type(uint32_t type)
{
	return type < BEMU_NR_MAP_TYPE_NAMES ? bemu_map_type_names[type] : "unknown";
}

const char *bemu_cli_prog_type(uint32_t type)
{
	return type < BEMU_NR_PROG_TYPE_NAMES ? bemu_prog_type_names[type] : "unknown";
}

const char *bemu_cli_errno(int err)
{
	const char *name = bemu_obj_errno_name(err);

	return name ? name : "an unknown errno";
}

const char *bemu_cli_stage(uint32_t stage)
{
	switch ((enum bemu_load_stage)stage) {
	case BEMU_STAGE_OPEN:
		return "open";
	case BEMU_STAGE_TOKEN:
		return "token";
	case BEMU_STAGE_TRIAL:
		return "trial load";
	case BEMU_STAGE_KERNEL_BTF:
		return "kernel BTF";
	case BEMU_STAGE_EXTERNS:
		return "externs";
	case BEMU_STAGE_BTF_UPLOAD:
		return "BTF upload";
	case BEMU_STAGE_STRUCT_OPS:
		return "struct_ops";
	case BEMU_STAGE_MAPS:
		return "maps";
	case BEMU_STAGE_RELOCATE:
		return "relocation";
	case BEMU_STAGE_PROGS:
		return "programs";
	case BEMU_STAGE_SLOTS:
		return "initial slots";
	case BEMU_STAGE_DONE:
		return "done";
	}
	return "?";
}

const char *bemu_cli_why(uint32_t why)
{
	switch ((enum bemu_core_why)why) {
	case BEMU_CORE_MATCHED:
		return "matched";
	case BEMU_CORE_NO_MEMBER:
		return "no_member";
	case BEMU_CORE_BAD_MEMBER_KIND:
		return "bad_member_kind";
	case BEMU_CORE_NOT_COMPOSITE:
		return "not_composite";
	case BEMU_CORE_NOT_ARRAY:
		return "not_array";
	case BEMU_CORE_ARRAY_BOUND:
		return "array_bound";
	case BEMU_CORE_NO_ENUMERATOR:
		return "no_enumerator";
	case BEMU_CORE_TYPE_INCOMPATIBLE:
		return "type_incompatible";
	case BEMU_CORE_TYPE_MISMATCH:
		return "type_mismatch";
	case BEMU_CORE_AMBIGUOUS:
		return "ambiguous";
	case BEMU_CORE_ERROR:
		return "error";
	}
	return "?";
}

/* The index of @text among @names, of which some are NULL. */
static int parse_name(const char *text, const char *const *names, uint32_t nr, uint32_t *out)
{
	uint32_t i;

	for (i = 0; i < nr; i++) {
		if (names[i] && !strcmp(names[i], text)) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *bemu_cli_libbpf(uint32_t libbpf)
{
	if (libbpf == BEMU_LIBBPF_NEXT)
		return "next"; /* can be generated, and is not replayed */
	return libbpf < BEMU_NR_LIBBPF_NAMES && bemu_libbpf_names[libbpf]
		       ? bemu_libbpf_names[libbpf]
		       : "?";
}

int bemu_cli_libbpf_parse(const char *text, uint32_t *out)
{
	return parse_name(text, bemu_libbpf_names, BEMU_NR_LIBBPF_NAMES, out);
}

const char *bemu_cli_kernel_short(uint32_t kernel)
{
	return kernel < BEMU_NR_KERNEL_NAMES && bemu_kernel_names[kernel]
		       ? bemu_kernel_names[kernel]
		       : "";
}

int bemu_cli_kernel_parse(const char *text, uint32_t *out)
{
	return parse_name(text, bemu_kernel_names, BEMU_NR_KERNEL_NAMES, out);
}
